#include "sim/value_distribution.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "core/check.h"
#include "core/sampling.h"
#include "traces/trace_reader.h"

namespace lockstep {
namespace {

std::uint64_t value_of_column(const Arrival& arrival, ValueColumn column) {
  switch (column) {
    case ValueColumn::kSize:
      return arrival.size;
    case ValueColumn::kQueue:
      return raw(arrival.queue);
    case ValueColumn::kPriority:
      return arrival.priority;
    case ValueColumn::kClient:
      return raw(arrival.client);
  }
  return 0;
}

// 1 / k^exponent in units of 2^-46, at least one unit.
std::uint64_t zipf_weight(std::uint64_t k, std::uint64_t exponent_millionths) {
  const WideSigned log =
      ln_of(ScaledNumber::of(k)) * static_cast<WideSigned>(exponent_millionths) / 1'000'000;
  const auto weight =
      static_cast<std::uint64_t>(exp_of(-log).units(46, static_cast<WideUnsigned>(1) << 46));
  return std::max<std::uint64_t>(weight, 1);
}

}  // namespace

Result<ValueSampler> ValueSampler::make(const ValueSpec& spec) {
  ValueSampler sampler;
  sampler.kind_ = spec.kind;
  sampler.low_ = spec.low;
  sampler.high_ = spec.high;
  sampler.names_ = spec.names;
  switch (spec.kind) {
    case ValueKind::kFixed:
    case ValueKind::kUniform:
      break;
    case ValueKind::kWeighted:
      sampler.values_ = spec.values;
      sampler.cumulative_.resize(spec.weights.size());
      std::partial_sum(spec.weights.begin(), spec.weights.end(), sampler.cumulative_.begin());
      break;
    case ValueKind::kGeometric:
      if (spec.mean_millionths > 1'000'000) {
        const ScaledNumber ratio =
            ScaledNumber::ratio(spec.mean_millionths, spec.mean_millionths - 1'000'000);
        sampler.decay_ = ScaledNumber::of(static_cast<WideUnsigned>(ln_of(ratio)), kLogBits);
      }
      break;
    case ValueKind::kZipf:
      sampler.set_zipf(spec);
      break;
    case ValueKind::kTrace:
      if (Result<void> read = sampler.read_trace(spec); !read) {
        return tl::unexpected(read.error());
      }
      break;
  }
  return sampler;
}

void ValueSampler::set_zipf(const ValueSpec& spec) {
  std::uint64_t sum = 0;
  for (std::uint64_t k = 1; k <= spec.high; ++k) {
    const bool is_queue = spec.column == ValueColumn::kQueue;
    values_.push_back(is_queue ? k - 1 : k);
    if (is_queue) {
      names_.push_back("queue-" + std::to_string(k));
    }
    sum += zipf_weight(k, spec.exponent_millionths);  // 65,536 of at most 2^46
    cumulative_.push_back(sum);
  }
}

Result<void> ValueSampler::read_trace(const ValueSpec& spec) {
  Result<std::unique_ptr<TraceReader>> reader = open_trace(spec.path, TraceOptions{});
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  std::vector<Arrival> block(4096);
  while (true) {
    const Result<std::size_t> count = (*reader)->read(block);
    if (!count) {
      return tl::unexpected(count.error());
    }
    if (*count == 0) {
      break;
    }
    for (const Arrival& arrival : std::span(block).first(*count)) {
      values_.push_back(value_of_column(arrival, spec.column));
    }
  }
  LOCKSTEP_CHECK(!values_.empty());  // the reader refuses a trace without rows
  names_ = (*reader)->queue_names();
  content_digest_ = (*reader)->content_digest();
  return {};
}

std::uint64_t ValueSampler::next(Prng& prng) const {
  switch (kind_) {
    case ValueKind::kFixed:
      return low_;
    case ValueKind::kUniform:
      return low_ + prng.below(high_ - low_ + 1);
    case ValueKind::kTrace:
      return values_[prng.below(values_.size())];
    case ValueKind::kGeometric: {
      const std::uint64_t draw = prng.next();
      if (decay_.is_zero()) {
        return 1;
      }
      const ScaledNumber unit = ScaledNumber::of(exponential_fixed58(draw), kExponentialBits);
      return 1 + static_cast<std::uint64_t>(unit.divided_by(decay_).units(0, high_ - 1));
    }
    case ValueKind::kWeighted:
    case ValueKind::kZipf: {
      const std::uint64_t draw = prng.below(cumulative_.back());
      const auto at = std::upper_bound(cumulative_.begin(), cumulative_.end(), draw);
      return values_[static_cast<std::size_t>(at - cumulative_.begin())];
    }
  }
  return low_;
}

}  // namespace lockstep
