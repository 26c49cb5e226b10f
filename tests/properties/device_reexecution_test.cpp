// Journals of devices that are more than one compute stream: held to the device's description.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/schedulers/tf_shared.h"
#include "properties/reexecution.h"
#include "sim/device_text.h"
#include "sim/simulation.h"
#include "tests/support/vector_arrivals.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kDeviceSettings = 43;
const std::vector<std::string> kModelNames = {"resnet", "bert"};

struct DeviceJournal final : EventSink {
  [[nodiscard]] bool wants_journal() const override { return true; }
  void journal(const JournalLine& line) override { lines.push_back(line); }
  std::vector<JournalLine> lines;
};

std::unique_ptr<Scheduler> shared_scheduler() {
  return std::move(
      *make_tf_shared({.max_batch_size = 8, .batch_timeout_micros = 3, .num_batch_threads = 4}));
}

// One device, its run, and its judge.
class DeviceJournalTest {
 public:
  explicit DeviceJournalTest(const std::string& gpu) : device_(*parse_device(gpu)) {
    std::vector<Arrival> arrivals;
    Prng prng(5, "device-reexecution");
    std::int64_t now = 0;
    for (int i = 0; i < 400; ++i) {
      now += static_cast<std::int64_t>(prng.below(1'500));
      arrivals.push_back(Arrival{.time = at_ns(now),
                                 .queue = QueueId{static_cast<std::uint32_t>(prng.below(2))},
                                 .size = static_cast<std::uint32_t>(1 + prng.below(4))});
    }
    VectorArrivals source(std::move(arrivals));
    DeviceJournal journal;
    Server server(shared_scheduler(), options().server, &journal);
    EXPECT_TRUE(
        simulate({.device = device_, .gpu_count = 2, .seed = 9, .queue_names = &kModelNames},
                 source, server));
    lines = journal.lines;
  }

  [[nodiscard]] Result<ReexecutionReport> rerun(std::uint64_t seed = 9) const {
    ReexecutionOptions judged = options();
    judged.seed = seed;
    std::size_t next = 0;
    return reexecute(shared_scheduler(), judged, [&]() -> Result<std::optional<JournalLine>> {
      return next < lines.size() ? std::optional<JournalLine>(lines[next++]) : std::nullopt;
    });
  }

  // Why the journal is refused after `edit` of the n-th completion that `wanted` accepts, all
  // digests repaired.
  std::string refusal(int n, const std::function<bool(const JournalLine&)>& wanted,
                      const std::function<void(JournalLine&)>& edit) {
    const std::vector<JournalLine> intact = lines;
    ChainDigest chain(kDeviceSettings);
    for (JournalLine& line : lines) {
      if (line.is_input && line.input.kind == InputKind::kBatchDone && wanted(line) && n-- == 0) {
        edit(line);
      }
      chain.fold(digest_line(line));
      line.digest = chain.value();
    }
    const Result<ReexecutionReport> report = rerun();
    lines = intact;
    return report ? "accepted" : report.error().message;
  }

  std::vector<JournalLine> lines;

 private:
  [[nodiscard]] ReexecutionOptions options() const {
    return {.server = {.lane_count = 4, .settings_digest = kDeviceSettings},
            .queue_count = 2,
            .device = &device_,
            .gpu_count = 2,
            .seed = 9,
            .queue_names = &kModelNames};
  }
  DeviceDescription device_;
};

bool any_completion(const JournalLine&) {
  return true;
}
bool failed(const JournalLine& line) {
  return line.input.status != Status::kOk;
}

TEST(DeviceReexecution, HoldsForEachKindOfDevice) {
  const std::string all_at_once =
      "2us+500ns/row,sharing=equal,jitter=1@50/3@99,memory=900B,weights=100B,row_bytes=60B,"
      "row_bytes@bert=90B";
  for (const std::string& gpu :
       {std::string("2us+500ns/row,h2d=300ns+100ns/row,d2h=200ns+10ns/row"),
        std::string("2us+500ns/row,sharing=equal"),
        std::string("2us+500ns/row,sharing=2:1.57,h2d=1us+0ns/row,d2h=1us+0ns/row"),
        std::string("1:2us@0/3us@50/9us@99,8:6us@50/20us@100"),
        std::string("2us+500ns/row,jitter=0.9@0/2@100,first=50us"), all_at_once}) {
    const DeviceJournalTest run(gpu);
    const Result<ReexecutionReport> report = run.rerun();
    ASSERT_TRUE(report) << gpu << ": " << report.error().message;
    EXPECT_TRUE(report->identical()) << gpu;
  }
}

TEST(DeviceReexecution, RefusesATimeThatTheSharedGpuDoesNotGive) {
  DeviceJournalTest run("2us+500ns/row,sharing=equal");
  EXPECT_THAT(run.refusal(40, any_completion, [](JournalLine& line) { --line.input.device_time; }),
              HasSubstr("the GPU curve gives"));
  EXPECT_THAT(run.refusal(40, any_completion,
                          [](JournalLine& line) {
                            line.input.now -= SimDuration{1};
                            --line.input.device_time;
                          }),
              HasSubstr("the GPU is not done with it yet"));
  EXPECT_EQ(run.refusal(40, any_completion, [](JournalLine&) {}), "accepted");
}

TEST(DeviceReexecution, RefusesOutOfMemoryWhereThereIsSomeAndAnAnswerWhereThereIsNone) {
  DeviceJournalTest run("2us+500ns/row,memory=700B,row_bytes=60B");
  EXPECT_THAT(run.refusal(0, failed, [](JournalLine& line) { line.input.status = Status::kOk; }),
              HasSubstr("it ends with RESOURCE_EXHAUSTED"));
  EXPECT_THAT(run.refusal(
                  3, [](const JournalLine& line) { return !failed(line); },
                  [](JournalLine& line) { line.input.status = Status::kResourceExhausted; }),
              HasSubstr("it ends with OK"));
}

TEST(DeviceReexecution, RefusesTheDrawsOfAnotherSeed) {
  const DeviceJournalTest run("2us+500ns/row,jitter=0.9@0/2@100");
  EXPECT_TRUE(run.rerun());
  const Result<ReexecutionReport> other = run.rerun(/*seed=*/10);
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("the GPU"));
}

}  // namespace
}  // namespace lockstep
