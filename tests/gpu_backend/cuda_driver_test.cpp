// The live driver over the CUDA device over the fake CUDA, on virtual time under any schedule: with
// calls that fail, devices that are lost, batches that hang. Every rule of the driver's campaign
// holds (live_world.h), nothing leaks, and CUDA is never misused.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/check.h"
#include "core/prng.h"
#include "core/schedulers/registry.h"
#include "gpu_backend/cuda/cuda_device.h"
#include "gpu_backend/forwarding_device.h"
#include "properties/live_scenarios.h"
#include "properties/live_world.h"
#include "tests/support/fake_cuda.h"

namespace lockstep {
namespace {

using testing::FakeCuda;
using testing::FakeCudaOptions;
using ::testing::IsEmpty;

// What goes wrong, and what was seen of it.
struct CudaTrial {
  CompletionWay completion = CompletionWay::kEventPolling;
  bool allow_growth = false;
  std::uint32_t gpus = 1;
  std::uint64_t failing_call = 0;  // from the first batch on; 0: none
  CudaOutcome outcome = CudaOutcome::kRefused;
  std::vector<SimDuration> model_times{};  // of the first models

  std::vector<std::string> misuse{};
  std::uint64_t left = 0;
};

// A CUDA device whose time is the runtime's. As nobody knows when a stream is done, it is looked
// at each microsecond.
class FakeCudaDevice final : public ForwardingDevice {
 public:
  FakeCudaDevice(const Clock& clock, std::uint32_t lanes, CudaTrial& trial)
      : clock_(clock), trial_(trial) {
    FakeCudaOptions options{.device_count = trial.gpus,
                            .copy = SimDuration{500},
                            .model = SimDuration{3000},
                            .follows = &clock};
    cuda_ = std::make_unique<FakeCuda>(options);
    CudaDeviceOptions wanted{.lane_count = lanes,
                             .model = {.kind = ModelKind::kSquare, .width = 1},
                             .weights = {},
                             .sizes = {1, 2, 4, 8},
                             .max_rows = 64,
                             .allow_growth = trial.allow_growth,
                             .completion = trial.completion,
                             .poison = true};
    for (std::uint32_t gpu = 1; gpu < trial.gpus; ++gpu) {
      wanted.device_ids.push_back(gpu);
    }
    auto made = make_cuda_device(*cuda_, clock, std::move(wanted));
    LOCKSTEP_CHECK(made.has_value());
    device_ = *std::move(made);
    forward_to(*device_);
    if (trial.failing_call > 0) {
      cuda_->fail_any(trial.failing_call, trial.outcome);
    }
    cuda_->next_models_take(trial.model_times);
  }
  ~FakeCudaDevice() override {
    device_.reset();
    trial_.misuse = cuda_->misuse();
    trial_.left = cuda_->live_objects();
  }
  FakeCudaDevice(const FakeCudaDevice&) = delete;
  FakeCudaDevice& operator=(const FakeCudaDevice&) = delete;

  [[nodiscard]] std::optional<LaunchDone> poll() override {
    looked_ = clock_.now();
    return device_->poll();
  }
  [[nodiscard]] SimTime poll_at() const override { return looked_ + SimDuration{1000}; }

 private:
  const Clock& clock_;
  CudaTrial& trial_;
  std::unique_ptr<FakeCuda> cuda_;
  std::unique_ptr<CudaDevice> device_;
  SimTime looked_{};
};

CudaTrial drawn_trial(std::uint64_t seed, const LiveScenario& scenario) {
  Prng prng(seed, "cuda_trial");
  CudaTrial trial;
  trial.completion =
      prng.below(2) == 0 ? CompletionWay::kEventPolling : CompletionWay::kHostFunction;
  trial.allow_growth = prng.below(2) == 0;
  trial.gpus = scenario.gpus;
  if (prng.below(4) > 0) {
    trial.failing_call = prng.below(120) + 1;
    constexpr std::array kOutcomes = {CudaOutcome::kRefused, CudaOutcome::kNoMemory,
                                      CudaOutcome::kSticky};
    trial.outcome = kOutcomes.at(prng.below(kOutcomes.size()));
  }
  if (scenario.watchdog && prng.below(2) == 0) {
    trial.model_times = std::vector<SimDuration>(prng.below(4), SimDuration{3000});
    trial.model_times.push_back(SimDuration{1'000'000'000});  // hangs
  }
  return trial;
}

// Times of the device are mapped to the host's with an error, and are not the simulated ones; all
// else of the scenarios is as it was drawn.
TEST(CudaDriverUnderAnySchedule, AnswersEachRequestOnceWithItsOwnRowsAndLeavesNothing) {
  std::uint64_t failed_batches = 0;
  std::uint64_t given_up = 0;
  std::uint64_t answered_well = 0;
  std::uint64_t copies = 0;
  std::set<std::uint64_t> digests;
  std::uint64_t runs = 0;
  for (const SchedulerInfo& info : all_schedulers()) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      LiveScenario scenario = drawn_live_scenario(info, seed, LiveDraw::kHostile);
      CudaTrial trial = drawn_trial(seed, scenario);
      scenario.device = [&trial, lanes = scenario.lanes](const Clock& clock) {
        return std::make_unique<FakeCudaDevice>(clock, lanes, trial);
      };
      RandomWalk walk(seed);
      PriorityWalk priorities(seed, 3, 200);
      Choices& strategy = seed % 2 == 0 ? static_cast<Choices&>(walk) : priorities;
      const auto run = run_live(scenario, strategy, {.wakes_without_reason = true});
      const std::string where = std::string(info.name) + " seed " + std::to_string(seed);
      ASSERT_EQ(live_failure(scenario, *run), "") << where;
      ASSERT_THAT(trial.misuse, IsEmpty()) << where;
      ASSERT_EQ(trial.left, 0u) << where << ": not given back";
      failed_batches += run->driver.batches_failed;
      given_up += run->driver.given_up;
      copies += run->driver.copies;
      answered_well += static_cast<std::uint64_t>(
          std::count(run->statuses.begin(), run->statuses.end(), Status::kOk));
      digests.insert(run->digest);
      ++runs;
    }
  }
  std::printf(
      "%llu runs, %zu different: %llu requests answered with their rows, %llu batches "
      "failed, %llu given up, %llu copies by other threads\n",
      static_cast<unsigned long long>(runs), digests.size(),
      static_cast<unsigned long long>(answered_well),
      static_cast<unsigned long long>(failed_batches), static_cast<unsigned long long>(given_up),
      static_cast<unsigned long long>(copies));
  EXPECT_GT(failed_batches, runs / 4);
  EXPECT_GT(given_up, 100u);
  EXPECT_GT(copies, runs);
  EXPECT_GT(answered_well, 5 * runs);
  EXPECT_GT(digests.size(), runs * 9 / 10);
}

}  // namespace
}  // namespace lockstep
