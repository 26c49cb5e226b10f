#include "gpu_backend/model_data.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

#include "core/check.h"
#include "core/prng.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kGoldenStep = 0x9e3779b97f4a7c15u;
constexpr std::uint64_t kModelSeed = 1;  // of weights and of the inputs of an mlp
constexpr float kFp32Tolerance = 1e-4f;
constexpr float kBf16Tolerance = 2e-2f;

// The finaliser of splitmix64: every bit of the result depends on every bit of `z`.
std::uint64_t mixed_bits(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// In [-1, 1): a multiple of 2^-23, so it is exact, and its square is no denormal number.
float unit_value(std::uint32_t bits) {
  const auto steps = static_cast<std::int32_t>(bits >> 8) - (1 << 23);
  return static_cast<float>(steps) * 0x1p-23f;
}

// 32 random bits for each column of a row.
class RowBits {
 public:
  RowBits(std::uint64_t request, std::uint32_t row)
      : base_(mixed_bits(mixed_bits(request + kGoldenStep) + row)) {}

  [[nodiscard]] std::uint32_t at(std::uint32_t column) const {
    return static_cast<std::uint32_t>(
        mixed_bits(base_ + (column + std::uint64_t{1}) * kGoldenStep) >> 32);
  }

 private:
  std::uint64_t base_;
};

// What the model copies or squares.
std::uint32_t input_word(const ModelSpec& model, std::uint32_t bits) {
  return model.kind == ModelKind::kCopy ? bits : std::bit_cast<std::uint32_t>(unit_value(bits));
}

std::uint32_t output_word(const ModelSpec& model, std::uint32_t input) {
  if (model.kind != ModelKind::kSquare) {
    return input;
  }
  const auto value = std::bit_cast<float>(input);
  return std::bit_cast<std::uint32_t>(value * value);
}

// Which of the rows of an mlp: steps of 155 of 251 keep requests that are up to 7 apart 15 rows
// away from each other.
std::uint32_t mlp_row_index(std::uint64_t request, std::uint32_t row) {
  const auto of_request = static_cast<std::uint32_t>(request % kMlpRowCount);
  return (of_request * 155 + row % kMlpRowCount) % kMlpRowCount;
}

float mlp_input_value(std::uint32_t row_index, std::uint32_t column) {
  return unit_value(RowBits(row_index, 0).at(column));
}

// The order of summation is ours, so that the same bits come out everywhere: eight sums by column
// mod 8, which a compiler may keep in one register.
float dot_product(std::span<const float> left, std::span<const float> right) {
  constexpr std::size_t kSums = 8;
  float sums[kSums] = {};
  const std::size_t whole = left.size() - left.size() % kSums;
  for (std::size_t at = 0; at < whole; at += kSums) {
    for (std::size_t i = 0; i < kSums; ++i) {
      sums[i] += left[at + i] * right[at + i];
    }
  }
  for (std::size_t at = whole; at < left.size(); ++at) {
    sums[at - whole] += left[at] * right[at];
  }
  const float low = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  return low + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

// Every row by itself; rows stand inside so that a row of weights is fetched once.
std::vector<float> all_mlp_outputs(const ModelSpec& model) {
  const std::size_t width = model.width;
  const bool is_bf16 = model.precision == Precision::kBf16;
  const MlpWeights parameters = mlp_weights(model);
  std::vector<float> values(kMlpRowCount * width);
  for (std::uint32_t row = 0; row < kMlpRowCount; ++row) {
    for (std::uint32_t column = 0; column < model.width; ++column) {
      values[row * width + column] = mlp_input_value(row, column);
    }
  }
  std::vector<float> next(values.size());
  for (std::size_t layer = 0; layer < model.depth; ++layer) {
    if (is_bf16) {
      std::transform(values.begin(), values.end(), values.begin(), to_bf16);
    }
    for (std::size_t out = 0; out < width; ++out) {
      const std::size_t unit = layer * width + out;
      const std::span<const float> weights =
          std::span(parameters.weights).subspan(unit * width, width);
      for (std::size_t row = 0; row < kMlpRowCount; ++row) {
        const std::span<const float> entering = std::span(values).subspan(row * width, width);
        const float sum = dot_product(weights, entering) + parameters.biases[unit];
        next[row * width + out] = std::max(sum, 0.0f);
      }
    }
    values.swap(next);
  }
  return values;
}

void fill_uniform(std::string_view stream, float limit, Precision precision,
                  std::vector<float>& values) {
  Prng random(kModelSeed, stream);
  for (float& value : values) {
    value = unit_value(static_cast<std::uint32_t>(random.next() >> 32)) * limit;
    value = precision == Precision::kBf16 ? to_bf16(value) : value;
  }
}

}  // namespace

MlpWeights mlp_weights(const ModelSpec& model) {
  LOCKSTEP_CHECK(model.kind == ModelKind::kMlp);
  const std::size_t units = std::size_t{model.width} * model.depth;
  MlpWeights result{std::vector<float>(units * model.width), std::vector<float>(units)};
  const auto width = static_cast<float>(model.width);
  fill_uniform("mlp weights", std::sqrt(6.0f / width), model.precision, result.weights);
  fill_uniform("mlp biases", std::sqrt(1.0f / width), model.precision, result.biases);
  return result;
}

void write_input_row(const ModelSpec& model, std::uint64_t request, std::uint32_t row,
                     std::span<std::byte> out) {
  LOCKSTEP_CHECK_EQ(out.size(), model.row_bytes());
  const bool is_mlp = model.kind == ModelKind::kMlp;
  const RowBits bits = is_mlp ? RowBits(mlp_row_index(request, row), 0) : RowBits(request, row);
  for (std::uint32_t column = 0; column < model.width; ++column) {
    const std::uint32_t word = input_word(model, bits.at(column));
    std::memcpy(out.data() + std::size_t{column} * sizeof word, &word, sizeof word);
  }
}

float to_bf16(float value) {
  auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) {
    bits |= 0x0040'0000u;  // stays a NaN when the low half goes
  } else {
    bits += 0x7fffu + (bits >> 16 & 1u);  // infinity where it is too large
  }
  return std::bit_cast<float>(bits & 0xffff'0000u);
}

Reference::Reference(const ModelSpec& model) : model_(model) {
  if (model.kind == ModelKind::kMlp) {
    mlp_outputs_ = all_mlp_outputs(model);
  }
}

bool Reference::matches(std::uint64_t request, std::uint32_t row,
                        std::span<const std::byte> output) const {
  LOCKSTEP_CHECK_EQ(output.size(), model_.row_bytes());
  if (!has_reference()) {
    return true;
  }
  const bool is_mlp = model_.kind == ModelKind::kMlp;
  const std::size_t first = is_mlp ? std::size_t{mlp_row_index(request, row)} * model_.width : 0;
  const RowBits bits(request, row);
  for (std::uint32_t column = 0; column < model_.width; ++column) {
    std::uint32_t word = 0;
    std::memcpy(&word, output.data() + std::size_t{column} * sizeof word, sizeof word);
    if (is_mlp) {
      const float expected = mlp_outputs_[first + column];
      const float got = std::bit_cast<float>(word);
      // Written so that a NaN fails.
      if (!(std::abs(got - expected) <= tolerance() * (1 + std::abs(expected)))) {
        return false;
      }
    } else if (word != output_word(model_, input_word(model_, bits.at(column)))) {
      return false;
    }
  }
  return true;
}

float Reference::tolerance() const {
  if (model_.kind != ModelKind::kMlp) {
    return 0;
  }
  return model_.precision == Precision::kBf16 ? kBf16Tolerance : kFp32Tolerance;
}

std::vector<float> Reference::expected(std::uint64_t request, std::uint32_t row) const {
  if (model_.kind == ModelKind::kMlp) {
    const auto first = mlp_outputs_.begin() +
                       std::ptrdiff_t{mlp_row_index(request, row)} * std::ptrdiff_t{model_.width};
    return {first, first + model_.width};
  }
  const RowBits bits(request, row);
  std::vector<float> values;
  for (std::uint32_t column = 0; column < model_.width; ++column) {
    values.push_back(
        std::bit_cast<float>(output_word(model_, input_word(model_, bits.at(column)))));
  }
  return values;
}

}  // namespace lockstep
