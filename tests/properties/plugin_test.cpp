// Schedulers out of shared libraries and programs: loading them, and what they can do wrong.
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/server.h"
#include "properties/checkers/checker.h"
#include "properties/plugin/exec_messages.h"
#include "properties/plugin/exec_scheduler.h"
#include "properties/plugin/plugin_library.h"
#include "properties/plugin/scheduler_fault.h"
#include "properties/verify/campaign.h"
#include "properties/verify/subjects.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string error_of(const Result<std::shared_ptr<const ForeignScheduler>>& loaded) {
  return loaded ? "nothing" : loaded.error().message;
}

std::unique_ptr<Scheduler> make(const ForeignScheduler& loaded, const OptionValues& given) {
  const OptionValues values = complete_options(loaded.info(), given, 1).value();
  return loaded.info().make({.values = values}).value();
}

TEST(PluginLibrary, DescribesItsScheduler) {
  const auto loaded = load_plugin(LOCKSTEP_EXAMPLE_PLUGIN).value();
  const SchedulerInfo& info = loaded->info();
  EXPECT_EQ(info.name, "size-or-timeout");
  EXPECT_EQ(info.lane_option, "num_batch_threads");
  ASSERT_NE(find_option(info, "batch_timeout_micros"), nullptr);
  EXPECT_EQ(find_option(info, "batch_timeout_micros")->default_text, "2000");
  EXPECT_EQ(find_option(info, "batch_timeout_micros")->unit, "us");
  EXPECT_THAT(loaded->rules_version(), StartsWith("plugin "));
  const auto scheduler = make(*loaded, {});
  EXPECT_TRUE(scheduler->promises().fifo_per_queue);
  EXPECT_FALSE(scheduler->promises().cancellable);
  EXPECT_FALSE(scheduler->needs().device_pending);
}

// Every bit of LOCKSTEP_PROMISES is a name of kPromiseNames, and a campaign holds it to them.
TEST(PluginLibrary, IsHeldToAllThatItPromises) {
  const auto loaded = load_plugin(LOCKSTEP_FAIR_SHARES_PLUGIN).value();
  const Promises promises = make(*loaded, {})->promises();
  EXPECT_TRUE(promises.fifo_per_queue && promises.work_conserving && promises.timeout_bound &&
              promises.starvation_free && promises.cancellable && promises.drains_on_close);
  EXPECT_TRUE(promises.waits_for_timeout && promises.fills_batches && promises.shares_by_weight &&
              promises.isolates_queues);
  EXPECT_FALSE(promises.replies_in_order || promises.takes_turns || promises.strict_priority ||
               promises.queue_wait_bound || promises.latency_bound);

  const CampaignSubject subject = plugin_subject(LOCKSTEP_FAIR_SHARES_PLUGIN).value();
  const CampaignResult result = run_campaign({subject}, {.seed = 7, .cases = 500}).value();
  EXPECT_TRUE(result.findings.empty());
  for (const std::string_view id : {"L1b", "L3c", "L4b", "L5"}) {
    const auto place = static_cast<std::size_t>(find_property(id) - all_properties().data());
    EXPECT_GT(result.tally.judged[place], 400u) << id;
  }
}

// The schedulers that seeded bugs are planted into are right without them.
TEST(PluginLibrary, SchedulersOfAHouseKeepWhatTheyPromise) {
  struct InHouse {
    const char* name;
    std::vector<std::string_view> judged;
  };
  for (const InHouse& scheduler :
       {InHouse{"bounded_turns", {"L2", "L4", "L7"}}, InHouse{"one_in_flight", {"S3b"}},
        InHouse{"windows", {"L1", "V2"}}}) {
    const std::string path = std::string(LOCKSTEP_IN_HOUSE_FOLDER "/lib") + scheduler.name + ".so";
    const Result<CampaignSubject> subject = plugin_subject(path);
    ASSERT_TRUE(subject) << subject.error().message;
    const CampaignResult result = run_campaign({*subject}, {.seed = 7, .cases = 500}).value();
    EXPECT_TRUE(result.findings.empty()) << scheduler.name;
    for (const std::string_view id : scheduler.judged) {
      const auto place = static_cast<std::size_t>(find_property(id) - all_properties().data());
      EXPECT_GT(result.tally.judged[place], 100u) << scheduler.name << " " << id;
    }
  }
}

// Found by `lockstep verify` in the example while it was written.
TEST(PluginLibrary, FairSharesRefusesWhatItCannotCount) {
  const auto loaded = load_plugin(LOCKSTEP_FAIR_SHARES_PLUGIN).value();
  const SchedulerInfo& info = loaded->info();
  const auto refusal = [&](const OptionValues& given) {
    const auto made = info.make({.values = complete_options(info, given, 1).value()});
    return made ? "nothing" : made.error().message;
  };
  EXPECT_EQ(refusal({{"max_enqueued_batches", "1000000"}}), "nothing");
  EXPECT_THAT(refusal({{"max_enqueued_batches", "1000001"}}), HasSubstr("1 to 1,000,000"));
  EXPECT_EQ(refusal({{"queue_weights", "16"}}), "nothing");
  EXPECT_EQ(refusal({{"queue_weights", "17"}}), "weights must be 1 to 16");
}

TEST(PluginLibrary, RefusesOptionsWithItsOwnText) {
  const auto loaded = load_plugin(LOCKSTEP_EXAMPLE_PLUGIN).value();
  const SchedulerInfo& info = loaded->info();
  const auto refusal = [&](const OptionValues& given) {
    const auto made = info.make({.values = complete_options(info, given, 1).value()});
    return made ? "nothing" : made.error().message;
  };
  EXPECT_EQ(refusal({{"batch_timeout_micros", "0"}}), "nothing");
  EXPECT_EQ(refusal({{"batch_timeout_micros", "-1"}}), "batch_timeout_micros must be 0 to 1 h");
  EXPECT_EQ(refusal({{"batch_timeout_micros", "3600000000"}}), "nothing");
  EXPECT_EQ(refusal({{"batch_timeout_micros", "3600000001"}}),
            "batch_timeout_micros must be 0 to 1 h");
  EXPECT_EQ(refusal({{"num_batch_threads", "0"}}),
            "num_batch_threads must be between 1 and 4096; was 0");
  EXPECT_EQ(complete_options(info, {{"batch_timeout_millis", "1"}}, 1).error().message,
            "found option 'batch_timeout_millis', expected an option of scheduler size-or-timeout "
            "(did you mean batch_timeout_micros?)");
}

TEST(PluginLibrary, SendsAtTheTimeoutAndNotBefore) {
  const auto loaded = load_plugin(LOCKSTEP_EXAMPLE_PLUGIN).value();
  Server server(make(*loaded, {{"batch_timeout_micros", "2"}}), {.lane_count = 1}, nullptr);
  server.arrive({.time = at_ns(100), .size = 3});
  EXPECT_TRUE(server.started().empty());
  EXPECT_EQ(server.wake_at(), at_ns(2'100));
  server.arrive({.time = at_ns(2'099), .size = 4});
  EXPECT_TRUE(server.started().empty());
  server.timer(at_ns(2'100));
  ASSERT_EQ(server.started().size(), 1u);
  EXPECT_EQ(server.started().front().rows, 7u);
  server.batch_done({.now = at_ns(5'000), .lane = LaneId{0}, .device_time = SimDuration{10}});
  EXPECT_EQ(server.totals().answered, 2u);
  server.arrive({.time = at_ns(6'000), .size = 33});
  EXPECT_EQ(server.totals().refused, 1u);
}

TEST(PluginLibrary, SaysWhatIsNoPlugin) {
  EXPECT_EQ(error_of(load_plugin("no/such/library.so")), "no/such/library.so: no such file");
  EXPECT_THAT(error_of(load_plugin(LOCKSTEP_SOURCE_DIR)),
              HasSubstr("found no file that can be read"));
  const std::string text = std::string(LOCKSTEP_SOURCE_DIR) + "/CMakeLists.txt";
  EXPECT_THAT(error_of(load_plugin(text)),
              HasSubstr("CMakeLists.txt: found no shared library that can be loaded, expected a "
                        "plug-in"));
  EXPECT_THAT(error_of(load_plugin(LOCKSTEP_HOST_USER_MODEL)),
              HasSubstr("found no function lockstep_plugin, expected it"));
  EXPECT_THAT(error_of(load_plugin(LOCKSTEP_OLD_PLUGIN)),
              HasSubstr("found a plug-in for ABI 0, expected 1"));
}

// What a plug-in that goes wrong at its first input is told.
std::string said_of_fault(const std::string& number) {
  const auto loaded = load_plugin(LOCKSTEP_FAULTY_PLUGIN).value();
  Server server(make(*loaded, {{"fault", number}, {"at", "0"}}), {.lane_count = 1}, nullptr);
  try {
    server.arrive({.time = at_ns(10), .size = 2});
    server.batch_done({.now = at_ns(20), .lane = LaneId{0}});
  } catch (const SchedulerFault& fault) {
    return fault.what();
  }
  return "nothing";
}

TEST(PluginLibrary, TurnsWhatAPluginDoesWrongIntoAFinding) {
  EXPECT_EQ(said_of_fault("0"), "nothing");
  EXPECT_EQ(said_of_fault("4"),
            "scheduler faulty: it found a fault of its own: an invariant of mine is broken (input "
            "0, arrive, at 10ns; seed 1)");
  EXPECT_THAT(said_of_fault("5"), HasSubstr("found lane 7, expected 0"));
  EXPECT_THAT(said_of_fault("6"), HasSubstr("found request 1000, expected one that was accepted"));
  EXPECT_THAT(said_of_fault("7"), HasSubstr("all its rows are in batches already"));
  EXPECT_THAT(said_of_fault("8"), HasSubstr("wake: found 10ns"));
  EXPECT_THAT(said_of_fault("9"), HasSubstr("found no finish_batch"));
  EXPECT_THAT(said_of_fault("10"), HasSubstr("found 5 rows, expected at most 4 (rows)"));
}

// --- programs ---------------------------------------------------------------------------------

// Answers `describe` well and is ready; then `after` says what it does, in words of the shell.
std::string program(const std::string& after) {
  return R"(read l; echo '{"protocol":1,"name":"in-shell","options":[{"name":"lanes","default":1},)"
         R"({"name":"rows","default":"4"}],"lane_option":"lanes","batch_option":"rows"}'; )"
         R"(read l; echo '{"ready":true}'; read l; )" +
         after;
}

ExecOptions soon() {
  return {.limits = {.cpu = 50ms, .wall = 30s}, .interrupted = {}};
}

std::string said_of_program(const std::string& after) {
  const auto loaded = load_exec(program(after), soon()).value();
  Server server(make(*loaded, {}), {.lane_count = 1}, nullptr);
  try {
    server.arrive({.time = at_ns(10), .size = 2});
  } catch (const SchedulerFault& fault) {
    return std::string(scheduler_fault_kind_name(fault.kind())) + " " + fault.what();
  }
  return "nothing";
}

TEST(ExecScheduler, SpeaksInLines) {
  EXPECT_EQ(said_of_program(R"(echo '{"decisions":[]}')"), "nothing");
  EXPECT_EQ(said_of_program(R"(echo '{"decisions":[{"type":"start","batch":0,"lane":0,"queue":0,)"
                            R"("pieces":[{"request":0,"rows":2}],"reason":"greedy"}]}')"),
            "nothing");
  EXPECT_EQ(said_of_program(R"(test "$l" = '{"type":"arrive","input":0,"now_ns":10,"request":0,)"
                            R"("queue":0,"rows":2,"priority":0,"timeout_ns":0,"client":0}' )"
                            R"(&& echo '{"decisions":[]}')"),
            "nothing");
}

TEST(ExecScheduler, TurnsWhatAProgramDoesWrongIntoAFinding) {
  EXPECT_EQ(said_of_program("exit 7"),
            "crash scheduler in-shell: it exited with code 7 (input 0, arrive, at 10ns; seed 1)");
  EXPECT_THAT(
      said_of_program("kill -SEGV $$"),
      HasSubstr("crash scheduler in-shell: it crashed with signal 11 (Segmentation fault)"));
  EXPECT_THAT(said_of_program("while :; do :; done"),
              HasSubstr("hang scheduler in-shell: it hangs: no answer within 50 ms of CPU time"));
  EXPECT_THAT(said_of_program("echo hello"),
              HasSubstr("contract scheduler in-shell: answer column 1: found"));
  EXPECT_THAT(said_of_program(R"(echo '{"decision":[]}')"),
              HasSubstr("column 2: found key 'decision', expected one of decisions"));
  EXPECT_THAT(said_of_program(R"(echo '{"decisions":[{"type":"begin"}]}')"),
              HasSubstr("found 'begin', expected one of start, add, seal"));
  EXPECT_THAT(said_of_program(R"(echo '{"decisions":[{"type":"wake","at_ns":10}]}')"),
              HasSubstr("wake: found 10ns, expected a time after 10ns"));
  EXPECT_THAT(said_of_program(R"(echo '{"decisions":[{"type":"finish","request":-1,)"
                              R"("status":"OK"}]}')"),
              HasSubstr("found -1, expected a number that is not negative"));
  EXPECT_THAT(said_of_program(R"(echo '{"error":"no more"}')"), HasSubstr("answer no more"));
}

TEST(ExecScheduler, SaysWhatIsNoScheduler) {
  EXPECT_THAT(error_of(load_exec("exit 0", soon())),
              StartsWith("--exec 'exit 0': it exited with code 0, expected an answer to "));
  EXPECT_THAT(error_of(load_exec("no-such-program-here 2>/dev/null", soon())),
              HasSubstr("it exited with code 127"));
  EXPECT_THAT(error_of(load_exec("read l; echo '{}'", soon())),
              HasSubstr("found no key 'protocol', expected it: {}"));
  EXPECT_THAT(error_of(load_exec(R"(read l; echo '{"protocol":2}')", soon())),
              HasSubstr("found another protocol, expected 1"));
}

TEST(ExecScheduler, ServesOneRunAfterAnotherWithOneProcess) {
  // It is ready for two runs, and ends when it is told of a third.
  const auto loaded = load_exec(program("echo '{\"ready\":true}'; read l; exit 3"), soon()).value();
  const OptionValues values = complete_options(loaded->info(), {}, 1).value();
  for (int run = 0; run < 2; ++run) {
    EXPECT_TRUE(loaded->info().make({.values = values}));
  }
  const auto third = loaded->info().make({.values = values});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().message, "reset: it exited with code 3");
  // Runs that overlap have processes of their own.
  std::vector<std::unique_ptr<Scheduler>> overlapping;
  for (int run = 0; run < 3; ++run) {
    overlapping.push_back(make(*loaded, {}));
  }
}

TEST(ExecMessages, SayEveryInputWithItsFields) {
  lockstep_input input{};
  input.now_ns = 7;
  input.sequence = 3;
  input.batch = 2;
  input.lane = 1;
  input.status = LOCKSTEP_UNAVAILABLE;
  const auto said = [&](lockstep_input_kind kind) {
    input.kind = kind;
    return input_message(input);
  };
  EXPECT_EQ(said(LOCKSTEP_TIMER), R"({"type":"timer","input":3,"now_ns":7})");
  EXPECT_EQ(said(LOCKSTEP_BATCH_DONE),
            R"({"type":"batch-done","input":3,"now_ns":7,"batch":2,"lane":1,"queue":0,)"
            R"("status":"UNAVAILABLE","device_time_ns":0,"device_pending":0})");
  EXPECT_EQ(said(LOCKSTEP_CANCEL),
            R"({"type":"cancel","input":3,"now_ns":7,"request":0,"queue":0})");
  EXPECT_EQ(said(LOCKSTEP_CLOSE_QUEUE), R"({"type":"close-queue","input":3,"now_ns":7,"queue":0})");
  EXPECT_EQ(said(LOCKSTEP_LANE_DOWN),
            R"({"type":"lane-down","input":3,"now_ns":7,"lane":1,"status":"UNAVAILABLE"})");
  EXPECT_EQ(said(LOCKSTEP_LANE_UP), R"({"type":"lane-up","input":3,"now_ns":7,"lane":1})");
}

}  // namespace
}  // namespace lockstep
