#include "properties/reexecution.h"

#include <deque>
#include <utility>

#include "core/check.h"
#include "properties/expected_completions.h"

namespace lockstep {
namespace {

// Collects what the fresh core journals, one line at a time.
class Recorder final : public EventSink {
 public:
  explicit Recorder(EventSink* also) : also_(also) {}
  void requests_ended(const RequestsEnd& ends) override {
    if (also_ != nullptr) {
      also_->requests_ended(ends);
    }
  }
  void batch_ended(const BatchRecord& batch) override {
    if (also_ != nullptr) {
      also_->batch_ended(batch);
    }
  }
  void request_unanswered(const Request& request) override {
    if (also_ != nullptr) {
      also_->request_unanswered(request);
    }
  }
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override { lines_.push_back(line); }

  [[nodiscard]] std::optional<JournalLine> take() {
    if (lines_.empty()) {
      return std::nullopt;
    }
    JournalLine line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }

 private:
  EventSink* also_;
  std::deque<JournalLine> lines_;
};

class Reexecution {
 public:
  Reexecution(std::unique_ptr<Scheduler> fresh, const ReexecutionOptions& options, EventSink* also)
      : options_(options), chain_(options.server.settings_digest), recorder_(also) {
    server_ = std::make_unique<Server>(std::move(fresh), options.server, &recorder_);
    if (options.device != nullptr) {
      device_ = make_expected_completions(*options.device,
                                          {.gpu_count = options.gpu_count,
                                           .lane_count = options.server.lane_count,
                                           .seed = options.seed,
                                           .queue_names = options.queue_names},
                                          options.faults);
    }
  }

  // Takes one recorded line; false stops (the first divergence was found).
  Result<bool> take(const JournalLine& line) {
    ++report_.lines;
    report_.recorded_digest = line.digest;
    follow_chain(line);
    if (!line.is_input) {
      ++report_.decisions;
      return same_as_next(&line);
    }
    ++report_.inputs;
    // Every decision of the previous input must have been recorded.
    if (!same_as_next(nullptr)) {
      return false;
    }
    if (Result<void> fed = feed(line); !fed) {
      if (!report_.first_altered_line) {
        return bad_input("journal.csv.zst:" + std::to_string(report_.lines + 1) + ":1: found '" +
                         describe(line) + "', expected " + fed.error().message);
      }
      return stop_at(line, fed.error());
    }
    return same_as_next(&line);  // the server journals its input first
  }

  ReexecutionReport finish() {
    if (!report_.first_divergence) {
      ++report_.lines;  // "after the last line"
      same_as_next(nullptr);
      --report_.lines;
    }
    report_.recomputed_digest = server_->digest();
    static_cast<void>(server_->report_unanswered());
    return std::move(report_);
  }

 private:
  void follow_chain(const JournalLine& line) {
    chain_.fold(digest_line(line));
    if (chain_.value() != line.digest && !report_.first_altered_line) {
      report_.first_altered_line = report_.lines;
    }
    chain_ = ChainDigest(line.digest);
  }

  // Compares the recorded line (nullptr: none) with what the fresh core did next.
  bool same_as_next(const JournalLine* recorded) {
    const std::optional<JournalLine> next = recorder_.take();
    if (recorded == nullptr ? !next : next && same_content(*recorded, *next)) {
      return true;
    }
    report_.first_divergence = ReexecutionReport::Divergence{
        .line = report_.lines,
        .recorded = recorded != nullptr ? describe(*recorded) : "no further decision",
        .recomputed = next ? describe(*next) : "no further decision"};
    return false;
  }

  static tl::unexpected<Error> impossible(const std::string& why) {
    return bad_input("an input that a driver can give (" + why + ")");
  }

  // After an altered line impossible inputs are no surprise: what matters is where that line is.
  bool stop_at(const JournalLine& line, const Error& error) {
    report_.first_divergence =
        ReexecutionReport::Divergence{.line = report_.lines,
                                      .impossible_input = true,
                                      .recorded = describe(line),
                                      .recomputed = "refused, expected " + error.message};
    return false;
  }

  Result<void> feed(const JournalLine& line) {
    const Input& input = line.input;
    if (input.sequence != server_->totals().inputs) {
      return impossible("inputs are numbered in their order: this is number " +
                        std::to_string(server_->totals().inputs) + ", not " +
                        std::to_string(input.sequence));
    }
    if (input.now < now_) {
      return impossible("time does not run back");
    }
    if (ns_of(input.now) > 2 * kMaxTimeNs) {
      return impossible("no run goes beyond 73 years");
    }
    now_ = input.now;
    const bool of_device = input.kind == InputKind::kBatchDone ||
                           input.kind == InputKind::kLaneDown || input.kind == InputKind::kLaneUp;
    if (device_ != nullptr && !of_device && !device_->has_told_all(now_)) {
      return impossible(std::string(device_->subject()) + " tells something before it");
    }
    if (Result<void> fed = feed_by_kind(line); !fed) {
      return fed;
    }
    if (device_ != nullptr && !device_->start(input.now, server_->started())) {
      return impossible("it starts a batch for which the GPU curve has no time");
    }
    return {};
  }

  Result<void> feed_by_kind(const JournalLine& line) {
    const Input& input = line.input;
    switch (input.kind) {
      case InputKind::kArrive:
        return feed_arrival(line);
      case InputKind::kTimer:
        if (input.now < server_->wake_at()) {
          return impossible("no wake-up was due");
        }
        server_->timer(input.now);
        return {};
      case InputKind::kBatchDone:
        return feed_batch_done(line);
      case InputKind::kCloseQueue:
        if (Result<void> named = require_name(line.input.queue); !named) {
          return named;
        }
        server_->close_queue(input.now, input.queue);
        return {};
      case InputKind::kCancel: {
        const std::optional<RequestSlot> slot = server_->requests().find(line.request);
        if (!slot || server_->requests().at(*slot).arrival.queue != input.queue) {
          return impossible("no such request waits there");
        }
        server_->cancel(input.now, line.request);
        return {};
      }
      case InputKind::kLaneUp:
      case InputKind::kLaneDown:
        return feed_lane_change(input);
      case InputKind::kStepDone:
        break;
    }
    return impossible("this version has no such input");
  }

  Result<void> require_name(QueueId id) {
    const std::uint32_t queue = raw(id);
    if (queue >= options_.queue_count) {
      return impossible("queue " + std::to_string(queue) + " has no name in manifest.json");
    }
    return {};
  }

  Result<void> feed_arrival(const JournalLine& line) {
    if (raw(line.request) != server_->totals().arrived) {
      return impossible("requests arrive in order of their numbers");
    }
    if (Result<void> named = require_name(line.input.queue); !named) {
      return named;
    }
    Arrival arrival = line.arrival;
    arrival.time = line.input.now;
    arrival.queue = line.input.queue;
    // Of a simulation: traces have no other. Whoever calls the server may ask for none (refused, or
    // taken by a scheduler that needs() them).
    if (arrival.size == 0 && options_.device != nullptr) {
      return impossible("a request has a row");
    }
    if (ns_of(arrival.time) > kMaxTimeNs || ns_of(arrival.timeout) > kMaxTimeNs) {
      return impossible("traffic ends before 36 years");
    }
    server_->arrive(arrival);
    return {};
  }

  Result<void> feed_batch_done(const JournalLine& line) {
    const Input& input = line.input;
    const std::optional<BatchRecord> running = server_->running_on(input.lane);
    if (!running || running->id != input.batch) {
      return impossible("that batch runs on that lane");
    }
    if (running->queue != input.queue) {
      return impossible("the batch is of queue " + std::to_string(raw(running->queue)) + ", not " +
                        std::to_string(raw(input.queue)));
    }
    if (input.device_time < SimDuration{0} || input.now - input.device_time < running->dispatched) {
      return impossible("it executed after it was dispatched");
    }
    if (device_ != nullptr) {
      if (Result<void> fits = fits_device(input); !fits) {
        return fits;
      }
    }
    server_->batch_done(BatchDone{.now = input.now,
                                  .lane = input.lane,
                                  .status = input.status,
                                  .device_time = input.device_time,
                                  .device_pending = input.device_pending});
    return {};
  }

  Result<void> feed_lane_change(const Input& input) {
    const bool up = input.kind == InputKind::kLaneUp;
    if (raw(input.lane) >= server_->lane_count()) {
      return impossible("there is no such lane");
    }
    if (!up && input.status != Status::kUnavailable && input.status != Status::kInternal) {
      return impossible("a lane goes down with UNAVAILABLE or INTERNAL");
    }
    const Status before = server_->down_status(input.lane);
    if (up ? before != Status::kUnavailable || server_->running_on(input.lane)
           : before == Status::kInternal && input.status != before) {
      return impossible(up ? "the lane was down, not for good, and its batch has ended"
                           : "a lane that is down for good stays so");
    }
    if (device_ != nullptr &&
        !device_->take(input.now, {.lane = input.lane, .down = up ? Status::kOk : input.status})) {
      return impossible(std::string(device_->subject()) + " does not tell that now");
    }
    if (up) {
      server_->lane_up(input.now, input.lane);
    } else {
      server_->lane_down(input.now, input.lane, input.status);
    }
    return {};
  }

  // Is this the completion that the simulated device gives?
  Result<void> fits_device(const Input& input) {
    const ExpectedCompletion expected = device_->on(input.lane, input.now);
    if (expected.finished == kForever) {
      return impossible(std::string(device_->subject()) + " is not done with it yet");
    }
    if (input.device_time != expected.device_time) {
      return impossible("the GPU curve gives " + std::to_string(expected.rows) + " rows " +
                        to_text(expected.device_time) + ", not " + to_text(input.device_time));
    }
    if (input.now != expected.finished) {
      return impossible(std::string(device_->subject()) + " is done with it at " +
                        to_text(expected.finished.time_since_epoch()));
    }
    if (expected.status && input.status != *expected.status) {
      return impossible("it ends with " + std::string(status_name(*expected.status)));
    }
    const std::int64_t pending = device_->complete(input.lane);
    const bool tells = server_->scheduler().needs().device_pending;
    if (input.device_pending != (tells ? pending : 0)) {
      return impossible("device_pending is " + std::to_string(tells ? pending : 0) + ", not " +
                        std::to_string(input.device_pending));
    }
    return {};
  }

  ReexecutionOptions options_;
  ChainDigest chain_;
  Recorder recorder_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<ExpectedCompletions> device_;  // of a simulated device
  SimTime now_{};
  ReexecutionReport report_;
};

}  // namespace

Result<ReexecutionReport> reexecute(std::unique_ptr<Scheduler> fresh,
                                    const ReexecutionOptions& options, const JournalLines& lines,
                                    EventSink* also) {
  Reexecution run(std::move(fresh), options, also);
  while (true) {
    const Result<std::optional<JournalLine>> line = lines();
    if (!line) {
      return tl::unexpected(line.error());
    }
    if (!*line) {
      return run.finish();
    }
    const Result<bool> more = run.take(**line);
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return run.finish();
    }
  }
}

}  // namespace lockstep
