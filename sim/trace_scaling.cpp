#include "sim/trace_scaling.h"

#include <algorithm>
#include <functional>

#include "core/check.h"
#include "core/limits.h"
#include "core/prng.h"

namespace lockstep {

Result<std::size_t> ScaledTrace::read(std::span<Arrival> out) {
  if (!is_loaded_) {
    if (Result<void> loaded = load(); !loaded) {
      return tl::unexpected(loaded.error());
    }
  }
  std::size_t count = 0;
  while (count < out.size()) {
    const Result<bool> more = take(out[count]);
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      break;
    }
    ++count;
  }
  return count;
}

Result<void> ScaledTrace::load() {
  LOCKSTEP_CHECK(scaling_.repeat >= 1 && scaling_.repeat <= kMaxCopies);
  LOCKSTEP_CHECK(scaling_.replicate >= 1 && scaling_.replicate <= kMaxCopies);
  std::vector<Arrival> block(4096);
  while (true) {
    const Result<std::size_t> count = source_.read(block);
    if (!count) {
      return tl::unexpected(count.error());
    }
    if (*count == 0) {
      break;
    }
    arrivals_.insert(arrivals_.end(), block.begin(),
                     block.begin() + static_cast<std::ptrdiff_t>(*count));
  }
  const std::int64_t length =
      arrivals_.empty() ? 0 : (arrivals_.back().time - arrivals_.front().time).count();
  if (length == 0) {
    return bad_input(
        "found a trace whose requests all arrive at one time, expected some length for --repeat "
        "and --replicate: it has no mean gap");
  }
  start_ns_ = ns_of(arrivals_.front().time);
  const auto gaps = static_cast<std::int64_t>(arrivals_.size() - 1);
  span_ns_ = length + std::max<std::int64_t>(1, (length + gaps / 2) / gaps);
  for (Arrival& arrival : arrivals_) {
    arrival.time -= SimDuration{start_ns_};
  }
  queue_ids_.resize(source_.queue_names().size());
  Prng offsets(scaling_.seed, "replicas");
  for (std::uint64_t copy = 0; copy < scaling_.replicate; ++copy) {
    Turn turn;
    if (copy > 0) {
      turn.offset_ns =
          static_cast<std::int64_t>(offsets.below(static_cast<std::uint64_t>(span_ns_)));
    }
    const SimTime first = at_ns(span_ns_ - turn.offset_ns);
    const auto begin =
        std::lower_bound(arrivals_.begin(), arrivals_.end(), first,
                         [](const Arrival& arrival, SimTime time) { return arrival.time < time; });
    turn.begin = static_cast<std::size_t>(begin - arrivals_.begin()) % arrivals_.size();
    turns_.push_back(turn);
  }
  begin_repetition();
  is_loaded_ = true;
  return {};
}

void ScaledTrace::begin_repetition() {
  earliest_.clear();
  for (std::uint64_t copy = 0; copy < turns_.size(); ++copy) {
    turns_[copy].read = 0;
    earliest_.push_back({time_of(turns_[copy]), copy});
  }
  std::make_heap(earliest_.begin(), earliest_.end(), std::greater<>());
}

std::int64_t ScaledTrace::time_of(const Turn& turn) const {
  const Arrival& arrival = arrivals_[(turn.begin + turn.read) % arrivals_.size()];
  return (ns_of(arrival.time) + turn.offset_ns) % span_ns_;
}

Result<bool> ScaledTrace::take(Arrival& arrival) {
  if (earliest_.empty()) {
    if (repetition_ + 1 == scaling_.repeat) {
      return false;
    }
    ++repetition_;
    begin_repetition();
  }
  std::pop_heap(earliest_.begin(), earliest_.end(), std::greater<>());
  Cursor& cursor = earliest_.back();
  Turn& turn = turns_[cursor.copy];
  arrival = arrivals_[(turn.begin + turn.read) % arrivals_.size()];
  __extension__ using Wide = __int128;
  const Wide time =
      static_cast<Wide>(span_ns_) * static_cast<Wide>(repetition_) + start_ns_ + cursor.time_ns;
  if (time > kMaxTimeNs) {
    return bad_input(
        "an arrival lies beyond 36 years of virtual time: expected a smaller --repeat");
  }
  arrival.time = at_ns(static_cast<std::int64_t>(time));
  arrival.queue = renumbered(arrival.queue);
  ++turn.read;
  if (turn.read == arrivals_.size()) {
    earliest_.pop_back();
  } else {
    cursor.time_ns = time_of(turn);
    std::push_heap(earliest_.begin(), earliest_.end(), std::greater<>());
  }
  return true;
}

QueueId ScaledTrace::renumbered(QueueId queue) {
  std::optional<QueueId>& known = queue_ids_[raw(queue)];
  if (!known) {
    known = QueueId{static_cast<std::uint32_t>(names_.size())};
    names_.push_back(source_.queue_names()[raw(queue)]);
  }
  return *known;
}

Result<std::size_t> ShortenedArrivals::read(std::span<Arrival> out) {
  while (true) {
    const Result<std::size_t> count = source_.read(out);
    if (!count || *count == 0) {
      return count;
    }
    const auto end =
        std::find_if(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(*count),
                     [&](const Arrival& arrival) { return ns_of(arrival.time) >= length_ns_; });
    if (end != out.begin()) {
      return static_cast<std::size_t>(end - out.begin());
    }
  }
}

}  // namespace lockstep
