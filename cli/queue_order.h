// Arrivals whose queues have the numbers that the scheduler gave them.
//
// A trace numbers its queues as they appear; a scheduler with queues of its own (several models of
// a configuration file) has them in its order. This maps one to the other by name.
// "model:signature" is a queue of its own beside "model", with the options of that, and comes into
// being with its first request (TF 2.13). A source that names no queues sends everything to the
// only one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/queue_names.h"
#include "core/result.h"
#include "core/schedulers/registry.h"
#include "traces/arrival_source.h"

namespace lockstep {

// What a source without names calls its only queue.
inline constexpr std::string_view kUnnamedQueue = "queue";

class QueueOrder final : public ArrivalSource {
 public:
  // `source` outlives this. Requires: spec.queues is not empty.
  QueueOrder(ArrivalSource& source, const SchedulerSpec& spec);

  // Errors: an arrival for a queue that is none of them nor of their signatures; a source without
  // names and several queues.
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }
  // Of the queues read so far.
  [[nodiscard]] const QueueModels& models() const { return models_; }

  // The queue of that name, which is made when it is a signature's. Errors: as above.
  [[nodiscard]] Result<QueueId> place_of(const std::string& name);

 private:
  Result<void> extend(std::size_t count);

  ArrivalSource& source_;
  std::size_t from_start_;  // queues of the spec, which come first
  std::vector<std::string> names_;
  NamedQueueModels models_;
  std::vector<QueueId> places_;  // by the source's queue id
};

}  // namespace lockstep
