#include "properties/generate/devices.h"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace lockstep {
namespace {

// Braces, unlike operands of +, are evaluated in order: with draws in it, on every compiler.
std::string joined(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += part;
  }
  return text;
}

std::string ns_text(std::int64_t ns) {
  return std::to_string(ns) + "ns";
}

// A time of an execution: a mark, or one ns off, or much less than one.
std::int64_t draw_service(Draws& draws, const CaseShape& shape, const TimeMarks& times) {
  const std::int64_t mark = times.pick(draws).count();
  const std::int64_t typical = times.typical.count();
  if (shape.has(Feature::kSlowBatches) && draws.one_in(4)) {
    return draws.between(2, 20) * typical;
  }
  if (shape.has(Feature::kQuickBatches)) {
    return typical / draws.pick<4>({10, 30, 100, typical}) + draws.between(0, 1);
  }
  return draws.pick<8>({mark, mark - 1, mark + 1, typical, typical / 3 + 1, typical / 7 + 1,
                        1 + draws.below(2 * typical), draws.one_in(4) ? 0 : typical / 2});
}

std::int64_t positive_service(Draws& draws, const CaseShape& shape, const TimeMarks& times) {
  return std::max<std::int64_t>(draw_service(draws, shape, times), 1);
}

std::string draw_curve(Draws& draws, const CaseShape& shape, const TimeMarks& times) {
  const std::int64_t base = positive_service(draws, shape, times);
  const std::int64_t per_row = draws.pick<4>({0, 1, base / 10, base / 2});
  return ns_text(base) + "+" + ns_text(per_row) + "/row";
}

// Times that grow, and sometimes fall, with rows; the curve goes on at both ends.
std::string draw_table(Draws& draws, const CaseShape& shape, const TimeMarks& times) {
  std::string text;
  std::int64_t rows = draws.between(1, 2);
  const std::int64_t points = draws.between(2, 4);
  for (std::int64_t i = 0; i < points; ++i) {
    const std::int64_t service = positive_service(draws, shape, times);
    text += (text.empty() ? "" : ",") + std::to_string(rows) + ":" + ns_text(service);
    rows += draws.between(1, 8);
  }
  return text;
}

std::string draw_memory(Draws& draws) {
  const std::int64_t rows = draws.pick<5>({4, 8, 16, 32, 64});
  return ",memory=" + std::to_string(1000 + 100 * rows) + "B,weights=1000B,row_bytes=100B" +
         ",growth=" + (draws.one_in(2) ? "true" : "false") + ",fraction=1";
}

}  // namespace

std::vector<CaseExecution> draw_executions(Draws& draws, const CaseShape& shape,
                                           const TimeMarks& times) {
  static constexpr std::array<Status, 4> kFailures = {Status::kInternal, Status::kResourceExhausted,
                                                      Status::kUnavailable,
                                                      Status::kInvalidArgument};
  std::vector<CaseExecution> executions;
  const std::int64_t count = draws.pick<6>({1, 1, 2, 3, 5, 8});
  for (std::int64_t i = 0; i < count; ++i) {
    CaseExecution execution{.takes = SimDuration{draw_service(draws, shape, times)}};
    if (shape.has(Feature::kDeviceWaits) && draws.one_in(2)) {
      execution.waits = SimDuration{draw_service(draws, shape, times)};
    }
    if (shape.has(Feature::kFailures) && draws.one_in(3)) {
      execution.status = kFailures[static_cast<std::size_t>(draws.below(kFailures.size()))];
    }
    executions.push_back(execution);
  }
  return executions;
}

std::string draw_device(Draws& draws, const CaseShape& shape, const TimeMarks& times,
                        std::uint32_t lanes_per_gpu) {
  const bool table = draws.one_in(3);
  std::string text = table ? draw_table(draws, shape, times) : draw_curve(draws, shape, times);
  if (table) {
    text += ",extrapolate=linear";
  }
  if (draws.one_in(4)) {
    text += joined({",h2d=", draw_curve(draws, shape, times),  //
                    ",d2h=", draw_curve(draws, shape, times)});
  }
  if (draws.one_in(4)) {
    text += draws.one_in(2) ? ",jitter=0.98@0/1@50/1.3@99" : ",jitter=0.5@0/1@50/4@100";
  }
  if (draws.one_in(6)) {
    text += ",first=" + ns_text(positive_service(draws, shape, times));
  }
  const std::int64_t sharing = draws.below(4);
  if (sharing > 0) {
    const char* table_of_three = lanes_per_gpu <= 3 ? ",sharing=2:1.57,3:2.2" : "";
    text += sharing == 1 ? ",sharing=serial" : (sharing == 2 ? ",sharing=equal" : table_of_three);
  }
  if (shape.has(Feature::kFailures) && draws.one_in(2)) {
    text += draw_memory(draws);
  }
  return text;
}

namespace {

class FaultsDraw {
 public:
  FaultsDraw(Draws& draws, const FaultRules& rules)
      : draws_(draws), rules_(rules), beyond_(draws.one_in(4)) {}

  std::string draw() {
    const std::int64_t count = draws_.between(1, 6);
    for (std::int64_t i = 0; i < count; ++i) {
      add(draws_.one_in(2) ? of_batches() : of_devices());
    }
    if (needs_watchdog_ && !beyond_) {
      add(joined(
          {"watchdog after=", ns_text(20 * rules_.times.typical.count()), " reset=", span()}));
    }
    if (draws_.one_in(4)) {
      add(joined({"timer latency=", span(), draws_.one_in(2) ? " jitter=" + span() : "",
                  draws_.one_in(4) ? " grid=" + span() : ""}));
    }
    return text_;
  }

 private:
  void add(const std::string& entry) { text_ += (text_.empty() ? "" : "; ") + entry; }

  std::string number(std::int64_t least, std::int64_t most) {
    return std::to_string(draws_.between(least, most));
  }
  std::string span() {
    const std::int64_t typical = rules_.times.typical.count();
    return ns_text(std::max<std::int64_t>(
        draws_.pick<5>({rules_.times.pick(draws_).count(), 1, typical, 3 * typical, typical / 5}),
        1));
  }
  std::string at() {
    const std::int64_t first = rules_.earliest.count();
    const std::int64_t length = std::max<std::int64_t>(rules_.until.count() - first, 1);
    return " at=" + ns_text(first + draws_.below(length));
  }
  std::string lane() { return " lane=" + number(0, std::int64_t{rules_.lane_count} - 1); }
  std::string gpu() { return " gpu=" + number(0, std::int64_t{rules_.gpu_count} - 1); }
  std::string place() {
    const std::int64_t which = draws_.below(3);
    return which == 1 ? lane() : (which == 2 ? gpu() : "");
  }
  std::string batches() {
    return draws_.one_in(2) ? " batch=" + number(0, 19)
                            : joined({place(), at(), " count=", number(1, 3)});
  }
  // Whether it ends: always inside the promise.
  std::string end(const char* name) {
    return beyond_ && draws_.one_in(2) ? "" : joined({name, span()});
  }

  std::string of_batches() {
    switch (draws_.below(5)) {
      case 0:
        return "fail" + batches();
      case 1:
        return "oom" + batches();
      case 2:
        needs_watchdog_ = true;
        return "drop" + batches();
      case 3:
        return joined({"late", batches(), " by=", span()});
      default:
        return joined({"duplicate", batches(), " by=", span()});
    }
  }

  std::string of_devices() {
    switch (draws_.below(6)) {
      case 0:
        return joined({"stall", place(), at(), " for=", span()});
      case 1:
        return joined({"slow", place(), at(), " for=", span(),
                       draws_.one_in(2) ? " factor=2.5" : " factor=10"});
      case 2:
        return joined(
            {"sticky", gpu(), at(), end(" reset="), draws_.one_in(4) ? " fence=off" : ""});
      case 3:
        return joined({"lost", gpu(), at(), end(" for=")});
      case 4:
        return joined({"cancel", at(), " share=", number(1, 100), "%"});
      default:
        return joined({"burst", at(), " requests=", number(1, 30), " size=", number(1, 4)});
    }
  }

  Draws& draws_;
  const FaultRules& rules_;
  bool beyond_;
  bool needs_watchdog_ = false;
  std::string text_;
};

}  // namespace

std::string draw_faults(Draws& draws, const CaseShape& shape, const FaultRules& rules) {
  return shape.has(Feature::kFaults) ? FaultsDraw(draws, rules).draw() : "";
}

}  // namespace lockstep
