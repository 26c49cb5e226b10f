// Drawn cases: the same everywhere, of the sizes that were asked for, runnable, with every option.
#include "properties/generate/draw_case.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "properties/cases/case_run.h"

namespace lockstep {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

constexpr std::uint64_t kSeed = 20;

TEST(DrawCase, IsTheSameForTheSameSeedAndIndexInAnyOrder) {
  const std::vector<Subject> subjects = registered_subjects();
  const Case first = draw_case(subjects[0], kSeed, 5);
  const Case other = draw_case(subjects[0], kSeed, 6);
  EXPECT_EQ(draw_case(subjects[0], kSeed, 5), first);
  EXPECT_NE(other, first);
  EXPECT_NE(draw_case(subjects[0], kSeed + 1, 5), first);
}

void fold(const OptionValues& options, ByteDigest& digest) {
  for (const auto& [name, value] : options) {
    digest.add(name + "=" + value + ";");
  }
}

std::uint64_t digest_of(const Case& value) {
  ByteDigest digest;
  fold(value.options, digest);
  for (const OptionValues& queue : value.queues) {
    fold(queue, digest);
  }
  const auto add = [&](std::int64_t number) { digest.add(std::to_string(number) + " "); };
  add(static_cast<std::int64_t>(value.seed));
  for (const CaseEvent& event : value.events) {
    for (const std::int64_t number :
         {event.gap.count(), std::int64_t{static_cast<std::uint8_t>(event.kind)},
          std::int64_t{event.queue}, std::int64_t{event.rows}, std::int64_t{event.priority},
          event.timeout.count(), std::int64_t{event.request}, std::int64_t{event.lane},
          std::int64_t{event.lost}}) {
      add(number);
    }
  }
  for (const CaseExecution& execution : value.executions) {
    add(execution.waits.count());
    add(execution.takes.count());
    add(static_cast<std::uint8_t>(execution.status));
  }
  for (const std::uint8_t tie : value.ties) {
    add(tie);
  }
  digest.add(value.device + "|" + value.faults);
  add(value.gpus);
  return digest.value();
}

// What (seed, index) means: a change of it makes printed seeds of earlier campaigns worthless.
TEST(DrawCase, IsTheSameOnEveryCompiler) {
  ByteDigest digest;
  for (const Subject& subject : registered_subjects()) {
    for (std::uint64_t index = 0; index < 200; ++index) {
      digest.add(digest_text(digest_of(draw_case(subject, kSeed, index))));
    }
  }
  EXPECT_EQ(digest_text(digest.value()), "f7201852a026c988");
}

// A plug-in: nothing is known of it but names, types and units.
TEST(DrawCase, DrawsOptionsOfAnyScheduler) {
  const Subject subject{
      .scheduler = "mine",
      .options = {{.name = "wait", .unit = "us", .default_text = "300"},
                  {.name = "workers", .default_text = "1"},
                  {.name = "eager", .default_text = "false", .type = OptionType::kFlag}},
      .lane_option = "workers"};
  std::set<std::string> waits;
  bool after_the_wait = false;  // exactly
  for (std::uint64_t index = 0; index < 200; ++index) {
    const Case value = draw_case(subject, kSeed, index);
    EXPECT_FALSE(value.events.empty());
    for (const auto& [name, text] : value.options) {
      if (name == "wait") {
        waits.insert(text);
        after_the_wait =
            after_the_wait || std::any_of(value.events.begin(), value.events.end(),
                                          [&, wait = text + "000"](const CaseEvent& event) {
                                            return std::to_string(event.gap.count()) == wait;
                                          });
      }
    }
  }
  EXPECT_GT(waits.size(), 5u);
  EXPECT_TRUE(after_the_wait);
  EXPECT_FALSE(draw_case({.scheduler = "no options"}, kSeed, 0).events.empty());
}

TEST(DrawCase, RunsOrIsRefused) {
  int refused = 0;
  int count = 0;
  for (const Subject& subject : registered_subjects()) {
    for (std::uint64_t index = 0; index < 500; ++index) {
      const Case value = draw_case(subject, kSeed, index);
      Result<MadeScheduler> made = make_registered(value);
      ++count;
      refused += made ? 0 : 1;
      if (made) {
        RunRecord record;
        const CaseRun run = run_case(value, std::move(*made), record);
        EXPECT_EQ(run.outcome, CaseOutcome::kRan)
            << subject.scheduler << " " << index << " " << run.refusal;
        EXPECT_THAT(record.broken_rule, IsEmpty()) << subject.scheduler << " " << index;
      }
    }
  }
  EXPECT_GT(refused, count / 100);  // defects on purpose
  EXPECT_LT(refused, count / 25);
}

TEST(DrawCase, HasTheSizesOfAPullRequestCampaign) {
  std::vector<std::size_t> sizes;
  const Subject subject = registered_subjects()[0];
  for (std::uint64_t index = 0; index < 4000; ++index) {
    sizes.push_back(arrival_count(draw_case(subject, kSeed, index)));
  }
  std::sort(sizes.begin(), sizes.end());
  EXPECT_GE(sizes[sizes.size() / 2], 40u);
  EXPECT_GE(sizes[sizes.size() * 9 / 10], 200u);
  EXPECT_LE(sizes[sizes.size() / 10], 10u);
}

TEST(DrawCase, SetsEveryOptionToSeveralValues) {
  for (const Subject& subject : registered_subjects()) {
    std::map<std::string, std::set<std::string>> values;
    for (std::uint64_t index = 0; index < 2000; ++index) {
      const Case value = draw_case(subject, kSeed, index);
      if (!make_registered(value)) {
        continue;
      }
      for (const auto& [name, text] : value.options) {
        values[name].insert(text);
      }
    }
    for (const SubjectOption& option : subject.options) {
      std::set<std::string>& drawn = values[option.name];
      drawn.insert(option.default_text);
      EXPECT_GE(drawn.size(), option.type == OptionType::kFlag ? 2u : 3u)
          << subject.scheduler << " " << option.name;
      for (const std::string& choice : option.choices) {
        EXPECT_THAT(drawn, Contains(choice)) << option.name;
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
