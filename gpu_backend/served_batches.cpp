#include "gpu_backend/served_batches.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/check.h"
#include "core/schedulers/tf_shared.h"
#include "gpu_backend/driver.h"
#include "gpu_backend/model_data.h"

namespace lockstep {
namespace {

// What becomes of it nobody asks: the device's own measurement has compared outputs.
class ServedRequest final : public LiveRequest {
 public:
  void done(const LiveAnswer& /*answer*/) override {}
};

class ServedLog final : public EventSink, public LiveSink {
 public:
  explicit ServedLog(const ServedBatches& served) : served_(served) {}
  // Which is stopped when we are interrupted.
  void watch(Driver& driver) { driver_ = &driver; }

  void batch_ended(const BatchRecord& batch) override { batches_.push_back(batch); }
  void input(const LiveInput& input) override {
    last_arrival_ = input.kind == InputKind::kArrive ? input.now : last_arrival_;
  }
  void stages(BatchId batch, const StageTimes& times) override {
    stages_[batch] = times;
    if (served_.interrupted && served_.interrupted()) {
      interrupted_ = true;
      driver_->stop();
    }
  }
  [[nodiscard]] bool interrupted() const { return interrupted_; }

  [[nodiscard]] Status first_failure() const {
    const auto failed =
        std::find_if(batches_.begin(), batches_.end(),
                     [](const BatchRecord& batch) { return batch.status != Status::kOk; });
    return failed == batches_.end() ? Status::kOk : failed->status;
  }

  // Of the batches that were started by the end of the one before, and of those the ones after the
  // last arrival, when there are any: taking arrivals takes time, too.
  [[nodiscard]] std::vector<std::int64_t> around_stages() const {
    std::vector<std::int64_t> all;
    std::vector<std::int64_t> undisturbed;
    for (std::size_t i = 1; i < batches_.size(); ++i) {
      const BatchRecord& batch = batches_[i];
      const auto times = stages_.find(batch.id);
      if (batch.dispatched != batches_[i - 1].finished || times == stages_.end()) {
        continue;
      }
      const SimDuration stages = times->second.finished - times->second.occupied_from();
      // A device with a clock of its own may be off by its time_error().
      all.push_back(
          std::max<std::int64_t>((batch.finished - batch.dispatched - stages).count(), 0));
      if (batch.dispatched >= last_arrival_) {
        undisturbed.push_back(all.back());
      }
    }
    return undisturbed.empty() ? all : undisturbed;
  }

 private:
  const ServedBatches& served_;
  Driver* driver_ = nullptr;
  bool interrupted_ = false;
  std::vector<BatchRecord> batches_;
  std::map<BatchId, StageTimes> stages_;
  SimTime last_arrival_{};
};

}  // namespace

Result<std::vector<std::int64_t>> time_around_stages(Runtime& runtime,
                                                     const std::function<void()>& run,
                                                     Device& device, const ModelSpec& model,
                                                     const ServedBatches& served) {
  LOCKSTEP_CHECK(served.rows > 0 && served.batches > 0);
  LOCKSTEP_CHECK_EQ(device.in_flight(), 0u);
  constexpr std::uint32_t kNever = 3'600'000'000;  // us: all batches are full
  Result<std::unique_ptr<Scheduler>> scheduler =
      make_tf_shared({.max_batch_size = served.rows,
                      .batch_timeout_micros = kNever,
                      .max_enqueued_batches = std::int64_t{served.batches} + 1,
                      .num_batch_threads = 1});
  if (!scheduler) {
    return tl::unexpected(scheduler.error());
  }
  const std::uint32_t pieces = std::min(served.rows, kServedRequests);
  const std::size_t row_bytes = model.row_bytes();
  // Of one batch: all have the same rows, and their results go to the same place.
  std::vector<std::byte> in(served.rows * row_bytes);
  std::vector<std::byte> out(served.rows * row_bytes);
  for (std::uint32_t row = 0; row < served.rows; ++row) {
    write_input_row(model, 0, row, std::span(in).subspan(row * row_bytes, row_bytes));
  }
  std::vector<ServedRequest> requests(std::size_t{served.batches} * pieces);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::uint64_t piece = i % pieces;
    const auto from = static_cast<std::size_t>(piece * served.rows / pieces);
    const auto to = static_cast<std::size_t>((piece + 1) * served.rows / pieces);
    requests[i].arrival.size = static_cast<std::uint32_t>(to - from);
    requests[i].input = std::span(in).subspan(from * row_bytes, (to - from) * row_bytes);
    requests[i].output = std::span(out).subspan(from * row_bytes, (to - from) * row_bytes);
  }
  DriverOptions options;
  options.row_bytes = row_bytes;
  options.submission_capacity = requests.size();
  options.watchdog = Watchdog{.after = served.patience, .reset = std::nullopt};
  ServedLog log(served);
  Driver driver(runtime, device, std::move(*scheduler), options, &log, &log);
  log.watch(driver);
  for (ServedRequest& request : requests) {
    LOCKSTEP_CHECK(driver.submit(request).pushed == SubmissionQueue::Pushed::kYes);
  }
  driver.close();
  run();
  static_cast<void>(driver.abandon());
  if (log.interrupted()) {
    return tl::unexpected(Error{Errc::kInterrupted, "interrupted"});
  }
  if (const Status status = log.first_failure(); status != Status::kOk) {
    const std::string reason = device.lost_reason(LaneId{0});
    return tl::unexpected(
        Error{Errc::kNoVerdict, device.name() + ": a batch of " + std::to_string(served.rows) +
                                    " rows of " + model_text(model) +
                                    " failed in the server: " + std::string(status_name(status)) +
                                    (reason.empty() ? "" : " (" + reason + ")")});
  }
  return log.around_stages();
}

}  // namespace lockstep
