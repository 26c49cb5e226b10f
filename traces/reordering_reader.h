// A trace whose rows are not in order of arrival, put in order: within a window, or as a whole.
//
// Order: (arrival time, row). Queues are numbered anew, in order of first use. With a window of N
// rows, a row may stand up to N rows behind the place of its arrival; one that belongs further back
// is refused at its line. Memory: 48 bytes for each row of the window.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "traces/trace_format.h"
#include "traces/trace_reader.h"

namespace lockstep {

// For formats that record when requests ended: a minute and more at 1,000 requests/s.
inline constexpr std::size_t kReorderWindow = 65'536;
inline constexpr std::size_t kWholeTrace = SIZE_MAX;  // --sort

class ReorderingReader final : public TraceReader {
 public:
  ReorderingReader(const TraceFormatInfo& info, std::unique_ptr<TraceFormat> format,
                   std::size_t window)
      : starts_at_first_row_(info.starts_at_first_row),
        format_(std::move(format)),
        window_(window) {}

  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }
  [[nodiscard]] std::uint64_t content_digest() const override {
    return format_->lines().content_digest();
  }
  [[nodiscard]] std::uint64_t row_count() const override { return row_count_; }
  [[nodiscard]] std::string_view format() const override { return format_->name(); }
  [[nodiscard]] TraceColumns columns() const override { return format_->columns(); }

 private:
  struct Row {
    Arrival arrival;
    std::uint64_t number = 0;
  };
  // Whether `a` comes after `b`: the earliest row is on top of the heap.
  static bool later(const Row& a, const Row& b) {
    return a.arrival.time != b.arrival.time ? a.arrival.time > b.arrival.time : a.number > b.number;
  }

  [[nodiscard]] Result<void> fill();
  [[nodiscard]] Result<Arrival> take();
  void renumber(Arrival& arrival);

  bool starts_at_first_row_;
  std::unique_ptr<TraceFormat> format_;
  std::size_t window_;
  std::vector<Row> rows_;  // a heap until the end was read, then sorted, the earliest last
  bool ended_ = false;
  std::uint64_t row_count_ = 0;
  bool any_taken_ = false;
  SimTime first_{};                     // of all arrivals
  SimTime last_taken_{};                // as the file counts
  std::vector<std::uint32_t> new_ids_;  // of the format's queue ids
  std::vector<std::string> names_;
};

}  // namespace lockstep
