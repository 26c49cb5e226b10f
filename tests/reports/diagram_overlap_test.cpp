// No label hits another label or what belongs to another batch, and nothing leaves the page.
#include <algorithm>
#include <charconv>
#include <optional>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "reports/diagram_layout.h"
#include "tests/support/run_log_builder.h"

namespace lockstep {
namespace {

// Whose mark or label it is, by its id: "b4-wall", "r17-forming". Nobody's: nullopt.
std::optional<std::uint64_t> owner_of(const RunLog& run, std::string_view id) {
  if (id.size() < 2 || (id[0] != 'b' && id[0] != 'r') || id[1] < '0' || id[1] > '9') {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  std::from_chars(id.data() + 1, id.data() + id.size(), number);
  if (id[0] == 'b') {
    return number;
  }
  // A request without a batch is of a comb of its own kind; those of different kinds keep apart.
  const RequestRow& row = run.requests.at(number);
  return row.batch.value_or(1'000'000 + static_cast<std::uint64_t>(row.reason));
}

void expect_apart(const RunLog& run, const DiagramScene& scene) {
  const Rect page{0, 0, scene.width, scene.height};
  const auto inside = [&](const Rect& box) {
    return box.left >= 0 && box.top >= 0 && box.right() <= page.right() &&
           box.bottom() <= page.bottom();
  };
  for (const Mark& mark : scene.marks) {
    EXPECT_TRUE(inside(mark.box)) << mark.id;
  }
  for (const Shape& shape : scene.shapes) {
    for (const Point& point : shape.points) {
      EXPECT_TRUE(inside({point.x, point.y, 0, 0})) << point.x << ", " << point.y;
    }
  }
  for (std::size_t i = 0; i < scene.labels.size(); ++i) {
    const Label& label = scene.labels[i];
    EXPECT_TRUE(inside(label.box)) << label.text;
    for (std::size_t j = i + 1; j < scene.labels.size(); ++j) {
      EXPECT_FALSE(label.box.overlaps(scene.labels[j].box))
          << label.text << " / " << scene.labels[j].text;
    }
    // The words of a fault hit no batch at all.
    const std::optional<std::uint64_t> owner =
        label.id.starts_with("fault") ? 2'000'000 : owner_of(run, label.id);
    for (const Mark& mark : scene.marks) {
      const std::optional<std::uint64_t> other = owner_of(run, mark.id);
      if (owner && other && owner != other) {
        EXPECT_FALSE(label.box.overlaps(mark.box)) << label.text << " / " << mark.id;
      }
    }
  }
}

// Faults, cancels and stages at random over the span of a run. A lane is down only while it has no
// batch: between two of them, or after the last one.
RunEvents random_events(const RunLog& run, Prng& random) {
  RunEvents events;
  for (std::uint64_t i = random.below(4); i > 0 && !run.batches.empty(); --i) {
    const BatchRecord& before = run.batches[random.below(run.batches.size())].record;
    SimTime next = kForever;
    for (const BatchRow& batch : run.batches) {
      const bool later =
          batch.record.lane == before.lane && batch.record.lane_taken >= before.finished;
      next = later ? std::min(next, batch.record.lane_taken) : next;
    }
    events.faults.push_back({.lane = raw(before.lane),
                             .from = before.finished,
                             .to = next,
                             .text = "GPU lost, down",
                             .down = true});
    events.faults.push_back({.lane = raw(before.lane),
                             .from = before.dispatched,
                             .to = before.finished,
                             .text = "stall"});
  }
  for (const RequestRow& row : run.requests) {
    if (random.below(20) == 0) {
      events.cancels.emplace(row.request, row.arrival + SimDuration{250'000});
    }
  }
  for (const BatchRow& batch : run.batches) {
    const BatchRecord& record = batch.record;
    const SimDuration third = (record.finished - record.device_start) / 3;
    if (random.below(2) == 0) {
      events.stages.emplace(
          raw(record.id),
          StageRow{.batch = raw(record.id),
                   .launched = record.dispatched,
                   .to_device = {record.device_start, record.device_start + third},
                   .compute = {record.device_start + third, record.finished - third},
                   .to_host = {record.finished - third, record.finished}});
    }
  }
  return events;
}

TEST(DiagramOverlap, OfTwoHundredRandomWindowsNoLabelHitsAnotherOrAnotherBatch) {
  Prng random(41, "marks");
  for (int i = 0; i < 200; ++i) {
    SCOPED_TRACE("window " + std::to_string(i));
    RunLogOptions options;
    options.requests = 1 + static_cast<std::uint32_t>(random.below(i % 8 == 0 ? 2'000 : 300));
    options.max_batch_size = 1 + static_cast<std::uint32_t>(random.below(32));
    options.timeout_us = static_cast<std::int64_t>(random.below(4'000));
    options.lanes = 1 + static_cast<std::uint32_t>(random.below(random.below(4) == 0 ? 30 : 6));
    options.gpus = 1 + static_cast<std::uint32_t>(random.below(3));
    options.queues = 1 + static_cast<std::uint32_t>(random.below(random.below(3) == 0 ? 9 : 2));
    options.mean_gap_us = 20 + static_cast<std::int64_t>(random.below(600));
    options.size_max = 1 + static_cast<std::uint32_t>(random.below(options.max_batch_size));
    options.refuse_one_in = static_cast<std::uint32_t>(random.below(6));
    options.seed = random.next();
    const RunLog run = make_run_log(options);
    const std::size_t first = random.below(run.requests.size());
    const std::size_t last =
        std::min(first + random.below(options.requests), run.requests.size() - 1);
    WindowChoice choice{.kind = WindowChoice::Kind::kTimes,
                        .from = run.requests[first].arrival,
                        .to = run.requests[last].arrival + SimDuration{500'000}};
    if (random.below(4) == 0) {
      choice = {.kind = WindowChoice::Kind::kRequest, .id = first};
    }
    std::vector<DiagramViolation> violations;
    if (random.below(4) == 0) {
      violations.push_back({.rule = "L3 work conserving",
                            .measured = "idle for 3.2 ms",
                            .bound = "at most 0 ns",
                            .from = run.requests[first].arrival,
                            .to = run.requests[last].arrival,
                            .request = first});
    }
    const RunEvents events = random_events(run, random);
    DiagramContent content = collect_content(run, *choose_window(run, choice), &events);
    mark_violations(violations, content);
    expect_apart(run, lay_out({&content, 1}, random.below(2) == 0));
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace lockstep
