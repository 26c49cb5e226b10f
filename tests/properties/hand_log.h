// A run written by hand, line by line, and what one property says of it.
//
//     HandLog log("L1", "tf-shared", {{"batch_timeout_micros", "2"}});
//     log.at(0ns).arrive();
//     log.at(2001ns).start({0});
//     EXPECT_NE(log.verdict(), "");
//
// Requests and batches are numbered as they come. A batch takes the lowest idle lane and answers
// its requests when it is done; a request of several rows enters one batch whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/schedulers/options.h"
#include "properties/cases/case_run.h"
#include "properties/checkers/checker.h"
#include "properties/record/run_recorder.h"

namespace lockstep {

class HandLog {
 public:
  // `options`: those that are not at their default.
  HandLog(std::string_view property, std::string scheduler, OptionValues options)
      : HandLog(property,
                make_registered({.scheduler = std::move(scheduler), .options = std::move(options)})
                    ->rules) {}
  // Of a scheduler of one's own.
  HandLog(std::string_view property, RunRules rules)
      : rules_(std::move(rules)),
        property_(property),
        checkers_(rules_, std::vector<std::string_view>{property}),
        recorder_(with_rules(), [this](const RunRecord& now) { checkers_.after_line(now); }) {}

  HandLog& at(SimDuration time) {
    now_ = SimTime{time};
    return *this;
  }
  HandLog& arrive(std::uint32_t rows = 1, std::uint32_t queue = 0, std::uint8_t priority = 0) {
    JournalLine line = input(InputKind::kArrive);
    line.request = RequestId{next_request_++};
    line.arrival = {.time = now_, .queue = QueueId{queue}, .size = rows, .priority = priority};
    line.input.queue = QueueId{queue};
    recorder_.line(line);
    return *this;
  }
  HandLog& refuse(Status status, Reason reason) {
    const RequestId id{next_request_ - 1};
    JournalLine line = decision(DecisionKind::kFinish);
    line.request = id;
    line.decision.status = status;
    line.decision.reason = reason;
    recorder_.line(line);
    end(id, status, reason);
    return *this;
  }
  // Batch `next` with all rows of these requests.
  HandLog& start(const std::vector<std::uint64_t>& requests, std::uint32_t lane = kLowest) {
    JournalLine line = decision(DecisionKind::kStart);
    line.decision.batch = BatchId{record_.batches.size()};
    line.decision.lane = LaneId{lane == kLowest ? lowest_idle() : lane};
    for (const std::uint64_t id : requests) {
      const Arrival& arrival = record_.requests[id].arrival;
      line.decision.queue = arrival.queue;
      line.members.push_back({.request = RequestId{id}, .rows = arrival.size});
    }
    line.decision.opened = now_;
    line.decision.due = now_;
    recorder_.line(line);
    return *this;
  }
  HandLog& start_unsealed() {
    JournalLine line = decision(DecisionKind::kStart);
    line.decision.batch = BatchId{record_.batches.size()};
    line.decision.lane = LaneId{lowest_idle()};
    line.decision.sealed = false;
    recorder_.line(line);
    return *this;
  }
  HandLog& add(std::uint64_t batch, std::uint64_t request) {
    JournalLine line = decision(DecisionKind::kAdd);
    line.decision.batch = BatchId{batch};
    line.members.push_back(
        {.request = RequestId{request}, .rows = record_.requests[request].arrival.size});
    recorder_.line(line);
    return *this;
  }
  HandLog& seal(std::uint64_t batch) {
    JournalLine line = decision(DecisionKind::kSeal);
    line.decision.batch = BatchId{batch};
    recorder_.line(line);
    return *this;
  }
  // Its requests are answered, as their clients hear it, `late` after that.
  HandLog& done(std::uint64_t batch, SimDuration late = SimDuration{0}) {
    JournalLine line = input(InputKind::kBatchDone);
    line.input.batch = BatchId{batch};
    line.input.lane = record_.batches[batch].lane;
    line.input.queue = record_.batches[batch].queue;
    recorder_.line(line);
    line = decision(DecisionKind::kFinishBatch);
    line.decision.batch = BatchId{batch};
    recorder_.line(line);
    const SimTime told = now_;
    now_ += late;
    for (const RecordedPiece& piece : record_.batches[batch].pieces) {
      end(piece.request, Status::kOk, Reason::kAnswered);
    }
    now_ = told;
    return *this;
  }
  HandLog& timer() { return other(InputKind::kTimer); }
  HandLog& wake(SimDuration time) {
    JournalLine line = decision(DecisionKind::kWake);
    line.decision.wake = SimTime{time};
    recorder_.line(line);
    return *this;
  }
  HandLog& close(std::uint32_t queue = 0) {
    JournalLine line = input(InputKind::kCloseQueue);
    line.input.queue = QueueId{queue};
    recorder_.line(line);
    return *this;
  }
  HandLog& lane_down(std::uint32_t lane) { return other(InputKind::kLaneDown, lane); }
  HandLog& lane_up(std::uint32_t lane) { return other(InputKind::kLaneUp, lane); }

  RunRecord& record() { return record_; }

  // What is wrong; "" when the property holds. The run is over then.
  [[nodiscard]] std::string verdict() {
    for (std::uint64_t id = 0; id < record_.requests.size(); ++id) {
      record_.requests[id].unanswered = record_.requests[id].end_count == 0;
    }
    checkers_.at_end(record_);
    return checkers_.found().has(property_) ? checkers_.found().entries().front().first.found : "";
  }

 private:
  static constexpr std::uint32_t kLowest = UINT32_MAX;

  RunRecord& with_rules() {
    record_.rules = rules_;
    return record_;
  }
  [[nodiscard]] JournalLine input(InputKind kind) const {
    JournalLine line;
    line.input.kind = kind;
    line.input.now = now_;
    return line;
  }
  // A decision follows an input of its time: a timer, where nothing else happened then.
  [[nodiscard]] JournalLine decision(DecisionKind kind) {
    if (record_.lines.empty() || record_.now != now_) {
      timer();
    }
    JournalLine line;
    line.is_input = false;
    line.decision.kind = kind;
    return line;
  }
  HandLog& other(InputKind kind, std::uint32_t lane = 0) {
    JournalLine line = input(kind);
    line.input.lane = LaneId{lane};
    line.input.status = kind == InputKind::kLaneDown ? Status::kUnavailable : line.input.status;
    recorder_.line(line);
    return *this;
  }
  [[nodiscard]] std::uint32_t lowest_idle() const {
    for (std::uint32_t lane = 0; lane < record_.lanes.size(); ++lane) {
      if (!record_.lanes[lane].running && record_.lanes[lane].down == Status::kOk) {
        return lane;
      }
    }
    ADD_FAILURE() << "no lane is idle";
    return 0;
  }
  void end(RequestId id, Status status, Reason reason) {
    Request request;
    request.id = id;
    request.arrival = record_.requests[raw(id)].arrival;
    recorder_.request_ended(
        {.request = request, .batch = nullptr, .at = now_, .status = status, .reason = reason});
  }

  RunRules rules_;
  std::string_view property_;
  CheckerSet checkers_;
  RunRecord record_;
  RunRecorder recorder_;
  SimTime now_{};
  std::uint64_t next_request_ = 0;
};

}  // namespace lockstep
