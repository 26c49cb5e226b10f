// Exceptions in flight belong to a thread; a fiber that parks in a handler, or in a destructor that
// an exception runs, must take its own along.
//
// The Itanium C++ ABI (2.2.2, g++ and clang) keeps them in these two words.
#pragma once

#include <cstring>

#include <cxxabi.h>

namespace lockstep {

struct ExceptionState {
  void* caught = nullptr;     // innermost handler first
  unsigned int uncaught = 0;  // std::uncaught_exceptions()

  [[nodiscard]] static ExceptionState of_this_thread() {
    ExceptionState state;
    const auto* globals = reinterpret_cast<const char*>(abi::__cxa_get_globals());
    std::memcpy(&state.caught, globals, sizeof(caught));
    std::memcpy(&state.uncaught, globals + sizeof(caught), sizeof(uncaught));
    return state;
  }
  void become_this_threads() const {
    auto* globals = reinterpret_cast<char*>(abi::__cxa_get_globals());
    std::memcpy(globals, &caught, sizeof(caught));
    std::memcpy(globals + sizeof(caught), &uncaught, sizeof(uncaught));
  }
};

}  // namespace lockstep
