#include "properties/record/recorded_journal.h"

#include <string>
#include <vector>

namespace lockstep {
namespace {

class Witness {
 public:
  Witness(const RunLog& log, RunRecord& record, RunRecorder& recorder)
      : log_(log), record_(record), recorder_(recorder), told_(log.requests.size()) {}

  // A decision of the step that goes on.
  void note(const JournalLine& line) {
    if (line.decision.kind == DecisionKind::kFinish) {
      due_.push_back(raw(line.request));
    } else if (line.decision.kind == DecisionKind::kFinishBatch &&
               raw(line.decision.batch) < record_.batches.size()) {
      for (const RecordedPiece& piece : record_.batches[raw(line.decision.batch)].pieces) {
        const std::uint64_t id = raw(piece.request);
        if (id < log_.requests.size() && log_.requests[id].batch == raw(line.decision.batch)) {
          due_.push_back(id);
        }
      }
    }
  }
  // The step is over: its clients hear.
  void end_step() {
    for (const std::uint64_t id : due_) {
      tell(id);
    }
    due_.clear();
  }
  // The run is over.
  void end() {
    end_step();
    for (std::uint64_t id = 0; id < log_.requests.size(); ++id) {
      if (log_.requests[id].finished) {
        tell(id);
      } else {
        recorder_.request_unanswered(request_of(id));
      }
    }
  }

 private:
  [[nodiscard]] Request request_of(std::uint64_t id) const {
    Request request{.arrival = {}};
    request.id = RequestId{id};
    request.arrival.time = log_.requests[id].arrival;
    return request;
  }

  void tell(std::uint64_t id) {
    if (id >= told_.size() || told_[id] || !log_.requests[id].finished) {
      return;
    }
    told_[id] = true;
    const RequestRow& row = log_.requests[id];
    const Request request = request_of(id);
    const BatchRow* batch = row.batch ? log_.find_batch(*row.batch) : nullptr;
    recorder_.request_ended(RequestEnd{.request = request,
                                       .batch = batch == nullptr ? nullptr : &batch->record,
                                       .at = *row.finished,
                                       .status = row.status,
                                       .reason = row.reason});
  }

  const RunLog& log_;
  RunRecord& record_;
  RunRecorder& recorder_;
  std::vector<bool> told_;
  std::vector<std::uint64_t> due_;
};

}  // namespace

tl::unexpected<Error> too_long_for_properties() {
  return bad_input("found more than " + std::to_string(kRecordedLinesMax) +
                   " journal lines, expected fewer: properties need them all in memory");
}

Result<void> record_journal(const std::function<Result<std::optional<JournalLine>>()>& lines,
                            const RunLog& log, RunRecord& record,
                            const RunRecorder::AfterLine& after_line) {
  RunRecorder recorder(record, after_line);
  Witness witness(log, record, recorder);
  while (true) {
    Result<std::optional<JournalLine>> line = lines();
    if (!line) {
      return tl::unexpected(line.error());
    }
    if (!*line) {
      witness.end();
      record.digest = log.digest;
      return {};
    }
    if (record.lines.size() == kRecordedLinesMax) {
      return too_long_for_properties();
    }
    if ((*line)->is_input) {
      witness.end_step();
    }
    recorder.line(**line);
    if (!(*line)->is_input) {
      witness.note(**line);
    }
  }
}

}  // namespace lockstep
