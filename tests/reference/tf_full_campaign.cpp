#include "tests/reference/tf_full_campaign.h"

#include <algorithm>
#include <cstddef>

#include "core/check.h"
#include "properties/reference/tf_full_reference.h"
#include "tests/reference/tf_full_run.h"
#include "tests/reference/tf_full_scenarios.h"

namespace lockstep::full_reference {
namespace {

std::string differing(const std::string& what, const std::string& found,
                      const std::string& expected) {
  return what + "\n  scheduler " + found + "\n  reference " + expected;
}

std::string numbers_text(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (const std::uint64_t number : numbers) {
    text += " r" + std::to_string(number);
  }
  return text.empty() ? " none" : text;
}

std::optional<std::string> first_difference(const Log& expected, const Log& found) {
  const bool refused = !expected.options_error.empty();
  if (refused != !found.options_error.empty() ||
      found.options_error.find(expected.options_error) == std::string::npos) {
    return differing("options", "says: " + found.options_error, "says: " + expected.options_error);
  }
  const std::size_t count = std::max(expected.lines.size(), found.lines.size());
  for (std::size_t i = 0; i < count; ++i) {
    if (i >= expected.lines.size() || i >= found.lines.size() ||
        !(expected.lines[i] == found.lines[i])) {
      const std::string nothing = "nothing more";
      const std::string stopped =
          found.failed_check.empty() ? nothing : "stopped: " + found.failed_check;
      return differing("line " + std::to_string(i),
                       i < found.lines.size() ? describe(found.lines[i]) : stopped,
                       i < expected.lines.size() ? describe(expected.lines[i]) : nothing);
    }
  }
  if (!found.failed_check.empty()) {
    return differing("the end", "stopped: " + found.failed_check, "nothing");
  }
  if (expected.unanswered != found.unanswered) {
    return differing("unanswered requests", numbers_text(found.unanswered),
                     numbers_text(expected.unanswered));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> difference(const Script& script, Marks& marks) {
  return first_difference(run_reference(script, marks), run_scheduler(script));
}

void Campaign::run(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t number = first; number < first + count; ++number) {
    const Script script = draw_script(seed_, number);
    check_context().seed = number;
    coverage_.add(script);
    if (difference(script, coverage_.marks())) {
      differing_.push_back(number);
      if (!shortest_ || script.events.size() < shortest_->events.size()) {
        shortest_ = script;
        shortest_number_ = number;
      }
    }
  }
  scenario_count_ += count;
}

std::string Campaign::report() const {
  if (!shortest_) {
    return "";
  }
  const auto still_differs = [](const Script& script) {
    Marks ignored;
    return difference(script, ignored).has_value();
  };
  const Script cut = cut_down(*shortest_, still_differs);
  Marks ignored;
  std::string numbers;
  for (std::size_t i = 0; i < std::min<std::size_t>(differing_.size(), 20); ++i) {
    numbers += " " + std::to_string(differing_[i]);
  }
  return std::to_string(differing_.size()) + " of " + std::to_string(scenario_count_) +
         " scenarios of seed " + std::to_string(seed_) + " differ:" + numbers +
         (differing_.size() > 20 ? " ..." : "") + "\nThe shortest is number " +
         std::to_string(shortest_number_) + "; cut down:\n  " + describe(cut) + "\n" +
         difference(cut, ignored).value();
}

}  // namespace lockstep::full_reference
