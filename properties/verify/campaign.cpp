#include "properties/verify/campaign.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/check.h"
#include "properties/verify/judge.h"
#include "properties/verify/worker_pool.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kBlock = 64;

std::uint64_t all_shares(const std::vector<CampaignSubject>& subjects) {
  std::uint64_t sum = 0;
  for (const CampaignSubject& subject : subjects) {
    sum += subject.share;
  }
  return sum;
}

const CampaignSubject& subject_of(const std::vector<CampaignSubject>& subjects,
                                  std::uint64_t index) {
  std::uint64_t rest = index % all_shares(subjects);
  auto subject = subjects.begin();
  for (; rest >= subject->share; ++subject) {
    rest -= subject->share;
  }
  return *subject;
}

std::string finding_line(const CampaignFinding& finding) {
  const Json json = {{"index", finding.index},
                     {"subject", finding.subject},
                     {"property", finding.property},
                     {"found", finding.found},
                     {"case", case_text(finding.value)}};
  return "finding " + json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

CampaignFinding parse_finding(const std::string& text) {
  const Json json = Json::parse(text);
  Result<Case> value = case_from_text("finding", json.at("case").get<std::string>());
  LOCKSTEP_CHECK(value.has_value());
  return {.index = json.at("index").get<std::uint64_t>(),
          .subject = json.at("subject").get<std::string>(),
          .property = json.at("property").get<std::string>(),
          .found = json.at("found").get<std::string>(),
          .value = std::move(*value)};
}

void run_block(const std::vector<CampaignSubject>& subjects, const CampaignOptions& options,
               std::uint64_t block, const std::vector<std::uint64_t>& skipped,
               WorkerChannel& channel) {
  Tally tally;
  Coverage coverage;
  const std::uint64_t end = options.first + std::min((block + 1) * kBlock, options.cases);
  for (std::uint64_t index = options.first + block * kBlock; index < end; ++index) {
    if (std::find(skipped.begin(), skipped.end(), index) != skipped.end()) {
      if (options.stops) {
        break;  // what died there was found first
      }
      continue;
    }
    channel.begin(index);
    if (const auto finding = judge_index(subjects, options, index, tally, coverage)) {
      channel.send(finding_line(*finding));
      if (options.stops) {
        channel.stop_after_this_block();
        break;
      }
    }
  }
  channel.send("tally " + tally.text());
  channel.send("coverage " + coverage.text());
}

CampaignFinding finding_of(const WorkerDeath& death, const std::vector<CampaignSubject>& subjects,
                           const CampaignOptions& options) {
  const CampaignSubject& subject = subject_of(subjects, death.piece);
  return {.index = death.piece,
          .subject = subject.name,
          .property = death.hung ? "R5" : "R4",
          .found = death.how,
          .value = subject.draw(options.seed, death.piece)};
}

// By index; of each subject and property the first.
std::vector<CampaignFinding> first_findings(std::vector<CampaignFinding> all, bool stops) {
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.index < b.index; });
  std::vector<CampaignFinding> first;
  for (CampaignFinding& finding : all) {
    const bool is_known = std::any_of(first.begin(), first.end(), [&](const auto& other) {
      return other.subject == finding.subject && other.property == finding.property;
    });
    if (!is_known) {
      first.push_back(std::move(finding));
    }
    if (stops) {
      break;
    }
  }
  return first;
}

}  // namespace

std::optional<CampaignFinding> judge_index(const std::vector<CampaignSubject>& subjects,
                                           const CampaignOptions& options, std::uint64_t index,
                                           Tally& tally, Coverage& coverage) {
  const CampaignSubject& subject = subject_of(subjects, index);
  const Case value = subject.draw(options.seed, index);
  // Every subject has its share of what is not done for every case.
  const std::uint64_t round = index / all_shares(subjects);
  JudgeOptions judge{.twice = options.twice_one_in > 0 && round % options.twice_one_in == 0,
                     .relations = options.relations_one_in > 0 &&
                                  round % options.relations_one_in == 1 % options.relations_one_in,
                     .relation_round = round / std::max(options.relations_one_in, 1U)};
  if (options.relations_one_in > 0 && !judge.relations) {
    judge.relations = true;  // a slow model is the sharpest of them, and a run in it costs little
    judge.relation = "M7";
  }
  judge.only.assign(options.only.begin(), options.only.end());
  RunRecord record;
  const Verdict verdict = judge_case(value, subject.make, judge, record);
  tally.observe(value, record);
  for (std::size_t place = 0; place < tally.judged.size(); ++place) {
    tally.judged[place] += verdict.judging.test(place) ? 1U : 0U;
  }
  tally.refused += verdict.refused ? 1 : 0;
  tally.not_simulated += verdict.not_simulated ? 1 : 0;
  tally.twice += judge.twice ? 1 : 0;
  tally.relations += verdict.related ? 1 : 0;
  if (verdict.refused) {
    coverage.observe_refused(value);
  } else if (!verdict.not_simulated && !verdict.violation) {
    coverage.observe(value, record);
  }
  if (!verdict.violation) {
    return std::nullopt;
  }
  return CampaignFinding{.index = index,
                         .subject = subject.name,
                         .property = std::string(verdict.property()),
                         .found = violation_text(*verdict.violation),
                         .value = value};
}

Result<CampaignResult> run_campaign(const std::vector<CampaignSubject>& subjects,
                                    const CampaignOptions& options) {
  LOCKSTEP_CHECK(!subjects.empty());
  PoolOptions pool{.jobs = options.jobs,
                   .blocks = (options.cases + kBlock - 1) / kBlock,
                   .cpu_limit_ms = options.cpu_limit_ms,
                   .stops_at_death = options.stops,
                   .is_over = options.is_over};
  if (options.progress) {
    pool.progress = [&](std::uint64_t blocks) {
      options.progress(std::min(blocks * kBlock, options.cases));
    };
  }
  const Result<PoolResult> ran = run_pool(
      [&](std::uint64_t block, const std::vector<std::uint64_t>& skipped, WorkerChannel& channel) {
        run_block(subjects, options, block, skipped, channel);
      },
      pool);
  if (!ran) {
    return tl::unexpected(ran.error());
  }
  CampaignResult result;
  result.cases = std::min(ran->blocks * kBlock, options.cases);
  std::vector<CampaignFinding> all;
  for (const PoolResult::Line& line : ran->lines) {
    if (line.text.starts_with("finding ")) {
      all.push_back(parse_finding(line.text.substr(8)));
    } else if (line.text.starts_with("tally ")) {
      const Result<Tally> tally = Tally::from_text(line.text.substr(6));
      LOCKSTEP_CHECK(tally.has_value());
      result.tally.add(*tally);
    } else if (line.text.starts_with("coverage ")) {
      const Result<Coverage> coverage = Coverage::from_text(line.text.substr(9));
      LOCKSTEP_CHECK(coverage.has_value());
      result.coverage.merge(*coverage);
    }
  }
  for (const WorkerDeath& death : ran->deaths) {
    all.push_back(finding_of(death, subjects, options));
  }
  result.findings = first_findings(std::move(all), options.stops);
  if (options.stops && !result.findings.empty()) {
    result.cases = result.findings.front().index + 1 - options.first;
  }
  return result;
}

}  // namespace lockstep
