// A scheduler of one's own as a C++ class: derive from Scheduler, export it with LOCKSTEP_PLUGIN.
//
// Header-only, C++17, over <lockstep/plugin.h>, which holds the contract. An exception that leaves
// step() ends the run with its text; one that leaves the constructor refuses the options.
//
//   class Mine : public lockstep::plugin::Scheduler {
//    public:
//     static lockstep::plugin::Description describe();
//     explicit Mine(const lockstep::plugin::Options& options);
//     void step(const Input& input, Decisions& out) override;
//   };
//   LOCKSTEP_PLUGIN(Mine)
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <lockstep/plugin.h>

namespace lockstep::plugin {

using Input = lockstep_input;
using Piece = lockstep_piece;

struct Option {
  const char* name;
  const char* default_text;
  const char* unit = "";
  const char* help = "";
  std::uint32_t type = LOCKSTEP_INTEGER;
};

struct Description {
  const char* name;  // literals: they live as long as the library
  const char* goal;
  std::vector<Option> options;
  const char* lane_option;   // whose value is the number of lanes
  const char* batch_option;  // whose value caps the rows of one batch
  std::uint64_t promises = 0;
  std::uint64_t needs = 0;
};

// What a scheduler is built with. Valid during its constructor.
class Options {
 public:
  explicit Options(const lockstep_config& config) : config_(config) {}

  // Each throws std::out_of_range for a name that describe() does not have.
  [[nodiscard]] std::int64_t integer(const char* name) const { return value(name).number; }
  [[nodiscard]] bool flag(const char* name) const { return value(name).number != 0; }
  [[nodiscard]] std::string text(const char* name) const { return value(name).text; }
  [[nodiscard]] std::uint32_t lane_count() const { return config_.lane_count; }
  [[nodiscard]] std::uint64_t seed() const { return config_.seed; }
  // Refuses the options unless `holds`: require(size > 0, "max_batch_size must be positive").
  static void require(bool holds, const std::string& text) {
    if (!holds) {
      throw std::invalid_argument(text);
    }
  }

 private:
  [[nodiscard]] const lockstep_value& value(const char* name) const {
    for (std::uint64_t i = 0; i < config_.value_count; ++i) {
      if (std::strcmp(config_.values[i].name, name) == 0) {
        return config_.values[i];
      }
    }
    throw std::out_of_range("describe() has no option " + std::string(name));
  }

  const lockstep_config& config_;
};

struct Start {
  std::uint64_t batch;
  std::uint32_t lane;
  std::uint32_t queue;
  std::uint32_t reason = LOCKSTEP_REASON_NONE;
  std::int64_t due_ns = LOCKSTEP_UNSET;     // now
  std::int64_t opened_ns = LOCKSTEP_UNSET;  // its earliest arrival
  std::uint32_t padded_rows = 0;
  bool sealed = true;
};

// Why the requests of a batch end that its device ended with `status`.
inline std::uint32_t batch_end_reason(std::uint32_t status) {
  switch (status) {
    case LOCKSTEP_OK:
      return LOCKSTEP_REASON_ANSWERED;
    case LOCKSTEP_RESOURCE_EXHAUSTED:
      return LOCKSTEP_REASON_OUT_OF_MEMORY;
    case LOCKSTEP_UNAVAILABLE:
      return LOCKSTEP_REASON_DEVICE_LOST;
    case LOCKSTEP_DEADLINE_EXCEEDED:
      return LOCKSTEP_REASON_WATCHDOG;
    default:
      return LOCKSTEP_REASON_BATCH_FAILED;
  }
}

// Where step() writes its decisions.
class Decisions {
 public:
  explicit Decisions(const lockstep_output& output) : output_(output) {}

  void start(const Start& start, const std::vector<Piece>& pieces) {
    lockstep_start wire{};
    wire.size = sizeof(wire);
    wire.lane = start.lane;
    wire.batch = start.batch;
    wire.queue = start.queue;
    wire.sealed = start.sealed ? 1 : 0;
    wire.opened_ns = start.opened_ns;
    wire.due_ns = start.due_ns;
    wire.padded_rows = start.padded_rows;
    wire.reason = start.reason;
    wire.pieces = pieces.data();
    wire.piece_count = pieces.size();
    output_.start(output_.host, &wire);
  }
  void add(std::uint64_t batch, const std::vector<Piece>& pieces) {
    output_.add(output_.host, batch, pieces.data(), pieces.size());
  }
  void seal(std::uint64_t batch, std::uint32_t reason, std::uint32_t padded_rows = 0) {
    output_.seal(output_.host, batch, padded_rows, reason);
  }
  void finish(std::uint64_t request, std::uint32_t status, std::uint32_t reason) {
    output_.finish(output_.host, request, status, reason);
  }
  // Of LOCKSTEP_BATCH_DONE: its requests end as the device ended it.
  void finish_batch(const Input& done) {
    output_.finish_batch(output_.host, done.batch, done.status, batch_end_reason(done.status));
  }
  void finish_batch(std::uint64_t batch, std::uint32_t status, std::uint32_t reason) {
    output_.finish_batch(output_.host, batch, status, reason);
  }
  void wake(std::int64_t at_ns) { output_.wake(output_.host, at_ns); }
  void fail(const std::string& text) { output_.fail(output_.host, text.c_str()); }

 private:
  const lockstep_output& output_;
};

class Scheduler {
 public:
  Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  virtual ~Scheduler() = default;

  virtual void step(const Input& input, Decisions& out) = 0;
  [[nodiscard]] virtual lockstep_counters counters(std::uint32_t /*queue*/) const { return {}; }
};

// All rows of the request that arrived with `arrival`.
inline Piece whole(const Input& arrival) {
  return Piece{arrival.request, 0, arrival.rows};
}

// The lanes that a scheduler may start on: up, and without a batch. Tell it of every input.
class IdleLanes {
 public:
  explicit IdleLanes(std::uint32_t lane_count) {
    for (std::uint32_t lane = 0; lane < lane_count; ++lane) {
      idle_.insert(idle_.end(), lane);
    }
  }
  void note(const Input& input) {
    if (input.kind == LOCKSTEP_LANE_DOWN) {
      down_.insert(input.lane);
      idle_.erase(input.lane);
    } else if (input.kind == LOCKSTEP_LANE_UP) {
      down_.erase(input.lane);
      idle_.insert(input.lane);
    } else if (input.kind == LOCKSTEP_BATCH_DONE && down_.count(input.lane) == 0) {
      idle_.insert(input.lane);
    }
  }
  [[nodiscard]] bool empty() const { return idle_.empty(); }
  // The lowest one, for a batch that starts there. Requires: not empty.
  std::uint32_t take() {
    const std::uint32_t lane = *idle_.begin();
    idle_.erase(idle_.begin());
    return lane;
  }

 private:
  std::set<std::uint32_t> idle_;
  std::set<std::uint32_t> down_;
};

// The functions behind LOCKSTEP_PLUGIN.
template <typename Type>
class Exported {
 public:
  static const lockstep_plugin_info* info() {
    static const Exported exported;
    return &exported.info_;
  }

 private:
  Exported() : description_(Type::describe()) {
    for (const Option& option : description_.options) {
      lockstep_option wire{};
      wire.name = option.name;
      wire.default_text = option.default_text;
      wire.unit = option.unit;
      wire.help = option.help;
      wire.type = option.type;
      options_.push_back(wire);
    }
    info_.abi = LOCKSTEP_PLUGIN_ABI;
    info_.size = sizeof(info_);
    info_.name = description_.name;
    info_.goal = description_.goal;
    info_.options = options_.data();
    info_.option_count = options_.size();
    info_.lane_option = description_.lane_option;
    info_.batch_option = description_.batch_option;
    info_.promises = description_.promises;
    info_.needs = description_.needs;
    info_.create = &create;
    info_.destroy = &destroy;
    info_.step = &step;
    info_.counters = &counters;
  }

  static lockstep_scheduler* create(const lockstep_config* config, char* error,
                                    std::size_t error_size) {
    try {
      Scheduler* made = new Type(Options(*config));
      return reinterpret_cast<lockstep_scheduler*>(made);
    } catch (const std::exception& refusal) {
      if (error_size > 0) {
        std::strncpy(error, refusal.what(), error_size - 1);
        error[error_size - 1] = '\0';
      }
      return nullptr;
    }
  }
  static void destroy(lockstep_scheduler* scheduler) {
    delete reinterpret_cast<Scheduler*>(scheduler);
  }
  static void step(lockstep_scheduler* scheduler, const lockstep_input* input,
                   const lockstep_output* output) {
    Decisions out(*output);
    try {
      reinterpret_cast<Scheduler*>(scheduler)->step(*input, out);
    } catch (const std::exception& fault) {
      out.fail(fault.what());
    } catch (...) {
      out.fail("an exception of an unknown type");
    }
  }
  static void counters(const lockstep_scheduler* scheduler, std::uint32_t queue,
                       lockstep_counters* out) {
    const std::uint32_t size = out->size;
    *out = reinterpret_cast<const Scheduler*>(scheduler)->counters(queue);
    out->size = size;
  }

  Description description_;
  std::vector<lockstep_option> options_;
  lockstep_plugin_info info_{};
};

}  // namespace lockstep::plugin

#define LOCKSTEP_PLUGIN(Type)                                                    \
  extern "C" LOCKSTEP_EXPORT const lockstep_plugin_info* lockstep_plugin(void) { \
    return ::lockstep::plugin::Exported<Type>::info();                           \
  }
