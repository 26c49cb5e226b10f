// Inputs, weights and expected outputs: the same bytes everywhere, and different where a mix-up of
// rows must show.
#include "gpu_backend/model_data.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "core/digest.h"

namespace lockstep {
namespace {

ModelSpec mlp_model(std::uint32_t width, std::uint32_t depth, Precision precision) {
  return {.kind = ModelKind::kMlp, .width = width, .depth = depth, .precision = precision};
}

std::vector<std::byte> input_row(const ModelSpec& model, std::uint64_t request, std::uint32_t row) {
  std::vector<std::byte> bytes(model.row_bytes());
  write_input_row(model, request, row, bytes);
  return bytes;
}

std::vector<float> floats_of(std::span<const std::byte> bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<std::byte> bytes_of(std::span<const float> values) {
  const std::span<const std::byte> bytes = std::as_bytes(values);
  return {bytes.begin(), bytes.end()};
}

std::uint64_t digest_of(std::span<const std::byte> bytes) {
  ByteDigest digest;
  for (const std::byte byte : bytes) {
    const char letter = static_cast<char>(byte);
    digest.add({&letter, 1});
  }
  return digest.value();
}

TEST(ModelInput, DiffersBetweenRequestsRowsAndColumns) {
  const ModelSpec model{.kind = ModelKind::kSquare, .width = 4};
  std::set<float> seen;
  for (std::uint64_t request = 0; request < 16; ++request) {
    for (std::uint32_t row = 0; row < 16; ++row) {
      for (const float value : floats_of(input_row(model, request, row))) {
        EXPECT_GE(value, -1.0f);
        EXPECT_LT(value, 1.0f);
        seen.insert(value);
      }
    }
  }
  EXPECT_GE(seen.size(), 1022u);  // 1024 draws of 2^24 values
}

TEST(ModelInput, OfAnMlpRepeatsAfter251RowsAndNotAmongNeighbours) {
  const ModelSpec model = mlp_model(8, 1, Precision::kFp32);
  std::set<std::vector<std::byte>> all;
  for (std::uint64_t request = 0; request < 2 * kMlpRowCount; ++request) {
    all.insert(input_row(model, request, 0));
  }
  EXPECT_EQ(all.size(), kMlpRowCount);
  std::set<std::vector<std::byte>> neighbours;
  for (std::uint64_t request = 1000; request < 1008; ++request) {
    for (std::uint32_t row = 0; row < 15; ++row) {
      neighbours.insert(input_row(model, request, row));
    }
  }
  EXPECT_EQ(neighbours.size(), 8u * 15u);
}

// A change of these makes old runs and new ones incomparable.
TEST(ModelInput, IsTheSameOnEveryCompiler) {
  EXPECT_EQ(digest_of(input_row({.kind = ModelKind::kSquare, .width = 64}, 7, 3)),
            3477922986677367658u);
  EXPECT_EQ(digest_of(input_row({.kind = ModelKind::kCopy, .width = 64}, 7, 3)),
            8666688627242125234u);
  const ModelSpec model = mlp_model(32, 3, Precision::kBf16);
  EXPECT_EQ(digest_of(bytes_of(mlp_weights(model).weights)), 9765764325599738143u);
  EXPECT_EQ(digest_of(bytes_of(Reference(model).expected(7, 3))), 8793356513807829267u);
}

TEST(ModelReference, SquareAndCopyAreExact) {
  for (const ModelKind kind : {ModelKind::kSquare, ModelKind::kCopy, ModelKind::kSpin}) {
    const ModelSpec model{.kind = kind, .width = 5};
    const Reference reference(model);
    std::vector<std::byte> output = input_row(model, 41, 2);
    if (kind == ModelKind::kSquare) {
      std::vector<float> values = floats_of(output);
      for (float& value : values) {
        value *= value;
      }
      output = bytes_of(values);
    }
    EXPECT_TRUE(reference.matches(41, 2, output));
    EXPECT_EQ(bytes_of(reference.expected(41, 2)), output);
    EXPECT_FALSE(reference.matches(41, 3, output)) << "the next row";
    EXPECT_FALSE(reference.matches(42, 2, output)) << "the next request";
    output.back() ^= std::byte{1};
    EXPECT_FALSE(reference.matches(41, 2, output)) << "one bit of the last column";
  }
}

// Layer by layer in doubles, as one writes it down.
std::vector<double> plain_mlp(const ModelSpec& model, std::uint64_t request, std::uint32_t row) {
  const MlpWeights parameters = mlp_weights(model);
  const bool is_bf16 = model.precision == Precision::kBf16;
  std::vector<double> values;
  for (const float value : floats_of(input_row(model, request, row))) {
    values.push_back(double{value});
  }
  for (std::size_t layer = 0; layer < model.depth; ++layer) {
    std::vector<double> next;
    for (std::size_t out = 0; out < model.width; ++out) {
      double sum = double{parameters.biases[layer * model.width + out]};
      for (std::size_t in = 0; in < model.width; ++in) {
        const auto entering = static_cast<float>(values[in]);
        sum += double{parameters.weights[(layer * model.width + out) * model.width + in]} *
               double{is_bf16 ? to_bf16(entering) : entering};
      }
      next.push_back(sum > 0 ? sum : 0.0);
    }
    values = next;
  }
  return values;
}

TEST(ModelReference, OfAnMlpIsItsLayers) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    const ModelSpec model = mlp_model(37, 3, precision);
    const Reference reference(model);
    std::vector<float> plain;
    double largest = 0;
    for (const double value : plain_mlp(model, 5, 1)) {
      plain.push_back(static_cast<float>(value));
      largest = value > largest ? value : largest;
    }
    EXPECT_GT(largest, 0.1) << "values must not vanish";
    EXPECT_TRUE(reference.matches(5, 1, bytes_of(plain)));
    EXPECT_FALSE(reference.matches(5, 2, bytes_of(plain))) << "the next row";
    EXPECT_FALSE(reference.matches(6, 1, bytes_of(plain))) << "the next request";
  }
}

TEST(ModelReference, DeepMlpsStillTellRowsApart) {
  const ModelSpec model = mlp_model(64, 64, Precision::kBf16);
  const Reference reference(model);
  for (std::uint32_t row = 0; row < 8; ++row) {
    EXPECT_FALSE(reference.matches(0, row, bytes_of(reference.expected(0, row + 1)))) << row;
    for (const float value : reference.expected(0, row)) {
      EXPECT_LT(value, 1000.0f);
    }
  }
}

TEST(ModelReference, AToleranceHasTwoSides) {
  const ModelSpec model = mlp_model(4, 1, Precision::kFp32);
  const Reference reference(model);
  const std::vector<float> expected = reference.expected(0, 0);
  for (const float sign : {-1.0f, 1.0f}) {
    std::vector<float> near = expected;
    near[2] += sign * 0.9e-4f * (1 + std::abs(expected[2]));
    EXPECT_TRUE(reference.matches(0, 0, bytes_of(near)));
    std::vector<float> far = expected;
    far[2] += sign * 1.1e-4f * (1 + std::abs(expected[2]));
    EXPECT_FALSE(reference.matches(0, 0, bytes_of(far)));
  }
  std::vector<float> none = expected;
  none[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(reference.matches(0, 0, bytes_of(none)));
}

TEST(ModelReference, AUsersModelHasNone) {
  const ModelSpec model{.kind = ModelKind::kUser, .library = "my.so"};
  EXPECT_FALSE(Reference(model).has_reference());
  EXPECT_TRUE(Reference(model).matches(0, 0, std::vector<std::byte>(4)));
}

TEST(Bf16, RoundsToTheNearestTiesToEven) {
  const auto from_bits = [](std::uint32_t bits) { return std::bit_cast<float>(bits); };
  EXPECT_EQ(to_bf16(from_bits(0x3f80'7fff)), from_bits(0x3f80'0000));  // just below the middle
  EXPECT_EQ(to_bf16(from_bits(0x3f80'8000)), from_bits(0x3f80'0000));  // the middle, even below
  EXPECT_EQ(to_bf16(from_bits(0x3f80'8001)), from_bits(0x3f81'0000));
  EXPECT_EQ(to_bf16(from_bits(0x3f81'8000)), from_bits(0x3f82'0000));  // the middle, even above
  EXPECT_EQ(to_bf16(from_bits(0xbf81'8000)), from_bits(0xbf82'0000));
  EXPECT_EQ(to_bf16(from_bits(0x7f7f'ffff)), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(to_bf16(from_bits(0x7f80'0001))));
}

}  // namespace
}  // namespace lockstep
