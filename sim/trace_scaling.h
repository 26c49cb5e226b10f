// A trace made longer, wider or shorter, with its burstiness kept.
//
// Repeated (`--repeat K`): K times end to end, with the trace's mean gap between the end of one and
// the beginning of the next. Every gap within a copy is as measured.
// Replicated (`--replicate K`): K copies at once, each turned by a random part of the span and
// wrapped round, so that K clients live the same day at different hours. The rate is K times as
// high, bursts keep their size and come K times as often: unlike `--load Kx`, which makes the same
// bursts K times as steep. Copy 0 is not turned. Offsets: stream "replicas", one draw per copy.
// Shortened (`--length T`): the arrivals before T.
//
// Span: from the first arrival to the last, plus one mean gap; times begin at the first arrival.
// Both read the whole trace into memory (40 bytes a request, whatever K), as --sort does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "traces/arrival_source.h"

namespace lockstep {

inline constexpr std::uint64_t kMaxCopies = 1'000'000;

struct TraceScaling {
  std::uint64_t repeat = 1;  // of what is replicated
  std::uint64_t replicate = 1;
  std::uint64_t seed = 1;
  [[nodiscard]] bool is_none() const { return repeat == 1 && replicate == 1; }
};

class ScaledTrace final : public ArrivalSource {
 public:
  // `source` outlives this. It is read to its end by the first read().
  // Requires: 1 <= copies <= kMaxCopies.
  ScaledTrace(ArrivalSource& source, const TraceScaling& scaling)
      : source_(source), scaling_(scaling) {}

  // Errors: those of the source; a trace of one request or without any length, which has no mean
  // gap; a time beyond 36 years.
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }

 private:
  // One copy's place: copies are read round from where their turn begins.
  struct Cursor {
    std::int64_t time_ns = 0;  // of its next arrival, within the repetition
    std::uint64_t copy = 0;
    [[nodiscard]] bool operator>(const Cursor& other) const {
      return time_ns != other.time_ns ? time_ns > other.time_ns : copy > other.copy;
    }
  };
  struct Turn {
    std::int64_t offset_ns = 0;
    std::size_t begin = 0;  // the first arrival that the turn carries past the end
    std::size_t read = 0;
  };

  [[nodiscard]] Result<void> load();
  void begin_repetition();
  [[nodiscard]] std::int64_t time_of(const Turn& turn) const;
  [[nodiscard]] Result<bool> take(Arrival& arrival);
  [[nodiscard]] QueueId renumbered(QueueId queue);

  ArrivalSource& source_;
  TraceScaling scaling_;
  bool is_loaded_ = false;
  std::vector<Arrival> arrivals_;  // of the trace, times from its first arrival
  std::int64_t start_ns_ = 0;      // of the trace's first arrival
  std::int64_t span_ns_ = 0;
  std::vector<Turn> turns_;       // by copy
  std::vector<Cursor> earliest_;  // a heap
  std::uint64_t repetition_ = 0;
  std::vector<std::string> names_;  // in order of first use, which turning changes
  std::vector<std::optional<QueueId>> queue_ids_;
};

// The arrivals of `source` before `length_ns`. The source is read to its end all the same, so that
// the digest of a trace is that of the whole file.
class ShortenedArrivals final : public ArrivalSource {
 public:
  // `source` outlives this.
  ShortenedArrivals(ArrivalSource& source, std::int64_t length_ns)
      : source_(source), length_ns_(length_ns) {}
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return source_.queue_names();
  }

 private:
  ArrivalSource& source_;
  std::int64_t length_ns_;
};

}  // namespace lockstep
