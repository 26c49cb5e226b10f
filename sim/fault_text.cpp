// The text of a fault plan, entry by entry; each error has the place of the word that it is about.
#include <algorithm>
#include <charconv>
#include <memory>
#include <vector>

#include "core/limits.h"
#include "sim/fault_plan.h"
#include "sim/quantiles.h"
#include "traces/byte_source.h"
#include "traces/names.h"
#include "traces/text_lines.h"

namespace lockstep {
namespace {

constexpr std::string_view kFaultBlanks = " \t";

struct FaultOption {
  std::string_view name;
  std::string_view value;
};

class FaultEntry {
 public:
  FaultEntry(const TextLines& lines, std::string_view text) : lines_(lines), text_(text) {}

  // KIND NAME=VALUE...
  Result<void> read() {
    std::size_t begin = text_.find_first_not_of(kFaultBlanks);
    while (begin != std::string_view::npos) {
      const std::size_t end = std::min(text_.find_first_of(kFaultBlanks, begin), text_.size());
      const std::string_view word = text_.substr(begin, end - begin);
      if (Result<void> taken = info_ == nullptr ? take_kind(word) : take_option(word); !taken) {
        return taken;
      }
      begin = text_.find_first_not_of(kFaultBlanks, end);
    }
    for (const std::string_view option : info_->options) {
      if (option.starts_with('!') && find(option.substr(1)) == nullptr) {
        return refuse(kind_, "no " + std::string(option.substr(1)) + "=", example());
      }
    }
    return {};
  }

  Result<void> fill(FaultPlan& plan) {
    if (info_->name == "watchdog") {
      return fill_watchdog(plan);
    }
    if (info_->name == "timer") {
      return fill_timer(plan);
    }
    if (plan.faults.size() == kMaxFaults) {
      return refuse(kind_, "more than " + std::to_string(kMaxFaults) + " faults", "fewer");
    }
    Fault fault;
    fault.kind = static_cast<FaultKind>(info_ - fault_kinds().data());
    const std::string refusal = lines_.refuse(kind_, "", "").value().message;
    fault.place = refusal.substr(0, refusal.find(": "));
    for (const FaultOption& option : options_) {
      if (Result<void> set = set_option(option, fault); !set) {
        return set;
      }
    }
    if (Result<void> judged = judge_target(fault); !judged) {
      return judged;
    }
    plan.faults.push_back(std::move(fault));
    return {};
  }

 private:
  [[nodiscard]] tl::unexpected<Error> refuse(std::string_view part, const std::string& found,
                                             const std::string& expected) const {
    return lines_.refuse(part, found, expected);
  }
  [[nodiscard]] std::string example() const {
    return "such as '" + std::string(info_->example) + "'";
  }
  [[nodiscard]] const FaultOption* find(std::string_view name) const {
    const auto found = std::find_if(options_.begin(), options_.end(),
                                    [&](const FaultOption& option) { return option.name == name; });
    return found == options_.end() ? nullptr : &*found;
  }

  Result<void> take_kind(std::string_view word) {
    std::vector<std::string_view> names;
    for (const FaultKindInfo& info : fault_kinds()) {
      names.push_back(info.name);
      info_ = info.name == word ? &info : info_;
    }
    kind_ = word;
    if (info_ == nullptr) {
      return refuse(word, quoted_field(word),
                    "a fault: " + name_list(names) + suggestion(word, names));
    }
    return {};
  }

  Result<void> take_option(std::string_view word) {
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    std::vector<std::string_view> names;
    for (const std::string_view option : info_->options) {
      names.push_back(option.starts_with('!') ? option.substr(1) : option);
    }
    if (equals == std::string_view::npos) {
      return refuse(word, quoted_field(word), "NAME=VALUE, " + example());
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return refuse(word, quoted_field(name),
                    "an option of " + std::string(info_->name) + ": " + name_list(names) +
                        suggestion(name, names));
    }
    if (find(name) != nullptr) {
      return refuse(word, std::string(name) + "= twice", "it once");
    }
    options_.push_back(FaultOption{name, word.substr(equals + 1)});
    return {};
  }

  // --- values

  Result<std::uint64_t> number(const FaultOption& option, std::uint64_t min, std::uint64_t max) {
    std::uint64_t value = 0;
    const char* const end = option.value.data() + option.value.size();
    const auto [stop, error] = std::from_chars(option.value.data(), end, value);
    if (error != std::errc{} || stop != end || value < min || value > max) {
      return refuse(option.name, std::string(option.name) + "=" + std::string(option.value),
                    "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return value;
  }
  Result<SimDuration> time(const FaultOption& option, SimDuration min) {
    const Result<SimDuration> value = parse_duration(option.value);
    if (!value || *value < min) {
      return refuse(option.name, std::string(option.name) + "=" + std::string(option.value),
                    "a time with its unit, from " + to_text(min) +
                        " to 36 years: " + std::string(option.name) + "=50ms");
    }
    return *value;
  }
  template <typename Value, typename Target>
  static Result<void> store(const Result<Value>& value, Target& target) {
    if (!value) {
      return tl::unexpected(value.error());
    }
    target = static_cast<Target>(*value);
    return {};
  }
  template <typename Value, typename Target>
  static Result<void> store_optional(const Result<Value>& value, std::optional<Target>& target) {
    if (!value) {
      return tl::unexpected(value.error());
    }
    target = static_cast<Target>(*value);
    return {};
  }

  Result<void> set_option(const FaultOption& option, Fault& fault) {
    const std::string_view name = option.name;
    if (name == "lane") {
      return store_optional(number(option, 0, kMaxLanes - 1), fault.lane);
    }
    if (name == "gpu") {
      return store_optional(number(option, 0, kMaxGpus - 1), fault.gpu);
    }
    if (name == "batch") {
      return store_optional(number(option, 0, UINT64_MAX - 1), fault.batch);
    }
    if (name == "at") {
      const Result<SimDuration> at = time(option, SimDuration{0});
      fault.at = at_ns(at ? at->count() : 0);
      return at ? Result<void>{} : tl::unexpected(at.error());
    }
    if (name == "for" || name == "reset") {
      return store_optional(time(option, SimDuration{1}), fault.lasts);
    }
    if (name == "by") {
      const bool twice = fault.kind == FaultKind::kDuplicate;
      return store(time(option, SimDuration{twice ? 0 : 1}), fault.by);
    }
    if (name == "count" || name == "requests") {
      return store(number(option, 1, kMaxLiveRequests), fault.count);
    }
    if (name == "size") {
      return store(number(option, 1, kMaxRequestRows), fault.size);
    }
    return set_word(option, fault);
  }

  Result<void> set_word(const FaultOption& option, Fault& fault) {
    const std::string said = std::string(option.name) + "=" + std::string(option.value);
    if (option.name == "factor") {
      const Result<std::uint64_t> factor = parse_decimal(option.value, 6, 1'000'000'000);
      if (!factor || *factor < 1'000'000) {
        return refuse(option.name, said, "1 to 1000 with at most 6 decimals: factor=2.5");
      }
      fault.factor_millionths = *factor;
    } else if (option.name == "share") {
      const bool percent = option.value.ends_with('%');
      const Result<std::uint64_t> share = parse_decimal(
          option.value.substr(0, option.value.size() - (percent ? 1 : 0)), 4, 1'000'000);
      if (!percent || !share || *share == 0) {
        return refuse(option.name, said, "more than 0% to 100% with at most 4 decimals: share=50%");
      }
      fault.share_millionths = *share;
    } else if (option.name == "status") {
      const std::optional<Status> status = parse_status(option.value);
      if (!status || *status == Status::kOk) {
        return refuse(option.name, said, "a status of a failure, such as INTERNAL");
      }
      fault.status = *status;
    } else if (option.name == "fence") {
      if (option.value != "on" && option.value != "off") {
        return refuse(option.name, said, "fence=on or fence=off");
      }
      fault.fence = option.value == "on";
    } else if (!is_queue_name(option.value)) {
      return refuse(option.name, said, std::string(kQueueNameRule));
    } else {
      fault.queue = option.value;
    }
    return {};
  }

  // Where a batch can be named: by its number, or by place and time.
  Result<void> judge_target(const Fault& fault) {
    if (fault.lane && fault.gpu) {
      return refuse(find("gpu")->name, "gpu= with lane=", "one of them");
    }
    for (const std::string_view other : {"lane", "gpu", "at", "count"}) {
      if (fault.batch && find(other) != nullptr) {
        return refuse(find(other)->name,
                      std::string(other) + "= with batch=", "batch= alone, or a place and a time");
      }
    }
    if (!fault.batch && find("at") == nullptr) {
      return refuse(kind_, "neither at= nor batch=", example());
    }
    return {};
  }

  Result<void> fill_watchdog(FaultPlan& plan) {
    if (plan.watchdog) {
      return refuse(kind_, "a second watchdog", "one for all lanes");
    }
    plan.watchdog.emplace();
    if (Result<void> after = store(time(*find("after"), SimDuration{1}), plan.watchdog->after);
        !after) {
      return after;
    }
    const FaultOption* reset = find("reset");
    return reset == nullptr ? Result<void>{}
                            : store_optional(time(*reset, SimDuration{1}), plan.watchdog->reset);
  }

  Result<void> fill_timer(FaultPlan& plan) {
    if (!plan.timer.none()) {
      return refuse(kind_, "a second timer", "one");
    }
    for (const FaultOption& option : options_) {
      SimDuration& target = option.name == "latency"  ? plan.timer.latency
                            : option.name == "jitter" ? plan.timer.jitter
                                                      : plan.timer.grid;
      const SimDuration min{option.name == "grid" ? 1 : 0};
      if (Result<void> set = store(time(option, min), target); !set) {
        return set;
      }
    }
    return plan.timer.none() ? refuse(kind_, "a timer that is on time", example()) : Result<void>{};
  }

  const TextLines& lines_;
  std::string_view text_;
  std::string_view kind_;
  const FaultKindInfo* info_ = nullptr;
  std::vector<FaultOption> options_;
};

Result<void> read_fault_line(const TextLines& lines, FaultPlan& plan) {
  std::string_view rest = lines.text();
  rest = rest.substr(0, rest.find('#'));
  while (!rest.empty()) {
    const std::string_view text = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
    if (text.find_first_not_of(kFaultBlanks) == std::string_view::npos) {
      continue;
    }
    FaultEntry entry(lines, text);
    if (Result<void> read = entry.read(); !read) {
      return read;
    }
    if (Result<void> filled = entry.fill(plan); !filled) {
      return filled;
    }
  }
  return {};
}

}  // namespace

Result<FaultPlan> parse_fault_plan(const std::string& name, std::string_view text) {
  const Result<std::unique_ptr<TextLines>> lines = TextLines::open(name, text_source(text));
  if (!lines) {
    return tl::unexpected(lines.error());
  }
  FaultPlan plan;
  while (true) {
    const Result<bool> more = (*lines)->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return plan;
    }
    if (Result<void> read = read_fault_line(**lines, plan); !read) {
      return tl::unexpected(read.error());
    }
  }
}

}  // namespace lockstep
