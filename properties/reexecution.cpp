#include "properties/reexecution.h"

#include <deque>
#include <utility>

#include "core/check.h"

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
  Reexecution(std::unique_ptr<Scheduler> fresh, const ServerOptions& options, EventSink* also)
      : options_(options), chain_(options.settings_digest), recorder_(also) {
    server_ = std::make_unique<Server>(std::move(fresh), options, &recorder_);
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

  [[nodiscard]] tl::unexpected<Error> impossible(const JournalLine& line, const std::string& why) {
    return bad_input("journal.csv.zst:" + std::to_string(report_.lines + 1) + ":1: found '" +
                     describe(line) + "', expected an input that a driver can give (" + why + ")");
  }

  // After an altered line impossible inputs are no surprise: what matters is where that line is.
  Result<bool> stop_at(const JournalLine& line, const Error& error) {
    if (!report_.first_altered_line) {
      return tl::unexpected(error);
    }
    report_.first_divergence = ReexecutionReport::Divergence{
        .line = report_.lines, .recorded = describe(line), .recomputed = "an impossible input"};
    return false;
  }

  Result<void> feed(const JournalLine& line) {
    const Input& input = line.input;
    if (input.now < now_) {
      return impossible(line, "time does not run back");
    }
    now_ = input.now;
    switch (input.kind) {
      case InputKind::kArrive: {
        if (raw(line.request) != server_->totals().arrived) {
          return impossible(line, "requests arrive in order of their numbers");
        }
        Arrival arrival = line.arrival;
        arrival.time = input.now;
        arrival.queue = input.queue;
        server_->arrive(arrival);
        return {};
      }
      case InputKind::kTimer:
        if (input.now < server_->wake_at()) {
          return impossible(line, "no wake-up was due");
        }
        server_->timer(input.now);
        return {};
      case InputKind::kBatchDone:
        return feed_batch_done(line);
      case InputKind::kCloseQueue:
        server_->close_queue(input.now, input.queue);
        return {};
      case InputKind::kStepDone:
      case InputKind::kCancel:
      case InputKind::kLaneUp:
      case InputKind::kLaneDown:
        break;
    }
    return impossible(line, "this version has no such input");
  }

  Result<void> feed_batch_done(const JournalLine& line) {
    const Input& input = line.input;
    const std::optional<BatchRecord> running = server_->running_on(input.lane);
    if (!running || running->id != input.batch) {
      return impossible(line, "that batch runs on that lane");
    }
    if (input.device_time < SimDuration{0} || input.now - input.device_time < running->dispatched) {
      return impossible(line, "it executed after it was dispatched");
    }
    server_->batch_done(BatchDone{.now = input.now,
                                  .lane = input.lane,
                                  .status = input.status,
                                  .device_time = input.device_time,
                                  .device_pending = input.device_pending});
    return {};
  }

  ServerOptions options_;
  ChainDigest chain_;
  Recorder recorder_;
  std::unique_ptr<Server> server_;
  SimTime now_{};
  ReexecutionReport report_;
};

}  // namespace

Result<ReexecutionReport> reexecute(std::unique_ptr<Scheduler> fresh, const ServerOptions& options,
                                    const JournalLines& lines, EventSink* also) {
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
