#include "sim/measured_stages.h"

#include <algorithm>
#include <utility>

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
  std::uint32_t last = 0;  // rows
  for (const MeasuredBatch& batch : batches) {
    const SimDuration longest = std::max({batch.to_device, batch.compute, batch.to_host});
    const bool wrong = batch.compute <= SimDuration{0} || longest.count() > kMaxServiceNs;
    if (wrong || batch.rows == last) {
      std::string error = place + ": found batch size " + std::to_string(batch.rows);
      error +=
          wrong ? " with " + to_text(batch.compute) + " of compute, expected times from 1ns to 1h"
                : " twice, expected it once";
      return bad_input(std::move(error));
    }
    last = batch.rows;
    points.push_back({batch.rows, batch.compute, {}});
  }
  DeviceDescription device;
  device.compute = ServiceCurve::table(std::move(points));
  device.to_device = copy_table(batches, &MeasuredBatch::to_device);
  device.to_host = copy_table(batches, &MeasuredBatch::to_host);
  return device;
}

}  // namespace lockstep
