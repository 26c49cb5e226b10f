// A scheduler in C++17: what waits leaves as soon as a lane is free.
#include <deque>
#include <vector>

#include <lockstep/plugin.hpp>

namespace {

using namespace lockstep::plugin;

class Greedy final : public Scheduler {
 public:
  static Description describe() {
    Description description{};
    description.name = "greedy";
    description.goal = "what waits leaves as soon as a lane is free";
    description.options = {Option{"lanes", "1"}, Option{"rows_max", "8", "rows"}};
    description.lane_option = "lanes";
    description.batch_option = "rows_max";
    return description;
  }
  explicit Greedy(const Options& options)
      : rows_max_(options.integer("rows_max")), lanes_(options.lane_count()) {}

  void step(const Input& input, Decisions& out) override {
    lanes_.note(input);
    if (input.kind == LOCKSTEP_BATCH_DONE) {
      out.finish_batch(input);
    } else if (input.kind == LOCKSTEP_ARRIVE) {
      waiting_.push_back(whole(input));
    }
    while (!lanes_.empty() && !waiting_.empty()) {
      std::vector<Piece> batch;
      std::int64_t rows = 0;
      while (!waiting_.empty() && (rows += waiting_.front().rows) <= rows_max_) {
        batch.push_back(waiting_.front());
        waiting_.pop_front();
      }
      Start start{next_batch_++, lanes_.take(), 0};
      start.reason = LOCKSTEP_REASON_GREEDY;
      out.start(start, batch);
    }
  }

 private:
  std::int64_t rows_max_;
  IdleLanes lanes_;
  std::deque<Piece> waiting_;
  std::uint64_t next_batch_ = 0;
};

}  // namespace

LOCKSTEP_PLUGIN(Greedy)
