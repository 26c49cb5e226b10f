#include "reports/diagram_card.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/format.h"

namespace lockstep {
namespace {

using MembersOfBatch = std::vector<const RequestRow*>;
using Column = BatchCard::Column;

constexpr std::size_t kLongestValue = 26;

// In the order of arrival; a split request is a member of the batch of its last piece.
MembersOfBatch members_of(const RunLog& run, std::uint64_t batch) {
  MembersOfBatch members;
  for (const RequestRow& row : run.requests) {
    if (row.batch == batch) {
      members.push_back(&row);
    }
  }
  std::stable_sort(members.begin(), members.end(), [](const RequestRow* a, const RequestRow* b) {
    return a->arrival < b->arrival;
  });
  return members;
}

std::string instant(SimTime time) {
  return exact_time(time.time_since_epoch());
}

Column reason_column(const RunLog& run, const BatchRow* batch, std::uint64_t id,
                     const MembersOfBatch& members) {
  Column column{.heading = fmt::format("batch B{}", id), .lines = {}};
  if (batch == nullptr) {
    column.lines = {"not finished when the run ended", fmt::format("{} requests", members.size())};
    return column;
  }
  const BatchRecord& record = batch->record;
  column.lines.push_back(std::string(reason_name(record.reason)));
  column.lines.emplace_back(reason_rule(record.reason));
  column.lines.push_back(fmt::format("{} rows in {} piece{}", record.rows, record.request_count,
                                     record.request_count == 1 ? "" : "s"));
  if (record.padded_rows > record.rows) {
    column.lines.push_back(fmt::format("padded to {} rows", record.padded_rows));
  }
  column.lines.push_back(record.status == Status::kOk
                             ? std::string("ended OK")
                             : fmt::format("failed: {}", status_name(record.status)));
  if (record.queue < QueueId{static_cast<std::uint32_t>(run.queue_names.size())}) {
    column.lines.push_back("queue " +
                           displayable(run.queue_names[raw(record.queue)], kLongestValue - 6));
  }
  return column;
}

Column opened_column(const BatchRow* batch, const MembersOfBatch& members) {
  const RequestRow& first = *members.front();
  const RequestRow& last = *members.back();
  Column column{.heading = "opened by", .lines = {}};
  column.lines.push_back(fmt::format("request {}", first.request));
  column.lines.push_back("at " + instant(first.arrival));
  column.lines.push_back(fmt::format("last: request {}", last.request));
  column.lines.push_back("at " + instant(last.arrival));
  if (batch != nullptr) {
    const auto late = std::count_if(members.begin(), members.end(), [&](const RequestRow* row) {
      return row->arrival > batch->record.due;
    });
    column.lines.push_back(fmt::format("{} joined after it was due", late));
  }
  return column;
}

Column waits_column(const BatchRow* batch) {
  Column column{.heading = "waits", .lines = {}};
  if (batch == nullptr) {
    return column;
  }
  const BatchRecord& record = batch->record;
  const auto line = [&](std::string_view what, SimTime from, SimTime to) {
    if (to > from) {
      column.lines.push_back(fmt::format("{} {}", exact_time(to - from), what));
    }
  };
  const SimTime due = std::max(record.due, record.opened);
  line("forming", record.opened, due);
  line("due, for a lane", due, record.lane_taken);
  line("filling on its lane", record.lane_taken, record.dispatched);
  line("queued on the GPU", record.dispatched, record.device_start);
  line("on the GPU", record.device_start, record.finished);
  return column;
}

Column lane_column(const BatchRow* batch, const MembersOfBatch& members, const StageRow* stages) {
  Column column{.heading = "lane", .lines = {fmt::format("lane {}", members.front()->lane)}};
  column.lines.push_back("dispatched " + instant(members.front()->dispatched));
  if (batch == nullptr) {
    return column;
  }
  column.lines.front() += fmt::format(", GPU {}", batch->gpu);
  column.lines.push_back("finished " + instant(batch->record.finished));
  if (stages != nullptr) {
    for (const auto& [name, span] :
         {std::pair("copy in", stages->to_device), std::pair("compute", stages->compute),
          std::pair("copy out", stages->to_host)}) {
      column.lines.push_back(fmt::format("{} {}", name, exact_time(span.to - span.from)));
    }
  }
  return column;
}

// Those that decide how batches form; a run has each at most once.
Column settings_column(const RunLog& run) {
  Column column{.heading = "settings", .lines = {}};
  for (const std::string_view name :
       {"scheduler", "max_batch_size", "batch_size", "max_execution_batch_size",
        "batch_timeout_micros", "num_batch_threads", "max_enqueued_batches",
        "allowed_batch_sizes"}) {
    const std::string value = displayable(run.setting(name), kLongestValue);
    if (!value.empty()) {
      column.lines.push_back(fmt::format("{} {}", name, value));
    }
  }
  return column;
}

}  // namespace

BatchCard collect_card(const RunLog& run, std::uint64_t batch, const RunEvents* events) {
  const MembersOfBatch members = members_of(run, batch);
  const BatchRow* const row = run.find_batch(batch);
  const StageRow* stages = nullptr;
  if (events != nullptr) {
    const auto found = events->stages.find(batch);
    stages = found == events->stages.end() ? nullptr : &found->second;
  }
  return {.batch = batch,
          .columns = {reason_column(run, row, batch, members), opened_column(row, members),
                      waits_column(row), lane_column(row, members, stages), settings_column(run)}};
}

std::string_view reason_rule(Reason reason) {
  switch (reason) {
    case Reason::kFull:
      return "its rows reached the batch size limit";
    case Reason::kTimeout:
      return "the time-out since its first request passed";
    case Reason::kGreedy:
      return "time-out 0: due as soon as it held anything";
    case Reason::kOverflow:
      return "the next request did not fit";
    case Reason::kFlush:
      return "its queue was closed";
    case Reason::kLowTimeout:
      return "the time-out of low priority passed";
    case Reason::kLowFull:
      return "the low-priority limit was reached";
    case Reason::kMerged:
      return "low-priority rows filled it up";
    case Reason::kTaskLimit:
      return "as many members as one may have";
    case Reason::kExpired:
      return "all its deadlines had passed: not executed";
    case Reason::kExpress:
      return "started beyond the limit: a thread was idle";
    default:
      return reason_name(reason);
  }
}

}  // namespace lockstep
