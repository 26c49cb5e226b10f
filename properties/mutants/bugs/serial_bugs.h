// Seeded bugs of the serial-device scheduler (TF 3.2).
#pragma once

#include <array>

#include "properties/mutants/seeded_bug.h"

namespace lockstep {

inline constexpr std::array kSerialBugs = {
    SeededBug{
        .name = "serial-idle-counter-drifts",
        .file = "core/schedulers/tf_in_flight_limit.cpp",
        .story =
            R"(idle turns are counted on after an adjustment: the limit is never adjusted again)",
        .form = BugForm::kStatement,
        .find = "idle_count_ = 0;",
        .replace = "",
        .source = "S8: an idle counter that drifts, Triton #8870"},
    SeededBug{.name = "serial-pending-sum-stays",
              .file = "core/schedulers/tf_in_flight_limit.cpp",
              .story = R"(the batches that were pending are counted on after an adjustment)",
              .form = BugForm::kText,
              .find = R"(pending_sum_ = 0;
})",
              .replace = R"(pending_sum_ = BUG ? pending_sum_ : 0;
})",
              .source = "S8: counter drift"},
    SeededBug{.name = "serial-limit-may-reach-zero",
              .file = "core/schedulers/tf_in_flight_limit.cpp",
              .story = "the limit of loops may fall to zero",
              .find = "std::max(limit_, std::int64_t{1})",
              .replace = "std::max(limit_, std::int64_t{0})",
              .source = "V1: no loop is left"},
    SeededBug{.name = "serial-period-of-all-loops",
              .file = "core/schedulers/tf_in_flight_limit.cpp",
              .story = R"(the time between two starts is not divided by the number of loops)",
              .find = "execution_sum_us_ / batch_count_ / limit_",
              .replace = "execution_sum_us_ / batch_count_",
              .source = "TF 3.2"},
    SeededBug{.name = "serial-rounds-down",
              .file = "core/schedulers/tf_in_flight_limit.cpp",
              .story = "half a batch too few pending does not change the limit",
              .find = "rest >= 0.5",
              .replace = "rest > 0.5",
              .source = "TF 3.2: rounding"},
    SeededBug{.name = "serial-full-queue-takes-one-more",
              .file = "core/schedulers/tf_serial_device.cpp",
              .story = "a full queue takes one batch more than it may hold",
              .find = "queue.batch_count >= queue.batch_count_max",
              .replace = "queue.batch_count > queue.batch_count_max",
              .source = "S9: off by one"},
    SeededBug{.name = "serial-batch-one-row-too-large",
              .file = "core/schedulers/tf_serial_device.cpp",
              .story = "a batch takes one row more than it may have",
              .find = "batches_.at(queue.open).rows + size > queue.rows_max",
              .replace = "batches_.at(queue.open).rows + size > queue.rows_max + 1",
              .source = "S4: off by one at the cap"},
    SeededBug{.name = "serial-parked-loops-stay-parked",
              .file = "core/schedulers/tf_serial_device.cpp",
              .story = R"(a loop that found its lane down does not notice that it is back)",
              .form = BugForm::kStatement,
              .find = R"(idle_lanes_.note(input);
        unpark(out);)",
              .replace = "idle_lanes_.note(input);",
              .source = "V5: waiter on the wrong condition"},
    SeededBug{
        .name = "serial-last-loop-leaves",
        .file = "core/schedulers/tf_serial_device.cpp",
        .story = R"(a loop ends when there are as many as the limit: in the end none is left)",
        .form = BugForm::kText,
        .find = R"(void take_turn(std::uint64_t loop, Decisions& out) {
    if (loop_count_ > limit_.value()) {)",
        .replace = R"(void take_turn(std::uint64_t loop, Decisions& out) {
    if (BUG ? loop_count_ >= limit_.value() : loop_count_ > limit_.value()) {)",
        .source = "V1: no loop is left"},
    SeededBug{.name = "serial-sleeps-once-too-little",
              .file = "core/schedulers/tf_serial_device.cpp",
              .story = R"(a loop that slept through an idle time wakes up one turn early)",
              .form = BugForm::kText,
              .find = "(until - sleeper.wakes) / sleep() + 1;",
              .replace = "(until - sleeper.wakes) / sleep() + (BUG ? 0 : 1);",
              .source = "TF 3.2: off by one"},
    SeededBug{.name = "serial-request-joins-open-twice",
              .file = "core/schedulers/tf_serial_device.cpp",
              .story = "a request that joins a waiting batch is entered twice",
              .form = BugForm::kText,
              .find = R"(batch.rows += size;
    queue.rows += size;)",
              .replace = R"(batch.rows += size;
    if (BUG && batch.pieces.size() == 3) {
      batch.pieces.push_back(batch.pieces.back());
    }
    queue.rows += size;)",
              .source = "S7: a request in a batch twice"},
    SeededBug{.name = "serial-exact-fit-opens-another",
              .file = "core/schedulers/tf_serial_device.cpp",
              .story = "a request that exactly fills the open batch opens a new one",
              .find = "batches_.at(queue.open).rows + size > queue.rows_max",
              .replace = "batches_.at(queue.open).rows + size >= queue.rows_max",
              .source = "L3c: off by one at the cap"},
    SeededBug{.name = "serial-joins-before-the-last",
              .file = "core/schedulers/tf_serial_device.cpp",
              .story = "a request joins its batch in front of the one that came before it",
              .form = BugForm::kStatement,
              .find = "batch.pieces.push_back(Piece{.request = request, .rows = size});",
              .replace = R"(batch.pieces.push_back(Piece{.request = request, .rows = size});
    if (batch.pieces.size() > 1) {
      std::swap(batch.pieces.back(), batch.pieces[batch.pieces.size() - 2]);
    })",
              .source = "S3: order of members"},
};

}  // namespace lockstep
