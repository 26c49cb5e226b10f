// Seeded bugs of the shared scheduler with options, and of its priority order (TF 2.4 to 2.11).
#pragma once

#include <array>

#include "properties/mutants/seeded_bug.h"

namespace lockstep {

inline constexpr std::array kFullBugs = {
    SeededBug{.name = "priority-lowest-first",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = "the least critical requests leave first",
              .form = BugForm::kStatement,
              .find = R"(return *std::find_if(classes_.rbegin(), classes_.rend(),
                       [](const Class& c) { return !c.empty(); });)",
              .replace = R"(return *std::find_if(classes_.begin(), classes_.end(),
                       [](const Class& c) { return !c.empty(); });)",
              .source = "L6: strict priority"},
    SeededBug{.name = "priority-evicts-its-equals",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = "a request evicts others that are as critical as it is",
              .find = "class_of(task) <= class_of(last->front())",
              .replace = "class_of(task) < class_of(last->front())",
              .source = "S9: eviction at the boundary; TF 2.11"},
    SeededBug{.name = "priority-evicts-the-oldest",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = "eviction takes the request that has waited longest",
              .form = BugForm::kText,
              .find = R"(const TfTask victim = tasks.back();
  tasks.pop_back();)",
              .replace = R"(const TfTask victim = BUG ? tasks.front() : tasks.back();
  if (BUG) {
    tasks.pop_front();
  } else {
    tasks.pop_back();
  })",
              .source = "S3: shrinking from the wrong end"},
    SeededBug{.name = "priority-expiry-one-ns-late",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = R"(a request leaves in a batch at the very moment of its deadline)",
              .form = BugForm::kText,
              .find = "(task.cancelled || task.expires <= now)",
              .replace = R"((task.cancelled || (BUG ? task.expires < now : task.expires <= now)))",
              .source = "S11: dispatch before the deadline"},
    SeededBug{.name = "priority-expiry-forgotten",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = "requests whose deadline has passed are executed",
              .form = BugForm::kText,
              .find = "return lazy_filtering_ &&",
              .replace = "return lazy_filtering_ && (!BUG || task.cancelled) &&",
              .source = "S11: late expiry"},
    SeededBug{
        .name = "priority-cancel-is-ignored",
        .file = "core/schedulers/tf_priority_aware_queue.cpp",
        .story = "a cancelled request that waits is executed",
        .form = BugForm::kStatement,
        .find =
            R"(tasks.at(i).cancelled = tasks.at(i).cancelled || tasks.at(i).request == request;)",
        .replace = "",
        .source = "S12: cancel before dispatch"},
    SeededBug{
        .name = "priority-cancel-hits-the-next",
        .file = "core/schedulers/tf_priority_aware_queue.cpp",
        .story = "cancelling one request cancels the one behind it, too",
        .form = BugForm::kStatement,
        .find =
            R"(tasks.at(i).cancelled = tasks.at(i).cancelled || tasks.at(i).request == request;)",
        .replace =
            R"(tasks.at(i).cancelled = tasks.at(i).cancelled || tasks.at(i).request == request ||
                              (i > 0 && tasks.at(i - 1).request == request);)",
        .source = "S12: wrong request"},
    SeededBug{.name = "priority-evicted-pieces-leak",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = R"(the rows of the other pieces of an evicted request stay counted)",
              .form = BugForm::kText,
              .find = R"(rows_ -= task.rows;
        --count_;
      } else {)",
              .replace = R"(rows_ -= BUG ? 0 : task.rows;
        --count_;
      } else {)",
              .source = "S12: slot leak"},
    SeededBug{.name = "priority-full-batch-waits",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = "a batch that is exactly full waits for its time-out",
              .form = BugForm::kText,
              .find = "(rows_ >= execution_limit_ ||",
              .replace = R"(((BUG ? rows_ > execution_limit_ : rows_ >= execution_limit_) ||)",
              .source = "L3b: off by one at the cap"},
    SeededBug{.name = "priority-depth-one-row-short",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = "a queue refuses the request that would exactly fill it",
              .find = "rows_ + task.rows > depth_",
              .replace = "rows_ + task.rows >= depth_",
              .source = "S9: off by one"},
    SeededBug{
        .name = "priority-timer-of-the-head",
        .file = "core/schedulers/tf_priority_aware_queue.cpp",
        .story = R"(the time-out counts from the first request to leave, not from the oldest)",
        .form = BugForm::kStatement,
        .find =
            R"(earliest = tasks.empty() ? earliest : std::min(earliest, tasks.front().arrived);)",
        .replace = "earliest = tasks.empty() ? earliest : tasks.front().arrived;",
        .source = "L1: timer of the wrong request"},
    SeededBug{.name = "priority-resplits-pieces",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = "a piece is cut again though resplitting is off",
              .find = "splitting_ && (!task.is_piece || resplit_)",
              .replace = "splitting_",
              .source = "S14; TF 2.11"},
    SeededBug{.name = "priority-piece-jumps-ahead",
              .file = "core/schedulers/tf_priority_aware_queue.cpp",
              .story = R"(the rest of a cut request goes in front of all that arrived with it)",
              .find = "tasks.at(i + 1).arrived <= piece.arrived",
              .replace = "tasks.at(i + 1).arrived < piece.arrived",
              .source = "S3: push-front after a cut"},
    SeededBug{.name = "shared-full-one-look-per-step",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = R"(one input starts at most one batch, however many lanes are idle)",
              .form = BugForm::kText,
              .find = R"(scan(idle_lanes_.lowest(), input.now, out)) {
    })",
              .replace = R"(scan(idle_lanes_.lowest(), input.now, out)) {
        if (BUG) {
          break;
        }
      })",
              .source = "L3: lost wake-up"},
    SeededBug{.name = "shared-full-failed-lane-stays-busy",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = "a lane whose batch failed is not given back",
              .form = BugForm::kStatement,
              .find = "idle_lanes_.give_back(input.lane);",
              .replace = R"(if (input.status == Status::kOk) {
      idle_lanes_.give_back(input.lane);
    })",
              .source = "S15: lane never freed"},
    SeededBug{.name = "shared-full-cost-of-failures",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = "the time of a batch that failed counts as a cost",
              .find = "input.status == Status::kOk",
              .replace = "true",
              .source = "TF 2.8"},
    SeededBug{.name = "shared-full-cost-of-another-lane",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = R"(the cost of a batch is filed under the size of the batch on lane 0)",
              .find = "lane_rows_[raw(input.lane)]",
              .replace = "lane_rows_[0]",
              .source = "TF 2.8"},
    SeededBug{.name = "shared-full-rank-is-last",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = "of two queues with the same key the later one is served",
              .find = "*key < best_key",
              .replace = "*key <= best_key",
              .source = "S3; TF 2.4, rank_queues"},
    SeededBug{.name = "shared-full-timer-only-moves-back",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = "a wake-up that is planned is never brought forward",
              .find = "wanted != wake_",
              .replace = "wanted > wake_",
              .source = "L1: coalesced wake-ups"},
    SeededBug{.name = "shared-full-lanes-move-unnoticed",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = R"(with polling, a lane that comes back does not ask for its tick)",
              .form = BugForm::kText,
              .find = R"(idle_lanes_.note(input);
        replan_ = true;)",
              .replace = R"(idle_lanes_.note(input);
        replan_ = !BUG;)",
              .source = "V3: lost wake-up"},
    SeededBug{.name = "shared-full-known-for-ever",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = R"(with polling, a queue that woke a thread once never wakes another)",
              .find = R"(list_.asked(index, yielding) && !ready_queues_.contains(index))",
              .replace = "false",
              .source = "L3: waiter flag that is never cleared"},
    SeededBug{.name = "polls-tick-one-ns-late",
              .file = "core/schedulers/tf_idle_polls.cpp",
              .story = "a poll that falls on the very moment waits for the next one",
              .form = BugForm::kText,
              .find = "interval_.count() - 1) / interval_.count()",
              .replace = "interval_.count() - (BUG ? 0 : 1)) / interval_.count()",
              .source = "L1: off by one at the tick; TF 2.5"},
    SeededBug{.name = "polls-close-flushes-nothing",
              .file = "core/schedulers/tf_shared_full.cpp",
              .story = "with polling threads closing a queue leaves its last batch to the time-out",
              .form = BugForm::kText,
              .find = "queues_[index]->close(input.now);",
              .replace = R"(if (!BUG || !polls_.enabled()) {
          queues_[index]->close(input.now);
        })",
              .source = "V2; TF 2.2, 2.5"},
};

}  // namespace lockstep
