// Fills a RunRecord: from a run that goes on, or line by line from a journal.
//
// A run that goes on is watched from both sides of the scheduler: ObservedScheduler sees what it
// was told and what it decided before the server checks it, and the recorder, as the server's sink,
// hears what clients hear. After each line a listener is called (the checkers that look at every
// event). The record outlives both.
#pragma once

#include <functional>
#include <memory>

#include "core/event_log.h"
#include "core/scheduler.h"
#include "properties/record/run_record.h"

namespace lockstep {

class RunRecorder final : public EventSink {
 public:
  using AfterLine = std::function<void(const RunRecord&)>;

  // `record` is emptied but for its rules.
  explicit RunRecorder(RunRecord& record, AfterLine after_line = {});

  // A line as a scheduler or a journal says it; its request is an id, or kUnknownRequest.
  void line(const JournalLine& line);
  void counters(QueueId queue, const QueueCounters& counters);
  // Just before the line of an arrival to `queue`.
  void counters_before(QueueId queue, const QueueCounters& counters);

  void request_ended(const RequestEnd& end) override;
  void batch_ended(const BatchRecord& batch) override;
  void request_unanswered(const Request& request) override;

 private:
  void input(const JournalLine& line);
  void decision(const JournalLine& line);
  void start(const JournalLine& line);
  void add_pieces(RecordedBatch& batch, const JournalLine& line);

  RunRecord& record_;
  AfterLine after_line_;
};

// `inner`, watched by `recorder`, which outlives it. Decides nothing.
[[nodiscard]] std::unique_ptr<Scheduler> observed(std::unique_ptr<Scheduler> inner,
                                                  RunRecorder& recorder);

}  // namespace lockstep
