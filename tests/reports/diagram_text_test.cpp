#include "reports/diagram_text.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "reports/diagram.h"
#include "tests/support/golden.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

std::string text_of(const RunLog& run, DiagramOptions options = {}) {
  options.format = DiagramFormat::kText;
  return *draw_diagram(run, options);
}

void expect_fits(const std::string& text) {
  std::stringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 100u) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << line;
    EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }))
        << line;
  }
}

TEST(DiagramText, GivesTheGoldenTexts) {
  const RunLog forty = make_run_log({.requests = 40, .seed = 4});
  expect_golden("diagram_forty.txt", text_of(forty));
  const RunLog other = make_run_log({.requests = 40, .timeout_us = 5'000, .seed = 4});
  expect_golden("diagram_against.txt", text_of(forty, {.against = &other}));
  const RunLog mixed =
      make_run_log({.requests = 30, .queues = 2, .size_max = 3, .refuse_one_in = 5, .seed = 6});
  expect_golden("diagram_mixed.txt", text_of(mixed));
}

TEST(DiagramText, ShowsABatchThatFillsOnItsLane) {
  const RunLog run = make_run_log({.requests = 12, .lanes = 1, .fills_on_lanes = true, .seed = 4});
  expect_golden("diagram_filling.txt", text_of(run));
}

TEST(DiagramText, ShowsTheStagesOfABatch) {
  const RunLog run =
      make_run_log({.requests = 8, .timeout_us = 100'000, .mean_gap_us = 10, .batch_us = 8'000});
  EXPECT_EQ(text_of(run).find('>'), std::string::npos);
  const BatchRecord& batch = run.batches.at(0).record;
  const SimTime begin = batch.dispatched;
  const SimDuration part = (batch.finished - begin) / 8;
  const RunEvents events{.cancels = {},
                         .faults = {},
                         .stages = {{0,
                                     {.batch = 0,
                                      .to_device = {begin, begin + part},
                                      .compute = {begin + 2 * part, begin + 6 * part},
                                      .to_host = {begin + 7 * part, batch.finished}}}}};
  const std::string text = text_of(run, {.events = &events});
  const std::size_t lane = text.find("lane 0");
  ASSERT_NE(lane, std::string::npos);
  const std::string row = text.substr(lane, text.find('\n', lane) - lane);
  EXPECT_NE(row.find("[B0>"), std::string::npos) << row;
  EXPECT_NE(row.find(">~"), std::string::npos) << row;
  EXPECT_NE(row.find("~#"), std::string::npos) << row;
  EXPECT_NE(row.find("#~"), std::string::npos) << row;
  EXPECT_NE(row.find("<]"), std::string::npos) << row;
  EXPECT_NE(text.find("\n> copied to the GPU  < copied back\n"), std::string::npos) << text;
}

TEST(DiagramText, NeverExceedsAHundredColumns) {
  Prng random(23, "text");
  for (int i = 0; i < 150; ++i) {
    RunLogOptions options;
    options.requests = 1 + static_cast<std::uint32_t>(random.below(300));
    options.max_batch_size = 1 + static_cast<std::uint32_t>(random.below(20));
    options.lanes = 1 + static_cast<std::uint32_t>(random.below(30));
    options.queues = 1 + static_cast<std::uint32_t>(random.below(8));
    options.mean_gap_us = 1 + static_cast<std::int64_t>(random.below(600));
    options.refuse_one_in = static_cast<std::uint32_t>(random.below(5));
    options.fills_on_lanes = random.below(4) == 0;
    options.seed = random.next();
    RunLog run = make_run_log(options);
    run.queue_names[0] = std::string(120, 'q') + "\xc3\xa9\n";
    run.settings.insert(run.settings.begin(), {"trace", std::string(300, 't')});
    expect_fits(text_of(run));
    expect_fits(text_of(run, {.window = {.kind = WindowChoice::Kind::kTypical}}));
  }
}

TEST(DiagramText, ShowsOneMarkPerRequest) {
  const std::string text = text_of(make_run_log({.requests = 40, .seed = 4}));
  const std::size_t body = text.find("queue");
  const std::size_t lanes = text.find("lane 0");
  EXPECT_EQ(
      std::count(text.begin() + static_cast<std::ptrdiff_t>(body) + 5,
                 text.begin() + static_cast<std::ptrdiff_t>(lanes), 'o') -
          // "for a lane" has an o too
          [&] {
            int count = 0;
            for (std::size_t at = text.find(" for a lane"); at < lanes;
                 at = text.find(" for a lane", at + 1)) {
              ++count;
            }
            return count;
          }(),
      40);
}

}  // namespace
}  // namespace lockstep
