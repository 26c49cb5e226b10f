// A batching server to embed: one scheduler core on a thread of its own, on the steady clock.
//
//   SteadyClock clock;
//   auto device = make_host_device(...);                      // or a CUDA device
//   LiveServer server(clock, *device, std::move(*make_tf_shared({...})), options);
//   std::future<LiveAnswer> answer = server.submit({.size = 1}, input, output);
//   if (answer.get().status == Status::kOk) { use(output); }
//
// submit() and cancel() from any thread. The destructor drains.
#pragma once

#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <thread>

#include "gpu_backend/driver.h"
#include "gpu_backend/real_runtime.h"
#include "gpu_backend/steady_clock.h"

namespace lockstep {

struct LiveServerOptions {
  DriverOptions driver;
  RealRuntimeOptions runtime;
};

class LiveServer {
 public:
  // All but `scheduler` outlive this; sinks may be nullptr and are called on the server's thread.
  LiveServer(const SteadyClock& clock, Device& device, std::unique_ptr<Scheduler> scheduler,
             const LiveServerOptions& options, EventSink* sink = nullptr, LiveSink* live = nullptr);
  LiveServer(const LiveServer&) = delete;
  LiveServer& operator=(const LiveServer&) = delete;
  ~LiveServer();

  // As of Driver: the request is the server's until its done().
  [[nodiscard]] Driver::Submitted submit(LiveRequest& request) { return driver_->submit(request); }
  // Rows in, rows out; the spans stay valid until the future is ready. RESOURCE_EXHAUSTED: the
  // submission queue is full; UNAVAILABLE: the server is closing.
  [[nodiscard]] std::future<LiveAnswer> submit(const Arrival& arrival,
                                               std::span<const std::byte> input,
                                               std::span<std::byte> output);
  void cancel(std::uint64_t ticket) { driver_->cancel(ticket); }

  // No more requests: returns when all are answered, those that the scheduler forgot with
  // UNAVAILABLE. Any thread but the server's own, any number of times, also at once.
  void drain();
  // The same, without executing what is not on the device yet.
  void shutdown();

  // After drain() or shutdown(): what the core did.
  [[nodiscard]] const Server& core() const { return driver_->server(); }
  [[nodiscard]] const DriverTotals& totals() const { return driver_->totals(); }
  // Requests that the scheduler never answered.
  [[nodiscard]] std::size_t abandoned() const { return abandoned_; }

 private:
  void wait_for_end();

  std::unique_ptr<RealRuntime> runtime_;
  std::unique_ptr<Driver> driver_;
  std::size_t abandoned_ = 0;
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace lockstep
