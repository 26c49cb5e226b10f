// Whatever a scheduler says, what the guard lets through the server takes: random schedulers, most
// of whose decisions are right and some of which have one number wrong.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/prng.h"
#include "core/server.h"
#include "properties/plugin/foreign_scheduler.h"
#include "properties/plugin/scheduler_fault.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kLanes = 2;

// What the campaign reached: without these numbers it could be about nothing.
struct Reached {
  std::uint64_t faults = 0;
  std::uint64_t whole_cases = 0;
  std::array<std::uint64_t, kDecisionKindCount> decisions{};
  std::uint64_t splits = 0;
};

class RandomPeer final : public ForeignPeer {
 public:
  RandomPeer(Prng& draws, Reached& reached) : draws_(draws), reached_(reached) {}

  void step(const lockstep_input& input, DecisionGuard& guard) override {
    guard_ = &guard;
    now_ = input.now_ns;
    if (input.kind == LOCKSTEP_ARRIVE) {
      waiting_.push_back({input.request, input.queue, input.rows, 0});
      last_ = input.request;
    } else if (input.kind == LOCKSTEP_BATCH_DONE) {
      Lane& lane = lanes_.at(input.lane);
      lane.batch.reset();
      if (!wrong()) {
        note(DecisionKind::kFinishBatch);
        guard.finish_batch(off(input.batch), input.status, off(LOCKSTEP_REASON_ANSWERED));
      }
    } else if (input.kind == LOCKSTEP_LANE_DOWN || input.kind == LOCKSTEP_LANE_UP) {
      Lane& lane = lanes_.at(input.lane);
      lane.down = input.kind == LOCKSTEP_LANE_DOWN;
      if (lane.down && lane.batch && !lane.sealed && !wrong()) {
        seal(lane);
      }
    }
    for (std::uint64_t more = draws_.below(3); more > 0; --more) {
      decide();
    }
  }

 private:
  struct Waiting {
    std::uint64_t request;
    std::uint32_t queue;
    std::uint32_t rows;
    std::uint32_t started;
  };
  struct Lane {
    std::optional<std::uint64_t> batch;
    bool sealed = false;
    bool down = false;
  };

  bool wrong() { return draws_.below(40) == 0; }
  // Now and then another number near by.
  template <typename Number>
  Number off(Number number) {
    return wrong() ? static_cast<Number>(number + static_cast<Number>(draws_.below(5)) - 2)
                   : number;
  }
  void note(DecisionKind kind) { ++reached_.decisions.at(static_cast<std::size_t>(kind)); }

  void decide() {
    Lane& lane = lanes_.at(draws_.below(kLanes));
    switch (draws_.below(4)) {
      case 0:
        note(DecisionKind::kWake);
        guard_->wake(wrong() ? now_ : now_ + 1 + static_cast<std::int64_t>(draws_.below(9)));
        return;
      case 1:
        if (last_ > 0 && draws_.below(8) == 0) {  // also one that runs, or was answered right now
          guard_->finish(last_ - draws_.below(2), LOCKSTEP_INTERNAL, LOCKSTEP_REASON_BATCH_FAILED);
        } else if (!waiting_.empty()) {
          const std::size_t index = draws_.below(waiting_.size());
          note(DecisionKind::kFinish);
          guard_->finish(off(waiting_[index].request), LOCKSTEP_UNAVAILABLE, off(7u));
          waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
        }
        return;
      default:
        break;
    }
    const std::vector<lockstep_piece> pieces = next_pieces();
    if (lane.batch && !lane.sealed && !pieces.empty() && draws_.below(2) == 0) {
      note(DecisionKind::kAdd);
      guard_->add(off(*lane.batch), pieces);
    } else if (lane.batch && !lane.sealed) {
      seal(lane);
    } else if (((!lane.batch && !lane.down) || wrong()) && (!pieces.empty() || wrong())) {
      start(lane, pieces);
    }
  }

  void seal(Lane& lane) {
    note(DecisionKind::kSeal);
    guard_->seal(off(*lane.batch), off(2u), LOCKSTEP_REASON_FULL);
    lane.sealed = true;
  }

  void start(Lane& lane, const std::vector<lockstep_piece>& pieces) {
    note(DecisionKind::kStart);
    lane.sealed = draws_.below(2) == 0;
    lane.batch = next_batch_;
    lockstep_start start{};
    start.size = sizeof(start);
    start.batch = off(next_batch_++);
    start.lane = off(static_cast<std::uint32_t>(&lane - lanes_.data()));
    start.queue = off(queue_);
    start.sealed = lane.sealed ? 1 : 0;
    start.opened_ns = wrong() ? now_ + 1 : LOCKSTEP_UNSET;
    start.due_ns = wrong() ? now_ - 1 : LOCKSTEP_UNSET;
    start.padded_rows = off(0u);
    start.reason = LOCKSTEP_REASON_GREEDY;
    start.pieces = pieces.data();
    start.piece_count = pieces.size();
    guard_->start(start);
  }

  // Rows of the oldest request, and perhaps the next one's; sometimes of another queue.
  std::vector<lockstep_piece> next_pieces() {
    std::vector<lockstep_piece> pieces;
    queue_ = waiting_.empty() ? 0 : waiting_.front().queue;
    while (!waiting_.empty() && pieces.size() < 2 &&
           (waiting_.front().queue == queue_ || wrong())) {
      Waiting& oldest = waiting_.front();
      const auto rows = static_cast<std::uint32_t>(1 + draws_.below(oldest.rows - oldest.started));
      pieces.push_back({off(oldest.request), off(oldest.started), off(rows)});
      oldest.started += rows;
      if (oldest.started < oldest.rows) {
        ++reached_.splits;
        break;
      }
      waiting_.erase(waiting_.begin());
    }
    return pieces;
  }

  Prng& draws_;
  Reached& reached_;
  DecisionGuard* guard_ = nullptr;
  std::int64_t now_ = 0;
  std::uint32_t queue_ = 0;
  std::uint64_t last_ = 0;  // arrival
  std::uint64_t next_batch_ = 0;
  std::vector<Waiting> waiting_;
  std::array<Lane, kLanes> lanes_;
};

// One thing that a driver may do now.
void drive(Server& server, Prng& draws, SimTime now) {
  const LaneId lane{static_cast<std::uint32_t>(draws.below(kLanes))};
  const bool up = server.down_status(lane) == Status::kOk;
  const std::optional<BatchRecord> batch = server.running_on(lane);
  const bool executing = batch && batch->dispatched != kForever;
  switch (draws.below(8)) {
    case 0:
      if (executing) {
        server.batch_done({.now = now, .lane = lane});
      } else if (up) {
        server.lane_down(now, lane, Status::kUnavailable);
      } else if (!batch && server.down_status(lane) == Status::kUnavailable) {
        server.lane_up(now, lane);
      }
      return;
    case 1:
      if (server.wake_at() <= now) {
        server.timer(now);
      }
      return;
    case 2:
      if (draws.below(4) == 0) {
        server.lane_down(now, lane,
                         draws.below(3) == 0 ? Status::kInternal
                         : up                ? Status::kUnavailable
                                             : server.down_status(lane));
      }
      return;
    case 3:
    case 4:
      if (executing) {
        server.batch_done(
            {.now = now, .lane = lane, .status = static_cast<Status>(draws.below(8))});
      }
      return;
    case 5: {
      std::optional<RequestId> oldest;
      server.requests().for_each_live([&](const Request& request) {
        oldest = !oldest || request.id < *oldest ? request.id : *oldest;
      });
      if (oldest) {
        server.cancel(now, *oldest);
      }
      return;
    }
    default:
      server.arrive({.time = now,
                     .queue = QueueId{static_cast<std::uint32_t>(draws.below(2))},
                     .size = static_cast<std::uint32_t>(draws.below(4))});  // 0: refused unheard
  }
}

void run_case(std::uint64_t seed, Reached& reached) {
  Prng draws(seed, "guard");
  const auto loaded =
      ForeignScheduler::create(
          {.where = "the test", .rules_version = "random", .progress = nullptr},
          {.name = "random",
           .goal = "",
           .options = {{.name = "lanes", .unit = "", .default_text = "2", .help = ""},
                       {.name = "rows", .unit = "", .default_text = "6", .help = ""}},
           .lane_option = "lanes",
           .batch_option = "rows",
           .promises = {},
           .needs = {}},
          [&](const ForeignConfig&) -> Result<std::unique_ptr<ForeignPeer>> {
            return std::make_unique<RandomPeer>(draws, reached);
          })
          .value();
  const OptionValues values = complete_options(loaded->info(), {}, 1).value();
  Server server(loaded->info().make({.values = values}).value(), {.lane_count = kLanes}, nullptr);
  SimTime now = at_ns(1);
  try {
    for (int i = 0; i < 60; ++i) {
      now += SimDuration{static_cast<std::int64_t>(draws.below(4))};
      drive(server, draws, now);
    }
    ++reached.whole_cases;
  } catch (const SchedulerFault&) {
    ++reached.faults;
  } catch (const CheckFailed& failed) {
    ADD_FAILURE() << "seed " << seed
                  << ": the guard let through what the server refuses: " << failed.what();
  }
}

TEST(DecisionGuardCampaign, TheServerTakesWhatTheGuardLetsThrough) {
  const CheckHandler before = set_check_handler(&throwing_check_handler);
  Reached reached;
  for (std::uint64_t seed = 1; seed <= 12'000 && !::testing::Test::HasFailure(); ++seed) {
    run_case(seed, reached);
  }
  set_check_handler(before);
  EXPECT_GT(reached.faults, 1'000u);
  EXPECT_GT(reached.whole_cases, 200u);
  EXPECT_GT(reached.splits, 1'000u);
  for (const std::uint64_t count : reached.decisions) {
    EXPECT_GT(count, 1'000u);
  }
}

}  // namespace
}  // namespace lockstep
