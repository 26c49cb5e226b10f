// The journal of a run with closed-loop clients holds all that they did: no client is needed to
// decide the same again.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "properties/reexecution.h"
#include "sim/client_tools.h"
#include "sim/clients.h"
#include "sim/simulation.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

// Cancelled requests leave the queue; two threads, so that batches overlap.
std::unique_ptr<Scheduler> filtering_scheduler() {
  TfSharedOptions options{.max_batch_size = 4,
                          .batch_timeout_micros = 100,
                          .max_enqueued_batches = 4,
                          .num_batch_threads = 2};
  options.extras.enable_priority_aware_batch_scheduler = true;
  options.extras.enable_lazy_cancellation_filtering = true;
  options.extras.max_queue_depth = 12;
  return std::move(*make_tf_shared(options));
}

const DeviceDescription kClientDevice{.compute = *parse_service_curve("300us+50us/row")};

struct ClientRun final : EventSink {
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override {
    lines.push_back(line);
    cancels += line.is_input && line.input.kind == InputKind::kCancel ? 1 : 0;
  }
  std::vector<JournalLine> lines;
  int cancels = 0;
  std::uint64_t refused = 0;
  std::uint64_t digest = 0;
};

// Twelve clients with time-outs that some requests miss, retries, and priorities.
std::unique_ptr<ClientRun> run_of_clients(std::uint64_t seed) {
  auto run = std::make_unique<ClientRun>();
  Clients clients(seed, run.get());
  Slots slots(9);
  for (int i = 0; i < 12; ++i) {
    clients.add([&](Client& client) {
      for (int round = 0; round < 20; ++round) {
        const SlotHolder holder(slots, client);
        const Call call{.size = static_cast<std::uint32_t>(1 + client.random().below(4)),
                        .priority = static_cast<std::uint8_t>(client.random().below(3)),
                        .timeout = 2ms};
        (void)call_with_retries(client, call, {.delay = 100us, .attempts_max = 3, .jitter = true});
        client.think(SimDuration{static_cast<std::int64_t>(client.random().below(400'000))});
      }
    });
  }
  Server server(filtering_scheduler(), {.lane_count = 2, .settings_digest = 7}, &clients);
  EXPECT_TRUE(simulate({.device = kClientDevice}, clients, server));
  EXPECT_EQ(clients.waiting_count(), 0u);
  run->refused = server.totals().refused;
  run->digest = server.digest();
  return run;
}

Result<ReexecutionReport> rerun_without_clients(const std::vector<JournalLine>& lines) {
  std::size_t next = 0;
  return reexecute(filtering_scheduler(),
                   {.server = {.lane_count = 2, .settings_digest = 7}, .device = &kClientDevice},
                   [&]() -> Result<std::optional<JournalLine>> {
                     return next < lines.size() ? std::optional<JournalLine>(lines[next++])
                                                : std::nullopt;
                   });
}

TEST(ReexecutionOfClients, IsIdenticalWithoutThem) {
  const auto run = run_of_clients(3);
  EXPECT_GT(run->cancels, 5);
  EXPECT_GT(run->refused, 5u);
  const Result<ReexecutionReport> report = rerun_without_clients(run->lines);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->identical());
  EXPECT_EQ(report->recomputed_digest, run->digest);
}

TEST(ReexecutionOfClients, SameSeedSameBytesAnotherSeedOthers) {
  EXPECT_EQ(run_of_clients(3)->digest, run_of_clients(3)->digest);
  EXPECT_NE(run_of_clients(3)->digest, run_of_clients(4)->digest);
}

// Pinned: the same on every compiler and level. A change is a commit of its own, with its reason.
TEST(ReexecutionOfClients, HaveADigestThatNothingMoves) {
  EXPECT_EQ(digest_text(run_of_clients(3)->digest), "356d4b0efd3bfd12");
}

TEST(ReexecutionOfClients, RefusesTheCancelOfARequestThatIsNotThere) {
  auto run = run_of_clients(3);
  for (JournalLine& line : run->lines) {
    if (line.is_input && line.input.kind == InputKind::kCancel) {
      line.request = RequestId{100'000};
      break;
    }
  }
  const Result<ReexecutionReport> report = rerun_without_clients(run->lines);
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_TRUE(report->first_divergence);
  EXPECT_THAT(report->first_divergence->recomputed, HasSubstr("no such request waits there"));
}

}  // namespace
}  // namespace lockstep
