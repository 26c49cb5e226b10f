#include "cli/traffic.h"

#include <filesystem>

#include "traces/bundled.h"

namespace lockstep {

Result<OpenedTrace> open_trace_of(const RunPlan& plan) {
  const TraceOptions options{.format = plan.format, .sort = plan.sort, .map = plan.map};
  const BundledTrace* bundled = find_bundled_trace(plan.trace);
  Result<std::unique_ptr<TraceReader>> reader =
      bundled != nullptr ? open_trace_text(std::string(bundled->file_name), bundled->text, options)
                         : open_trace(plan.trace, options);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  return OpenedTrace{.name = bundled != nullptr
                                 ? std::string(bundled->file_name)
                                 : std::filesystem::path(plan.trace).filename().string(),
                     .reader = std::move(*reader)};
}

Result<Traffic> Traffic::open(const PreparedRun& run) {
  Traffic traffic;
  const RunPlan& plan = run.plan;
  if (run.clients) {
    traffic.name_ = plan.arrivals;
    traffic.format_ = "clients";
    traffic.base_ = std::make_unique<NoArrivals>(
        run.clients->queue.empty() ? std::string(kUnnamedQueue) : run.clients->queue);
  } else if (run.generated) {
    traffic.name_ = run.generated->spec.text;
    traffic.format_ = run.generated->spec.is_plain_poisson() ? "poisson" : "generated";
    Result<OpenedArrivals> opened = open_arrivals(*run.generated);
    if (!opened) {
      return tl::unexpected(opened.error());
    }
    traffic.content_digest_ = opened->content_digest;
    traffic.base_ = std::move(opened->source);
  } else {
    Result<OpenedTrace> trace = open_trace_of(plan);
    if (!trace) {
      return tl::unexpected(trace.error());
    }
    traffic.name_ = std::move(trace->name);
    traffic.reader_ = trace->reader.get();
    traffic.base_ = std::move(trace->reader);
  }
  ArrivalSource* source = traffic.base_.get();
  const TraceScaling copies{.repeat = plan.repeat, .replicate = plan.replicate, .seed = plan.seed};
  if (!copies.is_none()) {
    traffic.copied_ = std::make_unique<ScaledTrace>(*source, copies);
    source = traffic.copied_.get();
  }
  if (!run.load.is_one()) {
    traffic.scaled_ = std::make_unique<LoadScaledArrivals>(*source, run.load);
    source = traffic.scaled_.get();
  }
  if (run.length_ns && !run.generated) {
    traffic.shortened_ = std::make_unique<ShortenedArrivals>(*source, *run.length_ns);
    source = traffic.shortened_.get();
  }
  if (!run.spec.queues.empty()) {
    traffic.ordered_ = std::make_unique<QueueOrder>(*source, run.spec);
    source = traffic.ordered_.get();
  }
  traffic.top_ = std::make_unique<SpanOfArrivals>(*source);
  if (run.clients && traffic.ordered_) {
    const Result<QueueId> queue = traffic.ordered_->place_of(traffic.base_->queue_names().front());
    if (!queue) {
      return tl::unexpected(queue.error());
    }
    traffic.client_queue_ = *queue;
  }
  return traffic;
}

std::unique_ptr<Clients> Traffic::clients(const PreparedRun& run, EventSink* sink,
                                          ClientCounts& counts) const {
  if (!run.clients) {
    return nullptr;
  }
  auto clients = std::make_unique<Clients>(run.plan.seed, sink);
  add_client_traffic(*clients, *run.clients, client_queue_, *run.plan.request_count, counts);
  return clients;
}

Result<std::size_t> SpanOfArrivals::read(std::span<Arrival> out) {
  Result<std::size_t> count = source_.read(out);
  if (count && *count > 0) {
    first_ = any_ ? first_ : out.front().time;
    last_ = out[*count - 1].time;
    any_ = true;
  }
  return count;
}

TraceIdentity Traffic::identity() const {
  if (reader_ == nullptr) {
    return TraceIdentity{
        .name = name_, .format = format_, .rows = 0, .content_digest = content_digest_};
  }
  return TraceIdentity{.name = name_,
                       .format = std::string(reader_->format()),
                       .rows = reader_->row_count(),
                       .content_digest = reader_->content_digest()};
}

}  // namespace lockstep
