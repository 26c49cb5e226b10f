// A program of threads, mutexes and condition variables as something that explore() can run:
// <lockstep/sync/explore.h>.
//
// The body is run once per schedule, as the program's main thread, on virtual time. It makes its
// objects, starts its threads, joins them and says with require() what must hold. It must be a
// function of its choices: no state from an earlier run, no real clock, no address, no hash.
//
// Failures, by their key: what require() was given; what() of an exception that leaves a thread;
// "deadlock: ..." with who waits where; "livelock: ..." when the step limit is passed; misuse of a
// mutex, condition variable or thread (their headers). The run ends at the first one. Threads that
// are left then are dropped where they stand: no destructor runs, and what they own is not freed.
//
// Not found: data races on plain variables, and orders of atomics that are too weak: for these run
// the same tests with real threads under ThreadSanitizer.
#pragma once

#include <functional>

#include "sim/minimising.h"
#include "sim/sync/controlled_world.h"

namespace lockstep::sync {

[[nodiscard]] ControlledProgram controlled(std::function<void()> body,
                                           const ProgramOptions& options = {});

// From a controlled program: fails with `message` as its key when the condition does not hold.
void require(bool condition, const char* message);

}  // namespace lockstep::sync
