#include "sim/triton_statistics.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/limits.h"
#include "sim/measured_stages.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;

class TritonStatistics {
 public:
  TritonStatistics(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  Result<DeviceDescription> read(std::string_view wanted) {
    Json root;
    try {
      root = Json::parse(text_.begin(), text_.end());
    } catch (const Json::parse_error& error) {
      return not_json(error.byte);
    }
    const Json* models = member(root, "model_stats");
    if (models == nullptr || !models->is_array()) {
      return refuse("model_stats", "Triton's statistics: an array model_stats");
    }
    Result<std::size_t> place = choose(*models, wanted);
    if (!place) {
      return tl::unexpected(place.error());
    }
    const std::string path = "model_stats[" + std::to_string(*place) + "].batch_stats";
    std::vector<MeasuredBatch> batches;
    const Json& stats = (*models)[*place]["batch_stats"];
    for (std::size_t i = 0; i < stats.size(); ++i) {
      Result<MeasuredBatch> batch = measured(stats[i], path + "[" + std::to_string(i) + "]");
      if (!batch) {
        return tl::unexpected(batch.error());
      }
      if (batch->rows > 0) {
        batches.push_back(*batch);
      }
    }
    return device_of_measured(file_ + ":1:1: " + path, std::move(batches));
  }

 private:
  static const Json* member(const Json& object, const char* key) {
    if (!object.is_object()) {
      return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
  }

  [[nodiscard]] tl::unexpected<Error> refuse(const std::string& path,
                                             const std::string& expected) const {
    return bad_input(file_ + ":1:1: found no such value at " + path + ", expected " + expected);
  }

  [[nodiscard]] tl::unexpected<Error> not_json(std::size_t byte) const {
    const std::string_view before = text_.substr(0, byte > 0 ? byte - 1 : 0);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n');
    const std::size_t column = before.size() - (start == before.npos ? 0 : start + 1) + 1;
    return bad_input(file_ + ":" + std::to_string(line) + ":" + std::to_string(column) +
                     ": found no JSON, expected Triton's statistics");
  }

  // A whole number, or its digits in a string.
  static std::optional<std::uint64_t> number(const Json* value) {
    if (value != nullptr && value->is_number_unsigned()) {
      return value->get<std::uint64_t>();
    }
    if (value != nullptr && value->is_string()) {
      const std::string& text = value->get_ref<const std::string&>();
      std::uint64_t parsed = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
      if (error == std::errc{} && end == text.data() + text.size()) {
        return parsed;
      }
    }
    return std::nullopt;
  }

  static std::string text_of(const Json& object, const char* key) {
    const Json* value = member(object, key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : "";
  }

  // The model called `wanted`, or the only one with executions.
  [[nodiscard]] Result<std::size_t> choose(const Json& models, std::string_view wanted) const {
    std::vector<std::size_t> fitting;
    std::string names;
    for (std::size_t i = 0; i < models.size(); ++i) {
      const Json* stats = member(models[i], "batch_stats");
      const std::string name = text_of(models[i], "name");
      const std::string version = name + ":" + text_of(models[i], "version");
      if (stats == nullptr || !stats->is_array() || stats->empty()) {
        continue;  // never executed
      }
      names += names.empty() ? "" : ", ";
      names += version;
      if (wanted.empty() || wanted == name || wanted == version) {
        fitting.push_back(i);
      }
    }
    if (fitting.size() == 1) {
      return fitting.front();
    }
    const std::string found =
        names.empty() ? "no model with batch_stats" : "executions of " + names;
    const std::string expected = wanted.empty()
                                     ? "one: name it as " + file_ + "@MODEL"
                                     : "exactly one that is called " + std::string(wanted);
    return bad_input(file_ + ":1:1: found " + found + ", expected " + expected);
  }

  // Of no rows: never executed.
  [[nodiscard]] Result<MeasuredBatch> measured(const Json& stats, const std::string& path) const {
    const std::optional<std::uint64_t> rows = number(member(stats, "batch_size"));
    if (!rows || *rows == 0 || *rows > kMaxBatchRows) {
      return refuse(path + ".batch_size", "1 to " + std::to_string(kMaxBatchRows));
    }
    MeasuredBatch batch;
    struct Stage {
      const char* name;
      SimDuration MeasuredBatch::*time;
    };
    for (const Stage& stage : {Stage{"compute_input", &MeasuredBatch::to_device},
                               Stage{"compute_infer", &MeasuredBatch::compute},
                               Stage{"compute_output", &MeasuredBatch::to_host}}) {
      const Json* const duration = member(stats, stage.name);
      const std::string where = path + "." + stage.name;
      const auto count = number(duration == nullptr ? nullptr : member(*duration, "count"));
      const auto total = number(duration == nullptr ? nullptr : member(*duration, "ns"));
      if (!count || !total || *total > std::uint64_t{kMaxTimeNs}) {
        return refuse(where, "a count and ns");
      }
      if (*count == 0) {
        return MeasuredBatch{};
      }
      batch.*stage.time = SimDuration{static_cast<std::int64_t>(
          *total / *count + (*total % *count >= *count - *count / 2 ? 1 : 0))};
    }
    batch.rows = static_cast<std::uint32_t>(*rows);
    return batch;
  }

  const std::string& file_;
  std::string_view text_;
};

}  // namespace

Result<DeviceDescription> read_triton_statistics(const std::string& file, std::string_view text,
                                                 std::string_view model) {
  return TritonStatistics(file, text).read(model);
}

}  // namespace lockstep
