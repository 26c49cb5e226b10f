// One kind of scheduler as a table: its options, those of a queue, its factory, its rules.
//
// `Options` are the scheduler's, `Queue` those of one queue. A table is a constant that outlives
// the settings made from it. For conformance_schedulers.cpp and the files of single kinds.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "core/result.h"
#include "core/scheduler.h"
#include "properties/conformance_schedulers.h"
#include "properties/json_fields.h"

namespace lockstep {

template <typename Options, typename Queue>
struct ConformanceKind {
  std::span<const Field<Options>> fields;
  std::span<const Field<Queue>> queue_fields;
  // Where the options of one more queue go; nullptr: queues have none of their own.
  Queue& (*add_queue)(Options& options);
  Result<std::unique_ptr<Scheduler>> (*make)(Options options, std::int64_t thread_count);
  ConformanceRules rules;
};

template <typename Options, typename Queue>
class ConformanceSettingsOf final : public ConformanceSettings {
 public:
  explicit ConformanceSettingsOf(const ConformanceKind<Options, Queue>& kind) : kind_(kind) {}

  [[nodiscard]] Located<bool> read_option(const LocatedJson::Member& member) override {
    const Field<Options>* field = find_field(kind_.fields, member.key);
    if (field == nullptr) {
      return false;
    }
    if (Located<void> read = field->read(member.value, options_); !read) {
      return tl::unexpected(read.error());
    }
    return true;
  }
  [[nodiscard]] Located<void> read_queue(const LocatedJson& options) override {
    if (kind_.add_queue == nullptr) {
      Queue none;
      return read_object(options, kind_.queue_fields, none);
    }
    return read_object(options, kind_.queue_fields, kind_.add_queue(options_));
  }
  [[nodiscard]] std::string option_keys() const override { return field_keys(kind_.fields); }
  [[nodiscard]] const ConformanceRules& rules() const override { return kind_.rules; }
  [[nodiscard]] Result<std::unique_ptr<Scheduler>> make(std::int64_t thread_count) const override {
    return kind_.make(options_, thread_count);
  }

 private:
  const ConformanceKind<Options, Queue>& kind_;
  Options options_;
};

template <typename Options, typename Queue>
std::unique_ptr<ConformanceSettings> settings_of(const ConformanceKind<Options, Queue>& kind) {
  return std::make_unique<ConformanceSettingsOf<Options, Queue>>(kind);
}

}  // namespace lockstep
