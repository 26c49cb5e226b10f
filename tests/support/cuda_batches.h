// Batches for tests of the CUDA device, fake or real: rows of one request in, and what must come
// back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/check.h"
#include "gpu_backend/device.h"
#include "gpu_backend/model_data.h"

namespace lockstep::testing {

inline constexpr LaneId kFirstLane{0};

// Takes buffers for `rows` rows and fills them with those of `request`; no buffers on an error.
inline Device::Taken gather(Device& device, const ModelSpec& model, LaneId lane,
                            std::uint64_t request, std::uint32_t rows) {
  const Device::Taken taken = device.take(lane, rows);
  if (taken.status != Status::kOk) {
    return taken;
  }
  EXPECT_EQ(taken.buffers.input.size(), rows * model.row_bytes());
  EXPECT_EQ(taken.buffers.output.size(), rows * model.row_bytes());
  for (std::uint32_t row = 0; row < rows; ++row) {
    write_input_row(model, request, row,
                    taken.buffers.input.subspan(row * model.row_bytes(), model.row_bytes()));
  }
  return taken;
}

inline void expect_output(const Reference& reference, const ModelSpec& model,
                          std::span<const std::byte> output, std::uint64_t request,
                          std::uint32_t rows) {
  for (std::uint32_t row = 0; row < rows; ++row) {
    EXPECT_TRUE(
        reference.matches(request, row, output.subspan(row * model.row_bytes(), model.row_bytes())))
        << model_text(model) << ", request " << request << ", row " << row;
  }
}

inline void expect_ordered(const StageTimes& times, SimTime noticed) {
  EXPECT_LE(times.launched, times.to_device_from);
  EXPECT_LE(times.to_device_from, times.compute_from);
  EXPECT_LE(times.compute_from, times.to_host_from);
  EXPECT_LE(times.to_host_from, times.finished);
  EXPECT_LE(times.finished, noticed);
}

inline std::string failed_check_of(const std::function<void()>& call) {
  const CheckHandler before = set_check_handler(&throwing_check_handler);
  std::string message = "no check failed";
  try {
    call();
  } catch (const CheckFailed& failed) {
    message = failed.what();
  }
  set_check_handler(before);
  return message;
}

}  // namespace lockstep::testing
