#include "reports/diagram_window.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "reports/diagram.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using Kind = WindowChoice::Kind;

std::size_t slowest_of(const RunLog& run) {
  std::size_t slowest = 0;
  for (std::size_t i = 0; i < run.requests.size(); ++i) {
    const auto latency = [&](std::size_t k) {
      return *run.requests[k].finished - run.requests[k].arrival;
    };
    slowest = latency(i) > latency(slowest) ? i : slowest;
  }
  return slowest;
}

TEST(DiagramWindow, HasTheSlowestRequestNearTheMiddleAndWhole) {
  const RunLog run = make_run_log({.requests = 1'000, .mean_gap_us = 400, .seed = 3});
  const DiagramWindow window = *choose_window(run, {});
  const std::size_t slowest = slowest_of(run);
  const auto place = std::find(window.requests.begin(), window.requests.end(), slowest);
  ASSERT_NE(place, window.requests.end());
  EXPECT_GE(place - window.requests.begin(), 10);
  EXPECT_GE(window.requests.end() - place, 10);
  EXPECT_LE(window.from, run.requests[slowest].arrival);
  EXPECT_GE(window.to, *run.requests[slowest].finished);
  EXPECT_GE(window.requests.size(), 40u);
  EXPECT_LE(window.requests.size(), 60u);
}

TEST(DiagramWindow, ShowsAShortRunWhole) {
  const RunLog run = make_run_log({.requests = 5});
  const DiagramWindow window = *choose_window(run, {});
  EXPECT_EQ(window.requests.size(), 5u);
  EXPECT_EQ(window.from, run.requests.front().arrival);
  EXPECT_EQ(window.to, *run.requests.back().finished);
}

TEST(DiagramWindow, ContainsWholeBatches) {
  const RunLog run = make_run_log({.requests = 500, .max_batch_size = 16, .mean_gap_us = 100});
  const DiagramWindow window = *choose_window(run, {.kind = Kind::kBatch, .id = 12});
  std::size_t members = 0;
  for (const std::size_t index : window.requests) {
    members += run.requests[index].batch == 12 ? 1u : 0u;
  }
  EXPECT_EQ(members, run.find_batch(12)->record.request_count);
}

TEST(DiagramWindow, RefusesIdsThatDoNotExist) {
  const RunLog run = make_run_log({.requests = 8});
  EXPECT_EQ(choose_window(run, {.kind = Kind::kBatch, .id = 99}).error().message,
            "batch 99 is not in this run");
  EXPECT_EQ(choose_window(run, {.kind = Kind::kRequest, .id = 8}).error().message,
            "request 8 is not in this run");
  EXPECT_TRUE(choose_window(run, {.kind = Kind::kRequest, .id = 7}).has_value());
  EXPECT_FALSE(choose_window(RunLog{}, {}).has_value());
}

TEST(DiagramWindow, TakesTwoHundredArrivalsAndRefusesOneMore) {
  const RunLog run = make_run_log({.requests = 300, .mean_gap_us = 300});
  const SimTime from = run.requests[0].arrival;
  const auto until = [&](std::size_t last) {
    return WindowChoice{
        .kind = Kind::kTimes, .from = from, .to = run.requests[last].arrival + SimDuration{1}};
  };
  EXPECT_EQ(choose_window(run, until(199))->requests.size(), 200u);
  const Result<DiagramWindow> refused = choose_window(run, until(200));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kBadInput);
  EXPECT_NE(refused.error().message.find("has 201 requests, expected at most 200"),
            std::string::npos);
  for (const char* name : {"(worst latency)", "(longest queue)", "(typical)"}) {
    EXPECT_NE(refused.error().message.find(name), std::string::npos) << name;
  }
}

TEST(DiagramWindow, ProposesOnlyWindowsThatItAccepts) {
  // Overload: hundreds wait at once, so a latency spans hundreds of arrivals.
  const RunLog run = make_run_log({.requests = 3'000, .mean_gap_us = 100, .row_us = 400});
  const WindowChoice whole{.kind = Kind::kTimes, .from = at_ns(0), .to = at_ns(1'000'000'000)};
  std::string message = choose_window(run, whole).error().message;
  int proposals = 0;
  for (std::size_t at = message.find("--from "); at != std::string::npos;
       at = message.find("--from ", at + 1)) {
    // "1.575696541s" or "294.063246ms", up to the next blank.
    const auto time = [&](std::size_t begin) {
      const std::string text = message.substr(begin, message.find_first_of(" \n", begin) - begin);
      const Result<SimDuration> span = parse_duration(text);
      EXPECT_TRUE(span) << text;
      return span ? SimTime{*span} : SimTime{};
    };
    const SimTime from = time(at + 7);
    const SimTime to = time(message.find("--to ", at) + 5);
    EXPECT_TRUE(choose_window(run, {.kind = Kind::kTimes, .from = from, .to = to}).has_value())
        << message;
    ++proposals;
  }
  EXPECT_EQ(proposals, 3);
}

TEST(DiagramWindow, EndsWithTheRunAndRefusesWhatLiesBeyond) {
  const RunLog run = make_run_log({.requests = 8});
  const SimTime end = *run.requests.back().finished;
  const WindowChoice open{.kind = Kind::kTimes, .to = end + SimDuration{1'000'000'000}};
  EXPECT_EQ(choose_window(run, open)->to, end);
  const SimDuration day{86'400'000'000'000};
  EXPECT_EQ(choose_window(run, {.kind = Kind::kTimes, .from = at_ns(0) + day, .to = at_ns(1) + day})
                .error()
                .message,
            "no request arrives or waits between 86400s and 86400.000000001s");
  EXPECT_FALSE(choose_window(run, {.kind = Kind::kTimes, .from = end, .to = end}).has_value());
}

TEST(DiagramWindow, CountsEarlierRequestsThatDoNotFit) {
  const RunLog run = make_run_log({.requests = 3'000, .mean_gap_us = 100, .row_us = 400});
  const WindowChoice choice{
      .kind = Kind::kTimes, .from = at_ns(200'000'000), .to = at_ns(202'000'000)};
  const DiagramWindow window = *choose_window(run, choice);
  EXPECT_GT(window.earlier_not_drawn, 200u);
  for (const std::size_t index : window.requests) {
    EXPECT_GE(run.requests[index].arrival, choice.from);
  }
}

TEST(DiagramWindow, FindsTheSameRequestsInAnotherRun) {
  const RunLog base = make_run_log({.requests = 500, .timeout_us = 2'000, .seed = 5});
  const RunLog other = make_run_log({.requests = 500, .timeout_us = 5'000, .seed = 5});
  const DiagramWindow window = *choose_window(base, {});
  EXPECT_EQ(same_requests(base, window, other).requests, window.requests);
}

TEST(DiagramFormat, IsReadFromTheFileName) {
  EXPECT_EQ(*diagram_format_for("a.b/c.svg"), DiagramFormat::kSvg);
  EXPECT_EQ(*diagram_format_for("x.gv"), DiagramFormat::kDot);
  EXPECT_FALSE(diagram_format_for("svg").has_value());
}

}  // namespace
}  // namespace lockstep
