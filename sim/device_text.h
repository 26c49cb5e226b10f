// The text of a simulated GPU: `--gpu`, and what manifest.json keeps.
//
//     CURVE[,TERM=VALUE]...      1ms+50us/row,h2d=20us+3us/row,sharing=equal
//
// CURVE is the time of compute (service_curve.h) or a name of bundled_devices(), whose terms those
// that follow replace. An item without `=` goes on with the table of the term before it.
//
//     h2d=CURVE, d2h=CURVE     copies to the device and back, one engine each way
//     host=CURVE               what the host takes for a batch around it: its lane waits for it
//     wake=TIME                a GPU without a batch needs that before it begins the next one
//     extrapolate=linear       the tables go on beyond their ends
//     jitter=F@PERCENT/...     factor on the compute time by its quantiles: 0.98@0/1@50/1.3@99
//     first=TIME               the first batch of a model on a GPU takes longer by that
//     sharing=serial|equal|2:1.57,3:2.2     (table: batches at once, how many times as long)
//     memory=BYTES             of one GPU: 16GiB; without it memory is not modelled
//     fraction=F, growth=true|false         per_process_gpu_memory_fraction, allow_growth
//     weights=BYTES, row_bytes=BYTES        of each model; weights@MODEL=BYTES of one
//
// Errors name the text and what was expected.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "sim/device_description.h"

namespace lockstep {

[[nodiscard]] Result<DeviceDescription> parse_device(std::string_view text);

// Canonical: parse_device of it gives the same, and the same text again.
[[nodiscard]] std::string device_text(const DeviceDescription& device);

// The value of the term `sharing`: "serial", "equal", "2:1.57,3:2.2".
[[nodiscard]] std::string sharing_text(const ComputeSharing& sharing);

// The curve, or what stands in its place, and the terms behind it.
struct DeviceTerms {
  std::string head;
  std::vector<std::pair<std::string, std::string>> terms;
};
[[nodiscard]] DeviceTerms split_device_text(std::string_view text);

// Sets what `terms` say. Errors: an unknown term, one that is said twice, a wrong value, terms that
// exclude each other.
[[nodiscard]] Result<void> apply_terms(
    const std::vector<std::pair<std::string, std::string>>& terms, DeviceDescription& device);

struct BundledDevice {
  std::string_view name;    // "v100-resnet50"
  std::string_view spec;    // its text
  std::string_view source;  // where the figures are from
};
[[nodiscard]] std::span<const BundledDevice> bundled_devices();

}  // namespace lockstep
