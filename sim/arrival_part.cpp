#include "sim/arrival_part.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/time.h"
#include "sim/rate.h"

namespace lockstep {
namespace {

// Every change of the rate is walked through, so that one request may not need too many of them.
constexpr std::uint64_t kMostChangesPerRequest = 1'000'000;

Result<Rate> rate_of(const SpecPiece& piece, bool may_be_zero) {
  const std::optional<Rate> rate = parse_rate(piece.text);
  if (!rate || (rate->is_zero() && !may_be_zero)) {
    return refuse_piece(piece, kRateExample);
  }
  return *rate;
}

Result<std::int64_t> required_span(const SpecPart& text, std::string_view name,
                                   std::string_view example) {
  const Result<SpecPiece> piece = text.require(name, example);
  return piece ? span_of(*piece, false) : Result<std::int64_t>(tl::unexpected(piece.error()));
}

Result<void> take_cv(PartReader& reader) {
  const Result<SpecPiece> piece = reader.text.require("cv", "2.5");
  if (!piece) {
    return tl::unexpected(piece.error());
  }
  const std::optional<std::uint64_t> cv = parse_millionths(piece->text);
  if (!cv || *cv < kCvMillionthsMin || *cv > kCvMillionthsMax) {
    return refuse_piece(*piece, "a coefficient of variation from 0.01 to 10000");
  }
  reader.part.cv_millionths = *cv;
  return {};
}

// gaps= and cv= of the kinds whose rate changes.
Result<void> take_gaps(PartReader& reader) {
  constexpr std::array<std::string_view, 4> kNames = {"constant", "poisson", "gamma", "weibull"};
  if (const SpecOption* const gaps = reader.text.find("gaps"); gaps != nullptr) {
    const auto* const at = std::find(kNames.begin(), kNames.end(), gaps->value.text);
    if (at == kNames.end()) {
      return refuse_piece(gaps->value, "constant, poisson, gamma or weibull");
    }
    reader.part.family = static_cast<GapFamily>(at - kNames.begin());
  }
  const bool has_cv =
      reader.part.family == GapFamily::kGamma || reader.part.family == GapFamily::kWeibull;
  if (const SpecOption* const cv = reader.text.find("cv"); cv != nullptr && !has_cv) {
    return refuse_spec(cv->name.offset,
                       "found cv without gaps=gamma or gaps=weibull, expected both");
  }
  return has_cv ? take_cv(reader) : Result<void>{};
}

// Whether `requests` expected in so many changes are too few; then `refusal` says so.
bool is_too_sparse(const SpecPiece& main, ScaledNumber requests, std::uint64_t changes,
                   Result<void>& refusal) {
  if (requests >= ScaledNumber::ratio(changes, kMostChangesPerRequest)) {
    return false;
  }
  refusal = refuse_piece(main, "more than one request in 1,000,000 changes of the rate");
  return true;
}

ScaledNumber expected_in(const Rate& rate, std::int64_t span_ns) {
  return rate.per_nanosecond().times(ScaledNumber::of(static_cast<WideUnsigned>(span_ns)));
}

}  // namespace

std::string PartReader::take_path(const SpecPiece& piece) {
  paths.push_back(piece);
  const std::filesystem::path path{std::string(piece.text)};
  return folder.empty() ? path.string()
                        : (std::filesystem::path(folder) / path).lexically_normal().string();
}

Result<std::int64_t> span_of(const SpecPiece& piece, bool may_be_zero) {
  const Result<SimDuration> span = parse_duration(piece.text);
  if (!span || (span->count() == 0 && !may_be_zero)) {
    return refuse_piece(piece, "a time with its unit such as 500ms or 24h");
  }
  return span->count();
}

Result<void> take_steady(PartReader& reader, GapFamily family) {
  const Result<Rate> rate = rate_of(reader.text.main, false);
  if (!rate) {
    return tl::unexpected(rate.error());
  }
  reader.part.rate = *rate;
  reader.part.family = family;
  const bool has_cv = family == GapFamily::kGamma || family == GapFamily::kWeibull;
  return has_cv ? take_cv(reader) : Result<void>{};
}

Result<void> take_on_off(PartReader& reader) {
  const Result<Rate> on = rate_of(reader.text.main, false);
  if (!on) {
    return tl::unexpected(on.error());
  }
  OnOffRate& source = reader.part.on_off;
  source.on = *on;
  source.off.count = 0;
  if (const SpecOption* const idle = reader.text.find("idle"); idle != nullptr) {
    const Result<Rate> off = rate_of(idle->value, true);
    if (!off) {
      return tl::unexpected(off.error());
    }
    source.off = *off;
  }
  for (const auto& [name, span] : {std::pair("on", &source.on_ns), {"off", &source.off_ns}}) {
    const Result<std::int64_t> stay = required_span(reader.text, name, "200ms");
    if (!stay) {
      return tl::unexpected(stay.error());
    }
    if (*stay >= std::int64_t{1} << 56) {
      return refuse_piece(reader.text.find(name)->value, "a mean stay of at most two years");
    }
    *span = *stay;
  }
  Result<void> refusal;
  const ScaledNumber requests =
      expected_in(source.on, source.on_ns).plus(expected_in(source.off, source.off_ns));
  return is_too_sparse(reader.text.main, requests, 2, refusal) ? refusal : take_gaps(reader);
}

Result<void> take_ramp(PartReader& reader) {
  const SpecPiece& main = reader.text.main;
  const std::size_t dots = main.text.find("..");
  if (dots == std::string_view::npos) {
    return refuse_piece(main, "RATE..RATE such as 100/s..900/s");
  }
  const Result<Rate> from = rate_of({main.text.substr(0, dots), main.offset}, true);
  const Result<Rate> to = rate_of({main.text.substr(dots + 2), main.offset + dots + 2}, true);
  const Result<std::int64_t> over = required_span(reader.text, "over", "60s");
  if (!from || !to || !over) {
    return tl::unexpected(!from ? from.error() : !to ? to.error() : over.error());
  }
  if (from->is_zero() && to->is_zero()) {
    return refuse_piece(main, "a rate above 0 at one end");
  }
  reader.part.ramp = {.from = *from, .to = *to, .over_ns = *over};
  return take_gaps(reader);
}

Result<void> take_diurnal(PartReader& reader) {
  const Result<Rate> mean = rate_of(reader.text.main, false);
  const Result<SpecPiece> amplitude = reader.text.require("amplitude", "0.8");
  const Result<std::int64_t> period = required_span(reader.text, "period", "24h");
  if (!mean || !amplitude || !period) {
    return tl::unexpected(!mean ? mean.error() : !amplitude ? amplitude.error() : period.error());
  }
  const std::optional<std::uint64_t> share = parse_millionths(amplitude->text);
  if (!share || *share > 1'000'000) {
    return refuse_piece(*amplitude, "an amplitude from 0 to 1, as a share of the mean rate");
  }
  DiurnalRate& day = reader.part.day;
  day = {.mean = *mean, .amplitude_millionths = *share, .period_ns = *period, .phase_ns = 0};
  if (const SpecOption* const phase = reader.text.find("phase"); phase != nullptr) {
    const Result<std::int64_t> span = span_of(phase->value, true);
    if (!span) {
      return tl::unexpected(span.error());
    }
    day.phase_ns = *span;
  }
  Result<void> refusal;
  const ScaledNumber requests = expected_in(day.mean, day.period_ns);
  return is_too_sparse(reader.text.main, requests, kRateSteps, refusal) ? refusal
                                                                        : take_gaps(reader);
}

Result<void> take_servegen(PartReader& reader) {
  ServegenSource& source = reader.part.servegen;
  if (reader.text.main.text.empty()) {
    return refuse_piece(reader.text.main, "a file of windows");
  }
  source.path = reader.take_path(reader.text.main);
  if (const SpecOption* const by = reader.text.find("by"); by != nullptr) {
    source.by_shape = by->value.text == "shape";
    if (!source.by_shape && by->value.text != "cv") {
      return refuse_piece(by->value, "cv or shape");
    }
  }
  if (const SpecOption* const from = reader.text.find("from"); from != nullptr) {
    const Result<std::int64_t> span = span_of(from->value, true);
    if (!span) {
      return tl::unexpected(span.error());
    }
    source.from_ns = *span;
  }
  if (const SpecOption* const scale = reader.text.find("scale"); scale != nullptr) {
    const std::optional<std::uint64_t> factor = parse_millionths(scale->value.text);
    if (!factor || *factor == 0 || *factor > 1'000'000'000) {
      return refuse_piece(scale->value, "a factor from 0.000001 to 1000");
    }
    source.scale_millionths = *factor;
  }
  return {};
}

}  // namespace lockstep
