// Seeded bugs of schedulers of a house: plug-ins that are held to what they promise, and to nothing
// else (tests/support/in_house/, docs/examples/plugin_scheduler/fair_shares.cpp).
#pragma once

#include <array>

#include "properties/mutants/seeded_bug.h"

namespace lockstep {

inline constexpr std::array kInHouseBugs = {
    SeededBug{.name = "fair-shares-batch-in-reverse",
              .file = "docs/examples/plugin_scheduler/fair_shares.cpp",
              .story = "requests stand in their batch in the reverse order of their arrival",
              .form = BugForm::kStatement,
              .find = "batch.push_back(whole(queue.waiting.front()));",
              .replace = "batch.insert(batch.begin(), whole(queue.waiting.front()));",
              .source = "S3: push-front"},
    SeededBug{.name = "fair-shares-full-one-row-early",
              .file = "docs/examples/plugin_scheduler/fair_shares.cpp",
              .story = "a batch with room for one more row counts as full",
              .find = "queue.rows >= rows_max_ || queue.closed",
              .replace = "queue.rows + 1 >= rows_max_ || queue.closed",
              .source = "L1b: off by one at the size"},
    SeededBug{.name = "fair-shares-exact-fit-stays",
              .file = "docs/examples/plugin_scheduler/fair_shares.cpp",
              .story = "the request that would fill a batch up exactly stays for the next one",
              .find = "rows + queue.waiting.front().rows <= rows_max_",
              .replace = "rows + queue.waiting.front().rows < rows_max_ + (batch.empty() ? 1 : 0)",
              .source = "L3c: Triton #3624"},
    SeededBug{.name = "fair-shares-weights-ignored",
              .file = "docs/examples/plugin_scheduler/fair_shares.cpp",
              .story = "what a queue has had is counted without its weight",
              .find = "rows * 720'720 / weight(id)",
              .replace = "rows * 720'720",
              .source = "L4b: cost charged before size known"},
    SeededBug{.name = "fair-shares-idle-queues-save-up",
              .file = "docs/examples/plugin_scheduler/fair_shares.cpp",
              .story = "a queue that had nothing to send for a while catches up on it",
              .find = "std::max(queue.served, level_)",
              .replace = "queue.served",
              .source = "L4b: deficit not reset on idle"},
    SeededBug{.name = "fair-shares-room-of-the-fullest",
              .file = "docs/examples/plugin_scheduler/fair_shares.cpp",
              .story = "a queue is full as soon as any other is",
              .form = BugForm::kText,
              .find = "} else if (queue.rows + input.rows > rows_max_ * batches_max_) {",
              .replace = R"(} else if (queue.rows + input.rows > rows_max_ * batches_max_ ||
               (BUG && std::any_of(queues_.begin(), queues_.end(), [&](const auto& other) {
                  return other.second.rows + input.rows > rows_max_ * batches_max_;
                }))) {)",
              .source = "L5: one room for all"},
    SeededBug{.name = "fair-shares-answers-at-the-start",
              .file = "docs/examples/plugin_scheduler/fair_shares.cpp",
              .story = "the first request of a batch is answered when the batch leaves",
              .form = BugForm::kText,
              .find = "              batch);\n",
              .replace = R"(              batch);
    if (BUG) {
      out.finish(batch.front().request, LOCKSTEP_OK, LOCKSTEP_REASON_ANSWERED);
    }
)",
              .source = "S2: reply without dispatch"},
    SeededBug{.name = "fair-shares-late-timers-are-counted",
              .file = "docs/examples/plugin_scheduler/fair_shares.cpp",
              .story = "a counter that all instances share decides what a late timer does",
              .form = BugForm::kText,
              .find = "    dispatch(input.now_ns, out);\n",
              .replace = R"(    if (BUG && input.kind == LOCKSTEP_TIMER) {
      static unsigned late = 0;
      for (const auto& [id, queue] : queues_) {
        if (!queue.waiting.empty() && queue.waiting.front().now_ns + timeout_ns_ < input.now_ns &&
            ++late % 2 == 0) {
          out.wake(LOCKSTEP_NEVER);
        }
      }
    }
    dispatch(input.now_ns, out);
)",
              .source = "R3: state beside the instance"},
    SeededBug{.name = "bounded-turns-first-batch-has-two-turns",
              .file = "tests/support/in_house/bounded_turns.cpp",
              .story = "with much room the cursor stays at the queue of the very first batch",
              .find = "queue->first + 1",
              .replace = "queue->first + (next_batch_ > 1 || batches_max_ <= 4 ? 1 : 0)",
              .source = "L4: pointer not advanced"},
    SeededBug{
        .name = "bounded-turns-room-doubles-in-company",
        .file = "tests/support/in_house/bounded_turns.cpp",
        .story = "a queue that is not alone takes twice the batches",
        .find = "queue.batches_with(input.rows) > batches_max_",
        .replace = "queue.batches_with(input.rows) > batches_max_ * (queues_.size() > 1 ? 2 : 1)",
        .source = "L7: capacity of another unit"},
    SeededBug{.name = "bounded-turns-yields-after-a-batch",
              .file = "tests/support/in_house/bounded_turns.cpp",
              .story = "a lone batch that came while the one before it ran waits a little more",
              .form = BugForm::kText,
              .find = "    dispatch(input.now_ns, out);\n",
              .replace = R"(    if (BUG && input.kind == LOCKSTEP_BATCH_DONE && timeout_ns_ > 0 &&
        queues_.size() == 1 &&
        rows_max_ > 1 && batches_max_ > 4 && is_due(queues_.begin()->second, input.now_ns) &&
        queues_.begin()->second.batches_with(0) == 1 &&
        queues_.begin()->second.first_arrival_ns() >= input.now_ns - input.device_time_ns) {
      out.wake(input.now_ns + timeout_ns_ / 1000);
      return;
    }
    dispatch(input.now_ns, out);
)",
              .source = "L2: a little beyond the bound"},
    SeededBug{.name = "windows-last-half-as-long-again",
              .file = "tests/support/in_house/windows.cpp",
              .story = "a window ends half its time too late",
              .find = "queue.first_arrival_ns() + window_ns_",
              .replace = "queue.first_arrival_ns() + window_ns_ + window_ns_ / 2",
              .source = "L1: the wrong interval, as in Triton #3778"},
    SeededBug{.name = "windows-look-a-thousand-times",
              .file = "tests/support/in_house/windows.cpp",
              .story = "a thousand times in each window it wakes up and finds nothing to do",
              .find = "std::min(wake_ns, end_ns)",
              .replace = R"(std::min(
              {wake_ns, end_ns, now_ns + std::max<std::int64_t>(window_ns_ / 1000, 1)}))",
              .source = "V4: polling"},
    SeededBug{.name = "windows-closing-ends-nothing",
              .file = "tests/support/in_house/windows.cpp",
              .story = "what waits in a queue that is closed waits for its window all the same",
              .find = "end_ns > now_ns && closed_.count(id) == 0",
              .replace = "end_ns > now_ns",
              .source = "V2: not flushed at the drain"},
    SeededBug{.name = "one-in-flight-rests-for-a-microsecond",
              .file = "tests/support/in_house/one_in_flight.cpp",
              .story = "a batch that is done frees its queue a microsecond later",
              .form = BugForm::kText,
              .find = "      running_[input.queue] = false;\n",
              .replace = R"(      running_[input.queue] = BUG;
      if (BUG) {
        out.wake(input.now_ns + 1000);
        resting_.push_back(input.queue);
      }
    } else if (BUG && input.kind == LOCKSTEP_TIMER) {
      for (const std::uint32_t queue : resting_) {
        running_[queue] = false;
      }
      resting_.clear();
)",
              .source = "M2: a hidden constant",
              .also_find = "  std::uint64_t next_batch_ = 0;\n",
              .also_replace = R"(  std::uint64_t next_batch_ = 0;
  std::vector<std::uint32_t> resting_;
)"},
    SeededBug{.name = "one-in-flight-every-third-is-free",
              .file = "tests/support/in_house/one_in_flight.cpp",
              .story = "every third batch does not hold up the next of its queue",
              .form = BugForm::kStatement,
              .find = "running_[id] = true;",
              .replace = "running_[id] = next_batch_ % 3 != 0;",
              .source = "S3b: out-of-order completion across lanes"},
};

}  // namespace lockstep
