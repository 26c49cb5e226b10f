// A batcher as it is usually written: a queue, a mutex, a condition variable, a thread for each
// lane.
//
// A thread waits until a batch is full or the first request has waited long enough, takes it out,
// executes it and answers. The device is instant: results are the inputs.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "gpu_backend/live_request.h"

namespace lockstep::benchmark {

class UsualBatcher {
 public:
  UsualBatcher(std::size_t batch_rows, std::chrono::microseconds timeout, std::size_t lanes)
      : batch_rows_(batch_rows), timeout_(timeout) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      workers_.emplace_back([this] { serve(); });
    }
  }
  UsualBatcher(const UsualBatcher&) = delete;
  UsualBatcher& operator=(const UsualBatcher&) = delete;
  ~UsualBatcher() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) {
      worker.join();
    }
  }

  // Requests of one row; the caller's until done().
  void submit(LiveRequest& request) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back({.request = &request, .since = std::chrono::steady_clock::now()});
    }
    changed_.notify_one();
  }

 private:
  struct Item {
    LiveRequest* request = nullptr;
    std::chrono::steady_clock::time_point since;
  };

  void serve() {
    std::vector<std::byte> buffer(batch_rows_ * sizeof(float));
    std::vector<Item> batch;
    while (true) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
        if (waiting_.empty()) {
          return;
        }
        // Another lane may have taken what there was meanwhile.
        changed_.wait_until(lock, waiting_.front().since + timeout_, [this] {
          return closed_ || waiting_.empty() || waiting_.size() >= batch_rows_;
        });
        const auto count = static_cast<std::ptrdiff_t>(std::min(batch_rows_, waiting_.size()));
        batch.assign(waiting_.begin(), waiting_.begin() + count);
        waiting_.erase(waiting_.begin(), waiting_.begin() + count);
      }
      execute(batch, buffer);
    }
  }

  static void execute(const std::vector<Item>& batch, std::vector<std::byte>& buffer) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::memcpy(buffer.data() + i * sizeof(float), batch[i].request->input.data(), sizeof(float));
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::memcpy(batch[i].request->output.data(), buffer.data() + i * sizeof(float),
                  sizeof(float));
    }
    for (const Item& item : batch) {
      item.request->done({.status = Status::kOk});
    }
  }

  std::size_t batch_rows_;
  std::chrono::microseconds timeout_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> waiting_;
  bool closed_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace lockstep::benchmark
