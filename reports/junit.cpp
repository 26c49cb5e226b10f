#include "reports/junit.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "reports/xml_text.h"

namespace lockstep {
namespace {

constexpr std::size_t kLongestCaseText = 4096;

std::string attribute(std::string_view text) {
  return xml_text(text, kLongestCaseText);
}

}  // namespace

std::string junit_xml(const std::string& suite, std::span<const JunitCase> cases) {
  const auto failures = std::count_if(cases.begin(), cases.end(),
                                      [](const JunitCase& one) { return !one.failure.empty(); });
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites>\n"
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\">\n",
      attribute(suite), cases.size(), failures);
  for (const JunitCase& one : cases) {
    xml += fmt::format("    <testcase classname=\"{}\" name=\"{}\"", attribute(suite),
                       attribute(one.name));
    xml += one.failure.empty()
               ? std::string("/>\n")
               : fmt::format(">\n      <failure message=\"{}\"/>\n    </testcase>\n",
                             attribute(one.failure));
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace lockstep
