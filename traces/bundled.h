// Traces that are part of the program: no file is needed to try it.
#pragma once

#include <span>
#include <string_view>

namespace lockstep {

struct BundledTrace {
  std::string_view name;       // "azure-conv-2023"
  std::string_view file_name;  // stands for FILE in messages
  std::string_view text;       // for open_trace_text
  std::string_view description;
  std::string_view source;
  std::string_view licence;
};

[[nodiscard]] std::span<const BundledTrace> bundled_traces();

// nullptr when there is none of that name.
[[nodiscard]] const BundledTrace* find_bundled_trace(std::string_view name);

}  // namespace lockstep
