#include <algorithm>
#include <array>

#include "properties/relations/relation.h"

namespace lockstep {

std::span<const Relation> all_relations() {
  static const std::array relations = {
      m1_time_shift(),  m2_time_scale(),   m3_renaming(),    m4_idle_additions(),
      m5_observation(), m6_unsplit(),      m6_immediate(),   m7_reference(),
      m8_prefix(),      m9_monotonicity(), m10_mean_batch(), m11_one_world(),
  };
  return relations;
}

const Relation* find_relation(std::string_view id_or_name) {
  const std::span<const Relation> relations = all_relations();
  const auto found = std::find_if(relations.begin(), relations.end(), [&](const Relation& r) {
    return r.id == id_or_name || r.name == id_or_name;
  });
  return found == relations.end() ? nullptr : &*found;
}

std::vector<Property> with_relations(std::span<const Property> properties) {
  std::vector<Property> all(properties.begin(), properties.end());
  for (const Relation& relation : all_relations()) {
    all.push_back({.id = relation.id,
                   .name = relation.name,
                   .formula = relation.formula,
                   .source = relation.source,
                   .kind = PropertyClass::kMetamorphic});
  }
  return all;
}

}  // namespace lockstep
