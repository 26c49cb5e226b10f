#include "properties/conformance.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/check.h"
#include "core/schedulers/tf_shared.h"
#include "core/server.h"

namespace lockstep {
namespace {

constexpr SimTime at_us(std::int64_t micros) {
  return at_ns(micros * 1000);
}

std::string micros_text(SimTime time) {
  const std::int64_t ns = ns_of(time);
  return ns % 1000 == 0 ? std::to_string(ns / 1000) : std::to_string(ns) + "ns";
}

// Drives one server through a scenario and notes what happens, in the words of the file.
class ConformanceRun final : public EventSink {
 public:
  ConformanceRun(const ConformanceScenario& scenario, std::unique_ptr<Scheduler> scheduler)
      : scenario_(scenario),
        queues_(scenario.queues.size()),
        server_(std::move(scheduler),
                ServerOptions{.lane_count =
                                  static_cast<std::uint32_t>(scenario.options.num_batch_threads)},
                this) {}

  std::optional<ConformanceDifference> run() {
    while (step_once()) {
    }
    compare_dispatches();
    compare_closes();
    if (differences_.empty()) {
      return std::nullopt;
    }
    return std::min_element(differences_.begin(), differences_.end(),
                            [](const auto& a, const auto& b) { return a.first < b.first; })
        ->second;
  }

  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override {
    if (!line.is_input && line.decision.kind == DecisionKind::kStart) {
      note_dispatch(line);
    }
  }
  void request_ended(const RequestEnd& end) override {
    if (end.batch == nullptr && raw(end.request.id) == arriving_) {
      refusal_ = status_name(end.status);
      return;
    }
    Queue& queue = queues_[raw(end.request.arrival.queue)];
    --queue.live_requests;
    if (end.reason == Reason::kEvicted) {
      queue.evicted.push_back(names_[raw(end.request.id)]);
    }
  }

 private:
  using Event = ConformanceEvent;

  struct Queue {
    std::uint64_t live_requests = 0;
    std::uint64_t running_batches = 0;
    bool closing = false;
    std::vector<std::string> evicted;
  };
  struct Running {
    std::int64_t dispatch = 0;  // from 1
    std::uint32_t queue = 0;
    LaneId lane{0};
    SimTime started{};
    SimTime finishes{};
  };
  struct Seen {
    SimTime at{};
    std::string text;
  };
  static constexpr std::uint64_t kNobody = UINT64_MAX;

  // The next event in the total order: time, then completions, timers, events as written.
  bool step_once() {
    const auto completion = std::min_element(
        running_.begin(), running_.end(),
        [](const Running& a, const Running& b) { return a.finishes < b.finishes; });
    const SimTime completes = completion == running_.end() ? kForever : completion->finishes;
    const SimTime wakes = server_.wake_at();
    const SimTime outside = next_event_ == scenario_.events.size()
                                ? kForever
                                : at_us(scenario_.events[next_event_].at_us);
    now_ = std::min({completes, wakes, outside});
    if (now_ == kForever) {
      return false;
    }
    check_context().now_ns = ns_of(now_);
    if (completes == now_) {
      complete(static_cast<std::size_t>(completion - running_.begin()));
    } else if (wakes == now_) {
      server_.timer(now_);
      take_started();
    } else {
      play(scenario_.events[next_event_++]);
    }
    note_closed();
    return true;
  }

  void complete(std::size_t index) {
    const Running running = running_[index];
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(index));
    --queues_[running.queue].running_batches;
    server_.batch_done({.now = now_, .lane = running.lane, .device_time = now_ - running.started});
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
        server_.close_queue(now_, QueueId{event.queue});
        take_started();
        break;
      case Event::Kind::kRelease:
        release(event.number);
        break;
      case Event::Kind::kAddQueue:
        break;  // all queues are there from the start
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
      differ(event.at_us, event.text + ": " + words(event.refusal), words(refusal_));
    }
    take_started();
  }

  void release(std::int64_t dispatch) {
    released_.insert(dispatch);
    const auto running = std::find_if(running_.begin(), running_.end(),
                                      [&](const Running& r) { return r.dispatch == dispatch; });
    if (running != running_.end()) {
      complete(static_cast<std::size_t>(running - running_.begin()));
    }
  }

  void take_started() {
    for (const StartedBatch& started : server_.started()) {
      const auto dispatch = static_cast<std::int64_t>(raw(started.batch)) + 1;
      running_.push_back({dispatch, raw(started.queue), started.lane, now_, finish_time(dispatch)});
      ++queues_[raw(started.queue)].running_batches;
    }
  }

  [[nodiscard]] SimTime finish_time(std::int64_t dispatch) const {
    if ((scenario_.hold_all || scenario_.held.contains(dispatch)) &&
        !released_.contains(dispatch)) {
      return kForever;
    }
    const auto duration = scenario_.durations_us.find(dispatch);
    return duration == scenario_.durations_us.end() ? now_
                                                    : now_ + SimDuration{duration->second * 1000};
  }

  // TF 2.10: closing returns when nothing of the queue is running and nothing waits.
  void note_closed() {
    for (std::size_t i = 0; i < queues_.size(); ++i) {
      Queue& queue = queues_[i];
      if (queue.closing && queue.live_requests == 0 && queue.running_batches == 0) {
        queue.closing = false;
        closes_.push_back({now_, "closed(" + scenario_.queues[i] + ")@" + micros_text(now_)});
      }
    }
  }

  void note_dispatch(const JournalLine& line) {
    std::string members;
    std::string padding;
    for (const JournalMember& member : line.members) {
      std::string& list = member.padding ? padding : members;
      list += (list.empty() ? "" : ",") + std::to_string(member.rows);
      if (scenario_.with_criticality) {
        list += ":" + std::string(criticality_word(priorities_[raw(member.request)]));
      }
    }
    std::string text = "#" + std::to_string(dispatches_.size() + 1) + "@" + micros_text(now_) +
                       " " + scenario_.queues[raw(line.decision.queue)] + "[" + members + "]";
    text += padding.empty() ? "" : "+pad[" + padding + "]";
    dispatches_.push_back({now_, std::move(text)});
  }

  // --- comparing

  void differ(std::int64_t micros, std::string expected, std::string got) {
    differences_.emplace_back(at_us(micros),
                              ConformanceDifference{std::move(expected), std::move(got)});
  }

  void compare_count(const Event& event, const char* what, std::int64_t seen) {
    if (seen != event.number) {
      differ(event.at_us, event.text, std::string(what) + "=" + std::to_string(seen));
    }
  }

  void compare_evicted(const Event& event) {
    const std::vector<std::string>& seen = queues_[event.queue].evicted;
    if (seen != event.names) {
      std::string text;
      for (const std::string& name : seen) {
        text += (text.empty() ? "" : ",") + name;
      }
      differ(event.at_us, event.text, "{" + text + "}");
    }
  }

  void compare_dispatches() {
    const std::size_t expected_count = scenario_.dispatches.size();
    for (std::size_t i = 0; i < std::max(dispatches_.size(), expected_count); ++i) {
      const Seen* seen = i < dispatches_.size() ? &dispatches_[i] : nullptr;
      const ExpectedLine* expected = i < expected_count ? &scenario_.dispatches[i] : nullptr;
      if (seen != nullptr && expected != nullptr && seen->text == expected->text) {
        continue;
      }
      const SimTime at = std::min(seen != nullptr ? seen->at : kForever,
                                  expected != nullptr ? at_us(expected->at_us) : kForever);
      differences_.emplace_back(
          at, ConformanceDifference{expected != nullptr ? expected->text : "nothing",
                                    seen != nullptr ? seen->text : "nothing"});
      return;
    }
  }

  // Closes of one instant have no order.
  void compare_closes() {
    std::vector<Seen> unexpected = closes_;
    for (const ExpectedLine& expected : scenario_.closes) {
      const auto found = std::find_if(unexpected.begin(), unexpected.end(),
                                      [&](const Seen& seen) { return seen.text == expected.text; });
      if (found != unexpected.end()) {
        unexpected.erase(found);
        continue;
      }
      const std::string queue = expected.text.substr(0, expected.text.find('@') + 1);
      const auto same = std::find_if(unexpected.begin(), unexpected.end(),
                                     [&](const Seen& s) { return s.text.starts_with(queue); });
      differ(expected.at_us, expected.text, same == unexpected.end() ? "nothing" : same->text);
      if (same != unexpected.end()) {
        unexpected.erase(same);
      }
    }
    for (const Seen& seen : unexpected) {
      differences_.emplace_back(seen.at, ConformanceDifference{"nothing", seen.text});
    }
  }

  const ConformanceScenario& scenario_;
  std::vector<Queue> queues_;
  std::vector<Running> running_;  // in start order
  std::set<std::int64_t> released_;
  std::size_t next_event_ = 0;
  SimTime now_{};

  std::vector<std::string> names_;        // by RequestId
  std::vector<std::uint8_t> priorities_;  // by RequestId
  std::uint64_t arriving_ = kNobody;
  std::string refusal_;  // of the one that arrives

  std::vector<Seen> dispatches_;
  std::vector<Seen> closes_;
  std::vector<std::pair<SimTime, ConformanceDifference>> differences_;
  Server server_;
};

}  // namespace

std::optional<ConformanceDifference> run_conformance_scenario(const ConformanceScenario& scenario) {
  Result<std::unique_ptr<Scheduler>> scheduler = make_tf_shared(scenario.options);
  if (!scheduler) {
    // TF 1.1, 1.2: every option error has this code.
    const std::string got = "ERR INVALID_ARGUMENT";
    return scenario.error == "INVALID_ARGUMENT"
               ? std::nullopt
               : std::optional(ConformanceDifference{
                     scenario.error.empty() ? "a scheduler" : "ERR " + scenario.error,
                     got + " (" + scheduler.error().message + ")"});
  }
  if (!scenario.error.empty()) {
    return ConformanceDifference{"ERR " + scenario.error, "a scheduler"};
  }
  return ConformanceRun(scenario, std::move(*scheduler)).run();
}

Result<std::vector<ConformanceScenario>> parse_conformance_file(const std::string& path,
                                                                std::string_view text) {
  std::vector<ConformanceScenario> scenarios;
  std::size_t line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
      continue;
    }
    Located<ConformanceScenario> scenario = parse_conformance_scenario(line);
    if (!scenario) {
      return bad_input(path + ":" + std::to_string(line_number) + ":" +
                       std::to_string(scenario.error().column) + ": " + scenario.error().message);
    }
    scenarios.push_back(std::move(*scenario));
  }
  return scenarios;
}

}  // namespace lockstep
