#include "gpu_backend/cuda/cuda_lane.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "core/check.h"

namespace lockstep {
namespace {

// The anchor's distance costs resolution (a float of milliseconds): 120 ns after a second.
constexpr SimDuration kAnchorAge = std::chrono::seconds{1};
// The tightest of these brackets is the first anchor: the first ones find code that is cold.
constexpr int kAnchorTries = 8;

}  // namespace

std::uint64_t lane_memory_bytes(const ModelSpec& spec, const CudaModel& model, std::uint32_t rows) {
  return 2 * aligned_size(spec.row_bytes() * rows) + aligned_size(model.workspace_bytes(rows));
}

CudaLane::CudaLane(const Setting& setting) : setting_(setting) {
  graphs_.reserve(setting.options->sizes.size() + 1);
}

CudaLane::~CudaLane() {
  // Errors change nothing here: a lost device's memory goes with its context.
  CudaApi& cuda = *setting_.cuda;
  if (stream_.handle != nullptr) {
    static_cast<void>(cuda.synchronize_stream(stream_));
  }
  destroy_graphs();
  static_cast<void>(free_block());
  for (const CudaEvent event :
       {marks_[0], marks_[1], marks_[2], marks_[3], completion_, anchors_[0], anchors_[1]}) {
    if (event.handle != nullptr) {
      static_cast<void>(cuda.destroy_event(event));
    }
  }
  for (void* pinned : {input_, output_}) {
    if (pinned != nullptr) {
      static_cast<void>(cuda.free_pinned(pinned));
    }
  }
  if (stream_.handle != nullptr) {
    static_cast<void>(cuda.destroy_stream(stream_));
  }
}

CudaStatus CudaLane::open() {
  CudaApi& cuda = *setting_.cuda;
  CudaStatus status = cuda.create_stream(stream_);
  for (CudaEvent& event : marks_) {
    status = status.ok() ? cuda.create_event(CudaTiming::kOn, event) : status;
  }
  for (CudaEvent& event : anchors_) {
    status = status.ok() ? cuda.create_event(CudaTiming::kOn, event) : status;
  }
  status = status.ok() ? cuda.create_event(CudaTiming::kOff, completion_) : status;
  const std::uint64_t bytes = setting_.options->model.row_bytes() * setting_.options->max_rows;
  for (void** pinned : {&input_, &output_}) {
    status = status.ok() ? cuda.allocate_pinned(bytes, *pinned) : status;
    if (*pinned != nullptr) {
      std::memset(*pinned, 0, bytes);  // a size is executed once before it is captured
    }
  }
  return status;
}

CudaStatus CudaLane::prepare(std::uint32_t rows) {
  CudaStatus status = ensure_rows(rows);
  for (const std::uint32_t size : setting_.options->sizes) {
    if (status.ok() && size <= rows) {
      status = ensure_graph(size);
    }
  }
  return status.ok() ? find_anchor() : status;
}

CudaStatus CudaLane::find_anchor() {
  CudaApi& cuda = *setting_.cuda;
  SimDuration tightest = SimDuration::max();
  for (int i = 0; i < kAnchorTries; ++i) {
    const CudaEvent event = anchors_[1 - anchor_index_];
    const SimTime before = setting_.clock->now();
    CudaStatus status = cuda.record(event, stream_);
    status = status.ok() ? cuda.synchronize_event(event) : status;
    if (!status.ok()) {
      return status;
    }
    const SimTime after = setting_.clock->now();
    if (after - before < tightest) {
      tightest = after - before;
      times_.set_anchor(before, after);
      anchor_index_ = 1 - anchor_index_;
    }
  }
  return {};
}

CudaStatus CudaLane::ensure_rows(std::uint32_t rows) {
  LOCKSTEP_CHECK(rows > 0);
  LOCKSTEP_CHECK(rows <= setting_.options->max_rows);
  if (rows <= rows_) {
    return {};
  }
  // What the lane had goes first: old and new together need not fit the budget.
  const std::uint32_t old_rows = rows_;
  destroy_graphs();
  CudaStatus status = free_block();
  status = status.ok() ? allocate_block(rows) : status;
  if (!status.ok() && status.outcome != CudaOutcome::kSticky && old_rows > 0) {
    // Its place was just given back; should it be gone, the lane tries again at its next batch.
    static_cast<void>(allocate_block(old_rows));
  }
  rebuild_graphs();
  return status;
}

CudaStatus CudaLane::allocate_block(std::uint32_t rows) {
  const CudaStatus status = setting_.memory->allocate(block_bytes(rows), stream_, block_);
  if (status.ok()) {
    rows_ = rows;
  } else {
    block_ = nullptr;
  }
  return status;
}

CudaStatus CudaLane::free_block() {
  if (block_ == nullptr) {
    return {};
  }
  const CudaStatus status = setting_.memory->free(block_, block_bytes(rows_), stream_);
  block_ = nullptr;
  rows_ = 0;
  return status;
}

std::uint64_t CudaLane::block_bytes(std::uint32_t rows) const {
  return lane_memory_bytes(setting_.options->model, *setting_.model, rows);
}

CudaLane::Graph* CudaLane::find_graph(std::uint32_t rows) {
  const auto found = std::find_if(graphs_.begin(), graphs_.end(),
                                  [&](const Graph& graph) { return graph.rows == rows; });
  return found == graphs_.end() ? nullptr : &*found;
}

bool CudaLane::is_announced(std::uint32_t rows) const {
  const auto& sizes = setting_.options->sizes;
  return std::find(sizes.begin(), sizes.end(), rows) != sizes.end();
}

CudaStatus CudaLane::ensure_graph(std::uint32_t rows) {
  LOCKSTEP_CHECK(rows <= rows_);
  if (!setting_.options->graphs) {
    return {};
  }
  Graph* graph = find_graph(rows);
  if (graph != nullptr && graph->exec.handle != nullptr) {
    return {};
  }
  CudaGraphExec exec;
  const CudaStatus status = build_graph(rows, exec);
  if (!status.ok()) {
    return status;
  }
  if (graph == nullptr) {
    graphs_.push_back({rows, exec});
    late_graphs_ += is_announced(rows) ? 0u : 1u;
  } else {
    graph->exec = exec;
  }
  return status;
}

void CudaLane::rebuild_graphs() {
  // Announced sizes that fit only now are made, too: growing is the last time that a lane may wait.
  for (const std::uint32_t size : setting_.options->sizes) {
    if (setting_.options->graphs && find_graph(size) == nullptr) {
      graphs_.push_back({size, {}});
    }
  }
  for (Graph& graph : graphs_) {
    // One that fails now is tried again, and fails its batch, when it is needed.
    if (graph.rows <= rows_) {
      static_cast<void>(build_graph(graph.rows, graph.exec));
    }
  }
}

void CudaLane::destroy_graphs() {
  for (Graph& graph : graphs_) {
    if (graph.exec.handle != nullptr) {
      static_cast<void>(setting_.cuda->destroy_exec(graph.exec));
      graph.exec = {};
    }
  }
}

CudaStatus CudaLane::build_graph(std::uint32_t rows, CudaGraphExec& exec) {
  CudaApi& cuda = *setting_.cuda;
  CudaStatus status;
  if (setting_.model->needs_warm_up()) {
    status = enqueue(rows, false, false);
    // Also after an error: what was enqueued before it uses the buffers.
    const CudaStatus waited = wait();
    status = waited.ok() ? status : waited;
    if (!status.ok()) {
      return status;
    }
  }
  status = cuda.begin_capture(stream_);
  if (!status.ok()) {
    return status;
  }
  status = enqueue(rows, true, setting_.options->stage_timing != StageTiming::kAroundGraph);
  CudaGraph graph;
  // Ends the capture in any case: a stream that stays in it executes nothing more.
  const CudaStatus ended = cuda.end_capture(stream_, graph);
  status = status.ok() ? ended : status;
  status = status.ok() ? cuda.instantiate(graph, exec) : status;
  if (graph.handle != nullptr) {
    const CudaStatus destroyed = cuda.destroy_graph(graph);
    status = status.ok() ? destroyed : status;
  }
  status = status.ok() ? cuda.upload(exec, stream_) : status;
  if (!status.ok() && exec.handle != nullptr) {
    static_cast<void>(cuda.destroy_exec(exec));
    exec = {};
  }
  return status;
}

bool CudaLane::has_mark(Mark mark) const {
  return mark == kBegin || mark == kEnd || setting_.options->stage_timing == StageTiming::kStages;
}

CudaStatus CudaLane::mark(Mark mark, bool captured) {
  const CudaEvent event = marks_[mark];
  return captured ? setting_.cuda->record_captured(event, stream_)
                  : setting_.cuda->record(event, stream_);
}

CudaBatch CudaLane::device_batch(std::uint32_t rows) const {
  const std::uint64_t part = aligned_size(setting_.options->model.row_bytes() * rows_);
  std::byte* block = static_cast<std::byte*>(block_);
  return {.stream = stream_,
          .rows = rows,
          .slot = setting_.slot,
          .input = block,
          .output = block + part,
          .workspace = block + 2 * part};
}

CudaStatus CudaLane::enqueue(std::uint32_t rows, bool captured, bool marks) {
  CudaApi& cuda = *setting_.cuda;
  const std::uint64_t bytes = setting_.options->model.row_bytes() * rows;
  const CudaBatch batch = device_batch(rows);
  CudaStatus status;
  const auto mark_stage = [&](Mark stage) {
    if (status.ok() && marks && has_mark(stage)) {
      status = mark(stage, captured);
    }
  };
  mark_stage(kBegin);
  status = status.ok() ? cuda.copy_to_device(block_, input_, bytes, stream_) : status;
  mark_stage(kComputeFrom);
  status = status.ok() ? setting_.model->enqueue(batch) : status;
  mark_stage(kToHostFrom);
  status = status.ok() ? cuda.copy_to_host(output_, batch.output, bytes, stream_) : status;
  mark_stage(kEnd);
  return status;
}

CudaStatus CudaLane::launch(std::uint32_t rows, SimTime now) {
  anchor_moves_ = false;
  ++launch_count_;
  const CudaStatus status = submit(rows, now);
  if (status.ok() || status.outcome == CudaOutcome::kSticky) {
    return status;
  }
  // Part of the batch may be on its way to buffers that are about to be used again.
  anchor_moves_ = false;
  const CudaStatus waited = wait();
  return waited.ok() ? status : waited;
}

CudaStatus CudaLane::wait() {
  CudaStatus status = setting_.cuda->synchronize_stream(stream_);
  if (!status.ok()) {
    // The buffers can never be used again; and a device that refuses to be waited for is no device.
    status.outcome = CudaOutcome::kSticky;
  }
  return status;
}

CudaStatus CudaLane::submit(std::uint32_t rows, SimTime now) {
  CudaApi& cuda = *setting_.cuda;
  const bool around = setting_.options->stage_timing == StageTiming::kAroundGraph;
  CudaStatus status;
  if (now - times_.anchor() > kAnchorAge) {
    status = cuda.record(anchors_[1 - anchor_index_], stream_);
    anchor_moves_ = status.ok();
  }
  if (status.ok() && around) {
    status = mark(kBegin, false);
  }
  if (status.ok() && setting_.options->graphs) {
    const Graph* graph = find_graph(rows);
    LOCKSTEP_CHECK(graph != nullptr && graph->exec.handle != nullptr);
    status = cuda.launch(graph->exec, stream_);
  } else if (status.ok()) {
    status = enqueue(rows, false, !around);
  }
  if (status.ok() && around) {
    status = mark(kEnd, false);
  }
  status = status.ok() ? cuda.record(completion_, stream_) : status;
  // Last: after it nothing can fail, so that no completion comes of a batch that failed.
  if (status.ok() && setting_.options->completion == CompletionWay::kHostFunction) {
    status = cuda.launch_host_function(stream_, &CudaLane::on_done, this);
  }
  return status;
}

void CudaLane::on_done(void* lane) {
  const CudaLane& self = *static_cast<const CudaLane*>(lane);
  self.setting_.ring->push({.lane = self.setting_.lane,
                            .batch = self.launch_count_,
                            .noticed = self.setting_.clock->now()});
}

CudaStatus CudaLane::read_times(SimTime launched, SimTime noticed, StageTimes& times) {
  CudaApi& cuda = *setting_.cuda;
  if (anchor_moves_) {
    float moved = 0;
    const CudaStatus status =
        cuda.elapsed(anchors_[anchor_index_], anchors_[1 - anchor_index_], moved);
    anchor_moves_ = false;
    if (!status.ok()) {
      return status;
    }
    times_.move_anchor(from_milliseconds(moved));
    anchor_index_ = 1 - anchor_index_;
  }
  float begin = 0;
  std::array<float, kMarkCount> since_begin{};
  CudaStatus status = cuda.elapsed(anchors_[anchor_index_], marks_[kBegin], begin);
  for (const Mark stage : {kComputeFrom, kToHostFrom, kEnd}) {
    if (status.ok() && has_mark(stage)) {
      status = cuda.elapsed(marks_[kBegin], marks_[stage], since_begin[stage]);
    }
  }
  if (!status.ok()) {
    return status;
  }
  if (!has_mark(kToHostFrom)) {
    since_begin[kToHostFrom] = since_begin[kEnd];
  }
  const SimTime placed = times_
                             .place({.launched = launched,
                                     .noticed = noticed,
                                     .begin = from_milliseconds(begin),
                                     .length = from_milliseconds(since_begin[kEnd])})
                             .begin;
  const auto at = [&](Mark stage) {
    return std::min(placed + from_milliseconds(since_begin[stage]), noticed);
  };
  times = {.launched = launched,
           .to_device_from = placed,
           .compute_from = at(kComputeFrom),
           .to_host_from = at(kToHostFrom),
           .finished = at(kEnd)};
  return status;
}

std::span<std::byte> CudaLane::input(std::uint32_t rows) const {
  return {static_cast<std::byte*>(input_), setting_.options->model.row_bytes() * rows};
}

std::span<const std::byte> CudaLane::output(std::uint32_t rows) const {
  return {static_cast<const std::byte*>(output_), setting_.options->model.row_bytes() * rows};
}

}  // namespace lockstep
