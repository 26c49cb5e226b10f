#include "properties/conformance_run.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/check.h"
#include "core/server.h"

namespace lockstep {
namespace {

class ConformanceRun final : public EventSink {
 public:
  ConformanceRun(const ConformanceScenario& scenario, std::unique_ptr<Scheduler> scheduler)
      : scenario_(scenario),
        rules_(scenario.settings->rules()),
        queues_(scenario.queues.size()),
        server_(std::move(scheduler),
                ServerOptions{.lane_count = static_cast<std::uint32_t>(scenario.thread_count)},
                this) {}

  ConformanceRecord run() {
    while (step_once()) {
      note_closed();
    }
    for (const Members& members : members_) {
      record_.dispatches.push_back({members.at, members.express, batch_text(members)});
    }
    return std::move(record_);
  }

  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override {
    if (line.is_input) {
      return;
    }
    switch (line.decision.kind) {
      case DecisionKind::kStart:
        members_.push_back({now_, raw(line.decision.queue),
                            line.decision.reason == Reason::kExpress, line.decision.sealed,
                            line.members});
        break;
      case DecisionKind::kAdd: {
        std::vector<JournalMember>& members = members_.at(raw(line.decision.batch)).pieces;
        members.insert(members.end(), line.members.begin(), line.members.end());
        break;
      }
      case DecisionKind::kSeal:
        members_.at(raw(line.decision.batch)).sealed = true;
        break;
      default:
        break;
    }
  }
  void request_ended(const RequestEnd& end) override {
    if (end.batch == nullptr && raw(end.request.id) == arriving_) {
      refusal_ = status_name(end.status);
      return;
    }
    Queue& queue = queues_[raw(end.request.arrival.queue)];
    --queue.live_requests;
    const std::string& name = names_[raw(end.request.id)];
    if (end.reason == Reason::kEvicted) {
      queue.evicted.push_back(name);
    } else if (end.batch == nullptr) {
      record_.refusals.push_back({now_, "refused(" + name + ")@" + micros_text(now_) + " " +
                                            std::string(status_name(end.status))});
    }
  }

 private:
  using Event = ConformanceEvent;

  struct Queue {
    std::uint64_t live_requests = 0;
    std::uint64_t running_batches = 0;
    bool closing = false;
    SimTime closed_at{};
    SimTime returns_at = kForever;  // the poll that will find nothing waiting
    std::vector<std::string> evicted;
  };
  // A dispatch with all that entered it; by BatchId.
  struct Members {
    SimTime at{};
    std::uint32_t queue = 0;
    bool express = false;
    bool sealed = true;
    std::vector<JournalMember> pieces;
  };
  struct Running {
    std::int64_t dispatch = 0;  // from 1
    std::uint32_t queue = 0;
    std::uint32_t rows = 0;  // when it started
    LaneId lane{0};
    SimTime started{};
    bool sealed = false;
    SimTime finishes = kForever;
  };
  static constexpr std::uint64_t kNobody = UINT64_MAX;

  bool step_once() {
    const auto completion = std::min_element(
        running_.begin(), running_.end(),
        [](const Running& a, const Running& b) { return a.finishes < b.finishes; });
    const auto poll = std::min_element(
        queues_.begin(), queues_.end(),
        [](const Queue& a, const Queue& b) { return a.returns_at < b.returns_at; });
    const SimTime completes = completion == running_.end() ? kForever : completion->finishes;
    const SimTime wakes = server_.wake_at();
    const SimTime outside = next_event_ == scenario_.events.size()
                                ? kForever
                                : at_us(scenario_.events[next_event_].at_us);
    now_ = std::min({completes, wakes, poll->returns_at, outside});
    if (now_ == kForever) {
      return false;
    }
    check_context().now_ns = ns_of(now_);
    outside_ = false;
    if (completes == now_) {
      complete(static_cast<std::size_t>(completion - running_.begin()));
    } else if (wakes == now_) {
      server_.timer(now_);
      take_started();
    } else if (poll->returns_at == now_) {
      close_returns(static_cast<std::uint32_t>(poll - queues_.begin()));
    } else {
      outside_ = true;
      play(scenario_.events[next_event_++]);
    }
    return true;
  }

  void complete(std::size_t index) {
    const Running running = running_[index];
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
    --queues_[running.queue].running_batches;
    const auto pending = scenario_.pending.find(running.dispatch);
    server_.batch_done(
        {.now = now_,
         .lane = running.lane,
         .device_time = now_ - running.started,
         .device_pending = pending == scenario_.pending.end() ? 0 : pending->second});
    take_started();
  }

  void play(const Event& event) {
    switch (event.kind) {
      case Event::Kind::kArrive:
        arrive(event);
        break;
      case Event::Kind::kTasks:
        compare_count(event, "num", static_cast<std::int64_t>(counters(event).enqueued_requests));
        break;
      case Event::Kind::kCapacity:
        compare_count(event, "cap", counters(event).capacity_rows);
        break;
      case Event::Kind::kEvicted:
        compare_evicted(event);
        break;
      case Event::Kind::kClose:
        queues_[event.queue].closing = true;
        queues_[event.queue].closed_at = now_;
        server_.close_queue(now_, QueueId{event.queue});
        take_started();
        break;
      case Event::Kind::kRelease:
        release(event.number);
        break;
      case Event::Kind::kAddQueue:
        break;  // all queues are there from the start
      case Event::Kind::kLimit:
        compare_limit(event);
        break;
    }
  }

  [[nodiscard]] QueueCounters counters(const Event& event) const {
    return server_.scheduler().counters(QueueId{event.queue});
  }

  void arrive(const Event& event) {
    arriving_ = names_.size();
    names_.push_back(event.name.empty() ? "#" + std::to_string(arriving_ + 1) : event.name);
    priorities_.push_back(event.priority);
    refusal_.clear();
    ++queues_[event.queue].live_requests;
    server_.arrive({.time = now_,
                    .queue = QueueId{event.queue},
                    .size = static_cast<std::uint32_t>(event.number),
                    .priority = event.priority});
    arriving_ = kNobody;
    if (!refusal_.empty()) {
      --queues_[event.queue].live_requests;
    }
    if (refusal_ != event.refusal) {
      const auto words = [](const std::string& code) {
        return code.empty() ? std::string("accepted") : code;
      };
      miss(event.text + ": " + words(event.refusal), words(refusal_));
    }
    take_started();
  }

  void release(std::int64_t dispatch) {
    released_.insert(dispatch);
    const auto running = std::find_if(running_.begin(), running_.end(),
                                      [&](const Running& r) { return r.dispatch == dispatch; });
    if (running != running_.end() && running->sealed) {
      complete(static_cast<std::size_t>(running - running_.begin()));
    }
  }

  // What the last input started or sealed.
  void take_started() {
    for (const StartedBatch& started : server_.started()) {
      running_.push_back({.dispatch = static_cast<std::int64_t>(raw(started.batch)) + 1,
                          .queue = raw(started.queue),
                          .rows = started.rows,
                          .lane = started.lane,
                          .started = now_});
      ++queues_[raw(started.queue)].running_batches;
    }
    for (Running& running : running_) {
      if (!running.sealed && members_[static_cast<std::size_t>(running.dispatch) - 1].sealed) {
        running.sealed = true;
        running.finishes = finish_time(running);
      }
    }
  }

  [[nodiscard]] SimTime finish_time(const Running& running) const {
    if ((scenario_.hold_all || scenario_.held.contains(running.dispatch)) &&
        !released_.contains(running.dispatch)) {
      return kForever;
    }
    const auto own = scenario_.durations_us.find(running.dispatch);
    if (own != scenario_.durations_us.end()) {
      return now_ + SimDuration{own->second * 1000};
    }
    const auto by_rows = scenario_.durations_by_rows_us.find(running.rows);
    return by_rows == scenario_.durations_by_rows_us.end()
               ? now_
               : now_ + SimDuration{by_rows->second * 1000};
  }

  // --- closing

  void note_closed() {
    for (std::uint32_t index = 0; index < queues_.size(); ++index) {
      Queue& queue = queues_[index];
      if (!queue.closing) {
        continue;
      }
      if (rules_.close_poll > SimDuration{0}) {
        note_polled(index);
      } else if ((queue.live_requests == 0 || rules_.close_abandons) &&
                 queue.running_batches == 0) {
        close_returns(index);
      }
    }
  }

  // Looks at once when it closes, then every close_poll: before the outside events of that instant.
  void note_polled(std::uint32_t index) {
    Queue& queue = queues_[index];
    if (server_.scheduler().counters(QueueId{index}).enqueued_batches > 0) {
      queue.returns_at = kForever;
      return;
    }
    if (queue.returns_at != kForever) {
      return;
    }
    const SimDuration waited = now_ - queue.closed_at;
    auto polls = (waited + rules_.close_poll - SimDuration{1}) / rules_.close_poll;
    if (outside_ && waited > SimDuration{0} && waited % rules_.close_poll == SimDuration{0}) {
      ++polls;
    }
    queue.returns_at = queue.closed_at + polls * rules_.close_poll;
    if (queue.returns_at == now_) {
      close_returns(index);
    }
  }

  void close_returns(std::uint32_t index) {
    queues_[index].closing = false;
    queues_[index].returns_at = kForever;
    record_.closes.push_back({now_, index});
  }

  // --- words

  [[nodiscard]] std::string batch_text(const Members& batch) const {
    std::string members;
    std::string padding;
    for (const JournalMember& member : batch.pieces) {
      std::string& list = member.padding ? padding : members;
      list += (list.empty() ? "" : ",") + std::to_string(member.rows);
      if (scenario_.with_criticality) {
        list += ":" + std::string(criticality_word(priorities_[raw(member.request)]));
      }
    }
    return scenario_.queues[batch.queue] + "[" + members + "]" +
           (padding.empty() ? "" : "+pad[" + padding + "]");
  }

  void miss(std::string expected, std::string got) {
    record_.missed.push_back({now_, {std::move(expected), std::move(got)}});
  }

  void compare_count(const Event& event, const char* what, std::int64_t seen) {
    if (seen != event.number) {
      miss(event.text, std::string(what) + "=" + std::to_string(seen));
    }
  }

  void compare_limit(const Event& event) {
    const std::string seen = server_.scheduler().in_flight_limit();
    if (seen != event.limit) {
      miss(event.text, "limit=" + (seen.empty() ? "none" : seen));
    }
  }

  void compare_evicted(const Event& event) {
    const std::vector<std::string>& seen = queues_[event.queue].evicted;
    if (seen != event.names) {
      std::string text;
      for (const std::string& name : seen) {
        text += (text.empty() ? "" : ",") + name;
      }
      miss(event.text, "{" + text + "}");
    }
  }

  const ConformanceScenario& scenario_;
  ConformanceRules rules_;
  std::vector<Queue> queues_;
  std::vector<Members> members_;
  std::vector<Running> running_;  // in start order
  std::set<std::int64_t> released_;
  std::size_t next_event_ = 0;
  SimTime now_{};
  bool outside_ = false;  // this step is an event as written

  std::vector<std::string> names_;        // by RequestId
  std::vector<std::uint8_t> priorities_;  // by RequestId
  std::uint64_t arriving_ = kNobody;
  std::string refusal_;  // of the one that arrives

  ConformanceRecord record_;
  Server server_;
};

}  // namespace

ConformanceRecord play_conformance_scenario(const ConformanceScenario& scenario,
                                            std::unique_ptr<Scheduler> scheduler) {
  return ConformanceRun(scenario, std::move(scheduler)).run();
}

std::string micros_text(SimTime time) {
  const std::int64_t ns = ns_of(time);
  return ns % 1000 == 0 ? std::to_string(ns / 1000) : std::to_string(ns) + "ns";
}

}  // namespace lockstep
