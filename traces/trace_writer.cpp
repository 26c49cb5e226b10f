#include "traces/trace_writer.h"

#include <algorithm>
#include <string_view>

#include "traces/output_file.h"

namespace lockstep {
namespace {

std::string header_text(const TraceWriteOptions& options) {
  std::string text = "arrival_ns";
  text += options.queue ? ",queue" : "";
  text += options.size ? ",size" : "";
  text += options.priority ? ",priority" : "";
  text += options.timeout ? ",timeout_ns" : "";
  text += options.client ? ",client" : "";
  return text + "\n";
}

// Name of a column that is off although the arrival needs it; "" when there is none.
std::string_view lost_column(const Arrival& arrival, const std::vector<std::string>& names,
                             const TraceWriteOptions& options) {
  const Arrival usual;
  if (!options.queue && names[raw(arrival.queue)] != "queue") {
    return "queue";
  }
  if (!options.size && arrival.size != usual.size) {
    return "size";
  }
  if (!options.priority && arrival.priority != usual.priority) {
    return "priority";
  }
  if (!options.timeout && arrival.timeout != usual.timeout) {
    return "timeout_ns";
  }
  if (!options.client && arrival.client != usual.client) {
    return "client";
  }
  return "";
}

void append_row(std::string& text, const Arrival& arrival, const std::vector<std::string>& names,
                const TraceWriteOptions& options) {
  append_number(text, ns_of(arrival.time));
  if (options.queue) {
    text.append(",").append(names[raw(arrival.queue)]);
  }
  if (options.size) {
    append_number(text += ',', arrival.size);
  }
  if (options.priority) {
    append_number(text += ',', static_cast<std::uint32_t>(arrival.priority));
  }
  if (options.timeout) {
    append_number(text += ',', ns_of(arrival.timeout));
  }
  if (options.client) {
    append_number(text += ',', raw(arrival.client));
  }
  text += '\n';
}

}  // namespace

Result<std::uint64_t> write_trace(ArrivalSource& arrivals, std::ostream& out,
                                  const TraceWriteOptions& options) {
  std::string text;
  for (const std::string& comment : options.comments) {
    if (comment.find_first_of("\r\n") != std::string::npos) {
      return bad_input("found a comment of several lines, expected one line each");
    }
    text.append(comment.empty() ? "#" : "# ").append(comment).append("\n");
  }
  text += header_text(options);
  std::vector<Arrival> block(4096);
  std::uint64_t rows = 0;
  while (true) {
    const Result<std::size_t> count = arrivals.read(block);
    if (!count) {
      return tl::unexpected(count.error());
    }
    if (*count == 0) {
      if (rows == 0 && options.refuse_empty) {
        return bad_input(
            "found no arrivals, expected at least 1: a trace without rows cannot be replayed");
      }
      break;
    }
    for (const Arrival& arrival : std::span(block).first(*count)) {
      const std::string_view lost = lost_column(arrival, arrivals.queue_names(), options);
      if (!lost.empty()) {
        return bad_input("found a request (number " + std::to_string(rows) + ") with its own " +
                         std::string(lost) + ", expected column " + std::string(lost) +
                         " to be written");
      }
      append_row(text, arrival, arrivals.queue_names(), options);
      ++rows;
    }
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    text.clear();
  }
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  if (!out.flush().good()) {
    return io_error("cannot write the trace (disk full?)");
  }
  return rows;
}

}  // namespace lockstep
