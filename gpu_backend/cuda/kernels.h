// The kernels of our models. For sources that include CUDA; part of builds with the toolkit.
//
// Each launch returns its own error and goes to the stream's device, which has to be current.
#pragma once

#include <cstdint>

#include <cuda_runtime_api.h>

namespace lockstep {

// Loads all kernels now: code that is loaded at its first launch may not be within a capture.
cudaError_t load_kernels();

// out[i] = in[i] * in[i], one rounding.
cudaError_t launch_square(const float* in, float* out, std::uint64_t count, cudaStream_t stream);
// Bit by bit, 4-byte words.
cudaError_t launch_copy(const void* in, void* out, std::uint64_t count, cudaStream_t stream);
// Keeps one thread of one SM busy for at least `nanoseconds`, and at most two steps of the
// device's global timer longer (1 us each at worst, 32 ns on current devices).
cudaError_t launch_spin(std::uint64_t nanoseconds, cudaStream_t stream);
// To the nearest bf16, ties to even.
cudaError_t launch_to_bf16(const float* in, void* out, std::uint64_t count, cudaStream_t stream);

}  // namespace lockstep
