#include "tests/reference/device_reference.h"

#include <algorithm>
#include <deque>

namespace lockstep::reference {
namespace {

constexpr std::int64_t kUnits = 360'360;  // of work per ns: every speed below is a whole number

std::int64_t units_per_ns(DeviceSharing sharing, std::int64_t at_once) {
  return sharing == DeviceSharing::kHalf ? 2 * kUnits / (at_once + 1) : kUnits / at_once;
}

// One job at a time, in the order in which they come.
struct CopyEngine {
  std::deque<std::size_t> waiting;
  std::optional<std::size_t> busy;
  std::int64_t ends = 0;
};

struct ReferenceGpu {
  CopyEngine to_device;
  std::deque<std::size_t> before_compute;
  std::vector<std::size_t> computing;
  CopyEngine to_host;
  std::vector<std::size_t> asleep_for;  // jobs that wait until it is awake
  std::int64_t awake_at = 0;
  std::int64_t busy_until = 0;  // has jobs until then, as far as their ends are known
  int unended = 0;
};

class ReferenceDevice {
 public:
  ReferenceDevice(const std::vector<DeviceJob>& jobs, DeviceSharing sharing, std::int64_t wake)
      : jobs_(jobs),
        sharing_(sharing),
        wake_(wake),
        ends_(jobs.size()),
        left_(jobs.size()),
        gpus_(8) {}

  std::vector<DeviceJobEnd> run() {
    std::size_t next = 0;
    for (std::int64_t now = 0; done_ < jobs_.size(); ++now) {
      // What ends now makes room first, then what comes now joins, then what can begins.
      for (ReferenceGpu& gpu : gpus_) {
        finish(gpu, now);
      }
      for (; next < jobs_.size() && jobs_[next].handed_over == now; ++next) {
        ReferenceGpu& gpu = gpus_[jobs_[next].gpu];
        if (gpu.unended == 0 && gpu.busy_until <= now) {
          gpu.awake_at = now + wake_;
        }
        ++gpu.unended;
        gpu.asleep_for.push_back(next);
      }
      for (ReferenceGpu& gpu : gpus_) {
        if (gpu.awake_at <= now) {
          for (const std::size_t job : gpu.asleep_for) {
            (jobs_[job].to_device > 0 ? gpu.to_device.waiting : gpu.before_compute).push_back(job);
          }
          gpu.asleep_for.clear();
        }
        begin(gpu, now);
        work(gpu);
      }
    }
    return ends_;
  }

 private:
  void end(std::size_t job, std::int64_t now) {
    ends_[job].at = now + jobs_[job].host;
    ReferenceGpu& gpu = gpus_[jobs_[job].gpu];
    --gpu.unended;
    gpu.busy_until = std::max(gpu.busy_until, ends_[job].at);
    ++done_;
  }

  void finish(ReferenceGpu& gpu, std::int64_t now) {
    if (gpu.to_device.busy && gpu.to_device.ends == now) {
      gpu.before_compute.push_back(*gpu.to_device.busy);
      gpu.to_device.busy.reset();
    }
    if (gpu.to_host.busy && gpu.to_host.ends == now) {
      end(*gpu.to_host.busy, now);
      gpu.to_host.busy.reset();
    }
    std::vector<std::size_t> still;
    for (std::size_t job = 0; job < jobs_.size(); ++job) {  // by id
      for (const std::size_t computing : gpu.computing) {
        if (computing != job) {
          continue;
        }
        if (left_[job] > 0) {
          still.push_back(job);
        } else if (jobs_[job].to_host > 0) {
          gpu.to_host.waiting.push_back(job);
        } else {
          end(job, now);
        }
      }
    }
    gpu.computing = still;
  }

  void begin_copy(CopyEngine& engine, std::int64_t DeviceJob::*time, std::int64_t now) {
    if (!engine.busy && !engine.waiting.empty()) {
      const std::size_t job = engine.waiting.front();
      engine.waiting.pop_front();
      engine.busy = job;
      engine.ends = now + jobs_[job].*time;
      ends_[job].service += jobs_[job].*time;
    }
  }

  void begin(ReferenceGpu& gpu, std::int64_t now) {
    begin_copy(gpu.to_device, &DeviceJob::to_device, now);
    begin_copy(gpu.to_host, &DeviceJob::to_host, now);
    while (!gpu.before_compute.empty() &&
           (sharing_ != DeviceSharing::kSerial || gpu.computing.empty())) {
      const std::size_t job = gpu.before_compute.front();
      gpu.before_compute.pop_front();
      gpu.computing.push_back(job);
      left_[job] = jobs_[job].compute * kUnits;
    }
  }

  // One nanosecond.
  void work(ReferenceGpu& gpu) {
    for (const std::size_t job : gpu.computing) {
      left_[job] -= units_per_ns(sharing_, static_cast<std::int64_t>(gpu.computing.size()));
      ++ends_[job].service;
    }
  }

  const std::vector<DeviceJob>& jobs_;
  DeviceSharing sharing_;
  std::int64_t wake_;
  std::vector<DeviceJobEnd> ends_;
  std::vector<std::int64_t> left_;
  std::vector<ReferenceGpu> gpus_;
  std::size_t done_ = 0;
};

}  // namespace

std::vector<DeviceJobEnd> run_device(const std::vector<DeviceJob>& jobs, DeviceSharing sharing,
                                     std::int64_t wake) {
  return ReferenceDevice(jobs, sharing, wake).run();
}

}  // namespace lockstep::reference
