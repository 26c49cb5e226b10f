// What programs of clients are written with besides Client: retries with back-off, bounded
// concurrency.
#pragma once

#include <cstdint>
#include <deque>

#include "core/ids.h"
#include "core/time.h"
#include "sim/clients.h"

namespace lockstep {

// How a client repeats what the server had no room for (UNAVAILABLE; no other status is repeated:
// the request was wrong, or it is too late). With multiplier 1 and without jitter this is
// TF-Serving's retrier (TF 2.15), on the client's side.
struct RetryOptions {
  SimDuration delay{1'000'000};  // after the first refusal
  std::int64_t multiplier = 2;   // of the delay, each time
  SimDuration delay_max{kForeverSpan};
  SimDuration retry_for{kForeverSpan};  // no retry would start at or after this since the first try
  std::uint32_t attempts_max = UINT32_MAX;
  bool jitter = false;  // waits uniformly 0 to the delay, from the client's own stream

  static constexpr SimDuration kForeverSpan{std::int64_t{1} << 60};
};

struct RetriedAnswer {
  Answer answer;  // the last one; its latency is from the first try
  std::uint32_t attempts = 1;
};

// Requires: delay >= 0, multiplier >= 1, attempts_max >= 1 (checked).
[[nodiscard]] RetriedAnswer call_with_retries(Client& client, const Call& call,
                                              const RetryOptions& options);

// At most `limit` at once: whoever comes later waits, in order of coming. Outlives the clients that
// use it.
class Slots {
 public:
  explicit Slots(std::uint64_t limit) : free_(limit) {}
  void acquire(Client& client);
  // Hands the slot to who waits longest, at this instant.
  void release(Client& client);
  [[nodiscard]] std::size_t waiting_count() const { return waiting_.size(); }

 private:
  std::uint64_t free_;
  std::deque<ClientId> waiting_;
};

// Holds a slot while it lives.
class SlotHolder {
 public:
  SlotHolder(Slots& slots, Client& client) : slots_(slots), client_(client) {
    slots_.acquire(client_);
  }
  SlotHolder(const SlotHolder&) = delete;
  SlotHolder& operator=(const SlotHolder&) = delete;
  ~SlotHolder() { slots_.release(client_); }

 private:
  Slots& slots_;
  Client& client_;
};

}  // namespace lockstep
