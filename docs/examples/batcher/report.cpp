// Example program: explores the batcher with none or one of its bugs and prints the report.
//
//   explore_batcher BUG PAUSE      none, lost-notify or double-answer; microseconds before its stop
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string_view>

#include "docs/examples/batcher/batcher_program.h"

int main(int argc, char** argv) {
  using namespace lockstep;
  const std::string_view bug = argc > 1 ? argv[1] : "none";
  const std::string_view pause_text = argc > 2 ? argv[2] : "0";
  long pause = 0;
  const auto parsed =
      std::from_chars(pause_text.data(), pause_text.data() + pause_text.size(), pause);
  if (parsed.ptr != pause_text.data() + pause_text.size() || pause < 0) {
    std::fprintf(stderr, "error: found '%s', expected microseconds\n", argv[2]);
    return 2;
  }
  const examples::BatcherOptions batcher{.max_batch_size = 2,
                                         .plant_lost_notify = bug == "lost-notify",
                                         .plant_double_answer = bug == "double-answer"};
  const ControlledProgram program = sync::controlled(
      [&] { examples::serve_and_stop(batcher, std::chrono::microseconds(pause)); });
  const ExplorationOptions options{.strategy = Strategy::kPriorities, .schedules = 10'000};
  const Exploration found = explore(program, options);
  std::fputs(to_text(found, options).c_str(), stdout);
  return found.failure ? 1 : 0;
}
