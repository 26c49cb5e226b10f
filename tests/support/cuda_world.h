// A CUDA device over the fake runtime, for scenarios: batches by lane, time by hand.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gpu_backend/cuda/cuda_device.h"
#include "tests/support/cuda_batches.h"
#include "tests/support/fake_cuda.h"

namespace lockstep::testing {

class CudaWorld {
 public:
  // `prepare`: what is to go wrong from the start.
  explicit CudaWorld(CudaDeviceOptions options, const FakeCudaOptions& fake = {},
                     const std::function<void(FakeCuda&)>& prepare = {})
      : cuda(fake), model(options.model), reference(options.model) {
    if (prepare) {
      prepare(cuda);
    }
    auto made = make_cuda_device(cuda, cuda.clock(), std::move(options));
    if (made) {
      device = *std::move(made);
    } else {
      error = made.error();
    }
  }
  ~CudaWorld() {
    device.reset();
    EXPECT_EQ(cuda.live_objects(), 0u) << "leaked";
    EXPECT_THAT(cuda.misuse(), ::testing::IsEmpty());
  }
  CudaWorld(const CudaWorld&) = delete;
  CudaWorld& operator=(const CudaWorld&) = delete;

  [[nodiscard]] SimTime now() const { return cuda.clock().now(); }

  // Takes, fills and launches; what launch() said.
  Status launch(std::uint32_t lane, std::uint32_t rows, std::uint64_t request = 1) {
    const Device::Taken taken = gather(*device, model, LaneId{lane}, request, rows);
    EXPECT_EQ(taken.status, Status::kOk);
    buffers = taken.buffers;
    return device->launch(LaneId{lane}, now());
  }
  // Polls every `step` until a batch is done.
  LaunchDone wait(SimDuration step = SimDuration{10'000}) {
    for (int i = 0; i < 100'000; ++i) {
      if (const auto done = device->poll()) {
        return *done;
      }
      cuda.advance(step);
    }
    ADD_FAILURE() << "no batch is ever done";
    return {};
  }
  // A whole batch that must succeed.
  LaunchDone run(std::uint32_t lane, std::uint32_t rows, std::uint64_t request = 1) {
    EXPECT_EQ(launch(lane, rows, request), Status::kOk);
    const LaunchDone done = wait();
    EXPECT_EQ(done.status, Status::kOk);
    EXPECT_EQ(raw(done.lane), lane);
    expect_output(reference, model, buffers.output, request, rows);
    device->release(LaneId{lane});
    return done;
  }

  FakeCuda cuda;
  ModelSpec model;
  Reference reference;
  std::unique_ptr<CudaDevice> device;  // null: `error` says why
  Error error;
  LaneBuffers buffers;  // of the last launch()
};

inline CudaDeviceOptions square_lanes(std::uint32_t lane_count) {
  return {.lane_count = lane_count,
          .model = {.kind = ModelKind::kSquare, .width = 3},
          .weights = {},
          .sizes = {2, 4, 8},
          .max_rows = 8};
}

}  // namespace lockstep::testing
