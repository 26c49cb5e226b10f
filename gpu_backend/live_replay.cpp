#include "gpu_backend/live_replay.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <thread>
#include <utility>

#include <boost/lockfree/spsc_queue.hpp>

#include "core/check.h"
#include "gpu_backend/model_data.h"

namespace lockstep {
namespace {

// Comparing may take about that long: it is not begun when the next request is due sooner.
constexpr SimDuration kQuiet{100'000};
// Sleeping threads wake up to that much late: the rest is spun.
constexpr SimDuration kSpin{200'000};

class ReplayedRequest;
using Finished = boost::lockfree::spsc_queue<ReplayedRequest*>;

class ReplayedRequest final : public LiveRequest {
 public:
  explicit ReplayedRequest(Finished& finished) : finished_(finished) {}

  void prepare(const ModelSpec& model, std::uint64_t number, const Arrival& wanted) {
    number_ = number;
    arrival = wanted;
    const std::size_t row_bytes = model.row_bytes();
    in_.resize(wanted.size * row_bytes);
    out_.assign(wanted.size * row_bytes, std::byte{0xff});
    for (std::uint32_t row = 0; row < wanted.size; ++row) {
      write_input_row(model, number, row, std::span(in_).subspan(row * row_bytes, row_bytes));
    }
    input = in_;
    output = out_;
    gives_up = false;  // a trace's time-outs are the scheduler's, as in a simulation
  }
  void done(const LiveAnswer& answer) override {
    status_ = answer.status;
    latency_ = answer.answered - answer.arrived;
    // The queue holds every request that exists, so that it is never full.
    LOCKSTEP_CHECK(finished_.push(this));
  }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] Status status() const { return status_; }
  [[nodiscard]] SimDuration latency() const { return latency_; }

 private:
  Finished& finished_;
  std::uint64_t number_ = 0;
  Status status_ = Status::kOk;
  SimDuration latency_{0};
  std::vector<std::byte> in_;
  std::vector<std::byte> out_;
};

class Recorder final : public LiveSink {
 public:
  explicit Recorder(LiveReplayResult& result) : result_(result) {}
  void input(const LiveInput& input) override { result_.inputs.add(input); }
  void stages(BatchId batch, const StageTimes& times) override {
    result_.stages.push_back({.batch = batch, .times = times});
  }

 private:
  LiveReplayResult& result_;
};

std::string values_text(const std::vector<float>& values) {
  return values.empty() ? "nothing" : std::to_string(values.front());
}

class Replay {
 public:
  Replay(SteadyClock& clock, Device& device, ArrivalSource& arrivals,
         std::unique_ptr<Scheduler> scheduler, const LiveReplayOptions& options)
      : clock_(clock),
        device_(device),
        arrivals_(arrivals),
        options_(options),
        reference_(options.model),
        result_(std::make_unique<LiveReplayResult>()),
        recorder_(*result_) {
    result_->stages.reserve(std::size_t{1} << 20);
    if (clock_.now() > SimTime{-options.lead}) {
      clock_.start_in(options.lead);
    }
    server_ = std::make_unique<LiveServer>(clock_, device_, std::move(scheduler), options.server,
                                           nullptr, &recorder_);
  }

  Result<std::unique_ptr<LiveReplayResult>> run() {
    std::array<Arrival, 256> block;
    Result<std::size_t> count = std::size_t{0};
    while (!result_->interrupted) {
      count = arrivals_.read(block);
      if (!count || *count == 0) {
        break;
      }
      for (std::size_t i = 0; i < *count && !result_->interrupted; ++i) {
        submit(block[i]);
      }
    }
    if (!count || result_->interrupted) {
      server_->shutdown();
    } else {
      server_->drain();
    }
    check_finished(kForever);
    if (!count) {
      return tl::unexpected(count.error());
    }
    finish();
    return std::move(result_);
  }

 private:
  void submit(const Arrival& arrival) {
    ReplayedRequest& request = free_request();
    request.prepare(options_.model, result_->submitted, arrival);
    wait_for(arrival.time);
    result_->lags.push_back(clock_.now() - arrival.time);
    while (server_->submit(request).pushed != SubmissionQueue::Pushed::kYes) {
      result_->lags.back() = clock_.now() - arrival.time;  // full: the time it waits counts as lag
    }
    ++result_->submitted;
  }

  void wait_for(SimTime time) {
    check_finished(time - kQuiet);
    while (true) {
      const SimDuration left = time - clock_.now();
      if (left <= SimDuration{0}) {
        return;
      }
      if (options_.interrupted != nullptr && options_.interrupted()) {
        result_->interrupted = true;
        return;
      }
      if (left > kSpin) {
        std::this_thread::sleep_for(
            std::chrono::nanoseconds(std::min<std::int64_t>((left - kSpin).count(), 100'000'000)));
      }
    }
  }

  ReplayedRequest& free_request() {
    if (free_.empty()) {
      collect();
    }
    if (free_.empty()) {
      requests_.push_back(std::make_unique<ReplayedRequest>(finished_));
      LOCKSTEP_CHECK(requests_.size() < kRequestsMax);
      return *requests_.back();
    }
    ReplayedRequest& request = *free_.back();
    free_.pop_back();
    return request;
  }

  void collect() {
    ReplayedRequest* request = nullptr;
    while (finished_.pop(request)) {
      to_check_.push_back(request);
    }
    // Without time to compare, memory goes on growing: a request that was not compared is not free.
  }

  // Compares answers until `time`.
  void check_finished(SimTime time) {
    collect();
    while (!to_check_.empty() && (time == kForever || clock_.now() < time)) {
      check(*to_check_.front());
      free_.push_back(to_check_.front());
      to_check_.pop_front();
    }
  }

  void check(const ReplayedRequest& request) {
    if (request.status() != Status::kOk) {
      return;
    }
    result_->latencies.push_back(request.latency());
    const std::size_t row_bytes = options_.model.row_bytes();
    for (std::uint32_t row = 0; row < request.arrival.size; ++row) {
      const std::span<const std::byte> output =
          std::span<const std::byte>(request.output).subspan(row * row_bytes, row_bytes);
      ++result_->rows_checked;
      if (!reference_.matches(request.number(), row, output)) {
        note_wrong(request, row, output);
      }
    }
  }

  void note_wrong(const ReplayedRequest& request, std::uint32_t row,
                  std::span<const std::byte> output) {
    if (++result_->rows_wrong > 1) {
      return;
    }
    std::vector<float> found(output.size() / sizeof(float));
    std::memcpy(found.data(), output.data(), output.size());
    const std::vector<float> expected = reference_.expected(request.number(), row);
    std::size_t at = 0;
    while (at + 1 < found.size() && found[at] == expected[at]) {
      ++at;
    }
    result_->first_wrong = "request " + std::to_string(request.number()) + ", row " +
                           std::to_string(row) + ", value " + std::to_string(at) + ": found " +
                           values_text({found[at]}) + ", expected " + values_text({expected[at]});
  }

  void finish() {
    result_->digest = server_->core().digest();
    result_->driver = server_->totals();
    result_->abandoned = server_->abandoned();
    for (std::uint32_t lane = 0; lane < device_.lane_count(); ++lane) {
      if (result_->lost_reason.empty()) {
        result_->lost_reason = device_.lost_reason(LaneId{lane});
      }
    }
    std::sort(result_->lags.begin(), result_->lags.end());
    std::sort(result_->latencies.begin(), result_->latencies.end());
  }

  static constexpr std::size_t kRequestsMax = std::size_t{1} << 22;

  SteadyClock& clock_;
  Device& device_;
  ArrivalSource& arrivals_;
  const LiveReplayOptions& options_;
  Reference reference_;
  std::unique_ptr<LiveReplayResult> result_;
  Recorder recorder_;
  Finished finished_{kRequestsMax};
  std::vector<std::unique_ptr<ReplayedRequest>> requests_;
  std::vector<ReplayedRequest*> free_;
  std::deque<ReplayedRequest*> to_check_;
  std::unique_ptr<LiveServer> server_;  // last: ends before what it uses
};

}  // namespace

SimDuration at_rank(const std::vector<SimDuration>& values, std::uint32_t per_mille) {
  if (values.empty()) {
    return SimDuration{0};
  }
  const std::size_t rank = (values.size() * per_mille + 999) / 1000;
  return values[std::max<std::size_t>(rank, 1) - 1];
}

Result<std::unique_ptr<LiveReplayResult>> replay_live(SteadyClock& clock, Device& device,
                                                      ArrivalSource& arrivals,
                                                      std::unique_ptr<Scheduler> scheduler,
                                                      const LiveReplayOptions& options) {
  return Replay(clock, device, arrivals, std::move(scheduler), options).run();
}

void warm_up(Device& device, const Clock& clock, std::uint32_t rows, std::uint32_t rounds) {
  for (std::uint32_t round = 0; round < rounds; ++round) {
    for (std::uint32_t lane = 0; lane < device.lane_count(); ++lane) {
      const Device::Taken taken = device.take(LaneId{lane}, rows);
      if (taken.status != Status::kOk) {
        return;
      }
      std::fill(taken.buffers.input.begin(), taken.buffers.input.end(), std::byte{0});
      if (device.launch(LaneId{lane}, clock.now()) == Status::kOk) {
        while (!device.poll()) {
        }
      }
      device.release(LaneId{lane});
    }
  }
}

}  // namespace lockstep
