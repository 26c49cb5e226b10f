// lockstep bound: the guaranteed worst-case latency of a configuration, with its derivation.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/run_arguments.h"
#include "cli/scenario_plan.h"
#include "cli/verbs.h"
#include "core/limits.h"
#include "properties/bound/hunt.h"
#include "properties/bound/worst_case.h"
#include "sim/device_text.h"

namespace lockstep {
namespace {

struct BoundArguments {
  RunArguments run;
  std::vector<std::string> paths;
  std::optional<std::uint32_t> queues{};  // nullopt: as many as the configuration has models
  bool hunt = false;
};

// The traffic does not matter; a run needs one.
Result<PreparedRun> prepared(BoundArguments arguments) {
  RunArguments& run = arguments.run;
  if (arguments.paths.size() == 1 && names_a_scenario(arguments.paths.front())) {
    run.plan.trace = arguments.paths.front();
  } else {
    run.config_paths.insert(run.config_paths.begin(), arguments.paths.begin(),
                            arguments.paths.end());
  }
  Result<WantedRun> wanted = wanted_run(run);
  if (!wanted) {
    return tl::unexpected(wanted.error());
  }
  RunPlan& plan = wanted->plan;
  plan.trace.clear();
  plan.arrivals = "poisson:1/s";
  plan.request_count = 1;
  plan.faults.clear();
  plan.on = kOnSim;
  return prepare(plan);
}

RunRules rules_of(const PreparedRun& run) {
  std::vector<OptionValues> queues;
  for (const QueueSpec& queue : run.spec.queues) {
    queues.push_back(queue.values);
  }
  // prepare() has built it once with the same options.
  const Result<std::unique_ptr<Scheduler>> scheduler = run.scheduler->make(run.spec);
  return run_rules(std::string(run.scheduler->name), run.spec.values, queues,
                   (*scheduler)->promises(), run.lane_count);
}

void print_line(const char* letter, const std::string& value, const std::string& meaning) {
  fmt::print("  {:<4}{:<14} {}\n", letter, value, meaning);
}

std::string plural(std::int64_t count, const std::string& one, const std::string& many) {
  return count == 1 ? one : many;
}

void print_inputs(const WorstCase& worst, const PreparedRun& run) {
  const LatencyBoundInputs& in = worst.inputs;
  const std::int64_t at_once = (in.lanes + in.devices - 1) / in.devices;
  print_line("L", std::to_string(in.lanes), "batch threads (lanes)");
  print_line("P", std::to_string(in.devices),
             worst.shares_compute
                 ? "each lane for itself, at the speed that the others leave it"
                 : plural(in.devices, "GPU, which executes", "GPUs, each of which executes") +
                       " one batch after another");
  print_line("A", std::to_string(at_once), "batches at once on one of them: ceil(L / P)");
  print_line("Q", std::to_string(in.queues), plural(in.queues, "queue", "queues that take turns"));
  print_line("M", std::to_string(in.batches_max),
             "batches that wait in a queue at most, the open one included");
  print_line("T", to_decimal_text(in.timeout),
             worst.rows_max == 1 ? "no time-out: one row fills a batch" : "time-out of a batch");
  std::string longest = fmt::format("longest execution of a batch: {} {}", worst.longest_rows,
                                    plural(worst.longest_rows, "row", "rows"));
  longest += run.device.jitter.empty() ? "" : ", the slowest draw";
  longest += worst.copies > SimDuration{0} ? ", its copies included" : "";
  longest += worst.shares_compute ? ", all lanes of its GPU at work" : "";
  print_line("C", to_decimal_text(in.batch_max), longest);
  if (in.queues == 1) {
    print_line("C_u", to_decimal_text(in.underfull_max), "... of one that is not full");
  }
  if (in.poll > SimDuration{0}) {
    print_line("I", to_decimal_text(in.poll), "between two looks of an idle thread");
  }
}

void print_terms(const WorstCase& worst) {
  const LatencyBoundInputs& in = worst.inputs;
  const bool polls = in.poll > SimDuration{0};
  const std::string behind =
      in.queues > 1 ? "T + (ceil((Q - 1) / P) + A) * C"
                    : std::string("T + what its GPU has left to do + ") + (polls ? "C" : "C_u");
  fmt::print("\n  everything ahead is due:   (ceil(M * Q / P) + A) * C{} = {}\n",
             polls ? " + max(0, I - C)" : "", to_decimal_text(worst.bound.backlog));
  fmt::print("  it comes due behind all:   {}{} = {}\n", behind, polls ? " + I" : "",
             to_decimal_text(worst.bound.timed_out));
  fmt::print("  the larger of both:        {}\n", to_decimal_text(worst.bound.value()));
}

int print_hunt(const WorstCase& worst, const PreparedRun& run) {
  const LatencyBoundInputs& in = worst.inputs;
  if (!run.spec.queues.empty()) {
    fmt::print("\nnot hunted for: queues with options of their own\n");
    return kExitHolds;
  }
  const auto size = [](std::int64_t count) {
    return static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
  };
  const HuntResult found = hunt_worst_latency({.scheduler = std::string(run.scheduler->name),
                                               .options = run.spec.values,
                                               .seed = run.plan.seed,
                                               .device = device_text(run.device),
                                               .gpus = run.plan.gpu_count},
                                              {.lanes = size(in.lanes),
                                               .queues = size(in.queues),
                                               .batches_max = size(in.batches_max),
                                               .rows_max = worst.rows_max,
                                               .timeout = in.timeout,
                                               .batch_max = in.batch_max,
                                               .poll = in.poll});
  if (found.runs == 0) {
    fmt::print("\nnot hunted for: it takes more than {} requests to fill these queues\n",
               kHuntRequestsMax);
    return kExitHolds;
  }
  const std::int64_t bound = worst.bound.value().count();
  // In microseconds where nanoseconds would overflow.
  const std::int64_t unit = bound < INT64_MAX / 1000 ? 1 : 1000;
  const std::int64_t permille = found.latency.count() / unit * 1000 / std::max(bound / unit, unit);
  fmt::print("\nthe worst that {} hunted runs came to: {}, {}.{} % of the bound\n", found.runs,
             to_decimal_text(found.latency), permille / 10, permille % 10);
  return found.latency.count() > bound ? kExitFailed : kExitHolds;
}

int bound(const BoundArguments& arguments) {
  if (arguments.queues && (*arguments.queues < 1 || *arguments.queues > kMaxQueues)) {
    return report_error(Error{Errc::kBadInput, fmt::format("found --queues {}, expected 1 to {}",
                                                           *arguments.queues, kMaxQueues)});
  }
  const Result<PreparedRun> run = prepared(arguments);
  if (!run) {
    return report_error(run.error());
  }
  for (const std::string& note : run->notes) {
    fmt::print("note: {}\n", note);
  }
  std::uint32_t queues = arguments.queues.value_or(0);
  if (!arguments.queues) {
    queues = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(run->spec.queues.size()));
    fmt::print("note: no --queues given: assuming {}; each model and signature has its own\n",
               queues);
  }
  const WorstCase worst = worst_case(rules_of(*run), run->device, run->plan.gpu_count, queues);
  if (!worst.no_bound.empty()) {
    fmt::print("no bound: {}\n", worst.no_bound);
    return kExitNoVerdict;
  }
  fmt::print("guaranteed: an accepted request is answered within {}\n",
             to_decimal_text(worst.bound.value()));
  if (run->spec.queues.size() > 1) {
    fmt::print("the worst queue: {}\n", run->spec.queues[worst.queue].name);
  }
  fmt::print("\n");
  print_inputs(worst, *run);
  print_terms(worst);
  return arguments.hunt ? print_hunt(worst, *run) : static_cast<int>(kExitHolds);
}

}  // namespace

void add_bound(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand(
      "bound", "The longest that an accepted request can take, guaranteed, and why");
  verb->footer("example: lockstep bound batching_parameters.txt --gpu 1ms+50us/row --queues 2");
  const auto arguments = std::make_shared<BoundArguments>();
  RunArguments& run = arguments->run;
  const auto note = [arguments](const char* name) {
    return [arguments, name](const std::string&) { arguments->run.given.insert(name); };
  };
  verb->add_option("FILE", arguments->paths,
                   "the server's own configuration files, or one scenario file");
  verb->add_option("--config", run.config_paths, "the same, by name; repeatable")
      ->allow_extra_args(false);
  verb->add_option("--set", run.settings, "an option of the scheduler: NAME=VALUE; repeatable")
      ->allow_extra_args(false);
  verb->add_option("--scheduler", run.plan.scheduler, "a name of `lockstep list schedulers`")
      ->each(note("--scheduler"));
  verb->add_option("--gpu", run.plan.gpu, "curve, a name of `lockstep list gpus`, or a file")
      ->each(note("--gpu"));
  verb->add_option("--gpus", run.plan.gpu_count, "independent GPUs; lane i runs on GPU i mod N")
      ->check(whole_number())
      ->each(note("--gpus"));
  verb->add_option("--server-cpus", run.plan.server_cpus,
                   "CPU count of the server, for its defaults")
      ->check(whole_number())
      ->each(note("--server-cpus"));
  verb->add_option("--queues", arguments->queues, "how many queues are in use")
      ->check(whole_number());
  verb->add_flag("--hunt", arguments->hunt, "also drive the scheduler as close to it as we can");
  verb->callback([arguments, &session] { session.exit_code = bound(*arguments); });
}

}  // namespace lockstep
