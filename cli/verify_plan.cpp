#include "cli/verify_plan.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "cli/run_arguments.h"
#include "cli/whole_file.h"
#include "core/schedulers/registry.h"
#include "properties/verify/subjects.h"

namespace lockstep {
namespace {

// What a suite runs unless the command says otherwise. Counted cases: the same verdict on every
// machine.
struct Suite {
  std::string_view name;
  std::uint64_t seed = 1;  // 0: a fresh one, printed
  std::uint64_t cases = 0;
};
constexpr std::array kSuites = {Suite{"quick", 1, 10'000}, Suite{"pr", 1, 100'000},
                                Suite{"nightly", 0, 10'000'000}};

Result<const Suite*> find_suite(const std::string& name) {
  const auto* const suite =
      std::find_if(kSuites.begin(), kSuites.end(), [&](const Suite& s) { return s.name == name; });
  if (suite == kSuites.end()) {
    return bad_input("found suite '" + name + "', expected quick, pr or nightly");
  }
  return suite;
}

// A seed that people can type: five digits.
std::uint64_t fresh_seed() {
  std::random_device device;
  return 10'000 + device() % 90'000;
}

Result<std::uint64_t> parse_seed(const std::string& text, std::uint64_t usual) {
  if (text == "random" || (text.empty() && usual == 0)) {
    return fresh_seed();
  }
  if (text.empty()) {
    return usual;
  }
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return bad_input("found --seed '" + text + "', expected a whole number, or random");
  }
  return seed;
}

Result<std::vector<CampaignSubject>> subjects_of(const VerifyArguments& arguments) {
  const std::vector<std::string>& names = arguments.schedulers;
  if (!arguments.plugin.empty() || !arguments.exec.empty()) {
    Result<CampaignSubject> own =
        arguments.exec.empty() ? plugin_subject(arguments.plugin) : exec_subject(arguments.exec);
    if (!own) {
      return tl::unexpected(own.error());
    }
    return std::vector<CampaignSubject>{std::move(*own)};
  }
  if (names.empty()) {
    return all_subjects();
  }
  std::vector<CampaignSubject> subjects;
  for (const std::string& name : names) {
    const SchedulerInfo* info = find_scheduler(name);
    if (info == nullptr) {
      return bad_input("found scheduler '" + name +
                       "', expected a name of `lockstep list schedulers`");
    }
    subjects.push_back(subject_of(*info));
  }
  return subjects;
}

// What the command that repeats a finding must say of the scheduler.
std::string who_text(const VerifyArguments& arguments) {
  if (!arguments.plugin.empty()) {
    return " --plugin " + arguments.plugin;
  }
  return arguments.exec.empty() ? std::string() : " --exec '" + arguments.exec + "'";
}

// What the command that repeats a campaign must say of who and what was judged.
std::string selection_text(const VerifyArguments& arguments) {
  std::string text = who_text(arguments);
  for (const std::string& name : arguments.schedulers) {
    text += " --scheduler " + name;
  }
  for (const std::string& name : arguments.only) {
    text += " --only " + name;
  }
  return text + (arguments.keep_going ? " --keep-going" : "");
}

Result<std::vector<std::string>> properties_of(const std::vector<std::string>& names) {
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    const Property* property = find_property(name);
    if (property == nullptr) {
      return bad_input("found property '" + name +
                       "', expected an id or a name of `lockstep list properties`");
    }
    ids.emplace_back(property->id);
  }
  return ids;
}

Result<std::vector<KnownFailure>> read_known(const std::string& path) {
  if (path.empty()) {
    return std::vector<KnownFailure>{};
  }
  const Result<std::string> text = read_file_whole(path, "a file of known failures");
  if (!text) {
    return tl::unexpected(text.error());
  }
  return parse_known_failures(path, *text);
}

std::string machine_day() {
  const std::time_t now = std::time(nullptr);
  std::tm day{};
  ::gmtime_r(&now, &day);
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

}  // namespace

void add_verify_options(CLI::App& verb, VerifyArguments& a) {
  verb.add_option("--suite", a.suite,
                  "quick (10,000 cases), pr (100,000; the same on every machine), nightly (10 "
                  "million, a fresh seed)");
  CLI::Option* const scheduler =
      verb.add_option("--scheduler", a.schedulers, "of `lockstep list schedulers`; without it all")
          ->take_all();
  CLI::Option* const plugin =
      verb.add_option("--plugin", a.plugin, "a scheduler of your own: a library (docs/plugins.md)")
          ->excludes(scheduler);
  verb.add_option("--exec", a.exec, "a scheduler of your own: a program, in any language")
      ->excludes(scheduler)
      ->excludes(plugin);
  verb.add_option("--only", a.only, "a property, by name or id; repeatable")->take_all();
  verb.add_option("--seed", a.seed, "a number, or random");
  verb.add_option("--cases", a.cases, "so many cases")->check(whole_number());
  verb.add_option("--case", a.only_case, "this case alone")->check(whole_number());
  verb.add_option("--time-limit,--time", a.time_limit,
                  "stop after 60s, at a case number that is printed");
  verb.add_option("--jobs", a.jobs, "worker processes; without it one a core")
      ->check(whole_number());
  verb.add_flag("--keep-going", a.keep_going, "all cases, whatever is found");
  verb.add_option("--findings", a.findings, "where findings are kept");
  verb.add_option("--junit", a.junit, "verdicts as JUnit XML, into this file");
  verb.add_flag("--github", a.github, "annotations and a job summary for GitHub Actions");
  verb.add_option("--known-failures", a.known_failures,
                  "file: PROPERTY SCHEDULER TICKET YYYY-MM-DD a line");
  verb.add_flag("--coverage", a.coverage, "print what the cases showed, in numbers");
  verb.add_flag("--seeded-bugs", a.seeded_bugs,
                "instead: the campaign over cores with seeded bugs, each until it is found");
  verb.add_option("--today", a.today, "the day that known failures are held to: YYYY-MM-DD");
}

Result<VerifyPlan> verify_plan(const VerifyArguments& arguments) {
  const Result<const Suite*> suite = find_suite(arguments.suite);
  if (!suite) {
    return tl::unexpected(suite.error());
  }
  const Result<std::uint64_t> seed = parse_seed(arguments.seed, (*suite)->seed);
  Result<std::vector<CampaignSubject>> subjects = subjects_of(arguments);
  Result<std::vector<std::string>> only = properties_of(arguments.only);
  Result<std::vector<KnownFailure>> known = read_known(arguments.known_failures);
  if (!seed || !subjects || !only || !known) {
    return tl::unexpected(!seed       ? seed.error()
                          : !subjects ? subjects.error()
                          : !only     ? only.error()
                                      : known.error());
  }
  VerifyPlan plan{.suite = arguments.suite,
                  .subjects = std::move(*subjects),
                  .campaign = {.seed = *seed,
                               .cases = arguments.cases.value_or((*suite)->cases),
                               .jobs = arguments.jobs,
                               .stops = !arguments.keep_going,
                               .only = std::move(*only)},
                  .only_case = arguments.only_case,
                  .time_limit = std::nullopt,
                  .known = std::move(*known),
                  .today = arguments.today.empty() ? machine_day() : arguments.today,
                  .findings = arguments.findings,
                  .junit = arguments.junit,
                  .github = arguments.github,
                  .is_complete = arguments.schedulers.empty() && arguments.plugin.empty() &&
                                 arguments.exec.empty() && arguments.only.empty(),
                  .shows_coverage = arguments.coverage,
                  .who = who_text(arguments),
                  .selection = selection_text(arguments)};
  if (plan.campaign.jobs == 0) {
    plan.campaign.jobs = std::max(std::thread::hardware_concurrency(), 1U);
  }
  if (!arguments.time_limit.empty()) {
    const Result<SimDuration> limit = parse_duration(arguments.time_limit);
    if (!limit) {
      return tl::unexpected(limit.error());
    }
    plan.time_limit = *limit;
    if (!arguments.cases) {
      plan.campaign.cases = std::uint64_t{1} << 40;  // the time ends it
    }
  }
  return plan;
}

}  // namespace lockstep
