#include "tests/support/fake_cuda.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <map>
#include <utility>

#include "tests/support/fake_cuda_objects.h"

namespace lockstep::testing {

namespace {

std::atomic<std::uint64_t> fakes{0};

CudaStatus failure_of(CudaOutcome outcome, std::string_view call) {
  const char* name = "cudaErrorLaunchOutOfResources";
  if (outcome == CudaOutcome::kNoMemory) {
    name = "cudaErrorMemoryAllocation";
  } else if (outcome == CudaOutcome::kSticky) {
    name = "cudaErrorIllegalAddress";
  }
  return {outcome, name, call.data()};
}

template <typename Objects>
std::uint64_t count_alive(const Objects& objects) {
  return static_cast<std::uint64_t>(std::count_if(
      objects.begin(), objects.end(), [](const auto& object) { return object->alive; }));
}

}  // namespace

FakeCuda::FakeCuda(const FakeCudaOptions& options)
    : number_(++fakes), options_(options), lost_(std::max(options.device_count, 1u), false) {
  clock_.set(at_ns(1'000'000));
}

std::uint32_t& FakeCuda::current() {
  thread_local std::map<std::uint64_t, std::uint32_t> devices;
  return devices[number_];
}

FakeCuda::~FakeCuda() = default;

void FakeCuda::fail(std::string call, std::uint64_t nth, CudaOutcome outcome) {
  failures_.push_back({std::move(call), nth, outcome});
}

void FakeCuda::next_models_take(std::vector<SimDuration> spans) {
  model_times_.insert(model_times_.end(), spans.begin(), spans.end());
}

std::uint64_t FakeCuda::count(std::string_view call) const {
  return static_cast<std::uint64_t>(std::count(calls_.begin(), calls_.end(), call));
}

std::uint64_t FakeCuda::live_objects() const {
  return count_alive(streams_) + count_alive(events_) + count_alive(graphs_) + count_alive(execs_) +
         count_alive(memories_) + count_alive(pools_);
}

std::uint64_t FakeCuda::allocated_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& memory : memories_) {
    bytes += memory->alive && memory->on_device ? memory->bytes.size() : 0;
  }
  return bytes;
}

CudaStatus FakeCuda::enter(std::string_view call, std::uint32_t device) {
  run_until(clock_.now() + options_.call);
  if (options_.follows != nullptr) {
    run_until(std::max(clock_.now(), options_.follows->now()));
  }
  if (options_.follows == nullptr) {
    calls_.push_back(call);
  }
  CudaOutcome outcome = CudaOutcome::kOk;
  for (Failure& failure : failures_) {
    if ((failure.call.empty() || failure.call == call) && failure.countdown > 0 &&
        --failure.countdown == 0) {
      outcome = failure.outcome;
    }
  }
  if (outcome == CudaOutcome::kSticky) {
    lose(device);
  }
  return outcome == CudaOutcome::kOk ? lost(device, call) : failure_of(outcome, call);
}

CudaStatus FakeCuda::lost(std::uint32_t device, std::string_view call) const {
  return lost_[device] ? failure_of(CudaOutcome::kSticky, call) : CudaStatus{};
}

void FakeCuda::lose(std::uint32_t device) {
  lost_[device] = true;
  for (const auto& stream : streams_) {
    if (stream->device == device) {
      stream->queue.clear();  // no host function of it is ever called
    }
  }
  for (const auto& exec : execs_) {
    exec->running = exec->device == device ? 0 : exec->running;
  }
}

void FakeCuda::run_until(SimTime time) {
  for (;;) {
    Stream* next = nullptr;
    SimTime next_end{};
    for (const auto& stream : streams_) {
      if (stream->queue.empty()) {
        continue;
      }
      const Operation& front = stream->queue.front();
      const SimTime end = std::max(stream->free_at, front.enqueued) + front.span;
      if (end <= time && (next == nullptr || end < next_end)) {
        next = stream.get();
        next_end = end;
      }
    }
    if (next == nullptr) {
      break;
    }
    clock_.set(std::max(clock_.now(), next_end));
    Operation operation = std::move(next->queue.front());
    next->queue.pop_front();
    next->free_at = next_end;
    execute(*next, operation, next_end);
  }
  clock_.set(std::max(clock_.now(), time));
}

void FakeCuda::execute(Stream& stream, Operation& operation, SimTime end) {
  if (operation.is_model && ++models_executed_ == break_model_at_) {
    lose(stream.device);
    return;
  }
  if (operation.run) {
    operation.run();
  }
  if (operation.event != nullptr) {
    constexpr std::int64_t kMillion = 1'000'000;
    Event& event = *operation.event;
    event.recorded = true;
    event.pending -= operation.pending ? 1 : 0;
    const std::int64_t host = ns_of(end);
    event.at = options_.device_epoch +
               SimDuration{host + host * options_.drift_parts_per_million / kMillion};
  }
  if (operation.ends != nullptr) {
    --operation.ends->running;
  }
}

void FakeCuda::check_current(const Stream& stream, std::string_view call) {
  if (!stream.alive) {
    note(std::string(call) + ": the stream was destroyed");
  }
  if (stream.device != current()) {
    note(std::string(call) + ": another device is current");
  }
}

CudaStatus FakeCuda::push(std::string_view call, CudaStream handle, Operation operation) {
  auto& stream = *static_cast<Stream*>(handle.handle);
  check_current(stream, call);
  operation.enqueued = clock_.now();
  if (stream.capturing) {
    stream.captured.push_back(std::move(operation));
  } else {
    stream.queue.push_back(std::move(operation));
  }
  return {};
}

CudaStatus FakeCuda::enqueue_model(const CudaBatch& batch, SimDuration span,
                                   std::function<void()> compute) {
  const auto& stream = *static_cast<Stream*>(batch.stream.handle);
  if (const CudaStatus status = enter("enqueue_model", stream.device); !status.ok()) {
    return status;
  }
  return push("enqueue_model", batch.stream,
              {.span = span < SimDuration{0} ? options_.model : span,
               .enqueued = {},
               .run = std::move(compute),
               .is_model = true});
}

void FakeCuda::check_range(const void* from, std::uint64_t bytes, std::string_view what) {
  const auto* const begin = static_cast<const std::byte*>(from);
  for (const auto& memory : memories_) {
    const std::byte* const base = memory->bytes.data();
    if (memory->alive && !std::less<>{}(begin, base) &&
        !std::less<>{}(base + memory->bytes.size(), begin + bytes)) {
      return;
    }
  }
  note(std::string(what) + ": not within live memory");
}

CudaStatus FakeCuda::allocate_bytes(std::uint64_t bytes, bool on_device, Pool* pool,
                                    void*& memory) {
  if (on_device && allocated_bytes() + bytes > options_.total_memory * options_.device_count) {
    return failure_of(CudaOutcome::kNoMemory, "allocate");
  }
  memories_.push_back(std::make_unique<Memory>(
      Memory{.device = current(), .on_device = on_device, .pool = pool, .bytes = {}}));
  memories_.back()->bytes.resize(bytes, std::byte{0xcd});
  memory = memories_.back()->bytes.data();
  return {};
}

void FakeCuda::free_bytes(void* pointer, bool pooled, bool on_device, std::string_view call) {
  const auto found = std::find_if(memories_.begin(), memories_.end(), [&](const auto& memory) {
    return memory->alive && memory->bytes.data() == pointer;
  });
  if (found == memories_.end()) {
    note(std::string(call) + ": not live memory");
    return;
  }
  if ((*found)->on_device != on_device || ((*found)->pool != nullptr) != pooled) {
    note(std::string(call) + ": memory of another kind");
  }
  (*found)->alive = false;
  std::fill((*found)->bytes.begin(), (*found)->bytes.end(), std::byte{0xdd});
}

CudaStatus FakeCuda::copy(std::string_view call, void* to, const void* from, std::uint64_t bytes,
                          CudaStream handle) {
  const auto& stream = *static_cast<Stream*>(handle.handle);
  if (const CudaStatus status = enter(call, stream.device); !status.ok()) {
    return status;
  }
  return push(call, handle, {.span = options_.copy, .enqueued = {}, .run = [=, this] {
                               check_range(from, bytes, call);
                               check_range(to, bytes, call);
                               std::memmove(to, from, bytes);
                             }});
}

CudaStatus FakeCuda::begin_capture(CudaStream handle) {
  auto& stream = *static_cast<Stream*>(handle.handle);
  const CudaStatus status = enter("begin_capture", stream.device);
  if (status.ok()) {
    check_current(stream, "begin_capture");
    if (stream.capturing) {
      note("begin_capture: the stream is in capture");
    }
    stream.capturing = true;
    stream.captured.clear();
  }
  return status;
}

CudaStatus FakeCuda::end_capture(CudaStream handle, CudaGraph& graph) {
  auto& stream = *static_cast<Stream*>(handle.handle);
  const CudaStatus status = enter("end_capture", stream.device);
  if (!stream.capturing && status.ok()) {
    note("end_capture: the stream is not in capture");
  }
  stream.capturing = false;
  if (status.ok()) {
    graphs_.push_back(std::make_unique<Graph>(
        Graph{.device = stream.device, .operations = std::move(stream.captured)}));
    graph.handle = graphs_.back().get();
  }
  stream.captured.clear();
  return status;
}

CudaStatus FakeCuda::instantiate(CudaGraph handle, CudaGraphExec& exec) {
  const auto& graph = *static_cast<Graph*>(handle.handle);
  const CudaStatus status = enter("instantiate", graph.device);
  if (status.ok()) {
    execs_.push_back(
        std::make_unique<Exec>(Exec{.device = graph.device, .operations = graph.operations}));
    exec.handle = execs_.back().get();
  }
  return status;
}

CudaStatus FakeCuda::launch(CudaGraphExec handle, CudaStream stream_handle) {
  auto& exec = *static_cast<Exec*>(handle.handle);
  if (const CudaStatus status = enter("launch", exec.device); !status.ok()) {
    return status;
  }
  if (!exec.alive) {
    note("launch: the exec was destroyed");
  }
  if (exec.running++ > 0) {
    note("launch: the exec is being executed");
  }
  for (std::size_t i = 0; i < exec.operations.size(); ++i) {
    Operation operation = exec.operations[i];
    operation.ends = i + 1 == exec.operations.size() ? &exec : nullptr;
    if (operation.is_model && !model_times_.empty()) {
      operation.span = model_times_.front();
      model_times_.pop_front();
    }
    static_cast<void>(push("launch", stream_handle, std::move(operation)));
  }
  return {};
}

CudaStatus FakeCuda::destroy_exec(CudaGraphExec handle) {
  auto& exec = *static_cast<Exec*>(handle.handle);
  const CudaStatus status = enter("destroy_exec", exec.device);
  if (!exec.alive) {
    note("destroy_exec: twice");
  }
  if (exec.running > 0) {
    note("destroy_exec: it is being executed");
  }
  exec.alive = false;
  return status;
}

}  // namespace lockstep::testing
