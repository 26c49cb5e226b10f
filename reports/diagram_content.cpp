#include "reports/diagram_content.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostQueues = 6;
constexpr std::size_t kLongestName = 48;

std::uint64_t number_setting(const RunLog& run, std::string_view name) {
  const std::string text = run.setting(name);
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() ? value : 0;
}

// With large batch splitting, max_batch_size limits requests only, and this limits batches; 0: it
// does not apply, or is left to max_batch_size.
std::uint64_t execution_size(const RunLog& run) {
  return run.setting("enable_large_batch_splitting") == "true"
             ? number_setting(run, "max_execution_batch_size")
             : 0;
}

// The setting for the rows of a batch; 0: none.
std::uint64_t rows_setting(const RunLog& run) {
  const std::uint64_t split = execution_size(run);
  return split > 0 ? split : number_setting(run, "max_batch_size");
}

// What became of the drawn requests: "14 requests in 5 batches, mean 2.8 rows; 32 refused". Only
// what has a mark is counted; the mean is over whole batches, so a batch that is drawn in part is
// said to be: "7 of 13 requests in 2 batches".
std::string outcomes(const RunLog& run, const DiagramContent& content) {
  std::set<std::uint64_t> batches;
  std::size_t finished = 0;
  std::uint64_t rows = 0;
  std::size_t in_batches = 0;
  std::size_t never_dispatched = 0;
  std::size_t refused = 0;
  for (const QueueBand& queue : content.queues) {
    refused += queue.refused.size();
    for (const Comb& comb : queue.combs) {
      (comb.batch ? in_batches : never_dispatched) += comb.members.size();
      if (comb.batch && batches.insert(*comb.batch).second && comb.reason != Reason::kNone) {
        ++finished;
        rows += comb.rows;
      }
    }
  }
  std::string text;
  const auto part = [&](std::size_t count, std::string_view what) {
    const std::string_view noun = !text.empty() ? "" : count == 1 ? " request" : " requests";
    text += count == 0 ? "" : fmt::format("{}{}{} {}", text.empty() ? "" : "; ", count, noun, what);
  };
  if (!batches.empty()) {
    const auto all = static_cast<std::size_t>(std::count_if(
        run.requests.begin(), run.requests.end(),
        [&](const RequestRow& row) { return row.batch && batches.contains(*row.batch); }));
    text = fmt::format("{}{} request{} in {} batch{}",
                       in_batches < all ? fmt::format("{} of ", in_batches) : "", all,
                       all == 1 ? "" : "s", batches.size(), batches.size() == 1 ? "" : "es");
    if (finished < batches.size()) {
      text += fmt::format(" ({} unfinished)", batches.size() - finished);
    }
    if (finished > 0) {
      text += fmt::format(", mean {} rows", ratio_text(rows, finished, 1));
    }
  }
  part(refused, "refused");
  part(never_dispatched, "never dispatched");
  return text;
}

std::string titled(const RunLog& run, const DiagramContent& content) {
  std::string text;
  const auto part = [&](const std::string& words) { text += (text.empty() ? "" : ", ") + words; };
  const auto named = [&](std::string_view name) {
    return displayable(run.setting(name), kLongestName);
  };
  if (!named("max_batch_size").empty()) {
    part("max_batch_size " + named("max_batch_size"));
  }
  if (!named("batch_size").empty()) {  // of naive-full-batch
    part("batch_size " + named("batch_size"));
  }
  if (execution_size(run) > 0) {
    part("max_execution_batch_size " + named("max_execution_batch_size"));
  }
  if (!named("batch_timeout_micros").empty()) {
    part("batch_timeout " + exact_time(content.batch_timeout));
  }
  if (const std::string threads = named("num_batch_threads"); !threads.empty()) {
    part(threads + (threads == "1" ? " batch thread" : " batch threads"));
  }
  return text + (text.empty() ? "" : ": ") + outcomes(run, content);
}

std::string subtitled(const RunLog& run, const DiagramContent& content) {
  std::string text;
  const auto part = [&](std::string_view label, std::string_view name) {
    const std::string value = displayable(run.setting(name), kLongestName);
    if (!value.empty()) {
      text += (text.empty() ? "" : "  ·  ") + std::string(label) + value;
    }
  };
  part("", "trace");
  part("load ", "load");
  part("GPU ", "gpu");
  if (run.setting("gpu").empty() || run.setting("gpus") != "1") {
    part("GPUs ", "gpus");
  }
  part("", "scheduler");
  part("seed ", "seed");
  text += fmt::format("{}digest {}  ·  zero at {}", text.empty() ? "" : "  ·  ",
                      digest_text(run.digest).substr(0, 8),
                      exact_time(content.from.time_since_epoch()));
  return text;
}

// The comb a request belongs to, from its own row: the batch itself may be outside of the log.
Comb comb_of(const RunLog& run, const RequestRow& row) {
  Comb comb;
  comb.batch = row.batch;
  comb.opened = row.arrival;
  if (!row.batch) {
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
  auto comb = std::find_if(queue.combs.begin(), queue.combs.end(),
                           [&](const Comb& other) { return other.batch == row.batch; });
  if (comb == queue.combs.end()) {
    comb = queue.combs.insert(queue.combs.end(), comb_of(run, row));
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
    band.name = named ? displayable(run.queue_names[queue], kLongestName) : "queue";
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
                          // An empty batch has no requests that could be outside.
                          .drawn = drawn.contains(id) || record.request_count == 0};
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

}  // namespace

DiagramContent collect_content(const RunLog& run, const DiagramWindow& window) {
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
  content.title = titled(run, content);
  content.subtitle = subtitled(run, content);
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

std::string comb_label(const Comb& comb, std::uint32_t batch_rows_max) {
  if (!comb.batch) {
    return "never dispatched";
  }
  if (comb.reason == Reason::kNone) {
    return fmt::format("B{} unfinished", *comb.batch);
  }
  return fmt::format("B{} {} {}/{}", *comb.batch, reason_name(comb.reason), comb.rows,
                     batch_rows_max);
}

std::string failure_label(const Comb& comb) {
  return comb.status == Status::kOk ? "" : fmt::format("failed: {}", status_name(comb.status));
}

}  // namespace lockstep
