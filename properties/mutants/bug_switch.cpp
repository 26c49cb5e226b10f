#include "properties/mutants/bug_switch.h"

namespace lockstep {
namespace {

// One for the process, like the bug itself would be.
int selected = 0;

}  // namespace

void select_seeded_bug(int number) {
  selected = number;
}

int seeded_bug() {
  return selected;
}

}  // namespace lockstep
