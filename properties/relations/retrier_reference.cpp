// The retrier of any scheduler against properties/reference/slow_retrier.h.
#include <algorithm>
#include <utility>

#include "properties/reference/slow_retrier.h"
#include "properties/relations/references.h"
#include "properties/relations/twin_runs.h"

namespace lockstep {
namespace {

// The same scheduler without its own retrier, in the slow one.
Result<MadeScheduler> make_slowly(const Case& value, const SchedulerMaker& maker) {
  Result<MadeScheduler> retried = maker(value);
  if (!retried) {
    return retried;
  }
  Case plain = value;
  put_option(plain.options, "retrier", "false");
  Result<MadeScheduler> inner = maker(plain);
  if (!inner) {
    return inner;
  }
  const RunRules& rules = retried->rules;
  retried->scheduler =
      make_slow_retrier(std::move(inner->scheduler), rules.integer("max_time_micros").value_or(0),
                        rules.integer("retry_delay_micros").value_or(0));
  return retried;
}

}  // namespace

std::optional<Violation> check_retrier_reference(const Case& value, const SchedulerMaker& maker) {
  const std::optional<RunRecord> found = run_twin(value, maker);
  const std::optional<RunRecord> expected =
      run_twin(value, [&maker](const Case& twin) { return make_slowly(twin, maker); });
  if (!found || !expected) {
    return std::nullopt;
  }
  return violation_of("M7", first_divergence(*found, *expected));
}

}  // namespace lockstep
