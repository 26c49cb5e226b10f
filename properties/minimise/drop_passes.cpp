// Passes that leave things out.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "properties/minimise/case_search.h"

namespace lockstep {
namespace {

// `value` without the events for which `dropped` is true. What comes after one keeps its time, or
// moves with it.
template <typename Dropped>
Case without(const Case& value, bool keep_times, Dropped&& dropped) {
  Case shorter = value;
  shorter.events.clear();
  SimDuration owed{0};
  for (std::size_t i = 0; i < value.events.size(); ++i) {
    CaseEvent event = value.events[i];
    if (dropped(i, event)) {
      owed += keep_times ? event.gap : SimDuration{0};
      continue;
    }
    event.gap += owed;
    owed = SimDuration{0};
    shorter.events.push_back(event);
  }
  return shorter;
}

template <typename Dropped>
bool attempt_without(CaseSearch& search, Dropped&& dropped) {
  return search.attempt(without(search.best(), true, dropped)) ||
         search.attempt(without(search.best(), false, dropped));
}

// The shortest beginning that still fails, as far as halving finds it.
bool cut_end(CaseSearch& search) {
  bool helped = false;
  std::size_t passes = 0;  // this many events are known not to be enough
  while (passes + 1 < search.best().events.size()) {
    const std::size_t middle = (passes + search.best().events.size()) / 2;
    Case shorter = search.best();
    shorter.events.resize(middle);
    if (search.attempt(std::move(shorter))) {
      helped = true;
    } else {
      passes = middle;
    }
    if (search.is_over()) {
      break;
    }
  }
  return helped;
}

bool drop_kinds(CaseSearch& search) {
  bool helped = false;
  for (std::uint8_t kind = 1; kind < kCaseEventKindCount; ++kind) {
    helped = attempt_without(search,
                             [&](std::size_t, const CaseEvent& event) {
                               return event.kind == static_cast<CaseEventKind>(kind);
                             }) ||
             helped;
  }
  return helped;
}

bool drop_queues(CaseSearch& search) {
  std::set<std::uint32_t> queues;
  for (const CaseEvent& event : search.best().events) {
    queues.insert(event.queue);
  }
  bool helped = false;
  for (const std::uint32_t queue : queues) {
    helped =
        attempt_without(search,
                        [&](std::size_t, const CaseEvent& event) {
                          return event.queue == queue && (event.kind == CaseEventKind::kArrive ||
                                                          event.kind == CaseEventKind::kCloseQueue);
                        }) ||
        helped;
  }
  return helped;
}

bool change(CaseSearch& search, void (*simplify)(Case&)) {
  Case simpler = search.best();
  simplify(simpler);
  return search.attempt(std::move(simpler));
}

}  // namespace

bool drop_parts(CaseSearch& search) {
  bool helped = cut_end(search);
  helped = change(search, [](Case& c) { c.ties.clear(); }) || helped;
  helped = change(search,
                  [](Case& c) {
                    c.device.clear();
                    c.faults.clear();
                    c.gpus = 1;
                  }) ||
           helped;
  helped = change(search, [](Case& c) { c.faults.clear(); }) || helped;
  helped = change(search, [](Case& c) { c.gpus = 1; }) || helped;
  helped = change(search, [](Case& c) { c.seed = 1; }) || helped;
  helped = drop_kinds(search) || helped;
  helped = drop_queues(search) || helped;
  while (!search.best().ties.empty() && change(search, [](Case& c) { c.ties.pop_back(); })) {
    helped = true;
  }
  for (std::size_t i = 0; i < search.best().ties.size(); ++i) {
    Case simpler = search.best();
    simpler.ties[i] = 0;
    helped = search.attempt(std::move(simpler)) || helped;
  }
  return helped;
}

bool drop_events(CaseSearch& search) {
  bool helped = false;
  for (std::size_t block = std::max<std::size_t>(search.best().events.size() / 2, 1);; block /= 2) {
    // From the end: what comes later depends on what comes before it.
    for (std::size_t end = search.best().events.size(); end > 0 && !search.is_over();) {
      const std::size_t begin = end > block ? end - block : 0;
      helped = attempt_without(search, [&](std::size_t i,
                                           const CaseEvent&) { return i >= begin && i < end; }) ||
               helped;
      end = std::min(begin, search.best().events.size());
    }
    if (block <= 1 || search.is_over()) {
      return helped;
    }
  }
}

bool drop_faults(CaseSearch& search) {
  std::vector<std::string> entries;
  for (std::size_t begin = 0; begin < search.best().faults.size();) {
    const std::size_t end =
        std::min(search.best().faults.find(';', begin), search.best().faults.size());
    entries.push_back(search.best().faults.substr(begin, end - begin));
    begin = end + 1;
  }
  bool helped = false;
  for (std::size_t i = entries.size(); i > 0; --i) {
    Case simpler = search.best();
    simpler.faults.clear();
    for (std::size_t j = 0; j < entries.size(); ++j) {
      if (j != i - 1) {
        simpler.faults += (simpler.faults.empty() ? "" : ";") + entries[j];
      }
    }
    if (search.attempt(std::move(simpler))) {
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i - 1));
      helped = true;
    }
  }
  return helped;
}

}  // namespace lockstep
