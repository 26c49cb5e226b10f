#include "gpu_backend/batch_runner.h"

#include <algorithm>
#include <span>
#include <string>
#include <thread>

#include "core/check.h"

namespace lockstep {

BatchRunner::BatchRunner(Device& device, const ModelSpec& model, const Clock& clock,
                         SimDuration patience)
    : device_(device), model_(model), clock_(clock), patience_(patience) {}

tl::unexpected<Error> BatchRunner::failed(std::uint32_t rows, const std::string& how) const {
  return tl::unexpected(Error{Errc::kNoVerdict, device_.name() + ": a batch of " +
                                                    std::to_string(rows) + " rows of " +
                                                    model_text(model_) + " " + how});
}

Result<LaneBuffers> BatchRunner::launch(LaneId lane, std::uint32_t rows, Gather gather) {
  const std::size_t bytes = rows * model_.row_bytes();
  for (std::size_t row = input_.size() / model_.row_bytes(); row < rows; ++row) {
    input_.resize((row + 1) * model_.row_bytes());
    write_input_row(model_, 0, static_cast<std::uint32_t>(row),
                    std::span(input_).last(model_.row_bytes()));
  }
  const Device::Taken taken = device_.take(lane, rows);
  Status status = taken.status;
  if (status == Status::kOk) {
    if (gather == Gather::kYes) {
      std::copy_n(input_.begin(), bytes, taken.buffers.input.begin());
    }
    status = device_.launch(lane, clock_.now());
    if (status == Status::kOk) {
      return taken.buffers;
    }
    device_.release(lane);
  }
  const std::string reason = device_.lost_reason(lane);
  return failed(rows, "was refused: " + std::string(status_name(status)) +
                          (reason.empty() ? "" : " (" + reason + ")"));
}

Result<LaunchDone> BatchRunner::wait(std::uint32_t rows) {
  const SimTime end = after(clock_.now(), patience_);
  while (true) {
    if (std::optional<LaunchDone> done = device_.poll(); done) {
      const std::string reason = device_.lost_reason(done->lane);
      if (done->status == Status::kOk) {
        return *done;
      }
      device_.release(done->lane);
      return failed(rows, "failed: " + std::string(status_name(done->status)) +
                              (reason.empty() ? "" : " (" + reason + ")"));
    }
    if (clock_.now() >= end) {
      return failed(rows, "was not done after " + to_text(patience_));
    }
    // The device's threads may need this CPU.
    std::this_thread::yield();
  }
}

Result<AloneTimes> BatchRunner::run_alone(std::uint32_t rows) {
  constexpr LaneId kLane{0};
  const SimTime from = clock_.now();
  if (const Result<LaneBuffers> launched = launch(kLane, rows); !launched) {
    return tl::unexpected(launched.error());
  }
  const Result<LaunchDone> done = wait(rows);
  if (!done) {
    return tl::unexpected(done.error());
  }
  device_.release(kLane);
  return AloneTimes{.stages = done->times, .lane = clock_.now() - from};
}

Result<AloneTimes> BatchRunner::run_and_compare(std::uint32_t rows, const Reference& reference) {
  constexpr LaneId kLane{0};
  const SimTime from = clock_.now();
  const Result<LaneBuffers> launched = launch(kLane, rows);
  if (!launched) {
    return tl::unexpected(launched.error());
  }
  const Result<LaunchDone> done = wait(rows);
  if (!done) {
    return tl::unexpected(done.error());
  }
  const SimDuration lane = clock_.now() - from;
  const std::size_t bytes = model_.row_bytes();
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (!reference.matches(0, row, launched->output.subspan(row * bytes, bytes))) {
      device_.release(kLane);
      return failed(rows, "gave another result than its reference in row " + std::to_string(row));
    }
  }
  device_.release(kLane);
  return AloneTimes{.stages = done->times, .lane = lane};
}

Result<std::vector<StageTimes>> BatchRunner::run_together(std::uint32_t lanes,
                                                          std::uint32_t per_lane,
                                                          std::uint32_t rows) {
  LOCKSTEP_CHECK(lanes <= device_.lane_count());
  LOCKSTEP_CHECK_EQ(device_.in_flight(), 0u);
  std::vector<std::uint32_t> left(lanes, per_lane);
  std::vector<StageTimes> all;
  const auto next = [&](std::uint32_t lane) -> Result<void> {
    if (left[lane] == 0) {
      return {};
    }
    // A lane's buffers hold its rows after a batch, too, or poison, which nobody compares.
    const Gather gather = left[lane]-- == per_lane ? Gather::kYes : Gather::kNo;
    const Result<LaneBuffers> launched = launch(LaneId{lane}, rows, gather);
    return launched ? Result<void>{} : tl::unexpected(launched.error());
  };
  for (std::uint32_t lane = 0; lane < lanes; ++lane) {
    if (Result<void> launched = next(lane); !launched) {
      return tl::unexpected(launched.error());
    }
  }
  while (device_.in_flight() > 0) {
    const Result<LaunchDone> done = wait(rows);
    if (!done) {
      return tl::unexpected(done.error());
    }
    all.push_back(done->times);
    device_.release(done->lane);
    if (Result<void> launched = next(raw(done->lane)); !launched) {
      return tl::unexpected(launched.error());
    }
  }
  return all;
}

}  // namespace lockstep
