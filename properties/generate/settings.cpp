#include "properties/generate/settings.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace lockstep {
namespace {

using DrawSettings = void (*)(Draws&, const CaseShape&, DrawnSettings&);

struct KnownScheduler {
  std::string_view name;
  DrawSettings draw;
};
constexpr std::array<KnownScheduler, 6> kKnown = {{{"tf-shared", &draw_tf_shared},
                                                   {"tf-adaptive", &draw_tf_adaptive},
                                                   {"tf-serial-device", &draw_tf_serial_device},
                                                   {"tf-streaming", &draw_tf_streaming},
                                                   {"tf-jit", &draw_tf_jit},
                                                   {"naive-full-batch", &draw_naive_full_batch}}};

}  // namespace

void set_option(OptionValues& options, const char* name, std::int64_t value) {
  options.emplace_back(name, std::to_string(value));
}

void set_flag(OptionValues& options, const char* name) {
  options.emplace_back(name, "true");
}

std::int64_t draw_timeout_us(Draws& draws, const CaseShape& shape) {
  const std::int64_t base = shape.base_time_us;
  if (draws.one_in(48)) {
    return 100'000'000;  // longer than everything else together
  }
  if (shape.has(Feature::kManyQueues) && !draws.one_in(3)) {
    return draws.between(1, 8 * base);  // deadlines that overtake each other
  }
  return draws.pick<12>(
      {0, 1, base, base, base, base, base / 2, base + 1, 2 * base, 10 * base, base, 7});
}

void draw_lanes(Draws& draws, DrawnSettings& settings) {
  const std::int64_t lanes = draws.pick<8>({1, 1, 1, 2, 2, 3, 4, 7});
  set_option(settings.options, "num_batch_threads", lanes);
  settings.lane_count = static_cast<std::uint32_t>(lanes);
}

void draw_retrier(Draws& draws, const CaseShape& shape, OptionValues& options) {
  if (!shape.has(Feature::kRetrier)) {
    return;
  }
  set_flag(options, "retrier");
  const std::int64_t base = shape.base_time_us;
  std::int64_t delay = 100;  // the defaults
  std::int64_t time_max = 10'000;
  if (!draws.one_in(8)) {
    delay = draws.pick<7>({0, 0, base, base / 2, base + 1, 2 * base, base / 20 + 1});
  }
  if (!draws.one_in(8)) {
    time_max = draws.pick<7>({0, 1, base, base + 1, 2 * base, 3 * base, 10 * base});
  }
  // Ten thousand tries of each of hundreds of requests show nothing that two hundred do not.
  constexpr std::int64_t kTriesMax = 200;
  if (delay > 0) {
    time_max = std::min(time_max, kTriesMax * delay);
  }
  set_option(options, "retry_delay_micros", delay);
  set_option(options, "max_time_micros", time_max);
}

std::int64_t draw_queue_count(Draws& draws, const CaseShape& shape) {
  if (!shape.has(Feature::kQueueOptions)) {
    return 0;
  }
  return shape.has(Feature::kManyQueues) ? draws.between(5, 14) : draws.between(1, 4);
}

DrawnSettings draw_settings(Draws& draws, const Subject& subject, const CaseShape& shape) {
  DrawnSettings settings{.lane_count = subject.lane_count};
  const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&](const KnownScheduler& k) {
    return k.name == subject.scheduler;
  });
  if (known != kKnown.end()) {
    known->draw(draws, shape, settings);
  } else {
    draw_options_by_type(draws, subject, shape, settings);
  }
  return settings;
}

void plant_defect(Draws& draws, const Subject& subject, DrawnSettings& settings) {
  if (subject.options.empty()) {
    return;
  }
  const SubjectOption& option = subject.options[static_cast<std::size_t>(
      draws.below(static_cast<std::int64_t>(subject.options.size())))];
  static constexpr std::array<const char*, 8> kWrong = {
      "0", "-1", "-2", "999999999999999999", "9,3", "0,4", "sometimes", ""};
  const char* wrong = kWrong[static_cast<std::size_t>(draws.below(kWrong.size()))];
  OptionValues* values = &settings.options;
  if (option.scope == OptionScope::kQueue && !settings.queues.empty() && draws.one_in(2)) {
    values = &settings.queues[static_cast<std::size_t>(
        draws.below(static_cast<std::int64_t>(settings.queues.size())))];
  }
  const auto given = std::find_if(values->begin(), values->end(),
                                  [&](const auto& entry) { return entry.first == option.name; });
  if (given != values->end()) {
    given->second = wrong;
  } else {
    values->emplace_back(option.name, wrong);
  }
}

}  // namespace lockstep
