// Verdicts as JUnit XML, which CI systems show as tests.
//
// One suite of test cases; a case fails with one message, or passes. No times and no host: the same
// verdicts give the same bytes. Texts are escaped; what XML 1.0 cannot hold is shown as '?'.
#pragma once

#include <span>
#include <string>

namespace lockstep {

struct JunitCase {
  std::string name;
  std::string failure;  // "": it holds
};

[[nodiscard]] std::string junit_xml(const std::string& suite, std::span<const JunitCase> cases);

}  // namespace lockstep
