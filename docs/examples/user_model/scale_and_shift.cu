// A model of one's own for `--model FILE.so:width=N`: out = 2 * in + 1.
//
//     nvcc -std=c++20 -shared -Xcompiler -fPIC -I LOCKSTEP scale_and_shift.cu -o scale_and_shift.so
#include <cstdint>

#include "gpu_backend/user_model.h"

namespace {

__global__ void scale_and_shift(const float* in, float* out, std::uint64_t count) {
  const std::uint64_t i = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < count) {
    out[i] = 2.0f * in[i] + 1.0f;
  }
}

class ScaleAndShift final : public lockstep::UserModel {
 public:
  explicit ScaleAndShift(std::uint32_t width) : width_(width) {}

  int enqueue(void* stream, std::uint32_t rows, const float* input, float* output) override {
    constexpr unsigned kThreads = 256;
    const std::uint64_t count = std::uint64_t{rows} * width_;
    const auto blocks = static_cast<unsigned>((count + kThreads - 1) / kThreads);
    scale_and_shift<<<blocks, kThreads, 0, static_cast<cudaStream_t>(stream)>>>(input, output,
                                                                                count);
    return cudaGetLastError();
  }

 private:
  std::uint32_t width_;
};

}  // namespace

extern "C" lockstep::UserModel* lockstep_user_model(std::uint32_t interface_version,
                                                    std::uint32_t width) {
  if (interface_version != lockstep::kUserModelVersion) {
    return nullptr;
  }
  return new ScaleAndShift(width);
}
