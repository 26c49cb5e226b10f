#include "properties/verify/isolated_judge.h"

#include "properties/verify/worker_pool.h"

namespace lockstep {

IsolatedVerdict isolated_property(const Case& value, const SchedulerMaker& make,
                                  const JudgeOptions& options, std::uint64_t cpu_limit_ms) {
  const Result<PoolResult> ran = run_pool(
      [&](std::uint64_t, const std::vector<std::uint64_t>& skipped, WorkerChannel& channel) {
        if (!skipped.empty()) {
          return;  // it has died once: that is the verdict
        }
        channel.begin(0);
        RunRecord record;
        const Verdict verdict = judge_case(value, make, options, record);
        if (verdict.violation) {
          channel.send(std::string(verdict.property()) + " " + violation_text(*verdict.violation));
        }
      },
      {.jobs = 1, .blocks = 1, .cpu_limit_ms = cpu_limit_ms});
  if (!ran) {
    return {.property = "", .found = ran.error().message};
  }
  if (!ran->deaths.empty()) {
    return {.property = ran->deaths.front().hung ? "R5" : "R4", .found = ran->deaths.front().how};
  }
  if (ran->lines.empty()) {
    return {};
  }
  const std::string& line = ran->lines.front().text;
  const std::size_t space = line.find(' ');
  return {.property = line.substr(0, space), .found = line.substr(space + 1)};
}

}  // namespace lockstep
