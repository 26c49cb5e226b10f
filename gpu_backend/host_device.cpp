#include "gpu_backend/host_device.h"

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <thread>

#include <boost/lockfree/spsc_queue.hpp>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {
namespace {

enum class HostLaneState : std::uint8_t { kFree, kGathering, kInFlight, kDone };

}  // namespace

// In flight it is the computing thread's, else the driver's; the rings hand it over.
struct HostDevice::Lane {
  LaneId id{0};
  HostLaneState state = HostLaneState::kFree;  // the driver's alone
  std::uint32_t rows = 0;
  Status end = Status::kOk;  // what the batch in flight will end with
  StageTimes times;
  std::string lost_reason;
  std::vector<float> input;
  std::vector<float> output;
  std::vector<float> scratch;
  std::size_t values = 0;  // of this batch's input, and of its output
};

// A computing thread and its two rings. Without a thread the launching one computes.
class HostDevice::Worker {
 public:
  Worker(const HostDevice& device, std::size_t lane_count)
      : device_(device), launched_(lane_count), done_(lane_count) {}
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  // Requires: the device's stop_ is set.
  ~Worker() {
    if (thread_.joinable()) {
      signal();
      thread_.join();
    }
  }

  void start() {
    thread_ = std::thread([this] { run(); });
  }

  void launch(Lane* lane) {
    if (!thread_.joinable()) {
      finish(lane);
      return;
    }
    LOCKSTEP_CHECK(launched_.push(lane));  // a lane is in it once at most
    signal();
  }

  // The driver's side: the batch that was done first; nullptr: none.
  [[nodiscard]] Lane* front() { return done_.read_available() == 0 ? nullptr : done_.front(); }
  void pop() { done_.pop(); }

 private:
  using LaneRing = boost::lockfree::spsc_queue<Lane*>;

  void signal() {
    signals_.fetch_add(1, std::memory_order_release);
    signals_.notify_one();
  }

  void finish(Lane* lane) {
    device_.execute(*lane);
    LOCKSTEP_CHECK(done_.push(lane));
  }

  void run() {
    while (true) {
      // Read before the ring: a launch after it changes the number, so wait() does not sleep.
      const std::uint32_t seen = signals_.load(std::memory_order_acquire);
      Lane* lane = nullptr;
      while (!device_.stop_.load(std::memory_order_relaxed) && launched_.pop(lane)) {
        finish(lane);
      }
      if (device_.stop_.load(std::memory_order_relaxed)) {
        return;
      }
      signals_.wait(seen, std::memory_order_acquire);
    }
  }

  const HostDevice& device_;
  LaneRing launched_;
  LaneRing done_;
  std::atomic<std::uint32_t> signals_ = 0;
  std::thread thread_;
};

HostDevice::HostDevice(const HostDeviceOptions& options, const Clock& clock)
    : options_(options), clock_(clock), model_(options.model, clock) {
  LOCKSTEP_CHECK(options.lanes >= 1 && options.lanes <= kMaxLanes);
  LOCKSTEP_CHECK(options.threads >= 1);
  for (std::uint32_t i = 0; i < options.lanes; ++i) {
    lanes_.push_back(std::make_unique<Lane>());
    lanes_.back()->id = LaneId{i};
  }
  options_.threads = options.inline_execution ? 1 : std::min(options.threads, options.lanes);
  for (std::uint32_t i = 0; i < options_.threads; ++i) {
    workers_.push_back(std::make_unique<Worker>(*this, lanes_.size()));
  }
  if (!options.inline_execution) {
    for (const std::unique_ptr<Worker>& worker : workers_) {
      worker->start();
    }
  }
  memory_used_ = model_.weight_bytes();
  memory_peak_ = memory_used_;
}

HostDevice::~HostDevice() {
  stop_.store(true, std::memory_order_relaxed);
}

std::string HostDevice::name() const {
  if (options_.inline_execution) {
    return "host CPU, inline";
  }
  return "host CPU, " + std::to_string(options_.threads) +
         (options_.threads == 1 ? " thread" : " threads");
}

std::uint32_t HostDevice::lane_count() const {
  return static_cast<std::uint32_t>(lanes_.size());
}

std::uint64_t HostDevice::row_memory_bytes() const {
  return 2 * model_.spec().row_bytes() + model_.scratch_per_row() * sizeof(float);
}

HostDevice::Lane& HostDevice::lane_of(LaneId lane) {
  LOCKSTEP_CHECK(raw(lane) < lanes_.size());
  return *lanes_[raw(lane)];
}

// Grows the lane's buffers where they are too small; false: the host has no such memory.
bool HostDevice::has_room(Lane& lane, std::size_t scratch) {
  if (lane.input.size() >= lane.values) {
    return true;
  }
  try {
    lane.scratch.resize(std::max(lane.scratch.size(), scratch));
    lane.output.resize(lane.values);
    lane.input.resize(lane.values);  // last: its size stands for all three
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

Device::Taken HostDevice::take(LaneId lane, std::uint32_t padded_rows) {
  Lane& taken = lane_of(lane);
  LOCKSTEP_CHECK(taken.state == HostLaneState::kFree);
  LOCKSTEP_CHECK(padded_rows >= 1 && padded_rows <= kMaxBatchRows);
  if (!taken.lost_reason.empty()) {
    return {.status = Status::kUnavailable, .buffers = {}};
  }
  // At most 2^26 rows of 2^20 bytes: no overflow.
  const std::uint64_t needed = padded_rows * row_memory_bytes();
  if (options_.memory_budget != 0 && memory_used_ + needed > options_.memory_budget) {
    return {.status = Status::kResourceExhausted, .buffers = {}};
  }
  taken.values = std::size_t{padded_rows} * model_.spec().width;
  if (!has_room(taken, padded_rows * model_.scratch_per_row())) {
    return {.status = Status::kResourceExhausted, .buffers = {}};
  }
  memory_used_ += needed;
  memory_peak_ = std::max(memory_peak_, memory_used_);
  taken.state = HostLaneState::kGathering;
  taken.rows = padded_rows;
  return {.status = Status::kOk,
          .buffers = {.input = std::as_writable_bytes(std::span(taken.input).first(taken.values)),
                      .output = std::as_bytes(std::span(taken.output).first(taken.values))}};
}

Status HostDevice::launch(LaneId lane, SimTime now) {
  Lane& launched = lane_of(lane);
  LOCKSTEP_CHECK(launched.state == HostLaneState::kGathering);
  const std::uint64_t ordinal = launches_++;
  const HostFault fault = options_.fault ? options_.fault(lane, ordinal) : HostFault{};
  if (fault.at_launch == Status::kUnavailable || fault.at_completion == Status::kUnavailable) {
    launched.lost_reason = "a fault that was asked for at launch " + std::to_string(ordinal);
  }
  if (fault.at_launch != Status::kOk) {
    launched.state = HostLaneState::kDone;
    return fault.at_launch;
  }
  launched.state = HostLaneState::kInFlight;
  launched.end = fault.at_completion;
  launched.times = {.launched = now};
  ++in_flight_;
  workers_[raw(lane) % workers_.size()]->launch(&launched);
  return Status::kOk;
}

// On the computing thread.
void HostDevice::execute(Lane& lane) const {
  if (lane.end != Status::kOk) {
    return;
  }
  lane.times.to_device_from = clock_.now();
  lane.times.compute_from = lane.times.to_device_from;
  model_.run({.input = std::span(lane.input).first(lane.values),
              .output = std::span(lane.output).first(lane.values),
              .scratch = lane.scratch},
             stop_);
  lane.times.to_host_from = clock_.now();
  lane.times.finished = lane.times.to_host_from;
}

// The worker whose oldest finished batch is the oldest of all; nullptr: nothing is finished.
HostDevice::Worker* HostDevice::first_done() {
  Worker* first = nullptr;
  SimTime finished{};
  for (const std::unique_ptr<Worker>& worker : workers_) {
    const Lane* const lane = worker->front();
    if (lane != nullptr && (first == nullptr || lane->times.finished < finished)) {
      first = worker.get();
      finished = lane->times.finished;
    }
  }
  return first;
}

std::optional<LaunchDone> HostDevice::poll() {
  Worker* const worker = first_done();
  if (worker == nullptr) {
    return std::nullopt;
  }
  Lane& lane = *worker->front();
  worker->pop();
  LOCKSTEP_CHECK(lane.state == HostLaneState::kInFlight);
  LOCKSTEP_CHECK(in_flight_ > 0);
  lane.state = HostLaneState::kDone;
  --in_flight_;
  return LaunchDone{.lane = lane.id, .status = lane.end, .times = lane.times};
}

void HostDevice::release(LaneId lane) {
  Lane& released = lane_of(lane);
  LOCKSTEP_CHECK(released.state == HostLaneState::kGathering ||
                 released.state == HostLaneState::kDone);
  released.state = HostLaneState::kFree;
  memory_used_ -= released.rows * row_memory_bytes();
}

std::string HostDevice::lost_reason(LaneId lane) const {
  LOCKSTEP_CHECK(raw(lane) < lanes_.size());
  return lanes_[raw(lane)]->lost_reason;
}

}  // namespace lockstep
