#include "traces/trace_reader.h"

#include <algorithm>

#include "traces/compressed_source.h"
#include "traces/format_choice.h"
#include "traces/reordering_reader.h"

namespace lockstep {
namespace {

// In the order of the file, which must be the order of arrival.
class StreamingReader final : public TraceReader {
 public:
  explicit StreamingReader(std::unique_ptr<TraceFormat> format) : format_(std::move(format)) {}

  Result<std::size_t> read(std::span<Arrival> out) override {
    std::size_t count = 0;
    while (count < out.size() && !ended_) {
      Arrival& arrival = out[count];
      const Result<bool> more = format_->next(arrival);
      if (!more) {
        return tl::unexpected(more.error());
      }
      if (!*more) {
        ended_ = true;
        break;
      }
      if (arrival.time < last_) [[unlikely]] {
        return refuse_order();
      }
      last_ = arrival.time;
      last_text_ = format_->time_text();
      ++row_count_;
      ++count;
    }
    if (ended_ && row_count_ == 0) {
      return refuse_no_rows(*format_);
    }
    return count;
  }

  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return format_->queue_names();
  }
  [[nodiscard]] std::uint64_t content_digest() const override {
    return format_->lines().content_digest();
  }
  [[nodiscard]] std::uint64_t row_count() const override { return row_count_; }
  [[nodiscard]] std::string_view format() const override { return format_->name(); }
  [[nodiscard]] TraceColumns columns() const override { return format_->columns(); }

 private:
  [[nodiscard]] tl::unexpected<Error> refuse_order() const {
    const std::string_view text = format_->time_text();
    return format_->lines().refuse(
        text, "time " + std::string(text) + " after " + last_text_ + " in the row before",
        "times that do not decrease; --sort sorts the rows in memory");
  }

  std::unique_ptr<TraceFormat> format_;
  bool ended_ = false;
  SimTime last_ = SimTime::min();
  std::string last_text_;
  std::uint64_t row_count_ = 0;
};

// A name that could move the cursor of a terminal or break a message into lines is none.
Result<void> check_file_name(const std::string& path) {
  const auto control = [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
  };
  if (std::any_of(path.begin(), path.end(), control)) {
    return bad_input("found file name " + quoted_field(path) +
                     ", expected one without control bytes");
  }
  return {};
}

Result<std::unique_ptr<TraceReader>> open_lines(std::string name,
                                                std::unique_ptr<ByteSource> source,
                                                const TraceOptions& options) {
  Result<std::unique_ptr<TextLines>> lines =
      TextLines::open(std::move(name), unpacked_source(std::move(source)));
  if (!lines) {
    return tl::unexpected(lines.error());
  }
  Result<ChosenFormat> chosen = choose_format(std::move(*lines), options);
  if (!chosen) {
    return tl::unexpected(chosen.error());
  }
  if (options.sort || chosen->info.records_ends) {
    return std::make_unique<ReorderingReader>(chosen->info, std::move(chosen->format),
                                              options.sort ? kWholeTrace : kReorderWindow);
  }
  return std::make_unique<StreamingReader>(std::move(chosen->format));
}

}  // namespace

const std::vector<std::string_view>& trace_format_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> all;
    for (const TraceFormatInfo* info : all_trace_formats()) {
      all.push_back(info->name);
    }
    return all;
  }();
  return names;
}

Result<std::unique_ptr<TraceReader>> open_trace(const std::string& path,
                                                const TraceOptions& options) {
  if (Result<void> name = check_file_name(path); !name) {
    return tl::unexpected(name.error());
  }
  Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  return open_lines(path == "-" ? "(standard input)" : path, std::move(*source), options);
}

Result<std::unique_ptr<TraceReader>> open_trace_text(std::string name, std::string_view text,
                                                     const TraceOptions& options) {
  return open_lines(std::move(name), text_source(text), options);
}

}  // namespace lockstep
