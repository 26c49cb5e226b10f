#include "gpu_backend/host_model.h"

#include <algorithm>

#include <cblas.h>
#include <dlfcn.h>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {
namespace {

// Of the common BLAS libraries OpenBLAS alone starts threads by itself: one compute thread means
// one, and results that do not depend on the number of cores.
void use_one_blas_thread() {
  using SetThreads = void (*)(int);
  // Looked for at run time, as another BLAS does not have it.
  const auto set_threads =
      reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
  if (set_threads != nullptr) {
    set_threads(1);
  }
}

}  // namespace

HostModel::HostModel(const ModelSpec& model, const Clock& clock) : model_(model), clock_(clock) {
  LOCKSTEP_CHECK(model.kind != ModelKind::kUser);
  if (model.kind == ModelKind::kMlp) {
    use_one_blas_thread();
    parameters_ = mlp_weights(model);
  }
}

std::uint64_t HostModel::weight_bytes() const {
  return (parameters_.weights.size() + parameters_.biases.size()) * sizeof(float);
}

std::size_t HostModel::scratch_per_row() const {
  return model_.kind == ModelKind::kMlp ? std::size_t{2} * model_.width : 0;
}

void HostModel::run(const Memory& memory, const std::atomic<bool>& stop) const {
  const std::size_t rows = memory.input.size() / model_.width;
  LOCKSTEP_CHECK_EQ(memory.input.size(), rows * model_.width);
  LOCKSTEP_CHECK_EQ(memory.output.size(), memory.input.size());
  LOCKSTEP_CHECK(memory.scratch.size() >= rows * scratch_per_row());
  switch (model_.kind) {
    case ModelKind::kSquare:
      std::transform(memory.input.begin(), memory.input.end(), memory.output.begin(),
                     [](float value) { return value * value; });
      break;
    case ModelKind::kMlp:
      run_layers(memory, rows);
      break;
    case ModelKind::kSpin:
      keep_busy(rows, stop);
      [[fallthrough]];
    case ModelKind::kCopy:
    case ModelKind::kUser:
      std::copy(memory.input.begin(), memory.input.end(), memory.output.begin());
      break;
  }
}

// Layers go back and forth between the halves of the scratch memory; the last one writes the
// output.
void HostModel::run_layers(const Memory& memory, std::size_t rows) const {
  const std::size_t width = model_.width;
  const std::size_t size = rows * width;
  const auto columns = static_cast<int>(width);
  std::span<float> entering = memory.scratch.first(size);
  std::span<float> next = memory.scratch.subspan(size, size);
  std::copy(memory.input.begin(), memory.input.end(), entering.begin());
  for (std::size_t layer = 0; layer < model_.depth; ++layer) {
    const std::span<float> result = layer + 1 == model_.depth ? memory.output : next;
    if (model_.precision == Precision::kBf16) {
      std::transform(entering.begin(), entering.end(), entering.begin(), to_bf16);
    }
    const std::span<const float> biases =
        std::span(parameters_.biases).subspan(layer * width, width);
    for (std::size_t row = 0; row < rows; ++row) {
      std::copy(biases.begin(), biases.end(), result.subspan(row * width).begin());
    }
    // result = entering * weights^T + biases
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(rows), columns, columns,
                1.0f, entering.data(), columns, &parameters_.weights[layer * width * width],
                columns, 1.0f, result.data(), columns);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](float value) { return std::max(value, 0.0f); });
    std::swap(entering, next);
  }
}

void HostModel::keep_busy(std::size_t rows, const std::atomic<bool>& stop) const {
  const auto times = static_cast<std::int64_t>(model_.spin_per_row ? rows : 1);
  const std::int64_t one = model_.spin.count();
  const SimDuration whole{one > kMaxTimeNs / times ? kMaxTimeNs : one * times};
  const SimTime end = after(clock_.now(), whole);
  while (clock_.now() < end && !stop.load(std::memory_order_relaxed)) {
  }
}

}  // namespace lockstep
