// The interface of a model of one's own: a shared library that enqueues work on a CUDA stream.
//
//     extern "C" lockstep::UserModel* lockstep_user_model(std::uint32_t interface_version,
//                                                         std::uint32_t width);
// makes one, with `new`, or gives nullptr when it knows another interface_version than
// kUserModelVersion or cannot work with rows of `width` values. It is called once for each lane,
// with that lane's device current, and its object is deleted before the program ends; the library
// stays loaded. docs/examples/user_model has one.
//
// This header has no CUDA in it: `stream` is a cudaStream_t.
#pragma once

#include <cstdint>

namespace lockstep {

inline constexpr std::uint32_t kUserModelVersion = 1;
inline constexpr const char* kUserModelFactory = "lockstep_user_model";

class UserModel {
 public:
  UserModel() = default;
  UserModel(const UserModel&) = delete;
  UserModel& operator=(const UserModel&) = delete;
  virtual ~UserModel() = default;

  // Enqueues the work for `rows` rows of `width` values each; `input` and `output` are the device's
  // memory, and do not overlap. Returns a cudaError_t as a number, 0 for success.
  //
  // Called with a stream in capture, after one call with the same `rows` outside of one: it may not
  // allocate, wait or choose another stream or device in the second. The captured work is
  // executed many times with the same pointers. One object is never called twice at the same time,
  // so that it can own a workspace (which the memory budget does not count).
  virtual int enqueue(void* stream, std::uint32_t rows, const float* input, float* output) = 0;
};

using UserModelFactory = UserModel* (*)(std::uint32_t interface_version, std::uint32_t width);

}  // namespace lockstep
