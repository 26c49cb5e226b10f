#include "core/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace lockstep {
namespace {

CheckHandler& handler_slot() {
  static CheckHandler handler = nullptr;
  return handler;
}

[[noreturn]] void report(const std::string& message) {
  if (CheckHandler handler = handler_slot(); handler != nullptr) {
    handler(message);
  }
  std::fputs(("internal check failed: " + message + "\n").c_str(), stderr);
  std::abort();
}

std::string location(const char* file, int line, const char* expression) {
  const CheckContext& context = check_context();
  return std::string(file) + ":" + std::to_string(line) + ": " + expression + " at virtual time " +
         std::to_string(context.now_ns) + " ns, event " + std::to_string(context.event) +
         ", seed " + std::to_string(context.seed);
}

}  // namespace

CheckHandler set_check_handler(CheckHandler handler) {
  CheckHandler previous = handler_slot();
  handler_slot() = handler;
  return previous;
}

void throwing_check_handler(const std::string& message) {
  throw CheckFailed(message);
}

CheckContext& check_context() {
  static thread_local CheckContext context;
  return context;
}

void check_failed(const char* file, int line, const char* expression) {
  report(location(file, line, expression));
}

void check_failed(const char* file, int line, const char* expression, std::int64_t left,
                  std::int64_t right) {
  report(location(file, line, expression) + " (left " + std::to_string(left) + ", right " +
         std::to_string(right) + ")");
}

}  // namespace lockstep
