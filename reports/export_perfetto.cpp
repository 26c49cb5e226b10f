#include "reports/export_perfetto.h"

#include <algorithm>
#include <array>
#include <map>
#include <queue>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/ledger.h"
#include "reports/perfetto_writer.h"

namespace lockstep {
namespace {

using Track = PerfettoWriter::Track;

std::string batch_name(std::uint64_t batch) {
  return fmt::format("batch {}", batch);
}

// What counts up and down over time; the last value of an instant is written.
class Steps {
 public:
  void change(SimTime at, std::int64_t by) { changes_[at] += by; }
  void write(PerfettoWriter& writer, Track counter) const {
    std::int64_t value = 0;
    writer.count(counter, SimTime{}, 0);
    for (const auto& [at, by] : changes_) {
      value += by;
      if (by != 0) {
        writer.count(counter, at, value);
      }
    }
  }

 private:
  std::map<SimTime, std::int64_t> changes_;
};

// The tracks of one queue: each request on the first one that is free at its arrival.
class PackedTracks {
 public:
  PackedTracks(PerfettoWriter& writer, Track process) : writer_(writer), process_(process) {}

  Track place(SimTime from, SimTime to) {
    while (!busy_.empty() && busy_.top().first <= from) {
      free_.push(busy_.top().second);
      busy_.pop();
    }
    if (free_.empty()) {
      tracks_.push_back(writer_.add_track(process_, fmt::format("requests {}", tracks_.size())));
      free_.push(tracks_.size() - 1);
    }
    const std::size_t index = free_.top();
    free_.pop();
    busy_.emplace(to, index);
    return tracks_[index];
  }

 private:
  template <typename T>
  using Lowest = std::priority_queue<T, std::vector<T>, std::greater<>>;

  PerfettoWriter& writer_;
  Track process_;
  std::vector<Track> tracks_;
  Lowest<std::size_t> free_;
  Lowest<std::pair<SimTime, std::size_t>> busy_;
};

class Exporter {
 public:
  Exporter(const RunLog& run, std::span<const StageSpans> stages) : run_(run), stages_(stages) {}

  std::string write() {
    write_settings();
    for (std::size_t i = 0; i < run_.batches.size(); ++i) {
      members_.emplace(raw(run_.batches[i].record.id), std::vector<std::uint64_t>{});
    }
    write_queues();
    write_gpus();
    return writer_.finish();
  }

 private:
  void write_settings() {
    TrackEventDetails details;
    details.annotations.emplace_back("digest", digest_text(run_.digest));
    for (const auto& [name, value] : run_.settings) {
      details.annotations.emplace_back(name, value);
    }
    writer_.instant(writer_.add_track(0, "run"), SimTime{}, "run", "settings", details);
  }

  void write_queues() {
    std::vector<Track> processes;
    std::vector<PackedTracks> tracks;
    std::vector<Steps> waiting(run_.queue_names.size());
    for (const std::string& name : run_.queue_names) {
      processes.push_back(writer_.add_process("queue " + name));
      tracks.emplace_back(writer_, processes.back());
    }
    for (const RequestRow& row : run_.requests) {
      write_request(row, tracks.at(row.queue));
      const SimTime left = row.batch ? row.dispatched : row.finished.value_or(kForever);
      if (left > row.arrival) {
        waiting.at(row.queue).change(row.arrival, 1);
        if (left != kForever) {
          waiting.at(row.queue).change(left, -1);
        }
      }
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      waiting[i].write(writer_, writer_.add_counter(processes[i], "waiting"));
    }
  }

  [[nodiscard]] TrackEventDetails details_of(const RequestRow& row) const {
    TrackEventDetails details;
    details.annotations = {
        {"request", row.request},
        {"rows", std::uint64_t{row.size}},
        {"status", row.finished ? std::string(status_name(row.status)) : std::string("UNANSWERED")},
        {"reason", std::string(reason_name(row.reason))}};
    if (row.batch) {
      details.annotations.emplace_back("batch", *row.batch);
    }
    return details;
  }

  void write_request(const RequestRow& row, PackedTracks& tracks) {
    TrackEventDetails details = details_of(row);
    const SimTime end = row.finished.value_or(kForever);
    const Track track = tracks.place(row.arrival, end);
    if (end == row.arrival) {
      writer_.instant(track, row.arrival, "request", reason_name(row.reason), details);
      return;
    }
    const auto batch = row.batch ? members_.find(*row.batch) : members_.end();
    if (batch != members_.end()) {
      batch->second.push_back(row.request + 1);
      details.flows.push_back(row.request + 1);  // 0 is no flow
    }
    writer_.begin(track, row.arrival, "request",
                  row.batch ? batch_name(*row.batch) : std::string("no batch"), details);
    if (row.finished) {
      write_causes(row, track);
      writer_.end(track, end);
    }
  }

  void write_causes(const RequestRow& row, Track track) {
    const BatchRow* const batch = row.batch ? run_.find_batch(*row.batch) : nullptr;
    if (row.batch.has_value() != (batch != nullptr)) {
      return;
    }
    std::optional<CopyTimes> copies;
    if (batch != nullptr) {
      const StageSpans& times = stages_[static_cast<std::size_t>(batch - run_.batches.data())];
      copies = CopyTimes{.in = times.to_device, .out = times.to_host};
    }
    const Ledger ledger = ledger_of(row, batch == nullptr ? nullptr : &batch->record, copies);
    SimTime at = row.arrival;
    for (std::size_t i = 0; i < kLatencyCauseCount; ++i) {
      const auto cause = static_cast<LatencyCause>(i);
      write_part(track, "wait", cause_name(cause), at, ledger.of(cause));
    }
  }

  // Nothing for an empty one. Moves `at` to its end.
  void write_part(Track track, std::string_view category, std::string_view name, SimTime& at,
                  SimDuration length) {
    if (length > SimDuration{0}) {
      writer_.begin(track, at, category, name);
      at += length;
      writer_.end(track, at);
    }
  }

  void write_gpus() {
    std::vector<Track> processes;
    std::vector<Track> lanes(run_.lane_count);
    std::vector<Steps> batches(run_.gpu_count);
    std::vector<Steps> rows(run_.gpu_count);
    for (std::uint32_t gpu = 0; gpu < run_.gpu_count; ++gpu) {
      processes.push_back(writer_.add_process(fmt::format("GPU {}", gpu)));
      for (std::uint32_t lane = gpu; lane < run_.lane_count; lane += run_.gpu_count) {
        lanes[lane] = writer_.add_thread(processes.back(), fmt::format("lane {}", lane));
      }
    }
    std::vector<std::size_t> order(run_.batches.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    // Of one lane in the order of time, whatever their numbers.
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return run_.batches[a].record.lane_taken < run_.batches[b].record.lane_taken;
    });
    for (const std::size_t i : order) {
      const BatchRow& batch = run_.batches[i];
      const BatchRecord& record = batch.record;
      write_batch(batch, stages_[i], lanes.at(raw(record.lane)));
      const SimTime begin = std::clamp(record.device_start, record.dispatched, record.finished);
      batches.at(batch.gpu).change(begin, 1);
      batches.at(batch.gpu).change(record.finished, -1);
      rows.at(batch.gpu).change(begin, std::int64_t{record.padded_rows});
      rows.at(batch.gpu).change(record.finished, -std::int64_t{record.padded_rows});
    }
    for (std::uint32_t gpu = 0; gpu < run_.gpu_count; ++gpu) {
      batches[gpu].write(writer_, writer_.add_counter(processes[gpu], "batches"));
      rows[gpu].write(writer_, writer_.add_counter(processes[gpu], "rows"));
    }
  }

  void write_batch(const BatchRow& batch, const StageSpans& times, Track lane) {
    const BatchRecord& record = batch.record;
    const std::uint64_t id = raw(record.id);
    TrackEventDetails details;
    details.annotations = {{"reason", std::string(reason_name(record.reason))},
                           {"status", std::string(status_name(record.status))},
                           {"queue", run_.queue_names.at(raw(record.queue))},
                           {"requests", std::uint64_t{record.request_count}},
                           {"rows", std::uint64_t{record.rows}},
                           {"padded_rows", std::uint64_t{record.padded_rows}}};
    details.terminating_flows = members_.at(id);
    writer_.begin(lane, record.lane_taken, "batch", batch_name(id), details);
    SimTime at = record.lane_taken;
    const std::array<std::pair<std::string_view, SimDuration>, 6> parts = {{
        {"filling", std::max(record.dispatched, at) - at},
        {"gpu-wait", times.gpu_wait},
        {"copy-in", times.to_device},
        {"compute", times.compute},
        {"copy-out", times.to_host},
        {"notice", times.notice},
    }};
    for (const auto& [name, length] : parts) {
      write_part(lane, "stage", name, at, length);
    }
    writer_.end(lane, std::max(at, record.finished));
  }

  const RunLog& run_;
  std::span<const StageSpans> stages_;
  PerfettoWriter writer_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> members_;  // flows, by batch
};

}  // namespace

std::string perfetto_trace(const RunLog& run, std::span<const StageSpans> stages) {
  return Exporter(run, stages).write();
}

}  // namespace lockstep
