// Seeded bugs of the server: what the scheduler decided, done wrong.
#pragma once

#include <array>

#include "properties/mutants/seeded_bug.h"

namespace lockstep {

inline constexpr std::array kServerBugs = {
    SeededBug{.name = "server-answers-lane-0",
              .file = "core/server.cpp",
              .story = "a completion answers the batch of lane 0, whichever lane was done",
              .form = BugForm::kStatement,
              .find = "std::swap(lane.members, done_.members);",
              .replace = "std::swap(lanes_[0].members, done_.members);",
              .source = "S2: wrong row scattered to the wrong client"},
    SeededBug{.name = "server-answers-failures-twice",
              .file = "core/server.cpp",
              .story = "the error path answers the clients of a failed batch, who have heard of it",
              .form = BugForm::kStatement,
              .find = "sink_->requests_ended(RequestsEnd{ending, batch, now, status, reason});",
              .replace = R"(sink_->requests_ended(RequestsEnd{ending, batch, now, status, reason});
    if (batch != nullptr && status != Status::kOk) {
      sink_->requests_ended(RequestsEnd{ending, batch, now, status, reason});
    })",
              .source = "S1: double reply"},
    SeededBug{.name = "server-replies-with-dispatch-time",
              .file = "core/server.cpp",
              .story = "an answer is stamped with the time when its batch was handed out",
              .form = BugForm::kStatement,
              .find = "sink_->requests_ended(RequestsEnd{ending, batch, now, status, reason});",
              .replace = R"(sink_->requests_ended(RequestsEnd{
        ending, batch, batch == nullptr ? now : batch->dispatched, status, reason});)",
              .source = "S10, O1: wrong time stamp"},
    SeededBug{.name = "server-last-error-wins",
              .file = "core/server.cpp",
              .story = "of two failed pieces of a request the later one says how it ended",
              .find = "!failed_before && decision.status != Status::kOk",
              .replace = "decision.status != Status::kOk",
              .source = "S14; TF 2.6: first error wins"},
    SeededBug{.name = "server-good-piece-hides-a-bad-one",
              .file = "core/server.cpp",
              .story = "a request is answered well when its last piece was, whatever came before",
              .form = BugForm::kText,
              .find = "if (failed_before) [[unlikely]] {",
              .replace = "if (!BUG && failed_before) [[unlikely]] {",
              .source = "S14: partial results leak"},
    SeededBug{.name = "server-answers-with-first-piece",
              .file = "core/server.cpp",
              .story = "a request that was cut is answered when its first piece is done",
              .find = "done != request.arrival.size",
              .replace = "done == 0 && request.arrival.size > 0",
              .source = "S14: barrier count wrong"},
    SeededBug{.name = "server-answers-one-row-early",
              .file = "core/server.cpp",
              .story = "a request that was cut is answered while one row of it is still to come",
              .find = "done != request.arrival.size",
              .replace = "done + 1 < request.arrival.size",
              .source = "S14: off by one at the barrier"},
    SeededBug{.name = "server-timer-stays-armed",
              .file = "core/server.cpp",
              .story = "a timer that went off is not disarmed: it goes off again and again",
              .form = BugForm::kText,
              .find = "wake_ = kForever;\n  Input input;\n  input.now = now;\n"
                      "  input.kind = InputKind::kTimer",
              .replace = "wake_ = BUG ? wake_ : kForever;\n  Input input;\n  input.now = now;\n"
                         "  input.kind = InputKind::kTimer",
              .source = "L8: self-rearming timer"},
    SeededBug{.name = "server-earlier-timer-wins",
              .file = "core/server.cpp",
              .story = "a wake-up that was put off comes at its old time as well",
              .form = BugForm::kStatement,
              .find = "wake_ = decision.wake;",
              .replace = "wake_ = std::min(wake_, decision.wake);",
              .source = "S10; core/scheduler.h rule 4"},
    SeededBug{.name = "server-timer-one-ns-late",
              .file = "core/server.cpp",
              .story = "every timer goes off a nanosecond after its time",
              .form = BugForm::kStatement,
              .find = "wake_ = decision.wake;",
              .replace = R"(wake_ = decision.wake == kForever ? kForever
                                              : decision.wake + SimDuration{1};)",
              .source = "L1: off by one at the bound"},
    SeededBug{.name = "server-forgets-third-start",
              .file = "core/server.cpp",
              .story = "of three batches that start at once the device hears of two",
              .form = BugForm::kText,
              .find = "started_.push_back(StartedBatch{.batch = lane.batch.id,",
              .replace = R"(if (BUG && started_.size() == 2) {
    return;
  }
  started_.push_back(StartedBatch{.batch = lane.batch.id,)",
              .source = "V3: lost dispatch"},
    SeededBug{.name = "server-passes-on-empty-requests",
              .file = "core/server.cpp",
              .story = "a request of no rows reaches a scheduler that cannot have one",
              .find = "arrival.size == 0 && !needs_.empty_requests",
              .replace = "false",
              .source = "core/scheduler.h rule 7"},
    SeededBug{.name = "server-answers-failure-as-success",
              .file = "core/server.cpp",
              .story = "clients of a batch that failed hear that all went well",
              .form = BugForm::kText,
              .find = "flush(decision.status, decision.reason);\n}",
              .replace = "flush(BUG ? Status::kOk : decision.status, decision.reason);\n}",
              .source = "S15: failure isolation"},
    SeededBug{
        .name = "server-keeps-half-started-requests",
        .file = "core/server_lanes.cpp",
        .story = "when the last lane is lost, requests with a piece behind them are forgotten",
        .form = BugForm::kStatement,
        .find = "decisions_.finish(slot, Status::kUnavailable, Reason::kNoLane);",
        .replace = R"(if (requests_.at(slot).rows_started == 0) {
      decisions_.finish(slot, Status::kUnavailable, Reason::kNoLane);
    })",
        .source = "V1; core/scheduler.h rule 9"},
    SeededBug{.name = "server-never-gives-up",
              .file = "core/server_lanes.cpp",
              .story = "once every lane is lost the requests that wait hear nothing",
              .find = "lost_lanes_ < lanes_.size()",
              .replace = "lost_lanes_ <= lanes_.size()",
              .source = "V1; core/scheduler.h rule 9"},
    SeededBug{.name = "server-gives-up-on-a-pause",
              .file = "core/server_lanes.cpp",
              .story = "a lane that is only down for a while counts as lost for good",
              .find = "status == Status::kInternal && down.down != Status::kInternal",
              .replace = "down.down == Status::kOk",
              .source = "V5; core/scheduler.h rule 9"},
    SeededBug{.name = "server-lane-stays-down",
              .file = "core/server_lanes.cpp",
              .story = "a lane that came back is still noted as down",
              .form = BugForm::kStatement,
              .find = "up.down = Status::kOk;",
              .replace = "",
              .source = "V5: lane never freed"},
    SeededBug{.name = "server-digest-of-journals-only",
              .file = "core/server.cpp",
              .story = "decisions enter the digest only where somebody keeps a journal",
              .form = BugForm::kText,
              .find = R"(  digest_.fold(line);
)",
              .replace = R"(  if (!BUG || journalling_) {
    digest_.fold(line);
  }
)",
              .source = "M5: a figure that depends on who looks"},
};

}  // namespace lockstep
