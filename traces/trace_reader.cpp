#include "traces/trace_reader.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/limits.h"
#include "traces/compressed_source.h"
#include "traces/csv_rows.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

constexpr std::size_t kFormatCount = 2;

// Every format, in the order in which headers are tried.
std::array<const TraceFormatInfo*, kFormatCount> trace_formats() {
  return {&own_trace_format(), &azure_2023_trace_format()};
}

class StreamingReader final : public TraceReader {
 public:
  StreamingReader(const TraceFormatInfo& info, std::unique_ptr<CsvRows> rows,
                  std::unique_ptr<TraceFormat> format, bool any_order)
      : info_(info), rows_(std::move(rows)), format_(std::move(format)), any_order_(any_order) {}

  Result<std::size_t> read(std::span<Arrival> out) override {
    std::size_t count = 0;
    while (count < out.size() && !ended_) {
      const Result<bool> more = rows_->next();
      if (!more) {
        return tl::unexpected(more.error());
      }
      if (!*more) {
        ended_ = true;
        break;
      }
      Arrival& arrival = out[count];
      if (const Result<void> done = format_->parse(*rows_, arrival); !done) {
        return tl::unexpected(done.error());
      }
      if (arrival.time < last_ && !any_order_) [[unlikely]] {
        return refuse_order();
      }
      last_ = arrival.time;
      last_text_ = rows_->field(format_->time_field());
      ++row_count_;
      ++count;
    }
    if (ended_ && row_count_ == 0) {
      return rows_->refuse_line("no rows after the header", "at least one");
    }
    return count;
  }

  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return format_->queue_names();
  }
  [[nodiscard]] std::uint64_t content_digest() const override { return rows_->content_digest(); }
  [[nodiscard]] std::uint64_t row_count() const override { return row_count_; }
  [[nodiscard]] std::string_view format() const override { return info_.name; }

 private:
  [[nodiscard]] tl::unexpected<Error> refuse_order() const {
    const std::size_t field = format_->time_field();
    return rows_->refuse(
        field, 0,
        "time " + std::string(rows_->field(field)) + " after " + last_text_ + " in the row before",
        "times that do not decrease; --sort sorts the rows in memory");
  }

  const TraceFormatInfo& info_;
  std::unique_ptr<CsvRows> rows_;
  std::unique_ptr<TraceFormat> format_;
  bool any_order_;
  bool ended_ = false;
  SimTime last_ = SimTime::min();
  std::string last_text_;
  std::uint64_t row_count_ = 0;
};

// The whole trace in memory, in time order; rows of one time keep their order in the file.
class SortingReader final : public TraceReader {
 public:
  SortingReader(const TraceFormatInfo& info, std::unique_ptr<TraceReader> rows)
      : info_(info), rows_(std::move(rows)) {}

  Result<std::size_t> read(std::span<Arrival> out) override {
    if (!loaded_) {
      loaded_ = true;
      if (const Result<void> done = load(); !done) {
        return tl::unexpected(done.error());
      }
    }
    const std::size_t count = std::min(out.size(), arrivals_.size() - next_);
    std::copy_n(arrivals_.begin() + static_cast<std::ptrdiff_t>(next_), count, out.begin());
    next_ += count;
    return count;
  }

  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }
  [[nodiscard]] std::uint64_t content_digest() const override { return rows_->content_digest(); }
  [[nodiscard]] std::uint64_t row_count() const override { return rows_->row_count(); }
  [[nodiscard]] std::string_view format() const override { return info_.name; }

 private:
  Result<void> load() {
    std::vector<Arrival> block(4096);
    while (true) {
      const Result<std::size_t> count = rows_->read(block);
      if (!count) {
        return tl::unexpected(count.error());
      }
      if (*count == 0) {
        break;
      }
      arrivals_.insert(arrivals_.end(), block.begin(),
                       block.begin() + static_cast<std::ptrdiff_t>(*count));
    }
    std::stable_sort(arrivals_.begin(), arrivals_.end(),
                     [](const Arrival& a, const Arrival& b) { return a.time < b.time; });
    if (info_.starts_at_first_row) {
      const SimDuration first = arrivals_.front().time.time_since_epoch();
      for (Arrival& arrival : arrivals_) {
        arrival.time -= first;
      }
    }
    renumber_queues();
    return {};
  }

  // Ids in order of first use, now that the order is another.
  void renumber_queues() {
    constexpr std::uint32_t kUnused = std::numeric_limits<std::uint32_t>::max();
    const std::vector<std::string>& old_names = rows_->queue_names();
    std::vector<std::uint32_t> new_ids(old_names.size(), kUnused);
    for (Arrival& arrival : arrivals_) {
      std::uint32_t& id = new_ids[raw(arrival.queue)];
      if (id == kUnused) {
        id = static_cast<std::uint32_t>(names_.size());
        names_.push_back(old_names[raw(arrival.queue)]);
      }
      arrival.queue = QueueId{id};
    }
  }

  const TraceFormatInfo& info_;
  std::unique_ptr<TraceReader> rows_;
  std::vector<Arrival> arrivals_;
  std::vector<std::string> names_;
  std::size_t next_ = 0;
  bool loaded_ = false;
};

bool has_column(const CsvRows& rows, std::string_view name) {
  const std::vector<std::string>& header = rows.header();
  return std::find(header.begin(), header.end(), name) != header.end();
}

// The format that was asked for, or the one whose key column the header has.
Result<const TraceFormatInfo*> choose_format(const CsvRows& rows, const TraceOptions& options) {
  std::vector<std::string_view> columns;
  std::string expected;
  for (const TraceFormatInfo* info : trace_formats()) {
    if (options.format.empty() ? has_column(rows, info->key_column)
                               : options.format == info->name) {
      return info;
    }
    columns.insert(columns.end(), info->columns.begin(), info->columns.end());
    expected.append(expected.empty() ? "" : " or those of ")
        .append(info->name)
        .append(" (")
        .append(name_list(info->columns))
        .append(")");
  }
  if (!options.format.empty()) {
    return bad_input("found format \"" + options.format + "\"" +
                     suggestion(options.format, trace_format_names()) + ", expected one of " +
                     name_list(trace_format_names()));
  }
  // Point at the first column that no format knows, else at the header as a whole.
  for (std::size_t i = 0; i < rows.header().size(); ++i) {
    const std::string& name = rows.header()[i];
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) {
      return rows.refuse(i, 0, "unknown column " + quoted_field(name) + suggestion(name, columns),
                         "columns of " + expected);
    }
  }
  return rows.refuse(0, 0, "a header without a column of times", "columns of " + expected);
}

Result<std::unique_ptr<TraceReader>> open_rows(std::string name, std::unique_ptr<ByteSource> source,
                                               const TraceOptions& options) {
  Result<std::unique_ptr<CsvRows>> rows =
      CsvRows::open(std::move(name), unpacked_source(std::move(source)));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  const Result<const TraceFormatInfo*> info = choose_format(**rows, options);
  if (!info) {
    return tl::unexpected(info.error());
  }
  Result<std::unique_ptr<TraceFormat>> format = (*info)->make(**rows);
  if (!format) {
    return tl::unexpected(format.error());
  }
  std::unique_ptr<TraceReader> reader =
      std::make_unique<StreamingReader>(**info, std::move(*rows), std::move(*format), options.sort);
  if (options.sort) {
    reader = std::make_unique<SortingReader>(**info, std::move(reader));
  }
  return reader;
}

}  // namespace

Result<std::vector<std::size_t>> find_columns(const CsvRows& header, const TraceFormatInfo& info) {
  std::vector<std::size_t> columns(info.columns.size(), kNoColumn);
  for (std::size_t i = 0; i < header.header().size(); ++i) {
    const std::string& name = header.header()[i];
    const auto found = std::find(info.columns.begin(), info.columns.end(), name);
    if (found == info.columns.end()) {
      return header.refuse(
          i, 0, "unknown column " + quoted_field(name) + suggestion(name, info.columns),
          "columns of " + std::string(info.name) + " (" + name_list(info.columns) + ")");
    }
    columns[static_cast<std::size_t>(found - info.columns.begin())] = i;
  }
  return columns;
}

const std::vector<std::string_view>& trace_format_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const TraceFormatInfo* info : trace_formats()) {
      all.push_back(info->name);
    }
    return all;
  }();
  return names;
}

Result<std::unique_ptr<TraceReader>> open_trace(const std::string& path,
                                                const TraceOptions& options) {
  Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  return open_rows(path == "-" ? "(standard input)" : path, std::move(*source), options);
}

Result<std::unique_ptr<TraceReader>> open_trace_text(std::string name, std::string_view text,
                                                     const TraceOptions& options) {
  return open_rows(std::move(name), text_source(text), options);
}

}  // namespace lockstep
