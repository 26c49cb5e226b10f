#include "properties/generate/traffic.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace lockstep {
namespace {

enum class GapKind : std::uint8_t {
  kNone,      // at the same instant
  kOne,       // one ns later
  kMark,      // a span after an earlier arrival, or one ns before or after that
  kTwoMarks,  // two spans after it
  kUniform,   // up to twice a typical span
  kSmall,     // far less than one
  kGrid,      // a multiple of a span, or one ns before or after that
  kStall,     // long enough for everything to drain
};
constexpr std::size_t kGapKindCount = 8;

// By style; in sixteenths of ... whatever they add up to.
constexpr std::array<std::array<std::uint8_t, kGapKindCount>, kTrafficStyleCount> kWeights = {{
    {5, 1, 12, 4, 2, 2, 3, 1},  // kBoundary
    {4, 0, 1, 1, 2, 16, 0, 0},  // kSaturate
    {20, 1, 2, 1, 0, 1, 1, 2},  // kBursts
    {1, 0, 2, 2, 10, 0, 1, 3},  // kSparse
    {4, 1, 4, 2, 4, 4, 2, 1},   // kMixed
}};

enum class RowStyle : std::uint8_t { kOnes, kFew, kAroundMarks, kUpToMark, kAny };
enum class QueueStyle : std::uint8_t { kUniform, kMostlyFirst, kInTurn };

class TrafficDraw {
 public:
  TrafficDraw(Draws& draws, const CaseShape& shape, const TrafficRules& rules)
      : draws_(draws), shape_(shape), rules_(rules) {}

  std::vector<CaseEvent> draw() {
    plan();
    start();
    for (std::int64_t arrivals = request_count(); arrivals > 0;) {
      add(CaseEvent{.gap = gap()}, arrivals);
    }
    finish();
    return std::move(events_);
  }

 private:
  std::int64_t request_count() {
    switch (shape_.size) {
      case SizeClass::kTiny:
        return draws_.between(1, 10);
      case SizeClass::kMedium:
        return draws_.between(25, 75);
      case SizeClass::kLarge:
        return draws_.between(76, 199);
      case SizeClass::kHuge:
        return draws_.between(200, 320);
    }
    return 1;
  }

  // Once per case.
  void plan() {
    row_style_ = static_cast<RowStyle>(draws_.below(5));
    row_mark_ = row_mark();
    queue_style_ = static_cast<QueueStyle>(draws_.below(3));
    if (shape_.has(Feature::kQueues)) {
      const bool many = shape_.has(Feature::kManyQueues);
      const std::int64_t queues = many ? draws_.between(6, 20) : draws_.between(2, 5);
      queues_ = std::max<std::int64_t>(queues, rules_.queue_count);
    } else {
      queues_ = std::max<std::int64_t>(1, draws_.one_in(2) ? rules_.queue_count : 1);
    }
    style_ = shape_.style;
    if (shape_.has(Feature::kManyQueues) && !draws_.one_in(4)) {
      style_ = TrafficStyle::kSaturate;  // many of them have a batch open at once
      row_style_ = draws_.one_in(2) ? RowStyle::kOnes : RowStyle::kFew;
    }
    for (const std::uint8_t weight : kWeights[static_cast<std::size_t>(style_)]) {
      weight_sum_ += weight;
    }
    has_lane_events_ = shape_.has(Feature::kFaults) && !shape_.has(Feature::kSimulated);
  }

  // Absolute times that arithmetic in too few bits, or in doubles, gets wrong.
  void start() {
    if (!shape_.has(Feature::kLateStart)) {
      return;
    }
    const std::int64_t power = std::int64_t{1} << draws_.pick<3>({31, 32, 53});
    const std::int64_t back = draws_.pick<4>({-1, 0, 1, rules_.times.typical.count()});
    events_.push_back(CaseEvent{.gap = SimDuration{power - back}, .rows = 1});
    now_ = power - back;
    remember();
  }

  void add(CaseEvent event, std::int64_t& arrivals) {
    const std::int64_t what = draws_.below(64);
    if (shape_.has(Feature::kCancels) && what < 10) {
      event.kind = CaseEventKind::kCancel;
      event.request = cancelled();
    } else if (has_lane_events_ && what >= 10 && what < 13) {
      lane_event(event);
    } else if (shape_.has(Feature::kClosings) && what >= 13 && closes(what - 13)) {
      event.kind = CaseEventKind::kCloseQueue;
      event.queue = static_cast<std::uint32_t>(draws_.below(queues_));
    } else {
      arrival(event);
      --arrivals;
    }
    events_.push_back(event);
  }

  // One event of 64, of 192 when it closes all there is, of 13 where many queues are left.
  bool closes(std::int64_t what) {
    return what < (queues_ > 5 ? 5 : 1) && draws_.one_in(queues_ > 1 ? 1 : 3);
  }

  void arrival(CaseEvent& event) {
    event.queue = queue();
    event.rows = rows();
    if (shape_.has(Feature::kPriorities)) {
      event.priority = static_cast<std::uint8_t>(draws_.below(5));  // 0: none given
    }
    if (shape_.has(Feature::kClientTimeouts) && !draws_.one_in(4)) {
      const SimDuration span = rules_.times.pick(draws_);
      event.timeout = around(span * draws_.pick<4>({1, 1, 2, 3}));
    }
    remember();
  }

  // Mostly the one whose arrival its time is reckoned from: then it meets what becomes of it.
  std::uint32_t cancelled() {
    if (reference_ && *reference_ <= arrived_ && !draws_.one_in(4)) {
      return static_cast<std::uint32_t>(arrived_ - *reference_);
    }
    return static_cast<std::uint32_t>(draws_.one_in(4) ? draws_.below(40) : draws_.below(4));
  }

  std::uint32_t queue() {
    const std::int64_t any = draws_.below(queues_);
    switch (queue_style_) {
      case QueueStyle::kUniform:
        return static_cast<std::uint32_t>(any);
      case QueueStyle::kMostlyFirst:
        return draws_.one_in(4) ? static_cast<std::uint32_t>(any) : 0;
      case QueueStyle::kInTurn:
        return static_cast<std::uint32_t>(static_cast<std::int64_t>(events_.size()) % queues_);
    }
    return 0;
  }

  std::int64_t row_mark() {
    return rules_.rows[static_cast<std::size_t>(
        draws_.below(static_cast<std::int64_t>(rules_.rows.size())))];
  }

  std::uint32_t rows() {
    if (shape_.has(Feature::kZeroRows) && draws_.one_in(8)) {
      return 0;
    }
    std::int64_t rows = 1;
    switch (row_style_) {
      case RowStyle::kOnes:
        break;
      case RowStyle::kFew:
        rows = draws_.between(1, 4);
        break;
      case RowStyle::kAroundMarks:
        rows = row_mark();
        rows += draws_.between(-1, 1);
        break;
      case RowStyle::kUpToMark:
        rows = draws_.between(1, row_mark_);
        break;
      case RowStyle::kAny:
        rows = draws_.one_in(8) ? row_mark_ + 1 : draws_.between(1, 1 + row_mark_ / 2);
        break;
    }
    return static_cast<std::uint32_t>(std::max<std::int64_t>(rows, 1));
  }

  void lane_event(CaseEvent& event) {
    event.kind = CaseEventKind::kLaneDown;
    if (!down_.empty() && draws_.one_in(2)) {
      event.kind = CaseEventKind::kLaneUp;
      event.lane = down_.back();
      down_.pop_back();
      return;
    }
    event.lane = static_cast<std::uint32_t>(draws_.below(rules_.lane_count));
    event.lost = draws_.one_in(10);
    if (!event.lost) {
      down_.push_back(event.lane);
    }
  }

  // Most lanes come back in the end: then whoever was accepted must be answered.
  void finish() {
    if (draws_.one_in(16)) {
      return;
    }
    for (const std::uint32_t lane : down_) {
      events_.push_back(
          {.gap = rules_.times.pick(draws_), .kind = CaseEventKind::kLaneUp, .lane = lane});
    }
  }

  SimDuration around(SimDuration span) {
    return SimDuration{std::max<std::int64_t>(span.count() + draws_.between(-1, 1), 1)};
  }

  GapKind gap_kind() {
    std::int64_t rest = draws_.below(weight_sum_);
    for (std::size_t kind = 0; kind < kGapKindCount; ++kind) {
      rest -= kWeights[static_cast<std::size_t>(style_)][kind];
      if (rest < 0) {
        return static_cast<GapKind>(kind);
      }
    }
    return GapKind::kNone;
  }

  SimDuration gap() {
    const std::int64_t typical = rules_.times.typical.count();
    std::int64_t target = now_;
    reference_.reset();
    switch (gap_kind()) {
      case GapKind::kNone:
        break;
      case GapKind::kOne:
        target = now_ + 1;
        break;
      case GapKind::kMark:
        target = after_reference(rules_.times.pick(draws_).count());
        break;
      case GapKind::kTwoMarks: {
        const std::int64_t first = rules_.times.pick(draws_).count();
        target = after_reference(first + rules_.times.pick(draws_).count());
        break;
      }
      case GapKind::kUniform:
        target = now_ + draws_.below(2 * typical + 1);
        break;
      case GapKind::kSmall:
        target = now_ + draws_.below(typical / 8 + 1);
        break;
      case GapKind::kGrid: {
        const std::int64_t grid = rules_.times.pick(draws_).count();
        target = (now_ / grid + 1) * grid + draws_.between(-1, 1);
        break;
      }
      case GapKind::kStall:
        target = now_ + draws_.between(4, 50) * typical;
        break;
    }
    const std::int64_t gap = std::max<std::int64_t>(target - now_, 0);
    now_ += gap;
    return SimDuration{gap};
  }

  // `span` after an earlier arrival, where that is still to come; else after now.
  std::int64_t after_reference(std::int64_t span) {
    const auto& [reference, ordinal] =
        references_[static_cast<std::size_t>(draws_.below(kReferences))];
    reference_ = ordinal;
    const std::int64_t off = draws_.between(-1, 1);
    return reference + span + off < now_ ? now_ + span + off : reference + span + off;
  }

  void remember() {
    references_[next_reference_] = {now_, ++arrived_};
    next_reference_ = (next_reference_ + 1) % kReferences;
  }

  static constexpr std::size_t kReferences = 4;
  Draws& draws_;
  const CaseShape& shape_;
  const TrafficRules& rules_;
  std::vector<CaseEvent> events_;
  TrafficStyle style_ = TrafficStyle::kMixed;
  RowStyle row_style_ = RowStyle::kOnes;
  QueueStyle queue_style_ = QueueStyle::kUniform;
  std::int64_t row_mark_ = 1;
  std::int64_t queues_ = 1;
  std::int64_t weight_sum_ = 0;
  bool has_lane_events_ = false;
  std::vector<std::uint32_t> down_;
  std::int64_t now_ = 0;
  struct Reference {
    std::int64_t at = 0;
    std::int64_t ordinal = 1;
  };
  std::array<Reference, kReferences> references_{};  // the newest arrivals
  std::optional<std::int64_t> reference_;            // the ordinal of the one in use
  std::int64_t arrived_ = 0;
  std::size_t next_reference_ = 0;
};

}  // namespace

std::vector<CaseEvent> draw_traffic(Draws& draws, const CaseShape& shape,
                                    const TrafficRules& rules) {
  return TrafficDraw(draws, shape, rules).draw();
}

}  // namespace lockstep
