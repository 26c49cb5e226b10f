#include "cli/run_stages.h"

#include <algorithm>

#include "sim/device_text.h"

namespace lockstep {
namespace {

// What `curve` says, and no more than is `left`, which becomes less by it.
SimDuration take(const std::optional<ServiceCurve>& curve, std::uint32_t rows, SimDuration& left) {
  if (!curve || rows == 0 || !curve->covers(rows) || curve->is_random()) {
    return SimDuration{0};
  }
  const SimDuration taken = std::min(curve->time(rows), left);
  left -= taken;
  return taken;
}

}  // namespace

Result<std::vector<StageSpans>> stages_of(const RunLog& run) {
  if (has_measured_stages(run)) {
    return read_measured_stages(run);
  }
  std::vector<StageSpans> stages = computed_only(run);
  const std::string curve = run.setting("gpu_curve");
  if (curve.empty()) {
    return stages;
  }
  const Result<DeviceDescription> device = parse_device(curve);
  if (!device) {
    return tl::unexpected(device.error());
  }
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const BatchRecord& batch = run.batches[i].record;
    const std::uint32_t rows = std::max(batch.rows, batch.padded_rows);
    StageSpans& times = stages[i];
    times.to_device = take(device->to_device, rows, times.compute);
    times.to_host = take(device->to_host, rows, times.compute);
  }
  return stages;
}

}  // namespace lockstep
