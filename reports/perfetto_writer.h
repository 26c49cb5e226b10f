// Writes TrackEvents as Perfetto's native protobuf: tracks, slices, instants, counters, flows.
//
// One packet sequence. Times are nanoseconds of virtual time on the clock BOOTTIME, which is the
// trace's own, so that the viewer shows them as they are. Names are interned: each is written once.
// Tracks get their uuid in the order in which they are made. Events may be added in any order of
// time, but those of one track in theirs; finish() puts them in the order of time, events of one
// instant as they were added. The same calls give the same bytes. Texts are made fit to be shown
// (displayable). Owner: one exporter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/time.h"

namespace lockstep {

// What the viewer shows beside an event.
using Annotation = std::pair<std::string_view, std::variant<std::uint64_t, std::string>>;

struct TrackEventDetails {
  std::vector<Annotation> annotations{};
  std::vector<std::uint64_t> flows{};              // that leave here; not 0
  std::vector<std::uint64_t> terminating_flows{};  // that end here
};

class PerfettoWriter {
 public:
  using Track = std::uint64_t;  // uuid

  PerfettoWriter();
  PerfettoWriter(const PerfettoWriter&) = delete;
  PerfettoWriter& operator=(const PerfettoWriter&) = delete;
  ~PerfettoWriter();

  // Process numbers (pid) are given from 1 on, thread numbers after kFirstThread.
  [[nodiscard]] Track add_process(std::string_view name);
  [[nodiscard]] Track add_thread(Track process, std::string_view name);
  [[nodiscard]] Track add_track(Track parent, std::string_view name);
  [[nodiscard]] Track add_counter(Track parent, std::string_view name);

  void begin(Track track, SimTime at, std::string_view category, std::string_view name,
             const TrackEventDetails& details = {});
  void end(Track track, SimTime at);
  void instant(Track track, SimTime at, std::string_view category, std::string_view name,
               const TrackEventDetails& details = {});
  void count(Track counter, SimTime at, std::int64_t value);

  // The whole trace. Once.
  [[nodiscard]] std::string finish();

 private:
  static constexpr std::int32_t kFirstThread = 1'000'000;  // apart from all processes
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lockstep
