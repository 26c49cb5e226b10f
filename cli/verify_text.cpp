#include "cli/verify_text.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/html_text.h"

namespace lockstep {
namespace {

std::string share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? "0 %" : fmt::format("{} %", (part * 100 + whole / 2) / whole);
}

std::string sizes_text(const Tally& tally) {
  constexpr std::array<std::string_view, 6> kNames = {"0-9",   "10-24",   "25-49",
                                                      "50-99", "100-199", "200+"};
  std::string text = "requests a case:";
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    text += fmt::format("  {}: {}", kNames[i], share(tally.sizes[i], tally.cases));
  }
  return text + "\n";
}

}  // namespace

std::string plan_text(const VerifyPlan& plan) {
  std::string names;
  for (const CampaignSubject& subject : plan.subjects) {
    names += (names.empty() ? "" : ", ") + subject.name;
  }
  return fmt::format("suite {}, seed {}, {} jobs: {}\n", plan.suite, plan.campaign.seed,
                     plan.campaign.jobs, names);
}

std::vector<PropertyVerdict> property_verdicts(const VerifyPlan& plan,
                                               const CampaignSubject& subject,
                                               const CampaignResult& result) {
  std::vector<PropertyVerdict> verdicts;
  // With every option at its default: what a drawn case may do to a plug-in is for workers alone.
  const Result<MadeScheduler> made = subject.make(Case{.scheduler = subject.name});
  for (std::size_t place = 0; place < all_properties().size(); ++place) {
    const Property& property = all_properties()[place];
    const bool is_wanted = plan.campaign.only.empty() ||
                           std::find(plan.campaign.only.begin(), plan.campaign.only.end(),
                                     property.id) != plan.campaign.only.end();
    if (!is_wanted) {
      continue;
    }
    PropertyVerdict verdict{.subject = subject.name,
                            .property = std::string(property.name),
                            .id = std::string(property.id)};
    // The runner's own (R1, R3, ...) judge every case.
    const bool is_ours = property.make == nullptr && property.kind == PropertyClass::kRunner;
    if (!is_ours && result.tally.judged[place] == 0) {
      const std::string_view why = made && property.not_checked != nullptr
                                       ? property.not_checked(made->rules)
                                       : std::string_view{};
      verdict.skipped = why.empty() ? "no case reached it" : std::string(why);
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

std::string tally_text(const VerifyPlan& plan, const CampaignResult& result) {
  const Tally& tally = result.tally;
  std::string text = fmt::format(
      "{} cases, {} requests, {} batches; median {} requests a case; {} defective settings "
      "refused\n",
      grouped_digits(tally.cases), grouped_digits(tally.requests), grouped_digits(tally.batches),
      tally.median_requests(), grouped_digits(tally.refused));
  text += sizes_text(tally);
  std::size_t judged = 0;
  std::string idle;
  for (std::size_t place = 0; place < all_properties().size(); ++place) {
    const Property& property = all_properties()[place];
    if (property.make == nullptr) {
      continue;
    }
    if (tally.judged[place] > 0) {
      ++judged;
    } else if (plan.campaign.only.empty()) {
      idle += fmt::format("  not checked: {} ({})\n", property.name, property.id);
    }
  }
  return text +
         fmt::format(
             "{} properties judged each case that they are about; {} cases run twice, {} "
             "with their relations\n",
             judged, grouped_digits(tally.twice), grouped_digits(tally.relations)) +
         idle;
}

}  // namespace lockstep
