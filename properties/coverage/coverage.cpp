#include "properties/coverage/coverage.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::uint64_t kPer = 10'000;
// Of fewer cases nothing can be asked.
constexpr std::uint64_t kFewestCases = 1'000;

}  // namespace

Coverage::Counts& Coverage::counts_of(const std::string& scheduler) {
  return counts_[scheduler];
}

void Coverage::observe(const Case& value, const RunRecord& run) {
  Counts& counts = counts_of(value.scheduler);
  ++counts.cases;
  const Marks marks = marks_of(value, run);
  for (std::size_t mark = 0; mark < kMarkCount; ++mark) {
    counts.marks[mark] += std::uint64_t{marks.test(mark)};
  }
}

void Coverage::observe_refused(const Case& value) {
  Counts& counts = counts_of(value.scheduler);
  ++counts.cases;
  ++counts.marks[mark_of(Sight::kSettingsRefused)];
}

void Coverage::merge(const Coverage& other) {
  for (const auto& [scheduler, from] : other.counts_) {
    Counts& into = counts_of(scheduler);
    into.cases += from.cases;
    for (std::size_t mark = 0; mark < kMarkCount; ++mark) {
      into.marks[mark] += from.marks[mark];
    }
  }
}

std::string Coverage::text() const {
  std::string text;
  for (const auto& [scheduler, counts] : counts_) {
    text += (text.empty() ? "" : " ") + scheduler + " " + std::to_string(counts.cases);
    for (const std::uint64_t count : counts.marks) {
      text += " " + std::to_string(count);
    }
  }
  return text;
}

Result<Coverage> Coverage::from_text(const std::string& text) {
  Coverage coverage;
  const char* next = text.data();
  const char* const end = next + text.size();
  while (next < end) {
    const char* const blank = std::find(next, end, ' ');
    Counts& counts = coverage.counts_of(std::string(next, blank));
    next = blank;
    for (std::size_t i = 0; i <= kMarkCount; ++i) {
      std::uint64_t& into = i == 0 ? counts.cases : counts.marks[i - 1];
      const auto [stop, error] = std::from_chars(next == end ? end : next + 1, end, into);
      if (error != std::errc{}) {
        return bad_input("found broken coverage, expected a number for each mark");
      }
      next = stop;
    }
    next = next == end ? end : next + 1;
  }
  return coverage;
}

std::uint64_t Coverage::case_count(std::string_view scheduler) const {
  const auto found = counts_.find(scheduler);
  return found == counts_.end() ? 0 : found->second.cases;
}

std::uint64_t Coverage::count(std::string_view scheduler, std::size_t mark) const {
  const auto found = counts_.find(scheduler);
  return found == counts_.end() || mark >= kMarkCount ? 0 : found->second.marks[mark];
}

std::vector<std::string> Coverage::missing() const {
  std::vector<std::string> lines;
  for (const RequiredMark& required : required_marks()) {
    const std::size_t mark = find_mark(required.mark);
    for (std::size_t column = 0; column < kRequiringSchedulers.size(); ++column) {
      const std::string_view scheduler = kRequiringSchedulers[column];
      const std::uint64_t cases = case_count(scheduler);
      const std::uint64_t least = required.least[column] * cases / kPer;
      const std::uint64_t seen = count(scheduler, mark);
      if (cases >= kFewestCases && seen < least) {
        lines.push_back(fmt::format("{}: {} in {} of {} cases, expected {} or more", scheduler,
                                    required.mark, seen, cases, least));
      }
    }
  }
  return lines;
}

std::string Coverage::table() const {
  std::string text = fmt::format("{:<32}", "cases in which there was");
  for (const auto& [scheduler, counts] : counts_) {
    text += fmt::format(" {:>16}", scheduler);
  }
  text += fmt::format("\n{:<32}", "(any)");
  for (const auto& [scheduler, counts] : counts_) {
    text += fmt::format(" {:>16}", counts.cases);
  }
  for (std::size_t mark = 0; mark < kMarkCount; ++mark) {
    const bool seen = std::any_of(counts_.begin(), counts_.end(),
                                  [&](const auto& entry) { return entry.second.marks[mark] > 0; });
    if (!seen) {
      continue;
    }
    text += fmt::format("\n{:<32}", mark_name(mark));
    for (const auto& [scheduler, counts] : counts_) {
      text += fmt::format(" {:>16}", counts.marks[mark]);
    }
  }
  return text + "\n";
}

}  // namespace lockstep
