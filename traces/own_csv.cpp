// Our own trace format: arrival_ns and up to five optional columns (docs/traces.md).
#include <algorithm>
#include <array>

#include "core/limits.h"
#include "traces/queue_column.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

enum OwnColumn : std::size_t { kArrival, kQueue, kSize, kPriority, kTimeout, kClient };

constexpr std::array<std::string_view, 6> kOwnColumns = {"arrival_ns", "queue",      "size",
                                                         "priority",   "timeout_ns", "client"};

class OwnParser final : public TraceRowParser {
 public:
  explicit OwnParser(const std::vector<std::size_t>& columns) {
    std::copy_n(columns.begin(), kOwnColumns.size(), columns_.begin());
    if (columns_[kQueue] == kNoColumn) {
      queues_.use_one();
    }
  }

  Result<void> parse(const CsvRows& row, Arrival& out) override {
    constexpr auto kMaxArrivalNs = static_cast<std::uint64_t>(kMaxTimeNs);
    std::uint64_t arrival = 0;
    std::uint64_t size = 1;
    std::uint64_t priority = 0;
    std::uint64_t timeout = 0;
    std::uint64_t client = 0;
    Result<void> done = read(row, kArrival, 0, kMaxArrivalNs, arrival);
    if (done) {
      done = read(row, kSize, 1, kMaxRequestRows, size);
    }
    if (done) {
      done = read(row, kPriority, 0, 255, priority);
    }
    if (done) {
      done = read(row, kTimeout, 0, kMaxArrivalNs, timeout);
    }
    if (done) {
      done = read(row, kClient, 0, UINT64_MAX, client);
    }
    out = Arrival{.time = at_ns(static_cast<std::int64_t>(arrival)),
                  .timeout = SimDuration{static_cast<std::int64_t>(timeout)},
                  .client = ClientId{client},
                  .queue = QueueId{0},
                  .size = static_cast<std::uint32_t>(size),
                  .priority = static_cast<std::uint8_t>(priority)};
    if (done && columns_[kQueue] != kNoColumn) {
      const Result<QueueId> queue = queues_.read(row, columns_[kQueue]);
      if (!queue) {
        return tl::unexpected(queue.error());
      }
      out.queue = *queue;
    }
    return done;
  }

  [[nodiscard]] std::size_t time_field() const override { return columns_[kArrival]; }
  [[nodiscard]] std::string_view name() const override { return own_trace_format().name; }
  [[nodiscard]] TraceColumns columns() const override {
    const auto has = [this](OwnColumn column) { return columns_[column] != kNoColumn; };
    return {.queue = has(kQueue),
            .size = has(kSize),
            .priority = has(kPriority),
            .timeout = has(kTimeout),
            .client = has(kClient)};
  }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return queues_.names();
  }

 private:
  // Leaves `value` alone when the trace does not have the column.
  Result<void> read(const CsvRows& row, OwnColumn column, std::uint64_t min, std::uint64_t max,
                    std::uint64_t& value) const {
    if (columns_[column] == kNoColumn) {
      return {};
    }
    const Result<std::uint64_t> number =
        row.number(columns_[column], {.column = kOwnColumns[column], .min = min, .max = max});
    if (!number) {
      return tl::unexpected(number.error());
    }
    value = *number;
    return {};
  }

  std::array<std::size_t, kOwnColumns.size()> columns_{};
  QueueColumn queues_;
};

Result<std::unique_ptr<TraceRowParser>> make_own(const CsvRows& header, bool /*named*/) {
  const Result<std::vector<std::size_t>> columns = find_columns(header, own_trace_format());
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  if (columns->at(kArrival) == kNoColumn) {
    return header.refuse(0, 0, "no column arrival_ns", "at least that one");
  }
  return std::make_unique<OwnParser>(*columns);
}

constexpr TraceFormatInfo kOwn = {.name = "lockstep",
                                  .summary = "our own CSV: whole nanoseconds, see docs/traces.md",
                                  .starts_at_first_row = false,
                                  .key_column = "arrival_ns",
                                  .columns = kOwnColumns,
                                  .make_parser = make_own};

}  // namespace

const TraceFormatInfo& own_trace_format() {
  return kOwn;
}

}  // namespace lockstep
