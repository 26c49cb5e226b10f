// Example: a batcher as in-house schedulers write it, with a thread, a mutex and a condition
// variable, and with two planted bugs.
//
// A batch leaves when it has max_batch_size requests, or `timeout` after its first one. The only
// thing that this file knows of Lockstep are the names of the types: without LOCKSTEP_CONTROLLED
// they are std's own.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <lockstep/sync/atomic.h>
#include <lockstep/sync/clock.h>
#include <lockstep/sync/condition_variable.h>
#include <lockstep/sync/mutex.h>
#include <lockstep/sync/thread.h>

namespace lockstep::examples {

struct BatcherOptions {
  std::size_t max_batch_size = 4;
  std::chrono::microseconds timeout{100};
  bool plant_lost_notify = false;    // the flag that stops the worker is set outside of the lock
  bool plant_double_answer = false;  // a batch leaves the queue in a second critical section
};

class Batcher {
 public:
  struct Request {
    int input = 0;
    std::function<void(bool is_ok, int output)> answer;
  };
  using Execute = std::function<std::vector<int>(const std::vector<Request>& batch)>;

  Batcher(const BatcherOptions& options, Execute execute)
      : options_(options), execute_(std::move(execute)), worker_([this] { run(); }) {}
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;
  ~Batcher() { stop(); }

  // From any thread. False: it is stopping, and `request` will not be answered.
  bool submit(Request request) {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return false;
    }
    if (waiting_.empty()) {
      opened_ = sync::steady_clock::now();
    }
    waiting_.push_back(std::move(request));
    changed_.notify_one();
    return true;
  }

  // From the thread that owns it. What waits is answered with is_ok = false, what is being executed
  // is awaited.
  void stop() {
    if (!worker_.joinable()) {
      return;
    }
    std::vector<Request> left;
    if (options_.plant_lost_notify) {
      stopping_ = true;  // the worker may have looked at it and not wait yet
      changed_.notify_one();
      const std::lock_guard lock(mutex_);
      left.swap(waiting_);
    } else {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      left.swap(waiting_);
      changed_.notify_one();
    }
    for (const Request& request : left) {
      request.answer(false, 0);
    }
    worker_.join();
  }

 private:
  using Lock = std::unique_lock<sync::mutex>;

  void run() {
    Lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) {
        return;
      }
      changed_.wait_until(lock, opened_ + options_.timeout, [this] {
        return stopping_ || waiting_.size() >= options_.max_batch_size;
      });
      const std::vector<Request> batch = take(lock);
      lock.unlock();
      const std::vector<int> outputs = execute_(batch);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        batch[i].answer(true, outputs[i]);
      }
      lock.lock();
    }
  }

  std::vector<Request> take(Lock& lock) {
    const auto count = [this] {
      return static_cast<std::ptrdiff_t>(std::min(waiting_.size(), options_.max_batch_size));
    };
    std::vector<Request> batch(waiting_.begin(), waiting_.begin() + count());
    if (options_.plant_double_answer) {
      lock.unlock();  // "so that clients need not wait while the inputs are copied"
      lock.lock();
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + count());
    opened_ = sync::steady_clock::now();
    return batch;
  }

  BatcherOptions options_;
  Execute execute_;
  sync::mutex mutex_;
  sync::condition_variable changed_;
  std::vector<Request> waiting_;             // guarded by mutex_
  sync::steady_clock::time_point opened_{};  // guarded by mutex_: when the first of waiting_ came
  sync::atomic<bool> stopping_{false};
  sync::thread worker_;  // last: it uses all of them
};

}  // namespace lockstep::examples
