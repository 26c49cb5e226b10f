// The live driver: one scheduler core, real batches, on whatever runtime it is given.
//
// Fibers, on the runtime's first thread:
//   lane 0..L-1  waits for a batch, gathers its rows into the lane's buffers, launches it, waits
//                for the device, scatters the results, tells the core
//   poller       polls the device while batches are in flight, wakes their lanes
//   core         feeds the server one input at a time, at one instant: completions, what the
//                watchdog gives up, lanes that come back, the wake-up, deadlines, what was
//                submitted; hands started batches to their lanes
// and where the runtime has more threads, on those, in turn:
//   copier 0..L-1  copies the rows of its lane's batches that are large enough (copies_from),
//                  in and out, so that meanwhile the core decides and other lanes go on
// Other threads submit through a bounded lock-free queue. There is no lock, and no wait but the
// runtime's.
//
// Times. The core is told the runtime's time at which the driver acts, but an arrival counts from
// when it was submitted, or from its intended time (LiveRequest::arrival.time): a client that is
// served late sees it in its latency. As the core's time never runs back, an arrival that is taken
// after a later input counts from that input: totals().clamped says how often and by how much.
// At one instant of a virtual clock the order is the event loop's (sim/simulation.h).
//
// Answers. Every submitted request is answered once, by done(): by the core; CANCELLED when it was
// cancelled and the core let go of it. A batch that the device fails is answered with the device's
// status, everyone in it. Results of a request that was answered before its batch was done are
// thrown away. While a copier has rows of a request, an answer that does not wait for its batch
// (its client or the watchdog gave up) is held back until the copier is done: with done() its
// memory is the client's again. A scheduler that forgets requests leaves them: when nothing more
// can happen the fibers end, and abandon() answers them UNAVAILABLE.
//
// Deadlines. A request with a time-out whose client gives up (live_request.h) and that has no
// answer then is answered DEADLINE_EXCEEDED; the core is told to cancel it, which may be too late:
// then it is executed, and nobody hears of it. An answer at exactly the deadline is in time. The
// clients of a simulation do the same (sim/clients.h, rule 2).
//
// Watchdog. A batch that its lane did not hear of so long after its hand-over is given up, if the
// device, asked once more, is not done with it; exactly then is in time. Its lane goes down, then
// it fails with DEADLINE_EXCEEDED: the inputs that a simulated watchdog gives (docs/faults.md).
// What the device says of it later is thrown away; until then the lane's buffers are the device's,
// and the lane stays down. With `reset` the lane comes back then, but not before so long after the
// watchdog; without, never. After close() a lane that hangs for twice the watchdog's time is lost
// for good, after stop() at once; with the last lane the core answers everybody UNAVAILABLE
// (no-lane). So both end, whatever the device does.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/event_log.h"
#include "core/ring.h"
#include "core/runtime.h"
#include "core/server.h"
#include "gpu_backend/device.h"
#include "gpu_backend/input_log.h"
#include "gpu_backend/live_request.h"
#include "gpu_backend/live_table.h"
#include "gpu_backend/request_deadlines.h"
#include "gpu_backend/row_copies.h"
#include "gpu_backend/submission_queue.h"
#include "sim/fault_plan.h"

namespace lockstep {

struct DriverOptions {
  ServerOptions server;
  std::uint64_t row_bytes = 4;    // of the device's model, each way
  std::uint32_t gpu_count = 1;    // lane i on GPU i mod gpu_count
  std::uint32_t queue_count = 1;  // of the scheduler; more when arrivals name more
  bool flushes = true;            // close() flushes the queues; else what waits leaves as it would
  std::size_t submission_capacity = 65536;
  // Where the runtime has several threads: batches of at least so many bytes of input are copied by
  // the others. Below, waking a thread and being woken takes longer than the copy.
  std::size_t copies_from = 262'144;
  // Off: how long a batch may take is the user's to know. A reset of 0: back as soon as the device
  // is done. Requires: after > 0.
  std::optional<Watchdog> watchdog{};
};

struct DriverTotals {
  std::uint64_t launched = 0;        // batches
  std::uint64_t batches_failed = 0;  // by the device
  std::uint64_t rows = 0;            // of requests, in launched batches
  std::uint64_t given_up = 0;        // batches, by the watchdog
  std::uint64_t late = 0;            // of those: the device was done with them later
  std::uint64_t gave_up = 0;         // requests whose deadline passed
  std::uint64_t copies = 0;          // by copiers: of the rows of a batch, in or out
  std::uint64_t held_back = 0;       // answers, until a copier was done
  std::uint64_t clamped = 0;         // arrivals that were taken after a later input
  SimDuration clamped_max{0};
  SimDuration hand_over_sum{0};  // from a decision to the launch of its batch
  SimDuration hand_over_max{0};
  SimDuration notice_sum{0};  // from a batch's end on the device to its lane hearing of it
  SimDuration notice_max{0};
};

// Listens to what a log has no place for; on the runtime's first thread.
class LiveSink {
 public:
  LiveSink() = default;
  LiveSink(const LiveSink&) = delete;
  LiveSink& operator=(const LiveSink&) = delete;
  virtual ~LiveSink() = default;
  // Every input that the core gets, as it gets it: feeding them to a fresh one gives the same run
  // (input_log.h).
  virtual void input(const LiveInput& input) = 0;
  // Of a batch that was executed.
  virtual void stages(BatchId batch, const StageTimes& times) = 0;
};

class Driver final : private EventSink {
 public:
  // All but `scheduler` outlive this; sinks may be nullptr. Spawns its fibers: before the runtime
  // runs. Requires: the device has the server's lanes.
  Driver(Runtime& runtime, Device& device, std::unique_ptr<Scheduler> scheduler,
         const DriverOptions& options, EventSink* sink, LiveSink* live);
  ~Driver() override;

  // --- any thread ---

  // Takes the request over until done(). Not kYes: it stays the caller's. kFull is back-pressure of
  // the driver; the core's own refusals come through done().
  struct Submitted {
    SubmissionQueue::Pushed pushed = SubmissionQueue::Pushed::kYes;
    std::uint64_t ticket = 0;  // for cancel()
  };
  [[nodiscard]] Submitted submit(LiveRequest& request);
  // Its client no longer wants it: answered CANCELLED if the core can still let go of it, else as
  // if nothing had happened. No effect on one that was answered.
  void cancel(std::uint64_t ticket);
  // No more arrivals: what is there is flushed and answered, then the driver's fibers end. Any
  // number of times.
  void close();
  // The same at once: batches that are not on the device yet fail with UNAVAILABLE instead of being
  // executed, and so everything is answered. Any number of times, also while it closes.
  void stop();

  // --- the runtime's first thread, or after it has ended ---

  [[nodiscard]] const Server& server() const { return server_; }
  [[nodiscard]] const DriverTotals& totals() const { return totals_; }
  // Requests submitted and not answered.
  [[nodiscard]] std::size_t live_count() const { return live_.live_count() + held_back_.size(); }
  // After the fibers have ended: tells the sink of what the core left unanswered, and answers them
  // UNAVAILABLE. How many.
  std::size_t abandon();

 private:
  struct Lane {
    FiberId fiber{0};
    std::optional<FiberId> copier;      // of another thread
    RowCopies copies;                   // of `batch`
    std::optional<StartedBatch> batch;  // to execute; until the device is done with it
    SimTime handed{};                   // when the core decided it
    std::optional<LaunchDone> done;     // of the device
    std::uint64_t gathered = 0;         // rows of requests in it
    bool launched = false;              // the device has had it
    bool heard = false;                 // `batch` is done: the watchdog is off
    bool given_up = false;              // the core has ended `batch`; its lane is down
    SimTime up_at{};                    // of a lane in fenced_: not before
    SimTime lost_at{};                  // and if it hangs until then, nobody waits for it
  };
  struct Watch {
    SimTime at{};
    LaneId lane{0};
    BatchId batch{0};
  };
  struct HeldAnswer {
    LiveRequest* request = nullptr;
    LiveAnswer answer{};
  };
  struct Completion {
    BatchId batch{0};
    LaneId lane{0};
    Status status = Status::kOk;
    SimTime noticed{};
    SimDuration device_time{0};
  };

  [[nodiscard]] bool wants_journal() const override;
  void journal(const JournalLine& line) override;
  void requests_ended(const RequestsEnd& ends) override;
  void batch_ended(const BatchRecord& batch) override;
  void request_unanswered(const Request& request) override;

  void run_core();
  void run_lane(LaneId id);
  void run_poller();
  void run_copier(LaneId id);
  void spawn_copiers();
  void end_copiers();

  // Takes what comes next, mostly one input; false: there is nothing.
  bool feed_next();
  bool feed_due();
  void feed_completion();
  void feed_timer();
  void feed_submission();
  void feed_deadline();
  void feed_watchdog();
  void feed_lane_down(LaneId lane, Status status);
  void feed_lane_up();
  void feed_loss();
  bool feed_closing();
  void after_input();
  [[nodiscard]] SimTime not_before(SimTime time);
  [[nodiscard]] bool is_over();
  [[nodiscard]] bool is_anything_planned();
  [[nodiscard]] bool nobody_comes() const;
  [[nodiscard]] bool nobody_is_left() const;
  [[nodiscard]] SimTime next_watch();
  [[nodiscard]] std::vector<LaneId>::const_iterator first_to_come_up() const;
  [[nodiscard]] SimTime next_lane_up() const;
  [[nodiscard]] std::vector<LaneId>::const_iterator first_to_be_lost() const;
  [[nodiscard]] SimTime next_loss() const;

  [[nodiscard]] LaunchDone execute(LaneId id, std::uint32_t rows);
  [[nodiscard]] bool nobody_wants(const Lane& lane) const;
  void gather(LaneId id, std::span<std::byte> input);
  void scatter(LaneId id, std::span<const std::byte> output);
  void make_room(std::size_t pieces);
  [[nodiscard]] LiveRequest* owner_of(const Piece& piece) const;
  void copy(LaneId id, std::size_t bytes);
  void answer(LiveRequest& request, const LiveAnswer& answer);
  [[nodiscard]] bool is_being_copied(const LiveRequest& request) const;
  void answer_held_back();
  void complete(LaneId id, const LaunchDone& done);
  void to_be_fed(const Completion& completion);
  void come_back(LaneId id);
  void hear_device();

  Runtime& runtime_;
  Device& device_;
  DriverOptions options_;
  EventSink* sink_;
  LiveSink* live_sink_;
  SubmissionQueue submissions_;
  std::atomic<std::uint64_t> next_ticket_{0};
  std::atomic<bool> stopping_{false};
  LiveTable live_;
  RequestDeadlines deadlines_;
  std::deque<Lane> lanes_;               // copiers know where theirs is
  std::vector<std::int64_t> pending_;    // by GPU: batches started and not finished
  std::vector<Completion> completions_;  // to feed; the first one last
  Ring<Watch> watched_;                  // by time
  std::vector<LaneId> fenced_;           // down, may come back; in the order of the watchdog
  std::uint32_t copying_ = 0;            // lanes whose copiers have their rows
  std::vector<HeldAnswer> held_back_;
  std::size_t room_ = 0;  // of each lane's copies
  std::uint32_t fed_while_copying_ = 0;
  std::optional<Submission> next_;  // taken from the queue, not fed
  std::uint32_t queue_count_;
  std::uint32_t closed_queues_ = 0;
  bool over_ = false;  // the core's fiber has nothing left to do
  SimTime last_input_{};
  SimTime seen_{};  // when the core's fiber last looked at the clock
  FiberId core_{0};
  FiberId poller_{0};
  DriverTotals totals_;
  Server server_;  // last: tells its sink, this, at construction
};

}  // namespace lockstep
