// A user's model that copies its rows, and writes to an illegal address when the first value of a
// batch is 666: a device is lost by the data of one batch, in the middle of others.
#include <cstdint>

#include "gpu_backend/user_model.h"

namespace {

__global__ void copy_or_die(const float* in, float* out, std::uint64_t count) {
  if (in[0] == 666.0f) {
    *reinterpret_cast<volatile float*>(std::uint64_t{256}) = 1.0f;
  }
  for (std::uint64_t i = threadIdx.x; i < count; i += blockDim.x) {
    out[i] = in[i];
  }
}

class IllegalAddressModel final : public lockstep::UserModel {
 public:
  explicit IllegalAddressModel(std::uint32_t width) : width_(width) {}

  int enqueue(void* stream, std::uint32_t rows, const float* input, float* output) override {
    copy_or_die<<<1, 128, 0, static_cast<cudaStream_t>(stream)>>>(input, output,
                                                                  std::uint64_t{rows} * width_);
    return cudaGetLastError();
  }

 private:
  std::uint32_t width_;
};

}  // namespace

extern "C" lockstep::UserModel* lockstep_user_model(std::uint32_t interface_version,
                                                    std::uint32_t width) {
  return interface_version == lockstep::kUserModelVersion ? new IllegalAddressModel(width)
                                                          : nullptr;
}
