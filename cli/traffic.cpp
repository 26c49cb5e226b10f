#include "cli/traffic.h"

#include <filesystem>

#include "traces/bundled.h"

namespace lockstep {

Result<Traffic> Traffic::open(const PreparedRun& run) {
  Traffic traffic;
  const RunPlan& plan = run.plan;
  if (run.poisson) {
    traffic.name_ = plan.arrivals;
    traffic.base_ = std::make_unique<PoissonArrivals>(*run.poisson);
  } else {
    const TraceOptions options{.format = plan.format, .sort = plan.sort};
    std::error_code ignored;
    const BundledTrace* bundled =
        std::filesystem::exists(plan.trace, ignored) ? nullptr : find_bundled_trace(plan.trace);
    Result<std::unique_ptr<TraceReader>> reader =
        bundled != nullptr
            ? open_trace_text(std::string(bundled->file_name), bundled->text, options)
            : open_trace(plan.trace, options);
    if (!reader) {
      return tl::unexpected(reader.error());
    }
    traffic.name_ = bundled != nullptr ? std::string(bundled->file_name)
                                       : std::filesystem::path(plan.trace).filename().string();
    traffic.reader_ = reader->get();
    traffic.base_ = std::move(*reader);
  }
  if (!run.load.is_one()) {
    traffic.scaled_ = std::make_unique<LoadScaledArrivals>(*traffic.base_, run.load);
  }
  if (!run.spec.queues.empty()) {
    traffic.ordered_ = std::make_unique<QueueOrder>(traffic.source(), run.spec);
  }
  return traffic;
}

TraceIdentity Traffic::identity() const {
  if (reader_ == nullptr) {
    return TraceIdentity{.name = name_, .format = "poisson"};
  }
  return TraceIdentity{.name = name_,
                       .format = std::string(reader_->format()),
                       .rows = reader_->row_count(),
                       .content_digest = reader_->content_digest()};
}

}  // namespace lockstep
