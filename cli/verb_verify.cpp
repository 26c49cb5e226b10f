// lockstep verify: property campaigns that find bugs of schedulers, cut them down and show them.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/run_directory.h"
#include "cli/verbs.h"
#include "cli/verify_plan.h"
#include "cli/verify_text.h"
#include "properties/verify/finding_files.h"
#include "properties/verify/verdict_files.h"

namespace lockstep {
namespace {

using WallClock = std::chrono::steady_clock;

// The wall clock is for the screen and for --time-limit, whose case number is printed.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(WallClock::now() - begin_).count();
  }

 private:
  WallClock::time_point begin_ = WallClock::now();
};

// One line on a terminal, rewritten a few times a second.
class ProgressLine {
 public:
  ProgressLine(const Stopwatch& watch, std::uint64_t cases, std::optional<double> limit)
      : watch_(watch), cases_(cases), limit_(limit), shows_(::isatty(STDERR_FILENO) != 0) {}
  ~ProgressLine() {
    if (shown_) {
      std::fputs("\r\033[K", stderr);
    }
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t done) {
    const double now = watch_.seconds();
    if (!shows_ || now < next_ || done == 0) {
      return;
    }
    next_ = now + 0.25;
    shown_ = true;
    const double rate = static_cast<double>(done) / now;
    const double left = limit_ ? *limit_ - now : static_cast<double>(cases_ - done) / rate;
    fmt::print(stderr, "\r\033[K{} cases, {:.0f} cases/s, {:.0f} s left", done, rate, left);
    std::fflush(stderr);
  }

 private:
  const Stopwatch& watch_;
  std::uint64_t cases_;
  std::optional<double> limit_;
  bool shows_;
  bool shown_ = false;
  double next_ = 0;
};

const CampaignSubject& subject_named(const VerifyPlan& plan, const std::string& name) {
  for (const CampaignSubject& subject : plan.subjects) {
    if (subject.name == name) {
      return subject;
    }
  }
  return plan.subjects.front();
}

struct ShownFinding {
  CampaignFinding found;
  std::string line;
  std::string story;
  const KnownFailure* known = nullptr;
};

// Cuts one down, keeps it, and prints what happened in it.
Result<ShownFinding> show_finding(const VerifyPlan& plan, const CampaignFinding& found,
                                  bool is_first) {
  const CampaignSubject& subject = subject_named(plan, found.subject);
  FindingContext context{.seed = plan.campaign.seed,
                         .version = LOCKSTEP_VERSION,
                         .directory = fmt::format("{}/{}{}", plan.findings, plan.campaign.seed,
                                                  is_first ? "" : fmt::format("-{}", found.index)),
                         .repeat = {},
                         .who = plan.who};
  context.repeat = "lockstep replay " + context.directory + plan.who;
  // The best so far is always on disk.
  if (Result<void> made =
          write_files_into(context.directory, {{"case.json", case_text(found.value) + "\n"}});
      !made) {
    return tl::unexpected(made.error());
  }
  const MinimisedFinding minimal = minimise_finding(found, subject, [&](const Case& better) {
    static_cast<void>(write_file_whole(context.directory + "/case.json", case_text(better) + "\n"));
  });
  const auto files = finding_files(minimal, context, subject.make);
  if (Result<void> written = write_files_into(context.directory, files); !written) {
    return tl::unexpected(written.error());
  }
  ShownFinding shown{.found = found,
                     .line = fail_line(minimal, context),
                     .story = {},
                     .known = find_known(plan.known, found.property, found.subject, plan.today)};
  for (const auto& [name, text] : files) {
    if (name == "diagram.txt") {
      shown.story = text;
    }
  }
  fmt::print("{} requests, found in case {}, cut down to {} in {} runs\n",
             arrival_count(found.value), found.index, arrival_count(minimal.value), minimal.runs);
  fmt::print("{}", shown.story);
  return shown;
}

Result<void> write_verdicts(const VerifyPlan& plan, const CampaignResult& result,
                            const std::vector<ShownFinding>& shown) {
  CampaignVerdict verdict{
      .suite = plan.suite, .seed = plan.campaign.seed, .cases = result.cases, .properties = {}};
  for (const CampaignSubject& subject : plan.subjects) {
    for (PropertyVerdict& property : property_verdicts(plan, subject, result)) {
      for (const ShownFinding& finding : shown) {
        if (finding.found.subject == subject.name && finding.found.property == property.id) {
          property.failure = finding.line;
          property.story = finding.story;
          property.skipped.clear();
          property.known = finding.known == nullptr ? "" : finding.known->ticket;
        }
      }
      verdict.properties.push_back(std::move(property));
    }
  }
  if (!plan.junit.empty()) {
    if (Result<void> written = write_file_whole(plan.junit, junit_xml(verdict)); !written) {
      return written;
    }
  }
  if (plan.github) {
    fmt::print("{}", github_annotations(verdict));
    if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY"); summary != nullptr) {
      std::FILE* file = std::fopen(summary, "a");
      if (file == nullptr) {
        return io_error(std::string(summary) + ": cannot be written");
      }
      fmt::print(file, "{}", job_summary(verdict));
      std::fclose(file);
    }
  }
  return {};
}

// Known failures that nothing showed any more.
void print_mended(const VerifyPlan& plan, const std::vector<ShownFinding>& shown) {
  for (const KnownFailure& known : plan.known) {
    const bool is_seen = std::any_of(shown.begin(), shown.end(), [&](const ShownFinding& finding) {
      return finding.known == &known;
    });
    if (!is_seen) {
      fmt::print("known failure not seen: {} of {} ({}): mended, or not reached\n", known.property,
                 known.scheduler, known.ticket);
    }
  }
}

int verdict_of(const CampaignResult& result, const std::vector<ShownFinding>& shown) {
  int verdict = result.cases == 0 ? kExitNoVerdict : kExitHolds;
  for (const ShownFinding& finding : shown) {
    if (finding.known == nullptr) {
      verdict = finding.found.property == "R3" ? kExitOurFault : kExitFailed;
    }
  }
  return verdict;
}

// What a whole campaign must have shown; true when something is missing.
bool print_missing_coverage(const VerifyPlan& plan, const CampaignResult& result) {
  if (plan.shows_coverage) {
    fmt::print("{}\n", result.coverage.table());
  }
  if (!plan.is_complete || !result.findings.empty()) {
    return false;
  }
  const std::vector<std::string> missing = result.coverage.missing();
  for (const std::string& line : missing) {
    fmt::print("FAIL coverage  {}\n", line);
  }
  return !missing.empty();
}

int report_campaign(const VerifyPlan& plan, const CampaignResult& result, double seconds) {
  fmt::print("{}", tally_text(plan, result));
  std::vector<ShownFinding> shown;
  for (const CampaignFinding& finding : result.findings) {
    Result<ShownFinding> one = show_finding(plan, finding, shown.empty());
    if (!one) {
      return report_error(one.error());
    }
    shown.push_back(std::move(*one));
  }
  if (Result<void> written = write_verdicts(plan, result, shown); !written) {
    return report_error(written.error());
  }
  print_mended(plan, shown);
  fmt::print("{} cases in {:.1f} s ({:.0f} a second); repeat: lockstep verify{} --seed {} {}\n",
             result.cases, seconds, static_cast<double>(result.cases) / seconds, plan.selection,
             plan.campaign.seed,
             plan.only_case ? fmt::format("--case {}", *plan.only_case)
                            : fmt::format("--cases {}", result.cases));
  for (const ShownFinding& finding : shown) {
    fmt::print("{}{}\n", finding.line,
               finding.known == nullptr ? "" : "  known: " + finding.known->ticket);
  }
  const bool too_tame = print_missing_coverage(plan, result);
  if (shown.empty()) {
    fmt::print("{}\n", result.cases == 0 ? "no verdict: no case was run" : "no violation");
  }
  if (was_interrupted()) {
    return kExitInterrupted;
  }
  const int verdict = verdict_of(result, shown);
  return verdict == kExitHolds && too_tame ? kExitNoVerdict : verdict;
}

// The program whose cores have bugs stands beside this one; it takes this process over.
int run_seeded_bugs(const VerifyArguments& arguments) {
  std::error_code error;
  const std::filesystem::path here =
      std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  std::filesystem::path program = here / "lockstep_seeded_bugs";
  if (!std::filesystem::exists(program, error)) {
    program = here.parent_path() / "libexec" / "lockstep" / "lockstep_seeded_bugs";
  }
  std::vector<std::string> words = {program.string(), "--minimise"};
  const auto add = [&](const char* option, const std::string& value) {
    words.emplace_back(option);
    words.push_back(value);
  };
  const Result<VerifyPlan> plan = verify_plan(arguments);
  if (!plan) {
    return report_error(plan.error());
  }
  add("--seed", std::to_string(plan->campaign.seed));
  add("--jobs", std::to_string(plan->campaign.jobs));
  if (arguments.cases) {
    add("--cases", std::to_string(*arguments.cases));
  }
  std::vector<char*> raw_words;
  raw_words.reserve(words.size() + 1);
  for (std::string& word : words) {
    raw_words.push_back(word.data());
  }
  raw_words.push_back(nullptr);
  std::fflush(stdout);
  ::execv(program.c_str(), raw_words.data());
  return report_error(Error{Errc::kIo, program.string() + ": cannot be started: it is built with "
                                                          "LOCKSTEP_SEEDED_BUGS=ON"});
}

int verify(const VerifyArguments& arguments) {
  if (arguments.seeded_bugs) {
    return run_seeded_bugs(arguments);
  }
  Result<VerifyPlan> plan = verify_plan(arguments);
  if (!plan) {
    return report_error(plan.error());
  }
  if (plan->only_case) {
    plan->campaign.first = *plan->only_case;
    plan->campaign.cases = 1;
  }
  fmt::print("{}", plan_text(*plan));
  const Stopwatch watch;
  const std::optional<double> limit =
      plan->time_limit ? std::optional(std::chrono::duration<double>(*plan->time_limit).count())
                       : std::nullopt;
  Result<CampaignResult> result = CampaignResult{};
  {
    ProgressLine line(watch, plan->campaign.cases, limit);
    plan->campaign.is_over = [&] {
      return was_interrupted() || (limit && watch.seconds() >= *limit);
    };
    plan->campaign.progress = [&](std::uint64_t done) { line.show(done); };
    result = run_campaign(plan->subjects, plan->campaign);
  }
  if (!result) {
    return report_error(result.error());
  }
  return report_campaign(*plan, *result, watch.seconds());
}

}  // namespace

void add_verify(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand(
      "verify", "Look for bugs of schedulers: cases at random, every property, counterexamples");
  verb->footer(
      "example: lockstep verify --suite pr --junit verify.xml\n"
      "exit code 1: a property does not hold; the last line repeats it");
  const auto arguments = std::make_shared<VerifyArguments>();
  add_verify_options(*verb, *arguments);
  verb->callback([arguments, &session] { session.exit_code = verify(*arguments); });
}

}  // namespace lockstep
