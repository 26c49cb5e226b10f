#include "sim/fault_source.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "core/limits.h"
#include "core/prng.h"
#include "core/sampling.h"
#include "sim/rate.h"
#include "traces/byte_source.h"
#include "traces/text_lines.h"

namespace lockstep {
namespace {

constexpr std::string_view kRandom = "random:";
constexpr SimDuration kUntil{60'000'000'000};
constexpr std::int64_t kMicrosecond = 1'000;

struct DrawnFaults {
  Rate rate{};
  SimDuration until = kUntil;
  bool until_said = false;
  bool beyond = false;
};

tl::unexpected<Error> refuse_drawn(std::string_view found, const std::string& expected) {
  return bad_input("--faults: found " + quoted_field(found) + ", expected " + expected);
}

Result<DrawnFaults> parse_drawn(std::string_view text) {
  DrawnFaults drawn;
  std::string_view rest = text.substr(kRandom.size());
  const std::string_view rate = rest.substr(0, rest.find(','));
  rest.remove_prefix(std::min(rate.size() + 1, rest.size()));
  const std::optional<Rate> parsed = parse_rate(rate);
  if (!parsed || parsed->is_zero()) {
    return refuse_drawn(rate, "a rate of faults, such as random:3/s");
  }
  drawn.rate = *parsed;
  while (!rest.empty()) {
    const std::string_view option = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(option.size() + 1, rest.size()));
    if (option.starts_with("until=")) {
      const Result<SimDuration> until = parse_duration(option.substr(6));
      if (!until || *until <= SimDuration{0}) {
        return refuse_drawn(option, "a time with its unit: until=10s");
      }
      drawn.until = *until;
      drawn.until_said = true;
    } else if (option == "regime=beyond" || option == "regime=inside") {
      drawn.beyond = option == "regime=beyond";
    } else {
      return refuse_drawn(option, "until=TIME, regime=inside or regime=beyond");
    }
  }
  return drawn;
}

// One draw a statement, in a fixed order, so that a plan is a function of the seed.
class FaultDraw {
 public:
  FaultDraw(const DrawnFaults& drawn, const FaultSourceOptions& options)
      : drawn_(drawn), options_(options), draws_(options.seed, "faults") {}

  Result<FaultPlan> plan() {
    FaultPlan plan;
    if (!drawn_.beyond) {
      const SimDuration reset = span(1, 100);
      plan.watchdog = Watchdog{.after = SimDuration{1'000'000'000}, .reset = reset};
    }
    if (draws_.below(2) == 0) {
      plan.timer.latency = span(0, 2);
      plan.timer.jitter = span(0, 1);
    }
    ExponentialSpan gaps(static_cast<std::uint64_t>(drawn_.rate.per_ns), drawn_.rate.count);
    std::int64_t at = 0;
    while (true) {
      at += gaps.next_ns(draws_.next());
      if (at >= drawn_.until.count()) {
        return plan;
      }
      if (plan.faults.size() == kMaxFaults) {
        return bad_input("--faults: found more than " + std::to_string(kMaxFaults) +
                         " drawn faults, expected a lower rate or an earlier until=");
      }
      plan.faults.push_back(fault(at_ns(at - at % kMicrosecond)));
    }
  }

 private:
  // Whole microseconds, both ends included.
  SimDuration span(std::uint64_t min_ms, std::uint64_t max_ms) {
    const std::uint64_t micros = min_ms * 1'000 + draws_.below((max_ms - min_ms) * 1'000 + 1);
    return SimDuration{static_cast<std::int64_t>(micros) * kMicrosecond};
  }
  std::uint64_t from_to(std::uint64_t min, std::uint64_t max) {
    return min + draws_.below(max - min + 1);
  }

  Fault fault(SimTime at) {
    Fault fault;
    fault.kind = static_cast<FaultKind>(draws_.below(kFaultKindCount));
    fault.at = at;
    fault.place = "--faults";
    switch (fault.kind) {
      case FaultKind::kStall:
      case FaultKind::kSlow:
        place(fault);
        fault.lasts = span(1, 100);
        if (fault.kind == FaultKind::kSlow) {
          fault.factor_millionths = from_to(15, 100) * 100'000;
        }
        return fault;
      case FaultKind::kFail:
      case FaultKind::kOutOfMemory:
      case FaultKind::kDrop:
      case FaultKind::kLate:
      case FaultKind::kDuplicate:
        place(fault);
        fault.count = from_to(1, 3);
        if (fault.kind == FaultKind::kLate || fault.kind == FaultKind::kDuplicate) {
          fault.by = span(1, 100);
        }
        return fault;
      case FaultKind::kSticky:
      case FaultKind::kLost:
        fault.gpu = static_cast<std::uint32_t>(draws_.below(options_.gpu_count));
        fault.lasts = span(1, 300);
        if (drawn_.beyond && draws_.below(4) == 0) {
          fault.lasts.reset();
        }
        if (fault.kind == FaultKind::kSticky) {
          fault.fence = draws_.below(4) != 0;
        }
        return fault;
      case FaultKind::kCancel:
        fault.share_millionths = from_to(1, 100) * 10'000;
        return fault;
      case FaultKind::kBurst:
        fault.count = from_to(10, 500);
        return fault;
    }
    return fault;
  }

  // Any lane, one lane, or one GPU.
  void place(Fault& fault) {
    const std::uint64_t which = draws_.below(3);
    if (which == 1) {
      fault.lane = static_cast<std::uint32_t>(draws_.below(options_.lane_count));
    } else if (which == 2) {
      fault.gpu = static_cast<std::uint32_t>(draws_.below(options_.gpu_count));
    }
  }

  DrawnFaults drawn_;
  FaultSourceOptions options_;
  Prng draws_;
};

Result<std::string> read_plan_file(const std::string& path) {
  const Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  std::string text;
  std::array<char, 4096> block{};
  for (std::size_t count = block.size(); count == block.size();) {
    count = (*source)->read(block);
    text.append(block.data(), count);
    if (text.size() > kMaxFaultPlanBytes) {
      return bad_input(path + ":1:1: found a file beyond 8 MiB, expected a fault plan");
    }
  }
  if (!(*source)->failure().empty()) {
    return io_error(path + ":1:1: " + (*source)->failure());
  }
  return text;
}

Result<SourcedFaults> draw_faults(const std::string& text, const FaultSourceOptions& options) {
  const Result<DrawnFaults> drawn = parse_drawn(text);
  if (!drawn) {
    return tl::unexpected(drawn.error());
  }
  Result<FaultPlan> plan = FaultDraw(*drawn, options).plan();
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  return SourcedFaults{
      .plan = std::move(*plan),
      .said = text,
      .note = drawn->until_said
                  ? ""
                  : "--faults random: without until=: drawn for the first " + to_text(kUntil)};
}

}  // namespace

bool names_fault_file(std::string_view text) {
  if (text.starts_with(kRandom) || text.find('=') != std::string_view::npos) {
    return false;
  }
  const std::string_view begin = text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
  const std::string_view word = begin.substr(0, begin.find_first_of(" \t"));
  return std::none_of(fault_kinds().begin(), fault_kinds().end(),
                      [&](const FaultKindInfo& info) { return info.name == word; });
}

Result<void> check_fault_text(const std::string& text) {
  if (text.starts_with(kRandom)) {
    const Result<DrawnFaults> drawn = parse_drawn(text);
    return drawn ? Result<void>{} : tl::unexpected(drawn.error());
  }
  const Result<FaultPlan> plan = parse_fault_plan("--faults", text);
  return plan ? Result<void>{} : tl::unexpected(plan.error());
}

Result<SourcedFaults> read_faults(const std::string& text, const FaultSourceOptions& options) {
  if (text.starts_with(kRandom)) {
    return draw_faults(text, options);
  }
  const bool is_file = names_fault_file(text);
  const Result<std::string> lines = is_file ? read_plan_file(text) : Result<std::string>(text);
  if (!lines) {
    return tl::unexpected(lines.error());
  }
  Result<FaultPlan> plan = parse_fault_plan(is_file ? text : "--faults", *lines);
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  if (Result<void> fits = check_fault_plan(*plan, options.lane_count, options.gpu_count); !fits) {
    return tl::unexpected(fits.error());
  }
  const std::string canonical = fault_plan_text(*plan);
  return SourcedFaults{.plan = std::move(*plan),
                       .said = is_file ? text.substr(text.rfind('/') + 1) : canonical,
                       .note = ""};
}

}  // namespace lockstep
