// Judging survives every value that a scheduler takes, also of options that it does not use then:
// "retry_delay_micros" of 10^18 without a retrier once overflowed in a checker, not in a scheduler.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/schedulers/registry.h"
#include "properties/cases/case.h"
#include "properties/relations/twin_runs.h"
#include "properties/verify/judge.h"

namespace lockstep {
namespace {

// Two options at once: products and sums of them are made.
constexpr std::string_view kValues[] = {"3",
                                        "0",
                                        "-1",
                                        "999999999999999999",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "9223372036854775"};

// With what its scheduler will not do without.
Case few_requests(const SchedulerInfo& info) {
  Case value;
  value.scheduler = std::string(info.name);
  for (const auto& [name, text] : OptionValues{{"max_batch_size", "4"},
                                               {"batch_size", "2"},
                                               {"num_batch_threads", "2"},
                                               {"initial_in_flight_batches_limit", "1"}}) {
    if (find_option(info, name) != nullptr) {
      value.options.emplace_back(name, text);
    }
  }
  for (int i = 0; i < 4; ++i) {
    CaseEvent event;
    event.gap = SimDuration{i * 700};
    value.events.push_back(event);
  }
  return value;
}

struct Judged {
  int ran = 0;
  int refused = 0;
};

void judge(const Case& value, Judged& judged) {
  RunRecord record;
  const Verdict verdict = judge_case(value, make_registered, {}, record);
  ++(verdict.refused ? judged.refused : judged.ran);
  EXPECT_FALSE(verdict.violation) << case_text(value) << "\n" << violation_text(*verdict.violation);
}

TEST(OptionValues, AreJudgedHoweverLarge) {
  for (const SchedulerInfo& info : all_schedulers()) {
    SCOPED_TRACE(info.name);
    Judged judged;
    for (std::size_t i = 0; i < info.options.size(); ++i) {
      if (info.options[i].type != OptionType::kInteger) {
        continue;
      }
      for (const std::string_view text : kValues) {
        Case value = few_requests(info);
        put_option(value.options, info.options[i].name, std::string(text));
        judge(value, judged);
        for (std::size_t k = 0; k < i; ++k) {
          if (info.options[k].type == OptionType::kInteger) {
            Case both = value;
            put_option(both.options, info.options[k].name, std::string(text));
            judge(both, judged);
          }
        }
      }
    }
    EXPECT_GT(judged.ran, 0);
    EXPECT_GT(judged.refused, 0);
  }
}

}  // namespace
}  // namespace lockstep
