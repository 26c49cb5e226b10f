#include "sim/arrival_times.h"

#include <utility>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {
namespace {

class ConstantTimes final : public ArrivalTimes {
 public:
  explicit ConstantTimes(const Rate& rate) : rate_(rate) {}

  std::int64_t next_ns() override {
    ++number_;
    const WideUnsigned time =
        static_cast<WideUnsigned>(rate_.per_ns) * number_ / static_cast<WideUnsigned>(rate_.count);
    constexpr auto kBeyond = static_cast<WideUnsigned>(kMaxTimeNs) + 1;
    return static_cast<std::int64_t>(time < kBeyond ? time : kBeyond);
  }

 private:
  Rate rate_;
  std::uint64_t number_ = 0;
};

class PoissonTimes final : public ArrivalTimes {
 public:
  PoissonTimes(const Rate& rate, Prng gaps)
      : prng_(gaps), gap_(static_cast<std::uint64_t>(rate.per_ns), rate.count) {}

  std::int64_t next_ns() override {
    now_ns_ += now_ns_ > kMaxTimeNs ? 0 : gap_.next_ns(prng_.next());
    return now_ns_;
  }

 private:
  Prng prng_;
  ExponentialSpan gap_;
  std::int64_t now_ns_ = 0;
};

class PacedTimes final : public ArrivalTimes {
 public:
  PacedTimes(const UnitGap& gap, Prng gaps, std::unique_ptr<RateProfile> profile)
      : gap_(gap), prng_(gaps), profile_(std::move(profile)), stretch_(profile_->next()) {}

  std::int64_t next_ns() override {
    constexpr WideUnsigned kBeyond = (static_cast<WideUnsigned>(kMaxTimeNs) + 1) << 64;
    ScaledNumber left = gap_.next(prng_);
    while (now_ < kBeyond) {
      const bool is_silent = stretch_.per_nanosecond.is_zero();
      if (is_silent && stretch_.end_ns == kNoEnd) {
        return kNoArrival;
      }
      const WideUnsigned end =
          stretch_.end_ns == kNoEnd ? kBeyond : static_cast<WideUnsigned>(stretch_.end_ns) << 64;
      const WideUnsigned needed =
          is_silent ? kBeyond : left.divided_by(stretch_.per_nanosecond).units(64, kBeyond);
      if (stretch_.end_ns == kNoEnd || (!is_silent && needed <= end - now_)) {
        now_ += needed;
        break;
      }
      left = left.minus(ScaledNumber::of(end - now_, 64).times(stretch_.per_nanosecond));
      now_ = end;
      stretch_ = profile_->next();
    }
    now_ = now_ < kBeyond ? now_ : kBeyond;
    return static_cast<std::int64_t>(now_ >> 64);
  }

 private:
  UnitGap gap_;
  Prng prng_;
  std::unique_ptr<RateProfile> profile_;
  RateStretch stretch_;
  WideUnsigned now_ = 0;  // units of 2^-64 ns
};

}  // namespace

std::unique_ptr<ArrivalTimes> constant_times(const Rate& rate) {
  LOCKSTEP_CHECK(!rate.is_zero());
  return std::make_unique<ConstantTimes>(rate);
}

std::unique_ptr<ArrivalTimes> poisson_times(const Rate& rate, Prng gaps) {
  LOCKSTEP_CHECK(!rate.is_zero());
  return std::make_unique<PoissonTimes>(rate, gaps);
}

std::unique_ptr<ArrivalTimes> paced_times(const UnitGap& gap, Prng gaps,
                                          std::unique_ptr<RateProfile> profile) {
  return std::make_unique<PacedTimes>(gap, gaps, std::move(profile));
}

}  // namespace lockstep
