// The text of a ValueSpec.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "core/limits.h"
#include "sim/rate.h"
#include "sim/value_distribution.h"
#include "traces/csv_rows.h"
#include "traces/names.h"

namespace lockstep {
namespace {

struct ColumnRange {
  std::string_view name;
  std::uint64_t least;
  std::uint64_t most;
};

ColumnRange range_of(ValueColumn column) {
  switch (column) {
    case ValueColumn::kSize:
      return {"size", 1, kMaxRequestRows};
    case ValueColumn::kQueue:
      return {"queue", 0, 0};
    case ValueColumn::kPriority:
      return {"priority", 0, std::numeric_limits<std::uint8_t>::max()};
    case ValueColumn::kClient:
      return {"client", 0, std::numeric_limits<std::uint64_t>::max()};
  }
  return {};
}

tl::unexpected<Error> not_values(std::string_view text, std::string_view expected) {
  return bad_input("found " + quoted_field(text) + ", expected " + std::string(expected));
}

std::optional<std::uint64_t> whole_value(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

std::string range_words(const ColumnRange& range) {
  return std::string(range.name) + " from " + std::to_string(range.least) + " to " +
         std::to_string(range.most);
}

// "A..B"
Result<ValueSpec> parse_uniform(std::string_view text, const ColumnRange& range, ValueSpec spec) {
  const std::size_t dots = text.find("..");
  const std::optional<std::uint64_t> low = whole_value(text.substr(0, dots));
  const std::optional<std::uint64_t> high = whole_value(text.substr(dots + 2));
  const bool fits = low && high && *low >= range.least && *high <= range.most && *low <= *high;
  // All of the 2^64 clients would be a range without a count.
  if (!fits || *high - *low == std::numeric_limits<std::uint64_t>::max()) {
    return not_values(text, "a range LEAST..MOST of " + range_words(range));
  }
  spec.kind = ValueKind::kUniform;
  spec.low = *low;
  spec.high = *high;
  return spec;
}

// "N:EXPONENT"
Result<ValueSpec> parse_zipf(std::string_view text, const ColumnRange& range, ValueSpec spec) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const std::optional<std::uint64_t> count = whole_value(text.substr(0, colon));
  const std::optional<std::uint64_t> exponent =
      parse_millionths(text.substr(std::min(colon + 1, text.size())));
  const std::uint64_t most = spec.column == ValueColumn::kQueue
                                 ? std::uint64_t{kMaxQueues}
                                 : std::min(range.most, kMaxZipfValues);
  if (!count || !exponent || *count < 1 || *count > most || *exponent > 4'000'000) {
    return not_values("zipf:" + std::string(text),
                      "zipf:N:EXPONENT such as zipf:100:1.1 (N from 1 to " + std::to_string(most) +
                          ", exponent from 0 to 4)");
  }
  spec.kind = ValueKind::kZipf;
  spec.high = *count;
  spec.exponent_millionths = *exponent;
  return spec;
}

// "MEAN"
Result<ValueSpec> parse_geometric(std::string_view text, const ColumnRange& range, ValueSpec spec) {
  const std::optional<std::uint64_t> mean = parse_millionths(text);
  constexpr std::uint64_t kMost = 1'000'000;
  if (!mean || *mean < 1'000'000 || *mean > kMost * 1'000'000) {
    return not_values("geometric:" + std::string(text),
                      "geometric:MEAN such as geometric:4 (from 1 to 1000000)");
  }
  spec.kind = ValueKind::kGeometric;
  spec.mean_millionths = *mean;
  spec.high = range.most;
  return spec;
}

// One of "VALUE:WEIGHT,VALUE:WEIGHT,..."; without a weight: 1.
Result<void> take_item(std::string_view item, const ColumnRange& range, ValueSpec& spec) {
  const std::size_t colon = item.rfind(':');
  std::optional<std::uint64_t> weight =
      colon == std::string_view::npos ? std::nullopt : whole_value(item.substr(colon + 1));
  // A queue's name may hold a colon itself: model:signature.
  const std::string_view value = weight ? item.substr(0, colon) : item;
  constexpr std::uint64_t kMostWeight = 1'000'000'000;
  weight = weight.value_or(1);
  if (*weight < 1 || *weight > kMostWeight) {
    return not_values(item, "a weight from 1 to " + std::to_string(kMostWeight));
  }
  if (spec.column == ValueColumn::kQueue) {
    const bool is_new = std::find(spec.names.begin(), spec.names.end(), value) == spec.names.end();
    if (!is_queue_name(value) || !is_new) {
      return not_values(value, is_new ? kQueueNameRule : "each queue once");
    }
    spec.values.push_back(spec.names.size());
    spec.names.emplace_back(value);
  } else {
    const std::optional<std::uint64_t> number = whole_value(value);
    if (!number || *number < range.least || *number > range.most) {
      return not_values(item, range_words(range) +
                                  ", as a number, LEAST..MOST, VALUE:WEIGHT,..., zipf:N:EXPONENT" +
                                  (spec.column == ValueColumn::kSize ? ", geometric:MEAN" : "") +
                                  " or trace:FILE");
    }
    spec.values.push_back(*number);
  }
  spec.weights.push_back(*weight);
  return {};
}

Result<ValueSpec> parse_weighted(std::string_view text, const ColumnRange& range, ValueSpec spec) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    if (Result<void> taken = take_item(text.substr(begin, end - begin), range, spec); !taken) {
      return tl::unexpected(taken.error());
    }
    begin = end + 1;
  }
  if (spec.values.size() > kMaxQueues) {
    return not_values(text.substr(0, 16), "at most " + std::to_string(kMaxQueues) + " values");
  }
  spec.kind = spec.values.size() == 1 ? ValueKind::kFixed : ValueKind::kWeighted;
  spec.low = spec.values.front();
  return spec;
}

}  // namespace

Result<ValueSpec> parse_values(std::string_view text, ValueColumn column) {
  const ColumnRange range = range_of(column);
  ValueSpec spec;
  spec.column = column;
  const auto rest_of = [&](std::string_view prefix) { return text.substr(prefix.size()); };
  if (text.starts_with("zipf:")) {
    return parse_zipf(rest_of("zipf:"), range, spec);
  }
  if (text.starts_with("trace:")) {
    spec.kind = ValueKind::kTrace;
    spec.path = rest_of("trace:");
    return spec.path.empty() ? not_values(text, "trace:FILE") : Result<ValueSpec>(spec);
  }
  if (column != ValueColumn::kQueue) {
    if (text.starts_with("geometric:") && column == ValueColumn::kSize) {
      return parse_geometric(rest_of("geometric:"), range, spec);
    }
    if (text.find("..") != std::string_view::npos) {
      return parse_uniform(text, range, spec);
    }
  }
  return parse_weighted(text, range, spec);
}

}  // namespace lockstep
