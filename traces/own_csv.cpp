// Our own trace format: arrival_ns and up to five optional columns (docs/traces.md).
#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include "core/limits.h"
#include "traces/names.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

enum Column : std::size_t { kArrival, kQueue, kSize, kPriority, kTimeout, kClient };

constexpr std::array<std::string_view, 6> kColumns = {"arrival_ns", "queue",      "size",
                                                      "priority",   "timeout_ns", "client"};

class OwnFormat final : public TraceFormat {
 public:
  explicit OwnFormat(const std::vector<std::size_t>& columns) {
    std::copy_n(columns.begin(), kColumns.size(), columns_.begin());
    if (columns_[kQueue] == kNoColumn) {
      names_.emplace_back("queue");
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
      done = read_queue(row, out);
    }
    return done;
  }

  [[nodiscard]] std::size_t time_field() const override { return columns_[kArrival]; }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }

 private:
  // Leaves `value` alone when the trace does not have the column.
  Result<void> read(const CsvRows& row, Column column, std::uint64_t min, std::uint64_t max,
                    std::uint64_t& value) const {
    if (columns_[column] == kNoColumn) {
      return {};
    }
    const Result<std::uint64_t> number =
        row.number(columns_[column], {.column = kColumns[column], .min = min, .max = max});
    if (!number) {
      return tl::unexpected(number.error());
    }
    value = *number;
    return {};
  }

  Result<void> read_queue(const CsvRows& row, Arrival& out) {
    const std::string_view name = row.field(columns_[kQueue]);
    if (last_queue_ < names_.size() && names_[last_queue_] == name) {
      out.queue = QueueId{last_queue_};
      return {};
    }
    auto found = ids_.find(name);
    if (found == ids_.end()) {
      if (!is_queue_name(name)) {
        return row.refuse(columns_[kQueue], kQueueNameRule);
      }
      if (names_.size() == kMaxQueues) {
        return row.refuse(columns_[kQueue], "at most 65536 queues");
      }
      found = ids_.emplace(name, static_cast<std::uint32_t>(names_.size())).first;
      names_.emplace_back(name);
    }
    last_queue_ = found->second;
    out.queue = QueueId{last_queue_};
    return {};
  }

  std::array<std::size_t, kColumns.size()> columns_{};
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> ids_;
  std::uint32_t last_queue_ = 0;
};

Result<std::unique_ptr<TraceFormat>> make(const CsvRows& header) {
  const Result<std::vector<std::size_t>> columns = find_columns(header, own_trace_format());
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  if (columns->at(kArrival) == kNoColumn) {
    return header.refuse(0, 0, "no column arrival_ns", "at least that one");
  }
  return std::make_unique<OwnFormat>(*columns);
}

constexpr TraceFormatInfo kInfo = {.name = "lockstep",
                                   .key_column = "arrival_ns",
                                   .columns = kColumns,
                                   .starts_at_first_row = false,
                                   .make = make};

}  // namespace

const TraceFormatInfo& own_trace_format() {
  return kInfo;
}

}  // namespace lockstep
