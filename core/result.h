// Results of operations that can fail for reasons outside our control (bad input, full disk).
//
// A Result<T> holds a T or an Error. Our own mistakes are not Errors but failed checks
// (core/check.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace lockstep {

enum class Errc : std::uint8_t {
  kBadInput,     // a file or an argument is wrong: exit code 2
  kIo,           // the operating system refused: exit code 2
  kInternal,     // we broke a promise of ours: exit code 3
  kNoVerdict,    // the run cannot be judged: exit code 4
  kInterrupted,  // by the user: exit code 130
  kNoDevice,     // needs a device that is not here: exit code 77
};

// `message` is one line without "error: ", naming place, what was found and what was expected.
struct Error {
  Errc code = Errc::kBadInput;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> bad_input(std::string message) {
  return tl::unexpected<Error>(Error{Errc::kBadInput, std::move(message)});
}
[[nodiscard]] inline tl::unexpected<Error> io_error(std::string message) {
  return tl::unexpected<Error>(Error{Errc::kIo, std::move(message)});
}

}  // namespace lockstep
