// Always-on checks for our own mistakes, never for input. On in every build type.
//
// A failed check prints the expression, both values where there are two, and the context that the
// event loop has set (virtual time, event number, seed), then calls the handler: abort by default.
// A property runner installs a handler that throws CheckFailed, so that shrinking can go on.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace lockstep {

// Our only exception: thrown by throwing_check_handler, never across a fiber's entry function.
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Receives the whole message. Must not return normally: if it does, the process aborts.
using CheckHandler = void (*)(const std::string& message);

// Installs `handler` (nullptr: the aborting default) for this process; returns the previous one.
// Call from one thread, before the work starts.
CheckHandler set_check_handler(CheckHandler handler);

[[noreturn]] void throwing_check_handler(const std::string& message);

// What a failed check reports beside the expression. Set by whoever feeds the server.
struct CheckContext {
  std::int64_t now_ns = 0;
  std::uint64_t event = 0;
  std::uint64_t seed = 0;
};
CheckContext& check_context();

[[noreturn, gnu::cold, gnu::noinline]] void check_failed(const char* file, int line,
                                                         const char* expression);
[[noreturn, gnu::cold, gnu::noinline]] void check_failed(const char* file, int line,
                                                         const char* expression, std::int64_t left,
                                                         std::int64_t right);

}  // namespace lockstep

#define LOCKSTEP_CHECK(condition)                               \
  do {                                                          \
    if (!(condition)) [[unlikely]] {                            \
      ::lockstep::check_failed(__FILE__, __LINE__, #condition); \
    }                                                           \
  } while (false)

#define LOCKSTEP_CHECK_EQ(left, right)                                     \
  do {                                                                     \
    const auto lockstep_left = (left);                                     \
    const auto lockstep_right = (right);                                   \
    if (!(lockstep_left == lockstep_right)) [[unlikely]] {                 \
      ::lockstep::check_failed(__FILE__, __LINE__, #left " == " #right,    \
                               static_cast<std::int64_t>(lockstep_left),   \
                               static_cast<std::int64_t>(lockstep_right)); \
    }                                                                      \
  } while (false)

// Whole-structure checks, O(n): on in the dev and asan presets.
#ifdef LOCKSTEP_DCHECKS
#define LOCKSTEP_DCHECK(condition) LOCKSTEP_CHECK(condition)
#else
#define LOCKSTEP_DCHECK(condition) \
  do {                             \
  } while (false)
#endif
