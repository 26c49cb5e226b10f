// What the simulated GPU is like: times of its stages, how lanes share it, its memory. Data only.
//
// A batch is copied to the device, computed and copied back. Each GPU has one copy engine each way,
// which takes one batch at a time, and compute that lanes share as `sharing` says. After that the
// host needs a while until the lane is free again. Stages that are not given take no time. The
// canonical text (device_text.h) says all of it: a run that records it can be judged without the
// file that it came from.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "sim/service_curve.h"

namespace lockstep {

enum class Sharing : std::uint8_t {
  kSerial,    // one batch after another, as on one compute stream
  kEqual,     // n batches at once: each takes n times as long
  kSlowDown,  // n batches at once: each takes slow_down[n - 2] times as long
};

struct ComputeSharing {
  Sharing kind = Sharing::kSerial;
  // Millionths, each at least 10^6: for two batches at once, three, ...; of kSlowDown only.
  std::vector<std::uint32_t> slow_down{};

  // Is it said what happens with `count` batches at once?
  [[nodiscard]] bool covers(std::uint32_t count) const {
    return kind != Sharing::kSlowDown || count <= slow_down.size() + 1;
  }
};

// Bytes of one model; nullopt: as `common` says, and 0 there.
struct ModelMemory {
  std::optional<std::uint64_t> weights{};
  std::optional<std::uint64_t> row_bytes{};  // of a batch, for each row that is executed
};

struct MemoryDescription {
  std::uint64_t total = 0;                  // bytes of one GPU; 0: memory is not modelled
  std::optional<std::uint32_t> fraction{};  // millionths of `total` that the process may use
  std::optional<bool> growth{};             // take memory on demand instead of all at once
  ModelMemory common{};
  std::vector<std::pair<std::string, ModelMemory>> models{};  // in the order of their names

  // What the process may use, rounded down to bytes. Nothing given, or 0: all of it.
  [[nodiscard]] std::uint64_t budget() const;
};

inline constexpr std::uint64_t kMaxMemoryBytes = std::uint64_t{1} << 50;
inline constexpr std::uint64_t kMaxRowBytes = std::uint64_t{1} << 36;

struct DeviceDescription {
  ServiceCurve compute{};
  std::optional<ServiceCurve> to_device{};
  std::optional<ServiceCurve> to_host{};
  std::optional<ServiceCurve> host{};  // launching, noticing the end: the lane's, on no engine
  SimDuration wake{0};                 // what a GPU without a batch needs before it begins one
  bool extrapolate = false;            // the tables go on beyond their ends
  Quantiles jitter{};                  // factor on the compute time, millionths; empty: none
  SimDuration first_batch{0};          // what the first batch of a model on a GPU takes longer
  ComputeSharing sharing{};
  MemoryDescription memory{};

  // One compute stream whose times follow from the rows alone: nothing but `compute` is said.
  [[nodiscard]] bool is_plain() const;
  // Does a batch take time beside its compute?
  [[nodiscard]] bool has_more_than_compute() const;
  // Has every stage a time for a batch of `rows`?
  [[nodiscard]] bool covers(std::uint32_t rows) const;
  // "rows 1 to 32", for messages.
  [[nodiscard]] std::string range_text() const;
};

// What a batch takes beside its compute, by its rows; the name is that of the term and the column.
struct SideCurve {
  std::string_view name;
  std::optional<ServiceCurve> DeviceDescription::*curve;
};
inline constexpr std::array kSideCurves = {SideCurve{"h2d", &DeviceDescription::to_device},
                                           SideCurve{"d2h", &DeviceDescription::to_host},
                                           SideCurve{"host", &DeviceDescription::host}};

}  // namespace lockstep
