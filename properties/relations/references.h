// M7: a scheduler against a slow model of it that was written from the rules, not from the code.
//
// The case is simplified to what the model speaks of (each says what it leaves out), so that every
// case is judged. nullopt: the same batches with the same members at the same times, and the same
// ends; or the case has no such twin.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "properties/cases/case.h"
#include "properties/cases/case_run.h"
#include "properties/checkers/checker.h"

namespace lockstep {

// TF 2.1 to 2.11: all options but retrier and session, and polling with rank_queues (which queue a
// look in vain has asked is open there).
[[nodiscard]] std::optional<Violation> check_shared_reference(const Case& value,
                                                              const SchedulerMaker& maker);
// TF 2.16.
[[nodiscard]] std::optional<Violation> check_jit_reference(const Case& value,
                                                           const SchedulerMaker& maker);
// docs/schedulers/naive_full_batch.md.
[[nodiscard]] std::optional<Violation> check_naive_reference(const Case& value,
                                                             const SchedulerMaker& maker);

// TF 3.1; but closings and the retrier.
[[nodiscard]] std::optional<Violation> check_adaptive_reference(const Case& value,
                                                                const SchedulerMaker& maker);
// TF 3.2; but closings and the retrier. What is pending on the device: the other batches that run.
[[nodiscard]] std::optional<Violation> check_serial_reference(const Case& value,
                                                              const SchedulerMaker& maker);

// TF 2.14, 1.6; but the retrier.
[[nodiscard]] std::optional<Violation> check_streaming_reference(const Case& value,
                                                                 const SchedulerMaker& maker);

// TF 2.15, around any of them, with all that comes from outside: `value` as it is. Requires: it
// retries.
[[nodiscard]] std::optional<Violation> check_retrier_reference(const Case& value,
                                                               const SchedulerMaker& maker);

// `value` on a script of times, without what comes from outside but arrivals (and closings), ties,
// failures but INTERNAL, and rows of 0.
[[nodiscard]] Case plain_twin(const Case& value, bool keep_closings);
// No gap between two events and no stage of an execution is longer than `longest`: for models that
// take every turn of a loop.
[[nodiscard]] Case shortened(Case value, SimDuration longest);

// Something from outside, at its time, with the queue's id in the run: closed queues get nothing.
struct ResolvedEvent {
  SimTime at{};
  bool closes = false;
  std::uint32_t queue = 0;
  std::uint32_t rows = 1;
  std::uint8_t priority = 0;
  SimDuration timeout{0};
};
[[nodiscard]] std::vector<ResolvedEvent> resolved_events(const Case& value);

// "@1200 refused 7 UNAVAILABLE" (nanoseconds, ordinal of the request) of each that ended outside of
// a batch, in the order of their arrivals.
[[nodiscard]] std::vector<std::string> refusals_of(const RunRecord& run);

// "expected ..., found ...", of the first that differs.
[[nodiscard]] std::optional<Violation> compare_logs(const std::vector<std::string>& expected,
                                                    const std::vector<std::string>& found);

}  // namespace lockstep
