#include "reports/diagram_svg.h"

#include <algorithm>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "reports/diagram.h"
#include "reports/diagram_layout.h"
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

TEST(DiagramSvg, WritesPdfWithoutADate) {
  const RunLog run = make_run_log({.requests = 5});
  const std::string pdf = drawn(run, {.format = DiagramFormat::kPdf});
  EXPECT_EQ(pdf.substr(0, 5), "%PDF-");
  EXPECT_EQ(pdf, drawn(run, {.format = DiagramFormat::kPdf}));
  EXPECT_NE(pdf.find("/CreationDate (D:20000101000000"), std::string::npos);
}

// Where the group with this id begins. The library writes '-' as a character reference.
std::size_t group_of(const std::string& svg, std::string id) {
  for (std::size_t at = id.find('-'); at != std::string::npos; at = id.find('-', at + 1)) {
    id.replace(at, 1, "&#45;");
  }
  return svg.find("<g id=\"" + id + "\"");
}

// The size of the box with this id, where the SVG has it: its polygon's corners.
std::vector<double> polygon_of(const std::string& svg, const std::string& id) {
  const std::size_t group = group_of(svg, id);
  const std::size_t begin = svg.find("points=\"", group) + 8;
  std::string points = svg.substr(begin, svg.find('"', begin) - begin);
  std::replace(points.begin(), points.end(), ',', ' ');
  std::vector<double> numbers;
  std::stringstream stream(points);
  for (double number = 0; stream >> number;) {
    numbers.push_back(number);
  }
  return numbers;
}

TEST(DiagramSvg, PutsEachMarkWhereTheLayoutHasIt) {
  const RunLog run = make_run_log({.requests = 12});
  const DiagramContent content = collect_content(run, *choose_window(run, {}));
  const DiagramScene scene = lay_out({&content, 1});
  const std::string svg = drawn(run, {});
  std::size_t compared = 0;
  for (const Mark& mark : scene.marks) {
    const std::vector<double> corners = polygon_of(svg, mark.id);
    if (mark.fill.empty() || corners.size() < 6) {
      continue;
    }
    // Right top, left top, left bottom; SVG counts from the bottom of the page.
    EXPECT_EQ(corners[0], mark.box.right()) << mark.id;
    EXPECT_EQ(corners[2], mark.box.left) << mark.id;
    EXPECT_EQ(corners[1], mark.box.top - scene.height) << mark.id;
    EXPECT_EQ(corners[5], mark.box.bottom() - scene.height) << mark.id;
    ++compared;
  }
  EXPECT_GT(compared, 30u);
}

TEST(DiagramSvg, DrawsInGreysOnlyForAPrinter) {
  const std::string svg = drawn(make_run_log({.requests = 30, .refuse_one_in = 4}), {.grey = true});
  std::size_t colours = 0;
  for (std::size_t at = svg.find("=\"#"); at != std::string::npos; at = svg.find("=\"#", at + 1)) {
    const std::string colour = svg.substr(at + 3, 6);
    EXPECT_EQ(colour.substr(0, 2), colour.substr(2, 2)) << colour;
    EXPECT_EQ(colour.substr(2, 2), colour.substr(4, 2)) << colour;
    ++colours;
  }
  EXPECT_GT(colours, 50u);
}

TEST(DiagramSvg, FadesAllButWhatViolatesABound) {
  const RunLog run = make_run_log({.requests = 16, .timeout_us = 100'000, .mean_gap_us = 10});
  const DiagramViolation violation{.rule = "L1",
                                   .measured = "waited 7 ms",
                                   .bound = "at most 2 ms",
                                   .from = run.requests[8].arrival,
                                   .to = run.requests[8].dispatched,
                                   .request = 8,
                                   .batch = 1};
  const std::string svg = drawn(run, {.violations = {violation}});
  const auto fill_of = [&](const std::string& id) {
    const std::size_t at = svg.find("fill=\"", group_of(svg, id)) + 6;
    return svg.substr(at, 7);
  };
  EXPECT_EQ(fill_of("b1-wall"), "#0072b2");
  EXPECT_EQ(fill_of("b0-wall"), "#99c7e0");  // 40 % of it on white
}

TEST(DiagramSvg, DrawsTheCardOfABatchWithItsNamesEscaped) {
  RunLog run = make_run_log({.requests = 8});
  run.queue_names[0] = "<b>&\"\\N\\";
  const std::string svg = drawn(run, {.window = {.kind = WindowChoice::Kind::kBatch, .id = 0}});
  EXPECT_NE(svg.find("id=\"card\" class=\"node card\""), std::string::npos);
  EXPECT_NE(svg.find(">its rows reached the batch size limit</text>"), std::string::npos);
  EXPECT_NE(svg.find(">queue &lt;b&gt;&amp;&quot;\\N\\</text>"), std::string::npos);
  EXPECT_EQ(svg.find("<b>"), std::string::npos);
}

TEST(DiagramSvg, GivesTheGoldenDotFileOfABatchAndItsCard) {
  const RunLog run = make_run_log({.requests = 20, .seed = 4});
  const RunEvents events{.cancels = {{3, run.requests[3].arrival + SimDuration{100'000}}},
                         .faults = {{.lane = 1,
                                     .from = run.requests[4].arrival,
                                     .to = run.requests[9].arrival,
                                     .text = "GPU lost, down",
                                     .down = true}},
                         .stages = {}};
  expect_golden("diagram_card.dot",
                drawn(run, {.window = {.kind = WindowChoice::Kind::kBatch, .id = 1},
                            .events = &events,
                            .format = DiagramFormat::kDot}));
}

TEST(DiagramSvg, WritesPng) {
  const std::string png = drawn(make_run_log({.requests = 5}), {.format = DiagramFormat::kPng});
  EXPECT_EQ(png.substr(1, 3), "PNG");
}

TEST(DiagramSvg, DrawsTwoThousandRequestsWithoutBreakingTheDotReader) {
  const RunLog run = make_run_log({.requests = 2'000, .lanes = 4, .mean_gap_us = 150});
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
