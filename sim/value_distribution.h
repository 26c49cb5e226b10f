// What requests carry besides their time: sizes, queues, priorities and clients, drawn from a
// distribution or resampled from a trace.
//
// Exactly one value per request, from a stream of its own, so that another distribution of sizes
// moves no arrival. Draws per value: fixed 0, geometric 1, all others 1 or (with a probability
// below range / 2^64) more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/prng.h"
#include "core/result.h"
#include "core/scaled_number.h"

namespace lockstep {

enum class ValueKind : std::uint8_t { kFixed, kUniform, kWeighted, kGeometric, kZipf, kTrace };

// One column of a trace.
enum class ValueColumn : std::uint8_t { kSize, kQueue, kPriority, kClient };

inline constexpr std::uint64_t kMaxZipfValues = 65'536;

struct ValueSpec {
  ValueKind kind = ValueKind::kFixed;
  ValueColumn column = ValueColumn::kSize;
  std::uint64_t low = 1;   // fixed; uniform: least; zipf: 1
  std::uint64_t high = 1;  // uniform, zipf, geometric: largest
  std::vector<std::uint64_t> values{};
  std::vector<std::uint64_t> weights{};   // of `values`, or of `names`
  std::vector<std::string> names{};       // of queues; zipf makes its own
  std::uint64_t mean_millionths = 0;      // geometric, at least 1
  std::uint64_t exponent_millionths = 0;  // zipf, at most 4
  std::string path{};                     // trace
};

class ValueSampler {
 public:
  // Reads the trace of a kTrace into memory, 8 bytes a row. Errors: those of reading it.
  [[nodiscard]] static Result<ValueSampler> make(const ValueSpec& spec);

  // A size, priority or client, or an index into names().
  [[nodiscard]] std::uint64_t next(Prng& prng) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  // Of the trace's bytes; 0 without one.
  [[nodiscard]] std::uint64_t content_digest() const { return content_digest_; }

 private:
  ValueSampler() = default;
  [[nodiscard]] Result<void> read_trace(const ValueSpec& spec);
  void set_zipf(const ValueSpec& spec);

  ValueKind kind_ = ValueKind::kFixed;
  std::uint64_t low_ = 1;
  std::uint64_t high_ = 1;
  ScaledNumber decay_{};                   // geometric: -ln(1 - 1 / mean); zero: always 1
  std::vector<std::uint64_t> values_;      // weighted and zipf, beside their sums; trace: its rows
  std::vector<std::uint64_t> cumulative_;  // sums of the weights up to and with each value
  std::vector<std::string> names_;
  std::uint64_t content_digest_ = 0;
};

// `text` as the value of size=, queue=, priority= or client= (docs/traffic.md). The error says what
// was found and expected, without a place.
[[nodiscard]] Result<ValueSpec> parse_values(std::string_view text, ValueColumn column);

}  // namespace lockstep
