// Journals of schedulers that draw, sleep, or are told more than the usual: a fresh one decides the
// same from the recorded inputs alone.
#include <functional>
#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/schedulers/tf_adaptive.h"
#include "core/schedulers/tf_serial_device.h"
#include "properties/reexecution.h"
#include "sim/simulation.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::Each;
using Make = std::function<std::unique_ptr<Scheduler>()>;

const ServerOptions kServer{.lane_count = 6, .settings_digest = 42};

struct Journal final : EventSink {
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override { lines.push_back(line); }
  std::vector<JournalLine> lines;
};

struct Recorded {
  std::vector<JournalLine> lines;
  std::string limit;
  std::uint64_t refused = 0;
  std::uint64_t unanswered = 0;
};

// One GPU for all lanes.
Recorded record(const Make& make, std::vector<Arrival> arrivals) {
  VectorArrivals source(std::move(arrivals));
  Journal journal;
  Server server(make(), kServer, &journal);
  const auto result =
      simulate({.device = {.compute = *parse_service_curve("9us+500ns/row")}}, source, server);
  EXPECT_TRUE(result);
  return {journal.lines, server.scheduler().in_flight_limit(), server.totals().refused,
          result->unanswered};
}

// 600 requests of up to five rows, some of none, into two queues.
Recorded record(const Make& make) {
  std::vector<Arrival> arrivals;
  Prng prng(11, "reexecution");
  std::int64_t now = 0;
  for (int i = 0; i < 600; ++i) {
    now += static_cast<std::int64_t>(prng.below(30'000));
    arrivals.push_back(Arrival{.time = at_ns(now),
                               .queue = QueueId{static_cast<std::uint32_t>(prng.below(2))},
                               .size = static_cast<std::uint32_t>(prng.below(6))});
  }
  return record(make, std::move(arrivals));
}

ReexecutionReport rerun(const std::vector<JournalLine>& lines, const Make& make) {
  std::size_t next = 0;
  const JournalLines source = [&]() -> Result<std::optional<JournalLine>> {
    return next < lines.size() ? std::optional<JournalLine>(lines[next++]) : std::nullopt;
  };
  const Result<ReexecutionReport> report = reexecute(make(), {.server = kServer}, source);
  EXPECT_TRUE(report) << (report ? "" : report.error().message);
  return report ? *report : ReexecutionReport{};
}

Make adaptive(std::uint64_t seed) {
  return [seed] {
    return std::move(*make_tf_adaptive({.num_batch_threads = 6,
                                        .initial_in_flight_batches_limit = *TfReal::parse("2.5"),
                                        .batches_to_average_over = 10,
                                        .queue = {.max_batch_size = 8}},
                                       seed));
  };
}

Make serial(std::int64_t target) {
  return [target] {
    return std::move(
        *make_tf_serial_device({.num_batch_threads = 6,
                                .initial_in_flight_batches_limit = 2,
                                .batches_to_average_over = 5,
                                .target_pending = TfReal{target},
                                .queue = {.max_batch_size = 2, .max_enqueued_batches = 1000}}));
  };
}

TEST(ReexecutionOfAdaptive, WithItsSeedIsIdentical) {
  const Recorded run = record(adaptive(5));
  EXPECT_EQ(run.refused, 0u);  // requests of no rows included
  EXPECT_EQ(run.unanswered, 0u);
  EXPECT_NE(run.limit, "2.5");
  EXPECT_TRUE(rerun(run.lines, adaptive(5)).identical());
}

TEST(ReexecutionOfAdaptive, WithAnotherSeedDiverges) {
  const ReexecutionReport report = rerun(record(adaptive(5)).lines, adaptive(6));
  ASSERT_TRUE(report.first_divergence);
  EXPECT_FALSE(report.first_altered_line);
}

TEST(ReexecutionOfSerialDevice, IsIdenticalBecauseTheJournalHoldsWhatWasPending) {
  const Recorded run = record(serial(3));
  EXPECT_GT(run.refused, 50u);  // requests of no rows, and of more than two
  EXPECT_EQ(run.unanswered, 0u);
  EXPECT_NE(run.limit, "2");
  EXPECT_TRUE(rerun(run.lines, serial(3)).identical());
}

TEST(ReexecutionOfSerialDevice, FindsAnEditedCountOfWhatWasPending) {
  Recorded run = record(serial(3));
  ChainDigest chain(kServer.settings_digest);
  for (JournalLine& line : run.lines) {
    if (line.is_input && line.input.kind == InputKind::kBatchDone) {
      line.input.device_pending = 0;  // every digest repaired
    }
    chain.fold(digest_line(line));
    line.digest = chain.value();
  }
  const ReexecutionReport report = rerun(run.lines, serial(3));
  EXPECT_FALSE(report.first_altered_line);
  EXPECT_TRUE(report.first_divergence);
}

// Full batches without end: after some adjustments as many others are on the GPU as the target
// says.
TEST(SerialDeviceInSimulation, KeepsItsTargetPending) {
  for (const std::int64_t target : {1, 2, 4}) {
    const Recorded run = record(serial(target), std::vector<Arrival>(500, Arrival{.size = 2}));
    EXPECT_EQ(run.limit, std::to_string(target + 1));
    std::vector<std::int64_t> pending;
    for (const JournalLine& line : run.lines) {
      if (line.is_input && line.input.kind == InputKind::kBatchDone) {
        pending.push_back(line.input.device_pending);
      }
    }
    ASSERT_EQ(pending.size(), 500u);
    const std::vector<std::int64_t> middle(pending.begin() + 100, pending.begin() + 400);
    EXPECT_THAT(middle, Each(target));
  }
}

}  // namespace
}  // namespace lockstep
