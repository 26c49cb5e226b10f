#include "tests/reference/tf_full_run.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/event_log.h"
#include "core/journal.h"
#include "core/schedulers/tf_shared.h"
#include "core/server.h"
#include "properties/throwing_checks.h"

namespace lockstep::full_reference {
namespace {

class Recorder final : public EventSink {
 public:
  explicit Recorder(Log& log) : log_(log) {}

  [[nodiscard]] bool wants_journal() const override { return true; }

  void journal(const JournalLine& line) override {
    if (line.is_input) {
      now_ = line.input.now;
      return;
    }
    if (line.decision.kind != DecisionKind::kStart) {
      return;
    }
    Dispatch dispatch{.at = now_,
                      .queue = raw(line.decision.queue),
                      .lane = raw(line.decision.lane),
                      .members = {},
                      .opened = line.decision.opened,
                      .padded_rows = line.decision.padded_rows};
    std::int64_t rows = 0;
    for (const JournalMember& member : line.members) {
      dispatch.members.push_back(
          {raw(member.request), member.first_row, member.rows, member.padding});
      rows += member.rows;
    }
    dispatch.padded_rows = std::max(dispatch.padded_rows, rows);
    log_.lines.emplace_back(std::move(dispatch));
  }

  void request_ended(const RequestEnd& end) override {
    log_.lines.emplace_back(End{end.at, raw(end.request.id), end.status, end.reason});
  }

  void request_unanswered(const Request& request) override {
    log_.unanswered.push_back(raw(request.id));
  }

 private:
  Log& log_;
  SimTime now_{};
};

struct Running {
  LaneId lane{0};
  std::size_t batch = 0;
  SimTime finishes{};
};

class Driver {
 public:
  Driver(const Script& script, std::unique_ptr<Scheduler> scheduler, Log& log)
      : script_(script),
        log_(log),
        recorder_(log),
        server_(std::move(scheduler),
                ServerOptions{static_cast<std::uint32_t>(script.options.num_batch_threads)},
                &recorder_) {}

  void run() {
    while (step_once()) {
    }
    static_cast<void>(server_.report_unanswered());
  }

 private:
  bool step_once() {
    const auto first = std::min_element(
        running_.begin(), running_.end(),
        [](const Running& a, const Running& b) { return a.finishes < b.finishes; });
    const SimTime completes = first == running_.end() ? kForever : first->finishes;
    const SimTime wakes = server_.wake_at();
    const SimTime outside =
        next_event_ == script_.events.size() ? kForever : script_.events[next_event_].at;
    const SimTime now = std::min({completes, wakes, outside});
    if (now == kForever) {
      return false;
    }
    if (completes == now) {
      const Running running = *first;
      running_.erase(first);
      const Execution& execution = script_.execution(running.batch);
      server_.batch_done({.now = now,
                          .lane = running.lane,
                          .status = execution.fails ? Status::kInternal : Status::kOk,
                          .device_time = execution.takes});
    } else if (wakes == now) {
      server_.timer(now);
    } else if (!external(script_.events[next_event_++])) {
      return true;  // only looked at: nothing was started
    }
    for (const StartedBatch& started : server_.started()) {
      const std::size_t batch = raw(started.batch);
      running_.push_back({started.lane, batch, script_.execution(batch).finish(now)});
    }
    return true;
  }

  // False when the server was only looked at.
  bool external(const OutsideEvent& event) {
    switch (event.kind) {
      case EventKind::kArrive:
        static_cast<void>(server_.arrive({.time = event.at,
                                          .timeout = event.timeout,
                                          .queue = QueueId{event.queue},
                                          .size = event.rows,
                                          .priority = event.priority}));
        return true;
      case EventKind::kClose:
        server_.close_queue(event.at, QueueId{event.queue});
        return true;
      case EventKind::kProbe: {
        const QueueCounters counters = server_.scheduler().counters(QueueId{event.queue});
        log_.lines.emplace_back(
            Probed{event.at, event.queue, counters.enqueued_requests, counters.capacity_rows});
        return false;
      }
    }
    return false;
  }

  const Script& script_;
  Log& log_;
  Recorder recorder_;
  Server server_;
  std::vector<Running> running_;  // in start order
  std::size_t next_event_ = 0;
};

}  // namespace

Log run_scheduler(const Script& script) {
  Log log;
  Result<std::unique_ptr<Scheduler>> made = make_tf_shared(script.options);
  if (!made) {
    log.options_error = made.error().message;
    return log;
  }
  const ThrowingChecks throwing;
  try {
    Driver(script, std::move(*made), log).run();
  } catch (const CheckFailed& failed) {
    log.failed_check = failed.what();
  }
  return log;
}

}  // namespace lockstep::full_reference
