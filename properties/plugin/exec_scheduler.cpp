#include "properties/plugin/exec_scheduler.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "core/digest.h"
#include "properties/plugin/exec_messages.h"
#include "properties/plugin/exec_process.h"
#include "properties/plugin/file_digest.h"

namespace lockstep {
namespace {

constexpr std::size_t kShownBytes = 200;

// Programs that are started, were asked what they are, and are free for the next run.
class ExecPool {
 public:
  ExecPool(std::string command, ExecProcess::Options options)
      : command_(std::move(command)), options_(std::move(options)) {}

  [[nodiscard]] Result<std::unique_ptr<ExecProcess>> take() {
    if (free_.empty()) {
      return start();
    }
    std::unique_ptr<ExecProcess> process = std::move(free_.back());
    free_.pop_back();
    return process;
  }
  // What the one said that was started last.
  [[nodiscard]] const std::string& description() const { return description_; }
  void give_back(std::unique_ptr<ExecProcess> process) {
    if (process->healthy()) {
      free_.push_back(std::move(process));
    }
  }

 private:
  Result<std::unique_ptr<ExecProcess>> start() {
    Result<std::unique_ptr<ExecProcess>> process = ExecProcess::start(command_, options_);
    if (!process) {
      return process;
    }
    Result<std::string> answer = (*process)->ask(describe_message());
    if (!answer) {
      return bad_input(answer.error().message + ", expected an answer to " + describe_message());
    }
    description_ = std::move(*answer);
    return process;
  }

  std::string command_;
  ExecProcess::Options options_;
  std::string description_;
  std::vector<std::unique_ptr<ExecProcess>> free_;
};

std::string shown(const std::string& answer) {
  return answer.size() <= kShownBytes ? answer : answer.substr(0, kShownBytes) + "...";
}

class ExecPeer final : public ForeignPeer {
 public:
  ExecPeer(std::shared_ptr<ExecPool> pool, std::unique_ptr<ExecProcess> process)
      : pool_(std::move(pool)), process_(std::move(process)) {}
  ExecPeer(const ExecPeer&) = delete;
  ExecPeer& operator=(const ExecPeer&) = delete;
  ~ExecPeer() override { pool_->give_back(std::move(process_)); }

  void step(const lockstep_input& input, DecisionGuard& guard) override {
    const Result<std::string> answer = process_->ask(input_message(input));
    if (!answer) {
      guard.fail(answer.error().message, process_->fault_kind());
      return;
    }
    if (Result<void> read = read_decisions(*answer, guard); !read) {
      guard.fail("answer " + read.error().message + ": " + shown(*answer));
    }
  }

 private:
  std::shared_ptr<ExecPool> pool_;
  std::unique_ptr<ExecProcess> process_;
};

Result<std::unique_ptr<ForeignPeer>> make_peer(const std::shared_ptr<ExecPool>& pool,
                                               const std::vector<ForeignOption>& options,
                                               const ForeignConfig& config) {
  Result<std::unique_ptr<ExecProcess>> process = pool->take();
  if (!process) {
    return tl::unexpected(process.error());
  }
  const Result<std::string> answer = (*process)->ask(reset_message(options, config));
  if (!answer) {
    return bad_input("reset: " + answer.error().message);
  }
  auto peer = std::make_unique<ExecPeer>(pool, std::move(*process));
  if (Result<void> ready = read_ready(*answer); !ready) {
    return tl::unexpected(ready.error());
  }
  return peer;
}

std::uint64_t build_digest(const std::string& command) {
  ByteDigest digest;
  digest.add(command);
  std::size_t begin = 0;
  while (begin < command.size()) {
    const std::size_t end = std::min(command.find(' ', begin), command.size());
    const std::string word = command.substr(begin, end - begin);
    std::error_code ignored;
    if (std::filesystem::is_regular_file(word, ignored)) {
      if (const Result<std::uint64_t> of_file = file_digest(word); of_file) {
        digest.add(digest_text(*of_file));
      }
    }
    begin = end + 1;
  }
  return digest.value();
}

}  // namespace

Result<std::shared_ptr<const ForeignScheduler>> load_exec(const std::string& command,
                                                          const ExecOptions& options) {
  const auto pool = std::make_shared<ExecPool>(
      command, ExecProcess::Options{.limits = options.limits, .interrupted = options.interrupted});
  const std::string where = "--exec '" + command + "'";
  Result<std::unique_ptr<ExecProcess>> process = pool->take();
  if (!process) {
    return bad_input(where + ": " + process.error().message);
  }
  Result<ForeignDescription> description = read_description(pool->description());
  if (!description) {
    return bad_input(where + ": answer " + description.error().message + ": " +
                     shown(pool->description()));
  }
  pool->give_back(std::move(*process));
  const std::vector<ForeignOption> kept = description->options;
  return ForeignScheduler::create(
      {.where = where,
       .rules_version = "exec " + digest_text(build_digest(command)),
       .progress = nullptr},
      std::move(*description),
      [pool, kept](const ForeignConfig& config) { return make_peer(pool, kept, config); });
}

}  // namespace lockstep
