// What a parent and its forked children have in common: words in shared memory, bytes through a
// pipe, and how the operating system's refusal is said.
#pragma once

#include <cerrno>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/result.h"

namespace lockstep {

// "cannot make a child process: Resource temporarily unavailable", by errno.
[[nodiscard]] inline tl::unexpected<Error> cannot_do(const char* what) {
  return io_error("cannot " + std::string(what) + ": " +
                  std::error_code(errno, std::generic_category()).message());
}

// One T in memory that parent and children share. T holds lock-free words alone: they are readable
// whatever happened to a writer.
template <typename T>
class SharedMemory {
 public:
  SharedMemory()
      : memory_(
            ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ != MAP_FAILED) {
      value_ = new (memory_) T;
    }
  }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory() {
    if (value_ != nullptr) {
      ::munmap(memory_, sizeof(T));
    }
  }
  // nullptr: there is no memory (errno).
  [[nodiscard]] T* get() const { return value_; }

 private:
  void* memory_;
  T* value_ = nullptr;
};

// `put` takes the beginning of what it is given, and says how much. False: the reader is gone, and
// nobody wants the rest.
template <typename Put>
bool put_all(const Put& put, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = put(bytes);
    if (count < 0 && errno != EINTR) {
      return false;
    }
    bytes.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return true;
}
inline bool write_all(int fd, std::string_view bytes) {
  return put_all([fd](std::string_view rest) { return ::write(fd, rest.data(), rest.size()); },
                 bytes);
}
// To a socket: a reader that is gone is no signal.
inline bool send_all(int socket, std::string_view bytes) {
  return put_all(
      [socket](std::string_view rest) {
        return ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
      },
      bytes);
}

}  // namespace lockstep
