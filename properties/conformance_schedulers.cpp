#include "properties/conformance_schedulers.h"

#include <array>
#include <utility>

#include "core/schedulers/tf_adaptive.h"
#include "core/schedulers/tf_jit.h"
#include "core/schedulers/tf_retrier.h"
#include "core/schedulers/tf_serial_device.h"
#include "core/schedulers/tf_streaming.h"
#include "properties/conformance_kind.h"
#include "properties/conformance_shared.h"
#include "properties/json_fields.h"

namespace lockstep {
namespace {

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

constexpr ConformanceKind<Adaptive, AdaptiveQueue> kAdaptive = {
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

constexpr ConformanceKind<Serial, SerialQueue> kSerial = {
    .fields = kSerialFields,
    .queue_fields = kSerialQueueFields,
    .add_queue = [](Serial& options) -> SerialQueue& { return options.queues.emplace_back(); },
    .make = &make_serial,
    .rules = {.close_poll = std::chrono::milliseconds(1)}};

// --- streaming and jit: one set of options for all queues

struct NoOptions {};

using Streaming = TfStreamingOptions;
constexpr std::array<Field<Streaming>, 3> kStreamingFields = {{
    {"lim", false,
     [](const LocatedJson& v, Streaming& o) { return read_into(v, o.max_batch_size); }},
    {"to", false,
     [](const LocatedJson& v, Streaming& o) { return read_into(v, o.batch_timeout_micros); }},
    {"wait", false,
     [](const LocatedJson& v, Streaming& o) { return read_into(v, o.no_tasks_wait_time_micros); }},
}};
constexpr ConformanceKind<Streaming, NoOptions> kStreaming = {
    .fields = kStreamingFields,
    .queue_fields = {},
    .add_queue = nullptr,
    .make =
        [](Streaming options, std::int64_t thread_count) {
          options.num_batch_threads = thread_count;
          return make_tf_streaming(options);
        },
    .rules = {}};

using Jit = TfJitOptions;
constexpr std::array<Field<Jit>, 3> kJitFields = {{
    {"lim", false, [](const LocatedJson& v, Jit& o) { return read_into(v, o.max_batch_size); }},
    {"waiting", false, [](const LocatedJson& v, Jit& o) { return read_into(v, o.max_queue_size); }},
    {"ready", false,
     [](const LocatedJson& v, Jit& o) { return read_into(v, o.max_ready_batches); }},
}};
constexpr ConformanceKind<Jit, NoOptions> kJit = {.fields = kJitFields,
                                                  .queue_fields = {},
                                                  .add_queue = nullptr,
                                                  .make =
                                                      [](Jit options, std::int64_t thread_count) {
                                                        options.num_batch_threads = thread_count;
                                                        return make_tf_jit(options);
                                                      },
                                                  .rules = {.close_abandons = true}};

// --- a retrier around any of them

constexpr std::array<Field<TfRetrierOptions>, 2> kRetrierFields = {{
    {"max", false,
     [](const LocatedJson& v, TfRetrierOptions& o) { return read_into(v, o.max_time_micros); }},
    {"delay", false,
     [](const LocatedJson& v, TfRetrierOptions& o) { return read_into(v, o.retry_delay_micros); }},
}};

class RetriedSettings final : public ConformanceSettings {
 public:
  RetriedSettings(std::unique_ptr<ConformanceSettings> inner, const TfRetrierOptions& options)
      : inner_(std::move(inner)), options_(options) {}

  [[nodiscard]] Located<bool> read_option(const LocatedJson::Member& member) override {
    return inner_->read_option(member);
  }
  [[nodiscard]] Located<void> read_queue(const LocatedJson& options) override {
    return inner_->read_queue(options);
  }
  [[nodiscard]] std::string option_keys() const override { return inner_->option_keys(); }
  [[nodiscard]] const ConformanceRules& rules() const override { return inner_->rules(); }
  [[nodiscard]] Result<std::unique_ptr<Scheduler>> make(std::int64_t thread_count) const override {
    Result<std::unique_ptr<Scheduler>> inner = inner_->make(thread_count);
    return inner ? make_tf_retrier(std::move(*inner), options_) : std::move(inner);
  }

 private:
  std::unique_ptr<ConformanceSettings> inner_;
  TfRetrierOptions options_;
};

// --- all

struct KindName {
  std::string_view name;
  std::unique_ptr<ConformanceSettings> (*make)();
};
constexpr std::array<KindName, 5> kKinds = {{
    {"shared", &make_shared_conformance_settings},
    {"adaptive", [] { return settings_of(kAdaptive); }},
    {"serial", [] { return settings_of(kSerial); }},
    {"streaming", [] { return settings_of(kStreaming); }},
    {"jit", [] { return settings_of(kJit); }},
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

Located<void> add_retrier(const LocatedJson& json, std::unique_ptr<ConformanceSettings>& settings) {
  TfRetrierOptions options;
  if (Located<void> read = read_object<TfRetrierOptions>(json, kRetrierFields, options); !read) {
    return read;
  }
  settings = std::make_unique<RetriedSettings>(std::move(settings), options);
  return {};
}

std::string conformance_kind_names() {
  std::string names;
  for (const KindName& known : kKinds) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return names;
}

}  // namespace lockstep
