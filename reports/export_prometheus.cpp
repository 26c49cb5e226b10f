// The metrics that TF-Serving's and Triton's own endpoints would give after such a run.
#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/busy_time.h"
#include "reports/export_statistics.h"
#include "reports/format.h"
#include "reports/server_counts.h"

namespace lockstep {
namespace {

constexpr std::size_t kLongestLabelValue = 256;

// As a label's value: text format 0.0.4 escapes \, " and line ends; other control bytes go.
std::string label(std::string_view text) {
  std::string escaped;
  for (const char c : displayable(text, kLongestLabelValue)) {
    escaped += c == '\\' || c == '"' ? std::string{'\\', c} : std::string{c};
  }
  return escaped;
}

std::uint64_t micros(std::uint64_t ns) {
  return ns / 1'000;
}

// TensorFlow's exponential buckets: limits scale * growth^i, as its loop multiplies them, and one
// more without limit (monitoring::Buckets::Exponential). A value is in the first bucket whose limit
// is above it.
class Histogram {
 public:
  struct Buckets {
    double scale = 1;
    double growth = 2;
    int count = 1;
  };

  explicit Histogram(const Buckets& buckets) {
    double limit = buckets.scale;
    for (int i = 0; i < buckets.count; ++i, limit *= buckets.growth) {
      limits_.push_back(limit);
    }
    counts_.resize(limits_.size() + 1);
  }

  void add(SimDuration time) {
    const std::uint64_t value = micros(static_cast<std::uint64_t>(time.count()));
    const auto place = std::upper_bound(limits_.begin(), limits_.end(), static_cast<double>(value));
    ++counts_[static_cast<std::size_t>(place - limits_.begin())];
    sum_ += value;
  }

  // `labels` without braces.
  [[nodiscard]] std::string text(std::string_view name, const std::string& labels) const {
    std::string text;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      below += counts_[i];
      const std::string limit =
          i < limits_.size() ? fmt::format("{:g}", limits_[i]) : std::string("+Inf");
      text += fmt::format("{}_bucket{{{},le=\"{}\"}} {}\n", name, labels, limit, below);
    }
    return text + fmt::format("{}_sum{{{}}} {}\n{}_count{{{}}} {}\n", name, labels, sum_, name,
                              labels, below);
  }

 private:
  std::vector<double> limits_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t sum_ = 0;  // whole microseconds, as TensorFlow adds them
};

// servables/tensorflow/util.cc of TF-Serving: about 20 minutes.
constexpr Histogram::Buckets kLatencyBuckets = {.scale = 10, .growth = 1.8, .count = 33};
// batching/batching_session.cc: about 1 second.
constexpr Histogram::Buckets kQueuingBuckets = {.scale = 100, .growth = 1.2, .count = 52};

std::string latency_histograms(const RunLog& run, std::string_view name, std::string_view labels,
                               SimDuration overhead) {
  std::vector<Histogram> by_queue(run.queue_names.size(), Histogram(kLatencyBuckets));
  for (const RequestRow& row : run.requests) {
    if (row.finished && row.status == Status::kOk) {
      by_queue.at(row.queue).add(*row.finished - row.arrival + overhead);
    }
  }
  std::string text = fmt::format("# TYPE {} histogram\n", name);
  for (std::size_t i = 0; i < by_queue.size(); ++i) {
    text += by_queue[i].text(
        name, fmt::format("model_name=\"{}\",{}", label(run.queue_names[i]), labels));
  }
  return text;
}

std::string tensorflow_metrics(const RunLog& run, const std::vector<ModelCounts>& models) {
  std::string text;
  // In the order of TensorFlow's registry, which is by name.
  Histogram queuing(kQueuingBuckets);
  for (const RequestRow& row : run.requests) {
    if (row.batch) {
      queuing.add(queuing_time(row));
    }
  }
  constexpr std::string_view kQueuing = ":tensorflow:serving:batching_session:queuing_latency";
  text += fmt::format("# TYPE {} histogram\n", kQueuing) +
          queuing.text(kQueuing, "thread_pool_name=\"batch_threads\"");
  std::uint64_t runs = 0;
  for (const ModelCounts& model : models) {
    runs += model.execution_count;
  }
  text += fmt::format(
      "# TYPE :tensorflow:serving:batching_session:wrapped_run_count counter\n"
      ":tensorflow:serving:batching_session:wrapped_run_count{{}} {}\n"
      "# TYPE :tensorflow:serving:request_count counter\n",
      runs);
  for (const ModelCounts& model : models) {
    for (std::size_t i = 0; i < model.by_status.size(); ++i) {
      if (model.by_status[i] > 0) {
        text +=
            fmt::format(":tensorflow:serving:request_count{{model_name=\"{}\",status=\"{}\"}} {}\n",
                        label(model.name), status_name(static_cast<Status>(i)), model.by_status[i]);
      }
    }
  }
  text += latency_histograms(run, ":tensorflow:serving:request_latency",
                             "API=\"Predict\",entrypoint=\"GRPC\"", overhead_of(run));
  return text + latency_histograms(run, ":tensorflow:serving:runtime_latency",
                                   "API=\"Predict\",runtime=\"TF1\"", SimDuration{0});
}

// One counter of each model.
struct TritonCounter {
  std::string_view name;
  std::string_view help;
  std::uint64_t (*value)(const ModelCounts& model);
};
constexpr std::array<TritonCounter, 8> kTritonCounters = {{
    {"nv_inference_request_success", "Number of successful inference requests, all batch sizes",
     [](const ModelCounts& model) { return model.success.count; }},
    {"nv_inference_count", "Number of inferences performed (does not include cached requests)",
     [](const ModelCounts& model) { return model.inference_count; }},
    {"nv_inference_exec_count",
     "Number of model executions performed (does not include cached requests)",
     [](const ModelCounts& model) { return model.execution_count; }},
    {"nv_inference_request_duration_us",
     "Cumulative inference request duration in microseconds (includes cached requests)",
     [](const ModelCounts& model) { return micros(model.success.ns); }},
    {"nv_inference_queue_duration_us",
     "Cumulative inference queuing duration in microseconds (includes cached requests)",
     [](const ModelCounts& model) { return micros(model.queue.ns); }},
    {"nv_inference_compute_input_duration_us",
     "Cumulative compute input duration in microseconds (does not include cached requests)",
     [](const ModelCounts& model) { return micros(model.compute_input.ns); }},
    {"nv_inference_compute_infer_duration_us",
     "Cumulative compute inference duration in microseconds (does not include cached requests)",
     [](const ModelCounts& model) { return micros(model.compute_infer.ns); }},
    {"nv_inference_compute_output_duration_us",
     "Cumulative inference compute output duration in microseconds (does not include cached "
     "requests)",
     [](const ModelCounts& model) { return micros(model.compute_output.ns); }},
}};

std::string family(std::string_view name, std::string_view help, std::string_view type) {
  return fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

// Busy time of each GPU as a share of the run, per million.
std::vector<std::uint64_t> busy_shares(const RunLog& run) {
  std::vector<const BatchRecord*> ended;
  for (const BatchRow& batch : run.batches) {
    ended.push_back(&batch.record);
  }
  std::stable_sort(ended.begin(), ended.end(), [](const BatchRecord* a, const BatchRecord* b) {
    return a->finished < b->finished;
  });
  std::vector<BusyTime> busy(run.gpu_count);
  for (const BatchRecord* batch : ended) {
    busy[raw(batch->lane) % run.gpu_count].add(std::min(batch->device_start, batch->finished),
                                               batch->finished);
  }
  SimTime first = kForever;
  SimTime last{};
  for (const RequestRow& row : run.requests) {
    first = std::min(first, row.arrival);
    last = std::max(last, row.finished.value_or(row.arrival));
  }
  std::vector<std::uint64_t> shares;
  shares.reserve(busy.size());
  for (const BusyTime& gpu : busy) {
    shares.push_back(
        last <= first ? 0
                      : static_cast<std::uint64_t>(scaled(static_cast<std::int64_t>(gpu.total_ns()),
                                                          1'000'000, (last - first).count())));
  }
  return shares;
}

std::string triton_metrics(const RunLog& run, const std::vector<ModelCounts>& models) {
  std::string text;
  for (const TritonCounter& counter : kTritonCounters) {
    text += family(counter.name, counter.help, "counter");
    for (const ModelCounts& model : models) {
      text += fmt::format("{}{{model=\"{}\",version=\"1\"}} {}\n", counter.name, label(model.name),
                          counter.value(model));
    }
  }
  text += family("nv_inference_request_failure",
                 "Number of failed inference requests, all batch sizes", "counter");
  for (const ModelCounts& model : models) {
    for (std::size_t i = 0; i < kFailureReasons.size(); ++i) {
      text += fmt::format(
          "nv_inference_request_failure{{model=\"{}\",reason=\"{}\",version=\"1\"}} {}\n",
          label(model.name), kFailureReasons[i], model.by_failure[i]);
    }
  }
  text += family("nv_inference_pending_request_count",
                 "Instantaneous number of pending requests awaiting execution per-model.", "gauge");
  for (const ModelCounts& model : models) {
    text += fmt::format("nv_inference_pending_request_count{{model=\"{}\",version=\"1\"}} {}\n",
                        label(model.name), model.pending);
  }
  text += family("nv_gpu_utilization", "GPU utilization rate [0.0 - 1.0)", "gauge");
  const std::vector<std::uint64_t> shares = busy_shares(run);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    text += fmt::format("nv_gpu_utilization{{gpu_uuid=\"simulated-{}\"}} {}\n", i,
                        ratio_text(shares[i], 1'000'000, 6));
  }
  return text;
}

}  // namespace

std::string prometheus_text(const RunLog& run, std::span<const StageSpans> stages) {
  const std::vector<ModelCounts> models = server_counts(run, stages);
  return fmt::format("# the counters after a run of lockstep, digest {}\n",
                     digest_text(run.digest)) +
         tensorflow_metrics(run, models) + triton_metrics(run, models);
}

}  // namespace lockstep
