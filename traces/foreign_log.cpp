#include "traces/foreign_log.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "core/schedulers/options.h"
#include "traces/csv_rows.h"
#include "traces/decimal_time.h"
#include "traces/names.h"
#include "traces/trace_fields.h"

namespace lockstep {
namespace {

enum class Target : std::size_t {
  kArrival,
  kDispatched,
  kFinished,
  kBatch,
  kLane,
  kQueue,
  kSize,
  kPriority,
  kStatus,
};
constexpr std::size_t kTargetCount = 9;
constexpr std::array<std::string_view, kTargetCount> kTargetNames = {
    "arrival", "dispatched", "finished", "batch", "lane", "queue", "size", "priority", "status"};

constexpr bool is_time(std::size_t target) {
  return target <= static_cast<std::size_t>(Target::kFinished);
}

struct Column {
  std::string name;
  DecimalUnit unit = DecimalUnit::kNanosecond;
  std::size_t field = 0;
};
using Columns = std::array<std::optional<Column>, kTargetCount>;

tl::unexpected<Error> refuse_item(std::string_view item, const std::string& expected) {
  return bad_input("found " + quoted_field(item) + " in --map, expected " + expected);
}

Result<void> take_item(std::string_view item, Columns& columns) {
  const std::size_t equals = std::min(item.find('='), item.size());
  const auto* const found =
      std::find(kTargetNames.begin(), kTargetNames.end(), item.substr(0, equals));
  if (equals == item.size() || found == kTargetNames.end()) {
    return refuse_item(item, "NAME=COLUMN with NAME one of " + name_list(kTargetNames));
  }
  const auto target = static_cast<std::size_t>(found - kTargetNames.begin());
  if (columns[target]) {
    return refuse_item(item, "each name once");
  }
  std::string_view what = item.substr(equals + 1);
  Column column;
  if (is_time(target)) {
    const std::size_t colon = what.rfind(':');
    const std::optional<DecimalUnit> unit =
        colon == std::string_view::npos ? std::nullopt : decimal_unit(what.substr(colon + 1));
    if (!unit) {
      return refuse_item(item, std::string(*found) + "=COLUMN:UNIT with UNIT ns, us, ms or s");
    }
    column.unit = *unit;
    what = what.substr(0, colon);
  }
  if (what.empty()) {
    return refuse_item(item, "the name of a column after =");
  }
  column.name = what;
  columns[target] = std::move(column);
  return {};
}

Result<Columns> parse_map(std::string_view text) {
  Columns columns;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (Result<void> taken = take_item(text.substr(0, comma), columns); !taken) {
      return tl::unexpected(taken.error());
    }
    if (comma == text.size()) {
      break;
    }
    text.remove_prefix(comma + 1);
  }
  const auto has = [&](Target target) {
    return columns[static_cast<std::size_t>(target)].has_value();
  };
  if (!has(Target::kArrival)) {
    return bad_input("found --map without arrival, expected arrival=COLUMN:UNIT");
  }
  if (has(Target::kBatch) && !has(Target::kDispatched)) {
    return bad_input(
        "found --map with batch and without dispatched, expected both: a batch is "
        "judged by when it started");
  }
  return columns;
}

// A row, before requests and batches have their numbers.
struct Row {
  RequestRow request;
  std::string batch;
  std::uint64_t line = 0;
};

// Numbers for texts, in the order of their first use.
class Numbers {
 public:
  std::uint32_t of(const std::string& text) {
    const auto [entry, is_new] = numbers_.emplace(text, static_cast<std::uint32_t>(names_.size()));
    if (is_new) {
      names_.push_back(text);
    }
    return entry->second;
  }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::map<std::string, std::uint32_t> numbers_;
  std::vector<std::string> names_;
};

// TF-Serving's REST codes (TF 2.13) back to what they stand for.
std::optional<Status> status_of(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Status>, 8> kCodes = {
      {{"200", Status::kOk},
       {"400", Status::kInvalidArgument},
       {"429", Status::kResourceExhausted},
       {"499", Status::kCancelled},
       {"500", Status::kInternal},
       {"503", Status::kUnavailable},
       {"504", Status::kDeadlineExceeded},
       {"ok", Status::kOk}}};
  for (const auto& [code, status] : kCodes) {
    if (code == text) {
      return status;
    }
  }
  return parse_status(text);
}

class Reader {
 public:
  Reader(std::string name, CsvRows& rows, Columns columns)
      : name_(std::move(name)), rows_(rows), columns_(std::move(columns)) {}

  Result<ForeignLog> read() {
    for (std::optional<Column>& column : columns_) {
      if (column) {
        const auto found = std::find(rows_.header().begin(), rows_.header().end(), column->name);
        if (found == rows_.header().end()) {
          return rows_.refuse_line("no column '" + column->name + "'", "it, for --map names it");
        }
        column->field = static_cast<std::size_t>(found - rows_.header().begin());
      }
    }
    while (true) {
      const Result<bool> more = rows_.next();
      if (!more) {
        return tl::unexpected(more.error());
      }
      if (!*more) {
        break;
      }
      if (Result<void> taken = take_row(); !taken) {
        return tl::unexpected(taken.error());
      }
    }
    return finish();
  }

 private:
  [[nodiscard]] const std::optional<Column>& column(Target target) const {
    return columns_[static_cast<std::size_t>(target)];
  }
  [[nodiscard]] std::string text(Target target) const {
    return column(target) ? std::string(rows_.field(column(target)->field)) : std::string();
  }

  Result<SimTime> time(Target target) {
    const Column& at = *column(target);
    const Result<std::int64_t> ns =
        decimal_field(rows_, at.field,
                      {.column = kTargetNames[static_cast<std::size_t>(target)], .unit = at.unit});
    if (!ns) {
      return tl::unexpected(ns.error());
    }
    return at_ns(*ns);
  }

  Result<void> number(Target target, std::uint64_t min, std::uint64_t max, std::uint32_t& into) {
    if (!column(target)) {
      return {};
    }
    const Result<std::uint64_t> value = rows_.number(
        column(target)->field,
        {.column = kTargetNames[static_cast<std::size_t>(target)], .min = min, .max = max});
    if (!value) {
      return tl::unexpected(value.error());
    }
    into = static_cast<std::uint32_t>(*value);
    return {};
  }

  Result<void> take_row() {
    Row row;
    row.line = rows_.line();
    const Result<SimTime> arrival = time(Target::kArrival);
    Result<void> done = arrival ? Result<void>{} : tl::unexpected(arrival.error());
    if (done) {
      row.request.arrival = *arrival;
      done = number(Target::kSize, 1, kMaxRequestRows, row.request.size);
    }
    if (done) {
      done = number(Target::kPriority, 0, 255, row.request.priority);
    }
    if (done) {
      done = take_answer(row);
    }
    if (!done) {
      return done;
    }
    row.request.queue = queues_.of(column(Target::kQueue) ? text(Target::kQueue) : "queue");
    if (column(Target::kLane)) {
      row.request.lane = lanes_.of(text(Target::kLane));
    }
    all_.push_back(std::move(row));
    return {};
  }

  // When it was dispatched and finished, and how.
  Result<void> take_answer(Row& row) {
    row.batch = text(Target::kBatch);
    if (column(Target::kDispatched) && !text(Target::kDispatched).empty()) {
      const Result<SimTime> dispatched = time(Target::kDispatched);
      if (!dispatched) {
        return tl::unexpected(dispatched.error());
      }
      row.request.dispatched = row.request.due = *dispatched;
    } else if (!row.batch.empty()) {
      return rows_.refuse(column(Target::kDispatched)->field, "a time: the row names a batch");
    }
    if (column(Target::kFinished) && !text(Target::kFinished).empty()) {
      const Result<SimTime> finished = time(Target::kFinished);
      if (!finished) {
        return tl::unexpected(finished.error());
      }
      row.request.finished = *finished;
      row.request.reason = Reason::kAnswered;
    }
    if (column(Target::kStatus)) {
      const std::optional<Status> status = status_of(text(Target::kStatus));
      if (!status) {
        return rows_.refuse(column(Target::kStatus)->field,
                            "OK, UNAVAILABLE, ..., or the code of a HTTP answer");
      }
      row.request.status = *status;
    }
    return {};
  }

  // The batches that rows name, in no order yet.
  Result<std::map<std::string, BatchRow>> batches() {
    std::map<std::string, BatchRow> found;
    std::map<std::string, std::uint64_t> lines;
    for (const Row& row : all_) {
      if (row.batch.empty()) {
        continue;
      }
      const auto [entry, is_new] = found.try_emplace(row.batch);
      BatchRecord& record = entry->second.record;
      if (is_new) {
        lines.emplace(row.batch, row.line);
        record.queue = QueueId{row.request.queue};
        record.lane = LaneId{row.request.lane};
        record.opened = row.request.arrival;
        record.due = record.dispatched = record.lane_taken = record.device_start =
            row.request.dispatched;
        record.finished = row.request.finished.value_or(kForever);
        record.status = row.request.status;
      }
      // A split request's pieces are not told apart: only what a batch cannot have is refused.
      if (record.dispatched != row.request.dispatched || record.lane != LaneId{row.request.lane}) {
        return bad_input(name_ + ":" + std::to_string(row.line) +
                         ":1: found another dispatched or lane than in line " +
                         std::to_string(lines.at(row.batch)) +
                         ", expected the same: both are of batch '" + row.batch + "'");
      }
      record.opened = std::min(record.opened, row.request.arrival);
      record.rows += row.request.size;
      record.padded_rows = record.rows;
      ++record.request_count;
    }
    return found;
  }

  Result<ForeignLog> finish() {
    std::stable_sort(all_.begin(), all_.end(), [](const Row& a, const Row& b) {
      return a.request.arrival < b.request.arrival;
    });
    Result<std::map<std::string, BatchRow>> named = batches();
    if (!named) {
      return tl::unexpected(named.error());
    }
    std::vector<std::pair<std::string, BatchRow>> order(named->begin(), named->end());
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second.record.dispatched, a.second.record.opened) <
             std::pair(b.second.record.dispatched, b.second.record.opened);
    });
    ForeignLog foreign;
    std::map<std::string, std::uint64_t> ids;
    for (auto& [name, batch] : order) {
      batch.record.id = BatchId{ids.size()};
      ids.emplace(name, ids.size());
      foreign.log.batches.push_back(batch);
    }
    for (std::size_t i = 0; i < all_.size(); ++i) {
      all_[i].request.request = i;
      if (!all_[i].batch.empty()) {
        all_[i].request.batch = ids.at(all_[i].batch);
      }
      foreign.log.requests.push_back(all_[i].request);
    }
    foreign.log.queue_names = queues_.names();
    foreign.log.lane_count =
        std::max<std::uint32_t>(static_cast<std::uint32_t>(lanes_.names().size()), 1);
    foreign.log.gpu_count = foreign.log.lane_count;
    foreign.has_batches = column(Target::kBatch).has_value();
    foreign.has_lanes = column(Target::kLane).has_value();
    foreign.has_finished = column(Target::kFinished).has_value();
    return foreign;
  }

  std::string name_;
  CsvRows& rows_;
  Columns columns_;
  Numbers queues_;
  Numbers lanes_;
  std::vector<Row> all_;
};

}  // namespace

Result<ForeignLog> read_foreign_log(std::string name, std::unique_ptr<ByteSource> source,
                                    std::string_view map) {
  Result<Columns> columns = parse_map(map);
  if (!columns) {
    return tl::unexpected(columns.error());
  }
  const Result<std::unique_ptr<CsvRows>> rows = CsvRows::open(name, std::move(source));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  return Reader(std::move(name), **rows, std::move(*columns)).read();
}

}  // namespace lockstep
