#include <cuda_bf16.h>

#include "gpu_backend/cuda/kernels.h"

namespace lockstep {
namespace {

constexpr unsigned kBlockThreads = 256;
// Enough to fill the largest device; a thread takes more values when there are more.
constexpr std::uint64_t kMaxBlocks = 4096;

unsigned blocks_for(std::uint64_t count) {
  const std::uint64_t needed = (count + kBlockThreads - 1) / kBlockThreads;
  return static_cast<unsigned>(needed < kMaxBlocks ? needed : kMaxBlocks);
}

__device__ std::uint64_t first_index() {
  return std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x;
}

__device__ std::uint64_t index_step() {
  return std::uint64_t{gridDim.x} * blockDim.x;
}

__global__ void square_kernel(const float* in, float* out, std::uint64_t count) {
  for (std::uint64_t i = first_index(); i < count; i += index_step()) {
    out[i] = __fmul_rn(in[i], in[i]);
  }
}

__global__ void copy_kernel(const std::uint32_t* in, std::uint32_t* out, std::uint64_t count) {
  for (std::uint64_t i = first_index(); i < count; i += index_step()) {
    out[i] = in[i];
  }
}

__global__ void to_bf16_kernel(const float* in, __nv_bfloat16* out, std::uint64_t count) {
  for (std::uint64_t i = first_index(); i < count; i += index_step()) {
    out[i] = __float2bfloat16_rn(in[i]);
  }
}

__device__ std::uint64_t global_timer() {
  std::uint64_t nanoseconds;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(nanoseconds));
  return nanoseconds;
}

// The timer moves in steps. Counting begins at a step, or a reading that is nearly a step old would
// make the wait that much too short. The clock of the SM is no help: its rate changes with load.
__global__ void spin_kernel(std::uint64_t nanoseconds) {
  const std::uint64_t asked = global_timer();
  std::uint64_t begin = asked;
  while (begin == asked) {
    begin = global_timer();
  }
  while (global_timer() - begin < nanoseconds) {
  }
}

template <typename... Arguments>
cudaError_t launch(void (*kernel)(Arguments...), unsigned blocks, unsigned threads,
                   cudaStream_t stream, Arguments... arguments) {
  void* addresses[] = {static_cast<void*>(&arguments)...};
  return cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(blocks), dim3(threads),
                          addresses, 0, stream);
}

}  // namespace

cudaError_t load_kernels() {
  cudaFuncAttributes attributes;
  for (const void* kernel :
       {reinterpret_cast<const void*>(&square_kernel), reinterpret_cast<const void*>(&copy_kernel),
        reinterpret_cast<const void*>(&to_bf16_kernel),
        reinterpret_cast<const void*>(&spin_kernel)}) {
    const cudaError_t error = cudaFuncGetAttributes(&attributes, kernel);
    if (error != cudaSuccess) {
      return error;
    }
  }
  return cudaSuccess;
}

cudaError_t launch_square(const float* in, float* out, std::uint64_t count, cudaStream_t stream) {
  return launch(square_kernel, blocks_for(count), kBlockThreads, stream, in, out, count);
}

cudaError_t launch_copy(const void* in, void* out, std::uint64_t count, cudaStream_t stream) {
  return launch(copy_kernel, blocks_for(count), kBlockThreads, stream,
                static_cast<const std::uint32_t*>(in), static_cast<std::uint32_t*>(out), count);
}

cudaError_t launch_spin(std::uint64_t nanoseconds, cudaStream_t stream) {
  return launch(spin_kernel, 1, 1, stream, nanoseconds);
}

cudaError_t launch_to_bf16(const float* in, void* out, std::uint64_t count, cudaStream_t stream) {
  return launch(to_bf16_kernel, blocks_for(count), kBlockThreads, stream, in,
                static_cast<__nv_bfloat16*>(out), count);
}

}  // namespace lockstep
