// What `lockstep verify` was asked to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/result.h"
#include "properties/verify/campaign.h"
#include "properties/verify/known_failures.h"

namespace lockstep {

struct VerifyArguments {
  std::string suite = "quick";
  std::vector<std::string> schedulers;
  std::string plugin;
  std::string exec;
  std::vector<std::string> only;
  std::string seed;
  std::optional<std::uint64_t> cases;
  std::optional<std::uint64_t> only_case;
  std::string time_limit;
  std::uint32_t jobs = 0;  // 0: one a core
  bool keep_going = false;
  std::string findings = "findings";
  std::string junit;
  bool github = false;
  std::string known_failures;
  std::string today;
  bool coverage = false;
  bool seeded_bugs = false;
};

void add_verify_options(CLI::App& verb, VerifyArguments& arguments);

struct VerifyPlan {
  std::string suite;
  std::vector<CampaignSubject> subjects;
  CampaignOptions campaign;
  std::optional<std::uint64_t> only_case;
  std::optional<SimDuration> time_limit;  // of the machine's time
  std::vector<KnownFailure> known;
  std::string today;  // YYYY-MM-DD
  std::string findings;
  std::string junit;
  bool github = false;
  bool is_complete = false;  // every scheduler, every property: coverage is asked for
  bool shows_coverage = false;
  std::string who;        // " --plugin ./libmine.so", for repeating; "": of the registry
  std::string selection;  // the same, or its --scheduler words; and its --only words
};

// Errors: an unknown suite, scheduler or property, a wrong number, a known-failures file that
// cannot be read.
[[nodiscard]] Result<VerifyPlan> verify_plan(const VerifyArguments& arguments);

}  // namespace lockstep
