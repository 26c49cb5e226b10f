#include "core/schedulers/registry.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/tf_shared.h"

namespace lockstep {
namespace {

std::string unknown_option(const SchedulerInfo& info, std::string_view name) {
  std::string expected;
  std::vector<std::string_view> names;
  for (const OptionInfo& option : info.options) {
    expected += (expected.empty() ? "" : ", ") + std::string(option.name);
    names.push_back(option.name);
  }
  std::string message = "found option '" + std::string(name) +
                        "', expected an option of scheduler " + std::string(info.name) + ": " +
                        expected;
  if (const std::string_view nearest = nearest_name(name, names); !nearest.empty()) {
    message += " (did you mean " + std::string(nearest) + "?)";
  }
  return message;
}

}  // namespace

std::span<const SchedulerInfo> all_schedulers() {
  static const std::array<SchedulerInfo, 2> schedulers = {
      SchedulerInfo{.name = "tf-shared",
                    .goal = "TF-Serving's shared batch scheduler: full, or the time-out passed",
                    .options = tf_shared_option_infos(),
                    .make = &make_tf_shared_from,
                    .lane_option = "num_batch_threads",
                    .batch_option = "max_batch_size"},
      SchedulerInfo{.name = "naive-full-batch",
                    .goal = "blog-post handler: full batches only, no time-out; starves the rest",
                    .options = naive_full_batch_option_infos(),
                    .make = &make_naive_full_batch_from,
                    .lane_option = "num_batch_threads",
                    .batch_option = "batch_size"}};
  return schedulers;
}

const SchedulerInfo* find_scheduler(std::string_view name) {
  for (const SchedulerInfo& info : all_schedulers()) {
    if (info.name == name) {
      return &info;
    }
  }
  return nullptr;
}

Result<OptionValues> complete_options(const SchedulerInfo& info, const OptionValues& given,
                                      std::int64_t server_cpus) {
  for (auto entry = given.begin(); entry != given.end(); ++entry) {
    const auto known = std::find_if(info.options.begin(), info.options.end(),
                                    [&](const OptionInfo& o) { return o.name == entry->first; });
    if (known == info.options.end()) {
      return bad_input(unknown_option(info, entry->first));
    }
    const auto same = [&](const auto& other) { return other.first == entry->first; };
    if (std::find_if(given.begin(), entry, same) != entry) {
      return bad_input("found option '" + entry->first + "' twice, expected it once");
    }
  }
  OptionValues values;
  for (const OptionInfo& option : info.options) {
    std::int64_t value = option.default_value == kServerCpus ? server_cpus : option.default_value;
    for (const auto& [name, given_value] : given) {
      value = name == option.name ? given_value : value;
    }
    values.emplace_back(option.name, value);
  }
  return values;
}

std::int64_t option_value(const OptionValues& values, std::string_view name) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  LOCKSTEP_CHECK(found != values.end());
  return found->second;
}

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t best_distance = name.size() / 2 + 1;  // beyond that a suggestion would be a guess
  for (const std::string_view candidate : known) {
    // Levenshtein distance, one row at a time.
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) {
      row[j] = j;
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 0; j < candidate.size(); ++j) {
        const std::size_t replaced = diagonal + (name[i] == candidate[j] ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best;
}

}  // namespace lockstep
