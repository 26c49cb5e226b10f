#include "reports/compare_json.h"

#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "reports/format.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestText = 4096;

Json text_of(const std::string& text) {
  return displayable(text, kLongestText);
}

Json or_null(const std::optional<std::int64_t>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json figures(const ComparedFigures& values) {
  Json json;
  for (std::size_t i = 0; i < kComparedFigures.size(); ++i) {
    json[std::string(kComparedFigures[i]) + "_ns"] = or_null(values[i]);
  }
  return json;
}

Json stages(const StageSpans& mean) {
  Json json;
  json["gpu_wait_ns"] = mean.gpu_wait.count();
  json["to_device_ns"] = mean.to_device.count();
  json["compute_ns"] = mean.compute.count();
  json["to_host_ns"] = mean.to_host.count();
  json["notice_ns"] = mean.notice.count();
  return json;
}

Json run_json(const ComparedRun& compared, const RunLog& run,
              const std::optional<StageSpans>& mean) {
  Json json;
  json["run"] = text_of(compared.directory);
  json["on"] = is_on_device(run) ? text_of(run.setting("on")) : Json("sim");
  json["digest"] = digest_text(compared.digest);
  json["batches"] = compared.batches;
  json["answered"] = compared.answered;
  json["latency"] = figures(compared.latency);
  json["mean_parts"] = {{"forming_ns", compared.parts.forming.count()},
                        {"lane_wait_ns", compared.parts.lane_wait.count()},
                        {"device_ns", compared.parts.device.count()}};
  if (mean) {
    json["mean_stages"] = stages(*mean);
  }
  return json;
}

Json interval(const MeanInterval& mean) {
  return {{"mean_ns", mean.mean}, {"half_width_95_ns", or_null(mean.half_width)}};
}

Json repeats_json(const std::vector<RepeatFigures>& repeats) {
  Json json;
  for (const RepeatFigures& repeat : repeats) {
    Json run;
    run["run"] = text_of(repeat.directory);
    run["identical_per_million"] = repeat.identical_share;
    run["rows_total_variation_per_million"] = total_variation(repeat.by_rows);
    run["latency"] = figures(repeat.latency);
    json["runs"].push_back(std::move(run));
  }
  const auto over = repeated_figures(repeats);
  const auto spreads = repeated_spread(repeats);
  for (std::size_t i = 0; i < kComparedFigures.size(); ++i) {
    json["over_runs"][std::string(kComparedFigures[i])] =
        over[i] ? interval(*over[i]) : Json(nullptr);
    json["spread_per_million"][std::string(kComparedFigures[i])] = or_null(spreads[i]);
  }
  const RowsSpread spread = rows_spread(repeats);
  json["rows_of_two_runs_total_variation_per_million"] = spread.repeats_most;
  for (const RepeatedRows& share : spread.by_rows) {
    json["rows"].push_back({{"rows", share.rows},
                            {"a_per_million", share.in_a},
                            {"mean_per_million", share.in_repeats.mean},
                            {"half_width_95_per_million", or_null(share.in_repeats.half_width)}});
  }
  return json;
}

}  // namespace

std::string comparison_json(const RunComparison& comparison, const RunLog& a, const RunLog& b,
                            const ComparisonExtras& extras,
                            const std::vector<std::string>& failures) {
  Json root;
  root["a"] = run_json(comparison.a, a, extras.stages_a);
  root["b"] = run_json(comparison.b, b, extras.stages_b);
  root["settings"] = Json::array();
  for (const SettingDifference& difference : differing_settings(a, b)) {
    root["settings"].push_back({{"name", text_of(difference.name)},
                                {"a", text_of(difference.a)},
                                {"b", text_of(difference.b)}});
  }
  root["requests"] = comparison.requests;
  root["paired"] = comparison.paired;
  root["identical_batches"] = comparison.identical;
  root["identical_per_million"] = comparison.identical_share();
  root["first_divergent_batch"] =
      comparison.first ? Json(comparison.first->position) : Json(nullptr);
  root["first_divergent_decision"] = text_of(extras.decisions);
  root["rows_total_variation_per_million"] = comparison.total_variation;
  root["arrival_apart_ns"] = comparison.arrival_apart.count();
  root["difference"] = figures(comparison.difference);
  root["mean_difference"] = interval(comparison.mean_difference);
  root["faster"] = comparison.faster;
  root["slower"] = comparison.slower;
  if (!extras.repeats.empty()) {
    root["repeats"] = repeats_json(extras.repeats);
  }
  root["re_executed"] = Json::array();
  for (const std::string& line : extras.reexecuted) {
    root["re_executed"].push_back(text_of(line));
  }
  root["failures"] = Json::array();
  for (const std::string& failure : failures) {
    root["failures"].push_back(text_of(failure));
  }
  return root.dump(2) + "\n";
}

}  // namespace lockstep
