#include "properties/generate/draw_case.h"

#include <algorithm>
#include <array>
#include <tuple>

#include <rapidcheck/Gen.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>
#include <rapidcheck/gen/Transform.h>
#include <rapidcheck/gen/Tuple.h>

#include "properties/generate/case_shape.h"
#include "properties/generate/devices.h"
#include "properties/generate/draws.h"
#include "properties/generate/settings.h"
#include "properties/generate/time_marks.h"
#include "properties/generate/traffic.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kDrawVersion = 1;  // of the meaning of (seed, index)

// Of 16: how often each feature is on. Those that end or mask much are rarer.
constexpr std::array<std::uint8_t, kFeatureCount> kFeatureShare = {
    4,  // kSimulated
    4,  // kFaults
    8,  // kQueues
    5,  // kQueueOptions
    3,  // kManyQueues
    6,  // kSplitting
    6,  // kAllowedSizes
    8,  // kPriorities
    5,  // kPriorityQueue
    4,  // kPriorityAware
    5,  // kClientTimeouts
    4,  // kSession
    4,  // kRetrier
    3,  // kPolling
    4,  // kRanking
    4,  // kCancels
    4,  // kClosings
    3,  // kZeroRows
    4,  // kFailures
    3,  // kDeviceWaits
    4,  // kSlowBatches
    6,  // kTies
    3,  // kQuickBatches
    1,  // kLateStart
};

constexpr std::uint32_t bit(Feature feature) {
  return 1u << static_cast<unsigned>(feature);
}

// Features that meet only in each other's company: two rules of one paragraph of TF 2.1 to 2.17.
struct Company {
  std::uint32_t on;
  std::uint32_t off;
};
constexpr std::array<Company, 15> kCompanies = {{
    {bit(Feature::kPriorityQueue) | bit(Feature::kPriorities), bit(Feature::kPriorityAware)},
    {bit(Feature::kPriorityQueue) | bit(Feature::kPriorities) | bit(Feature::kRanking),
     bit(Feature::kPriorityAware) | bit(Feature::kSimulated)},
    {bit(Feature::kPriorityQueue) | bit(Feature::kPriorities) | bit(Feature::kClosings),
     bit(Feature::kPriorityAware)},
    {bit(Feature::kPriorityAware) | bit(Feature::kPriorities) | bit(Feature::kCancels) |
         bit(Feature::kClientTimeouts),
     bit(Feature::kRetrier)},
    {bit(Feature::kPriorityAware) | bit(Feature::kPriorities) | bit(Feature::kSplitting),
     bit(Feature::kFailures)},
    {bit(Feature::kAllowedSizes) | bit(Feature::kSlowBatches), bit(Feature::kFailures)},
    {bit(Feature::kQueues) | bit(Feature::kQueueOptions) | bit(Feature::kManyQueues) |
         bit(Feature::kQuickBatches),
     bit(Feature::kSlowBatches)},
    {bit(Feature::kQueues) | bit(Feature::kQueueOptions) | bit(Feature::kManyQueues) |
         bit(Feature::kQuickBatches),
     bit(Feature::kSlowBatches) | bit(Feature::kSimulated) | bit(Feature::kFaults) |
         bit(Feature::kPolling) | bit(Feature::kRanking)},
    {bit(Feature::kQueues) | bit(Feature::kManyQueues) | bit(Feature::kClosings),
     bit(Feature::kSimulated) | bit(Feature::kRanking) | bit(Feature::kQuickBatches)},
    {bit(Feature::kAllowedSizes) | bit(Feature::kSplitting) | bit(Feature::kFailures),
     bit(Feature::kPriorityAware) | bit(Feature::kRetrier)},
    {bit(Feature::kAllowedSizes) | bit(Feature::kFailures),
     bit(Feature::kPriorityAware) | bit(Feature::kSplitting) | bit(Feature::kSession)},
    {bit(Feature::kSession) | bit(Feature::kClientTimeouts),
     bit(Feature::kPriorityQueue) | bit(Feature::kRetrier)},
    {bit(Feature::kRetrier) | bit(Feature::kQueues), bit(Feature::kSession)},
    {bit(Feature::kPolling) | bit(Feature::kFaults), bit(Feature::kSimulated)},
    {bit(Feature::kSplitting) | bit(Feature::kFaults), bit(Feature::kSimulated)},
}};

// Four bits for each feature, then those that choose a company, in three cases of four.
std::uint32_t features_of(std::uint64_t low, std::uint64_t high) {
  std::uint32_t features = 0;
  for (std::size_t i = 0; i < kFeatureCount; ++i) {
    const std::uint64_t bits = i < 16 ? low >> (4 * i) : high >> (4 * (i - 16));
    if ((bits & 15u) < kFeatureShare[i]) {
      features |= 1u << i;
    }
  }
  const std::uint64_t company = (high >> 32) % (kCompanies.size() / 3 * 4);
  if (company < kCompanies.size()) {
    features = (features | kCompanies[company].on) & ~kCompanies[company].off;
  }
  // Faults bring requests of their own, which a closed queue must not get.
  const std::uint32_t faulted = bit(Feature::kSimulated) | bit(Feature::kFaults);
  if ((features & faulted) == faulted) {
    features &= ~bit(Feature::kClosings);
  }
  return features;
}

// RapidCheck's part: what a case looks like. Its numbers follow from there (decode), event by
// event without a tree of smaller values: making cases smaller is for minimise/.
rc::Gen<CaseShape> any_shape() {
  using Parts = std::tuple<SizeClass, TrafficStyle, std::uint64_t, std::uint64_t, std::int64_t>;
  return rc::gen::map(
      rc::gen::tuple(
          rc::gen::weightedElement<SizeClass>({{30, SizeClass::kTiny},
                                               {120, SizeClass::kMedium},
                                               {25, SizeClass::kLarge},
                                               {25, SizeClass::kHuge}}),
          rc::gen::weightedElement<TrafficStyle>({{5, TrafficStyle::kBoundary},
                                                  {3, TrafficStyle::kSaturate},
                                                  {2, TrafficStyle::kBursts},
                                                  {2, TrafficStyle::kSparse},
                                                  {4, TrafficStyle::kMixed}}),
          rc::gen::inRange<std::uint64_t>(0, UINT64_MAX),
          rc::gen::inRange<std::uint64_t>(0, UINT64_MAX),
          rc::gen::weightedElement<std::int64_t>({{1, 1}, {2, 5}, {3, 10}, {3, 100}, {1, 1000}})),
      [](const Parts& parts) {
        return CaseShape{.size = std::get<0>(parts),
                         .style = std::get<1>(parts),
                         .features = features_of(std::get<2>(parts), std::get<3>(parts)),
                         .base_time_us = std::get<4>(parts)};
      });
}

SimDuration last_instant(const std::vector<CaseEvent>& events) {
  SimDuration sum{0};
  for (const CaseEvent& event : events) {
    sum += event.gap;
  }
  return sum;
}

void draw_world(Draws& draws, const CaseShape& shape, const TimeMarks& times,
                const DrawnSettings& settings, Case& value) {
  if (!shape.has(Feature::kSimulated)) {
    if (shape.has(Feature::kTies)) {
      const std::int64_t count = draws.between(1, 64);
      for (std::int64_t i = 0; i < count; ++i) {
        value.ties.push_back(static_cast<std::uint8_t>(draws.below(4)));
      }
    }
    return;
  }
  value.gpus = draws.one_in(2) ? 1 : std::min(settings.lane_count, 2u);
  value.device = draw_device(draws, shape, times, (settings.lane_count - 1) / value.gpus + 1);
  value.faults = draw_faults(draws, shape,
                             {.times = times,
                              .lane_count = settings.lane_count,
                              .gpu_count = value.gpus,
                              .until = last_instant(value.events),
                              .earliest = value.events.front().gap});
}

// Total: any shape and any numbers are a case.
Case decode(const Subject& subject, const CaseShape& shape, Draws draws) {
  DrawnSettings settings = draw_settings(draws, subject, shape);
  TimeMarks times = time_marks(subject, settings, shape);
  const std::vector<std::int64_t> rows = row_marks(subject, settings);
  Case value{.scheduler = subject.scheduler, .seed = 1 + (draws.bits() >> 32)};
  if (!shape.has(Feature::kSimulated)) {
    value.executions = draw_executions(draws, shape, times);
    for (const CaseExecution& execution : value.executions) {
      times.spans.push_back(std::max(execution.waits + execution.takes, SimDuration{1}));
    }
  }
  value.events = draw_traffic(draws, shape,
                              {.times = times,
                               .rows = rows,
                               .queue_count = static_cast<std::uint32_t>(settings.queues.size()),
                               .lane_count = settings.lane_count});
  draw_world(draws, shape, times, settings, value);
  if (draws.one_in(32)) {
    plant_defect(draws, subject, settings);
  }
  value.options = std::move(settings.options);
  value.queues = std::move(settings.queues);
  return value;
}

}  // namespace

Case draw_case(const Subject& subject, std::uint64_t seed, std::uint64_t index) {
  static const rc::Gen<CaseShape> shapes = any_shape();
  rc::Random random(rc::Random::Key{seed, index, kDrawVersion, 0});
  const rc::Random numbers = random.split();
  return decode(subject, shapes(random, rc::kNominalSize).value(), Draws(numbers));
}

}  // namespace lockstep
