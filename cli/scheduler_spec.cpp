#include "cli/scheduler_spec.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string_view>

#include "cli/queue_names.h"
#include "traces/names.h"
#include "traces/text_lines.h"

namespace lockstep {
namespace {

constexpr std::string_view kQueuesSetting = "queues";

// "max_batch_size@resnet" is ("max_batch_size", "resnet"); without a queue the second is "".
std::pair<std::string, std::string> option_and_queue(const std::string& name) {
  const std::size_t at = name.find('@');
  return at == std::string::npos ? std::pair(name, std::string())
                                 : std::pair(name.substr(0, at), name.substr(at + 1));
}

void set(OptionValues& values, const std::string& name, const std::string& value) {
  const auto same = std::find_if(values.begin(), values.end(),
                                 [&](const auto& entry) { return entry.first == name; });
  if (same != values.end()) {
    same->second = value;
  } else {
    values.emplace_back(name, value);
  }
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
  }
  return parts;
}

// `queue`, of the setting `full_name`, is "" for all queues.
Result<void> check_queue_of(const std::string& full_name, const std::string& queue,
                            const SpecOptions& options) {
  if (full_name.find('@') == std::string::npos) {
    return {};
  }
  if (!is_queue_name(queue)) {
    return bad_input("found setting '" + full_name + "', expected behind the @ a " +
                     std::string(kQueueNameRule));
  }
  const std::string_view model = model_of_queue(queue);
  const auto& models = options.queues;
  if (!options.only_these_models ||
      std::find(models.begin(), models.end(), model) != models.end()) {
    return {};
  }
  const std::vector<std::string_view> known(models.begin(), models.end());
  return bad_input("found setting '" + full_name + "' for model '" + std::string(model) + "'" +
                   suggestion(model, known) +
                   ", expected one of the configuration: " + name_list(known));
}

}  // namespace

Result<SchedulerSpec> make_spec(const SchedulerInfo& info, const SpecOptions& options) {
  OptionValues common;
  std::vector<QueueSpec> queues;
  for (const std::string& name : options.queues) {
    queues.push_back(QueueSpec{.name = name, .values = {}});
  }
  for (const auto& [full_name, value] : options.given) {
    const auto [name, queue] = option_and_queue(full_name);
    if (const Result<void> named = check_queue_of(full_name, queue, options); !named) {
      return tl::unexpected(named.error());
    }
    if (queue.empty()) {
      set(common, name, value);
      continue;
    }
    auto same = std::find_if(queues.begin(), queues.end(),
                             [&q = queue](const QueueSpec& other) { return other.name == q; });
    if (same == queues.end()) {
      same = queues.insert(same, QueueSpec{.name = queue, .values = {}});
    }
    set(same->values, name, value);
  }
  Result<OptionValues> values = complete_options(info, common, options.server_cpus);
  if (!values) {
    return tl::unexpected(values.error());
  }
  SchedulerSpec spec{.values = std::move(*values), .queues = {}, .seed = options.seed};
  for (const QueueSpec& queue : queues) {
    // A signature's queue MODEL:SIGNATURE begins with the options of its model (TF 2.13).
    const std::string_view model = model_of_queue(queue.name);
    const auto base = std::find_if(spec.queues.begin(), spec.queues.end(),
                                   [&](const QueueSpec& other) { return other.name == model; });
    Result<OptionValues> own = complete_queue_options(
        info, queue.values, base == spec.queues.end() ? spec.values : base->values);
    if (!own) {
      return bad_input("queue " + queue.name + ": " + own.error().message);
    }
    spec.queues.push_back(QueueSpec{.name = queue.name, .values = std::move(*own)});
  }
  if (const Result<std::unique_ptr<Scheduler>> trial = info.make(spec); !trial) {
    return tl::unexpected(trial.error());
  }
  return spec;
}

Settings recorded_settings(const SchedulerInfo& info, const SchedulerSpec& spec) {
  Settings settings = recorded_options(info, spec.values);
  std::string names;
  for (const QueueSpec& queue : spec.queues) {
    names += names.empty() ? "" : ",";
    names += queue.name;
    for (const auto& [name, value] : queue.values) {
      if (value != option_text(spec.values, name)) {
        settings.emplace_back(name + "@" + queue.name, value);
      }
    }
  }
  if (!names.empty()) {
    settings.emplace_back(kQueuesSetting, names);
  }
  return settings;
}

Result<SpecOptions> spec_options(const SchedulerInfo& info, const Settings& settings,
                                 std::uint64_t seed) {
  SpecOptions options{.given = {}, .queues = {}, .seed = seed};
  for (const auto& [name, value] : settings) {
    if (name == kQueuesSetting) {
      options.queues = split(value);
    } else if (find_option(info, option_and_queue(name).first) != nullptr) {
      options.given.emplace_back(name, value);
    }
  }
  for (const OptionInfo& option : info.options) {
    const auto is_this = [&](const auto& entry) { return entry.first == option.name; };
    if (option.always_recorded &&
        std::none_of(options.given.begin(), options.given.end(), is_this)) {
      return bad_input("found no setting " + std::string(option.name) + " of " +
                       std::string(info.name) + ", expected it");
    }
  }
  return options;
}

std::int64_t rows_max(const SchedulerInfo& info, const SchedulerSpec& spec) {
  std::int64_t rows = info.rows_max(spec.values);
  for (const QueueSpec& queue : spec.queues) {
    rows = std::max(rows, info.rows_max(queue.values));
  }
  return rows;
}

std::vector<std::uint32_t> batch_sizes(const SchedulerInfo& info, const SchedulerSpec& spec,
                                       std::vector<std::uint32_t> (*unpadded)(std::uint32_t)) {
  // Also of the options that describe a low-priority queue.
  constexpr std::string_view kSizes = "allowed_batch_sizes";
  constexpr std::string_view kUnpadded = "disable_padding";
  std::set<std::uint32_t> sizes;
  const auto add = [&](const OptionValues& values) {
    const auto most = static_cast<std::uint32_t>(info.rows_max(values));
    const bool pads = find_option(info, kUnpadded) == nullptr || !option_flag(values, kUnpadded);
    bool lists_sizes = false;
    for (const OptionInfo& option : info.options) {
      if (pads && std::string_view(option.name).ends_with(kSizes)) {
        for (const std::int64_t size : option_sizes(values, option.name)) {
          lists_sizes = lists_sizes || option.name == kSizes;
          sizes.insert(static_cast<std::uint32_t>(std::clamp<std::int64_t>(size, 1, most)));
        }
      }
    }
    if (!lists_sizes) {
      const std::vector<std::uint32_t> all = unpadded(most);
      sizes.insert(all.begin(), all.end());
    }
    sizes.insert(most);
  };
  if (spec.queues.empty()) {
    add(spec.values);
  }
  for (const QueueSpec& queue : spec.queues) {
    add(queue.values);
  }
  return {sizes.begin(), sizes.end()};
}

}  // namespace lockstep
