// Every registered scheduler under hundreds of drawn fault plans, in both regimes.
//
// Inside the promise: safety (the server checks each decision) and liveness, for those who promise
// it: nobody who was accepted stays without an answer. Beyond: safety. Both: every run is repeated
// and re-executed with the same digest.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/schedulers/registry.h"
#include "properties/reexecution.h"
#include "sim/device_text.h"
#include "sim/fault_source.h"
#include "sim/simulation.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kLanes = 3;
constexpr std::uint32_t kGpus = 2;

struct CampaignSubject {
  std::string name;
  OptionValues options;
};

// Of each scheduler one with its plain rules, and one with what it can do besides.
std::vector<CampaignSubject> campaign_subjects() {
  const std::string lanes = std::to_string(kLanes);
  std::vector<CampaignSubject> subjects;
  for (const SchedulerInfo& info : all_schedulers()) {
    OptionValues options;
    const auto set = [&](std::string_view name, const std::string& value) {
      if (find_option(info, name) != nullptr) {
        options.emplace_back(name, value);
      }
    };
    set(info.lane_option, lanes);
    set("max_batch_size", "8");
    set("batch_size", "8");
    set("batch_timeout_micros", "2000");
    set("max_enqueued_batches", "20");
    subjects.push_back({std::string(info.name), options});
    const std::size_t plain = options.size();
    set("idle_poll_micros", "1000");
    set("initial_in_flight_batches_limit", "2");
    set("enable_priority_queue", "true");
    set("max_time_micros", "5000");
    set("retry_delay_micros", "300");
    if (options.size() > plain) {
      subjects.push_back({std::string(info.name), options});
    }
  }
  return subjects;
}

struct CampaignJournal final : EventSink {
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override { lines.push_back(line); }
  std::vector<JournalLine> lines;
};

class CampaignRun {
 public:
  CampaignRun(const CampaignSubject& subject, const FaultPlan& plan, std::uint64_t seed)
      : info_(*find_scheduler(subject.name)), plan_(plan), seed_(seed) {
    spec_.values = *complete_options(info_, subject.options, kLanes);
    Prng prng(seed, "campaign-arrivals");
    std::int64_t now = 0;
    for (int i = 0; i < 250; ++i) {
      now += static_cast<std::int64_t>(prng.below(2'000'000));
      const std::uint64_t bits = prng.next();
      arrivals_.push_back(Arrival{.time = at_ns(now),
                                  .queue = QueueId{static_cast<std::uint32_t>(bits % 2)},
                                  .size = static_cast<std::uint32_t>(1 + bits / 2 % 3),
                                  .priority = static_cast<std::uint8_t>(bits / 8 % 5)});
    }
    lanes_ = static_cast<std::uint32_t>(option_integer(spec_.values, info_.lane_option));
  }

  Result<SimulationResult> simulate_once(CampaignJournal& journal, std::uint64_t& digest) {
    Server server(scheduler(), {.lane_count = lanes_}, &journal);
    starvation_free_ = server.scheduler().promises().starvation_free;
    VectorArrivals source(arrivals_);
    Result<SimulationResult> result = simulate({.device = device_,
                                                .gpu_count = kGpus,
                                                .seed = seed_,
                                                .queue_names = &source.queue_names(),
                                                .faults = &plan_},
                                               source, server);
    digest = server.digest();
    totals_ = server.totals();
    return result;
  }

  Result<ReexecutionReport> reexecute_it(const std::vector<JournalLine>& lines) {
    const std::vector<std::string> names = {"queue", "other"};
    std::size_t next = 0;
    return reexecute(scheduler(),
                     {.server = {.lane_count = lanes_},
                      .queue_count = 2,
                      .device = &device_,
                      .gpu_count = kGpus,
                      .seed = seed_,
                      .queue_names = &names,
                      .faults = &plan_},
                     [&]() -> Result<std::optional<JournalLine>> {
                       return next < lines.size() ? std::optional(lines[next++]) : std::nullopt;
                     });
  }

  [[nodiscard]] bool promises_liveness() const { return starvation_free_; }
  [[nodiscard]] const ServerTotals& totals() const { return totals_; }

 private:
  [[nodiscard]] std::unique_ptr<Scheduler> scheduler() const {
    return std::move(*info_.make(spec_));
  }

  const SchedulerInfo& info_;
  const FaultPlan& plan_;
  std::uint64_t seed_;
  SchedulerSpec spec_;
  std::uint32_t lanes_ = 1;
  DeviceDescription device_ = *parse_device("1ms+50us/row");
  std::vector<Arrival> arrivals_;
  bool starvation_free_ = false;
  ServerTotals totals_;
};

// Requests that were accepted and not answered, over all plans.
void run_campaign(const std::string& spec, bool inside, int plans) {
  std::uint64_t struck = 0;
  for (const CampaignSubject& subject : campaign_subjects()) {
    for (int seed = 1; seed <= plans; ++seed) {
      const auto root = static_cast<std::uint64_t>(seed);
      const SourcedFaults faults =
          *read_faults(spec, {.lane_count = kLanes, .gpu_count = kGpus, .seed = root});
      CampaignRun run(subject, faults.plan, root);
      const std::string where =
          subject.name + " seed " + std::to_string(seed) + " " + fault_plan_text(faults.plan);
      CampaignJournal journal;
      std::uint64_t digest = 0;
      const Result<SimulationResult> result = run.simulate_once(journal, digest);
      ASSERT_TRUE(result) << where << ": " << result.error().message;
      const ServerTotals& totals = run.totals();
      ASSERT_EQ(totals.arrived,
                totals.answered + totals.refused + totals.failed + result->unanswered)
          << where;
      struck += result->faults.lanes_down + result->faults.completions_dropped;
      if (inside) {
        ASSERT_EQ(regime_of(faults.plan), FaultRegime::kInside) << where;
        ASSERT_TRUE(!run.promises_liveness() || result->unanswered == 0)
            << result->unanswered << " unanswered: " << where;
      }
      const Result<ReexecutionReport> report = run.reexecute_it(journal.lines);
      ASSERT_TRUE(report) << where << ": " << report.error().message;
      ASSERT_TRUE(report->identical()) << where << ": " << report->first_divergence->recomputed;
      ASSERT_EQ(report->recomputed_digest, digest) << where;
    }
  }
  EXPECT_GT(struck, 1000u);
}

TEST(FaultCampaign, InsideThePromiseEverybodyIsAnswered) {
  run_campaign("random:60/s,until=1s", /*inside=*/true, 60);
}

TEST(FaultCampaign, BeyondThePromiseNoRuleIsBroken) {
  run_campaign("random:60/s,until=1s,regime=beyond", /*inside=*/false, 30);
}

}  // namespace
}  // namespace lockstep
