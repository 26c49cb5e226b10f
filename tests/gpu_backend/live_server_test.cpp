// The embeddable server on real threads. Nothing here depends on how long anything takes.
#include "gpu_backend/live_server.h"

#include <atomic>
#include <cstring>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/naive_full_batch.h"
#include "core/schedulers/tf_shared.h"
#include "gpu_backend/forwarding_device.h"
#include "gpu_backend/host_device.h"
#include "gpu_backend/live_replay.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::Each;

std::unique_ptr<Scheduler> shared_scheduler(std::int64_t batch, std::int64_t lanes,
                                            std::int64_t timeout_micros) {
  return std::move(*make_tf_shared({.max_batch_size = batch,
                                    .batch_timeout_micros = timeout_micros,
                                    .max_enqueued_batches = 1'000'000,
                                    .num_batch_threads = lanes}));
}

struct Rows {
  std::vector<float> in;
  std::vector<float> out;
  explicit Rows(std::vector<float> values) : in(std::move(values)), out(in.size(), -1.0F) {}
  [[nodiscard]] std::span<const std::byte> input() const { return std::as_bytes(std::span(in)); }
  [[nodiscard]] std::span<std::byte> output() { return std::as_writable_bytes(std::span(out)); }
};

struct Threads {
  IdleStrategy idle;
  std::uint32_t count;  // from 2 on, all rows are copied by the others
};

class LiveServers : public ::testing::TestWithParam<Threads> {
 protected:
  [[nodiscard]] LiveServerOptions options(std::uint32_t lanes, bool flushes = true) const {
    LiveServerOptions options;
    options.driver.server.lane_count = lanes;
    options.driver.flushes = flushes;
    options.driver.copies_from = 0;
    options.runtime.idle = GetParam().idle;
    options.runtime.threads = GetParam().count;
    return options;
  }
};

TEST_P(LiveServers, AnswersThroughAFutureWithTheRowsOfTheRequest) {
  SteadyClock clock;
  HostDevice device({.model = {}, .lanes = 2}, clock);
  LiveServer server(clock, device, shared_scheduler(4, 2, 100), options(2));
  Rows first({3.0F, 4.0F});
  Rows second({5.0F});
  std::future<LiveAnswer> one = server.submit({.size = 2}, first.input(), first.output());
  std::future<LiveAnswer> two = server.submit({.size = 1}, second.input(), second.output());
  const LiveAnswer answer = one.get();
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_GE(answer.answered, answer.arrived);
  EXPECT_EQ(two.get().status, Status::kOk);
  EXPECT_THAT(first.out, ::testing::ElementsAre(9.0F, 16.0F));
  EXPECT_THAT(second.out, ::testing::ElementsAre(25.0F));
}

TEST_P(LiveServers, AnswersWhateverThreadsSubmit) {
  SteadyClock clock;
  HostDevice device({.model = {}, .lanes = 3, .threads = 2}, clock);
  LiveServer server(clock, device, shared_scheduler(8, 3, 50), options(3));
  std::vector<std::thread> submitters;
  std::atomic<int> right{0};
  for (int submitter = 0; submitter < 4; ++submitter) {
    submitters.emplace_back([&, submitter] {
      for (int i = 0; i < 200; ++i) {
        Rows rows({static_cast<float>(1000 * submitter + i)});
        const LiveAnswer answer = server.submit({}, rows.input(), rows.output()).get();
        right += answer.status == Status::kOk && rows.out[0] == rows.in[0] * rows.in[0] ? 1 : 0;
      }
    });
  }
  for (std::thread& submitter : submitters) {
    submitter.join();
  }
  server.drain();
  const std::uint64_t copies = 2 * server.totals().launched;
  EXPECT_EQ(server.totals().copies, GetParam().count > 1 ? copies : 0u);
  EXPECT_EQ(right.load(), 800);
  EXPECT_EQ(server.core().totals().answered, 800u);
}

TEST_P(LiveServers, DrainsFromAnyThreadAnyNumberOfTimesAndThenRefuses) {
  SteadyClock clock;
  HostDevice device({.model = {}, .lanes = 1}, clock);
  // A time-out of an hour: only flushing sends the batch.
  LiveServer server(clock, device, shared_scheduler(8, 1, 3'600'000'000), options(1));
  Rows rows({2.0F});
  std::future<LiveAnswer> waiting = server.submit({}, rows.input(), rows.output());
  std::thread other([&] { server.drain(); });
  server.drain();
  other.join();
  server.shutdown();
  EXPECT_EQ(waiting.get().status, Status::kOk);
  EXPECT_EQ(rows.out[0], 4.0F);
  EXPECT_EQ(server.submit({}, rows.input(), rows.output()).get().status, Status::kUnavailable);
}

TEST_P(LiveServers, ShutsDownWithoutExecutingWhatIsNotOnTheDevice) {
  SteadyClock clock;
  HostDevice device({.model = {}, .lanes = 1}, clock);
  LiveServer server(clock, device, shared_scheduler(8, 1, 3'600'000'000), options(1));
  Rows rows({2.0F});
  std::future<LiveAnswer> waiting = server.submit({}, rows.input(), rows.output());
  server.shutdown();
  EXPECT_EQ(waiting.get().status, Status::kUnavailable);
  EXPECT_EQ(rows.out[0], -1.0F);
  EXPECT_EQ(server.totals().launched, 0u);
}

TEST_P(LiveServers, AnswersWhatItsSchedulerForgets) {
  SteadyClock clock;
  HostDevice device({.model = {}, .lanes = 1}, clock);
  LiveServer server(clock, device, std::move(*make_naive_full_batch({.batch_size = 2})),
                    options(1));
  Rows rows({2.0F});
  std::future<LiveAnswer> waiting = server.submit({}, rows.input(), rows.output());
  server.drain();
  EXPECT_EQ(waiting.get().status, Status::kUnavailable);
  EXPECT_EQ(server.abandoned(), 1u);
}

TEST_P(LiveServers, FailsABatchThatDoesNotFitTheMemoryAndLivesOn) {
  SteadyClock clock;
  // Of square: 8 bytes a row. Two rows fit, three do not.
  HostDevice device({.model = {}, .lanes = 1, .memory_budget = 16}, clock);
  LiveServer server(clock, device, shared_scheduler(3, 1, 0), options(1));
  Rows three({1.0F, 2.0F, 3.0F});
  Rows two({4.0F, 5.0F});
  EXPECT_EQ(server.submit({.size = 3}, three.input(), three.output()).get().status,
            Status::kResourceExhausted);
  EXPECT_EQ(server.submit({.size = 2}, two.input(), two.output()).get().status, Status::kOk);
  EXPECT_THAT(two.out, ::testing::ElementsAre(16.0F, 25.0F));
}

TEST_P(LiveServers, AnswersAtTheDeadlineWhereItsSchedulerForgets) {
  SteadyClock clock;
  HostDevice device({.model = {}, .lanes = 1}, clock);
  LiveServer server(clock, device, std::move(*make_naive_full_batch({.batch_size = 2})),
                    options(1));
  Rows rows({3.0F});
  const LiveAnswer answer =
      server.submit({.timeout = SimDuration{1'000'000}, .size = 1}, rows.input(), rows.output())
          .get();
  EXPECT_EQ(answer.status, Status::kDeadlineExceeded);
  EXPECT_GE(answer.answered - answer.arrived, SimDuration{1'000'000});
  server.drain();
  EXPECT_EQ(server.abandoned(), 0u);
}

TEST_P(LiveServers, EndsWithADeviceThatNeverDoes) {
  SteadyClock clock;
  HostDevice device({.model = *parse_model("spin:1h"), .lanes = 1}, clock);
  LiveServerOptions hasty = options(1);
  hasty.driver.watchdog = Watchdog{.after = SimDuration{1'000'000}, .reset = SimDuration{0}};
  hasty.driver.copies_from = SIZE_MAX;  // a copier that is slow would keep it from the device
  LiveServer server(clock, device, shared_scheduler(1, 1, 0), hasty);
  Rows first({3.0F});
  Rows second({4.0F});
  std::future<LiveAnswer> one = server.submit({.size = 1}, first.input(), first.output());
  std::future<LiveAnswer> two = server.submit({.size = 1}, second.input(), second.output());
  server.drain();
  EXPECT_EQ(one.get().reason, Reason::kWatchdog);
  EXPECT_EQ(two.get().reason, Reason::kNoLane);
  EXPECT_EQ(server.totals().given_up, 1u);
}

INSTANTIATE_TEST_SUITE_P(
    EachIdleStrategy, LiveServers,
    ::testing::Values(Threads{IdleStrategy::kSpin, 1}, Threads{IdleStrategy::kYield, 1},
                      Threads{IdleStrategy::kSleep, 1}, Threads{IdleStrategy::kYield, 2},
                      Threads{IdleStrategy::kSleep, 2}, Threads{IdleStrategy::kSleep, 4}),
    [](const auto& threads) {
      return std::string(idle_strategy_name(threads.param.idle)) + "_" +
             std::to_string(threads.param.count);
    });

// --- replay in real time ------------------------------------------------------------------------

std::unique_ptr<LiveReplayResult> replay_ten(HostDevice& device, SteadyClock& clock,
                                             std::vector<Arrival> arrivals,
                                             std::uint32_t threads = 1) {
  VectorArrivals source(std::move(arrivals));
  LiveReplayOptions options;
  options.server.driver.server = {.lane_count = 1, .settings_digest = 7};
  options.server.driver.copies_from = 0;
  options.server.runtime.threads = threads;
  options.server.driver.flushes = false;
  options.lead = SimDuration{3'000'000};  // the server waits at negative times first
  Result<std::unique_ptr<LiveReplayResult>> result =
      replay_live(clock, device, source, shared_scheduler(4, 1, 200), options);
  EXPECT_TRUE(result);
  return std::move(*result);
}

TEST(LiveReplay, ComparesEachRowAndItsInputsGiveItsDigestAgain) {
  for (const std::uint32_t threads : {1u, 3u}) {
    SteadyClock clock;
    HostDevice device({.model = {}, .lanes = 1}, clock);
    std::vector<Arrival> arrivals = VectorArrivals::at({0, 0, 1000, 2000, 2000, 5000, 9000});
    arrivals[3].size = 3;
    const auto result = replay_ten(device, clock, arrivals, threads);
    EXPECT_EQ(result->submitted, 7u);
    EXPECT_EQ(result->rows_checked, 9u);
    EXPECT_EQ(result->rows_wrong, 0u);
    EXPECT_EQ(result->lags.size(), 7u);
    EXPECT_EQ(result->latencies.size(), 7u);
    EXPECT_EQ(result->driver.copies, threads > 1 ? 2 * result->driver.launched : 0u);
    Server fresh(shared_scheduler(4, 1, 200), {.lane_count = 1, .settings_digest = 7}, nullptr);
    for (std::size_t i = 0; i < result->inputs.size(); ++i) {
      feed(fresh, result->inputs[i]);
    }
    EXPECT_EQ(fresh.digest(), result->digest);
  }
}

// A device that gives back what another request asked for.
class WrongDevice final : public ForwardingDevice {
 public:
  explicit WrongDevice(const Clock& clock) : device_({.model = {}, .lanes = 1}, clock) {
    forward_to(device_);
  }
  [[nodiscard]] Taken take(LaneId lane, std::uint32_t rows) override {
    Taken taken = device_.take(lane, rows);
    output_.assign(taken.buffers.output.size(), std::byte{0});
    output_from_ = taken.buffers.output;
    taken.buffers.output = output_;
    return taken;
  }
  [[nodiscard]] std::optional<LaunchDone> poll() override {
    const std::optional<LaunchDone> done = device_.poll();
    if (done) {  // one row further
      const std::size_t row = sizeof(float);
      for (std::size_t i = 0; i < output_.size(); ++i) {
        output_[i] = output_from_[(i + row) % output_.size()];
      }
    }
    return done;
  }

 private:
  HostDevice device_;
  std::vector<std::byte> output_;
  std::span<const std::byte> output_from_;
};

TEST(LiveReplay, FindsRowsThatWentToTheWrongRequest) {
  SteadyClock clock;
  WrongDevice device(clock);
  VectorArrivals source(VectorArrivals::at({0, 0, 0, 0}));
  LiveReplayOptions options;
  options.server.driver.server.lane_count = 1;
  const auto result =
      replay_live(clock, device, source, shared_scheduler(4, 1, 1'000'000), options);
  ASSERT_TRUE(result);
  EXPECT_EQ((*result)->rows_wrong, 4u);
  EXPECT_THAT((*result)->first_wrong, ::testing::StartsWith("request 0, row 0, value 0: found "));
}

TEST(LiveReplay, RanksItsValuesAsTheNearest) {
  std::vector<SimDuration> values;
  EXPECT_EQ(at_rank(values, 500), SimDuration{0});
  for (int i = 1; i <= 200; ++i) {
    values.emplace_back(i);
  }
  EXPECT_EQ(at_rank(values, 500), SimDuration{100});
  EXPECT_EQ(at_rank(values, 990), SimDuration{198});
  EXPECT_EQ(at_rank(values, 991), SimDuration{199});
  EXPECT_EQ(at_rank(values, 1000), SimDuration{200});
}

}  // namespace
}  // namespace lockstep
