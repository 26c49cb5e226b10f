// Which requests and which span of time a timing diagram shows.
//
// 1. `requests` are indices into RunLog::requests, ordered by (arrival, id): at most 2,000, and at
//    most 200 where the choice does not ask for more (worst, typical, request, instant).
// 2. from < to. A request may reach beyond the window: whoever draws cuts it.
// Windows chosen by request (worst, typical, batch) show each chosen request whole, unless that
// would leave most of the picture without arrivals; the focus is always whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "traces/run_log.h"

namespace lockstep {

inline constexpr std::size_t kDiagramDefaultRequests = 40;
inline constexpr std::size_t kDiagramFullDetailRequests = 60;
inline constexpr std::size_t kDiagramBarRequests = 200;  // beyond, combs become outlines
inline constexpr std::size_t kDiagramMostRequests = 2'000;

struct WindowChoice {
  enum class Kind : std::uint8_t { kWorst, kTypical, kBatch, kRequest, kTimes, kInstant };
  Kind kind = Kind::kWorst;
  std::uint64_t id = 0;  // kBatch, kRequest
  SimTime from{};        // kTimes: [from, to); kInstant: the first arrival from here on is in it
  SimTime to{};
  std::size_t most_requests = kDiagramMostRequests;  // of kTimes and kBatch
};

struct DiagramWindow {
  SimTime from{};
  SimTime to{};
  std::vector<std::size_t> requests;
  std::size_t earlier_not_drawn = 0;  // still waiting at `from`, too many to draw
};

// Errors: an empty run, an unknown id, an empty span, more than most_requests (the message then
// proposes three windows in that span with their commands, above a strip of who waits when).
[[nodiscard]] Result<DiagramWindow> choose_window(const RunLog& run, const WindowChoice& choice);

// The requests of `window`, which was chosen on `base`, as `other` answered them; its span is that
// of those requests in `other`, which has them all.
[[nodiscard]] DiagramWindow same_requests(const RunLog& base, const DiagramWindow& window,
                                          const RunLog& other);

}  // namespace lockstep
