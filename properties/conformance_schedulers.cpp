#include "properties/conformance_schedulers.h"

#include <array>
#include <span>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/schedulers/tf_adaptive.h"
#include "core/schedulers/tf_serial_device.h"
#include "core/schedulers/tf_shared.h"
#include "properties/json_fields.h"

namespace lockstep {
namespace {

// One kind of scheduler: `Options` are the scheduler's, `Queue` those of one queue.
template <typename Options, typename Queue>
struct Kind {
  std::span<const Field<Options>> fields;
  std::span<const Field<Queue>> queue_fields;
  Queue& (*add_queue)(Options& options);  // where the options of one more queue go
  Result<std::unique_ptr<Scheduler>> (*make)(Options options, std::int64_t thread_count);
  ConformanceRules rules;
};

template <typename Options, typename Queue>
class SettingsOf final : public ConformanceSettings {
 public:
  explicit SettingsOf(const Kind<Options, Queue>& kind) : kind_(kind) {}

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
    return read_object(options, kind_.queue_fields, kind_.add_queue(options_));
  }
  [[nodiscard]] std::string option_keys() const override { return field_keys(kind_.fields); }
  [[nodiscard]] const ConformanceRules& rules() const override { return kind_.rules; }
  [[nodiscard]] Result<std::unique_ptr<Scheduler>> make(std::int64_t thread_count) const override {
    return kind_.make(options_, thread_count);
  }

 private:
  const Kind<Options, Queue>& kind_;
  Options options_;
};

// A number with or without a fraction.
Located<void> read_real(const LocatedJson& value, TfReal& into) {
  if (value.kind == LocatedJson::Kind::kInteger) {
    into = TfReal{value.integer};
    return {};
  }
  const Result<TfReal> real =
      value.kind == LocatedJson::Kind::kFraction ? TfReal::parse(value.text) : bad_input("");
  if (!real) {
    return wrong_at(value.column,
                    "found " + std::string(kind_name(value.kind)) + ", expected a decimal number");
  }
  into = *real;
  return {};
}

// --- shared

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

constexpr Kind<Shared, Queue> kShared = {
    .fields = kSharedFields,
    .queue_fields = kSharedQueueFields,
    .add_queue = [](Shared& options) -> Queue& { return options.queues.emplace_back(); },
    .make = &make_shared,
    .rules = {}};

// --- adaptive

using AdaptiveQueue = TfAdaptiveQueueOptions;
constexpr std::array<Field<AdaptiveQueue>, 6> kAdaptiveQueueFields = {{
    {"lim", false,
     [](const LocatedJson& v, AdaptiveQueue& o) { return read_into(v, o.max_batch_size); }},
    {"to", false,
     [](const LocatedJson& v, AdaptiveQueue& o) { return read_into(v, o.batch_timeout_micros); }},
    {"M", false,
     [](const LocatedJson& v, AdaptiveQueue& o) { return read_into(v, o.max_enqueued_batches); }},
    {"input", false,
     [](const LocatedJson& v, AdaptiveQueue& o) {
       return read_into(v, o.max_input_task_size.emplace());
     }},
    {"tasks", false,
     [](const LocatedJson& v, AdaptiveQueue& o) {
       return read_into(v, o.max_tasks_per_batch.emplace());
     }},
    {"split", false,
     [](const LocatedJson& v, AdaptiveQueue& o) {
       return read_into(v, o.enable_large_batch_splitting);
     }},
}};

struct Adaptive {
  TfAdaptiveOptions options;
  std::int64_t seed = 1;
};
constexpr std::array<Field<Adaptive>, 6> kAdaptiveFields = {{
    {"init", false,
     [](const LocatedJson& v, Adaptive& o) {
       return read_real(v, o.options.initial_in_flight_batches_limit);
     }},
    {"min", false,
     [](const LocatedJson& v, Adaptive& o) {
       return read_into(v, o.options.min_in_flight_batches_limit);
     }},
    {"boost", false,
     [](const LocatedJson& v, Adaptive& o) {
       return read_into(v, o.options.full_batch_scheduling_boost_micros);
     }},
    {"avg", false,
     [](const LocatedJson& v, Adaptive& o) {
       return read_into(v, o.options.batches_to_average_over);
     }},
    {"fifo", false,
     [](const LocatedJson& v, Adaptive& o) { return read_into(v, o.options.fifo_scheduling); }},
    {"seed", false, [](const LocatedJson& v, Adaptive& o) { return read_into(v, o.seed); }},
}};

Result<std::unique_ptr<Scheduler>> make_adaptive(Adaptive settings, std::int64_t thread_count) {
  settings.options.num_batch_threads = thread_count;
  return make_tf_adaptive(settings.options, static_cast<std::uint64_t>(settings.seed));
}

constexpr Kind<Adaptive, AdaptiveQueue> kAdaptive = {
    .fields = kAdaptiveFields,
    .queue_fields = kAdaptiveQueueFields,
    .add_queue = [](Adaptive& o) -> AdaptiveQueue& { return o.options.queues.emplace_back(); },
    .make = &make_adaptive,
    .rules = {.empty_requests = true, .close_poll = std::chrono::milliseconds(1)}};

// --- serial

using SerialQueue = TfSerialDeviceQueueOptions;
constexpr std::array<Field<SerialQueue>, 2> kSerialQueueFields = {{
    {"lim", false,
     [](const LocatedJson& v, SerialQueue& o) { return read_into(v, o.max_batch_size); }},
    {"M", false,
     [](const LocatedJson& v, SerialQueue& o) { return read_into(v, o.max_enqueued_batches); }},
}};

using Serial = TfSerialDeviceOptions;
constexpr std::array<Field<Serial>, 5> kSerialFields = {{
    {"init", false,
     [](const LocatedJson& v, Serial& o) {
       return read_into(v, o.initial_in_flight_batches_limit);
     }},
    {"boost", false,
     [](const LocatedJson& v, Serial& o) {
       return read_into(v, o.full_batch_scheduling_boost_micros);
     }},
    {"avg", false,
     [](const LocatedJson& v, Serial& o) { return read_into(v, o.batches_to_average_over); }},
    {"target", false,
     [](const LocatedJson& v, Serial& o) { return read_real(v, o.target_pending); }},
    {"nopending", false,
     [](const LocatedJson& v, Serial& o) {
       Located<void> read = read_into(v, o.get_pending_on_serial_device);
       o.get_pending_on_serial_device = !o.get_pending_on_serial_device;
       return read;
     }},
}};

Result<std::unique_ptr<Scheduler>> make_serial(Serial options, std::int64_t thread_count) {
  options.num_batch_threads = thread_count;
  return make_tf_serial_device(options);
}

constexpr Kind<Serial, SerialQueue> kSerial = {
    .fields = kSerialFields,
    .queue_fields = kSerialQueueFields,
    .add_queue = [](Serial& options) -> SerialQueue& { return options.queues.emplace_back(); },
    .make = &make_serial,
    .rules = {.close_poll = std::chrono::milliseconds(1)}};

// --- all

template <typename Options, typename Queue>
std::unique_ptr<ConformanceSettings> settings_of(const Kind<Options, Queue>& kind) {
  return std::make_unique<SettingsOf<Options, Queue>>(kind);
}

struct KindName {
  std::string_view name;
  std::unique_ptr<ConformanceSettings> (*make)();
};
constexpr std::array<KindName, 3> kKinds = {{
    {"shared", [] { return settings_of(kShared); }},
    {"adaptive", [] { return settings_of(kAdaptive); }},
    {"serial", [] { return settings_of(kSerial); }},
}};

}  // namespace

std::unique_ptr<ConformanceSettings> make_conformance_settings(std::string_view kind) {
  for (const KindName& known : kKinds) {
    if (known.name == kind) {
      return known.make();
    }
  }
  return nullptr;
}

std::string conformance_kind_names() {
  std::string names;
  for (const KindName& known : kKinds) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return names;
}

}  // namespace lockstep
