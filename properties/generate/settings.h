// Options of a drawn case: valid by construction, with values around what decides.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/schedulers/options.h"
#include "properties/generate/case_shape.h"
#include "properties/generate/draws.h"
#include "properties/generate/subject.h"

namespace lockstep {

struct DrawnSettings {
  OptionValues options{};
  std::vector<OptionValues> queues{};
  std::uint32_t lane_count = 1;
};

// Of any subject: those that are registered are known by name, others by type and unit alone.
[[nodiscard]] DrawnSettings draw_settings(Draws& draws, const Subject& subject,
                                          const CaseShape& shape);

// A value that its scheduler should refuse; what it says is for it to decide.
void plant_defect(Draws& draws, const Subject& subject, DrawnSettings& settings);

// Parts of draw_settings: each adds what one scheduler has.
void draw_tf_shared(Draws& draws, const CaseShape& shape, DrawnSettings& settings);
void draw_tf_adaptive(Draws& draws, const CaseShape& shape, DrawnSettings& settings);
void draw_tf_serial_device(Draws& draws, const CaseShape& shape, DrawnSettings& settings);
void draw_tf_streaming(Draws& draws, const CaseShape& shape, DrawnSettings& settings);
void draw_tf_jit(Draws& draws, const CaseShape& shape, DrawnSettings& settings);
void draw_naive_full_batch(Draws& draws, const CaseShape& shape, DrawnSettings& settings);
// By type and unit; `settings` is empty.
void draw_options_by_type(Draws& draws, const Subject& subject, const CaseShape& shape,
                          DrawnSettings& settings);

// Shared by them. Times are us.
[[nodiscard]] std::int64_t draw_timeout_us(Draws& draws, const CaseShape& shape);
void set_option(OptionValues& options, const char* name, std::int64_t value);
void set_flag(OptionValues& options, const char* name);  // to true
void draw_lanes(Draws& draws, DrawnSettings& settings);
void draw_retrier(Draws& draws, const CaseShape& shape, OptionValues& options);
// How many queues have options of their own: 0 without the feature.
[[nodiscard]] std::int64_t draw_queue_count(Draws& draws, const CaseShape& shape);

}  // namespace lockstep
