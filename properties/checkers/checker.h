// A property of a run, and what finds where a run breaks it.
//
// Log in, violations out; integers only. A checker never asks the scheduler: it judges from the
// record (record/run_record.h) and the settings (record/run_rules.h). One small file each. Those
// that the catalogue marks with a star look at every line, at O(1), while the run goes on: they
// name the first decision that is wrong, before anything follows from it.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/time.h"
#include "properties/record/run_record.h"

namespace lockstep {

// One broken property. Who and where: what there is to say of it.
struct Violation {
  std::string_view property;  // id in the catalogue: "L1"
  std::string found{};        // "waited 2.001 ms > 2 ms": one line, both numbers
  std::optional<RequestId> request{};
  std::optional<BatchId> batch{};
  std::optional<QueueId> queue{};
  std::optional<LaneId> lane{};
  SimTime at{};                // when it was broken
  std::size_t line = kNoLine;  // of the record
  // Of a wait that was too long: `at` was its last right moment, and it went on until here, or
  // longer; kForever: nothing ends it.
  std::optional<SimTime> until{};
};

// In the order in which they were found; of each property the first, and how many there were.
class Violations {
 public:
  struct Entry {
    Violation first;
    std::uint64_t count = 1;
  };

  void add(Violation violation);
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] bool has(std::string_view property) const;
  void clear() { entries_.clear(); }

 private:
  std::vector<Entry> entries_;
};

class Checker {
 public:
  Checker() = default;
  Checker(const Checker&) = delete;
  Checker& operator=(const Checker&) = delete;
  virtual ~Checker() = default;

  // The newest line is run.lines.back(); the record holds what followed from it. O(1).
  virtual void after_line(const RunRecord& /*run*/, Violations& /*found*/) {}
  // The run is over.
  virtual void at_end(const RunRecord& /*run*/, Violations& /*found*/) {}
};

enum class PropertyClass : std::uint8_t {
  kSafety,       // S: nothing wrong ever happens
  kLatency,      // L: nothing takes longer than it may
  kLiveness,     // V: what should happen does
  kIdentity,     // O: sums that agree exactly
  kMetamorphic,  // M: two runs that must relate (relations/)
  kRunner,       // R: of the run as a whole: rules of the server, crash, hang, two runs that differ
};

struct Property {
  std::string_view id;       // "L1"
  std::string_view name;     // "dispatch-within-timeout"
  std::string_view formula;  // one line, in the words of docs/properties.md
  std::string_view source;   // "verification 3.2 L1; TF 2.2"
  PropertyClass kind = PropertyClass::kSafety;
  bool star = false;
  // Why a run under `rules` is not judged by it, in words ("its scheduler does not promise
  // it"); "" when it is.
  std::string_view (*not_checked)(const RunRules& rules) = nullptr;
  // nullptr: judged by a runner, not from one record.
  std::unique_ptr<Checker> (*make)(const RunRules& rules) = nullptr;
};

// Every property, in the order of the catalogue: one explicit list, in catalogue.cpp.
[[nodiscard]] std::span<const Property> all_properties();
// By id or name; nullptr when unknown.
[[nodiscard]] const Property* find_property(std::string_view id_or_name);

// No catalogue is longer.
inline constexpr std::size_t kPropertiesMax = 128;

// All checkers that judge runs under `rules`, together.
class CheckerSet {
 public:
  // `only`: ids; empty: all.
  explicit CheckerSet(const RunRules& rules, std::span<const std::string_view> only = {});

  void after_line(const RunRecord& run);
  void at_end(const RunRecord& run);
  [[nodiscard]] const Violations& found() const { return found_; }
  // By place in the catalogue: who judges.
  [[nodiscard]] const std::bitset<kPropertiesMax>& judging() const { return judging_; }

 private:
  std::bitset<kPropertiesMax> judging_;
  std::vector<std::unique_ptr<Checker>> stars_;
  std::vector<std::unique_ptr<Checker>> others_;
  Violations found_;
};

}  // namespace lockstep
