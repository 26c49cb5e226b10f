#include "sim/sync/controlled_program.h"

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "sim/address_sanitizer.h"

namespace lockstep::sync {
namespace {

class MainBody final : public ThreadBody {
 public:
  explicit MainBody(const std::function<void()>& body) : body_(body) {}
  void run() override { body_(); }

 private:
  const std::function<void()>& body_;
};

std::string failure_of(const ControlledWorld& world, RunEnd end, const ProgramOptions& options) {
  if (!world.failure().empty()) {
    return world.failure();
  }
  switch (end) {
    case RunEnd::kAllEnded:
      break;
    case RunEnd::kStuck:
      return "deadlock: " + world.waiting_text();
    case RunEnd::kStepLimit:
      return "livelock: no end after " + std::to_string(options.step_limit) + " steps";
  }
  return "";
}

std::string run_once(ControlledWorld& world, const std::function<void()>& body,
                     const ProgramOptions& options) {
  try {
    const RunEnd end = world.run(std::make_unique<MainBody>(body));
    return failure_of(world, end, options);
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "an exception of an unknown type leaves a thread";
  }
}

}  // namespace

ControlledProgram controlled(std::function<void()> body, const ProgramOptions& options) {
  return [body = std::move(body), options](Choices& choices) {
    const LeaksAreIntended what_is_dropped;
    ControlledWorld world(choices, options);
    Outcome outcome;
    outcome.failure = run_once(world, body, options);
    outcome.steps = world.runtime().steps();
    outcome.events = world.runtime().events();
    if (!outcome.failure.empty()) {
      outcome.fibers = world.runtime().names();
    }
    return outcome;
  };
}

void require(bool condition, const char* message) {
  if (!condition) {
    ControlledWorld::current().fail(message);
  }
}

}  // namespace lockstep::sync
