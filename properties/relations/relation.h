// Metamorphic relations: properties of two runs. The case and one like it, run by the same
// scheduler, must relate exactly; so no expected result is needed to find that one is wrong.
//
// Each has a domain: where a rule of the scheduler breaks the relation (a constant in its time, a
// clock that counts microseconds), not_checked() names the rule. Costs two runs or more.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "properties/cases/case.h"
#include "properties/cases/case_run.h"
#include "properties/checkers/checker.h"

namespace lockstep {

struct Relation {
  std::string_view id;       // "M1"
  std::string_view name;     // "time-shift"
  std::string_view formula;  // one line
  std::string_view source;   // "verification 3.4 M1"
  // Why `value` is not judged by it, in words; "" when it is. `rules`: as `value` is made.
  std::string_view (*not_checked)(const Case& value, const RunRules& rules) = nullptr;
  // The first difference. Makes the schedulers that it needs; requires that it judges `value`, and
  // that `maker` accepts it.
  std::optional<Violation> (*check)(const Case& value, const SchedulerMaker& maker) = nullptr;
};

// Every relation, in the order of the catalogue: one explicit list, in relations.cpp.
[[nodiscard]] std::span<const Relation> all_relations();
[[nodiscard]] const Relation* find_relation(std::string_view id_or_name);  // nullptr: unknown
// `properties`, then the relations as properties that a runner judges: for all_properties().
[[nodiscard]] std::vector<Property> with_relations(std::span<const Property> properties);

// Parts of the catalogue, by file.
[[nodiscard]] Relation m1_time_shift();
[[nodiscard]] Relation m2_time_scale();
[[nodiscard]] Relation m3_renaming();
[[nodiscard]] Relation m4_idle_additions();
[[nodiscard]] Relation m5_observation();
[[nodiscard]] Relation m6_unsplit();
[[nodiscard]] Relation m6_immediate();
[[nodiscard]] Relation m7_reference();
[[nodiscard]] Relation m8_prefix();
[[nodiscard]] Relation m9_monotonicity();
[[nodiscard]] Relation m10_mean_batch();
[[nodiscard]] Relation m11_one_world();

}  // namespace lockstep
