// tf_full_campaign SEED FIRST COUNT: more scenarios than the test run has time for.
//
// Prints the histogram, and the shortest differing scenario cut down. Exit code 1 when one differs
// or the histogram has holes; 2 on bad usage. COUNT 1 repeats a single scenario.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include "tests/reference/tf_full_campaign.h"

namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  const auto seed = argc == 4 ? number_of(argv[1]) : std::nullopt;
  const auto first = argc == 4 ? number_of(argv[2]) : std::nullopt;
  const auto count = argc == 4 ? number_of(argv[3]) : std::nullopt;
  if (!seed || !first || !count) {
    std::fputs("usage: tf_full_campaign SEED FIRST COUNT\n", stderr);
    return 2;
  }
  lockstep::full_reference::Campaign campaign(*seed);
  campaign.run(*first, *count);
  // A handful of scenarios proves agreement, but cannot cover anything.
  const std::string holes = *count < 1000 ? "" : campaign.coverage().shortfalls();
  const std::string report = campaign.report();
  std::printf("%s%s%s\n", campaign.coverage().histogram().c_str(), holes.c_str(), report.c_str());
  return holes.empty() && report.empty() ? 0 : 1;
}
