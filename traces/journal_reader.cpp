// Reader of journal rows; the writer is journal_csv.cpp.
#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "core/limits.h"
#include "core/status.h"
#include "traces/compressed_source.h"
#include "traces/csv_rows.h"
#include "traces/journal_columns.h"
#include "traces/journal_csv.h"

namespace lockstep {
namespace {

// Runs end by 2 * kMaxTimeNs (sim/simulation.cpp), and wake-ups lie less than kMaxTimeNs behind
// that; kForever is written as `never`.
constexpr std::uint64_t kMaxTime = 4 * static_cast<std::uint64_t>(kMaxTimeNs) - 1;
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

// Parses the fields of one row and keeps the first error.
class RowParser {
 public:
  explicit RowParser(const CsvRows& row) : row_(row) {}

  Result<std::optional<JournalLine>> parse() {
    JournalLine line;
    const Result<JournalColumnSet> used = parse_kind(line);
    if (!used) {
      return tl::unexpected(used.error());
    }
    for (std::size_t i = 1; i < kJournalColumnCount && !error_; ++i) {
      const auto column = static_cast<JournalColumn>(i);
      if (!has(*used, column)) {
        require_empty(column);
      } else if (line.is_input) {
        parse_input_field(column, line);
      } else {
        parse_decision_field(column, line);
      }
    }
    if (error_) {
      return tl::unexpected(std::move(*error_));
    }
    line.arrival.time = line.input.now;
    line.arrival.queue = line.input.queue;
    return line;
  }

 private:
  static constexpr std::size_t index(JournalColumn column) {
    return static_cast<std::size_t>(column);
  }
  [[nodiscard]] std::string_view text(JournalColumn column) const {
    return row_.field(index(column));
  }
  static std::string_view name(JournalColumn column) { return kJournalColumnNames[index(column)]; }

  void refuse(JournalColumn column, std::string_view expected) {
    error_ = row_.refuse(index(column), expected).value();
  }

  Result<JournalColumnSet> parse_kind(JournalLine& line) {
    const std::string_view kind = text(JournalColumn::kKind);
    for (std::uint8_t i = 0; i < kInputKindCount; ++i) {
      if (kind == input_kind_name(static_cast<InputKind>(i))) {
        line.input.kind = static_cast<InputKind>(i);
        return columns_of(line.input.kind);
      }
    }
    line.is_input = false;
    for (std::uint8_t i = 0; i < kDecisionKindCount; ++i) {
      if (kind == decision_kind_name(static_cast<DecisionKind>(i))) {
        line.decision.kind = static_cast<DecisionKind>(i);
        return columns_of(line.decision.kind);
      }
    }
    return row_.refuse(0,
                       "kind of an input (arrive, batch-done, ...) or of a decision (start, "
                       "finish-batch, ...)");
  }

  void require_empty(JournalColumn column) {
    if (!text(column).empty()) {
      refuse(column, "nothing: " + std::string(text(JournalColumn::kKind)) + " has no " +
                         std::string(name(column)));
    }
  }

  std::uint64_t number(JournalColumn column, std::uint64_t max) {
    const Result<std::uint64_t> value =
        row_.number(index(column), {.column = name(column), .min = 0, .max = max});
    if (!value) {
      error_ = value.error();
      return 0;
    }
    return *value;
  }
  std::uint32_t number32(JournalColumn column, std::uint32_t max) {
    return static_cast<std::uint32_t>(number(column, max));
  }

  SimTime read_time(JournalColumn column) {
    if (text(column) == "never") {
      return kForever;
    }
    return at_ns(static_cast<std::int64_t>(number(column, kMaxTime)));
  }
  SimDuration span(JournalColumn column) {
    return SimDuration{static_cast<std::int64_t>(number(column, kMaxTime))};
  }

  std::int64_t signed_number(JournalColumn column) {
    const std::string_view digits = text(column);
    std::int64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || stop != end) {
      refuse(column, std::string(name(column)) + " as a whole number of 64 bits");
    }
    return value;
  }

  Status status() {
    const std::optional<Status> status = parse_status(text(JournalColumn::kStatus));
    if (!status) {
      refuse(JournalColumn::kStatus, "a status (OK, UNAVAILABLE, ...)");
    }
    return status.value_or(Status::kOk);
  }

  Reason reason() {
    const std::optional<Reason> reason = parse_reason(text(JournalColumn::kReason));
    if (!reason) {
      refuse(JournalColumn::kReason, "a reason (full, timeout, answered, ...)");
    }
    return reason.value_or(Reason::kNone);
  }

  std::uint64_t digest() {
    const std::string_view digits = text(JournalColumn::kDigest);
    std::uint64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
    // Compared as text, too: 16 digits, lower case, no sign.
    if (error != std::errc{} || stop != end || digest_text(value) != digits) {
      refuse(JournalColumn::kDigest, "digest as 16 lower-case hex digits");
    }
    return value;
  }

  void parse_members_field(JournalLine& line) {
    const std::string_view field = text(JournalColumn::kMembers);
    const std::optional<std::size_t> wrong = parse_members(field, line.members);
    if (wrong) {
      error_ = row_.refuse(index(JournalColumn::kMembers), *wrong,
                           *wrong == field.size() ? std::string("the end of the members")
                                                  : quoted_field(field.substr(*wrong)),
                           "members as [p]FIRST[-LAST][+FIRST_ROW]:ROWS, separated by one space")
                   .value();
    }
  }

  void parse_input_field(JournalColumn column, JournalLine& line) {
    Input& input = line.input;
    switch (column) {
      case JournalColumn::kSequence:
        input.sequence = number(column, UINT64_MAX);
        break;
      case JournalColumn::kNow:
        input.now = at_ns(static_cast<std::int64_t>(number(column, kMaxTime)));
        break;
      case JournalColumn::kRequest:
        line.request = RequestId{number(column, UINT64_MAX)};
        break;
      case JournalColumn::kQueue:
        input.queue = QueueId{number32(column, kMaxQueues - 1)};
        break;
      case JournalColumn::kLane:
        input.lane = LaneId{number32(column, kMaxLanes - 1)};
        break;
      case JournalColumn::kBatch:
        input.batch = BatchId{number(column, UINT64_MAX)};
        break;
      case JournalColumn::kSize:
        line.arrival.size = number32(column, kMaxRequestRows);
        break;
      case JournalColumn::kPriority:
        line.arrival.priority = static_cast<std::uint8_t>(number(column, 255));
        break;
      case JournalColumn::kTimeout:
        line.arrival.timeout = span(column);
        break;
      case JournalColumn::kClient:
        line.arrival.client = ClientId{number(column, UINT64_MAX)};
        break;
      case JournalColumn::kStatus:
        input.status = status();
        break;
      case JournalColumn::kDeviceTime:
        input.device_time = span(column);
        break;
      case JournalColumn::kDevicePending:
        input.device_pending = signed_number(column);
        break;
      default:
        line.digest = digest();
        break;
    }
  }

  void parse_decision_field(JournalColumn column, JournalLine& line) {
    Decision& decision = line.decision;
    switch (column) {
      case JournalColumn::kRequest:
        line.request = RequestId{number(column, UINT64_MAX)};
        break;
      case JournalColumn::kQueue:
        decision.queue = QueueId{number32(column, kMaxQueues - 1)};
        break;
      case JournalColumn::kLane:
        decision.lane = LaneId{number32(column, kMaxLanes - 1)};
        break;
      case JournalColumn::kBatch:
        decision.batch = BatchId{number(column, UINT64_MAX)};
        break;
      case JournalColumn::kStatus:
        decision.status = status();
        break;
      case JournalColumn::kReason:
        decision.reason = reason();
        break;
      case JournalColumn::kOpened:
        decision.opened = read_time(column);
        break;
      case JournalColumn::kDue:
        decision.due = read_time(column);
        break;
      case JournalColumn::kPaddedRows:
        decision.padded_rows = number32(column, kMaxBatchRows);
        break;
      case JournalColumn::kSealed:
        decision.sealed = number(column, 1) == 1;
        break;
      case JournalColumn::kWake:
        decision.wake = read_time(column);
        break;
      case JournalColumn::kMembers:
        parse_members_field(line);
        break;
      default:
        line.digest = digest();
        break;
    }
  }

  const CsvRows& row_;
  std::optional<Error> error_;
};

Result<JournalLineSource> open_rows(std::string name, std::unique_ptr<ByteSource> source) {
  Result<std::unique_ptr<CsvRows>> opened = CsvRows::open(std::move(name), std::move(source));
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  if (const Result<void> header = (*opened)->require_header(kJournalColumnNames); !header) {
    return tl::unexpected(header.error());
  }
  // Shared only because a std::function must be copyable.
  return [rows = std::shared_ptr<CsvRows>(std::move(*opened))] {
    const Result<bool> more = rows->next();
    if (!more) {
      return Result<std::optional<JournalLine>>(tl::unexpected(more.error()));
    }
    return *more ? RowParser(*rows).parse() : Result<std::optional<JournalLine>>(std::nullopt);
  };
}

Result<bool> is_zstd(const std::string& path) {
  const Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  std::array<char, kZstdMagic.size()> bytes{};
  const std::size_t count = (*source)->read(bytes);
  return std::string_view(bytes.data(), count) == kZstdMagic;
}

}  // namespace

Result<JournalLineSource> open_journal(const std::string& path) {
  const Result<bool> packed = is_zstd(path);
  if (!packed) {
    return tl::unexpected(packed.error());
  }
  // A name that promises zstd is held to it: a journal cut to nothing must say so.
  Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  const bool promised = *packed || path.ends_with(".zst");
  return open_rows(path, promised ? zstd_source(std::move(*source)) : std::move(*source));
}

Result<JournalLineSource> open_journal_text(std::string name, std::string_view text) {
  return open_rows(std::move(name), text_source(text));
}

}  // namespace lockstep
