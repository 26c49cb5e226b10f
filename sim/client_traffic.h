// Closed-loop clients by a text: so many, each sends, waits for its answer, thinks, sends again.
//
//   clients:10                                    ten threads that never think
//   clients:10,think=2ms                          the same pause after each answer
//   clients:10,think=exp:2ms                      exponential pauses of that mean
//   clients:10,size=4,queue=bert,priority=1       what they send
//   clients:10,timeout=50ms                       they give up, and cancel, after it
//   clients:10,retry=1ms,retries=5                refused (UNAVAILABLE): again after 1, 2, 4 ... ms
// All begin at time 0, in the order of their numbers. They share one number of requests: a client
// that is done takes the next one. Retries are not counted among them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "sim/clients.h"

namespace lockstep {

struct ClientTraffic {
  std::uint32_t count = 1;  // of clients
  SimDuration think{0};
  bool think_is_mean = false;  // of exponential pauses
  std::uint32_t size = 1;
  std::string queue;  // "": the only one
  std::uint8_t priority = 0;
  SimDuration timeout{0};
  SimDuration retry{0};  // before the first repetition; doubles; 0: no retries
  std::uint32_t retries = 0;
};

[[nodiscard]] bool is_client_traffic(std::string_view spec);

// Errors name the text, what was found and what was expected. Requires: is_client_traffic(spec).
[[nodiscard]] Result<ClientTraffic> parse_client_traffic(std::string_view spec);

// What clients saw, beside what the server's log says.
struct ClientCounts {
  std::uint64_t begun = 0;    // requests, retries not counted
  std::uint64_t gave_up = 0;  // of those: their client's time-out passed first
  std::uint64_t retries = 0;
};

// Adds the clients of `traffic`, who send `request_count` requests together to `queue`. `counts`
// outlives `clients`.
void add_client_traffic(Clients& clients, const ClientTraffic& traffic, QueueId queue,
                        std::uint64_t request_count, ClientCounts& counts);

}  // namespace lockstep
