#include "sim/rate_profile.h"

#include <algorithm>

#include "core/check.h"
#include "core/limits.h"
#include "core/sampling.h"

namespace lockstep {
namespace {

class SteadyProfile final : public RateProfile {
 public:
  explicit SteadyProfile(const Rate& rate) : rate_(rate) {}
  RateStretch next() override { return {kNoEnd, rate_.per_nanosecond()}; }

 private:
  Rate rate_;
};

// Where step `index` of kRateSteps within `span` ends.
std::int64_t step_end(std::int64_t span, std::int64_t index) {
  return static_cast<std::int64_t>(static_cast<WideSigned>(span) * (index + 1) / kRateSteps);
}

class RampProfile final : public RateProfile {
 public:
  explicit RampProfile(const RampRate& ramp) : ramp_(ramp) {}

  RateStretch next() override {
    if (step_ == kRateSteps) {
      return {kNoEnd, ramp_.to.per_nanosecond()};
    }
    // In the middle of the step: from + (to - from) * (2 i + 1) / (2 n), as a sum of two weights.
    const auto share = static_cast<std::uint64_t>(2 * step_ + 1);
    constexpr auto kWhole = static_cast<std::uint64_t>(2 * kRateSteps);
    const ScaledNumber to = ramp_.to.per_nanosecond().times(ScaledNumber::ratio(share, kWhole));
    const ScaledNumber from =
        ramp_.from.per_nanosecond().times(ScaledNumber::ratio(kWhole - share, kWhole));
    const std::int64_t end = step_end(ramp_.over_ns, step_);
    ++step_;
    return {end, from.plus(to)};
  }

 private:
  RampRate ramp_;
  std::int64_t step_ = 0;
};

class DiurnalProfile final : public RateProfile {
 public:
  explicit DiurnalProfile(const DiurnalRate& day)
      : day_(day), start_ns_(-(day.phase_ns % day.period_ns)) {
    while (start_ns_ + step_end(day_.period_ns, step_) <= 0) {
      ++step_;
    }
  }

  RateStretch next() override {
    // sin in the middle of the step; 1 + amplitude * sin is not negative.
    const auto middle = static_cast<std::uint64_t>(2 * step_ + 1)
                        << (64 - 13);  // 2 * kRateSteps = 2^13
    const WideSigned swing = static_cast<WideSigned>(sine_fixed60(middle)) *
                             static_cast<WideSigned>(day_.amplitude_millionths) / 1'000'000;
    const WideSigned factor = (static_cast<WideSigned>(1) << 60) + swing;
    RateStretch stretch;
    stretch.end_ns = start_ns_ + step_end(day_.period_ns, step_);
    if (factor > 0) {
      stretch.per_nanosecond =
          day_.mean.per_nanosecond().times(ScaledNumber::of(static_cast<WideUnsigned>(factor), 60));
    }
    ++step_;
    if (step_ == kRateSteps) {
      step_ = 0;
      start_ns_ += day_.period_ns;
    }
    return stretch;
  }

 private:
  DiurnalRate day_;
  std::int64_t start_ns_;  // of the period that `step_` lies in
  std::int64_t step_ = 0;
};

class OnOffProfile final : public RateProfile {
 public:
  OnOffProfile(const OnOffRate& source, Prng stays)
      : source_(source),
        stays_(stays),
        on_stay_(static_cast<std::uint64_t>(source.on_ns), 1),
        off_stay_(static_cast<std::uint64_t>(source.off_ns), 1) {
    const auto cycle = static_cast<std::uint64_t>(source.on_ns + source.off_ns);
    is_on_ = stays_.below(cycle) < static_cast<std::uint64_t>(source.on_ns);
  }

  RateStretch next() override {
    const std::uint64_t draw = stays_.next();
    end_ns_ += is_on_ ? on_stay_.next_ns(draw) : off_stay_.next_ns(draw);
    end_ns_ = std::min(end_ns_, kMaxTimeNs + 1);
    const RateStretch stretch{end_ns_ > kMaxTimeNs ? kNoEnd : end_ns_,
                              (is_on_ ? source_.on : source_.off).per_nanosecond()};
    is_on_ = !is_on_;
    return stretch;
  }

 private:
  OnOffRate source_;
  Prng stays_;
  ExponentialSpan on_stay_;
  ExponentialSpan off_stay_;
  bool is_on_ = false;
  std::int64_t end_ns_ = 0;
};

}  // namespace

std::unique_ptr<RateProfile> steady_profile(const Rate& rate) {
  return std::make_unique<SteadyProfile>(rate);
}

std::unique_ptr<RateProfile> ramp_profile(const RampRate& ramp) {
  LOCKSTEP_CHECK(ramp.over_ns > 0);
  return std::make_unique<RampProfile>(ramp);
}

std::unique_ptr<RateProfile> diurnal_profile(const DiurnalRate& day) {
  LOCKSTEP_CHECK(day.period_ns > 0);
  LOCKSTEP_CHECK(day.phase_ns >= 0);
  LOCKSTEP_CHECK(day.amplitude_millionths <= 1'000'000);
  return std::make_unique<DiurnalProfile>(day);
}

std::unique_ptr<RateProfile> on_off_profile(const OnOffRate& source, Prng stays) {
  LOCKSTEP_CHECK(source.on_ns > 0 && source.off_ns > 0);
  return std::make_unique<OnOffProfile>(source, stays);
}

std::int64_t sine_fixed60(std::uint64_t turns) {
  // A quarter turn decides: sin(x + 1/2) = -sin(x), sin(1/2 - x) = sin(x).
  const bool is_negative = turns >> 63 != 0;
  std::uint64_t part = turns & ((std::uint64_t{1} << 63) - 1);
  part = part > (std::uint64_t{1} << 62) ? (std::uint64_t{1} << 63) - part : part;
  // 2 pi, units of 2^-60: 6.283185307179586476925286766559...
  constexpr WideSigned kTwoPi = 7'244'019'458'077'122'842;
  const WideSigned x = (static_cast<WideSigned>(part) * kTwoPi) >> 64;
  const WideSigned square = (x * x) >> 60;
  // x - x^3/3! + x^5/5! - ...; for x <= pi / 2 the term after x^21 is below 2^-59.
  WideSigned term = x;
  WideSigned sum = 0;
  for (WideSigned k = 1; k <= 21; k += 2) {
    sum += (k / 2) % 2 == 0 ? term : -term;
    term = ((term * square) >> 60) / ((k + 1) * (k + 2));
  }
  return static_cast<std::int64_t>(is_negative ? -sum : sum);
}

}  // namespace lockstep
