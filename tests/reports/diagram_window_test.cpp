#include "reports/diagram_window.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "reports/diagram.h"
#include "reports/diagram_overview.h"
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

TEST(DiagramWindow, TakesTwoThousandArrivalsAndRefusesOneMore) {
  const RunLog run = make_run_log({.requests = 2'100, .mean_gap_us = 300});
  const SimTime from = run.requests[0].arrival;
  const auto until = [&](std::size_t last) {
    return WindowChoice{
        .kind = Kind::kTimes, .from = from, .to = run.requests[last].arrival + SimDuration{1}};
  };
  EXPECT_EQ(choose_window(run, until(1'999))->requests.size(), 2'000u);
  const Result<DiagramWindow> refused = choose_window(run, until(2'000));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kBadInput);
  EXPECT_NE(refused.error().message.find("has 2001 requests, expected at most 2000"),
            std::string::npos);
  for (const char* name : {"(worst latency)", "(longest queue)", "(typical)"}) {
    EXPECT_NE(refused.error().message.find(name), std::string::npos) << name;
  }
}

TEST(DiagramWindow, OfTextTakesTwoHundredArrivals) {
  const RunLog run = make_run_log({.requests = 300, .mean_gap_us = 300});
  const auto text = [&](std::size_t last) {
    return draw_diagram(run, {.window = {.kind = Kind::kTimes,
                                         .from = run.requests[0].arrival,
                                         .to = run.requests[last].arrival + SimDuration{1}},
                              .format = DiagramFormat::kText});
  };
  EXPECT_TRUE(text(199).has_value());
  EXPECT_NE(text(200).error().message.find("has 201 requests, expected at most 200"),
            std::string::npos);
}

TEST(DiagramWindow, ProposesPartsOfTheSpanThatIsTooLarge) {
  // A quiet half, then overload: the worst of all lies in the second half.
  RunLog run = make_run_log({.requests = 5'000, .mean_gap_us = 300, .row_us = 400});
  const SimTime middle = run.requests[2'500].arrival;
  const std::string message =
      choose_window(run, {.kind = Kind::kTimes, .from = at_ns(0), .to = middle}).error().message;
  std::size_t proposals = 0;
  for (std::size_t at = message.find("--to "); at != std::string::npos;
       at = message.find("--to ", at + 1)) {
    const std::size_t begin = at + 5;
    const Result<SimDuration> to =
        parse_duration(message.substr(begin, message.find(' ', begin) - begin));
    ASSERT_TRUE(to.has_value());
    // The request at its middle arrives in the span; it may be answered after it.
    EXPECT_LT(SimTime{*to} - SimDuration{2'000'000'000}, middle);
    ++proposals;
  }
  EXPECT_EQ(proposals, 3u);
}

TEST(DiagramWindow, ShowsTheArrivalsAroundAnInstant) {
  const RunLog run = make_run_log({.requests = 500});
  const DiagramWindow window =
      *choose_window(run, {.kind = Kind::kInstant, .from = run.requests[250].arrival});
  EXPECT_LT(window.from, run.requests[250].arrival);
  EXPECT_GT(window.to, run.requests[250].arrival);
  EXPECT_LE(window.requests.size(), kDiagramFullDetailRequests);
  // After the last arrival: the end of the run.
  const SimTime beyond = run.requests.back().arrival + SimDuration{1};
  EXPECT_EQ(choose_window(run, {.kind = Kind::kInstant, .from = beyond})->requests.back(), 499u);
}

TEST(DiagramWindow, ShowsABatchOfMoreThanTwoHundredRequestsWhole) {
  const RunLog run = make_run_log(
      {.requests = 600, .max_batch_size = 500, .timeout_us = 1'000'000, .mean_gap_us = 1});
  EXPECT_EQ(choose_window(run, {.kind = Kind::kBatch, .id = 0})->requests.size(), 500u);
}

TEST(DiagramOverview, ShowsHowManyWaitAndWhereTheMarksLie) {
  // Two requests wait in the first quarter, one of them in the second, nobody after.
  RunLog run = make_run_log({.requests = 2});
  for (RequestRow& row : run.requests) {
    row.arrival = at_ns(0);
    row.batch = 0;
    row.dispatched = at_ns(row.request == 0 ? 18 : 36);
  }
  const std::vector<OverviewMark> marks = {{'w', at_ns(0)}, {'t', at_ns(71)}, {'q', at_ns(71)}};
  std::size_t most = 0;
  const std::string strip = waiting_overview(run, at_ns(0), at_ns(72), marks, "> ", most);
  EXPECT_EQ(most, 2u);
  EXPECT_EQ(strip, "> |" + std::string(18, '@') + std::string(18, '+') + std::string(36, ' ') +
                       "|\n> |w" + std::string(70, ' ') + "*|");
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
  const RunLog run = make_run_log({.requests = 6'000, .mean_gap_us = 30, .row_us = 400});
  const WindowChoice choice{
      .kind = Kind::kTimes, .from = at_ns(150'000'000), .to = at_ns(152'000'000)};
  const DiagramWindow window = *choose_window(run, choice);
  EXPECT_GT(window.earlier_not_drawn, 2'000u);
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
  EXPECT_EQ(*diagram_format_for("x.pdf"), DiagramFormat::kPdf);
  EXPECT_FALSE(diagram_format_for("svg").has_value());
}

}  // namespace
}  // namespace lockstep
