// Triton's statistics extension: docs/protocol/extension_statistics.md of its server.
#include <nlohmann/json.hpp>

#include "reports/export_statistics.h"
#include "reports/format.h"
#include "reports/server_counts.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestName = 256;

Json statistic(const CountAndTime& counts) {
  return {{"count", counts.count}, {"ns", counts.ns}};
}

Json model_statistics(const ModelCounts& model) {
  Json root;
  root["name"] = displayable(model.name, kLongestName);
  root["version"] = "1";
  root["last_inference"] = ns_of(model.last_inference) / 1'000'000;
  root["inference_count"] = model.inference_count;
  root["execution_count"] = model.execution_count;
  Json& stats = root["inference_stats"];
  stats["success"] = statistic(model.success);
  stats["fail"] = statistic(model.fail);
  stats["queue"] = statistic(model.queue);
  stats["compute_input"] = statistic(model.compute_input);
  stats["compute_infer"] = statistic(model.compute_infer);
  stats["compute_output"] = statistic(model.compute_output);
  stats["cache_hit"] = statistic({});
  stats["cache_miss"] = statistic({});
  Json& sizes = root["batch_stats"] = Json::array();
  for (const SizeCounts& size : model.by_size) {
    Json batch;
    batch["batch_size"] = size.batch_size;
    batch["compute_input"] = statistic(size.compute_input);
    batch["compute_infer"] = statistic(size.compute_infer);
    batch["compute_output"] = statistic(size.compute_output);
    sizes.push_back(std::move(batch));
  }
  return root;
}

}  // namespace

std::string triton_statistics_json(const RunLog& run, std::span<const StageSpans> stages) {
  Json root;
  Json& models = root["model_stats"] = Json::array();
  for (const ModelCounts& model : server_counts(run, stages)) {
    models.push_back(model_statistics(model));
  }
  return root.dump(2) + "\n";
}

}  // namespace lockstep
