#include "reports/diagram_svg.h"

#include <thread>

#include <gtest/gtest.h>

#include "reports/diagram.h"
#include "tests/support/golden.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

std::string drawn(const RunLog& run, const DiagramOptions& options) {
  const Result<std::string> picture = draw_diagram(run, options);
  EXPECT_TRUE(picture.has_value()) << picture.error().message;
  return picture.value_or("");
}

TEST(DiagramSvg, GivesTheGoldenDotFiles) {
  const RunLog forty = make_run_log({.requests = 40, .seed = 4});
  expect_golden("diagram_forty.dot", drawn(forty, {.format = DiagramFormat::kDot}));
  const RunLog other = make_run_log({.requests = 40, .timeout_us = 5'000, .seed = 4});
  expect_golden("diagram_against.dot",
                drawn(forty, {.against = &other, .format = DiagramFormat::kDot}));
  const RunLog mixed =
      make_run_log({.requests = 30, .queues = 2, .size_max = 3, .refuse_one_in = 5, .seed = 6});
  expect_golden("diagram_mixed.dot", drawn(mixed, {.format = DiagramFormat::kDot}));
}

TEST(DiagramSvg, GivesTheSameBytesTwiceAndNoVersion) {
  const RunLog run = make_run_log({.requests = 60});
  const std::string svg = drawn(run, {});
  EXPECT_EQ(svg, drawn(run, {}));
  EXPECT_EQ(svg.find("graphviz version"), std::string::npos);
  EXPECT_EQ(svg.find("transparent"), std::string::npos);
  EXPECT_NE(svg.find("DejaVu Sans,Verdana"), std::string::npos);
  EXPECT_NE(svg.find("id=\"r7\" class=\"node arrival\""), std::string::npos);
}

TEST(DiagramSvg, EscapesHostileNames) {
  RunLog run = make_run_log({.requests = 8});
  run.queue_names[0] = "<b>&\\N\"\n\\";
  run.settings = {{"trace", "a<script>&amp;\\G\"b\\"}, {"max_batch_size", "8"}};
  const std::string svg = drawn(run, {});
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
  EXPECT_NE(svg.find("a&lt;script&gt;&amp;amp;"), std::string::npos);
  EXPECT_NE(svg.find("&lt;b&gt;&amp;"), std::string::npos);
  EXPECT_EQ(svg.find("lockstep\"b"), std::string::npos) << "\\G became the graph's name";
  EXPECT_FALSE(drawn(run, {.format = DiagramFormat::kDot}).empty());
}

// Backslashes begin escape sequences of Graphviz: a new line, the graph's name, a justified line.
TEST(DiagramSvg, DrawsBackslashesAsTheyAre) {
  RunLog run = make_run_log({.requests = 8});
  for (const char* name : {"a\\nb", "c\\Gd", "e\\l", "f\\\\g", "h\\"}) {
    run.queue_names[0] = name;
    run.settings = {{"trace", name}, {"max_batch_size", "8"}};
    const std::string svg = drawn(run, {});
    EXPECT_NE(svg.find(std::string(">") + name + "</text>"), std::string::npos) << name;
    EXPECT_NE(svg.find(std::string(">") + name + " &#160;"), std::string::npos) << name;
    EXPECT_EQ(drawn(run, {.format = DiagramFormat::kPng}).substr(1, 3), "PNG");
  }
}

TEST(DiagramSvg, WritesPng) {
  const std::string png = drawn(make_run_log({.requests = 5}), {.format = DiagramFormat::kPng});
  EXPECT_EQ(png.substr(1, 3), "PNG");
}

TEST(DiagramSvg, DrawsTwoHundredRequestsWithoutBreakingTheDotReader) {
  const RunLog run = make_run_log({.requests = 200, .lanes = 4, .mean_gap_us = 150});
  const std::string dot =
      drawn(run, {.window = {.kind = WindowChoice::Kind::kTimes, .to = at_ns(1'000'000'000)},
                  .format = DiagramFormat::kDot});
  std::size_t longest = 0;
  for (std::size_t at = 0; at < dot.size();) {
    const std::size_t end = std::min(dot.find('\n', at), dot.size());
    longest = std::max(longest, end - at);
    at = end + 1;
  }
  EXPECT_LT(longest, 16'384u);
}

TEST(DiagramSvg, MayBeCalledFromSeveralThreads) {
  const RunLog run = make_run_log({.requests = 20});
  const std::string expected = drawn(run, {});
  std::vector<std::string> pictures(3);
  std::vector<std::thread> threads;
  for (std::string& picture : pictures) {
    threads.emplace_back([&picture, &run] { picture = *draw_diagram(run, {}); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::string& picture : pictures) {
    EXPECT_EQ(picture, expected);
  }
}

}  // namespace
}  // namespace lockstep
