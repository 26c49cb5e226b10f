#include "properties/checkers/checker.h"

#include <algorithm>
#include <utility>

namespace lockstep {

void Violations::add(Violation violation) {
  for (Entry& entry : entries_) {
    if (entry.first.property == violation.property) {
      ++entry.count;
      return;
    }
  }
  entries_.push_back({std::move(violation)});
}

bool Violations::has(std::string_view property) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.first.property == property; });
}

const Property* find_property(std::string_view id_or_name) {
  for (const Property& property : all_properties()) {
    if (property.id == id_or_name || property.name == id_or_name) {
      return &property;
    }
  }
  return nullptr;
}

CheckerSet::CheckerSet(const RunRules& rules, std::span<const std::string_view> only) {
  for (std::size_t place = 0; place < all_properties().size(); ++place) {
    const Property& property = all_properties()[place];
    const bool wanted =
        only.empty() || std::find(only.begin(), only.end(), property.id) != only.end();
    if (!wanted || property.make == nullptr ||
        (property.not_checked != nullptr && !property.not_checked(rules).empty())) {
      continue;
    }
    judging_.set(place);
    (property.star ? stars_ : others_).push_back(property.make(rules));
  }
}

void CheckerSet::after_line(const RunRecord& run) {
  for (const std::unique_ptr<Checker>& checker : stars_) {
    checker->after_line(run, found_);
  }
}

void CheckerSet::at_end(const RunRecord& run) {
  for (const auto* checkers : {&stars_, &others_}) {
    for (const std::unique_ptr<Checker>& checker : *checkers) {
      checker->at_end(run, found_);
    }
  }
}

}  // namespace lockstep
