// Prints the digests of the pinned scenarios: `lockstep dev digests` as a small program.
#include <cstdio>
#include <string>

#include "cli/pinned_scenarios.h"

int main() {
  const lockstep::Result<std::string> digests = lockstep::pinned_digests();
  if (!digests) {
    std::fprintf(stderr, "error: %s\n", digests.error().message.c_str());
    return 2;
  }
  std::fputs(digests->c_str(), stdout);
  return 0;
}
