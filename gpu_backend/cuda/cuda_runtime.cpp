#include "gpu_backend/cuda/cuda_runtime.h"

#include <fstream>
#include <string>
#include <utility>

#include <cuda_runtime_api.h>
#include <fmt/format.h>
#include <nvtx3/nvToolsExt.h>

#include "gpu_backend/cuda/cuda_status.h"
#include "gpu_backend/cuda/runtime_models.h"

namespace lockstep {
namespace {

cudaStream_t raw_stream(CudaStream stream) {
  return static_cast<cudaStream_t>(stream.handle);
}
cudaEvent_t raw_event(CudaEvent event) {
  return static_cast<cudaEvent_t>(event.handle);
}
cudaGraphExec_t raw_exec(CudaGraphExec exec) {
  return static_cast<cudaGraphExec_t>(exec.handle);
}

// "580.82.07" of the kernel module's own words; "" where they are not there.
std::string driver_version() {
  std::ifstream file("/proc/driver/nvidia/version");
  for (std::string word; file >> word;) {
    if (word.find_first_not_of("0123456789.") == std::string::npos &&
        word.find('.') != std::string::npos) {
      return word;
    }
  }
  return {};
}

class CudaRuntime final : public CudaApi {
 public:
  [[nodiscard]] std::string driver() override {
    if (const std::string version = driver_version(); !version.empty()) {
      return "driver " + version;
    }
    int version = 0;
    static_cast<void>(cudaDriverGetVersion(&version));
    return fmt::format("CUDA {}.{}", version / 1000, version % 1000 / 10);
  }
  CudaStatus device_count(std::uint32_t& count) override {
    int found = 0;
    const CudaStatus status = cuda_status(cudaGetDeviceCount(&found), "cudaGetDeviceCount");
    count = status.ok() ? static_cast<std::uint32_t>(found) : 0;
    return status;
  }
  CudaStatus properties(std::uint32_t device, CudaProperties& properties) override {
    cudaDeviceProp found{};
    const CudaStatus status = cuda_status(cudaGetDeviceProperties(&found, static_cast<int>(device)),
                                          "cudaGetDeviceProperties");
    if (status.ok()) {
      properties = {.name = found.name,
                    .total_memory = found.totalGlobalMem,
                    .processor_count = static_cast<std::uint32_t>(found.multiProcessorCount)};
    }
    return status;
  }
  CudaStatus set_device(std::uint32_t device) override {
    return cuda_status(cudaSetDevice(static_cast<int>(device)), "cudaSetDevice");
  }
  CudaStatus memory_info(std::uint64_t& free_bytes, std::uint64_t& total_bytes) override {
    std::size_t free_size = 0;
    std::size_t total_size = 0;
    const CudaStatus status =
        cuda_status(cudaMemGetInfo(&free_size, &total_size), "cudaMemGetInfo");
    free_bytes = free_size;
    total_bytes = total_size;
    return status;
  }

  CudaStatus create_stream(CudaStream& stream) override {
    cudaStream_t made = nullptr;
    const CudaStatus status = cuda_status(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking),
                                          "cudaStreamCreateWithFlags");
    stream.handle = status.ok() ? made : nullptr;
    return status;
  }
  CudaStatus destroy_stream(CudaStream stream) override {
    return cuda_status(cudaStreamDestroy(raw_stream(stream)), "cudaStreamDestroy");
  }
  CudaStatus synchronize_stream(CudaStream stream) override {
    return cuda_status(cudaStreamSynchronize(raw_stream(stream)), "cudaStreamSynchronize");
  }

  CudaStatus create_event(CudaTiming timing, CudaEvent& event) override {
    cudaEvent_t made = nullptr;
    const unsigned flags = timing == CudaTiming::kOn ? cudaEventDefault : cudaEventDisableTiming;
    const CudaStatus status =
        cuda_status(cudaEventCreateWithFlags(&made, flags), "cudaEventCreateWithFlags");
    event.handle = status.ok() ? made : nullptr;
    return status;
  }
  CudaStatus destroy_event(CudaEvent event) override {
    return cuda_status(cudaEventDestroy(raw_event(event)), "cudaEventDestroy");
  }
  CudaStatus record(CudaEvent event, CudaStream stream) override {
    return cuda_status(cudaEventRecord(raw_event(event), raw_stream(stream)), "cudaEventRecord");
  }
  CudaStatus record_captured(CudaEvent event, CudaStream stream) override {
    // Without the flag the event would only order work within the capture.
    return cuda_status(
        cudaEventRecordWithFlags(raw_event(event), raw_stream(stream), cudaEventRecordExternal),
        "cudaEventRecordWithFlags");
  }
  CudaStatus query(CudaEvent event) override {
    return cuda_status(cudaEventQuery(raw_event(event)), "cudaEventQuery");
  }
  CudaStatus synchronize_event(CudaEvent event) override {
    return cuda_status(cudaEventSynchronize(raw_event(event)), "cudaEventSynchronize");
  }
  CudaStatus elapsed(CudaEvent start, CudaEvent end, float& milliseconds) override {
    return cuda_status(cudaEventElapsedTime(&milliseconds, raw_event(start), raw_event(end)),
                       "cudaEventElapsedTime");
  }

  CudaStatus allocate_pinned(std::uint64_t bytes, void*& pinned) override {
    const CudaStatus status =
        cuda_status(cudaHostAlloc(&pinned, bytes, cudaHostAllocPortable), "cudaHostAlloc");
    pinned = status.ok() ? pinned : nullptr;
    return status;
  }
  CudaStatus free_pinned(void* pinned) override {
    return cuda_status(cudaFreeHost(pinned), "cudaFreeHost");
  }
  CudaStatus allocate(std::uint64_t bytes, void*& memory) override {
    return cuda_status(cudaMalloc(&memory, bytes), "cudaMalloc");
  }
  CudaStatus free(void* memory) override { return cuda_status(cudaFree(memory), "cudaFree"); }
  CudaStatus create_pool(std::uint32_t device, std::uint64_t keep_bytes,
                         CudaMemoryPool& pool) override {
    cudaMemPoolProps wanted{};
    wanted.allocType = cudaMemAllocationTypePinned;
    wanted.handleTypes = cudaMemHandleTypeNone;
    wanted.location.type = cudaMemLocationTypeDevice;
    wanted.location.id = static_cast<int>(device);
    cudaMemPool_t made = nullptr;
    CudaStatus status = cuda_status(cudaMemPoolCreate(&made, &wanted), "cudaMemPoolCreate");
    if (!status.ok()) {
      return status;
    }
    status =
        cuda_status(cudaMemPoolSetAttribute(made, cudaMemPoolAttrReleaseThreshold, &keep_bytes),
                    "cudaMemPoolSetAttribute");
    if (!status.ok()) {
      static_cast<void>(cudaMemPoolDestroy(made));
      return status;
    }
    pool.handle = made;
    return status;
  }
  CudaStatus destroy_pool(CudaMemoryPool pool) override {
    return cuda_status(cudaMemPoolDestroy(static_cast<cudaMemPool_t>(pool.handle)),
                       "cudaMemPoolDestroy");
  }
  CudaStatus allocate_from_pool(CudaMemoryPool pool, CudaStream stream, std::uint64_t bytes,
                                void*& memory) override {
    return cuda_status(
        cudaMallocFromPoolAsync(&memory, bytes, static_cast<cudaMemPool_t>(pool.handle),
                                raw_stream(stream)),
        "cudaMallocFromPoolAsync");
  }
  CudaStatus free_to_pool(void* memory, CudaStream stream) override {
    return cuda_status(cudaFreeAsync(memory, raw_stream(stream)), "cudaFreeAsync");
  }

  CudaStatus copy_to_device(void* memory, const void* pinned, std::uint64_t bytes,
                            CudaStream stream) override {
    return cuda_status(
        cudaMemcpyAsync(memory, pinned, bytes, cudaMemcpyHostToDevice, raw_stream(stream)),
        "cudaMemcpyAsync");
  }
  CudaStatus copy_to_host(void* pinned, const void* memory, std::uint64_t bytes,
                          CudaStream stream) override {
    return cuda_status(
        cudaMemcpyAsync(pinned, memory, bytes, cudaMemcpyDeviceToHost, raw_stream(stream)),
        "cudaMemcpyAsync");
  }
  CudaStatus launch_host_function(CudaStream stream, CudaHostFunction function,
                                  void* data) override {
    return cuda_status(cudaLaunchHostFunc(raw_stream(stream), function, data),
                       "cudaLaunchHostFunc");
  }

  CudaStatus begin_capture(CudaStream stream) override {
    // Other threads' calls are their own matter; of ours, unsafe ones are refused.
    return cuda_status(cudaStreamBeginCapture(raw_stream(stream), cudaStreamCaptureModeThreadLocal),
                       "cudaStreamBeginCapture");
  }
  CudaStatus end_capture(CudaStream stream, CudaGraph& graph) override {
    cudaGraph_t captured = nullptr;
    const CudaStatus status =
        cuda_status(cudaStreamEndCapture(raw_stream(stream), &captured), "cudaStreamEndCapture");
    graph.handle = status.ok() ? captured : nullptr;
    return status;
  }
  CudaStatus instantiate(CudaGraph graph, CudaGraphExec& exec) override {
    cudaGraphExec_t made = nullptr;
    const CudaStatus status =
        cuda_status(cudaGraphInstantiate(&made, static_cast<cudaGraph_t>(graph.handle), 0),
                    "cudaGraphInstantiate");
    exec.handle = status.ok() ? made : nullptr;
    return status;
  }
  CudaStatus destroy_graph(CudaGraph graph) override {
    return cuda_status(cudaGraphDestroy(static_cast<cudaGraph_t>(graph.handle)),
                       "cudaGraphDestroy");
  }
  CudaStatus upload(CudaGraphExec exec, CudaStream stream) override {
    return cuda_status(cudaGraphUpload(raw_exec(exec), raw_stream(stream)), "cudaGraphUpload");
  }
  CudaStatus launch(CudaGraphExec exec, CudaStream stream) override {
    return cuda_status(cudaGraphLaunch(raw_exec(exec), raw_stream(stream)), "cudaGraphLaunch");
  }
  CudaStatus destroy_exec(CudaGraphExec exec) override {
    return cuda_status(cudaGraphExecDestroy(raw_exec(exec)), "cudaGraphExecDestroy");
  }

  [[nodiscard]] std::uint64_t begin_range(const char* name) override {
    return nvtxRangeStartA(name);
  }
  void end_range(std::uint64_t range) override { nvtxRangeEnd(range); }

  [[nodiscard]] Result<std::unique_ptr<CudaModel>> make_model(const ModelSpec& model,
                                                              const MlpWeights& weights,
                                                              std::uint32_t slot_count) override {
    return make_runtime_model(model, weights, slot_count);
  }
};

}  // namespace

Result<std::unique_ptr<CudaApi>> make_cuda_runtime() {
  auto runtime = std::make_unique<CudaRuntime>();
  std::uint32_t count = 0;
  const CudaStatus status = runtime->device_count(count);
  if (!status.ok() || count == 0) {
    return tl::unexpected<Error>(
        Error{Errc::kNoDevice, fmt::format("cuda: found no CUDA device ({}), expected one and a "
                                           "driver for it",
                                           status.ok() ? "cudaErrorNoDevice" : status.name)});
  }
  return runtime;
}

}  // namespace lockstep
