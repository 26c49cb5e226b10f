// Test words: read a trace from text, and what came of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "traces/trace_reader.h"

namespace lockstep {

struct TraceContent {
  std::vector<Arrival> arrivals;
  std::vector<std::string> queue_names;
  std::uint64_t digest = 0;
  std::string format;
};

[[nodiscard]] inline Result<TraceContent> drain(Result<std::unique_ptr<TraceReader>> reader) {
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  TraceContent content;
  std::vector<Arrival> block(7);  // so that small traces, too, take several blocks
  while (true) {
    const Result<std::size_t> count = (*reader)->read(block);
    if (!count) {
      return tl::unexpected(count.error());
    }
    if (*count == 0) {
      break;
    }
    content.arrivals.insert(content.arrivals.end(), block.begin(),
                            block.begin() + static_cast<std::ptrdiff_t>(*count));
  }
  content.queue_names = (*reader)->queue_names();
  content.digest = (*reader)->content_digest();
  content.format = (*reader)->format();
  return content;
}

[[nodiscard]] inline Result<TraceContent> read_trace(std::string_view text,
                                                     const TraceOptions& options = {}) {
  return drain(open_trace_text("t.csv", text, options));
}

// The arrival times of a trace that must be fine, or the message of the error as text.
[[nodiscard]] inline std::string times_or_error(std::string_view text,
                                                const TraceOptions& options = {}) {
  const Result<TraceContent> content = read_trace(text, options);
  if (!content) {
    return content.error().message;
  }
  std::string times;
  for (const Arrival& arrival : content->arrivals) {
    times += (times.empty() ? "" : " ") + std::to_string(ns_of(arrival.time));
  }
  return times;
}

}  // namespace lockstep
