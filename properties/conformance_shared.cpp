#include "properties/conformance_shared.h"

#include <array>
#include <utility>

#include "core/limits.h"
#include "core/schedulers/tf_shared.h"
#include "properties/conformance_kind.h"
#include "properties/json_fields.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 4> kMixWords = {"maxpad", "nextpad", "isolate", "merge"};
constexpr std::array<std::string_view, 3> kPadWords = {"PAD_UP", "BATCH_DOWN",
                                                       "MINIMIZE_TPU_COST_PER_REQUEST"};

using Low = TfLowPriorityOptions;
constexpr std::array<Field<Low>, 5> kLowFields = {{
    {"exec", false,
     [](const LocatedJson& v, Low& o) { return read_into(v, o.max_execution_batch_size); }},
    {"to", false,
     [](const LocatedJson& v, Low& o) { return read_into(v, o.batch_timeout_micros); }},
    {"M", false, [](const LocatedJson& v, Low& o) { return read_into(v, o.max_enqueued_batches); }},
    // Never consulted upstream (TF 1.2).
    {"lim", false,
     [](const LocatedJson& v, Low& /*o*/) { return expect_kind(v, LocatedJson::Kind::kInteger); }},
    {"allowed", false,
     [](const LocatedJson& v, Low& o) { return read_into(v, o.allowed_batch_sizes); }},
}};

using Queue = TfQueueOptions;
constexpr std::array<Field<Queue>, 15> kSharedQueueFields = {{
    {"lim", false, [](const LocatedJson& v, Queue& o) { return read_into(v, o.max_batch_size); }},
    {"to", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.batch_timeout_micros); }},
    {"M", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.max_enqueued_batches); }},
    {"split", false,
     [](const LocatedJson& v, Queue& o) {
       return read_into(v, o.extras.enable_large_batch_splitting);
     }},
    {"exec", false,
     [](const LocatedJson& v, Queue& o) {
       return read_into(v, o.extras.max_execution_batch_size);
     }},
    {"allowed", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.extras.allowed_batch_sizes); }},
    {"nopad", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.extras.disable_padding); }},
    {"pad", false,
     [](const LocatedJson& v, Queue& o) {
       return read_word(v, kPadWords, o.extras.batch_padding_policy);
     }},
    {"cost", false,
     [](const LocatedJson& v, Queue& o) {
       const NumberedLimits limits{.key_max = kMaxRequestRows,
                                   .value_max = kMaxTimeNs / 4000,
                                   .value_words = "microseconds"};
       return read_by_number(v, limits, [&](std::int64_t rows, std::int64_t micros) {
         o.extras.batch_costs.push_back(
             TfBatchCost{static_cast<std::uint32_t>(rows), SimDuration{micros * 1000}});
       });
     }},
    {"prio", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.extras.enable_priority_queue); }},
    {"mix", false,
     [](const LocatedJson& v, Queue& o) {
       return read_word(v, kMixWords, o.extras.mixed_priority_batching_policy);
     }},
    {"low", false,
     [](const LocatedJson& v, Queue& o) { return read_object<Low>(v, kLowFields, o.extras.low); }},
    {"paware", false,
     [](const LocatedJson& v, Queue& o) {
       o.extras.enable_priority_aware_batch_scheduler = true;
       return read_into(v, o.extras.max_queue_depth);
     }},
    {"resplit", false,
     [](const LocatedJson& v, Queue& o) { return read_into(v, o.extras.enable_task_resplit); }},
    {"lazy", false,
     [](const LocatedJson& v, Queue& o) {
       return read_into(v, o.extras.enable_lazy_cancellation_filtering);
     }},
}};

using Shared = TfSharedOptions;
constexpr std::array<Field<Shared>, 1> kSharedFields = {{
    {"rank", false, [](const LocatedJson& v, Shared& o) { return read_into(v, o.rank_queues); }},
}};

Result<std::unique_ptr<Scheduler>> make_shared(Shared options, std::int64_t thread_count) {
  options.num_batch_threads = thread_count;
  // What all queues would have is what queues without options have: equal queues stay plain.
  const Queue& first = options.queues.front();
  options.max_batch_size = first.max_batch_size;
  options.batch_timeout_micros = first.batch_timeout_micros;
  options.max_enqueued_batches = first.max_enqueued_batches;
  return make_tf_shared(options);
}

constexpr ConformanceKind<Shared, Queue> kShared = {
    .fields = kSharedFields,
    .queue_fields = kSharedQueueFields,
    .add_queue = [](Shared& options) -> Queue& { return options.queues.emplace_back(); },
    .make = &make_shared,
    .rules = {}};

}  // namespace

std::unique_ptr<ConformanceSettings> make_shared_conformance_settings() {
  return settings_of(kShared);
}

}  // namespace lockstep
