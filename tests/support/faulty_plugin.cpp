// A plug-in that goes wrong in a way that its option `fault` picks, at input number `at`.
#include <csignal>
#include <cstdlib>
#include <deque>
#include <stdexcept>

#include <lockstep/plugin.hpp>

namespace {

using namespace lockstep::plugin;

enum class Fault : std::int64_t {
  kNone,
  kCrash,
  kHang,
  kExit,
  kThrow,
  kUnknownLane,
  kUnknownRequest,
  kTwice,
  kPastWake,
  kNoFinishBatch,
  kTooManyRows,
  kAbort,
};

// One request after the other, on lane 0.
class Faulty final : public Scheduler {
 public:
  static Description describe() {
    return {.name = "faulty",
            .goal = "for tests",
            .options = {{"fault", "0"}, {"at", "3"}, {"lanes", "1"}, {"rows", "4"}},
            .lane_option = "lanes",
            .batch_option = "rows"};
  }
  explicit Faulty(const Options& options)
      : fault_(static_cast<Fault>(options.integer("fault"))), at_(options.integer("at")) {
    Options::require(at_ >= 0, "at must not be negative");
  }

  void step(const Input& input, Decisions& out) override {
    const bool now = static_cast<std::int64_t>(input.sequence) >= at_;
    if (now) {
      go_wrong();
    }
    if (input.kind == LOCKSTEP_ARRIVE) {
      waiting_.push_back(whole(input));
    }
    if (input.kind == LOCKSTEP_BATCH_DONE) {
      busy_ = false;
      if (!now || fault_ != Fault::kNoFinishBatch) {
        out.finish_batch(input);
      }
    }
    if (now && fault_ == Fault::kPastWake) {
      out.wake(input.now_ns);
    }
    if (!busy_ && !waiting_.empty()) {
      start(now ? fault_ : Fault::kNone, out);
    }
  }

 private:
  void go_wrong() const {
    volatile std::uint64_t turns = 0;
    switch (fault_) {
      case Fault::kCrash:
        std::raise(SIGSEGV);
        break;
      case Fault::kHang:
        while (turns < UINT64_MAX) {
          turns = turns + 1;
        }
        break;
      case Fault::kExit:
        std::_Exit(5);
      case Fault::kAbort:
        std::abort();
      case Fault::kThrow:
        throw std::runtime_error("an invariant of mine is broken");
      default:
        break;
    }
  }
  void start(Fault fault, Decisions& out) {
    Piece piece = waiting_.front();
    waiting_.pop_front();
    busy_ = true;
    if (fault == Fault::kUnknownRequest) {
      piece.request += 1000;
    }
    std::vector<Piece> pieces(fault == Fault::kTwice ? 2 : 1, piece);
    out.start({.batch = next_batch_++,
               .lane = fault == Fault::kUnknownLane ? 7u : 0u,
               .queue = 0,
               .padded_rows = fault == Fault::kTooManyRows ? 5u : 0u},
              pieces);
  }

  Fault fault_;
  std::int64_t at_;
  std::deque<Piece> waiting_;
  bool busy_ = false;
  std::uint64_t next_batch_ = 0;
};

}  // namespace

LOCKSTEP_PLUGIN(Faulty)
