// Passes that replace values by simpler ones.
#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "properties/minimise/case_search.h"

namespace lockstep {
namespace {

// `change` on the best case; kept or not.
template <typename Change>
bool change(CaseSearch& search, Change&& simplify) {
  Case simpler = search.best();
  simplify(simpler);
  return search.attempt(std::move(simpler));
}

bool parse_whole(const std::string& text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

// Simpler values of a number, the simplest first.
std::vector<std::int64_t> simpler_numbers(std::int64_t number) {
  std::vector<std::int64_t> simpler;
  for (const std::int64_t candidate :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, number / 10, number / 2, number - 1}) {
    if (candidate >= 0 && candidate < number &&
        std::find(simpler.begin(), simpler.end(), candidate) == simpler.end()) {
      simpler.push_back(candidate);
    }
  }
  return simpler;
}

// Each option of the set that `options_of` names: away, else smaller.
template <typename OptionsOf>
bool simplify_set(CaseSearch& search, OptionsOf&& options_of) {
  bool helped = false;
  for (std::size_t i = options_of(search.best()).size(); i > 0; --i) {
    const std::size_t index = i - 1;
    const auto away = [&](auto& c) {
      auto& options = options_of(c);
      options.erase(options.begin() + static_cast<std::ptrdiff_t>(index));
    };
    if (change(search, away)) {
      helped = true;
      continue;
    }
    std::int64_t number = 0;
    while (parse_whole(options_of(search.best())[index].second, number)) {
      const std::vector<std::int64_t> simpler = simpler_numbers(number);
      const bool smaller = std::any_of(simpler.begin(), simpler.end(), [&](std::int64_t value) {
        return change(search,
                      [&](auto& c) { options_of(c)[index].second = std::to_string(value); });
      });
      if (!smaller) {
        break;
      }
      helped = true;
    }
  }
  return helped;
}

// Simpler values of one time or count of one event: the smallest that still fails.
template <typename FieldOf>
bool simplify_field(CaseSearch& search, std::size_t event, FieldOf&& field_of) {
  bool helped = false;
  while (true) {
    const std::vector<std::int64_t> simpler =
        simpler_numbers(static_cast<std::int64_t>(field_of(search.best().events[event])));
    const bool smaller = std::any_of(simpler.begin(), simpler.end(), [&](std::int64_t value) {
      return change(search, [&](Case& c) {
        auto& field = field_of(c.events[event]);
        field = static_cast<std::remove_reference_t<decltype(field)>>(value);
      });
    });
    if (!smaller) {
      return helped;
    }
    helped = true;
  }
}

}  // namespace

bool simplify_options(CaseSearch& search) {
  bool helped = false;
  while (!search.best().queues.empty() && change(search, [](Case& c) { c.queues.pop_back(); })) {
    helped = true;
  }
  helped = simplify_set(
               search, [](auto& c) -> auto& { return c.options; }) ||
           helped;
  for (std::size_t queue = 0; queue < search.best().queues.size(); ++queue) {
    helped = simplify_set(
                 search, [queue](auto& c) -> auto& { return c.queues[queue]; }) ||
             helped;
  }
  return helped;
}

bool simplify_executions(CaseSearch& search) {
  bool helped = change(search, [](Case& c) { c.executions.clear(); });
  helped =
      change(search,
             [](Case& c) { c.executions.resize(std::min<std::size_t>(c.executions.size(), 1)); }) ||
      helped;
  while (search.best().executions.size() > 1 &&
         change(search, [](Case& c) { c.executions.pop_back(); })) {
    helped = true;
  }
  for (std::size_t i = 0; i < search.best().executions.size(); ++i) {
    helped = change(search, [i](Case& c) { c.executions[i].status = Status::kOk; }) || helped;
    helped = change(search, [i](Case& c) { c.executions[i].waits = SimDuration{0}; }) || helped;
    for (const std::int64_t ns : {std::int64_t{0}, std::int64_t{1'000'000}, std::int64_t{1'000}}) {
      if (search.best().executions[i].takes > SimDuration{ns} &&
          change(search, [&](Case& c) { c.executions[i].takes = SimDuration{ns}; })) {
        helped = true;
        break;
      }
    }
  }
  return helped;
}

bool simplify_events(CaseSearch& search) {
  bool helped = change(search, [](Case& c) {
    for (CaseEvent& event : c.events) {
      event.queue = event.kind == CaseEventKind::kArrive ? 0 : event.queue;
    }
  });
  helped = change(search,
                  [](Case& c) {
                    for (CaseEvent& event : c.events) {
                      event.rows = std::min(event.rows, 1u);
                    }
                  }) ||
           helped;
  helped = change(search,
                  [](Case& c) {
                    for (CaseEvent& event : c.events) {
                      event.priority = 0;
                      event.timeout = SimDuration{0};
                    }
                  }) ||
           helped;
  for (std::size_t i = 0; i < search.best().events.size() && !search.is_over(); ++i) {
    helped = change(search, [i](Case& c) { c.events[i].timeout = SimDuration{0}; }) || helped;
    helped = change(search, [i](Case& c) { c.events[i].priority = 0; }) || helped;
    helped = simplify_field(
                 search, i, [](auto& e) -> auto& { return e.queue; }) ||
             helped;
    if (search.best().events[i].rows > 1) {
      helped = change(search, [i](Case& c) { c.events[i].rows = 1; }) ||
               simplify_field(
                   search, i, [](auto& e) -> auto& { return e.rows; }) ||
               helped;
    }
    helped = change(search, [i](Case& c) { c.events[i].lost = false; }) || helped;
  }
  return helped;
}

bool shorten_times(CaseSearch& search) {
  bool helped = false;
  for (const std::int64_t grid : {std::int64_t{1'000'000}, std::int64_t{100'000},
                                  std::int64_t{10'000}, std::int64_t{1'000}}) {
    if (change(search, [grid](Case& c) {
          for (CaseEvent& event : c.events) {
            event.gap = SimDuration{event.gap.count() / grid * grid};
          }
        })) {
      helped = true;
      break;
    }
  }
  for (std::size_t i = 0; i < search.best().events.size() && !search.is_over(); ++i) {
    const std::int64_t gap = search.best().events[i].gap.count();
    for (const std::int64_t shorter :
         {std::int64_t{0}, gap / 1'000'000 * 1'000'000, gap / 100'000 * 100'000,
          gap / 10'000 * 10'000, gap / 1'000 * 1'000, gap / 2}) {
      if (shorter < gap &&
          change(search, [&](Case& c) { c.events[i].gap = SimDuration{shorter}; })) {
        helped = true;
        break;
      }
    }
  }
  return helped;
}

}  // namespace lockstep
