// Whether this program was built with the address sanitizer (the asan preset), or the thread
// sanitizer (tsan), as a macro: it decides which tests there are.
#pragma once

namespace lockstep::support {

#if defined(__SANITIZE_ADDRESS__)  // g++
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)  // clang
inline constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace lockstep::support

#define LOCKSTEP_THREAD_SANITIZED 0
#if defined(__SANITIZE_THREAD__)
#undef LOCKSTEP_THREAD_SANITIZED
#define LOCKSTEP_THREAD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#undef LOCKSTEP_THREAD_SANITIZED
#define LOCKSTEP_THREAD_SANITIZED 1
#endif
#endif
