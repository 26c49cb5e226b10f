// lockstep with a fake CUDA in the place of the real one: `--on cuda` without toolkit and GPU.
//
// A file fake_cuda.txt in the working directory says what goes wrong, one failure a line: the name
// of a call, which one of them from the start, and how ("launch 20 sticky"); "hang 5" makes the
// fifth model take a minute. At the end what real
// CUDA would have punished is printed, and what was not given back.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gpu_backend/make_device.h"
#include "gpu_backend/steady_clock.h"
#include "tests/support/fake_cuda.h"

namespace lockstep::testing {
namespace {

class FakeRuntime {
 public:
  FakeRuntime() {
    const std::map<std::string, CudaOutcome> outcomes = {{"refused", CudaOutcome::kRefused},
                                                         {"out-of-memory", CudaOutcome::kNoMemory},
                                                         {"sticky", CudaOutcome::kSticky}};
    FakeCudaOptions options;
    options.follows = &clock_;
    options.device_count = 2;
    auto cuda = std::make_unique<FakeCuda>(options);
    cuda_ = cuda.get();
    std::ifstream file("fake_cuda.txt");
    std::string call;
    std::uint64_t nth = 0;
    std::string outcome;
    while (file >> call >> nth) {
      if (call == "hang") {
        std::vector<SimDuration> spans(nth, options.model);
        spans.back() = std::chrono::minutes(1);
        cuda->next_models_take(spans);
      } else if (file >> outcome) {
        cuda->fail(call, nth, outcomes.at(outcome));
      }
    }
    use_cuda_runtime(std::move(cuda));
  }
  FakeRuntime(const FakeRuntime&) = delete;
  FakeRuntime& operator=(const FakeRuntime&) = delete;
  // The process owns the fake, made in our constructor: it goes after this.
  ~FakeRuntime() {
    for (const std::string& misuse : cuda_->misuse()) {
      std::fprintf(stderr, "fake CUDA: misuse: %s\n", misuse.c_str());
    }
    if (const std::uint64_t left = cuda_->live_objects(); left > 0) {
      std::fprintf(stderr, "fake CUDA: %llu objects are left\n",
                   static_cast<unsigned long long>(left));
    }
  }

 private:
  SteadyClock clock_;
  FakeCuda* cuda_ = nullptr;
};

const FakeRuntime fake_runtime;

}  // namespace
}  // namespace lockstep::testing
