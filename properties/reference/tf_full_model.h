// The slow model of tf-shared at work: its state, and what changes it. Internal to the model.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "properties/reference/tf_full_marks.h"
#include "properties/reference/tf_full_queue.h"
#include "properties/reference/tf_full_script.h"

namespace lockstep::full_reference {

struct RequestState {
  std::uint32_t rows = 0;
  std::uint32_t rows_left_queue = 0;
  std::uint32_t rows_done = 0;
  Status first_error = Status::kOk;
  bool ended = false;
};

struct Running {
  SimTime finishes{};
  std::size_t ordinal = 0;
  Dispatch dispatch;
};

// What a look of a thread came to.
enum class Asked : std::uint8_t {
  kNothing,
  kMoved,   // nothing to run, but tasks went somewhere
  kEmpty,   // a batch of nothing, that cost somebody his place: its thread is done with it at once
  kFormed,  // a batch runs
};

class Model {
 public:
  Model(const Script& script, Marks& marks) : script_(script), marks_(marks) {
    for (const TfQueueOptions& options : script.options.queues) {
      add_queue(options);
    }
  }

  Log run();

 private:
  void add_queue(const TfQueueOptions& options);
  [[nodiscard]] bool is_aware(std::uint32_t queue) const {
    return queues_[queue]->options().extras.enable_priority_aware_batch_scheduler;
  }
  [[nodiscard]] bool is_running(std::uint32_t queue) const;
  [[nodiscard]] bool is_idle(std::uint32_t lane) const;
  [[nodiscard]] std::optional<std::uint32_t> lowest_idle_lane() const;
  [[nodiscard]] SimTime next_deadline() const;
  [[nodiscard]] std::vector<Running>::iterator first_to_finish();
  void complete(const Running& running);
  void outside(const OutsideEvent& event);
  void arrive(const OutsideEvent& event);
  void dispatch_all();
  Asked ask_in_turn(std::uint32_t lane);
  std::optional<std::uint32_t> best_queue(const std::vector<std::uint32_t>& barren);
  Asked ask_the_best(std::uint32_t lane);
  Pulled pull(std::uint32_t queue);
  void start(std::uint32_t queue, std::uint32_t lane, const Formed& formed);
  void end(const Ended& ended);
  [[nodiscard]] Member leave(const Task& task, bool padding);
  void note_arrival();
  // With polling.
  void look(std::uint32_t lane);
  void wake_for(std::uint32_t queue, const Task& task);
  void tick();
  [[nodiscard]] SimTime next_tick() const;

  const Script& script_;
  Marks& marks_;
  SimTime now_{};
  std::vector<std::unique_ptr<Queue>> queues_;   // by number
  std::vector<std::uint32_t> list_;              // those not deleted, in the order added
  std::size_t cursor_ = 0;                       // into list_
  std::vector<bool> known_;                      // by queue: TF 2.1 step 7
  SimTime ticked_ = SimTime{} - SimDuration{1};  // ticks up to here are through
  SimTime changed_{};                            // something last happened then
  std::vector<Running> running_;
  std::size_t batch_count_ = 0;
  std::vector<RequestState> requests_;
  SimTime last_completion_ = kForever;
  Log log_;
};

}  // namespace lockstep::full_reference
