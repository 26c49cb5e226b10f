#include "gpu_backend/make_device.h"

#include <new>

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

Result<std::unique_ptr<Device>> make_device(const DeviceChoice& choice, const Clock& clock) {
  if (choice.kind == DeviceKind::kCuda) {
    return bad_input("found device cuda, expected cpu: this build has no CUDA device yet");
  }
  return make_host_device(choice, clock);
}

}  // namespace lockstep
