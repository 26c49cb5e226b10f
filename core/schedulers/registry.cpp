#include "core/schedulers/registry.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/tf_registrations.h"
#include "core/schedulers/tf_shared_registration.h"

namespace lockstep {
namespace {

std::string unknown_option(const SchedulerInfo& info, std::string_view name) {
  std::vector<std::string_view> names;
  for (const OptionInfo& option : info.options) {
    names.push_back(option.name);
  }
  std::string message = "found option '" + std::string(name) +
                        "', expected an option of scheduler " + std::string(info.name);
  if (const std::string_view nearest = nearest_name(name, names); !nearest.empty()) {
    return message + " (did you mean " + std::string(nearest) + "?)";
  }
  return message + ": see lockstep list schedulers";
}

// Each name is one of `info`, stands there once, and its value has the right type.
Result<OptionValues> canonical_options(const SchedulerInfo& info, const OptionValues& given) {
  OptionValues canonical;
  for (const auto& [name, text] : given) {
    const OptionInfo* option = find_option(info, name);
    if (option == nullptr) {
      return bad_input(unknown_option(info, name));
    }
    const auto same = [&](const auto& other) { return other.first == option->name; };
    if (std::any_of(canonical.begin(), canonical.end(), same)) {
      return bad_input("found option '" + name + "' twice, expected it once");
    }
    Result<std::string> value = canonical_option(*option, text);
    if (!value) {
      return tl::unexpected(value.error());
    }
    canonical.emplace_back(name, *value);
  }
  return canonical;
}

// nullptr when it is not there.
const std::string* find_value(const OptionValues& values, std::string_view name) {
  const auto found = std::find_if(values.begin(), values.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == values.end() ? nullptr : &found->second;
}

// What `option` is without being set, given the options before it.
std::string default_text(const OptionInfo& option, const OptionValues& before,
                         std::int64_t server_cpus) {
  if (option.default_text == kServerCpus) {
    return std::to_string(server_cpus);
  }
  if (option.default_text.starts_with('=')) {
    return option_text(before, option.default_text.substr(1));
  }
  return std::string(option.default_text);
}

}  // namespace

std::span<const SchedulerInfo> all_schedulers() {
  static const std::array schedulers = {tf_shared_info(),        tf_adaptive_info(),
                                        tf_serial_device_info(), tf_streaming_info(),
                                        tf_jit_info(),           naive_full_batch_info()};
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

const OptionInfo* find_option(const SchedulerInfo& info, std::string_view name) {
  const auto found = std::find_if(info.options.begin(), info.options.end(),
                                  [&](const OptionInfo& option) { return option.name == name; });
  return found == info.options.end() ? nullptr : &*found;
}

Result<OptionValues> complete_options(const SchedulerInfo& info, const OptionValues& given,
                                      std::int64_t server_cpus) {
  const Result<OptionValues> canonical = canonical_options(info, given);
  if (!canonical) {
    return canonical;
  }
  OptionValues values;
  for (const OptionInfo& option : info.options) {
    const std::string* value = find_value(*canonical, option.name);
    values.emplace_back(option.name,
                        value != nullptr ? *value : default_text(option, values, server_cpus));
  }
  return values;
}

Result<OptionValues> complete_queue_options(const SchedulerInfo& info, const OptionValues& given,
                                            const OptionValues& common) {
  const Result<OptionValues> canonical = canonical_options(info, given);
  if (!canonical) {
    return canonical;
  }
  for (const auto& [name, value] : *canonical) {
    if (find_option(info, name)->scope == OptionScope::kScheduler) {
      return bad_input("found option '" + name +
                       "' for one queue, expected it for the whole scheduler");
    }
  }
  OptionValues values;
  for (const OptionInfo& option : info.options) {
    if (option.scope == OptionScope::kQueue) {
      const std::string* value = find_value(*canonical, option.name);
      values.emplace_back(option.name,
                          value != nullptr ? *value : option_text(common, option.name));
    }
  }
  return values;
}

OptionValues recorded_options(const SchedulerInfo& info, const OptionValues& values) {
  OptionValues recorded;
  for (const OptionInfo& option : info.options) {
    const std::string& value = option_text(values, option.name);
    if (option.always_recorded || option.default_text == kServerCpus ||
        value != default_text(option, values, 0)) {
      recorded.emplace_back(option.name, value);
    }
  }
  return recorded;
}

}  // namespace lockstep
