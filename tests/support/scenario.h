// Scenarios in domain words: arrivals, closes and probes at their times, batches that take a while.
//
// Drives one Server as the event loop does (design 3): completions, then timers, then outside
// events in the order they were written; the driver obeys wake_at() and nothing else. Batches
// finish at the instant they were dispatched, as an event of their own, unless they are held or
// given a duration; one that is not executed (expired) always does. Times are measured from the
// scenario's own zero, and batches counted from 0 in start order.
//
//   Scenario s(tf_shared({.max_batch_size = 4, .batch_timeout_micros = 10}));
//   s.at(0us).arrive("a").arrive("b", {.rows = 3});
//   s.run();
//   EXPECT_THAT(s.dispatches(), ElementsAre("@0ns q0[a,b] full lane0"));
//
// Owner: the test. Errors in a script (a name used twice, time going back) are failed checks.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/event_log.h"
#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/tf_adaptive.h"
#include "core/schedulers/tf_jit.h"
#include "core/schedulers/tf_retrier.h"
#include "core/schedulers/tf_serial_device.h"
#include "core/schedulers/tf_shared.h"
#include "core/schedulers/tf_streaming.h"
#include "core/server.h"

namespace lockstep::support {

struct SchedulerUnderTest {
  std::unique_ptr<Scheduler> scheduler;
  std::uint32_t lane_count = 1;
  std::uint32_t full_batch_rows = 1;  // a request of that size leaves alone and at once
};
// Fail the calling program when the options are refused.
[[nodiscard]] SchedulerUnderTest tf_shared(const TfSharedOptions& options);
[[nodiscard]] SchedulerUnderTest naive_full_batch(const NaiveFullBatchOptions& options);
[[nodiscard]] SchedulerUnderTest tf_jit(const TfJitOptions& options);
[[nodiscard]] SchedulerUnderTest tf_streaming(const TfStreamingOptions& options);
[[nodiscard]] SchedulerUnderTest retrying(SchedulerUnderTest inner,
                                          const TfRetrierOptions& options);
[[nodiscard]] SchedulerUnderTest tf_adaptive(const TfAdaptiveOptions& options,
                                             std::uint64_t seed = 1);
[[nodiscard]] SchedulerUnderTest tf_serial_device(const TfSerialDeviceOptions& options);

struct RequestOptions {
  std::uint32_t rows = 1;
  std::uint32_t queue = 0;
  std::uint8_t priority = 0;
  SimDuration timeout{0};  // the client's own; 0: none
};

// A started batch, with everything the log says about it. `dispatched` is false while it fills on
// its lane, `done` while it fills or runs.
struct SeenBatch {
  std::vector<std::string> members;  // names in batch order
  std::vector<std::uint32_t> member_rows;
  BatchRecord record;
  bool dispatched = false;
  bool done = false;
};
struct SeenEnd {
  std::string request;
  SimTime at{};
  Status status = Status::kOk;
  Reason reason = Reason::kNone;
  bool was_in_a_batch = false;
};
struct SeenProbe {
  SimTime at{};
  std::uint32_t queue = 0;
  QueueCounters counters;
};

// A closed queue with nothing enqueued and nothing running any more (TF 2.10).
struct SeenDrain {
  SimTime at{};
  std::uint32_t queue = 0;
};

class Scenario {
 public:
  explicit Scenario(SchedulerUnderTest under_test);
  ~Scenario();
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  // --- the script; everything below at() happens at that time, in the order written
  Scenario& at(SimDuration time);
  Scenario& arrive(const std::string& name, const RequestOptions& options = {});
  Scenario& close_queue(std::uint32_t queue);
  Scenario& probe(std::uint32_t queue);
  Scenario& probe_limit();
  Scenario& release(std::uint64_t batch);  // it finishes now, or when it starts if that is later

  // --- facts of the whole run
  // Queues are added on their first request. This makes them all known before time 0, in order, by
  // one full batch each, which is answered at once and stays out of every list below. tf_shared
  // only: one request must be able to fill a batch.
  Scenario& know_queues(std::uint32_t count);
  Scenario& hold_all_batches();
  Scenario& hold_batch(std::uint64_t batch);
  Scenario& batch_takes(std::uint64_t batch, SimDuration duration);
  Scenario& every_batch_takes(SimDuration duration);
  // What is pending on the device when it ends; 0 when not said.
  Scenario& pending_after(std::uint64_t batch, std::int64_t pending);
  Scenario& keep_journal();

  Scenario& run();  // once; until nothing is left to happen

  // --- what happened, in order
  // "@10us q0[a,b] timeout lane0"
  [[nodiscard]] std::vector<std::string> dispatches() const;
  // "@10us q0[a,b] timeout due 8us lane0": where the due time matters
  [[nodiscard]] std::vector<std::string> dispatches_with_due_times() const;
  // "lane0 @0ns..@10us q0[a,b] timeout": when the lane was taken, when the batch was sealed there;
  // "lane0 @10us.. q0[c]" for one that still fills. In start order.
  [[nodiscard]] std::vector<std::string> lane_use() const;
  // "@10us q0[a,b]": where only membership matters
  [[nodiscard]] std::vector<std::string> members_at() const;
  // "@1us c UNAVAILABLE queue-full": refused at once or later, or evicted
  [[nodiscard]] std::vector<std::string> refusals() const;
  // "@12us a OK answered"
  [[nodiscard]] std::vector<std::string> answers() const;
  // "@9us q0: 1 requests, 3 rows, 1 batches, room 7"
  [[nodiscard]] std::vector<std::string> probes() const;
  // "@9us 2.25": limits on batches in flight, by probe_limit
  [[nodiscard]] const std::vector<std::string>& limits() const { return limits_; }
  [[nodiscard]] std::vector<std::string> unanswered() const { return unanswered_; }
  // "@10us q1": see SeenDrain
  [[nodiscard]] std::vector<std::string> drained() const;

  // Each input and decision in the journal's words, if keep_journal() was said.
  [[nodiscard]] const std::vector<std::string>& journal_lines() const { return journal_lines_; }
  [[nodiscard]] const std::vector<SeenBatch>& batches() const { return batches_; }
  [[nodiscard]] const std::vector<SeenEnd>& ends() const { return ends_; }
  [[nodiscard]] const std::vector<SeenProbe>& seen_probes() const { return probes_; }
  [[nodiscard]] const std::vector<SeenDrain>& seen_drains() const { return drains_; }
  // Virtual time of the scenario's zero; records carry virtual times.
  [[nodiscard]] SimTime zero() const { return SimTime{offset_}; }
  [[nodiscard]] const Server& server() const { return *server_; }

 private:
  enum class StepKind : std::uint8_t { kArrive, kClose, kProbe, kProbeLimit };
  struct Step {
    StepKind kind = StepKind::kArrive;
    SimTime at{};
    std::string name;
    RequestOptions options;
    std::uint32_t queue = 0;
  };
  struct Running {
    LaneId lane{0};
    SimTime started{};
    SimTime finishes{};
  };
  struct QueueState {
    std::uint64_t waiting_or_running = 0;
    bool closed = false;
  };
  class Recorder;
  static constexpr std::uint64_t kNobody = UINT64_MAX;

  void make_queues_known();
  bool step_once();
  void complete(const Running& running, SimTime now);
  void external(const Step& step);
  void take_started(SimTime now);
  void note_drained(SimTime now, std::uint32_t queue);
  [[nodiscard]] SimTime finish_time(std::uint64_t batch, SimTime started) const;
  [[nodiscard]] std::string time_text(SimTime time) const;
  [[nodiscard]] static std::string members_text(const SeenBatch& batch);
  [[nodiscard]] std::string batch_text(const SeenBatch& batch) const;

  std::vector<Step> steps_;
  SimTime script_time_{};
  std::uint32_t known_queue_count_ = 0;
  std::uint32_t full_batch_rows_ = 1;
  bool hold_all_ = false;
  bool keep_journal_ = false;
  bool ran_ = false;
  SimDuration default_duration_{0};
  std::map<std::uint64_t, SimDuration> durations_;
  std::map<std::uint64_t, std::int64_t> pending_;
  std::map<std::uint64_t, SimTime> releases_;
  std::vector<std::uint64_t> held_;

  std::size_t next_step_ = 0;
  std::vector<Running> running_;  // in start order
  std::map<std::uint32_t, QueueState> queues_;
  SimTime now_{};
  std::vector<std::string> names_;             // by RequestId, those of make_queues_known included
  std::vector<std::uint32_t> request_queues_;  // likewise
  std::uint64_t arriving_ = kNobody;  // RequestId of the request whose arrival is being handled
  std::uint64_t hidden_requests_ = 0;
  std::uint64_t hidden_batches_ = 0;
  SimDuration offset_{0};  // virtual time of the scenario's zero

  std::vector<SeenBatch> batches_;
  std::vector<SeenEnd> ends_;
  std::vector<SeenProbe> probes_;
  std::vector<std::string> limits_;
  std::vector<std::string> unanswered_;
  std::vector<SeenDrain> drains_;
  std::vector<std::string> journal_lines_;

  SchedulerUnderTest under_test_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Server> server_;
};

}  // namespace lockstep::support
