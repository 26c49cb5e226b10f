// The rows that requests carry, a model's weights, and what a row must come back as.
//
// All of it follows from numbers: no file, no clock. Row r of request q has one input, whatever
// batch it is in; the expected output is computed row by row, without batching, on the host. A row
// that went to the wrong request, or came from a buffer that was used again, does not match.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gpu_backend/model_spec.h"

namespace lockstep {

// The inputs of an mlp are so many rows (a prime) over and over, so that its reference is computed
// once for each; neighbouring requests and rows never share one. Those of the other models are
// drawn anew for each request, row and column.
inline constexpr std::uint32_t kMlpRowCount = 251;

// Layer-major, row-major [depth][out][in], then [depth][out]: fp32. Weights are uniform within
// +-sqrt(6 / width), with which the values after a relu neither vanish nor grow (He et al. 2015,
// arXiv 1502.01852, eq. 10); biases within +-1 / sqrt(width). bf16 models round both to bf16.
struct MlpWeights {
  std::vector<float> weights;
  std::vector<float> biases;
};
[[nodiscard]] MlpWeights mlp_weights(const ModelSpec& model);

// Writes the input of row `row` of request `request`. Requires: out.size() == row_bytes().
void write_input_row(const ModelSpec& model, std::uint64_t request, std::uint32_t row,
                     std::span<std::byte> out);

// Nearest bf16, ties to even, as float.
[[nodiscard]] float to_bf16(float value);

// Says whether output rows are right.
class Reference {
 public:
  explicit Reference(const ModelSpec& model);

  // Bit by bit for all but mlp; there within tolerance(): |got - expected| <= tolerance * (1 +
  // |expected|), NaN never. A user's model has no reference: always true, and has_reference()
  // false.
  [[nodiscard]] bool matches(std::uint64_t request, std::uint32_t row,
                             std::span<const std::byte> output) const;
  [[nodiscard]] bool has_reference() const { return model_.kind != ModelKind::kUser; }
  [[nodiscard]] float tolerance() const;
  // The expected row, for messages and tests.
  [[nodiscard]] std::vector<float> expected(std::uint64_t request, std::uint32_t row) const;

 private:
  ModelSpec model_;
  std::vector<float> mlp_outputs_;  // kMlpRowCount rows
};

}  // namespace lockstep
