// A CUDA runtime on the CPU, in virtual time: what the CUDA device is tested against.
//
// Streams execute their work in order while advance() moves the time; copies are really made,
// models really computed, graphs really captured. Any call can be made to fail, once or with its
// device; a kernel can destroy its device while it runs. All calls are recorded. What CUDA would
// punish with undefined behaviour is noted (misuse()): memory after it was freed, an exec launched
// while it is executed, an event read before it was recorded, another device current than the
// stream's. live_objects() counts what was created and not destroyed.
//
// One thread at a time; which device is current each thread has for itself, as in CUDA. Handles are
// never reused, so that a stale one is always found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/runtime.h"
#include "gpu_backend/cuda/cuda_api.h"

namespace lockstep::testing {

class VirtualClock final : public Clock {
 public:
  [[nodiscard]] SimTime now() const override { return now_; }
  void set(SimTime now) { now_ = now; }

 private:
  SimTime now_{};
};

struct FakeCudaOptions {
  std::uint32_t device_count = 1;
  std::uint64_t total_memory = std::uint64_t{1} << 30;
  SimDuration copy{10'000};                          // each way, whatever its size
  SimDuration model{100'000};                        // but for spin, which takes its own time
  SimDuration call{0};                               // of the host, for each call
  SimDuration device_epoch = std::chrono::hours{1};  // the device's time at the host's 0
  std::int64_t drift_parts_per_million = 0;          // of the device's clock
  // Its time counts at each call, without advance(); calls are not recorded then, for a program in
  // real time makes millions of them a second.
  const Clock* follows = nullptr;
};

class FakeCuda final : public CudaApi {
 public:
  explicit FakeCuda(const FakeCudaOptions& options = {});
  ~FakeCuda() override;

  [[nodiscard]] const VirtualClock& clock() const { return clock_; }
  void advance(SimDuration span) { run_until(clock_.now() + span); }

  // The nth call named `call` from now on (1: the next) fails with `outcome`, which is an error.
  void fail(std::string call, std::uint64_t nth, CudaOutcome outcome);
  // The same for the nth call of any name that can fail.
  void fail_any(std::uint64_t nth, CudaOutcome outcome) { fail("", nth, outcome); }
  // The nth model that is executed from now on destroys its device.
  void break_model(std::uint64_t nth) { break_model_at_ = models_executed_ + nth; }
  // How long the models take that are launched next, one for each; then options.model again.
  void next_models_take(std::vector<SimDuration> spans);

  [[nodiscard]] const std::vector<std::string_view>& calls() const { return calls_; }
  void forget_calls() { calls_.clear(); }
  [[nodiscard]] std::uint64_t count(std::string_view call) const;
  [[nodiscard]] const std::vector<std::string>& misuse() const { return misuse_; }
  [[nodiscard]] std::uint64_t live_objects() const;
  [[nodiscard]] std::uint64_t allocated_bytes() const;  // on devices
  [[nodiscard]] std::uint32_t open_ranges() const { return open_ranges_; }
  [[nodiscard]] std::vector<std::string> range_names() const { return range_names_; }

  [[nodiscard]] std::string driver() override { return "fake driver"; }
  CudaStatus device_count(std::uint32_t& count) override;
  CudaStatus properties(std::uint32_t device, CudaProperties& properties) override;
  CudaStatus set_device(std::uint32_t device) override;
  CudaStatus memory_info(std::uint64_t& free_bytes, std::uint64_t& total_bytes) override;
  CudaStatus create_stream(CudaStream& stream) override;
  CudaStatus destroy_stream(CudaStream stream) override;
  CudaStatus synchronize_stream(CudaStream stream) override;
  CudaStatus create_event(CudaTiming timing, CudaEvent& event) override;
  CudaStatus destroy_event(CudaEvent event) override;
  CudaStatus record(CudaEvent event, CudaStream stream) override;
  CudaStatus record_captured(CudaEvent event, CudaStream stream) override;
  CudaStatus query(CudaEvent event) override;
  CudaStatus synchronize_event(CudaEvent event) override;
  CudaStatus elapsed(CudaEvent start, CudaEvent end, float& milliseconds) override;
  CudaStatus allocate_pinned(std::uint64_t bytes, void*& pinned) override;
  CudaStatus free_pinned(void* pinned) override;
  CudaStatus allocate(std::uint64_t bytes, void*& memory) override;
  CudaStatus free(void* memory) override;
  CudaStatus create_pool(std::uint32_t device, std::uint64_t keep_bytes,
                         CudaMemoryPool& pool) override;
  CudaStatus destroy_pool(CudaMemoryPool pool) override;
  CudaStatus allocate_from_pool(CudaMemoryPool pool, CudaStream stream, std::uint64_t bytes,
                                void*& memory) override;
  CudaStatus free_to_pool(void* memory, CudaStream stream) override;
  CudaStatus copy_to_device(void* memory, const void* pinned, std::uint64_t bytes,
                            CudaStream stream) override;
  CudaStatus copy_to_host(void* pinned, const void* memory, std::uint64_t bytes,
                          CudaStream stream) override;
  CudaStatus launch_host_function(CudaStream stream, CudaHostFunction function,
                                  void* data) override;
  CudaStatus begin_capture(CudaStream stream) override;
  CudaStatus end_capture(CudaStream stream, CudaGraph& graph) override;
  CudaStatus instantiate(CudaGraph graph, CudaGraphExec& exec) override;
  CudaStatus destroy_graph(CudaGraph graph) override;
  CudaStatus upload(CudaGraphExec exec, CudaStream stream) override;
  CudaStatus launch(CudaGraphExec exec, CudaStream stream) override;
  CudaStatus destroy_exec(CudaGraphExec exec) override;
  [[nodiscard]] std::uint64_t begin_range(const char* name) override;
  void end_range(std::uint64_t range) override;
  [[nodiscard]] Result<std::unique_ptr<CudaModel>> make_model(const ModelSpec& model,
                                                              const MlpWeights& weights,
                                                              std::uint32_t slot_count) override;

  // For the models: `compute` runs when the stream comes to it. A negative `span`: the next of
  // next_models_take().
  CudaStatus enqueue_model(const CudaBatch& batch, SimDuration span, std::function<void()> compute);
  // Notes a misuse when [from, from + bytes) is not within one live allocation.
  void check_range(const void* from, std::uint64_t bytes, std::string_view what);

 private:
  struct Stream;
  struct Event;
  struct Graph;
  struct Exec;
  struct Memory;
  struct Pool;
  struct Operation;
  struct Failure {
    std::string call;  // "": any
    std::uint64_t countdown = 0;
    CudaOutcome outcome = CudaOutcome::kRefused;
  };

  // The device that is current on this thread; 0 at first.
  std::uint32_t& current();
  CudaStatus enter(std::string_view call, std::uint32_t device);
  CudaStatus lost(std::uint32_t device, std::string_view call) const;
  void run_until(SimTime time);
  void execute(Stream& stream, Operation& operation, SimTime end);
  void lose(std::uint32_t device);
  void note(std::string what) { misuse_.push_back(std::move(what)); }
  void check_current(const Stream& stream, std::string_view call);
  CudaStatus allocate_bytes(std::uint64_t bytes, bool on_device, Pool* pool, void*& memory);
  void free_bytes(void* memory, bool pooled, bool on_device, std::string_view call);
  CudaStatus push(std::string_view call, CudaStream stream, Operation operation);
  CudaStatus copy(std::string_view call, void* to, const void* from, std::uint64_t bytes,
                  CudaStream stream);

  std::uint64_t number_;  // among all fakes of the process
  FakeCudaOptions options_;
  VirtualClock clock_;
  std::vector<bool> lost_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::vector<std::unique_ptr<Event>> events_;
  std::vector<std::unique_ptr<Graph>> graphs_;
  std::vector<std::unique_ptr<Exec>> execs_;
  std::vector<std::unique_ptr<Memory>> memories_;
  std::vector<std::unique_ptr<Pool>> pools_;
  std::vector<Failure> failures_;
  std::deque<SimDuration> model_times_;
  std::uint64_t models_executed_ = 0;
  std::uint64_t break_model_at_ = 0;  // 0: none
  std::vector<std::string_view> calls_;
  std::vector<std::string> misuse_;
  std::uint32_t open_ranges_ = 0;
  std::vector<std::string> range_names_;
};

// What FakeCuda::make_model() gives.
[[nodiscard]] Result<std::unique_ptr<CudaModel>> make_fake_cuda_model(FakeCuda& cuda,
                                                                      const ModelSpec& model,
                                                                      const MlpWeights& weights,
                                                                      std::uint32_t slot_count);

}  // namespace lockstep::testing
