#include "reports/diagram_layout.h"

#include <set>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "reports/diagram_packing.h"
#include "reports/diagram_style.h"
#include "reports/diagram_window.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

DiagramScene scene_of(const RunLog& run, const WindowChoice& choice = {}) {
  const Result<DiagramWindow> window = choose_window(run, choice);
  EXPECT_TRUE(window.has_value()) << window.error().message;
  const DiagramContent content = collect_content(run, *window);
  return lay_out({&content, 1});
}

std::size_t count_kind(const DiagramScene& scene, std::string_view prefix) {
  std::size_t count = 0;
  for (const Mark& mark : scene.marks) {
    count += mark.kind.starts_with(prefix) ? 1u : 0u;
  }
  return count;
}

const Mark& mark_of(const DiagramScene& scene, std::string_view id) {
  for (const Mark& mark : scene.marks) {
    if (mark.id == id) {
      return mark;
    }
  }
  throw std::runtime_error("no mark " + std::string(id));
}

// Everything that must hold for any picture.
void expect_sound(const DiagramScene& scene) {
  const Rect page{0, 0, scene.width, scene.height};
  const auto inside = [&](const Rect& box) {
    return box.left >= 0 && box.top >= 0 && box.right() <= page.width &&
           box.bottom() <= page.height;
  };
  for (std::size_t i = 0; i < scene.labels.size(); ++i) {
    const Label& label = scene.labels[i];
    EXPECT_TRUE(inside(label.box)) << label.text;
    for (std::size_t j = i + 1; j < scene.labels.size(); ++j) {
      EXPECT_FALSE(label.box.overlaps(scene.labels[j].box))
          << label.text << " / " << scene.labels[j].text;
    }
  }
  std::set<std::string> ids;
  for (const Mark& mark : scene.marks) {
    EXPECT_TRUE(inside(mark.box)) << mark.id;
    EXPECT_GT(mark.box.width, 0) << mark.id;
    EXPECT_GT(mark.box.height, 0) << mark.id;
    EXPECT_TRUE(ids.insert(mark.id).second) << mark.id;
  }
  for (const DropLine& line : scene.drop_lines) {
    EXPECT_LE(line.top, line.bottom);
  }
}

RunLogOptions random_options(Prng& random) {
  RunLogOptions options;
  options.requests = 1 + static_cast<std::uint32_t>(random.below(600));
  options.max_batch_size = 1 + static_cast<std::uint32_t>(random.below(32));
  options.timeout_us = static_cast<std::int64_t>(random.below(4'000));
  options.lanes = 1 + static_cast<std::uint32_t>(random.below(random.below(4) == 0 ? 40 : 6));
  options.gpus = 1 + static_cast<std::uint32_t>(random.below(3));
  options.queues = 1 + static_cast<std::uint32_t>(random.below(random.below(3) == 0 ? 9 : 2));
  options.mean_gap_us = 20 + static_cast<std::int64_t>(random.below(600));
  options.row_us = static_cast<std::int64_t>(random.below(300));
  options.size_max = 1 + static_cast<std::uint32_t>(random.below(options.max_batch_size));
  options.refuse_one_in = static_cast<std::uint32_t>(random.below(6));
  options.fills_on_lanes = random.below(4) == 0;
  options.seed = random.next();
  return options;
}

TEST(DiagramLayout, NeverLetsLabelsOverlapOrMarksLeaveThePage) {
  Prng random(17, "windows");
  for (int i = 0; i < 150; ++i) {
    const RunLogOptions options = random_options(random);
    SCOPED_TRACE("case " + std::to_string(i));
    const RunLog run = make_run_log(options);
    expect_sound(scene_of(run));
    expect_sound(scene_of(run, {.kind = WindowChoice::Kind::kTypical}));
    const std::size_t first = random.below(run.requests.size());
    const std::size_t last = std::min(first + random.below(200), run.requests.size() - 1);
    expect_sound(scene_of(run, {.kind = WindowChoice::Kind::kTimes,
                                .from = run.requests[first].arrival,
                                .to = run.requests[last].arrival + SimDuration{500}}));
    ASSERT_FALSE(HasFailure());
  }
}

TEST(DiagramLayout, EndsEachBarOfABatchAtItsWall) {
  const DiagramScene scene = scene_of(make_run_log({.requests = 40, .seed = 4}));
  const Mark& wall = mark_of(scene, "b0-wall");
  EXPECT_EQ(wall.kind, "wall full");
  for (const char* id : {"r0-forming", "r3-forming", "r6-forming"}) {
    EXPECT_EQ(mark_of(scene, id).box.right(), wall.box.left + 1) << id;
  }
  EXPECT_EQ(mark_of(scene, "r0-forming").box.left, mark_of(scene, "r0").box.left + 1);
  // The box on the lane begins at the same x: the drop line is vertical.
  EXPECT_EQ(mark_of(scene, "b0").box.left, wall.box.left + 1);
}

TEST(DiagramLayout, ShowsWhatWaitedForTheGpuInsideTheBox) {
  // Two lanes, one GPU, batches close faster than the GPU works.
  const DiagramScene scene =
      scene_of(make_run_log({.requests = 32, .lanes = 2, .mean_gap_us = 100, .batch_us = 3'000}));
  const Rect box = mark_of(scene, "b1").box;
  const Rect queued = mark_of(scene, "b1-gpu-queue").box;
  const Rect fill = mark_of(scene, "b1-fill").box;
  EXPECT_EQ(queued.left, box.left);
  EXPECT_EQ(queued.right(), fill.left);
  EXPECT_EQ(fill.right(), box.right());
  EXPECT_EQ(count_kind(scene, "gpu-queue"), 3u);  // all but the first
}

TEST(DiagramLayout, ShowsABatchThatFilledOnItsLaneFromWhereItTookIt) {
  const RunLogOptions options{.requests = 32, .lanes = 1, .fills_on_lanes = true};
  const DiagramScene scene = scene_of(make_run_log(options));
  const Rect box = mark_of(scene, "b1").box;
  const Rect filling = mark_of(scene, "b1-filling").box;
  EXPECT_EQ(filling.left, box.left);
  EXPECT_EQ(filling.right(), mark_of(scene, "b1-fill").box.left);
  // It ends where the requests leave, and the lane is never without a batch.
  EXPECT_EQ(filling.right(), mark_of(scene, "b1-wall").box.left + 1);
  EXPECT_EQ(box.left, mark_of(scene, "b0").box.right());
}

TEST(DiagramLayout, DrawsAnEmptyBatchAsOneThatBelongsThere) {
  RunLog run = make_run_log({.requests = 8, .timeout_us = 100'000, .mean_gap_us = 10});
  BatchRow empty = run.batches.at(0);
  empty.record.id = BatchId{1};
  empty.record.lane = LaneId{1};
  empty.record.lane_taken = empty.record.opened;
  empty.record.device_start = empty.record.finished = empty.record.dispatched;
  empty.record.request_count = empty.record.rows = empty.record.padded_rows = 0;
  run.batches.push_back(empty);
  const DiagramScene scene = scene_of(run);
  expect_sound(scene);
  EXPECT_EQ(mark_of(scene, "b1").kind, "box full");
  EXPECT_EQ(count_kind(scene, "fill "), 1u);  // of the other one
}

TEST(DiagramLayout, FillsABoxByItsShareOfTheBatchSize) {
  const DiagramScene scene = scene_of(
      make_run_log({.requests = 4, .max_batch_size = 8, .timeout_us = 100'000, .mean_gap_us = 10}));
  const Rect box = mark_of(scene, "b0").box;
  const Rect fill = mark_of(scene, "b0-fill").box;
  EXPECT_EQ(fill.height, (box.height + 1) / 2);
  EXPECT_EQ(fill.bottom(), box.bottom());
}

TEST(DiagramLayout, DrawsIdsUpToSixtyRequestsAndNotBeyond) {
  const auto has_id_7 = [](std::uint32_t requests) {
    const RunLog run = make_run_log({.requests = requests});
    const DiagramScene scene = scene_of(
        run, {.kind = WindowChoice::Kind::kTimes, .from = at_ns(0), .to = at_ns(1'000'000'000)});
    for (const Label& label : scene.labels) {
      if (label.text == "7") {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(has_id_7(60));
  EXPECT_FALSE(has_id_7(61));
}

TEST(DiagramLayout, ListsInTheLegendOnlyWhatOccurs) {
  const auto legend = [](const RunLogOptions& options) {
    std::set<std::string> texts;
    for (const Label& label : scene_of(make_run_log(options)).labels) {
      texts.insert(label.text);
    }
    return texts;
  };
  const RunLogOptions calm{.requests = 8, .timeout_us = 100'000, .mean_gap_us = 10};
  EXPECT_TRUE(legend(calm).contains("full"));
  EXPECT_FALSE(legend(calm).contains("timeout"));
  EXPECT_FALSE(legend(calm).contains("refused"));
  EXPECT_FALSE(legend(calm).contains("open on its lane, filling"));
  EXPECT_FALSE(legend(calm).contains("queued behind other lanes on the GPU"));
  RunLogOptions busy = calm;
  busy.requests = 30;
  busy.refuse_one_in = 4;
  busy.fills_on_lanes = true;
  EXPECT_TRUE(legend(busy).contains("refused"));
  EXPECT_TRUE(legend(busy).contains("open on its lane, filling"));
  EXPECT_TRUE(legend(busy).contains("queued behind other lanes on the GPU"));
}

TEST(DiagramLayout, SaysThatTheSlowestRequestEndsBeyondTheRightEdge) {
  const RunLog run = make_run_log({.requests = 16, .timeout_us = 100'000, .mean_gap_us = 10});
  const RequestRow& slowest = run.requests[8];  // first of the second batch, second on the GPU
  const auto slowest_label = [&](SimTime to) {
    const DiagramScene scene =
        scene_of(run, {.kind = WindowChoice::Kind::kTimes, .from = at_ns(0), .to = to});
    expect_sound(scene);
    std::string found;
    for (const Label& label : scene.labels) {
      found += label.text.starts_with("slowest") ? label.text : "";
    }
    return std::pair(found, count_kind(scene, "slowest"));
  };
  const SimTime end = *slowest.finished;
  const auto [whole, marks] = slowest_label(end);
  EXPECT_EQ(whole, "slowest: request 8, 4.38 ms");
  EXPECT_EQ(marks, 1u);
  const auto [cut, cut_marks] = slowest_label(end - SimDuration{1});
  EXPECT_EQ(cut, whole + ", in B1 on lane 1, ends beyond the right edge");
  EXPECT_EQ(cut_marks, 0u);
  // Not yet on its lane.
  const auto [waiting, waiting_marks] = slowest_label(slowest.dispatched - SimDuration{1});
  EXPECT_EQ(waiting, cut);
  EXPECT_EQ(waiting_marks, 0u);
}

TEST(DiagramLayout, NamesEveryColourInTheLegend) {
  const auto legend = [](const DiagramScene& scene) {
    std::set<std::string> texts;
    for (const Label& label : scene.labels) {
      texts.insert(label.text);
    }
    return texts;
  };
  // The wall lies after the window, the bars' tint does not; then a box without its wall.
  const RunLog run = make_run_log({.requests = 4, .timeout_us = 100'000, .mean_gap_us = 10});
  const WindowChoice before{
      .kind = WindowChoice::Kind::kTimes, .from = at_ns(0), .to = at_ns(1'000'000)};
  EXPECT_EQ(count_kind(scene_of(run, before), "wall"), 0u);
  EXPECT_TRUE(legend(scene_of(run, before)).contains("timeout"));
  const DiagramScene crowded =
      scene_of(make_run_log({.requests = 200, .max_batch_size = 1, .lanes = 1, .mean_gap_us = 1}),
               {.kind = WindowChoice::Kind::kTimes, .from = at_ns(0), .to = at_ns(1'000'000'000)});
  EXPECT_TRUE(legend(crowded).contains("full"));
  // Of 16 requests in two batches, the second batch is on its lane when the run ends, without the
  // last request.
  RunLog cut = make_run_log({.requests = 16, .timeout_us = 100'000, .mean_gap_us = 10});
  cut.batches.pop_back();
  for (std::size_t i = 8; i < 16; ++i) {
    cut.requests[i].finished.reset();
  }
  cut.requests[15].batch.reset();
  EXPECT_TRUE(legend(scene_of(cut)).contains("waiting, no batch of it has ended"));
  EXPECT_TRUE(legend(scene_of(cut)).contains("batch that has not ended"));
  EXPECT_FALSE(legend(scene_of(run)).contains("waiting, no batch of it has ended"));
  EXPECT_FALSE(legend(scene_of(run)).contains("batch that has not ended"));
}

TEST(DiagramLayout, StaysWithinThePageHeightAndSaysWhatItHides) {
  // 200 requests that all wait together, one per batch.
  const DiagramScene scene =
      scene_of(make_run_log({.requests = 200, .max_batch_size = 1, .lanes = 1, .mean_gap_us = 1}),
               {.kind = WindowChoice::Kind::kTimes, .from = at_ns(0), .to = at_ns(1'000'000'000)});
  EXPECT_LE(scene.height, diagram::kPageHeightMax);
  EXPECT_GT(scene.hidden_batches, 0);
  EXPECT_EQ(count_kind(scene, "wall") + static_cast<std::size_t>(scene.hidden_batches), 200u);
  EXPECT_NE(scene.labels.back().text.find("hidden"), std::string::npos);
}

// As many requests as a window has, all at one instant and all in one batch.
RunLog burst(std::uint32_t requests, std::uint32_t queues = 1) {
  return make_run_log({.requests = requests,
                       .max_batch_size = 256,
                       .timeout_us = 1'000,
                       .queues = queues,
                       .mean_gap_us = 0,
                       .row_us = 50});
}

TEST(DiagramLayout, DrawsTwoHundredRequestsOfOneBatch) {
  const DiagramScene scene = scene_of(burst(200));
  expect_sound(scene);
  EXPECT_EQ(scene.hidden_batches, 0);
  EXPECT_EQ(count_kind(scene, "arrival"), 200u);
  EXPECT_EQ(count_kind(scene, "bar forming timeout"), 200u);
  EXPECT_EQ(count_kind(scene, "wall timeout"), 1u);
  EXPECT_LE(scene.height, diagram::kPageHeightMax);
  // Each bar has a row of its own.
  EXPECT_GT(mark_of(scene, "r1").box.top, mark_of(scene, "r0").box.bottom());
}

TEST(DiagramLayout, DrawsTwoHundredRequestsOfOneBatchInBothHalves) {
  const RunLog run = burst(200);
  const DiagramContent content = collect_content(run, *choose_window(run, {}));
  const std::vector<DiagramContent> contents = {content, content};
  const DiagramScene scene = lay_out(contents);
  expect_sound(scene);
  EXPECT_EQ(scene.hidden_batches, 0);
  EXPECT_EQ(count_kind(scene, "arrival"), 400u);
  EXPECT_EQ(count_kind(scene, "wall timeout"), 2u);
  EXPECT_LE(scene.height, 2 * diagram::kPageHeightMax);
}

TEST(DiagramLayout, LeavesALargeBatchTheHeightThatSmallQueuesDoNotNeed) {
  // Six queues: all but one request of each other queue go to the first one's.
  RunLog run = burst(200, 6);
  const std::uint32_t large = run.requests.front().queue;
  std::set<std::uint32_t> others;
  for (RequestRow& row : run.requests) {
    const bool alone = row.queue != large && others.insert(row.queue).second;
    if (!alone) {
      row.queue = large;
      row.batch = run.requests.front().batch;
    }
  }
  ASSERT_EQ(others.size(), 5u);
  const DiagramScene scene = scene_of(
      run, {.kind = WindowChoice::Kind::kTimes, .from = at_ns(0), .to = at_ns(1'000'000'000)});
  expect_sound(scene);
  EXPECT_EQ(scene.hidden_batches, 0);
  EXPECT_EQ(count_kind(scene, "arrival"), 200u);
}

TEST(DiagramLayout, DrawsRequestsThatWereNeverAnswered) {
  RunLog run = make_run_log({.requests = 6});
  run.requests[5].batch.reset();
  run.requests[5].finished.reset();
  run.batches.clear();  // on their lane when the run ended
  for (RequestRow& row : run.requests) {
    row.finished.reset();
  }
  expect_sound(scene_of(run));
}

TEST(DiagramLayout, StacksTwoRunsOnOneAxis) {
  const RunLog a = make_run_log({.requests = 60, .timeout_us = 2'000});
  const RunLog b = make_run_log({.requests = 60, .timeout_us = 5'000});
  DiagramWindow first = *choose_window(a, {});
  DiagramWindow second = same_requests(a, first, b);
  first.from = second.from = std::min(first.from, second.from);
  first.to = second.to = std::max(first.to, second.to);
  const std::vector<DiagramContent> contents = {collect_content(a, first),
                                                collect_content(b, second)};
  const DiagramScene scene = lay_out(contents);
  expect_sound(scene);
  EXPECT_EQ(mark_of(scene, "a-r10").box.left, mark_of(scene, "b-r10").box.left);
}

TEST(DiagramPacking, PutsABoxAsHighAsItFits) {
  const std::vector<PackBox> boxes = {{0, 10, 5}, {5, 15, 5}, {10, 20, 5}, {0, 4, 3}, {0, 20, 1}};
  const Packing packing = pack_first_fit(boxes, 100);
  EXPECT_EQ(packing.tops, (std::vector<std::optional<int>>{0, 5, 0, 5, 10}));
  EXPECT_EQ(packing.height, 11);
  EXPECT_EQ(pack_first_fit(boxes, 10).hidden, 1);
}

}  // namespace
}  // namespace lockstep
