// Which model a device executes: rows of 4-byte values in, rows of 4-byte values out.
//
//     square[:width=N]                        y = x * x, in fp32
//     copy[:width=N]                          y = x, bit by bit
//     mlp[:width=N,depth=N,precision=P]       depth layers y = relu(W y + b), W of width x width
//     spin:TIME[/row][,width=N]               y = x, after keeping the device busy for TIME
//     FILE.so[:width=N]                       a model of one's own (user_model.h); CUDA only
// Every row has `width` values in and as many out. Names and defaults: model_help(). Input rows and
// weights are ours (model_data.h), so that two runs of one model compute the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace lockstep {

enum class ModelKind : std::uint8_t { kSquare, kCopy, kMlp, kSpin, kUser };
enum class Precision : std::uint8_t { kFp32, kBf16 };

inline constexpr std::uint32_t kMaxModelWidth = 1u << 16;
inline constexpr std::uint32_t kMaxModelDepth = 256;
inline constexpr std::uint64_t kMaxMlpWeights = std::uint64_t{1} << 31;  // width * width * depth

struct ModelSpec {
  ModelKind kind = ModelKind::kSquare;
  std::uint32_t width = 1;                 // values per row
  std::uint32_t depth = 1;                 // kMlp: layers
  Precision precision = Precision::kFp32;  // kMlp: of weights and of what enters a layer
  SimDuration spin{0};                     // kSpin: of a batch, or of each row
  bool spin_per_row = false;
  std::string library{};  // kUser

  // Of one row, each way.
  [[nodiscard]] std::uint64_t row_bytes() const { return std::uint64_t{width} * 4; }
  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

// Errors: "model:COLUMN: found ..., expected ...".
[[nodiscard]] Result<ModelSpec> parse_model(std::string_view text);
// The canonical text: every option that its kind has; parse_model gives the same again.
[[nodiscard]] std::string model_text(const ModelSpec& model);
// One line per kind for `lockstep list models`.
[[nodiscard]] std::string model_help();

}  // namespace lockstep
