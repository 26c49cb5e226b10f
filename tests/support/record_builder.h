// A record of a run made by hand, line by line, judged as it grows.
//
// The clients hear what is decided, as a server would tell them, but where a test says otherwise.
// Times are nanoseconds. Requests and batches are numbered as they come.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal.h"
#include "properties/checkers/checker.h"
#include "properties/record/run_recorder.h"

namespace lockstep {

// What a registered scheduler with these options is held to.
[[nodiscard]] RunRules rules_for(const std::string& scheduler, const OptionValues& options);

struct BatchOf {
  std::vector<JournalMember> members{};
  std::uint32_t lane = 0;
  std::uint32_t queue = 0;
  std::int64_t opened = 0;
  std::int64_t due = 0;
  Reason reason = Reason::kFull;
  std::uint32_t padded_rows = 0;
  bool sealed = true;
};

// Request `id`, all of its `rows`.
[[nodiscard]] inline JournalMember whole(std::uint64_t id, std::uint32_t rows = 1) {
  return {.request = RequestId{id}, .first_row = 0, .rows = rows};
}

class RecordBuilder {
 public:
  explicit RecordBuilder(RunRules rules);

  // Inputs.
  RecordBuilder& arrive(std::int64_t at, const Arrival& arrival = {});
  RecordBuilder& done(std::int64_t at, std::uint64_t batch, Status status = Status::kOk,
                      std::int64_t device_time = 0);
  RecordBuilder& timer(std::int64_t at);
  RecordBuilder& cancel(std::int64_t at, std::uint64_t request);
  RecordBuilder& close(std::int64_t at, std::uint32_t queue = 0);
  RecordBuilder& lane_down(std::int64_t at, std::uint32_t lane, bool lost = false);

  // Decisions, at the time of the newest input.
  RecordBuilder& start(const BatchOf& batch);
  RecordBuilder& add(std::uint64_t batch, const std::vector<JournalMember>& members);
  RecordBuilder& seal(std::uint64_t batch, Reason reason);
  RecordBuilder& finish(std::uint64_t request, Status status, Reason reason);
  RecordBuilder& finish_batch(std::uint64_t batch, Status status = Status::kOk,
                              Reason reason = Reason::kAnswered);
  RecordBuilder& wake(std::int64_t at);
  // done() and finish_batch() with what a device's status means.
  RecordBuilder& answer(std::int64_t at, std::uint64_t batch, Status status = Status::kOk);

  // What the scheduler says of a queue now; before an arrival when `before`.
  RecordBuilder& reports(const QueueCounters& counters, bool before = false);

  // From here on the clients hear nothing by themselves.
  RecordBuilder& silent();
  RecordBuilder& hears(std::uint64_t request, Status status, Reason reason);

  // Ends the run; what `property` found, "" when nothing. "all": of any, "ID: what".
  [[nodiscard]] std::string found(std::string_view property);

  [[nodiscard]] RunRecord& record() { return record_; }

 private:
  RecordBuilder& input(std::int64_t at, InputKind kind, JournalLine line);
  RecordBuilder& decision(DecisionKind kind, JournalLine line);
  void tell(RequestId id, Status status, Reason reason, const BatchRecord* batch);

  RunRecord record_;
  CheckerSet checkers_;
  RunRecorder recorder_;
  std::vector<Request> requests_;
  bool silent_ = false;
  bool ended_ = false;
};

}  // namespace lockstep
