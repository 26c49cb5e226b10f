// What the address sanitizer must be told about fibers; nothing without it.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)  // g++
#define LOCKSTEP_ADDRESS_SANITIZER
#elif defined(__has_feature)  // clang
#if __has_feature(address_sanitizer)
#define LOCKSTEP_ADDRESS_SANITIZER
#endif
#endif
#ifdef LOCKSTEP_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>
#endif

namespace lockstep {

#ifdef LOCKSTEP_ADDRESS_SANITIZER

// What is allocated on this thread while this lives may stay allocated.
class LeaksAreIntended {
 public:
  LeaksAreIntended() { __lsan_disable(); }
  LeaksAreIntended(const LeaksAreIntended&) = delete;
  LeaksAreIntended& operator=(const LeaksAreIntended&) = delete;
  ~LeaksAreIntended() { __lsan_enable(); }
};

// Memory in which frames were left, not returned from.
inline void forget_frames(void* begin, std::size_t size) {
  __asan_unpoison_memory_region(begin, size);
}

#else

struct LeaksAreIntended {
  LeaksAreIntended() {}
};
inline void forget_frames(void* /*begin*/, std::size_t /*size*/) {}

#endif

}  // namespace lockstep
