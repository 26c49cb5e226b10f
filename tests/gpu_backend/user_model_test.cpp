// A model of one's own from a shared library, over the fake runtime.
#include "gpu_backend/user_model.h"

#include <bit>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/cuda_world.h"

namespace lockstep::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

CudaDeviceOptions user_lanes(const char* library, std::uint32_t width) {
  CudaDeviceOptions options = square_lanes(2);
  options.model = {.kind = ModelKind::kUser, .width = width, .library = library};
  return options;
}

float float_at(std::span<const std::byte> bytes, std::size_t index) {
  float value = 0;
  std::memcpy(&value, bytes.data() + index * sizeof(value), sizeof(value));
  return value;
}

TEST(UserModel, ExecutesTheRowsOfALibrary) {
  CudaWorld world(user_lanes(LOCKSTEP_HOST_USER_MODEL, 3));
  ASSERT_NE(world.device, nullptr) << world.error.message;
  for (const std::uint32_t lane : {0u, 1u}) {
    const Device::Taken taken = world.device->take(LaneId{lane}, 4);
    for (std::size_t i = 0; i < 12; ++i) {
      const float value = static_cast<float>(i) * 0.5f;
      std::memcpy(taken.buffers.input.data() + i * sizeof(value), &value, sizeof(value));
    }
    ASSERT_EQ(world.device->launch(LaneId{lane}, world.now()), Status::kOk);
    ASSERT_EQ(world.wait().status, Status::kOk);
    for (std::size_t i = 0; i < 12; ++i) {
      EXPECT_EQ(float_at(taken.buffers.output, i), static_cast<float>(i) + 1.0f);
    }
    world.device->release(LaneId{lane});
  }
}

TEST(UserModel, SaysWhatIsWrongWithALibrary) {
  const CudaWorld missing(user_lanes("no/such/model.so", 3));
  EXPECT_THAT(missing.error.message,
              AllOf(HasSubstr("model: found no/such/model.so ("), HasSubstr("shared library")));
  EXPECT_EQ(missing.error.code, Errc::kBadInput);
  // A library without the factory: the C library.
  const CudaWorld other(user_lanes("/lib/x86_64-linux-gnu/libc.so.6", 3));
  EXPECT_THAT(other.error.message, HasSubstr("found no lockstep_user_model in"));
  const CudaWorld refusing(user_lanes(LOCKSTEP_HOST_USER_MODEL, 13));
  EXPECT_THAT(refusing.error.message,
              HasSubstr("refused, expected a model for interface 1 and rows of 13 values"));
}

}  // namespace
}  // namespace lockstep::testing
