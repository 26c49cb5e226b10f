// The verdict of a campaign for other programs: JUnit XML, GitHub annotations, its job summary.
//
// One test case per property and scheduler: failed, passed, or skipped with the reason why it is
// not checked. Text from outside is escaped; the bytes depend on the result alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

struct PropertyVerdict {
  std::string subject;   // scheduler
  std::string property;  // sentence name
  std::string id;
  std::string failure{};  // FAIL line; "" when it holds
  std::string skipped{};  // why it is not checked; "" when it is
  std::string known{};    // ticket of a known failure; "" when it is none
  std::string story{};    // more lines: the diagram as text
};

struct CampaignVerdict {
  std::string suite;  // "pr"
  std::uint64_t seed = 1;
  std::uint64_t cases = 0;
  std::vector<PropertyVerdict> properties;
};

[[nodiscard]] std::string junit_xml(const CampaignVerdict& verdict);
// "::error title=...::..." lines, one per failure.
[[nodiscard]] std::string github_annotations(const CampaignVerdict& verdict);
// Markdown.
[[nodiscard]] std::string job_summary(const CampaignVerdict& verdict);

}  // namespace lockstep
