// Pictures of servers that drown: as small as others, and nothing of theirs is lost.
#include "reports/diagram_crowd.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/diagram.h"
#include "reports/diagram_layout.h"
#include "reports/diagram_style.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

// Batches take 1.6 ms each and come each 80 us: the last requests wait for nearly 8 s.
RunLog drowning() {
  return make_run_log({.requests = 20'000, .max_batch_size = 4, .mean_gap_us = 20});
}

// One point is one microsecond. `content` and `canvas` outlive it.
Panel panel_of(const DiagramContent& content, Canvas& canvas) {
  return {.canvas = canvas,
          .content = content,
          .axis = {content.from, content.to, diagram::kPlotLeft, diagram::kPlotRight},
          .prefix = ""};
}

class DiagramCrowd : public ::testing::Test {
 protected:
  DiagramCrowd() {
    content_.from = at_us(0);
    content_.to = at_us(diagram::kPlotRight - diagram::kPlotLeft);
    boxes_.reserve(1'000);
  }
  static SimTime at_us(std::int64_t us) { return SimTime{} + SimDuration{us * 1'000}; }

  void add(std::int64_t from_us, std::int64_t to_us, bool drawn = false) {
    boxes_.push_back({.batch = boxes_.size(),
                      .rows = 2,
                      .lane_taken = at_us(from_us),
                      .finished = at_us(to_us),
                      .drawn = drawn});
    spans_.push_back({&boxes_.back(), 0, at_us(from_us), at_us(to_us)});
  }
  // One after another, a microsecond each.
  void add_narrow(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      add(i, i + 1);
    }
  }
  [[nodiscard]] SpansApart apart() {
    Canvas canvas;
    return told_apart(panel_of(content_, canvas), spans_);
  }

  DiagramContent content_;
  std::vector<LaneBox> boxes_;
  std::vector<BatchSpan> spans_;
};

TEST_F(DiagramCrowd, OfFiveHundredBatchesEachKeepsItsBox) {
  add_narrow(500);
  EXPECT_EQ(apart().single.size(), 500u);
  EXPECT_TRUE(apart().crowds.empty());
  add(500, 501);
  EXPECT_TRUE(apart().single.empty());
  ASSERT_EQ(apart().crowds.size(), 1u);
  EXPECT_EQ(apart().crowds[0].batches, 501u);
  EXPECT_EQ(apart().crowds[0].rows, 1'002u);
  EXPECT_EQ(apart().crowds[0].to, at_us(501));
}

TEST_F(DiagramCrowd, LeavesOutWhatIsWideOrDrawn) {
  add_narrow(501);
  add(501, 501 + kNarrowBox);
  add(510, 511, /*drawn=*/true);
  add(512, 512 + kNarrowBox - 1);
  const SpansApart found = apart();
  ASSERT_EQ(found.single.size(), 2u);
  EXPECT_EQ(found.single[0].box, &boxes_[501]);
  EXPECT_EQ(found.single[1].box, &boxes_[502]);
}

TEST_F(DiagramCrowd, EndsAtAGap) {
  add_narrow(501);
  add(501 + kNarrowGap, 502 + kNarrowGap);
  EXPECT_EQ(apart().crowds.size(), 1u);
  add(503 + 2 * kNarrowGap, 504 + 2 * kNarrowGap);
  ASSERT_EQ(apart().crowds.size(), 2u);
  EXPECT_EQ(apart().crowds[1].batches, 1u);
}

TEST(DrowningDiagram, HasABlockInEachLaneThatCounts) {
  const RunLog run = drowning();
  const DiagramContent content = collect_content(run, *choose_window(run, {}));
  EXPECT_GT(content.boxes.size(), 4'500u);
  const DiagramScene scene = lay_out({&content, 1});
  EXPECT_LT(scene.marks.size(), 500u);
  const auto others = [](const DiagramContent& of, std::uint32_t lane) {
    return std::count_if(of.boxes.begin(), of.boxes.end(),
                         [&](const LaneBox& box) { return !box.drawn && box.lane == lane; });
  };
  for (const std::uint32_t lane : {0u, 1u}) {
    const std::string words = std::to_string(others(content, lane)) + " batches";
    EXPECT_EQ(std::count_if(scene.labels.begin(), scene.labels.end(),
                            [&](const Label& label) { return label.text == words; }),
              1)
        << words;
    const auto block = std::find_if(scene.marks.begin(), scene.marks.end(), [&](const Mark& mark) {
      return mark.id.starts_with("lane" + std::to_string(lane) + "-others-");
    });
    ASSERT_NE(block, scene.marks.end());
    EXPECT_THAT(block->tooltip, HasSubstr(words + " on lane " + std::to_string(lane)));
    EXPECT_THAT(block->tooltip, HasSubstr("of 4.0 rows on average"));
  }
}

TEST(DrowningDiagram, IsSmall) {
  const Result<std::string> svg = draw_diagram(drowning(), {});
  ASSERT_TRUE(svg);
  EXPECT_LT(svg->size(), 150'000u);
  EXPECT_THAT(*svg, HasSubstr("class=\"node others\""));
}

// Thousands of requests stop waiting within one point of the page.
TEST(DrowningDiagram, KeepsThePeakOfTheWaitingOnes) {
  const RunLog run = drowning();
  const DiagramContent content =
      collect_content(run, *choose_window(run, {.kind = WindowChoice::Kind::kTimes,
                                                .from = at_ns(390'000'000),
                                                .to = at_ns(9'000'000'000)}));
  EXPECT_GT(content.waiting.size(), 4'000u);
  const DiagramScene scene = lay_out({&content, 1});
  const Shape* area = nullptr;
  for (const Shape& shape : scene.shapes) {
    const bool more = area == nullptr || shape.points.size() > area->points.size();
    area = shape.fill == diagram::kWaitingArea && more ? &shape : area;
  }
  ASSERT_NE(area, nullptr);
  EXPECT_LE(area->points.size(), 4'300u);
  const auto [top, bottom] =
      std::minmax_element(area->points.begin(), area->points.end(),
                          [](const Point& a, const Point& b) { return a.y < b.y; });
  EXPECT_EQ(bottom->y - top->y, 30);
}

}  // namespace
}  // namespace lockstep
