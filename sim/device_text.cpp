#include "sim/device_text.h"

#include <algorithm>
#include <array>

#include "sim/device_terms.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

constexpr std::array<BundledDevice, 3> kBundled = {
    BundledDevice{"v100-resnet50", "1.8874ms+143.8us/row",
                  "ResNet-50 on one V100, linear fit of Inoue, arXiv 1912.06322: tau0 1.8874 ms, "
                  "alpha 0.1438 ms"},
    BundledDevice{"p4-resnet50", "1.4284ms+583.3us/row",
                  "ResNet-50 on one P4, linear fit of Inoue, arXiv 1912.06322: tau0 1.4284 ms, "
                  "alpha 0.5833 ms"},
    BundledDevice{
        "1080ti-resnet50",
        "2:9.8ms,4:12.836ms,8:21.256ms,16:34.032ms,32:60.512ms,64:115.392ms,128:222.848ms,"
        "256:470.272ms,h2d=2:292us,4:504us,8:936us,16:1.776ms,32:3.456ms,64:6.464ms,128:12.8ms,"
        "256:25.344ms,extrapolate=linear,memory=11GiB,weights=1164MiB,row_bytes=32MiB",
        "ResNet-50 (ONNX Runtime) on one GTX 1080 Ti, measured by Triton at batch sizes 2 to 256, "
        "triton-inference-server/server issue 4250: per row there, times rows here; memory as used "
        "at 4 to 128 rows; one row is extrapolated"}};

void append_term(std::string& text, std::string_view name, std::string_view value) {
  text += ',';
  text += name;
  text += '=';
  text += value;
}

void append_model(std::string& text, const std::string& suffix, const ModelMemory& model) {
  if (model.weights) {
    append_term(text, "weights" + suffix, bytes_text(*model.weights));
  }
  if (model.row_bytes) {
    append_term(text, "row_bytes" + suffix, bytes_text(*model.row_bytes));
  }
}

void append_memory(std::string& text, const MemoryDescription& memory) {
  if (memory.total == 0) {
    return;
  }
  append_term(text, "memory", bytes_text(memory.total));
  if (memory.fraction) {
    append_term(text, "fraction", decimal_text(*memory.fraction, 6));
  }
  if (memory.growth) {
    append_term(text, "growth", *memory.growth ? "true" : "false");
  }
  append_model(text, "", memory.common);
  for (const auto& [name, model] : memory.models) {
    append_model(text, "@" + name, model);
  }
}

}  // namespace

DeviceTerms split_device_text(std::string_view text) {
  DeviceTerms split;
  std::string* value = &split.head;  // what the next item without `=` goes on with
  bool first = true;
  while (true) {
    const std::string_view item = text.substr(0, text.find(','));
    const std::size_t equals = item.find('=');
    if (equals != item.npos && !first) {
      split.terms.emplace_back(item.substr(0, equals), item.substr(equals + 1));
      value = &split.terms.back().second;
    } else {
      *value += first ? "" : ",";
      *value += item;
    }
    first = false;
    if (item.size() == text.size()) {
      return split;
    }
    text.remove_prefix(item.size() + 1);
  }
}

Result<void> apply_terms(const std::vector<std::pair<std::string, std::string>>& terms,
                         DeviceDescription& device) {
  for (const auto& [name, value] : terms) {
    const auto same = [&, wanted = std::string_view(name)](const auto& other) {
      return other.first == wanted;
    };
    if (std::count_if(terms.begin(), terms.end(), same) > 1) {
      return bad_input("found GPU term '" + name + "' twice, expected it once");
    }
    if (Result<void> set = set_device_term(name, value, device); !set) {
      return set;
    }
  }
  return finish_terms(device);
}

Result<DeviceDescription> parse_device(std::string_view text) {
  const DeviceTerms said = split_device_text(text);
  const auto bundled = std::find_if(kBundled.begin(), kBundled.end(),
                                    [&](const auto& known) { return known.name == said.head; });
  const DeviceTerms known =
      split_device_text(bundled == kBundled.end() ? std::string_view(said.head) : bundled->spec);
  Result<ServiceCurve> curve = parse_service_curve(known.head);
  if (!curve) {
    std::array<std::string_view, kBundled.size()> names;
    std::transform(kBundled.begin(), kBundled.end(), names.begin(),
                   [](const BundledDevice& device) { return device.name; });
    return bad_input(curve.error().message + suggestion(known.head, names));
  }
  DeviceDescription device;
  device.compute = std::move(*curve);
  for (const auto* terms : {&known.terms, &said.terms}) {
    if (Result<void> applied = apply_terms(*terms, device); !applied) {
      return tl::unexpected(applied.error());
    }
  }
  return device;
}

std::string device_text(const DeviceDescription& device) {
  std::string text = device.compute.text();
  for (const SideCurve& side : kSideCurves) {
    if (const std::optional<ServiceCurve>& curve = device.*side.curve) {
      append_term(text, side.name, curve->text());
    }
  }
  if (device.wake > SimDuration{0}) {
    append_term(text, "wake", to_decimal_text(device.wake));
  }
  if (device.extrapolate) {
    append_term(text, "extrapolate", "linear");
  }
  if (!device.jitter.empty()) {
    std::string factors;
    for (const Quantiles::Point& point : device.jitter.points()) {
      factors += factors.empty() ? "" : "/";
      factors += decimal_text(static_cast<std::uint64_t>(point.value), 6);
      factors += '@';
      factors += decimal_text(point.per_million, 4);
    }
    append_term(text, "jitter", factors);
  }
  if (device.first_batch > SimDuration{0}) {
    append_term(text, "first", to_decimal_text(device.first_batch));
  }
  if (device.sharing.kind != Sharing::kSerial) {
    append_term(text, "sharing", sharing_text(device.sharing));
  }
  append_memory(text, device.memory);
  return text;
}

std::string sharing_text(const ComputeSharing& sharing) {
  if (sharing.kind != Sharing::kSlowDown) {
    return sharing.kind == Sharing::kEqual ? "equal" : "serial";
  }
  std::string table;
  for (std::size_t i = 0; i < sharing.slow_down.size(); ++i) {
    table += table.empty() ? "" : ",";
    table += std::to_string(i + 2);
    table += ':';
    table += decimal_text(sharing.slow_down[i], 6);
  }
  return table;
}

std::span<const BundledDevice> bundled_devices() {
  return kBundled;
}

}  // namespace lockstep
