// lockstep dev: for people who work on Lockstep itself.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/execute.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"
#include "core/digest.h"
#include "properties/conformance.h"

namespace lockstep {
namespace {

struct PinnedScenario {
  const char* name;
  RunPlan plan;
};

RunPlan poisson(const char* arrivals, std::uint64_t requests, std::uint64_t seed, const char* gpu,
                std::uint32_t gpus, OptionValues options) {
  RunPlan plan;
  plan.arrivals = arrivals;
  plan.request_count = requests;
  plan.seed = seed;
  plan.gpu = gpu;
  plan.gpu_count = gpus;
  plan.options = std::move(options);
  return plan;
}

RunPlan azure(std::int64_t timeout_micros) {
  RunPlan plan;
  plan.trace = "azure-conv-2023";
  plan.load = "400x";
  plan.gpu = "v100-resnet50";
  plan.options = {
      {"max_batch_size", 16}, {"batch_timeout_micros", timeout_micros}, {"num_batch_threads", 4}};
  return plan;
}

// Chosen so that together they hit every reason, refusals, several lanes and GPUs, both curves.
std::vector<PinnedScenario> pinned_scenarios() {
  RunPlan naive =
      poisson("poisson:900/s", 20'001, 7, "1:2.0ms,8:3.0ms,32:6.5ms", 1, {{"batch_size", 32}});
  naive.scheduler = "naive-full-batch";
  return {
      {"azure-400x-2ms", azure(2000)},
      {"azure-400x-5ms", azure(5000)},
      {"poisson-70-percent",
       poisson("poisson:17230/s", 100'000, 1, "1ms+50us/row", 2,
               {{"max_batch_size", 32}, {"batch_timeout_micros", 2000}, {"num_batch_threads", 2}})},
      {"poisson-overload", poisson("poisson:9/ms", 100'000, 3, "1:2.0ms,8:3.0ms,32:6.5ms", 2,
                                   {{"max_batch_size", 32},
                                    {"batch_timeout_micros", 0},
                                    {"max_enqueued_batches", 3},
                                    {"num_batch_threads", 3}})},
      {"naive-starves-one", std::move(naive)},
  };
}

int print_digests() {
  for (const PinnedScenario& scenario : pinned_scenarios()) {
    const Result<PreparedRun> run = prepare(scenario.plan);
    if (!run) {
      return report_error(run.error());
    }
    const Result<RunOutcome> outcome = execute(*run, ExecuteOptions{.log = false, .out = ""});
    if (!outcome) {
      return report_error(outcome.error());
    }
    fmt::print("{} {}\n", scenario.name, digest_text(outcome->summary.digest));
  }
  return kExitHolds;
}

Result<std::vector<ConformanceScenario>> read_scenarios(const std::vector<std::string>& paths) {
  std::vector<ConformanceScenario> all;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    if (!file.is_open() || std::filesystem::is_directory(path)) {
      return io_error(path + ": cannot be read");
    }
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    Result<std::vector<ConformanceScenario>> scenarios = parse_conformance_file(path, text);
    if (!scenarios) {
      return scenarios;
    }
    all.insert(all.end(), std::make_move_iterator(scenarios->begin()),
               std::make_move_iterator(scenarios->end()));
  }
  return all;
}

// Nothing runs before every file was understood.
int conform(const std::vector<std::string>& paths) {
  const Result<std::vector<ConformanceScenario>> scenarios = read_scenarios(paths);
  if (!scenarios) {
    return report_error(scenarios.error());
  }
  std::size_t failed = 0;
  for (const ConformanceScenario& scenario : *scenarios) {
    const std::optional<ConformanceDifference> difference = run_conformance_scenario(scenario);
    if (difference) {
      ++failed;
      fmt::print("FAIL {}: expected {}, got {}\n", scenario.id, difference->expected,
                 difference->got);
    } else {
      fmt::print("ok {}\n", scenario.id);
    }
  }
  fmt::print("{} passed, {} failed\n", scenarios->size() - failed, failed);
  if (scenarios->empty()) {
    return kExitNoVerdict;
  }
  return failed > 0 ? kExitFailed : kExitHolds;
}

}  // namespace

void add_dev(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("dev", "For people who work on Lockstep itself");
  verb->require_subcommand(1);
  CLI::App* digests = verb->add_subcommand(
      "digests", "Run the pinned scenarios and print their digests (tests/golden/digests.txt)");
  digests->callback([&session] { session.exit_code = print_digests(); });

  CLI::App* conformance = verb->add_subcommand(
      "conform", "Run scheduler scenarios (JSON Lines) and say where one differs first");
  const auto paths = std::make_shared<std::vector<std::string>>();
  conformance->add_option("FILE", *paths, "Scenarios, one JSON object per line")->required();
  conformance->footer("Example: lockstep dev conform tests/conformance/tf_shared.jsonl");
  conformance->callback([&session, paths] { session.exit_code = conform(*paths); });
}

}  // namespace lockstep
