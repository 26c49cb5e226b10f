// The CUDA device on a real GPU, for tests that need one; skips where there is none.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "gpu_backend/cuda/cuda_device.h"
#include "gpu_backend/cuda/cuda_runtime.h"
#include "gpu_backend/steady_clock.h"
#include "tests/support/cuda_batches.h"

namespace lockstep::testing {

// A library that was built beside this program, wherever both were moved to.
inline std::string beside_this_program(const char* name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

// Every test of a suite derived from this is skipped on a machine without a GPU.
class OnGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    auto runtime = make_cuda_runtime();
    if (!runtime) {
      GTEST_SKIP() << runtime.error().message;
    }
    cuda = *std::move(runtime);
  }

  std::unique_ptr<CudaApi> cuda;
};

class GpuWorld {
 public:
  GpuWorld(CudaApi& cuda, CudaDeviceOptions options)
      : model(options.model), reference(options.model) {
    if (model.kind == ModelKind::kMlp) {
      options.weights = mlp_weights(model);
    }
    auto made = make_cuda_device(cuda, clock, std::move(options));
    if (made) {
      device = *std::move(made);
    } else {
      error = made.error();
    }
  }

  [[nodiscard]] SimTime now() const { return clock.now(); }

  Status launch(std::uint32_t lane, std::uint32_t rows, std::uint64_t request = 1) {
    const Device::Taken taken = gather(*device, model, LaneId{lane}, request, rows);
    EXPECT_EQ(taken.status, Status::kOk);
    buffers = taken.buffers;
    return device->launch(LaneId{lane}, now());
  }
  // Polls until a batch is done; a minute at the most.
  LaunchDone wait() {
    const SimTime deadline = now() + std::chrono::minutes{1};
    while (now() < deadline) {
      if (const auto done = device->poll()) {
        noticed = now();
        return *done;
      }
    }
    ADD_FAILURE() << "no batch is ever done";
    return {};
  }
  // A whole batch that must succeed and be right.
  LaunchDone run(std::uint32_t lane, std::uint32_t rows, std::uint64_t request = 1) {
    EXPECT_EQ(launch(lane, rows, request), Status::kOk);
    const LaunchDone done = wait();
    EXPECT_EQ(done.status, Status::kOk);
    expect_output(reference, model, buffers.output, request, rows);
    expect_ordered(done.times, noticed);
    device->release(LaneId{lane});
    return done;
  }

  SteadyClock clock;
  ModelSpec model;
  Reference reference;
  std::unique_ptr<CudaDevice> device;  // null: `error` says why
  Error error;
  LaneBuffers buffers;  // of the last launch()
  SimTime noticed{};    // of the last wait()
};

}  // namespace lockstep::testing
