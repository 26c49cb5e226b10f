#include "properties/verify/worker_pool.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/check.h"
#include "properties/plugin/child_process.h"
#include "properties/plugin/process_watch.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();

// In memory that all processes share. Lock-free words: readable whatever happened to a writer.
struct WorkerSlot {
  std::atomic<std::uint64_t> block = kNone;
  std::atomic<std::uint64_t> piece = kNone;
  std::atomic<std::uint64_t> begun = 0;  // pieces so far: a watcher sees it move
};
struct PoolMemory {
  std::atomic<std::uint64_t> next_block = 0;
  std::atomic<std::uint64_t> end_block = 0;  // no block from here on begins
  std::array<WorkerSlot, 256> slots{};
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

void lower(std::atomic<std::uint64_t>& value, std::uint64_t to) {
  std::uint64_t now = value.load();
  while (to < now && !value.compare_exchange_weak(now, to)) {
  }
}

// --- in a worker ---------------------------------------------------------------------------------

class PipeChannel final : public WorkerChannel {
 public:
  PipeChannel(PoolMemory& shared, WorkerSlot& slot, int out)
      : shared_(shared), slot_(slot), out_(out) {}

  void begin(std::uint64_t number) override {
    slot_.piece.store(number);
    slot_.begun.fetch_add(1);
  }
  void send(const std::string& line) override {
    if (!write_all(out_, std::to_string(slot_.block.load()) + " " + line + "\n")) {
      ::_exit(0);
    }
  }
  void stop_after_this_block() override { lower(shared_.end_block, slot_.block.load() + 1); }

 private:
  PoolMemory& shared_;
  WorkerSlot& slot_;
  int out_;
};

// A block that another worker died in, or none.
struct Unfinished {
  std::uint64_t block = kNone;
  std::vector<std::uint64_t> skipped{};
};

[[noreturn]] void work(const RunBlock& run_block, PoolMemory& shared, WorkerSlot& slot, int out,
                       const Unfinished& unfinished) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  PipeChannel channel(shared, slot, out);
  if (unfinished.block != kNone) {
    slot.block.store(unfinished.block);
    run_block(unfinished.block, unfinished.skipped, channel);
  }
  while (true) {
    const std::uint64_t block = shared.next_block.fetch_add(1);
    if (block >= shared.end_block.load()) {
      break;
    }
    slot.block.store(block);
    run_block(block, {}, channel);
  }
  std::fflush(stdout);
  ::_exit(0);
}

// --- in the parent -------------------------------------------------------------------------------

struct Worker {
  pid_t pid = 0;
  int in = -1;
  std::string text;  // read, not yet taken
  std::uint64_t begun = 0;
  std::optional<HangWatch> watchdog{};
  Unfinished unfinished;
};

class Pool {
 public:
  Pool(const RunBlock& run_block, const PoolOptions& options, PoolMemory& shared)
      : run_block_(run_block), options_(options), shared_(shared) {
    shared_.end_block.store(options.blocks);
    workers_.resize(std::clamp<std::size_t>(options.jobs, 1, shared_.slots.size()));
  }

  Result<PoolResult> run() {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (Result<void> started = start(i, {}); !started) {
        return tl::unexpected(started.error());
      }
    }
    while (
        std::any_of(workers_.begin(), workers_.end(), [](const Worker& w) { return w.in >= 0; })) {
      if (Result<void> looked = look(); !looked) {
        return tl::unexpected(looked.error());
      }
    }
    return finished();
  }

 private:
  Result<void> start(std::size_t index, Unfinished unfinished) {
    Worker& worker = workers_[index];
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      return cannot_do("make a pipe to a worker process");
    }
    std::fflush(stdout);
    std::fflush(stderr);
    worker.unfinished = std::move(unfinished);
    const pid_t pid = ::fork();
    if (pid < 0) {
      ::close(ends[0]);
      ::close(ends[1]);
      return cannot_do("make a worker process");
    }
    if (pid == 0) {
      ::close(ends[0]);
      work(run_block_, shared_, shared_.slots[index], ends[1], worker.unfinished);
    }
    ::close(ends[1]);
    worker.pid = pid;
    worker.in = ends[0];
    worker.text.clear();
    const auto limit = static_cast<std::int64_t>(options_.cpu_limit_ms);
    worker.watchdog.emplace(pid, HangWatch::Limits{.cpu = std::chrono::milliseconds(limit),
                                                   .wall = std::chrono::milliseconds(60 * limit)});
    return {};
  }

  // One slice of waiting.
  Result<void> look() {
    std::vector<pollfd> wanted;
    std::vector<std::size_t> whose;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      if (workers_[i].in >= 0) {
        wanted.push_back({.fd = workers_[i].in, .events = POLLIN, .revents = 0});
        whose.push_back(i);
      }
    }
    ::poll(wanted.data(), wanted.size(), static_cast<int>(kWatchSlice.count()));
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i].revents != 0) {
        if (Result<void> read = read_from(whose[i]); !read) {
          return read;
        }
      }
    }
    if (options_.is_over && options_.is_over()) {
      lower(shared_.end_block, shared_.next_block.load());
    }
    if (options_.progress) {
      options_.progress(std::min(shared_.next_block.load(), shared_.end_block.load()));
    }
    return watch();
  }

  Result<void> read_from(std::size_t index) {
    Worker& worker = workers_[index];
    std::array<char, 65'536> buffer{};
    const ssize_t count = ::read(worker.in, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      return {};
    }
    if (count <= 0) {
      return ended(index, /*hung=*/false);
    }
    worker.text.append(buffer.data(), static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end = worker.text.find('\n'); end != std::string::npos;
         end = worker.text.find('\n', begin)) {
      take(worker.text.substr(begin, end - begin));
      begin = end + 1;
    }
    worker.text.erase(0, begin);
    return {};
  }

  void take(const std::string& line) {
    const std::size_t space = line.find(' ');
    std::uint64_t block = 0;
    for (const char digit : line.substr(0, space)) {
      block = block * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    lines_.push_back({block, line.substr(space + 1)});
  }

  Result<void> watch() {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      Worker& worker = workers_[i];
      if (worker.in < 0) {
        continue;
      }
      if (const std::uint64_t begun = shared_.slots[i].begun.load(); begun != worker.begun) {
        worker.begun = begun;
        worker.watchdog->note();
      } else if (worker.watchdog->slice_passed()) {
        if (Result<void> replaced = ended(i, /*hung=*/true); !replaced) {
          return replaced;
        }
      }
    }
    return {};
  }

  // The worker is no more, or must be ended.
  Result<void> ended(std::size_t index, bool hung) {
    Worker& worker = workers_[index];
    ::close(std::exchange(worker.in, -1));
    const int status = reap(worker.pid, hung);
    if (!hung && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
      return {};
    }
    WorkerSlot& slot = shared_.slots[index];
    WorkerDeath death{.block = slot.block.load(), .piece = slot.piece.load(), .hung = hung};
    death.how = hung ? no_answer_within(options_.cpu_limit_ms) : how_it_ended(status);
    deaths_.push_back(death);
    if (options_.stops_at_death) {
      lower(shared_.end_block, death.block + 1);
    }
    Unfinished rest = death.block == worker.unfinished.block ? worker.unfinished
                                                             : Unfinished{.block = death.block};
    rest.skipped.push_back(death.piece);
    // What it had sent of this block is sent again.
    std::erase_if(lines_, [&](const PoolResult::Line& line) { return line.block == death.block; });
    return start(index, std::move(rest));
  }

  [[nodiscard]] PoolResult finished() {
    PoolResult result;
    result.blocks = std::min(shared_.end_block.load(), options_.blocks);
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const auto& a, const auto& b) { return a.block < b.block; });
    for (PoolResult::Line& line : lines_) {
      if (line.block < result.blocks) {
        result.lines.push_back(std::move(line));
      }
    }
    for (WorkerDeath& death : deaths_) {
      if (death.block < result.blocks) {
        result.deaths.push_back(std::move(death));
      }
    }
    std::sort(result.deaths.begin(), result.deaths.end(),
              [](const auto& a, const auto& b) { return a.piece < b.piece; });
    return result;
  }

  const RunBlock& run_block_;
  const PoolOptions& options_;
  PoolMemory& shared_;
  std::vector<Worker> workers_;
  std::vector<PoolResult::Line> lines_;
  std::vector<WorkerDeath> deaths_;
};

}  // namespace

Result<PoolResult> run_pool(const RunBlock& run_block, const PoolOptions& options) {
  const SharedMemory<PoolMemory> memory;
  if (memory.get() == nullptr) {
    return cannot_do("share memory with worker processes");
  }
  return Pool(run_block, options, *memory.get()).run();
}

}  // namespace lockstep
