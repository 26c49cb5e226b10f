// Which requests and which span of time a timing diagram shows.
//
// 1. `requests` are indices into RunLog::requests, ordered by (arrival, id): at most 200.
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
inline constexpr std::size_t kDiagramMostRequests = 200;

struct WindowChoice {
  enum class Kind : std::uint8_t { kWorst, kTypical, kBatch, kRequest, kTimes };
  Kind kind = Kind::kWorst;
  std::uint64_t id = 0;  // kBatch, kRequest
  SimTime from{};        // kTimes: [from, to)
  SimTime to{};
};

struct DiagramWindow {
  SimTime from{};
  SimTime to{};
  std::vector<std::size_t> requests;
  std::size_t earlier_not_drawn = 0;  // still waiting at `from`, too many to draw
};

// Errors: an empty run, an unknown id, an empty span, more than 200 requests (the message then
// proposes three windows with their commands).
[[nodiscard]] Result<DiagramWindow> choose_window(const RunLog& run, const WindowChoice& choice);

// The requests of `window`, which was chosen on `base`, as `other` answered them; its span is that
// of those requests in `other`, which has them all.
[[nodiscard]] DiagramWindow same_requests(const RunLog& base, const DiagramWindow& window,
                                          const RunLog& other);

}  // namespace lockstep
