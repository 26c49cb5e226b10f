// Names of queues: short printable ASCII, so that no file that holds them needs quoting.
#pragma once

#include <algorithm>
#include <string_view>

namespace lockstep {

inline constexpr std::string_view kQueueNameRule =
    "queue as 1 to 64 printable ASCII characters without comma or quote";

[[nodiscard]] inline bool is_queue_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return c >= 0x20 && c < 0x7f && c != ',' && c != '"' && c != '\'';
  });
}

// "resnet" of "resnet:classify", the queue of a signature, and of "resnet" (TF 2.13).
[[nodiscard]] inline std::string_view model_of_queue(std::string_view name) {
  return name.substr(0, name.find(':'));
}

}  // namespace lockstep
