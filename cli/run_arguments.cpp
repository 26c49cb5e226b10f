#include "cli/run_arguments.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "cli/scenario_plan.h"
#include "cli/server_plan.h"

namespace lockstep {

CLI::Validator whole_number() {
  return CLI::Validator(
      [](std::string& text) {
        std::uint64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (error != std::errc{} || stop != end) {
          return "found '" + text + "', expected a whole number below 2^64";
        }
        text = std::to_string(value);  // CLI11 would read 010 as 8
        return std::string();
      },
      "");
}

void add_trace_options(CLI::App& verb, RunPlan& plan, const NoteOption& note) {
  verb.add_option("--format", plan.format,
                  "of the trace, a name of `lockstep list formats`; without it by its first line")
      ->each(note("--format"));
  verb.add_option(
          "--map", plan.map,
          "columns of any other CSV: arrival=COLUMN:UNIT,size=COLUMN (also queue, priority, "
          "timeout, client; end and duration for arrival)")
      ->each(note("--map"));
  verb.add_flag("--sort", plan.sort, "accept unsorted rows (reads the whole trace into memory)")
      ->each(note("--sort"));
}

namespace {

void add_scheduler_options(CLI::App& verb, RunPlan& plan, const NoteOption& note) {
  verb.add_option("--scheduler", plan.scheduler, "a name of `lockstep list schedulers`")
      ->each(note("--scheduler"));
  verb.add_option("--plugin", plan.plugin,
                  "a scheduler of your own instead: a shared library (docs/plugins.md)")
      ->each(note("--plugin"));
  verb.add_option("--exec", plan.exec,
                  "a scheduler of your own instead: a command that speaks JSON lines")
      ->each(note("--exec"));
}

// What executes the batches, and how the live driver waits for them.
void add_live_options(CLI::App& verb, RunPlan& plan, const NoteOption& note) {
  verb.add_option(
          "--on", plan.on,
          "sim: virtual time (default); cpu, cuda: real time on a real device (docs/live.md)")
      ->each(note("--on"));
  verb.add_option("--model", plan.model, "what a real device executes: `lockstep list models`")
      ->each(note("--model"));
  verb.add_option("--idle", plan.idle,
                  "what the live driver's thread does without work: spin, yield or sleep")
      ->each(note("--idle"));
  verb.add_option("--watchdog", plan.watchdog,
                  "the live driver gives a batch up after so long, and its lane unless it comes "
                  "back: 100ms, or 100ms,reset=50ms")
      ->each(note("--watchdog"));
  verb.add_option("--workers", plan.workers,
                  "threads of the live driver: 1 (default) does everything; more, and the others "
                  "copy the rows of large batches")
      ->check(whole_number())
      ->each(note("--workers"));
}

}  // namespace

void add_run_options(CLI::App& verb, RunArguments& arguments) {
  RunPlan& plan = arguments.plan;
  const NoteOption note = [&arguments](const char* name) {
    return [&arguments, name](const std::string&) { arguments.given.insert(name); };
  };
  verb.add_option(
          "trace", plan.trace,
          "trace file, - for standard input, a name of `lockstep list traces`, or a scenario "
          "file (NAME.lockstep.pbtxt)")
      ->each(note("trace"));
  verb.add_option("--config", arguments.config_paths,
                  "the server's own file: TF-Serving's batching parameters, model, platform or "
                  "session config; repeatable")
      ->allow_extra_args(false);
  verb.add_option(
          "--arrivals", plan.arrivals,
          "generated traffic: poisson:1200/s, or another of `lockstep list arrivals`; closed "
          "loop: clients:10,think=2ms")
      ->each(note("--arrivals"));
  verb.add_option("--requests", plan.request_count, "how many, with --arrivals")
      ->check(whole_number())
      ->each(note("--requests"));
  verb.add_option("--repeat", plan.repeat, "longer: the trace so many times end to end")
      ->check(whole_number())
      ->each(note("--repeat"));
  verb.add_option("--replicate", plan.replicate,
                  "more traffic by superposing copies at random offsets: bursts keep their size")
      ->check(whole_number())
      ->each(note("--replicate"));
  verb.add_option("--length", plan.length, "only the arrivals before this time: 60s")
      ->each(note("--length"));
  verb.add_option("--load,--speed", plan.load, "more traffic by compressing gaps: 2x, 400x")
      ->each(note("--load"));
  add_trace_options(verb, plan, note);
  add_scheduler_options(verb, plan, note);
  verb.add_option("--set", arguments.settings,
                  "an option of the scheduler: NAME=VALUE, or NAME@QUEUE=VALUE; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--server-cpus", plan.server_cpus, "CPU count of the server, for its defaults")
      ->check(whole_number())
      ->each(note("--server-cpus"));
  verb.add_option("--gpu", plan.gpu,
                  "curve: 1ms+50us/row, 1:2.0ms,8:3.0ms, a name of `lockstep list gpus`, or a file "
                  "(device table, Triton's statistics, Perf Analyzer's report: docs/device.md)")
      ->each(note("--gpu"));
  verb.add_option("--gpus", plan.gpu_count, "independent GPUs; lane i runs on GPU i mod N")
      ->check(whole_number())
      ->each(note("--gpus"));
  add_live_options(verb, plan, note);
  verb.add_option("--overhead", plan.overhead,
                  "what network, decoding and pre-processing take, added to the latencies that are "
                  "reported: 0.8ms")
      ->each(note("--overhead"));
  verb.add_option("--faults", plan.faults,
                  "what goes wrong: a fault plan's file, its text ('stall lane=1 at=2s for=50ms; "
                  "...'), or random:3/s; kinds: `lockstep list faults`")
      ->each(note("--faults"));
  verb.add_option("--seed", plan.seed, "root of all random streams")
      ->check(whole_number())
      ->each(note("--seed"));
}

namespace {

// A trace and generated arrivals replace each other.
void take_traffic(const RunArguments& arguments, RunPlan& plan) {
  const auto given = [&](const char* name) { return arguments.given.count(name) > 0; };
  if (given("trace") && !names_a_scenario(arguments.plan.trace)) {
    plan.trace = arguments.plan.trace;
    if (!given("--arrivals")) {
      plan.arrivals.clear();
      plan.request_count.reset();
    }
  }
  if (given("--arrivals")) {
    plan.arrivals = arguments.plan.arrivals;
    plan.arrivals_folder.clear();
    plan.repeat = 1;  // of a trace only
    plan.replicate = 1;
    plan.trace = given("trace") && !names_a_scenario(arguments.plan.trace) ? plan.trace : "";
  }
  if (given("--requests")) {
    plan.request_count = arguments.plan.request_count;
  }
  plan.repeat = given("--repeat") ? arguments.plan.repeat : plan.repeat;
  plan.replicate = given("--replicate") ? arguments.plan.replicate : plan.replicate;
  plan.length = given("--length") ? arguments.plan.length : plan.length;
  plan.load = given("--load") ? arguments.plan.load : plan.load;
  // Another format takes the place of a map, and the other way round, unless both are said.
  if (given("--format") || given("--map")) {
    plan.format = arguments.plan.format;
    plan.map = arguments.plan.map;
  }
  plan.sort = given("--sort") ? arguments.plan.sort : plan.sort;
}

Result<void> take_config(const std::vector<std::string>& paths, RunPlan& plan) {
  if (paths.empty()) {
    return {};
  }
  if (!plan.plugin.empty() || !plan.exec.empty()) {
    return bad_input(std::string("found --config with ") +
                     (plan.exec.empty() ? "--plugin" : "--exec") +
                     ", expected one of them: these files describe TF-Serving's scheduler");
  }
  const Result<ServerConfig> config =
      read_server_config(paths, ServerConfigOptions{.server_cpus = plan.server_cpus,
                                                    .server_cpus_given = plan.server_cpus_given});
  if (!config) {
    return tl::unexpected(config.error());
  }
  plan.queues.clear();
  plan.warnings.clear();
  return apply_config(*config, plan);
}

// One of the list, or the user's own.
Result<void> take_scheduler(const RunArguments& arguments, RunPlan& plan) {
  const auto given = [&](const char* name) { return arguments.given.count(name) > 0; };
  const RunPlan& said = arguments.plan;
  std::vector<std::string> names;
  for (const char* name : {"--scheduler", "--plugin", "--exec"}) {
    if (given(name)) {
      names.emplace_back(name);
    }
  }
  const bool own = given("--plugin") || given("--exec");
  if (names.size() > 1) {
    return bad_input("found " + names[0] + " with " + names[1] + ", expected one of them");
  }
  if (own && said.plugin.empty() && said.exec.empty()) {
    return bad_input("found an empty " + names[0] + ", expected a " +
                     (given("--exec") ? "command" : "library"));
  }
  const bool same = said.plugin == plan.plugin && said.exec == plan.exec &&
                    (own || said.scheduler == plan.scheduler);
  if (names.empty() || same) {
    return {};
  }
  // Another scheduler has other options.
  plan.scheduler = said.scheduler;
  plan.plugin = said.plugin;
  plan.exec = said.exec;
  plan.options.clear();
  plan.config_options.clear();
  plan.queues.clear();
  plan.warnings.clear();
  plan.configured = false;
  return {};
}

// `plan`, but for what the arguments say.
Result<RunPlan> changed(RunPlan plan, const RunArguments& arguments) {
  const auto given = [&](const char* name) { return arguments.given.count(name) > 0; };
  take_traffic(arguments, plan);
  if (Result<void> taken = take_scheduler(arguments, plan); !taken) {
    return tl::unexpected(taken.error());
  }
  if (given("--server-cpus")) {
    plan.server_cpus = arguments.plan.server_cpus;
    plan.server_cpus_given = true;
  }
  if (given("--gpu") && arguments.plan.gpu.empty()) {
    return bad_input("found an empty --gpu, expected a curve such as 1ms+50us/row");
  }
  plan.gpu = given("--gpu") ? arguments.plan.gpu : plan.gpu;
  plan.gpu_count = given("--gpus") ? arguments.plan.gpu_count : plan.gpu_count;
  plan.on = given("--on") ? arguments.plan.on : plan.on;
  plan.model = given("--model") ? arguments.plan.model : plan.model;
  plan.idle = given("--idle") ? arguments.plan.idle : plan.idle;
  plan.watchdog = given("--watchdog") ? arguments.plan.watchdog : plan.watchdog;
  plan.workers = given("--workers") ? arguments.plan.workers : plan.workers;
  plan.overhead = given("--overhead") ? arguments.plan.overhead : plan.overhead;
  plan.faults = given("--faults") ? arguments.plan.faults : plan.faults;
  plan.seed = given("--seed") ? arguments.plan.seed : plan.seed;
  if (Result<void> taken = take_config(arguments.config_paths, plan); !taken) {
    return tl::unexpected(taken.error());
  }
  std::set<std::string> said;
  for (const std::string& text : arguments.settings) {
    Result<std::pair<std::string, std::string>> setting = parse_setting(text);
    if (!setting) {
      return tl::unexpected(setting.error());
    }
    if (!said.insert(setting->first).second) {
      return bad_input("found --set " + setting->first + " twice, expected it once");
    }
    std::erase_if(plan.option_places,
                  [&](const auto& option) { return option.first == setting->first; });
    plan.options.push_back(std::move(*setting));
  }
  return plan;
}

}  // namespace

Result<WantedRun> wanted_run(const RunArguments& arguments) {
  WantedRun wanted;
  if (names_a_scenario(arguments.plan.trace)) {
    const Result<ScenarioFile> file = read_scenario_file(arguments.plan.trace);
    if (!file) {
      return tl::unexpected(file.error());
    }
    Result<ScenarioPlan> scenario =
        scenario_plan(*file, arguments.given.count("--server-cpus") > 0
                                 ? std::optional(arguments.plan.server_cpus)
                                 : std::nullopt);
    if (!scenario) {
      return tl::unexpected(scenario.error());
    }
    wanted.plan = std::move(scenario->plan);
    wanted.objectives = std::move(scenario->objectives);
  }
  Result<RunPlan> plan = changed(std::move(wanted.plan), arguments);
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  wanted.plan = std::move(*plan);
  return wanted;
}

Result<RunPlan> plan_against(const RunPlan& a, std::vector<std::string> words) {
  RunArguments arguments;
  CLI::App app("the second run", "replay --against");
  add_run_options(app, arguments);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return bad_input("after --against: found --help, expected what differs from run A");
  } catch (const CLI::ParseError& error) {
    return bad_input("after --against: " + std::string(error.what()) +
                     "; expected what differs from run A (options of the command, such as --slo, "
                     "--out and --no-log, stand before it)");
  }
  if (names_a_scenario(arguments.plan.trace)) {
    return bad_input("after --against: found a scenario file, expected what differs from run A");
  }
  return changed(a, arguments);
}

}  // namespace lockstep
