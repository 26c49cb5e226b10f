#include "cli/check_properties.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cli/described_run.h"
#include "core/promise_names.h"
#include "properties/checkers/checker.h"
#include "properties/record/record_log.h"
#include "properties/record/recorded_journal.h"
#include "properties/verify/judge.h"
#include "traces/byte_source.h"
#include "traces/compressed_source.h"
#include "traces/foreign_log.h"
#include "traces/run_log.h"

namespace lockstep {
namespace {

std::string full_name(const Property& property) {
  return fmt::format("{} ({})", property.name, property.id);
}

PropertyReport report_of(const RunRules& rules, const Violations& found) {
  PropertyReport report;
  for (const Property& property : all_properties()) {
    if (property.make == nullptr) {
      continue;  // judged by runners, not from one log
    }
    const std::string_view why =
        property.not_checked == nullptr ? std::string_view{} : property.not_checked(rules);
    if (why.empty()) {
      report.judged.push_back(full_name(property));
    } else {
      report.not_checked.push_back(full_name(property) + ": " + std::string(why));
    }
  }
  for (const Violations::Entry& entry : found.entries()) {
    report.violations.push_back(entry.first);
    const Property* property = find_property(entry.first.property);
    report.failures.push_back(
        fmt::format("FAIL {}  {}{}", property == nullptr ? entry.first.property : property->name,
                    violation_text(entry.first),
                    entry.count > 1 ? fmt::format("  and {} more", entry.count - 1) : ""));
  }
  return report;
}

// What the run's settings say, each queue with the options of its model.
RunRules rules_of(const Manifest& manifest, const Described& described,
                  const FreshScheduler& fresh) {
  std::vector<OptionValues> queues;
  for (std::uint32_t queue = 0; queue < manifest.queue_names.size(); ++queue) {
    const std::optional<QueueId> model = fresh.models->model_of(QueueId{queue});
    queues.push_back(model && raw(*model) < fresh.spec.queues.size()
                         ? fresh.spec.queues[raw(*model)].values
                         : fresh.spec.values);
  }
  const bool has_own = !fresh.spec.queues.empty();
  RunRules rules = run_rules(std::string(described.info->name), fresh.spec.values,
                             has_own ? queues : std::vector<OptionValues>{},
                             fresh.scheduler->promises(), manifest.lane_count);
  rules.regime = regime_of(described.faults);
  rules.has_faults = !described.faults.empty();
  rules.is_live = !described.device;  // its times were measured
  rules.parts.counters = false;
  return rules;
}

std::string expected_claims() {
  std::string text = "fifo";
  for (const PromiseName& promise : kPromiseNames) {
    text += &promise == &kPromiseNames.back() ? " or " : ", ";
    text += promise.name;
  }
  return text;
}

Result<RunRules> foreign_rules(const ForeignCheck& check, std::uint32_t lane_count) {
  OptionValues options;
  for (const std::string& setting : check.settings) {
    const std::size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return bad_input("found --set '" + setting + "', expected NAME=VALUE");
    }
    options.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  Promises promises;
  for (const std::string& claim : check.claims) {
    const auto* const known =
        std::find_if(kPromiseNames.begin(), kPromiseNames.end(), [&](const PromiseName& promise) {
          return promise.name == (claim == "fifo" ? "fifo-per-queue" : claim);
        });
    if (known == kPromiseNames.end()) {
      return bad_input("found --claim '" + claim + "', expected " + expected_claims());
    }
    promises.*known->flag = true;
  }
  RunRules rules = run_rules("", options, {}, promises, lane_count);
  rules.parts = {.lines = false, .batches = true, .counters = false, .complete = false};
  return rules;
}

}  // namespace

std::string full_property_name(std::string_view id) {
  const Property* property = find_property(id);
  return property == nullptr ? std::string(id) : full_name(*property);
}

Result<PropertyReport> run_properties(const std::string& run, const Manifest& manifest,
                                      UserScheduler user) {
  // Every arrival is a line, and more follow: no need to read a run that is too long for sure.
  if (manifest.trace.rows > kRecordedLinesMax) {
    return too_long_for_properties();
  }
  const Result<RunLog> log = load_run(run);
  if (!log) {
    return tl::unexpected(log.error());
  }
  return log_properties(*log, manifest, std::move(user));
}

Result<PropertyReport> log_properties(const RunLog& log, const Manifest& manifest,
                                      UserScheduler user) {
  const Result<Described> described = describe_run(manifest, std::move(user));
  if (!described) {
    return tl::unexpected(described.error());
  }
  const Result<FreshScheduler> fresh =
      fresh_scheduler(*described->info, described->options, manifest.queue_names);
  if (!fresh) {
    return tl::unexpected(fresh.error());
  }
  const Result<JournalLineSource> lines = open_journal(log.directory + "/journal.csv.zst");
  if (!lines) {
    return tl::unexpected(lines.error());
  }
  RunRecord record;
  record.rules = rules_of(manifest, *described, *fresh);
  CheckerSet checkers(record.rules);
  if (Result<void> recorded = record_journal(
          *lines, log, record, [&](const RunRecord& now) { checkers.after_line(now); });
      !recorded) {
    return tl::unexpected(recorded.error());
  }
  checkers.at_end(record);
  return report_of(record.rules, checkers.found());
}

Result<PropertyReport> foreign_properties(const ForeignCheck& check) {
  Result<std::unique_ptr<ByteSource>> bytes = open_file_source(check.path);
  if (!bytes) {
    return tl::unexpected(bytes.error());
  }
  const Result<ForeignLog> foreign =
      read_foreign_log(check.path, unpacked_source(std::move(*bytes)), check.map);
  if (!foreign) {
    return tl::unexpected(foreign.error());
  }
  Result<RunRules> rules = foreign_rules(check, foreign->log.lane_count);
  if (!rules) {
    return tl::unexpected(rules.error());
  }
  rules->parts.batches = foreign->has_batches;
  const RunRecord record = record_of(foreign->log, std::move(*rules));
  CheckerSet checkers(record.rules);
  checkers.at_end(record);
  return report_of(record.rules, checkers.found());
}

}  // namespace lockstep
