// A user's model without CUDA, for the fake runtime: out = 2 * in + 1. Refuses rows of 13 values.
#include <cstdint>

#include "gpu_backend/user_model.h"

namespace {

class HostScaleAndShift final : public lockstep::UserModel {
 public:
  explicit HostScaleAndShift(std::uint32_t width) : width_(width) {}

  int enqueue(void* /*stream*/, std::uint32_t rows, const float* input, float* output) override {
    const std::uint64_t count = std::uint64_t{rows} * width_;
    for (std::uint64_t i = 0; i < count; ++i) {
      output[i] = 2.0f * input[i] + 1.0f;
    }
    return 0;
  }

 private:
  std::uint32_t width_;
};

}  // namespace

extern "C" lockstep::UserModel* lockstep_user_model(std::uint32_t interface_version,
                                                    std::uint32_t width) {
  constexpr std::uint32_t kRefusedWidth = 13;
  if (interface_version != lockstep::kUserModelVersion || width == kRefusedWidth) {
    return nullptr;
  }
  return new HostScaleAndShift(width);
}
