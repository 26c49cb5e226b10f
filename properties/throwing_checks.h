// A failed check throws CheckFailed while this lives; afterwards it does what it did before.
#pragma once

#include "core/check.h"

namespace lockstep {

class ThrowingChecks {
 public:
  ThrowingChecks() : previous_(set_check_handler(throwing_check_handler)) {}
  ThrowingChecks(const ThrowingChecks&) = delete;
  ThrowingChecks& operator=(const ThrowingChecks&) = delete;
  ~ThrowingChecks() { set_check_handler(previous_); }

 private:
  CheckHandler previous_;
};

}  // namespace lockstep
