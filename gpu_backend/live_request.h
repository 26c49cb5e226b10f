// A request as a program embeds it, and the answer that it gets.
//
// Owner: the caller, until done() was called; then the driver never touches it again. Input and
// output hold arrival.size rows each, of the device's row_bytes.
#pragma once

#include <cstddef>
#include <span>

#include "core/request.h"
#include "core/status.h"
#include "core/time.h"

namespace lockstep {

struct LiveAnswer {
  Status status = Status::kOk;
  Reason reason = Reason::kNone;
  SimTime arrived{};   // latency counts from here: the intended arrival
  SimTime answered{};  // of the runtime's clock
};

// Arrival time "when it is submitted".
inline constexpr SimTime kOnSubmit = SimTime::min();

class LiveRequest {
 public:
  LiveRequest() = default;
  LiveRequest(const LiveRequest&) = delete;
  LiveRequest& operator=(const LiveRequest&) = delete;
  virtual ~LiveRequest() = default;

  // Once, on the driver's thread, in the middle of its work: must be short, must not wait, and may
  // submit. `output` holds the results when the status is kOk.
  virtual void done(const LiveAnswer& answer) = 0;

  Arrival arrival{.time = kOnSubmit};
  // Whether arrival.timeout, when there is one, is the client's: without an answer until then it is
  // answered DEADLINE_EXCEEDED (driver.h, Deadlines). Else it is the scheduler's to look at, alone.
  bool gives_up = true;
  std::span<const std::byte> input;
  std::span<std::byte> output;
};

}  // namespace lockstep
