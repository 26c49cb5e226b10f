// The calls of FakeCuda that create, destroy, look and wait.
#include <algorithm>
#include <utility>

#include "tests/support/fake_cuda.h"
#include "tests/support/fake_cuda_objects.h"

namespace lockstep::testing {

CudaStatus FakeCuda::device_count(std::uint32_t& count) {
  const CudaStatus status = enter("device_count", 0);
  count = status.ok() ? options_.device_count : 0;
  return status;
}

CudaStatus FakeCuda::properties(std::uint32_t device, CudaProperties& properties) {
  const CudaStatus status = enter("properties", device);
  properties = {.name = "Fake GPU", .total_memory = options_.total_memory, .processor_count = 1};
  return status;
}

CudaStatus FakeCuda::set_device(std::uint32_t device) {
  const CudaStatus status = enter("set_device", device);
  current() = status.ok() ? device : current();
  return status;
}

CudaStatus FakeCuda::memory_info(std::uint64_t& free_bytes, std::uint64_t& total_bytes) {
  const CudaStatus status = enter("memory_info", current());
  total_bytes = options_.total_memory;
  free_bytes = options_.total_memory - allocated_bytes();
  return status;
}

CudaStatus FakeCuda::create_stream(CudaStream& stream) {
  const CudaStatus status = enter("create_stream", current());
  if (status.ok()) {
    streams_.push_back(std::make_unique<Stream>());
    streams_.back()->device = current();
    stream.handle = streams_.back().get();
  }
  return status;
}

CudaStatus FakeCuda::destroy_stream(CudaStream handle) {
  auto& stream = *static_cast<Stream*>(handle.handle);
  const CudaStatus status = enter("destroy_stream", stream.device);
  if (!stream.alive) {
    note("destroy_stream: twice");
  }
  stream.alive = false;
  return status;
}

CudaStatus FakeCuda::synchronize_stream(CudaStream handle) {
  auto& stream = *static_cast<Stream*>(handle.handle);
  const CudaStatus status = enter("synchronize_stream", stream.device);
  if (!status.ok()) {
    return status;
  }
  if (stream.capturing) {
    note("synchronize_stream: the stream is in capture");
  }
  while (!stream.queue.empty()) {
    const Operation& front = stream.queue.front();
    run_until(std::max(stream.free_at, front.enqueued) + front.span);
  }
  return lost(stream.device, "synchronize_stream");
}

CudaStatus FakeCuda::create_event(CudaTiming timing, CudaEvent& event) {
  const CudaStatus status = enter("create_event", current());
  if (status.ok()) {
    events_.push_back(std::make_unique<Event>());
    events_.back()->device = current();
    events_.back()->timing = timing == CudaTiming::kOn;
    event.handle = events_.back().get();
  }
  return status;
}

CudaStatus FakeCuda::destroy_event(CudaEvent handle) {
  auto& event = *static_cast<Event*>(handle.handle);
  const CudaStatus status = enter("destroy_event", event.device);
  if (!event.alive) {
    note("destroy_event: twice");
  }
  event.alive = false;
  return status;
}

CudaStatus FakeCuda::record(CudaEvent handle, CudaStream stream) {
  auto& event = *static_cast<Event*>(handle.handle);
  if (const CudaStatus status = enter("record", event.device); !status.ok()) {
    return status;
  }
  if (static_cast<Stream*>(stream.handle)->capturing) {
    note("record: the stream is in capture");
  }
  ++event.pending;
  return push("record", stream, {.enqueued = {}, .run = {}, .event = &event, .pending = true});
}

CudaStatus FakeCuda::record_captured(CudaEvent handle, CudaStream stream) {
  auto& event = *static_cast<Event*>(handle.handle);
  if (const CudaStatus status = enter("record_captured", event.device); !status.ok()) {
    return status;
  }
  if (!static_cast<Stream*>(stream.handle)->capturing) {
    note("record_captured: the stream is not in capture");
  }
  return push("record_captured", stream, {.enqueued = {}, .run = {}, .event = &event});
}

CudaStatus FakeCuda::query(CudaEvent handle) {
  const auto& event = *static_cast<Event*>(handle.handle);
  if (const CudaStatus status = enter("query", event.device); !status.ok()) {
    return status;
  }
  if (!event.alive || (!event.recorded && event.pending == 0)) {
    note("query: the event was never recorded, or destroyed");
  }
  return event.pending > 0 ? CudaStatus{CudaOutcome::kNotReady, "cudaErrorNotReady", "query"}
                           : CudaStatus{};
}

CudaStatus FakeCuda::synchronize_event(CudaEvent handle) {
  const auto& event = *static_cast<Event*>(handle.handle);
  if (const CudaStatus status = enter("synchronize_event", event.device); !status.ok()) {
    return status;
  }
  for (const auto& stream : streams_) {
    while (event.pending > 0 && !stream->queue.empty()) {
      const Operation& front = stream->queue.front();
      run_until(std::max(stream->free_at, front.enqueued) + front.span);
    }
  }
  return lost(event.device, "synchronize_event");
}

CudaStatus FakeCuda::elapsed(CudaEvent start_handle, CudaEvent end_handle, float& milliseconds) {
  const auto& start = *static_cast<Event*>(start_handle.handle);
  const auto& end = *static_cast<Event*>(end_handle.handle);
  if (const CudaStatus status = enter("elapsed", end.device); !status.ok()) {
    return status;
  }
  if (!start.recorded || !end.recorded || start.pending > 0 || end.pending > 0 || !start.timing ||
      !end.timing || start.device != end.device) {
    note("elapsed: an event that is not recorded, not complete, without timing or elsewhere");
  }
  milliseconds = static_cast<float>(static_cast<double>(ns_of(end.at - start.at)) / 1e6);
  return {};
}

CudaStatus FakeCuda::allocate_pinned(std::uint64_t bytes, void*& pinned) {
  const CudaStatus status = enter("allocate_pinned", current());
  return status.ok() ? allocate_bytes(bytes, false, nullptr, pinned) : status;
}

CudaStatus FakeCuda::free_pinned(void* pinned) {
  const CudaStatus status = enter("free_pinned", current());
  free_bytes(pinned, false, false, "free_pinned");
  return status;
}

CudaStatus FakeCuda::allocate(std::uint64_t bytes, void*& memory) {
  const CudaStatus status = enter("allocate", current());
  return status.ok() ? allocate_bytes(bytes, true, nullptr, memory) : status;
}

CudaStatus FakeCuda::free(void* memory) {
  const CudaStatus status = enter("free", current());
  free_bytes(memory, false, true, "free");
  return status;
}

CudaStatus FakeCuda::create_pool(std::uint32_t device, std::uint64_t /*keep_bytes*/,
                                 CudaMemoryPool& pool) {
  const CudaStatus status = enter("create_pool", device);
  if (status.ok()) {
    pools_.push_back(std::make_unique<Pool>());
    pools_.back()->device = device;
    pool.handle = pools_.back().get();
  }
  return status;
}

CudaStatus FakeCuda::destroy_pool(CudaMemoryPool handle) {
  auto& pool = *static_cast<Pool*>(handle.handle);
  const CudaStatus status = enter("destroy_pool", pool.device);
  pool.alive = false;
  for (const auto& memory : memories_) {
    if (memory->alive && memory->pool == &pool) {
      note("destroy_pool: memory of it was not freed");
    }
  }
  return status;
}

CudaStatus FakeCuda::allocate_from_pool(CudaMemoryPool handle, CudaStream stream,
                                        std::uint64_t bytes, void*& memory) {
  auto& pool = *static_cast<Pool*>(handle.handle);
  if (const CudaStatus status = enter("allocate_from_pool", pool.device); !status.ok()) {
    return status;
  }
  check_current(*static_cast<Stream*>(stream.handle), "allocate_from_pool");
  return allocate_bytes(bytes, true, &pool, memory);
}

CudaStatus FakeCuda::free_to_pool(void* memory, CudaStream handle) {
  const auto& stream = *static_cast<Stream*>(handle.handle);
  const CudaStatus status = enter("free_to_pool", stream.device);
  free_bytes(memory, true, true, "free_to_pool");
  return status;
}

CudaStatus FakeCuda::copy_to_device(void* memory, const void* pinned, std::uint64_t bytes,
                                    CudaStream stream) {
  return copy("copy_to_device", memory, pinned, bytes, stream);
}

CudaStatus FakeCuda::copy_to_host(void* pinned, const void* memory, std::uint64_t bytes,
                                  CudaStream stream) {
  return copy("copy_to_host", pinned, memory, bytes, stream);
}

CudaStatus FakeCuda::launch_host_function(CudaStream handle, CudaHostFunction function,
                                          void* data) {
  const auto& stream = *static_cast<Stream*>(handle.handle);
  if (const CudaStatus status = enter("launch_host_function", stream.device); !status.ok()) {
    return status;
  }
  return push("launch_host_function", handle,
              {.enqueued = {}, .run = [function, data] { function(data); }});
}

CudaStatus FakeCuda::destroy_graph(CudaGraph handle) {
  auto& graph = *static_cast<Graph*>(handle.handle);
  const CudaStatus status = enter("destroy_graph", graph.device);
  graph.alive = false;
  return status;
}

CudaStatus FakeCuda::upload(CudaGraphExec exec, CudaStream /*stream*/) {
  return enter("upload", static_cast<Exec*>(exec.handle)->device);
}

std::uint64_t FakeCuda::begin_range(const char* name) {
  ++open_ranges_;
  range_names_.emplace_back(name);
  return range_names_.size();
}

void FakeCuda::end_range(std::uint64_t /*range*/) {
  --open_ranges_;
}

Result<std::unique_ptr<CudaModel>> FakeCuda::make_model(const ModelSpec& model,
                                                        const MlpWeights& weights,
                                                        std::uint32_t slot_count) {
  if (const CudaStatus status = enter("make_model", current()); !status.ok()) {
    return tl::unexpected<Error>(Error{Errc::kNoVerdict, status.name});
  }
  return make_fake_cuda_model(*this, model, weights, slot_count);
}

}  // namespace lockstep::testing
