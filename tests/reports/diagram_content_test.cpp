// What the title says is what the picture shows.
#include "reports/diagram_content.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/diagram.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

DiagramContent content_of(const RunLog& run, const WindowChoice& choice = {}) {
  return collect_content(run, *choose_window(run, choice));
}

WindowChoice times(SimTime from, SimTime to) {
  return {.kind = WindowChoice::Kind::kTimes, .from = from, .to = to};
}

// Eight full batches' worth of requests at once, one queue, eight rows at most.
RunLog full_batches(std::uint32_t requests) {
  return make_run_log({.requests = requests, .timeout_us = 1'000'000, .mean_gap_us = 10});
}

TEST(DiagramTitle, CountsRequestsBatchesAndRows) {
  EXPECT_THAT(content_of(full_batches(16)).title,
              EndsWith(": 16 requests in 2 batches, mean 8.0 rows"));
  const RunLog large = make_run_log({.requests = 1, .max_batch_size = 1});
  EXPECT_THAT(content_of(large).title, EndsWith(": 1 request in 1 batch, mean 1.0 rows"));
}

TEST(DiagramTitle, KeepsRefusedRequestsApart) {
  RunLog run = full_batches(12);
  for (std::size_t i = 8; i < 12; ++i) {
    run.requests[i].batch.reset();
    run.requests[i].finished = run.requests[i].arrival;
  }
  run.batches.resize(1);
  EXPECT_THAT(content_of(run).title, EndsWith(": 8 requests in 1 batch, mean 8.0 rows; 4 refused"));
  run.requests.erase(run.requests.begin(), run.requests.begin() + 8);
  EXPECT_THAT(content_of(run).title, EndsWith(": 4 requests refused"));
}

TEST(DiagramTitle, KeepsRequestsThatNoBatchTookApart) {
  RunLog run =
      make_run_log({.requests = 40, .max_batch_size = 32, .timeout_us = 1'000'000, .lanes = 1});
  for (std::size_t i = 32; i < 40; ++i) {
    run.requests[i].batch.reset();
    run.requests[i].finished.reset();
  }
  run.batches.resize(1);
  EXPECT_THAT(content_of(run).title,
              EndsWith(": 32 requests in 1 batch, mean 32.0 rows; 8 never dispatched"));
}

TEST(DiagramTitle, SaysThatABatchIsDrawnInPart) {
  const RunLog run = full_batches(16);
  const SimTime tenth = run.requests[10].arrival;
  EXPECT_THAT(content_of(run, times(run.requests[0].arrival, tenth)).title,
              EndsWith(": 10 of 16 requests in 2 batches, mean 8.0 rows"));
  EXPECT_THAT(content_of(run, times(run.requests[0].arrival, tenth + SimDuration{1})).title,
              EndsWith(": 11 of 16 requests in 2 batches, mean 8.0 rows"));
}

TEST(DiagramTitle, LeavesUnfinishedBatchesOutOfTheMean) {
  RunLog run = full_batches(16);
  run.batches.resize(1);
  EXPECT_THAT(content_of(run).title,
              EndsWith(": 16 requests in 2 batches (1 unfinished), mean 8.0 rows"));
}

TEST(DiagramTitle, NamesTheSettingsThatTheSchedulerHas) {
  const auto title = [](std::vector<std::pair<std::string, std::string>> settings) {
    RunLog run = full_batches(16);
    run.settings = std::move(settings);
    return content_of(run).title;
  };
  EXPECT_THAT(
      title({{"scheduler", "naive-full-batch"}, {"batch_size", "8"}, {"num_batch_threads", "1"}}),
      StartsWith("batch_size 8, 1 batch thread: 16 requests in 2 batches"));
  EXPECT_THAT(title({{"scheduler", "tf-jit"},
                     {"max_batch_size", "8"},
                     {"max_queue_size", "1000"},
                     {"num_batch_threads", "2"}}),
              StartsWith("max_batch_size 8, 2 batch threads: 16 requests in 2 batches"));
}

TEST(DiagramContent, MeasuresBatchesByTheExecutionSizeWhereRequestsAreSplit) {
  RunLog run = full_batches(16);  // eight rows each
  for (auto& [name, value] : run.settings) {
    value = name == "max_batch_size" ? "32" : value;
  }
  const auto label = [&] {
    const DiagramContent content = content_of(run);
    return comb_label(content.queues.at(0).combs.at(0), content.batch_rows_max);
  };
  run.settings.emplace_back("max_execution_batch_size", "8");
  EXPECT_EQ(label(), "B0 full 8/32");  // no effect without splitting
  EXPECT_THAT(content_of(run).title, Not(HasSubstr("max_execution_batch_size")));
  run.settings.emplace_back("enable_large_batch_splitting", "true");
  EXPECT_EQ(label(), "B0 full 8/8");
  EXPECT_THAT(content_of(run).title,
              StartsWith("max_batch_size 32, max_execution_batch_size 8, batch_timeout "));
  // Left to its default, max_batch_size.
  std::erase_if(run.settings,
                [](const auto& setting) { return setting.first == "max_execution_batch_size"; });
  EXPECT_EQ(label(), "B0 full 8/32");
  EXPECT_THAT(content_of(run).title, Not(HasSubstr("max_execution_batch_size")));
}

TEST(DiagramContent, CountsTheLastArrivalAsWaiting) {
  // At 0, 1 and 2 ns, and no batch ever takes them.
  RunLog run = make_run_log({.requests = 3});
  run.batches.clear();
  for (std::size_t i = 0; i < 3; ++i) {
    run.requests[i].arrival = at_ns(static_cast<std::int64_t>(i));
    run.requests[i].batch.reset();
    run.requests[i].finished.reset();
  }
  EXPECT_EQ(content_of(run).waiting_max, 3u);
  EXPECT_EQ(content_of(run).to, at_ns(3));
  // A span ends before its end.
  EXPECT_EQ(content_of(run, times(at_ns(0), at_ns(2))).waiting_max, 2u);
  EXPECT_EQ(content_of(run, times(at_ns(0), at_ns(3))).waiting_max, 3u);
}

TEST(DiagramContent, OfManyQueuesCountsOnlyThoseThatAreDrawn) {
  const RunLog run = make_run_log({.requests = 60, .queues = 8, .mean_gap_us = 2'000, .seed = 2});
  const DiagramContent content = content_of(run, times(at_ns(0), at_ns(1'000'000'000)));
  ASSERT_EQ(content.queues.size(), 6u);
  const std::size_t drawn = drawn_requests(content).size();
  EXPECT_EQ(drawn + content.hidden_requests, 60u);
  EXPECT_THAT(content.title, HasSubstr(": " + std::to_string(drawn) + " requests in "));
  EXPECT_EQ(hidden_queues_text(content),
            "2 more queues with " + std::to_string(60 - drawn) + " requests are not drawn");
  // Batches of hidden queues are on the lanes, pale; the slowest request is a drawn one.
  std::size_t combs = 0;
  for (const QueueBand& queue : content.queues) {
    combs += queue.combs.size();
  }
  EXPECT_EQ(std::count_if(content.boxes.begin(), content.boxes.end(),
                          [](const LaneBox& box) { return box.drawn; }),
            static_cast<std::ptrdiff_t>(combs));
  EXPECT_GT(content.boxes.size(), combs);
  ASSERT_NE(content.slowest, nullptr);
  EXPECT_TRUE(drawn_requests(content).contains(content.slowest->request));
}

std::string against_text(const RunLog& a, const RunLog& b, const WindowChoice& window = {}) {
  const Result<std::string> text =
      draw_diagram(a, {.window = window, .against = &b, .format = DiagramFormat::kText});
  return text ? *text : text.error().message;
}

TEST(DiagramAgainst, RefusesRunsOfOtherRequests) {
  const RunLog a = make_run_log({.requests = 10});
  EXPECT_EQ(against_text(a, make_run_log({.requests = 11})),
            "found runs of different requests (A: azure-2023-conversation (bundled), load 400x, by "
            "compressing gaps; B: azure-2023-conversation (bundled), load 400x, by compressing "
            "gaps): A has 10 and B has 11; expected two runs of the same trace at the same load");
  RunLog later = a;
  for (RequestRow& row : later.requests) {
    row.arrival += SimDuration{1};
  }
  later.settings[1].second = "other.csv";
  EXPECT_THAT(against_text(a, later), HasSubstr("; B: other.csv, load 400x"));
  EXPECT_THAT(against_text(a, later), HasSubstr("): request 0 arrives at "));
  RunLog larger = a;
  ++larger.requests[9].size;
  EXPECT_THAT(against_text(a, larger), HasSubstr("): request 9 has another number, queue, size"));
  RunLog renamed = a;
  renamed.queue_names[0] = "other";
  EXPECT_THAT(against_text(a, renamed), HasSubstr("): request 0 has another number, queue, size"));
}

TEST(DiagramAgainst, TakesTheSameRequestsWhateverTheirTraceIsCalled) {
  const RunLog a = make_run_log({.requests = 10});
  RunLog b = make_run_log({.requests = 10, .timeout_us = 5'000});
  b.settings[1].second = "a_copy.csv";
  EXPECT_THAT(against_text(a, b), HasSubstr("10 requests in "));
}

TEST(DiagramAgainst, SaysWhichRequestsOnlyOneHalfShows) {
  // In B the first batch waits 5 ms for more, so its requests still wait at 3 ms.
  const RunLog a = make_run_log({.requests = 6, .timeout_us = 2'000, .mean_gap_us = 900});
  const RunLog b = make_run_log({.requests = 6, .timeout_us = 5'000, .mean_gap_us = 900});
  const std::string text = against_text(a, b, times(at_ns(3'000'000), at_ns(9'000'000)));
  EXPECT_THAT(text, HasSubstr(": 2 requests in 1 batch, mean 2.0 rows\n"));
  EXPECT_THAT(text,
              HasSubstr(": 6 requests in 1 batch, mean 6.0 rows; 4 not\nin the other half\n"));
  EXPECT_THAT(against_text(a, b), Not(HasSubstr("the other half")));
}

TEST(DiagramContent, SaysHowABatchFailed) {
  RunLog run = full_batches(16);
  const auto label = [&](std::size_t comb) {
    const DiagramContent content = content_of(run);
    return failure_label(content.queues.at(0).combs.at(comb));
  };
  EXPECT_EQ(label(0), "");
  run.batches.at(0).record.status = Status::kResourceExhausted;
  EXPECT_EQ(label(0), "failed: RESOURCE_EXHAUSTED");
  EXPECT_EQ(label(1), "");
}

}  // namespace
}  // namespace lockstep
