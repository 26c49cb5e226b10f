#include "cli/run_arguments.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace lockstep {

CLI::Validator whole_number() {
  return CLI::Validator(
      [](const std::string& text) {
        std::uint64_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        return error == std::errc{} && stop == end
                   ? std::string()
                   : "found '" + text + "', expected a whole number below 2^64";
      },
      "");
}

void add_run_options(CLI::App& verb, RunArguments& arguments) {
  RunPlan& plan = arguments.plan;
  verb.add_option("trace", plan.trace,
                  "trace file, - for standard input, or a name of `lockstep list traces`");
  verb.add_option("--arrivals", plan.arrivals, "generated traffic: poisson:1200/s");
  verb.add_option("--requests", plan.request_count, "how many, with --arrivals")
      ->check(whole_number());
  verb.add_option("--load", plan.load, "more traffic by compressing gaps: 2x, 400x");
  verb.add_option("--format", plan.format, "of the trace; without it by its header");
  verb.add_flag("--sort", plan.sort, "accept unsorted rows (reads the whole trace into memory)");
  verb.add_option("--scheduler", plan.scheduler, "a name of `lockstep list schedulers`");
  verb.add_option("--set", arguments.settings, "an option of the scheduler: NAME=VALUE; repeatable")
      ->allow_extra_args(false);
  verb.add_option("--server-cpus", plan.server_cpus, "CPU count of the server, for its defaults")
      ->each([&plan](const std::string&) { plan.server_cpus_given = true; });
  verb.add_option("--gpu", plan.gpu,
                  "curve: 1ms+50us/row, 1:2.0ms,8:3.0ms, or a name of `lockstep list gpus`");
  verb.add_option("--gpus", plan.gpu_count, "independent GPUs; lane i runs on GPU i mod N");
  verb.add_option("--seed", plan.seed, "root of all random streams")->check(whole_number());
}

Result<RunPlan> plan_of(const RunArguments& arguments) {
  RunPlan plan = arguments.plan;
  for (const std::string& text : arguments.settings) {
    Result<std::pair<std::string, std::string>> setting = parse_setting(text);
    if (!setting) {
      return tl::unexpected(setting.error());
    }
    plan.options.push_back(std::move(*setting));
  }
  return plan;
}

Result<RunPlan> plan_against(const RunPlan& a, std::vector<std::string> words) {
  RunArguments arguments{.plan = a, .settings = {}};
  CLI::App app("the second run", "replay --against");
  add_run_options(app, arguments);
  std::reverse(words.begin(), words.end());
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return bad_input("after --against: " + std::string(error.what()));
  }
  // Another scheduler has other options: those of A are left behind.
  if (arguments.plan.scheduler != a.scheduler) {
    arguments.plan.options.clear();
  }
  // --trace and --arrivals replace each other.
  if (arguments.plan.trace != a.trace) {
    arguments.plan.arrivals.clear();
    arguments.plan.request_count.reset();
  } else if (arguments.plan.arrivals != a.arrivals) {
    arguments.plan.trace.clear();
  }
  return plan_of(arguments);
}

}  // namespace lockstep
