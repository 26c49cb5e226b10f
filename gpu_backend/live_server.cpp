#include "gpu_backend/live_server.h"

#include <utility>

#include <sys/prctl.h>

#include "core/check.h"

namespace lockstep {
namespace {

// Deletes itself when it is done.
class FutureRequest final : public LiveRequest {
 public:
  FutureRequest(const Arrival& wanted, std::span<const std::byte> in, std::span<std::byte> out) {
    arrival = wanted;
    arrival.time = kOnSubmit;
    input = in;
    output = out;
  }
  void done(const LiveAnswer& answer) override {
    promise.set_value(answer);
    delete this;
  }
  std::promise<LiveAnswer> promise;
};

}  // namespace

LiveServer::LiveServer(const SteadyClock& clock, Device& device,
                       std::unique_ptr<Scheduler> scheduler, const LiveServerOptions& options,
                       EventSink* sink, LiveSink* live) {
  // Fibers belong to the thread that made them, so everything is made there.
  std::promise<void> made;
  thread_ = std::thread([&, this, scheduler = std::move(scheduler)]() mutable {
    ::prctl(PR_SET_NAME, "lockstep 0", 0UL, 0UL, 0UL);  // what tools call it
    runtime_ = std::make_unique<RealRuntime>(clock, options.runtime);
    driver_ = std::make_unique<Driver>(*runtime_, device, std::move(scheduler), options.driver,
                                       sink, live);
    RealRuntime* const runtime = runtime_.get();
    Driver* const driver = driver_.get();
    made.set_value();  // from here on the constructor's references are gone
    runtime->run();
    abandoned_ = driver->abandon();
  });
  made.get_future().wait();
}

LiveServer::~LiveServer() {
  drain();
}

std::future<LiveAnswer> LiveServer::submit(const Arrival& arrival, std::span<const std::byte> input,
                                           std::span<std::byte> output) {
  auto request = std::make_unique<FutureRequest>(arrival, input, output);
  std::future<LiveAnswer> answer = request->promise.get_future();
  const Driver::Submitted submitted = driver_->submit(*request);
  if (submitted.pushed == SubmissionQueue::Pushed::kYes) {
    static_cast<void>(request.release());  // its own until done()
  } else {
    const bool full = submitted.pushed == SubmissionQueue::Pushed::kFull;
    request->promise.set_value({.status = full ? Status::kResourceExhausted : Status::kUnavailable,
                                .reason = full ? Reason::kQueueFull : Reason::kNone,
                                .arrived = request->arrival.time,
                                .answered = request->arrival.time});
  }
  return answer;
}

void LiveServer::wait_for_end() {
  std::call_once(joined_, [this] { thread_.join(); });
}

void LiveServer::drain() {
  driver_->close();
  wait_for_end();
}

void LiveServer::shutdown() {
  driver_->stop();
  wait_for_end();
}

}  // namespace lockstep
