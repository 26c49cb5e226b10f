#include "sim/arrival_spec.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>
#include <tuple>
#include <utility>

#include "sim/arrival_part.h"
#include "sim/spec_options.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

Result<void> take_values(PartReader& reader, std::string_view name, ValueColumn column,
                         std::optional<ValueSpec>& into) {
  const SpecOption* const option = reader.text.find(name);
  if (option == nullptr) {
    return {};
  }
  Result<ValueSpec> values = parse_values(option->value.text, column);
  if (!values) {
    return refuse_spec(option->value.offset, values.error().message);
  }
  if (values->kind == ValueKind::kTrace) {
    const std::size_t prefix = option->value.text.size() - values->path.size();
    values->path =
        reader.take_path({option->value.text.substr(prefix), option->value.offset + prefix});
  }
  into = std::move(*values);
  return {};
}

Result<void> take_common(PartReader& reader) {
  ArrivalPart& part = reader.part;
  for (const auto& [name, column, into] : {std::tuple("size", ValueColumn::kSize, &part.size),
                                           {"queue", ValueColumn::kQueue, &part.queue},
                                           {"priority", ValueColumn::kPriority, &part.priority},
                                           {"client", ValueColumn::kClient, &part.client}}) {
    if (Result<void> taken = take_values(reader, name, column, *into); !taken) {
      return taken;
    }
  }
  if (const SpecOption* const timeout = reader.text.find("timeout"); timeout != nullptr) {
    const Result<std::int64_t> span = span_of(timeout->value, false);
    if (!span) {
      return tl::unexpected(span.error());
    }
    part.timeout_ns = *span;
  }
  return {};
}

struct KindInfo {
  std::string_view name;
  PartKind kind;
  std::span<const std::string_view> options;  // besides the common ones
  Result<void> (*take)(PartReader&);
};

constexpr std::array<std::string_view, 5> kCommonOptions = {"size", "queue", "priority", "client",
                                                            "timeout"};
constexpr std::array<std::string_view, 1> kCvOptions = {"cv"};
constexpr std::array<std::string_view, 5> kOnOffOptions = {"on", "off", "idle", "gaps", "cv"};
constexpr std::array<std::string_view, 3> kRampOptions = {"over", "gaps", "cv"};
constexpr std::array<std::string_view, 5> kDiurnalOptions = {"amplitude", "period", "phase", "gaps",
                                                             "cv"};
constexpr std::array<std::string_view, 3> kServegenOptions = {"by", "from", "scale"};

const std::array<KindInfo, 8> kKinds = {{
    {"constant",
     PartKind::kConstant,
     {},
     [](PartReader& reader) { return take_steady(reader, GapFamily::kConstant); }},
    {"poisson",
     PartKind::kPoisson,
     {},
     [](PartReader& reader) { return take_steady(reader, GapFamily::kExponential); }},
    {"gamma", PartKind::kGamma, kCvOptions,
     [](PartReader& reader) { return take_steady(reader, GapFamily::kGamma); }},
    {"weibull", PartKind::kWeibull, kCvOptions,
     [](PartReader& reader) { return take_steady(reader, GapFamily::kWeibull); }},
    {"onoff", PartKind::kOnOff, kOnOffOptions, take_on_off},
    {"ramp", PartKind::kRamp, kRampOptions, take_ramp},
    {"diurnal", PartKind::kDiurnal, kDiurnalOptions, take_diurnal},
    {"servegen", PartKind::kServegen, kServegenOptions, take_servegen},
}};

Result<const KindInfo*> kind_of(const SpecPart& text) {
  std::vector<std::string_view> names;
  for (const KindInfo& kind : kKinds) {
    if (kind.name == text.kind.text) {
      return &kind;
    }
    names.push_back(kind.name);
  }
  const std::string near = suggestion(text.kind.text, names);
  return refuse_piece(text.kind,
                      "a kind of arrivals" + (near.empty() ? ": " + name_list(names) : near));
}

Result<PartReader> read_part(const SpecPart& text, const std::string& folder) {
  const Result<const KindInfo*> kind = kind_of(text);
  if (!kind) {
    return tl::unexpected(kind.error());
  }
  std::vector<std::string_view> names((*kind)->options.begin(), (*kind)->options.end());
  names.insert(names.end(), kCommonOptions.begin(), kCommonOptions.end());
  for (const SpecOption& option : text.options) {
    if (std::find(names.begin(), names.end(), option.name.text) == names.end()) {
      const std::string near = suggestion(option.name.text, names);
      return refuse_piece(option.name, "an option of " + std::string(text.kind.text) +
                                           (near.empty() ? ": " + name_list(names) : near));
    }
  }
  PartReader reader{.text = text, .folder = folder};
  reader.part.kind = (*kind)->kind;
  if (Result<void> taken = (*kind)->take(reader); !taken) {
    return tl::unexpected(taken.error());
  }
  if (Result<void> taken = take_common(reader); !taken) {
    return tl::unexpected(taken.error());
  }
  return reader;
}

}  // namespace

const std::vector<ArrivalKindInfo>& arrival_kinds() {
  static const std::vector<ArrivalKindInfo> kInfos = {
      {"constant", "constant:1000/s", "equal gaps"},
      {"poisson", "poisson:1000/s", "many independent users"},
      {"gamma", "gamma:1000/s,cv=2.5", "bursts, or with cv below 1 regular traffic"},
      {"weibull", "weibull:1000/s,cv=2.5", "bursts with longer silences"},
      {"onoff", "onoff:2000/s,on=200ms,off=1s", "bursts of a known length"},
      {"ramp", "ramp:100/s..900/s,over=60s", "a rate that grows or falls"},
      {"diurnal", "diurnal:500/s,amplitude=0.8,period=24h", "a day"},
      {"servegen", "servegen:FILE", "windows of measured rate and variability"},
  };
  return kInfos;
}

bool ArrivalSpec::is_plain_poisson() const {
  const ArrivalPart& part = parts.front();
  return parts.size() == 1 && part.kind == PartKind::kPoisson && !part.size && !part.queue &&
         !part.priority && !part.client && part.timeout_ns == 0;
}

Result<ArrivalSpec> parse_arrivals(std::string_view text, const std::string& folder) {
  const Result<std::vector<SpecPart>> parts = split_spec(text);
  if (!parts) {
    return tl::unexpected(parts.error());
  }
  if (parts->size() > kMaxArrivalParts) {
    return refuse_spec((*parts)[kMaxArrivalParts].kind.offset,
                       "found more than 256 parts, expected fewer");
  }
  ArrivalSpec spec;
  std::size_t copied = 0;
  for (const SpecPart& part : *parts) {
    Result<PartReader> reader = read_part(part, folder);
    if (!reader) {
      return tl::unexpected(reader.error());
    }
    std::sort(reader->paths.begin(), reader->paths.end(),
              [](const SpecPiece& a, const SpecPiece& b) { return a.offset < b.offset; });
    for (const SpecPiece& path : reader->paths) {
      spec.text += text.substr(copied, path.offset - copied);
      spec.text += std::filesystem::path(std::string(path.text)).filename().string();
      copied = path.offset + path.text.size();
    }
    spec.parts.push_back(std::move(reader->part));
  }
  spec.text += text.substr(copied);
  return spec;
}

}  // namespace lockstep
