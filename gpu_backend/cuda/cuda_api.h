// The CUDA runtime as the CUDA device uses it: a narrow layer without CUDA's types.
//
// Two implementations: the real one (make_cuda_runtime(), cuda/cuda_runtime.h) and one of the tests
// that computes on the CPU in virtual time and fails any call (tests/support/fake_cuda.h). Every
// call is named after the one that it makes and keeps its semantics; a pointer is to the device's
// memory unless it is called `pinned` or `host`. Calls come from one thread. Calls that need a
// current device (all that create something, allocate or launch) use the one of set_device().
//
// Errors: each call answers with a CudaStatus; nothing is thrown. A sticky error stays with its
// device until the process ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"
#include "gpu_backend/model_data.h"
#include "gpu_backend/model_spec.h"

namespace lockstep {

enum class CudaOutcome : std::uint8_t {
  kOk,
  kNotReady,  // of a query alone: not an error
  kNoMemory,  // the device or the host has none left
  kRefused,   // any other error after which the device goes on
  kSticky,    // the device's context is destroyed: every later call on it fails
};

// `name` and `call` are CUDA's own words and have static storage: making one never allocates.
struct [[nodiscard]] CudaStatus {
  CudaOutcome outcome = CudaOutcome::kOk;
  const char* name = "cudaSuccess";  // "cudaErrorIllegalAddress"
  const char* call = "";             // "cudaGraphLaunch"
  [[nodiscard]] bool ok() const { return outcome == CudaOutcome::kOk; }
};

// Handles: what the runtime gave, as it gave it; null: none.
struct CudaStream {
  void* handle = nullptr;
};
struct CudaEvent {
  void* handle = nullptr;
};
struct CudaGraph {
  void* handle = nullptr;
};
struct CudaGraphExec {
  void* handle = nullptr;
};
struct CudaMemoryPool {
  void* handle = nullptr;
};

struct CudaProperties {
  std::string name;  // "NVIDIA H200"
  std::uint64_t total_memory = 0;
  std::uint32_t processor_count = 0;  // SMs
};

enum class CudaTiming : std::uint8_t { kOff, kOn };

// Where one batch of a lane lies on the device.
struct CudaBatch {
  CudaStream stream;
  std::uint32_t rows = 0;
  std::uint32_t slot = 0;  // the lane's number among those of its device
  const void* input = nullptr;
  void* output = nullptr;
  void* workspace = nullptr;  // workspace_bytes(rows), aligned to 256
};

// A model on one device, for all lanes of it. Its memory is the caller's: weights once, a workspace
// for each lane.
class CudaModel {
 public:
  CudaModel() = default;
  CudaModel(const CudaModel&) = delete;
  CudaModel& operator=(const CudaModel&) = delete;
  virtual ~CudaModel() = default;

  [[nodiscard]] virtual std::uint64_t weight_bytes() const = 0;
  [[nodiscard]] virtual std::uint64_t workspace_bytes(std::uint32_t rows) const = 0;
  // Copies the weights to `memory` (weight_bytes(), aligned to 256) and waits for the copy.
  [[nodiscard]] virtual CudaStatus load(CudaStream stream, void* memory) = 0;
  // Whether a size has to be executed once before it is captured: what loads or allocates at its
  // first call may not do so within a capture.
  [[nodiscard]] virtual bool needs_warm_up() const = 0;
  // Enqueues the work of a batch; with a stream in capture, captures it.
  [[nodiscard]] virtual CudaStatus enqueue(const CudaBatch& batch) = 0;
};

using CudaHostFunction = void (*)(void* data);

class CudaApi {
 public:
  CudaApi() = default;
  CudaApi(const CudaApi&) = delete;
  CudaApi& operator=(const CudaApi&) = delete;
  virtual ~CudaApi() = default;

  // "driver 580.82.07", "CUDA 13.0" where the driver does not say more.
  [[nodiscard]] virtual std::string driver() = 0;
  virtual CudaStatus device_count(std::uint32_t& count) = 0;
  virtual CudaStatus properties(std::uint32_t device, CudaProperties& properties) = 0;
  virtual CudaStatus set_device(std::uint32_t device) = 0;
  virtual CudaStatus memory_info(std::uint64_t& free_bytes, std::uint64_t& total_bytes) = 0;

  // Does not wait for the default stream, nor that for it (cudaStreamNonBlocking).
  virtual CudaStatus create_stream(CudaStream& stream) = 0;
  virtual CudaStatus destroy_stream(CudaStream stream) = 0;
  virtual CudaStatus synchronize_stream(CudaStream stream) = 0;

  virtual CudaStatus create_event(CudaTiming timing, CudaEvent& event) = 0;
  virtual CudaStatus destroy_event(CudaEvent event) = 0;
  virtual CudaStatus record(CudaEvent event, CudaStream stream) = 0;
  // Within a capture: a node that records the event at each launch of the graph.
  virtual CudaStatus record_captured(CudaEvent event, CudaStream stream) = 0;
  virtual CudaStatus query(CudaEvent event) = 0;
  virtual CudaStatus synchronize_event(CudaEvent event) = 0;
  // Between two events that were recorded with timing and are complete.
  virtual CudaStatus elapsed(CudaEvent start, CudaEvent end, float& milliseconds) = 0;

  virtual CudaStatus allocate_pinned(std::uint64_t bytes, void*& pinned) = 0;
  virtual CudaStatus free_pinned(void* pinned) = 0;
  virtual CudaStatus allocate(std::uint64_t bytes, void*& memory) = 0;
  virtual CudaStatus free(void* memory) = 0;
  // A pool of `device` that gives nothing back to the driver before it holds `keep_bytes`.
  virtual CudaStatus create_pool(std::uint32_t device, std::uint64_t keep_bytes,
                                 CudaMemoryPool& pool) = 0;
  virtual CudaStatus destroy_pool(CudaMemoryPool pool) = 0;
  virtual CudaStatus allocate_from_pool(CudaMemoryPool pool, CudaStream stream, std::uint64_t bytes,
                                        void*& memory) = 0;
  virtual CudaStatus free_to_pool(void* memory, CudaStream stream) = 0;

  virtual CudaStatus copy_to_device(void* memory, const void* pinned, std::uint64_t bytes,
                                    CudaStream stream) = 0;
  virtual CudaStatus copy_to_host(void* pinned, const void* memory, std::uint64_t bytes,
                                  CudaStream stream) = 0;
  // `function` runs on a thread of CUDA's after all that the stream was given before; not at all
  // when the device is lost on the way. It may not call CUDA.
  virtual CudaStatus launch_host_function(CudaStream stream, CudaHostFunction function,
                                          void* data) = 0;

  virtual CudaStatus begin_capture(CudaStream stream) = 0;
  virtual CudaStatus end_capture(CudaStream stream, CudaGraph& graph) = 0;
  virtual CudaStatus instantiate(CudaGraph graph, CudaGraphExec& exec) = 0;
  virtual CudaStatus destroy_graph(CudaGraph graph) = 0;
  virtual CudaStatus upload(CudaGraphExec exec, CudaStream stream) = 0;
  // Requires: the same exec is not being executed.
  virtual CudaStatus launch(CudaGraphExec exec, CudaStream stream) = 0;
  virtual CudaStatus destroy_exec(CudaGraphExec exec) = 0;

  // A range on the profiler's time line (NVTX); costs next to nothing without a profiler.
  [[nodiscard]] virtual std::uint64_t begin_range(const char* name) = 0;
  virtual void end_range(std::uint64_t range) = 0;

  // The current device's. `slot_count`: lanes that will enqueue. Errors: a user's library that
  // cannot be loaded, cuBLASLt that is not there, a width that it has no algorithm for.
  [[nodiscard]] virtual Result<std::unique_ptr<CudaModel>> make_model(const ModelSpec& model,
                                                                      const MlpWeights& weights,
                                                                      std::uint32_t slot_count) = 0;
};

}  // namespace lockstep
