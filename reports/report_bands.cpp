#include "reports/report_bands.h"

#include <algorithm>
#include <array>

namespace lockstep {
namespace {

constexpr std::uint64_t kSmallestForThousandth = 1'000;

// ceil(count / divisor).
std::uint64_t slowest_part(std::uint64_t count, std::uint64_t divisor) {
  return (count + divisor - 1) / divisor;
}

// Ranks (after, to].
LedgerSum sum_between(const RunTable& table, const LatencyOrder& order, const CopyModel& copies,
                      std::uint64_t after, std::uint64_t to) {
  LedgerSum sum;
  for (std::uint64_t rank = after + 1; rank <= to; ++rank) {
    sum.add(ledger_in(table, order.request_at(rank), copies));
  }
  return sum;
}

LedgerBand band_without_answer(const RunTable& table, const CopyModel& copies) {
  LedgerBand band{.label = "no answer", .sum = {}};
  for (const RequestRecord& request : table.requests) {
    if (request.has_ended() && !request.is_answered()) {
      const SimDuration latency = request.latency();
      band.fastest = band.sum.count() == 0 ? latency : std::min(band.fastest, latency);
      band.slowest = std::max(band.slowest, latency);
      band.sum.add(ledger_in(table, request, copies));
    }
  }
  return band;
}

}  // namespace

Ledger ledger_in(const RunTable& table, const RequestRecord& request, const CopyModel& copies) {
  const BatchRow* const batch = table.batch_of(request);
  if (batch == nullptr) {
    return ledger_between(request.arrival, request.finished, nullptr, std::nullopt);
  }
  return ledger_between(request.arrival, request.finished, &batch->record,
                        copies ? copies(batch->record) : std::nullopt);
}

std::vector<LatencyCause> causes_in(std::span<const LedgerBand> bands) {
  std::vector<LatencyCause> causes;
  for (std::size_t i = 0; i < kLatencyCauseCount; ++i) {
    const auto cause = static_cast<LatencyCause>(i);
    if (std::any_of(bands.begin(), bands.end(),
                    [&](const LedgerBand& band) { return band.sum.of(cause) > 0; })) {
      causes.push_back(cause);
    }
  }
  return causes;
}

std::vector<LedgerBand> ledger_bands(const RunTable& table, const LatencyOrder& order,
                                     const CopyModel& copies) {
  const std::uint64_t count = order.count();
  const auto from_end = [&](std::uint64_t divisor) { return count - slowest_part(count, divisor); };
  // Sums of disjoint parts first, so that each request is looked at once.
  const bool has_thousandth = count >= kSmallestForThousandth;
  const std::array<std::uint64_t, 6> marks = {
      0, from_end(2), from_end(10), from_end(100), has_thousandth ? from_end(1'000) : count, count};
  std::array<LedgerSum, 5> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i] = sum_between(table, order, copies, marks[i], marks[i + 1]);
  }
  std::vector<LedgerBand> bands;
  const auto add = [&](std::string_view label, std::size_t first, std::size_t last) {
    LedgerBand band{.label = std::string(label), .sum = {}};
    for (std::size_t i = first; i < last; ++i) {
      band.sum.add(parts[i]);
    }
    if (band.sum.count() > 0) {
      band.fastest = order.at(marks[first] + 1);
      band.slowest = order.at(marks[last]);
      bands.push_back(std::move(band));
    }
  };
  add(kAllAnswered, 0, 5);
  add("fastest half", 0, 1);
  add("50 % to 90 %", 1, 2);
  add("90 % to 99 %", 2, 3);
  add(kSlowestHundredth, 3, 5);
  add("slowest 0.1 %", 4, 5);
  LedgerBand lost = band_without_answer(table, copies);
  if (lost.sum.count() > 0) {
    bands.push_back(std::move(lost));
  }
  return bands;
}

}  // namespace lockstep
