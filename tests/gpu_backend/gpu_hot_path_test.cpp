// On the way of a request through the live server over a real GPU nothing is allocated, by CUDA or
// from the heap, and nothing waits for the GPU, once the server is warm. The model is square: what
// another does in its own kernels is not looked at.
//
// The calls are those that reach the CUDA runtime: the linker puts the functions below in their
// place (--wrap), which count and go on. This program's list of names is that of its CMakeLists.
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>

#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "gpu_backend/live_server.h"
#include "tests/support/heap_count.h"
#include "tests/support/real_cuda.h"
#include "tests/support/sanitized.h"
#include "tests/support/served_rows.h"

namespace {

enum Counted : std::size_t {
  kMalloc,
  kFree,
  kHostAlloc,
  kFreeHost,
  kMallocFromPoolAsync,
  kFreeAsync,
  kMemPoolCreate,
  kStreamCreateWithFlags,
  kEventCreateWithFlags,
  kGraphInstantiate,
  kGraphUpload,
  kGraphExecDestroy,
  kStreamSynchronize,
  kEventSynchronize,
  kDeviceSynchronize,
  kCountedCalls
};

std::array<std::atomic<std::uint64_t>, kCountedCalls> calls{};

std::uint64_t calls_so_far() {
  return std::accumulate(calls.begin(), calls.end(), std::uint64_t{0});
}

}  // namespace

// CUDA's own names and types, as the linker knows them: an error is an int, a handle a pointer.
// NOLINTBEGIN(readability-identifier-naming): the linker's names
#define LOCKSTEP_COUNTED(name, parameters, arguments)                \
  extern "C" int __real_cuda##name parameters;                       \
  extern "C" int __wrap_cuda##name parameters; /* before its body */ \
  extern "C" int __wrap_cuda##name parameters {                      \
    ++calls[k##name];                                                \
    return __real_cuda##name arguments;                              \
  }

LOCKSTEP_COUNTED(Malloc, (void** memory, std::size_t bytes), (memory, bytes))
LOCKSTEP_COUNTED(Free, (void* memory), (memory))
LOCKSTEP_COUNTED(HostAlloc, (void** memory, std::size_t bytes, unsigned flags),
                 (memory, bytes, flags))
LOCKSTEP_COUNTED(FreeHost, (void* memory), (memory))
LOCKSTEP_COUNTED(MallocFromPoolAsync, (void** memory, std::size_t bytes, void* pool, void* stream),
                 (memory, bytes, pool, stream))
LOCKSTEP_COUNTED(FreeAsync, (void* memory, void* stream), (memory, stream))
LOCKSTEP_COUNTED(MemPoolCreate, (void** pool, const void* properties), (pool, properties))
LOCKSTEP_COUNTED(StreamCreateWithFlags, (void** stream, unsigned flags), (stream, flags))
LOCKSTEP_COUNTED(EventCreateWithFlags, (void** event, unsigned flags), (event, flags))
LOCKSTEP_COUNTED(GraphInstantiate, (void** exec, void* graph, unsigned long long flags),
                 (exec, graph, flags))
LOCKSTEP_COUNTED(GraphUpload, (void* exec, void* stream), (exec, stream))
LOCKSTEP_COUNTED(GraphExecDestroy, (void* exec), (exec))
LOCKSTEP_COUNTED(StreamSynchronize, (void* stream), (stream))
LOCKSTEP_COUNTED(EventSynchronize, (void* event), (event))
LOCKSTEP_COUNTED(DeviceSynchronize, (), ())
// NOLINTEND(readability-identifier-naming): from here on ours

namespace lockstep::testing {
namespace {

using GpuHotPath = OnGpu;

TEST_F(GpuHotPath, NeitherAllocatesNorWaitsOnceItIsWarm) {
  constexpr std::uint32_t kLanes = 2;
  constexpr std::uint32_t kMostRows = 8;
  for (const CompletionWay way : {CompletionWay::kEventPolling, CompletionWay::kHostFunction}) {
    CudaDeviceOptions options;
    options.lane_count = kLanes;
    options.model = {.kind = ModelKind::kSquare, .width = 64};
    options.sizes = {1, 2, 4, kMostRows};
    options.max_rows = kMostRows;
    options.allow_growth = true;
    options.completion = way;
    for (std::atomic<std::uint64_t>& count : calls) {
      count = 0;
    }
    GpuWorld world(*cuda, options);
    ASSERT_NE(world.device, nullptr) << world.error.message;
    // What every start needs: these are counted, and so will the others be.
    for (const Counted call : {kHostAlloc, kMallocFromPoolAsync, kMemPoolCreate,
                               kStreamCreateWithFlags, kEventCreateWithFlags, kGraphInstantiate}) {
      ASSERT_GT(calls.at(call).load(), 0u) << "call " << call << " is not counted";
    }
    const std::size_t row_bytes = world.model.row_bytes();
    LiveServerOptions serving;
    serving.driver.server.lane_count = kLanes;
    serving.driver.row_bytes = row_bytes;
    LiveServer server(world.clock, *world.device,
                      std::move(*make_tf_shared({.max_batch_size = kMostRows,
                                                 .batch_timeout_micros = 100,
                                                 .max_enqueued_batches = 100,
                                                 .num_batch_threads = kLanes})),
                      serving);
    ServedRows rows(server, row_bytes);
    std::uint64_t from = 0;
    rows.expect_quiet_once_warm(
        [&from] {
          from = calls_so_far();
          start_heap_count();
        },
        [&from] {
          const std::uint64_t heap = stop_heap_count();
          return (support::kSanitized ? 0 : heap) + calls_so_far() - from;
        });
    server.drain();
  }
}

}  // namespace
}  // namespace lockstep::testing
