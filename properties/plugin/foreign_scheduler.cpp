#include "properties/plugin/foreign_scheduler.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/journal.h"
#include "core/limits.h"
#include "properties/plugin/scheduler_fault.h"

namespace lockstep {
namespace {

// Settings of a run stand beside the options of its scheduler in manifest.json.
constexpr std::array<std::string_view, 19> kNamesOfRuns = {
    "arrivals",  "fault_plan", "faults",    "gpu",  "gpu_curve", "gpus",   "idle",
    "length",    "load",       "model",     "on",   "overhead",  "queues", "repeat",
    "replicate", "requests",   "scheduler", "seed", "watchdog"};

constexpr std::size_t kMaxNameBytes = 64;

bool is_name(std::string_view text, char joint) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [joint](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == joint;
         });
}

Result<void> check_option(const ForeignDescription& description, std::size_t index) {
  const std::string& name = description.options[index].name;
  if (!is_name(name, '_')) {
    return bad_input("found option '" + name + "', expected a name of a-z, 0-9 and _");
  }
  const auto& options = description.options;
  if (std::any_of(options.begin(), options.begin() + static_cast<std::ptrdiff_t>(index),
                  [&](const ForeignOption& other) { return other.name == name; })) {
    return bad_input("found option '" + name + "' twice, expected it once");
  }
  if (std::find(kNamesOfRuns.begin(), kNamesOfRuns.end(), name) != kNamesOfRuns.end()) {
    return bad_input("found option '" + name +
                     "', expected another name: that is a setting of every run");
  }
  return {};
}

// The option that `role` names: one of integers.
Result<void> check_role(const ForeignDescription& description, const char* role,
                        const std::string& name) {
  const auto& options = description.options;
  const bool is_there = std::any_of(options.begin(), options.end(), [&](const auto& option) {
    return option.name == name && option.type == OptionType::kInteger;
  });
  if (!is_there) {
    return bad_input("found " + std::string(role) + " '" + name +
                     "', expected the name of one of its integer options");
  }
  return {};
}

Result<void> check_description(const ForeignDescription& description) {
  if (!is_name(description.name, '-')) {
    return bad_input("found name '" + description.name + "', expected one of a-z, 0-9 and -");
  }
  if (find_scheduler(description.name) != nullptr) {
    return bad_input("found name '" + description.name +
                     "', expected one that is not in `lockstep list schedulers`");
  }
  for (std::size_t i = 0; i < description.options.size(); ++i) {
    if (Result<void> checked = check_option(description, i); !checked) {
      return checked;
    }
  }
  if (Result<void> checked = check_role(description, "lane_option", description.lane_option);
      !checked) {
    return checked;
  }
  return check_role(description, "batch_option", description.batch_option);
}

Result<std::uint32_t> ranged(const OptionValues& values, const std::string& name,
                             std::uint32_t largest) {
  const std::int64_t value = option_integer(values, name);
  if (value < 1 || value > std::int64_t{largest}) {
    return bad_input(name + " must be between 1 and " + std::to_string(largest) + "; was " +
                     std::to_string(value));
  }
  return static_cast<std::uint32_t>(value);
}

// One instance under guard.
class GuardedPeer final : public Scheduler {
 public:
  struct Claims {
    std::string name;
    Promises promises;
    Needs needs;
    std::uint64_t seed = 1;
  };

  GuardedPeer(std::unique_ptr<ForeignPeer> peer, DecisionGuard::Limits limits, Claims claims,
              Progress* progress)
      : peer_(std::move(peer)),
        guard_(std::move(limits)),
        claims_(std::move(claims)),
        progress_(progress) {}
  GuardedPeer(const GuardedPeer&) = delete;
  GuardedPeer& operator=(const GuardedPeer&) = delete;
  ~GuardedPeer() override {
    const ForeignStretch stretch(progress_);
    peer_.reset();
  }

  void step(const Input& input, const RequestTable& requests, Decisions& out) override {
    const lockstep_input told = guard_.begin(input, requests, out);
    {
      const ForeignStretch stretch(progress_, input.sequence, input.now);
      peer_->step(told, guard_);
    }
    guard_.end();
    if (guard_.fault()) {
      const std::string kind(input_kind_name(input.kind));
      throw SchedulerFault(guard_.fault_kind(),
                           "scheduler " + claims_.name + ": " + *guard_.fault() + " (input " +
                               std::to_string(input.sequence) + ", " + kind + ", at " +
                               to_text(input.now.time_since_epoch()) + "; seed " +
                               std::to_string(claims_.seed) + ")");
    }
  }
  [[nodiscard]] QueueCounters counters(QueueId queue) const override {
    const ForeignStretch stretch(progress_);
    return peer_->counters(raw(queue));
  }
  [[nodiscard]] Promises promises() const override { return claims_.promises; }
  [[nodiscard]] Needs needs() const override { return claims_.needs; }

 private:
  std::unique_ptr<ForeignPeer> peer_;
  DecisionGuard guard_;
  Claims claims_;
  Progress* progress_;
};

}  // namespace

ForeignScheduler::ForeignScheduler(const Source& source, ForeignDescription description,
                                   MakeForeignPeer make)
    : description_(std::move(description)),
      make_(std::move(make)),
      progress_(source.progress),
      rules_version_(source.rules_version) {
  for (const ForeignOption& option : description_.options) {
    // Always recorded: another build may have other defaults.
    options_.push_back(OptionInfo{.name = option.name,
                                  .unit = option.unit,
                                  .default_text = option.default_text,
                                  .help = option.help,
                                  .type = option.type,
                                  .scope = OptionScope::kScheduler,
                                  .always_recorded = true});
  }
  info_ = SchedulerInfo{.name = description_.name,
                        .goal = description_.goal,
                        .options = options_,
                        .make = [this](const SchedulerSpec& spec) { return this->make(spec); },
                        .lane_option = description_.lane_option,
                        .rows_max =
                            [this](const OptionValues& values) {
                              return option_integer(values, description_.batch_option);
                            },
                        .batch_option = description_.batch_option};
}

Result<std::shared_ptr<const ForeignScheduler>> ForeignScheduler::create(
    const Source& source, ForeignDescription description, MakeForeignPeer make) {
  if (Result<void> checked = check_description(description); !checked) {
    return bad_input(source.where + ": " + checked.error().message);
  }
  for (ForeignOption& option : description.options) {
    Result<std::string> canonical = canonical_option(OptionInfo{.name = option.name,
                                                                .unit = option.unit,
                                                                .default_text = "",
                                                                .help = "",
                                                                .type = option.type},
                                                     option.default_text);
    if (!canonical) {
      return bad_input(source.where + ": " + canonical.error().message + " as its default");
    }
    option.default_text = std::move(*canonical);
  }
  return std::shared_ptr<const ForeignScheduler>(
      new ForeignScheduler(source, std::move(description), std::move(make)));
}

Result<std::unique_ptr<Scheduler>> ForeignScheduler::make(const SchedulerSpec& spec) const {
  const Result<std::uint32_t> lanes = ranged(spec.values, description_.lane_option, kMaxLanes);
  if (!lanes) {
    return tl::unexpected(lanes.error());
  }
  const Result<std::uint32_t> rows = ranged(spec.values, description_.batch_option, kMaxBatchRows);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  const ForeignStretch stretch(progress_);
  Result<std::unique_ptr<ForeignPeer>> peer =
      make_({.values = spec.values, .lane_count = *lanes, .seed = spec.seed});
  if (!peer) {
    return tl::unexpected(peer.error());
  }
  return std::make_unique<GuardedPeer>(
      std::move(*peer),
      DecisionGuard::Limits{
          .lane_count = *lanes, .rows_max = *rows, .rows_option = description_.batch_option},
      GuardedPeer::Claims{.name = description_.name,
                          .promises = description_.promises,
                          .needs = description_.needs,
                          .seed = spec.seed},
      progress_);
}

}  // namespace lockstep
