#include "gpu_backend/make_device.h"

#include <algorithm>
#include <new>
#include <utility>

#include "gpu_backend/cuda/cuda_device.h"
#include "gpu_backend/cuda/cuda_runtime.h"
#include "gpu_backend/host_device.h"
#include "traces/text_lines.h"

namespace lockstep {
namespace {

Result<std::unique_ptr<Device>> make_host_device(const DeviceChoice& choice, const Clock& clock) {
  if (choice.model.kind == ModelKind::kUser) {
    return bad_input("found model " + quoted_field(choice.model.library) +
                     " on cpu, expected square, copy, mlp or spin: a library is for cuda");
  }
  try {
    return std::make_unique<HostDevice>(HostDeviceOptions{.model = choice.model,
                                                          .lanes = choice.lanes,
                                                          .threads = choice.threads,
                                                          .memory_budget = choice.memory_budget},
                                        clock);
  } catch (const std::bad_alloc&) {
    return tl::unexpected(
        Error{Errc::kNoVerdict, "model " + model_text(choice.model) +
                                    ": its weights do not fit the memory of this machine"});
  }
}

// One for the process: devices that come and go share it.
std::unique_ptr<CudaApi>& process_runtime() {
  static std::unique_ptr<CudaApi> runtime;
  return runtime;
}

Result<CudaApi*> cuda_runtime() {
  std::unique_ptr<CudaApi>& runtime = process_runtime();
  if (!runtime) {
    Result<std::unique_ptr<CudaApi>> made = make_cuda_runtime();
    if (!made) {
      return tl::unexpected(made.error());
    }
    runtime = std::move(*made);
  }
  return runtime.get();
}

Result<std::unique_ptr<Device>> make_cuda(const DeviceChoice& choice, const Clock& clock) {
  const Result<CudaApi*> runtime = cuda_runtime();
  if (!runtime) {
    return tl::unexpected(runtime.error());
  }
  CudaDeviceOptions options;
  options.device_ids.clear();
  for (std::uint32_t id = 0; id < choice.gpus; ++id) {
    options.device_ids.push_back(id);
  }
  options.lane_count = choice.lanes;
  options.model = choice.model;
  if (choice.model.kind == ModelKind::kMlp) {
    options.weights = mlp_weights(choice.model);
  }
  options.sizes = choice.sizes;
  options.max_rows = std::max(choice.max_rows, choice.sizes.empty() ? 1 : choice.sizes.back());
  options.memory_fraction = choice.memory_fraction;
  options.allow_growth = choice.allow_growth;
  options.completion =
      choice.host_function ? CompletionWay::kHostFunction : CompletionWay::kEventPolling;
  Result<std::unique_ptr<CudaDevice>> device =
      make_cuda_device(**runtime, clock, std::move(options));
  if (!device) {
    return tl::unexpected(device.error());
  }
  return std::unique_ptr<Device>(std::move(*device));
}

}  // namespace

Result<DeviceKind> parse_device_kind(std::string_view name) {
  if (name == "cpu") {
    return DeviceKind::kCpu;
  }
  if (name == "cuda") {
    return DeviceKind::kCuda;
  }
  return bad_input("found " + quoted_field(name) + ", expected cpu or cuda");
}

void use_cuda_runtime(std::unique_ptr<CudaApi> runtime) {
  process_runtime() = std::move(runtime);
}

Result<std::unique_ptr<Device>> make_device(const DeviceChoice& choice, const Clock& clock) {
  return choice.kind == DeviceKind::kCuda ? make_cuda(choice, clock)
                                          : make_host_device(choice, clock);
}

}  // namespace lockstep
