// An explanation in words, those of the server: batch thread (lane), time-out, due.
#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "reports/explanation.h"
#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::size_t kShownIds = 6;
constexpr std::size_t kShownName = 64;

std::string batch_list(const std::vector<std::uint64_t>& ids) {
  std::string text = ids.size() == 1 ? "batch " : "batches ";
  for (std::size_t i = 0; i < std::min(ids.size(), kShownIds); ++i) {
    const bool last = i + 1 == std::min(ids.size(), kShownIds);
    text += (i == 0                            ? ""
             : last && ids.size() <= kShownIds ? " and "
                                               : ", ") +
            std::to_string(ids[i]);
  }
  return ids.size() > kShownIds ? text + fmt::format(" and {} more", ids.size() - kShownIds) : text;
}

std::string rows_text(std::uint32_t rows) {
  return fmt::format("{} row{}", rows, rows == 1 ? "" : "s");
}

std::string queue_text(const RunLog& run, std::uint32_t queue) {
  return queue < run.queue_names.size() ? displayable(run.queue_names[queue], kShownName) : "?";
}

// Who opened it: the first of the members that are known, if it came at that instant.
std::string opener_text(const RunLog& run, const BatchRecord& batch,
                        const std::vector<std::uint64_t>& members) {
  if (!members.empty()) {
    const auto first = std::lower_bound(
        run.requests.begin(), run.requests.end(), members.front(),
        [](const RequestRow& row, std::uint64_t wanted) { return row.request < wanted; });
    if (first->arrival == batch.opened) {
      return fmt::format("opened by request {}", members.front());
    }
  }
  return fmt::format("opened at {}", exact_time(batch.opened.time_since_epoch()));
}

// "batch 231 timed out (opened by request 4698)"
std::string due_text(const RunLog& run, const BatchRecord& batch,
                     const std::vector<std::uint64_t>& members) {
  const std::string name = fmt::format("batch {}", raw(batch.id));
  const std::string opened = " (" + opener_text(run, batch, members) + ")";
  switch (batch.reason) {
    case Reason::kFull:
      return fmt::format("{} was full with {}{}", name, rows_text(batch.rows), opened);
    case Reason::kTimeout:
    case Reason::kLowTimeout:
      return name + " timed out" + opened;
    case Reason::kOverflow:
      return name + " was closed because the next request did not fit" + opened;
    case Reason::kFlush:
      return name + " was closed with its queue" + opened;
    case Reason::kTaskLimit:
      return fmt::format("{} had as many requests as one may have{}", name, opened);
    case Reason::kLowFull:
      return fmt::format("{} was full with {} of low priority{}", name, rows_text(batch.rows),
                         opened);
    case Reason::kMerged:
      return name + " was filled up with rows of low priority" + opened;
    default:
      return fmt::format("{} was due: {}{}", name, reason_name(batch.reason), opened);
  }
}

// What else holds a batch back while no other one is on the lane, or the GPU, that takes it.
std::string free_text(const RunLog& run, const WaitSpan& span) {
  if (span.blocked >= span.length()) {
    return "";
  }
  const bool lane = span.cause == LatencyCause::kLaneWait;
  const std::string polls = run.setting("idle_poll_micros");
  const std::string on = run.setting("on");
  std::string why;
  const auto add = [&](bool when, std::string_view words) {
    why += when ? (why.empty() ? "" : ", ") + std::string(words) : "";
  };
  add(lane && !polls.empty() && polls != "0", "a thread that polls each " + polls + " us");
  add(!run.setting("fault_plan").empty(), "a fault (fault_plan)");
  add(!on.empty() && on != "sim", "the driver's own time");
  add(lane && why.empty(), "the scheduler's own limit");
  return fmt::format("; {} of it no other batch was there{}{}",
                     short_time(span.length() - span.blocked), why.empty() ? "" : ": ", why);
}

std::string lane_text(const RunLog& run, const WaitSpan& span, std::uint32_t lane) {
  if (span.blockers.empty()) {
    return fmt::format("for lane {}{}", lane, free_text(run, span));
  }
  const std::string lanes =
      run.lane_count > 1 ? fmt::format(", the first of {} to be free", run.lane_count) : "";
  return fmt::format("for lane {}, busy with {}{}{}", lane, batch_list(span.blockers), lanes,
                     free_text(run, span));
}

std::string gpu_text(const RunLog& run, const WaitSpan& span, std::uint32_t gpu) {
  return fmt::format("for GPU {}{}{}", gpu,
                     span.blockers.empty() ? "" : ", busy with " + batch_list(span.blockers),
                     free_text(run, span));
}

std::string compute_text(const BatchRow& batch) {
  const BatchRecord& record = batch.record;
  const std::string padding =
      record.padded_rows > record.rows ? fmt::format(" padded to {}", record.padded_rows) : "";
  return fmt::format("computing {}{} on GPU {}", rows_text(record.rows), padding, batch.gpu);
}

std::string span_text(const WaitSpan& span, const RequestExplanation& explanation,
                      const RunLog& run) {
  const RequestRow& row = *explanation.request;
  const BatchRow* const batch = explanation.batch;
  switch (span.cause) {
    case LatencyCause::kHeldBack:
      return fmt::format("until batch {} was opened", raw(batch->record.id));
    case LatencyCause::kForming:
      return "until " + due_text(run, batch->record, explanation.members);
    case LatencyCause::kLaneWait:
      return lane_text(run, span, row.lane);
    case LatencyCause::kLaneFilling:
      return fmt::format("on lane {}, where batch {} went on filling", row.lane,
                         raw(batch->record.id));
    case LatencyCause::kGpuWait:
      return gpu_text(run, span, batch->gpu);
    case LatencyCause::kCompute:
    case LatencyCause::kDevice:
      return compute_text(*batch);
    default:
      return std::string(cause_text(span.cause));
  }
}

// "answered", "refused (UNAVAILABLE, queue-full)"
std::string outcome_text(const RequestRow& row) {
  if (!row.finished) {
    return "was never answered";
  }
  const SimDuration taken = *row.finished - row.arrival;
  if (row.status == Status::kOk) {
    return "took " + short_time(taken);
  }
  const std::string answer =
      fmt::format("{} ({})", status_name(row.status), reason_name(row.reason));
  return taken == SimDuration{0} ? "was refused at its arrival with " + answer
                                 : fmt::format("ended with {} after {}", answer, short_time(taken));
}

std::string rank_text(const RequestExplanation& explanation) {
  if (explanation.request->status != Status::kOk || !explanation.request->finished ||
      explanation.answered == 0) {
    return "";
  }
  return fmt::format("slower than {} of {} answered requests\n", explanation.faster,
                     explanation.answered);
}

}  // namespace

std::string explanation_text(const RequestExplanation& explanation, const RunLog& run) {
  const RequestRow& row = *explanation.request;
  std::string sentence = fmt::format("request {} {}", row.request, outcome_text(row));
  if (!row.finished && row.batch) {
    sentence += fmt::format(": batch {} took it to lane {} at {} and never ended", *row.batch,
                            row.lane, exact_time(row.dispatched.time_since_epoch()));
  }
  std::string lines;
  for (const WaitSpan& span : explanation.spans) {
    const std::string words = span_text(span, explanation, run);
    sentence +=
        (&span == explanation.spans.data() ? ": " : ", ") + short_time(span.length()) + " " + words;
    lines += fmt::format("  {:>14}  {:>14}  {}\n", exact_time(span.from.time_since_epoch()),
                         exact_time(span.length()), words);
  }
  std::string text = sentence + "\n" + rank_text(explanation);
  text += fmt::format("queue \"{}\", {}, {} other request{} waited there when it came\n\n",
                      queue_text(run, row.queue), rows_text(row.size), explanation.waiting_before,
                      explanation.waiting_before == 1 ? "" : "s");
  text += fmt::format("  {:>14}  {:>14}\n  {:>14}\n", "at", "for",
                      exact_time(row.arrival.time_since_epoch()));
  text.insert(text.size() - 1, fmt::format("  {:>14}  arrived", ""));
  text += lines;
  if (row.finished) {
    text += fmt::format(
        "  {:>14}  {:>14}  {}\n", exact_time(row.finished->time_since_epoch()), "",
        row.status == Status::kOk
            ? fmt::format("answered, {} after its arrival", exact_time(*row.finished - row.arrival))
            : fmt::format("ended: {}, {}", status_name(row.status), reason_name(row.reason)));
  }
  return text;
}

std::string batch_text(const RunLog& run, std::span<const StageSpans> stages,
                       const BatchRow& batch) {
  const BatchRecord& record = batch.record;
  const StageSpans& times = stages[static_cast<std::size_t>(&batch - run.batches.data())];
  std::vector<std::uint64_t> members;
  for (const RequestRow& row : run.requests) {
    if (row.batch == raw(record.id)) {
      members.push_back(row.request);
    }
  }
  std::string text = fmt::format(
      "{}, {} after that; {} in {} piece{} of queue \"{}\"\n", due_text(run, record, members),
      short_time(std::max(record.due, record.opened) - record.opened), rows_text(record.rows),
      record.request_count, record.request_count == 1 ? "" : "s",
      queue_text(run, raw(record.queue)));
  text += fmt::format(
      "it waited {} for lane {} and {} for GPU {}, was copied for {} and computed "
      "for {}; status {}\n",
      short_time(std::max(record.dispatched, record.due) - record.due), raw(record.lane),
      short_time(times.gpu_wait), batch.gpu, short_time(times.to_device + times.to_host),
      short_time(times.compute), status_name(record.status));
  return text;
}

}  // namespace lockstep
