// How the slow model of tf-shared hands out batches (TF 2.3, 2.4, 2.5).
#include <algorithm>
#include <optional>
#include <utility>

#include "properties/reference/tf_full_model.h"

namespace lockstep::full_reference {
namespace {

// TF 2.4 pulls from the best-ranked queue; when that yields nothing, the thread got nothing,
// however many others are due (false: it asks the next best).
constexpr bool kABarrenQueueHidesTheOthers = true;

}  // namespace

void Model::dispatch_all() {
  while (const std::optional<std::uint32_t> lane = lowest_idle_lane()) {
    const Asked asked = script_.options.rank_queues ? ask_the_best(*lane) : ask_in_turn(*lane);
    if (asked == Asked::kNothing) {
      return;
    }
  }
}

// --- polling (TF 2.5) ----------------------------------------------------------------------------

// A thread that got a batch of nothing looks again; one that got nothing goes to sleep.
void Model::look(std::uint32_t lane) {
  const bool ranks = script_.options.rank_queues;
  Asked asked = Asked::kEmpty;
  while (asked == Asked::kEmpty || (ranks && asked == Asked::kMoved)) {
    asked = ranks ? ask_the_best(lane) : ask_in_turn(lane);
    changed_ = asked == Asked::kNothing ? changed_ : now_;
  }
}

// TF 2.1 step 7: "the queue keeps a flag 'a schedulable batch is known'. If the flag is false and
// there is one, set it and wake one waiting thread." Low-priority requests never do.
void Model::wake_for(std::uint32_t queue, const Task& task) {
  const TfQueueExtras& extras = queues_[queue]->options().extras;
  const bool is_low = !extras.enable_priority_aware_batch_scheduler &&
                      extras.enable_priority_queue &&
                      task.criticality <= Criticality::kSheddablePlus;
  if (is_low || known_[queue] || !queues_[queue]->has_schedulable(now_)) {
    return;
  }
  known_[queue] = true;
  if (const std::optional<std::uint32_t> lane = lowest_idle_lane()) {
    look(*lane);
  }
}

// Every idle thread whose tick this is looks, lowest first.
void Model::tick() {
  ticked_ = now_;
  for (std::uint32_t lane = 0; lane < script_.options.num_batch_threads; ++lane) {
    const bool is_its_tick = script_.polls.after(lane, now_ - SimDuration{1}) == now_;
    if (is_its_tick && is_idle(lane)) {
      look(lane);
    }
  }
}

// Once each thread has looked since anything happened, nothing comes of it before the next
// deadline.
SimTime Model::next_tick() const {
  const SimTime deadline = next_deadline();
  const bool all_looked = now_ > changed_ + script_.polls.interval;
  if (all_looked && deadline == kForever) {
    return kForever;
  }
  SimTime from = std::max(ticked_, now_ - SimDuration{1});
  if (all_looked) {
    from = std::max(from, deadline - SimDuration{1});
  }
  SimTime next = kForever;
  for (std::uint32_t lane = 0; lane < script_.options.num_batch_threads; ++lane) {
    next = is_idle(lane) ? std::min(next, script_.polls.after(lane, from)) : next;
  }
  return next;
}

// --- looks ---------------------------------------------------------------------------------------

Pulled Model::pull(std::uint32_t queue) {
  std::vector<Ended> ends;
  Pulled pulled = queues_[queue]->pull(now_, ends);
  for (const Ended& ended : ends) {
    end(ended);
  }
  return pulled;
}

// TF 2.4: one turn from the cursor at most; the first queue that yields a batch ends it, an empty
// one that cost somebody his place included.
Asked Model::ask_in_turn(std::uint32_t lane) {
  const std::size_t turn = list_.size();
  bool moved = false;
  for (std::size_t asked = 0; asked < turn; ++asked) {
    const std::uint32_t queue = list_.at(cursor_);
    const Pulled pulled = pull(queue);
    const bool yielded = pulled.formed || (pulled.formed_empty && pulled.moved_anything);
    moved = moved || pulled.moved_anything;
    const bool is_empty = queues_[queue]->enqueued_tasks() == 0 && !is_running(queue);
    if (queues_[queue]->is_closed() && is_empty && !yielded) {
      marks_.hit(Mark::kQueueDeleted);
      list_.erase(list_.begin() + static_cast<std::ptrdiff_t>(cursor_));
    } else {
      ++cursor_;
    }
    if (cursor_ == list_.size()) {
      cursor_ = 0;
    }
    if (pulled.formed) {
      marks_.hit_if(asked > 0, Mark::kEarlierQueuePassedOver);
      start(queue, lane, *pulled.formed);
      return Asked::kFormed;
    }
    if (yielded) {
      return Asked::kEmpty;
    }
    known_[queue] = false;
  }
  return moved ? Asked::kMoved : Asked::kNothing;
}

// TF 2.4, rank_queues. The cursor ends where it began, at the first queue.
std::optional<std::uint32_t> Model::best_queue(const std::vector<std::uint32_t>& barren) {
  std::optional<std::uint32_t> best;
  std::optional<RankKey> best_key;
  for (const std::uint32_t queue : list_) {
    const std::optional<RankKey> key = queues_[queue]->rank_key(now_);
    marks_.hit_if(key && best_key && *key == *best_key, Mark::kRankTie);
    if (!key || (best_key && *best_key <= *key) ||
        std::count(barren.begin(), barren.end(), queue) > 0) {
      continue;
    }
    marks_.hit_if(best_key && key->rank == best_key->rank, Mark::kRankEarlierStart);
    marks_.hit_if(best.has_value() && is_aware(*best) != is_aware(queue), Mark::kRankAgainstAware);
    best = queue;
    best_key = key;
  }
  marks_.hit_if(best_key && best_key->rank == 2, Mark::kRankLowClass);
  return best;
}

Asked Model::ask_the_best(std::uint32_t lane) {
  std::vector<std::uint32_t> barren;  // asked in vain
  while (const std::optional<std::uint32_t> best = best_queue(barren)) {
    const Pulled pulled = pull(*best);
    if (pulled.formed) {
      start(*best, lane, *pulled.formed);
      return Asked::kFormed;
    }
    if (pulled.formed_empty && pulled.moved_anything) {
      return Asked::kEmpty;
    }
    known_[*best] = false;
    if (pulled.moved_anything) {
      return Asked::kMoved;
    }
    barren.push_back(*best);
    marks_.hit_if(best_queue(barren).has_value(), Mark::kRankBestYieldsNothing);
    if (kABarrenQueueHidesTheOthers) {
      return Asked::kNothing;
    }
  }
  return Asked::kNothing;
}

// Rows of a request leave in order, whichever piece stands for them.
Member Model::leave(const Task& task, bool padding) {
  RequestState& request = requests_[task.request];
  const auto rows = static_cast<std::uint32_t>(task.rows);
  const Member member{task.request, request.rows_left_queue, rows, padding};
  request.rows_left_queue += rows;
  return member;
}

void Model::start(std::uint32_t queue, std::uint32_t lane, const Formed& formed) {
  Dispatch dispatch;
  dispatch.at = now_;
  dispatch.queue = queue;
  dispatch.lane = lane;
  dispatch.opened = formed.opened;
  dispatch.padded_rows = formed.padded_rows;
  for (const Task& task : formed.batch) {
    dispatch.members.push_back(leave(task, false));
  }
  for (const Task& task : formed.padding) {
    dispatch.members.push_back(leave(task, true));
  }
  marks_.hit_if(dispatch.lane == 3, Mark::kHighestLane);
  log_.lines.emplace_back(dispatch);
  const std::size_t ordinal = batch_count_++;
  running_.push_back({script_.execution(ordinal).finish(now_), ordinal, std::move(dispatch)});
}

}  // namespace lockstep::full_reference
