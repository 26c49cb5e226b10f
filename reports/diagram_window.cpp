#include "reports/diagram_window.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

#include "reports/diagram_overview.h"
#include "reports/format.h"

namespace lockstep {
namespace {

using Indices = std::vector<std::size_t>;

Indices by_arrival(const RunLog& run) {
  Indices order(run.requests.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const RequestRow& first = run.requests[a];
    const RequestRow& second = run.requests[b];
    return first.arrival != second.arrival ? first.arrival < second.arrival
                                           : first.request < second.request;
  });
  return order;
}

SimDuration latency(const RequestRow& row) {
  return *row.finished - row.arrival;
}

// When the request stopped waiting, as far as the log knows.
SimTime waiting_until(const RequestRow& row) {
  return row.batch ? row.dispatched : row.finished.value_or(kForever);
}

// Positions in the order of arrival: [first, last).
struct Positions {
  std::size_t first = 0;
  std::size_t last = 0;
};

// Position of the slowest or the median answered request of some; their middle without answers.
std::size_t focus_by_latency(const RunLog& run, const Indices& order, const Positions& of,
                             bool worst) {
  Indices answered;
  for (std::size_t i = of.first; i < of.last; ++i) {
    const RequestRow& row = run.requests[order[i]];
    if (row.finished && row.batch) {
      answered.push_back(i);
    }
  }
  if (answered.empty()) {
    return (of.first + of.last) / 2;
  }
  std::stable_sort(answered.begin(), answered.end(), [&](std::size_t a, std::size_t b) {
    return latency(run.requests[order[a]]) < latency(run.requests[order[b]]);
  });
  const SimDuration wanted =
      latency(run.requests[order[worst ? answered.back() : answered[(answered.size() - 1) / 2]]]);
  // The first of equals, so that a tie does not move the window.
  return *std::find_if(answered.begin(), answered.end(),
                       [&](std::size_t i) { return latency(run.requests[order[i]]) == wanted; });
}

// `count` positions with `focus` near the middle, shifted to stay inside the run.
std::pair<std::size_t, std::size_t> around(std::size_t focus, std::size_t count,
                                           std::size_t total) {
  count = std::min(count, total);
  const std::size_t first = std::min(focus - std::min(focus, count / 2), total - count);
  return {first, first + count};
}

// Adds the other members of the chosen requests' batches, unless that makes too many.
Indices with_whole_batches(const RunLog& run, const Indices& order, const Indices& chosen,
                           std::size_t most) {
  std::set<std::uint64_t> batches;
  for (const std::size_t index : chosen) {
    if (run.requests[index].batch) {
      batches.insert(*run.requests[index].batch);
    }
  }
  const std::set<std::size_t> mine(chosen.begin(), chosen.end());
  Indices completed;
  for (const std::size_t index : order) {
    const auto& batch = run.requests[index].batch;
    if (mine.contains(index) || (batch && batches.contains(*batch))) {
      completed.push_back(index);
    }
  }
  return completed.size() <= most ? completed : chosen;
}

// The span that shows `chosen` whole where that is reasonable (header).
void set_span(const RunLog& run, const std::optional<std::size_t>& focus, DiagramWindow& window) {
  const auto row = [&](std::size_t index) -> const RequestRow& { return run.requests[index]; };
  const SimTime first = row(window.requests.front()).arrival;
  const SimTime last = row(window.requests.back()).arrival;
  SimTime whole = last;
  for (const std::size_t index : window.requests) {
    whole = std::max({whole, row(index).finished.value_or(last),
                      row(index).batch ? row(index).dispatched : last});
  }
  SimTime limit = last + (last - first);
  if (focus) {
    limit = std::max(limit, row(*focus).finished.value_or(limit));
  } else {
    limit = whole;
  }
  window.from = first;
  window.to = std::max(std::min(whole, limit), last + SimDuration{1});  // [from, to) has them all
}

// Later arrivals within the window are drawn too while that keeps full detail.
void fill_up(const RunLog& run, const Indices& order, DiagramWindow& window) {
  const std::set<std::size_t> mine(window.requests.begin(), window.requests.end());
  Indices filled;
  std::size_t room = kDiagramFullDetailRequests - std::min(kDiagramFullDetailRequests, mine.size());
  for (const std::size_t index : order) {
    const SimTime arrival = run.requests[index].arrival;
    const bool extra =
        !mine.contains(index) && room > 0 && arrival >= window.from && arrival < window.to;
    room -= extra ? 1 : 0;
    if (extra || mine.contains(index)) {
      filled.push_back(index);
    }
  }
  window.requests = std::move(filled);
}

// `count` requests around the one at `focus`; with the rest of their batches at most `most`.
DiagramWindow around_focus(const RunLog& run, const Indices& order, std::size_t focus,
                           std::size_t count, std::size_t most = kDiagramBarRequests) {
  const auto [first, last] = around(focus, count, order.size());
  DiagramWindow window;
  const auto position = [&](std::size_t i) {
    return order.begin() + static_cast<std::ptrdiff_t>(i);
  };
  window.requests = with_whole_batches(run, order, Indices(position(first), position(last)), most);
  set_span(run, order[focus], window);
  fill_up(run, order, window);
  return window;
}

// Position of the arrival, of some, at which the largest number of requests waits.
std::size_t longest_queue(const RunLog& run, const Indices& order, const Positions& of) {
  std::vector<SimTime> ends;
  ends.reserve(order.size());
  for (const std::size_t index : order) {
    ends.push_back(waiting_until(run.requests[index]));
  }
  std::sort(ends.begin(), ends.end());
  std::size_t ended = 0;
  std::size_t most = 0;
  std::size_t best = of.first;
  for (std::size_t i = 0; i < of.last; ++i) {
    while (ended < ends.size() && ends[ended] <= run.requests[order[i]].arrival) {
      ++ended;
    }
    const std::size_t waiting = i + 1 - std::min(ended, i + 1);
    if (i >= of.first && waiting > most) {
      most = waiting;
      best = i;
    }
  }
  return best;
}

Positions arrivals_within(const RunLog& run, const Indices& order, SimTime from, SimTime to) {
  const auto place = [&](SimTime time) {
    return static_cast<std::size_t>(std::lower_bound(order.begin(), order.end(), time,
                                                     [&](std::size_t index, SimTime at) {
                                                       return run.requests[index].arrival < at;
                                                     }) -
                                    order.begin());
  };
  return {place(from), place(to)};
}

std::string argument(SimTime time) {
  std::string text = exact_time(time.time_since_epoch());
  std::erase(text, ' ');
  return text;
}

// The run as an argument: its directory, unless it was made in memory.
std::string named(const RunLog& run) {
  return run.directory.empty() ? "" : " " + run.directory;
}

// "  lockstep diagram --from 1ms --to 2ms   (worst latency)", small enough to be drawn with bars.
std::string proposal(const RunLog& run, const Indices& order, std::size_t focus,
                     std::string_view name) {
  const auto drawn_with_bars = [&](SimTime from, SimTime to) {
    const Positions within = arrivals_within(run, order, from, to);
    return within.last - within.first <= kDiagramBarRequests;
  };
  for (std::size_t count = kDiagramDefaultRequests; count > 0; count /= 2) {
    const DiagramWindow window = around_focus(run, order, focus, count);
    const SimTime last = run.requests[window.requests.back()].arrival + SimDuration{1};
    for (const SimTime to : {window.to, last}) {
      if (drawn_with_bars(window.from, to)) {
        return fmt::format("\n  lockstep diagram{} --from {} --to {}   ({})", named(run),
                           argument(window.from), argument(to), name);
      }
    }
  }
  return fmt::format("\n  lockstep diagram{} --request {}   ({})", named(run),
                     run.requests[order[focus]].request, name);
}

// Why a span is not drawn, three parts of it that are, and where in it they lie.
tl::unexpected<Error> too_many(const RunLog& run, const Indices& order, const Positions& within,
                               const WindowChoice& choice, SimTime to) {
  const std::size_t worst = focus_by_latency(run, order, within, true);
  const std::size_t queue = longest_queue(run, order, within);
  const std::size_t typical = focus_by_latency(run, order, within, false);
  const auto arrival = [&](std::size_t position) { return run.requests[order[position]].arrival; };
  const std::array<OverviewMark, 3> marks = {
      {{'w', arrival(worst)}, {'q', arrival(queue)}, {'t', arrival(typical)}}};
  std::size_t most = 0;
  const std::string strip = waiting_overview(run, choice.from, to, marks, "  ", most);
  return bad_input(fmt::format(
      "the window has {} requests, expected at most {}; try one of:{}{}{}\n"
      "  waiting from {} to {}, at most {} at once; w worst latency, q longest queue, t "
      "typical:\n{}",
      within.last - within.first, choice.most_requests,
      proposal(run, order, worst, "worst latency"), proposal(run, order, queue, "longest queue"),
      proposal(run, order, typical, "typical"), argument(choice.from), argument(to), most, strip));
}

Result<DiagramWindow> between(const RunLog& run, const Indices& order, const WindowChoice& choice) {
  if (choice.to <= choice.from) {
    return bad_input("the diagram's window is empty: found --to not after --from");
  }
  // Nothing happens after the run: an open end would squeeze the picture.
  SimTime end = choice.from + SimDuration{1};
  for (const RequestRow& row : run.requests) {
    end = std::max({end, row.arrival + SimDuration{1}, row.finished.value_or(row.arrival)});
  }
  const Positions within = arrivals_within(run, order, choice.from, choice.to);
  if (within.last - within.first > choice.most_requests) {
    return too_many(run, order, within, choice, std::min(choice.to, end));
  }
  DiagramWindow window{.from = choice.from, .to = std::min(choice.to, end), .requests = {}};
  Indices earlier;
  Indices inside;
  for (const std::size_t index : order) {
    const RequestRow& row = run.requests[index];
    if (row.arrival >= choice.from && row.arrival < choice.to) {
      inside.push_back(index);
    } else if (row.arrival < choice.from && waiting_until(row) >= choice.from) {
      earlier.push_back(index);
    }
  }
  if (earlier.size() + inside.size() > choice.most_requests) {
    window.earlier_not_drawn = earlier.size();
    earlier.clear();
  }
  window.requests = std::move(earlier);
  window.requests.insert(window.requests.end(), inside.begin(), inside.end());
  if (window.requests.empty()) {
    return bad_input(fmt::format("no request arrives or waits between {} and {}",
                                 argument(choice.from), argument(choice.to)));
  }
  return window;
}

}  // namespace

Result<DiagramWindow> choose_window(const RunLog& run, const WindowChoice& choice) {
  if (run.requests.empty()) {
    return bad_input("the run has no requests: nothing to draw");
  }
  const Indices order = by_arrival(run);
  using Kind = WindowChoice::Kind;
  if (choice.kind == Kind::kTimes) {
    return between(run, order, choice);
  }
  if (choice.kind == Kind::kWorst || choice.kind == Kind::kTypical) {
    const std::size_t focus =
        focus_by_latency(run, order, {0, order.size()}, choice.kind == Kind::kWorst);
    return around_focus(run, order, focus, kDiagramDefaultRequests);
  }
  if (choice.kind == Kind::kInstant) {
    const std::size_t next = arrivals_within(run, order, choice.from, kForever).first;
    return around_focus(run, order, std::min(next, order.size() - 1), kDiagramDefaultRequests);
  }
  Indices found;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const RequestRow& row = run.requests[order[i]];
    const bool match =
        choice.kind == Kind::kBatch ? row.batch == choice.id : row.request == choice.id;
    if (match) {
      found.push_back(i);
    }
  }
  if (found.empty()) {
    return bad_input(fmt::format("{} {} is not in this run",
                                 choice.kind == Kind::kBatch ? "batch" : "request", choice.id));
  }
  // A batch is shown whole, with whatever arrived between its first and its last request.
  const std::size_t most = choice.kind == Kind::kBatch ? choice.most_requests : kDiagramBarRequests;
  const std::size_t count = std::max(kDiagramDefaultRequests, found.back() - found.front() + 1);
  return around_focus(run, order, found[found.size() / 2], std::min(count, most), most);
}

DiagramWindow same_requests(const RunLog& base, const DiagramWindow& window, const RunLog& other) {
  std::set<std::uint64_t> ids;
  for (const std::size_t index : window.requests) {
    ids.insert(base.requests[index].request);
  }
  DiagramWindow same{.from = window.from, .to = window.to, .requests = {}};
  for (const std::size_t index : by_arrival(other)) {
    if (ids.contains(other.requests[index].request)) {
      same.requests.push_back(index);
    }
  }
  if (!same.requests.empty()) {
    set_span(other, std::nullopt, same);
  }
  return same;
}

}  // namespace lockstep
