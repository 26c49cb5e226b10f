#include "sim/device_terms.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "traces/csv_rows.h"
#include "traces/names.h"

namespace lockstep {
namespace {

struct ByteUnit {
  std::string_view name;
  unsigned shift = 0;
};
constexpr std::array<ByteUnit, 5> kByteUnits = {ByteUnit{"TiB", 40}, ByteUnit{"GiB", 30},
                                                ByteUnit{"MiB", 20}, ByteUnit{"KiB", 10},
                                                ByteUnit{"B", 0}};

tl::unexpected<Error> wrong_term(std::string_view name, std::string_view value,
                                 const std::string& expected) {
  return bad_input("found GPU term '" + std::string(name) + "=" + std::string(value) +
                   "', expected " + expected);
}

Result<void> set_curve(std::string_view name, std::string_view value,
                       std::optional<ServiceCurve>& curve) {
  Result<ServiceCurve> parsed = parse_service_curve(value);
  if (!parsed) {
    return bad_input("GPU term '" + std::string(name) + "': " + parsed.error().message);
  }
  curve = std::move(*parsed);
  return {};
}

// FACTOR@PERCENT/..., rising in both.
Result<void> set_jitter(std::string_view value, Quantiles& jitter) {
  constexpr const char* kExpected = "factors by their quantiles, rising: 0.98@0/1@50/1.3@99";
  std::vector<Quantiles::Point> points;
  std::string_view rest = value;
  while (true) {
    const std::string_view item = rest.substr(0, rest.find('/'));
    const std::size_t at = item.find('@');
    const Result<std::uint64_t> factor = parse_decimal(item.substr(0, at), 6, 1'000'000'000);
    const Result<std::uint64_t> share =
        parse_decimal(at == item.npos ? "" : item.substr(at + 1), 4, 1'000'000);
    if (!factor || !share || *factor == 0) {
      return wrong_term("jitter", value, kExpected);
    }
    const Quantiles::Point point{static_cast<std::uint32_t>(*share),
                                 static_cast<std::int64_t>(*factor)};
    if (!points.empty() &&
        (point.per_million <= points.back().per_million || point.value < points.back().value)) {
      return wrong_term("jitter", value, kExpected);
    }
    points.push_back(point);
    if (item.size() == rest.size()) {
      break;
    }
    rest.remove_prefix(item.size() + 1);
  }
  jitter = Quantiles(std::move(points));
  return {};
}

// "2:1.57,3:2.2": without gaps from two batches on, each at least 1.
Result<void> set_sharing(std::string_view value, ComputeSharing& sharing) {
  if (value == "serial" || value == "equal") {
    sharing = ComputeSharing{value == "serial" ? Sharing::kSerial : Sharing::kEqual};
    return {};
  }
  ComputeSharing table{Sharing::kSlowDown};
  std::string_view rest = value;
  while (true) {
    const std::string_view item = rest.substr(0, rest.find(','));
    const std::string count = std::to_string(table.slow_down.size() + 2) + ":";
    const Result<std::uint64_t> factor =
        parse_decimal(item.starts_with(count) ? item.substr(count.size()) : "", 6, 4'000'000'000);
    if (!factor || *factor < 1'000'000 || table.slow_down.size() + 1 >= kMaxLanes) {
      return wrong_term("sharing", value,
                        "serial, equal or how many times as long n batches at once take, n from 2 "
                        "on and at least 1 time: 2:1.57,3:2.2");
    }
    table.slow_down.push_back(static_cast<std::uint32_t>(*factor));
    if (item.size() == rest.size()) {
      break;
    }
    rest.remove_prefix(item.size() + 1);
  }
  sharing = std::move(table);
  return {};
}

// weights, row_bytes; with @MODEL of that one.
Result<void> set_model_bytes(std::string_view name, std::string_view value,
                             MemoryDescription& memory) {
  const std::size_t at = name.find('@');
  const bool is_weights = name.starts_with("weights");
  const Result<std::uint64_t> bytes =
      parse_bytes(value, is_weights ? kMaxMemoryBytes : kMaxRowBytes);
  if (!bytes) {
    return wrong_term(name, value, bytes.error().message);
  }
  ModelMemory* model = &memory.common;
  if (at != name.npos) {
    const std::string_view wanted = name.substr(at + 1);
    if (!is_queue_name(wanted) || wanted.find(':') != wanted.npos) {
      return wrong_term(name, value, "the name of a model behind @");
    }
    auto place =
        std::lower_bound(memory.models.begin(), memory.models.end(), wanted,
                         [](const auto& known, std::string_view n) { return known.first < n; });
    if (place == memory.models.end() || place->first != wanted) {
      place = memory.models.insert(place, {std::string(wanted), ModelMemory{}});
    }
    model = &place->second;
  }
  (is_weights ? model->weights : model->row_bytes) = *bytes;
  return {};
}

Result<void> set_memory(std::string_view name, std::string_view value, MemoryDescription& memory) {
  if (name == "memory") {
    const Result<std::uint64_t> bytes = parse_bytes(value, kMaxMemoryBytes);
    if (!bytes || *bytes == 0) {
      return wrong_term(name, value, bytes ? "more than 0" : bytes.error().message);
    }
    memory.total = *bytes;
    return {};
  }
  if (name == "fraction") {
    const Result<std::uint64_t> share = parse_decimal(value, 6, 1'000'000);
    if (!share) {
      return wrong_term(name, value, "a number from 0 (all of it) to 1");
    }
    memory.fraction = static_cast<std::uint32_t>(*share);
    return {};
  }
  if (name == "growth") {
    if (value != "true" && value != "false") {
      return wrong_term(name, value, "true or false");
    }
    memory.growth = value == "true";
    return {};
  }
  return set_model_bytes(name, value, memory);
}

constexpr std::array<std::string_view, 13> kTermNames = {
    "h2d",     "d2h",    "host",     "wake",   "extrapolate", "jitter",   "first",
    "sharing", "memory", "fraction", "growth", "weights",     "row_bytes"};

}  // namespace

Result<void> set_device_term(std::string_view name, std::string_view value,
                             DeviceDescription& device) {
  for (const SideCurve& side : kSideCurves) {
    if (name == side.name) {
      return set_curve(name, value, device.*side.curve);
    }
  }
  if (name == "extrapolate") {
    if (value != "linear") {
      return wrong_term(name, value, "extrapolate=linear, or none of it");
    }
    device.extrapolate = true;
    return {};
  }
  if (name == "jitter") {
    return set_jitter(value, device.jitter);
  }
  if (name == "first" || name == "wake") {
    const Result<SimDuration> time = parse_duration(value);
    if (!time || time->count() <= 0 || time->count() > kMaxServiceNs) {
      return wrong_term(name, value, "a time between 1ns and 1h");
    }
    (name == "first" ? device.first_batch : device.wake) = *time;
    return {};
  }
  if (name == "sharing") {
    return set_sharing(value, device.sharing);
  }
  const std::string_view bare = name.substr(0, name.find('@'));
  const bool of_a_model = bare.size() != name.size();
  const bool known = std::find(kTermNames.begin(), kTermNames.end(), bare) != kTermNames.end() &&
                     (!of_a_model || bare == "weights" || bare == "row_bytes");
  if (!known) {
    return bad_input("found GPU term '" + std::string(name) + "', expected " +
                     name_list(kTermNames) + suggestion(bare, kTermNames));
  }
  return set_memory(name, value, device.memory);
}

Result<void> finish_terms(DeviceDescription& device) {
  if (!device.jitter.empty() && device.compute.is_random()) {
    return bad_input(
        "found jitter beside a table of quantiles, expected one of them: a batch has one draw");
  }
  const MemoryDescription& memory = device.memory;
  if (memory.total == 0 && (memory.fraction || memory.growth || memory.common.weights ||
                            memory.common.row_bytes || !memory.models.empty())) {
    return bad_input(
        "found fraction, growth, weights or row_bytes without memory=, expected "
        "how much a GPU has: memory=16GiB");
  }
  if (!device.extrapolate) {
    return {};
  }
  std::vector<ServiceCurve*> curves = {&device.compute};
  for (const SideCurve& side : kSideCurves) {
    if (std::optional<ServiceCurve>& curve = device.*side.curve) {
      curves.push_back(&*curve);
    }
  }
  for (ServiceCurve* curve : curves) {
    if (!curve->can_extrapolate()) {
      return bad_input("found extrapolate=linear with the one point '" + curve->text() +
                       "', expected two points or more");
    }
    curve->extrapolate();
  }
  return {};
}

Result<std::uint64_t> parse_bytes(std::string_view text, std::uint64_t max) {
  const auto unit = std::find_if(kByteUnits.begin(), kByteUnits.end(),
                                 [&](const ByteUnit& known) { return text.ends_with(known.name); });
  if (unit != kByteUnits.end()) {
    const Result<std::uint64_t> count =
        parse_decimal(text.substr(0, text.size() - unit->name.size()), 0, max >> unit->shift);
    if (count) {
      return *count << unit->shift;
    }
  }
  return bad_input("bytes as 16GiB, 512MiB or 100B, at most " + bytes_text(max));
}

std::string bytes_text(std::uint64_t bytes) {
  for (const ByteUnit& unit : kByteUnits) {
    const std::uint64_t count = bytes >> unit.shift;
    if (count > 0 && count << unit.shift == bytes) {
      return std::to_string(count) + std::string(unit.name);
    }
  }
  return "0B";
}

}  // namespace lockstep
