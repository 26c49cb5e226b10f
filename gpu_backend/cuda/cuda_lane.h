// One lane of a CUDA device: its stream, events, staging buffers, device buffers and graphs.
//
// A lane executes one batch at a time; CudaDevice keeps its state and calls in order. Host buffers
// are pinned and hold max_rows from the start; the device's hold what the budget's way says. One
// executable graph per padded size holds copy, model, copy and the events between them, with the
// lane's pointers baked in: buffers that grow make all graphs of the lane again. An exec may only
// run once at a time, which a lane guarantees.
//
// Completion is seen by an event of its own behind the graph, without timing: what an event that is
// recorded by a graph answers between the launch and its execution is not documented.
//
// The caller makes the lane's device current before each call. Errors are CUDA's; after one of
// launch() the lane's stream is idle, unless the error was sticky.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/ids.h"
#include "core/runtime.h"
#include "gpu_backend/cuda/completion_ring.h"
#include "gpu_backend/cuda/cuda_api.h"
#include "gpu_backend/cuda/cuda_memory.h"
#include "gpu_backend/cuda/cuda_options.h"
#include "gpu_backend/cuda/time_mapping.h"
#include "gpu_backend/device.h"

namespace lockstep {

// What a lane's block of device memory takes for batches of `rows`.
[[nodiscard]] std::uint64_t lane_memory_bytes(const ModelSpec& spec, const CudaModel& model,
                                              std::uint32_t rows);

class CudaLane {
 public:
  struct Setting {
    CudaApi* cuda = nullptr;
    const Clock* clock = nullptr;
    const CudaDeviceOptions* options = nullptr;
    CudaModel* model = nullptr;
    CudaMemory* memory = nullptr;
    CompletionRing* ring = nullptr;
    LaneId lane{0};
    std::uint32_t slot = 0;  // among the lanes of its device
  };
  explicit CudaLane(const Setting& setting);
  CudaLane(const CudaLane&) = delete;
  CudaLane& operator=(const CudaLane&) = delete;
  // Waits for what is in flight, then frees everything.
  ~CudaLane();

  // Stream, events and staging buffers; no device memory yet.
  CudaStatus open();
  // Device memory for `rows`, graphs of all sizes up to that, and the anchor of the times.
  CudaStatus prepare(std::uint32_t rows);

  // Device memory for batches of `rows`; graphs follow when the memory moved.
  CudaStatus ensure_rows(std::uint32_t rows);
  CudaStatus ensure_graph(std::uint32_t rows);
  // Requires: ensure_rows(rows) and ensure_graph(rows) succeeded. `now`: the launch.
  CudaStatus launch(std::uint32_t rows, SimTime now);
  // Until the lane's stream is idle: cleaning up, never the usual way. Any error is sticky.
  CudaStatus wait();
  // Of the batch in flight. kOk: done.
  CudaStatus query() { return setting_.cuda->query(completion_); }
  // The batch's stages on the runtime's clock. Requires: it is done.
  CudaStatus read_times(SimTime launched, SimTime noticed, StageTimes& times);

  [[nodiscard]] std::span<std::byte> input(std::uint32_t rows) const;
  [[nodiscard]] std::span<const std::byte> output(std::uint32_t rows) const;
  [[nodiscard]] std::uint32_t rows() const { return rows_; }  // that the device's memory holds
  [[nodiscard]] const TimeMapping& times() const { return times_; }
  // Batches that launch() was called for: the number of the batch in flight.
  [[nodiscard]] std::uint64_t launch_count() const { return launch_count_; }
  // Graphs that were made at a batch of a size that was not announced.
  [[nodiscard]] std::uint64_t late_graphs() const { return late_graphs_; }

 private:
  enum Mark : std::size_t { kBegin, kComputeFrom, kToHostFrom, kEnd, kMarkCount };
  struct Graph {
    std::uint32_t rows = 0;
    CudaGraphExec exec;
  };

  [[nodiscard]] std::uint64_t block_bytes(std::uint32_t rows) const;
  [[nodiscard]] CudaBatch device_batch(std::uint32_t rows) const;
  [[nodiscard]] Graph* find_graph(std::uint32_t rows);
  [[nodiscard]] bool is_announced(std::uint32_t rows) const;
  [[nodiscard]] bool has_mark(Mark mark) const;

  CudaStatus find_anchor();
  CudaStatus allocate_block(std::uint32_t rows);
  CudaStatus free_block();
  void rebuild_graphs();
  CudaStatus build_graph(std::uint32_t rows, CudaGraphExec& exec);
  void destroy_graphs();
  CudaStatus mark(Mark mark, bool captured);
  // The batch's work from copy to copy, onto the stream or into its capture.
  CudaStatus enqueue(std::uint32_t rows, bool captured, bool marks);
  CudaStatus submit(std::uint32_t rows, SimTime now);
  static void on_done(void* lane);

  Setting setting_;
  CudaStream stream_;
  std::array<CudaEvent, kMarkCount> marks_;
  CudaEvent completion_;
  // Recorded now and then before a batch, in turn: the distance to the last one stays short.
  std::array<CudaEvent, 2> anchors_;
  std::size_t anchor_index_ = 0;
  bool anchor_moves_ = false;  // the batch in flight has the other anchor before it
  void* input_ = nullptr;
  void* output_ = nullptr;
  void* block_ = nullptr;
  std::uint32_t rows_ = 0;
  std::vector<Graph> graphs_;
  TimeMapping times_;
  std::uint64_t launch_count_ = 0;  // on_done() reads it while the batch is in flight
  std::uint64_t late_graphs_ = 0;
};

}  // namespace lockstep
