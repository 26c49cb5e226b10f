#include "sim/client_tools.h"

#include <algorithm>

#include "core/check.h"

namespace lockstep {

RetriedAnswer call_with_retries(Client& client, const Call& call, const RetryOptions& options) {
  LOCKSTEP_CHECK(options.delay >= SimDuration{0} && options.multiplier >= 1 &&
                 options.attempts_max >= 1);
  const SimTime begin = client.now();
  SimDuration delay = std::min(options.delay, options.delay_max);
  for (std::uint32_t attempt = 1;; ++attempt) {
    Answer answer = client.call(call);
    answer.latency = client.now() - begin;
    if (answer.status != Status::kUnavailable || attempt == options.attempts_max ||
        client.now() + delay - begin >= options.retry_for) {
      return RetriedAnswer{.answer = answer, .attempts = attempt};
    }
    const SimDuration wait =
        options.jitter ? SimDuration{static_cast<std::int64_t>(
                             client.random().below(static_cast<std::uint64_t>(delay.count()) + 1))}
                       : delay;
    client.think(wait);
    delay = delay > options.delay_max / options.multiplier ? options.delay_max
                                                           : delay * options.multiplier;
  }
}

void Slots::acquire(Client& client) {
  if (free_ > 0) {
    --free_;
    return;
  }
  waiting_.push_back(client.id());
  client.clients_.park(client.id());
}

void Slots::release(Client& client) {
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  const ClientId next = waiting_.front();
  waiting_.pop_front();
  client.clients_.wake_at(client.now(), Clients::WakeKind::kClient, raw(next));
}

}  // namespace lockstep
