#include "sim/measured_stages.h"

#include <algorithm>

namespace lockstep {
namespace {

std::optional<ServiceCurve> copy_table(const std::vector<MeasuredBatch>& batches,
                                       SimDuration MeasuredBatch::*stage) {
  std::vector<ServiceCurve::Point> points;
  bool any = false;
  for (const MeasuredBatch& batch : batches) {
    any = any || batch.*stage > SimDuration{0};
    points.push_back({batch.rows, std::max(batch.*stage, SimDuration{1}), {}});
  }
  return any ? std::optional(ServiceCurve::table(std::move(points))) : std::nullopt;
}

}  // namespace

Result<DeviceDescription> device_of_measured(const std::string& place,
                                             std::vector<MeasuredBatch> batches) {
  if (batches.empty()) {
    return bad_input(place + ": found no batch that was executed, expected times of one or more");
  }
  std::sort(batches.begin(), batches.end(),
            [](const MeasuredBatch& a, const MeasuredBatch& b) { return a.rows < b.rows; });
  std::vector<ServiceCurve::Point> points;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const MeasuredBatch& batch = batches[i];
    const std::string size = std::to_string(batch.rows);
    if (i > 0 && batches[i - 1].rows == batch.rows) {
      return bad_input(place + ": found batch size " + size + " twice, expected it once");
    }
    const SimDuration longest = std::max({batch.to_device, batch.compute, batch.to_host});
    if (batch.compute <= SimDuration{0} || longest.count() > kMaxServiceNs) {
      return bad_input(place + ": found " + to_text(batch.compute) + " of compute at batch size " +
                       size + ", expected times between 1ns and 1h");
    }
    points.push_back({batch.rows, batch.compute, {}});
  }
  DeviceDescription device;
  device.compute = ServiceCurve::table(std::move(points));
  device.to_device = copy_table(batches, &MeasuredBatch::to_device);
  device.to_host = copy_table(batches, &MeasuredBatch::to_host);
  return device;
}

}  // namespace lockstep
