// The numbers that are doubles in TF-Serving's adaptive and serial-device schedulers (TF 3.1, 3.2).
//
// Everything else in core/ counts in integers. These cannot: a limit like 2.091796875 is
// multiplied, clamped and compared again, so what upstream does depends on how a double rounds.
// Here the same operations happen in the same order, and only those that IEEE 754 fixes to the bit:
// + - * / and comparison. No libm, no contraction (-ffp-contract=off), text through std::from_chars
// and std::to_chars. tests/tidy_test.cpp allows `double` here and nowhere else in core/.
// Times come in whole microseconds, as upstream's clock gives them.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/prng.h"
#include "core/result.h"

namespace lockstep {

// A fraction among the options: upstream's double. Finite, its size below 2^53.
class TfReal {
 public:
  constexpr TfReal() = default;
  explicit constexpr TfReal(std::int64_t whole) : value_(static_cast<double>(whole)) {}

  // "3", "0.5", "-1.25". Errors: anything else, numbers from 2^53 on.
  [[nodiscard]] static Result<TfReal> parse(std::string_view text);
  // The shortest decimal number, without exponent, that parse() turns into the same double.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const TfReal&, const TfReal&) = default;
  friend auto operator<=>(const TfReal&, const TfReal&) = default;

 private:
  friend class TfAdaptiveLimit;
  friend class TfPendingLimit;
  double value_ = 0;
};

// When a waiting batch leaves: the smallest score first, among equal ones the first (TF 3.1).
// created - boost * rows / max_batch_size, in microseconds.
class TfScore {
 public:
  // Requires: boost_us * rows_max < 2^63, rows <= rows_max of its queue.
  TfScore(std::int64_t created_us, std::int64_t boost_us, std::uint32_t rows,
          std::uint32_t rows_max)
      : value_(static_cast<double>(created_us) -
               static_cast<double>(static_cast<std::uint64_t>(boost_us) * rows) /
                   static_cast<double>(rows_max)) {}
  // No batch created at created_us or later has a smaller one.
  [[nodiscard]] static TfScore floor(std::int64_t created_us, std::int64_t boost_us) {
    // One microsecond of margin for the rounding of the product.
    return {created_us - boost_us - 1, 0, 0, 1};
  }

  friend bool operator<(const TfScore& a, const TfScore& b) { return a.value_ < b.value_; }

 private:
  double value_;
};

// The adaptive scheduler's limit: steps up or down, towards the lower average latency (TF 3.1).
class TfAdaptiveLimit {
 public:
  struct Options {
    TfReal initial{3};
    std::int64_t smallest = 1;
    std::int64_t largest = 1;
    std::int64_t batches_to_average_over = 1000;
  };
  explicit TfAdaptiveLimit(const Options& options)
      : smallest_(static_cast<double>(options.smallest)),
        largest_(static_cast<double>(options.largest)),
        batches_to_average_over_(options.batches_to_average_over),
        limit_(options.initial.value_) {}

  // May one more start while `in_flight` are? Draws once when between no and yes: a limit of 3.2
  // lets a fourth start with probability 0.2.
  [[nodiscard]] bool admits(std::int64_t in_flight, Prng& draws) const;
  // A batch ended, `latency_us` after its creation. Adjusts after each batches_to_average_over.
  void note_latency(std::int64_t latency_us);

  [[nodiscard]] std::string text() const;

 private:
  void adjust();

  double smallest_;
  double largest_;
  std::int64_t batches_to_average_over_;
  double limit_;
  double step_ = 0.125;  // fraction of the limit, from 1/128 to 1/8
  double last_average_ms_ = 0;
  bool last_improved_ = false;
  int direction_ = 1;
  std::int64_t batch_count_ = 0;
  std::int64_t latency_sum_us_ = 0;
};

// The serial-device scheduler's limit: as many in flight as keep target_pending batches waiting for
// the device (TF 3.2). Whole numbers; only the averages are fractions.
class TfPendingLimit {
 public:
  struct Options {
    std::int64_t initial = 3;
    std::int64_t largest = 1;
    TfReal target_pending{2};
    std::int64_t batches_to_average_over = 1000;
  };
  explicit TfPendingLimit(const Options& options) : options_(options), limit_(options.initial) {}

  // A loop found nothing to do, so often.
  void note_idle(std::int64_t times) { idle_count_ += times; }
  // A batch ended after execution_us with `pending` others on its device. Adjusts after each
  // batches_to_average_over, unless the loops were idle too often.
  void note_batch(std::int64_t execution_us, std::int64_t pending);

  [[nodiscard]] std::int64_t value() const { return limit_; }
  // Between two starts, by the last adjustment; 0 = not known yet.
  [[nodiscard]] std::int64_t period_us() const { return period_us_; }
  // Moving average of how many adjustments were skipped for lack of traffic; upstream reports it.
  [[nodiscard]] std::string low_traffic_ratio() const;

 private:
  void adjust();

  Options options_;
  std::int64_t limit_;
  std::int64_t period_us_ = 0;
  double low_traffic_ratio_ = 0;
  std::int64_t batch_count_ = 0;
  std::int64_t idle_count_ = 0;
  std::int64_t execution_sum_us_ = 0;
  std::int64_t pending_sum_ = 0;
};

}  // namespace lockstep
