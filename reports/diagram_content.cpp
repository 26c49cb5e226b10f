#include "reports/diagram_content.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "reports/diagram_title.h"
#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostQueues = 6;
constexpr std::size_t kLongestQueueName = 48;

// The comb a request belongs to, from its own row: the batch itself may be outside of the log.
Comb comb_of(const RunLog& run, const RequestRow& row) {
  Comb comb;
  comb.batch = row.batch;
  comb.opened = row.arrival;
  if (!row.batch) {
    comb.due = comb.dispatched = row.finished.value_or(kForever);
    comb.reason = row.finished ? row.reason : Reason::kNone;
    comb.status = row.finished ? row.status : Status::kOk;
    return comb;
  }
  comb.due = row.due;
  comb.dispatched = row.dispatched;
  if (const BatchRow* batch = run.find_batch(*row.batch)) {
    comb.reason = batch->record.reason;
    comb.status = batch->record.status;
    comb.rows = batch->record.rows;
    comb.opened = batch->record.opened;
    comb.due = batch->record.due;
  }
  return comb;
}

void add_request(const RunLog& run, const RequestRow& row, QueueBand& queue) {
  if (!row.batch && row.finished == row.arrival) {
    queue.refused.push_back(&row);
    return;
  }
  // Without a batch, those that ended together for one reason.
  const Comb made = comb_of(run, row);
  auto comb = std::find_if(queue.combs.begin(), queue.combs.end(), [&](const Comb& other) {
    return other.batch == made.batch &&
           (other.batch || (other.dispatched == made.dispatched && other.reason == made.reason &&
                            other.status == made.status));
  });
  if (comb == queue.combs.end()) {
    comb = queue.combs.insert(queue.combs.end(), made);
  }
  comb->members.push_back(&row);
}

void collect_queues(const RunLog& run, const DiagramWindow& window, DiagramContent& content) {
  std::map<std::uint32_t, QueueBand> bands;
  std::map<std::uint32_t, std::size_t> counts;
  for (const std::size_t index : window.requests) {
    const RequestRow& row = run.requests[index];
    add_request(run, row, bands[row.queue]);
    ++counts[row.queue];
  }
  std::vector<std::pair<std::size_t, std::uint32_t>> busiest;  // (most first, queue)
  busiest.reserve(counts.size());
  for (const auto& [queue, count] : counts) {
    busiest.emplace_back(run.requests.size() - count, queue);
  }
  std::sort(busiest.begin(), busiest.end());
  while (busiest.size() > kMostQueues) {
    bands.erase(busiest.back().second);
    content.hidden_requests += counts[busiest.back().second];
    busiest.pop_back();
    ++content.hidden_queues;
  }
  for (auto& [queue, band] : bands) {
    const bool named = queue < run.queue_names.size() && !run.queue_names[queue].empty();
    band.name = named ? displayable(run.queue_names[queue], kLongestQueueName) : "queue";
    content.queues.push_back(std::move(band));
  }
}

// The first of the slowest, in the order of the window.
void find_slowest(const RunLog& run, const DiagramWindow& window, DiagramContent& content) {
  const std::set<std::uint64_t> drawn = drawn_requests(content);
  for (const std::size_t index : window.requests) {
    const RequestRow& row = run.requests[index];
    const bool slower =
        row.finished && row.batch && drawn.contains(row.request) &&
        (content.slowest == nullptr ||
         *row.finished - row.arrival > *content.slowest->finished - content.slowest->arrival);
    content.slowest = slower ? &row : content.slowest;
  }
}

void collect_boxes(const RunLog& run, const DiagramWindow& window, DiagramContent& content) {
  std::map<std::uint64_t, LaneBox> boxes;
  std::set<std::uint64_t> drawn;
  for (const QueueBand& queue : content.queues) {
    for (const Comb& comb : queue.combs) {
      if (comb.batch) {
        drawn.insert(*comb.batch);
      }
    }
  }
  for (const std::size_t index : window.requests) {
    const RequestRow& row = run.requests[index];
    if (row.batch) {
      // Until its batch is found in the log, it is on the lane and not finished.
      boxes.try_emplace(*row.batch, LaneBox{.batch = *row.batch,
                                            .lane = row.lane,
                                            .lane_taken = row.dispatched,
                                            .dispatched = row.dispatched,
                                            .device_start = row.dispatched,
                                            .drawn = drawn.contains(*row.batch)});
    }
  }
  for (const BatchRow& batch : run.batches) {
    const BatchRecord& record = batch.record;
    const std::uint64_t id = raw(record.id);
    content.batch_rows_max = std::max(content.batch_rows_max, record.rows);
    const bool visible = record.lane_taken < window.to && record.finished > window.from;
    if (visible || boxes.contains(id)) {
      boxes[id] = LaneBox{.batch = id,
                          .lane = raw(record.lane),
                          .gpu = batch.gpu,
                          .rows = record.rows,
                          .padded_rows = std::max(record.rows, record.padded_rows),
                          .reason = record.reason,
                          .lane_taken = record.lane_taken,
                          .dispatched = record.dispatched,
                          .device_start = std::min(std::max(record.device_start, record.dispatched),
                                                   record.finished),
                          .finished = record.finished,
                          .answered_last = record.finished,
                          .status = record.status,
                          // An empty batch has no requests that could be outside.
                          .drawn = drawn.contains(id) || record.request_count == 0};
    }
  }
  for (const std::size_t index : window.requests) {
    const RequestRow& row = run.requests[index];
    if (row.batch && row.finished) {
      LaneBox& box = boxes[*row.batch];
      box.answered_last = std::max(box.answered_last, *row.finished);
      box.expired |= row.reason == Reason::kExpired && *row.finished > row.dispatched;
    }
  }
  for (const auto& [id, box] : boxes) {
    if (box.lane_taken < window.to && box.finished > window.from) {
      content.boxes.push_back(box);
    }
  }
}

// All requests of the run count here, drawn or not.
void collect_waiting(const RunLog& run, DiagramContent& content) {
  std::map<SimTime, std::int64_t> changes;
  changes[content.from] = 0;
  for (const RequestRow& row : run.requests) {
    const SimTime end = row.batch ? row.dispatched : row.finished.value_or(kForever);
    if (row.arrival < content.to && end > content.from && end > row.arrival) {
      ++changes[std::max(row.arrival, content.from)];
      --changes[end];
    }
  }
  std::int64_t count = 0;
  for (const auto& [at, change] : changes) {
    count += change;
    const auto waiting = static_cast<std::uint32_t>(count);
    const bool same = !content.waiting.empty() && content.waiting.back().count == waiting;
    if (at < content.to && !same) {
      content.waiting.push_back({at, waiting});
      content.waiting_max = std::max(content.waiting_max, waiting);
    }
  }
}

// A stage that reaches beyond the box (clocks of a live run) ends with it.
void collect_stages(const RunEvents& events, DiagramContent& content) {
  for (LaneBox& box : content.boxes) {
    const auto found = events.stages.find(box.batch);
    if (found == events.stages.end() || box.finished == kForever ||
        found->second.to_host.to <= box.dispatched) {
      continue;
    }
    box.stages = found->second;
    for (StageSpan* span : {&box.stages->to_device, &box.stages->compute, &box.stages->to_host}) {
      span->from = std::clamp(span->from, box.dispatched, box.finished);
      span->to = std::clamp(span->to, span->from, box.finished);
    }
    const StageRow& stages = *box.stages;
    const bool copies = stages.to_device.to > stages.to_device.from;
    box.device_start = copies ? stages.to_device.from : stages.compute.from;
  }
}

void collect_events(const RunEvents& events, DiagramContent& content) {
  collect_stages(events, content);
  for (const LaneFault& fault : events.faults) {
    if (fault.from < content.to && fault.to > content.from && fault.lane < content.lane_count) {
      content.faults.push_back(fault);
    }
  }
  for (const std::uint64_t id : drawn_requests(content)) {
    if (const auto found = events.cancels.find(id); found != events.cancels.end()) {
      content.cancels.insert(*found);
    }
  }
}

}  // namespace

DiagramContent collect_content(const RunLog& run, const DiagramWindow& window,
                               const RunEvents* events) {
  DiagramContent content;
  content.from = window.from;
  content.to = window.to;
  content.lane_count = run.lane_count;
  content.gpu_count = run.gpu_count;
  content.request_count = window.requests.size();
  content.earlier_not_drawn = window.earlier_not_drawn;
  const std::uint64_t micros = number_setting(run, "batch_timeout_micros");
  content.batch_timeout = SimDuration{
      static_cast<std::int64_t>(std::min<std::uint64_t>(micros, 1'000'000'000'000u) * 1'000)};
  collect_queues(run, window, content);
  find_slowest(run, window, content);
  collect_boxes(run, window, content);
  if (const std::uint64_t rows = rows_setting(run); rows > 0) {
    content.batch_rows_max = static_cast<std::uint32_t>(std::min<std::uint64_t>(rows, UINT32_MAX));
  }
  collect_waiting(run, content);
  if (events != nullptr) {
    collect_events(*events, content);
  }
  content.title = diagram_title(run, content);
  content.subtitle = diagram_subtitle(run, content);
  return content;
}

std::set<std::uint64_t> drawn_requests(const DiagramContent& content) {
  std::set<std::uint64_t> ids;
  for (const QueueBand& queue : content.queues) {
    for (const RequestRow* row : queue.refused) {
      ids.insert(row->request);
    }
    for (const Comb& comb : queue.combs) {
      for (const RequestRow* row : comb.members) {
        ids.insert(row->request);
      }
    }
  }
  return ids;
}

std::string hidden_queues_text(const DiagramContent& content) {
  const auto plural = [](std::size_t count) { return count == 1 ? "" : "s"; };
  return content.hidden_queues == 0
             ? ""
             : fmt::format("{} more queue{} with {} request{} {} not drawn", content.hidden_queues,
                           plural(content.hidden_queues), content.hidden_requests,
                           plural(content.hidden_requests),
                           content.hidden_queues == 1 ? "is" : "are");
}

WaitEnd wait_end(const DiagramContent& content, const RequestRow& row) {
  const SimTime end = row.batch ? row.dispatched : row.finished.value_or(kForever);
  const auto cancel = content.cancels.find(row.request);
  if (cancel != content.cancels.end() && cancel->second <= end) {
    return {WaitEnd::Kind::kCancelled, std::max(cancel->second, row.arrival), end};
  }
  if (row.finished && !row.batch && row.status == Status::kCancelled) {
    return {WaitEnd::Kind::kCancelled, end, end};
  }
  // One whose batch was executed expired on its lane.
  const bool expired = row.finished && row.reason == Reason::kExpired &&
                       (!row.batch || *row.finished == row.dispatched);
  return {expired ? WaitEnd::Kind::kExpired : WaitEnd::Kind::kOther, end, end};
}

void mark_violations(std::span<const DiagramViolation> violations, DiagramContent& content) {
  for (const DiagramViolation& violation : violations) {
    if (violation.from < content.to && violation.to >= content.from) {
      content.violations.push_back(violation);
    }
  }
  content.violations_outside = violations.size() - content.violations.size();
}

std::string comb_label(const Comb& comb, std::uint32_t batch_rows_max) {
  if (!comb.batch && comb.dispatched == kForever) {
    return "never dispatched";
  }
  if (!comb.batch) {
    return std::string(reason_name(comb.reason));
  }
  if (comb.reason == Reason::kNone) {
    return fmt::format("B{} unfinished", *comb.batch);
  }
  return fmt::format("B{} {} {}/{}", *comb.batch, reason_name(comb.reason), comb.rows,
                     batch_rows_max);
}

std::string failure_label(const Comb& comb) {
  if (!comb.batch) {
    return comb.status == Status::kOk ? "" : std::string(status_name(comb.status));
  }
  return comb.status == Status::kOk ? "" : fmt::format("failed: {}", status_name(comb.status));
}

}  // namespace lockstep
