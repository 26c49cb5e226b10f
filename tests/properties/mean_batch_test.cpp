// M10: batches grow with the load. It holds on average (Inoue), so it is judged on long runs with
// common random numbers: the same requests, faster.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "properties/cases/case.h"
#include "properties/cases/case_run.h"

namespace lockstep {
namespace {

constexpr int kRequests = 20'000;
// Of what one row at a time could be served: 1 ms for a batch, 50 us more for each row.
constexpr double kLoads[] = {0.1, 0.3, 0.6, 0.9, 1.5, 3.0, 6.0, 10.0};

// One greedy lane and exponential gaps.
Case greedy_case(double load) {
  Case value{.scheduler = "tf-shared",
             .options = {{"max_batch_size", "64"},
                         {"batch_timeout_micros", "0"},
                         {"max_enqueued_batches", "100000"},
                         {"num_batch_threads", "1"}},
             .device = "1ms+50us/row"};
  Prng prng(7, "mean-batch");
  for (int i = 0; i < kRequests; ++i) {
    const double uniform = (static_cast<double>(prng.below(1u << 30)) + 0.5) / (1u << 30);
    const double gap_ns = -std::log(uniform) * 1'050'000 / load;
    value.events.push_back({.gap = SimDuration{static_cast<std::int64_t>(gap_ns)}});
  }
  return value;
}

double mean_rows(const Case& value, const SchedulerMaker& maker) {
  RunRecord record;
  EXPECT_EQ(run_case(value, *maker(value), record).outcome, CaseOutcome::kRan);
  double rows = 0;
  for (const RecordedBatch& batch : record.batches) {
    rows += static_cast<double>(batch.rows);
  }
  return rows / static_cast<double>(record.batches.size());
}

std::vector<double> means(const SchedulerMaker& maker) {
  std::vector<double> result;
  for (const double load : kLoads) {
    result.push_back(mean_rows(greedy_case(load), maker));
  }
  return result;
}

TEST(MeanBatch, GrowsWithTheLoad) {
  const std::vector<double> rows = means(&make_registered);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
  EXPECT_LT(rows.front(), 1.2);  // hardly anybody waits
  EXPECT_GT(rows.back(), 8.0);   // 10 rows come in 1 ms
}

// Panics: once many wait, it serves them one by one.
class Panicking final : public Scheduler {
 public:
  void step(const Input& input, const RequestTable& /*requests*/, Decisions& out) override {
    if (input.kind == InputKind::kArrive) {
      waiting_.push_back(input.request);
    } else if (input.kind == InputKind::kBatchDone) {
      out.finish_batch(input.batch, input.status, Reason::kAnswered);
      is_idle_ = true;
    }
    if (!is_idle_ || waiting_.empty()) {
      return;
    }
    std::vector<Piece> pieces;
    const std::size_t count = waiting_.size() > 6 ? 1 : waiting_.size();
    for (; pieces.size() < count; waiting_.pop_front()) {
      pieces.push_back({.request = waiting_.front(), .rows = 1});
    }
    is_idle_ = false;
    out.start(Start{.batch = BatchId{next_++},
                    .opened = input.now,
                    .due = input.now,
                    .reason = Reason::kGreedy},
              PieceRange{pieces, {}});
  }
  [[nodiscard]] QueueCounters counters(QueueId /*queue*/) const override { return {}; }
  [[nodiscard]] Promises promises() const override { return {}; }

 private:
  std::deque<RequestSlot> waiting_;
  bool is_idle_ = true;
  std::uint64_t next_ = 0;
};

TEST(MeanBatch, FallsWhereASchedulerPanics) {
  const std::vector<double> rows = means([](const Case& value) {
    Result<MadeScheduler> made = make_registered(value);
    made->scheduler = std::make_unique<Panicking>();
    return made;
  });
  EXPECT_FALSE(std::is_sorted(rows.begin(), rows.end()));
}

}  // namespace
}  // namespace lockstep
