// Blocks of numbered work in worker processes: what crashes or hangs in one is told, and the rest
// goes on.
//
// Blocks 0, 1, 2, ... are handed out in order. A worker says which piece of work it begins, so that
// the parent knows what it died of; another then takes its place, and that block is run again
// without that piece. A worker may ask that no later block begins: those before it are still
// completed, so what was done is always a beginning of the blocks, whatever the number of workers.
// Call while this process has one thread: a fork copies no other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"

namespace lockstep {

// What a worker has of its parent.
class WorkerChannel {
 public:
  virtual ~WorkerChannel() = default;
  // Piece `number` begins.
  virtual void begin(std::uint64_t number) = 0;
  // One line, without its end: it reaches the parent even if this process dies at once.
  virtual void send(const std::string& line) = 0;
  // No block after this one begins.
  virtual void stop_after_this_block() = 0;
};

struct PoolOptions {
  std::uint32_t jobs = 1;
  std::uint64_t blocks = 0;
  std::uint64_t cpu_limit_ms = 5000;  // of one piece
  bool stops_at_death = true;         // a death ends the handing out, as a worker may ask
  std::function<bool()> is_over{};    // true: no further block begins
  std::function<void(std::uint64_t blocks)> progress{};
};

struct WorkerDeath {
  std::uint64_t block = 0;
  std::uint64_t piece = 0;
  bool hung = false;  // else it crashed
  std::string how{};  // "signal 11", "exit code 3", "no answer within 5000 ms of CPU time"
};

struct PoolResult {
  std::uint64_t blocks = 0;  // 0 to this one were completed, but for pieces that died
  struct Line {
    std::uint64_t block = 0;
    std::string text;
  };
  std::vector<Line> lines;          // by block, and within one in the order in which they were sent
  std::vector<WorkerDeath> deaths;  // by piece
};

// `run_block(block, skipped, channel)`: in a worker; `skipped` are pieces that died before.
using RunBlock = std::function<void(std::uint64_t block, const std::vector<std::uint64_t>& skipped,
                                    WorkerChannel& channel)>;

// Errors: the operating system gives no process, pipe or memory.
[[nodiscard]] Result<PoolResult> run_pool(const RunBlock& run_block, const PoolOptions& options);

}  // namespace lockstep
