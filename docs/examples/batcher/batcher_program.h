// Example: what must hold of the batcher, as a program for the explorer.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <vector>

#include <lockstep/sync/explore.h>

#include "docs/examples/batcher/batcher.h"

namespace lockstep::examples {

// Two clients with two requests each, and a batcher that is stopped `pause` after the last one
// came: every request is answered once, with its own square or with a refusal.
inline void serve_and_stop(const BatcherOptions& options, std::chrono::microseconds pause) {
  using namespace std::chrono_literals;
  constexpr std::size_t kRequests = 4;
  std::array<int, kRequests> answers{};
  std::array<bool, kRequests> taken{};
  {
    Batcher batcher(options, [](const std::vector<Batcher::Request>& batch) {
      sync::this_thread::sleep_for(50us);  // the device
      std::vector<int> outputs;
      for (const Batcher::Request& request : batch) {
        outputs.push_back(request.input * request.input);
      }
      return outputs;
    });
    const auto client = [&](std::size_t first) {
      for (std::size_t i = first; i < first + 2; ++i) {
        const int input = static_cast<int>(i) + 1;
        taken[i] = batcher.submit(
            {input, [&answers, i, input](bool is_ok, int output) {
               sync::require(++answers[i] == 1, "a request is answered twice");
               sync::require(!is_ok || output == input * input, "an answer of somebody else");
             }});
      }
    };
    sync::thread one(client, 0);
    sync::thread two(client, 2);
    one.join();
    two.join();
    sync::this_thread::sleep_for(pause);
    batcher.stop();
  }
  for (std::size_t i = 0; i < kRequests; ++i) {
    sync::require(answers[i] == (taken[i] ? 1 : 0), "a request is not answered");
  }
}

}  // namespace lockstep::examples
