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

// Rows of an mlp repeat after so many (a prime), so that its reference is computed once a row;
// those of the other models never do.
inline constexpr std::uint32_t kMlpRowCount = 251;

// Layer-major, row-major [depth][out][in], then [depth][out]: fp32, in [-1, 1) scaled by
// 1 / sqrt(width) so that values neither vanish nor grow. bf16 models round them to bf16.
struct MlpWeights {
  std::vector<float> weights;
  std::vector<float> biases;
};
[[nodiscard]] MlpWeights mlp_weights(const ModelSpec& model);

// Writes the input of row `row` of request `request`. Requires: row.size() == row_bytes().
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
