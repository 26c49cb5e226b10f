#include "reports/report_repeat.h"

#include <algorithm>
#include <array>

#include "traces/bundled.h"

namespace lockstep {
namespace {

// Settings that have an option of their own; every other one is an option of the scheduler.
constexpr std::array<std::string_view, 17> kOwnOptions = {
    "scheduler", "gpu",       "gpus",   "faults",   "arrivals", "requests",
    "repeat",    "replicate", "length", "load",     "overhead", "seed",
    "on",        "model",     "idle",   "watchdog", "workers"};

// What follows from the others.
bool is_derived(std::string_view name) {
  return name == "gpu_curve" || name == "fault_plan" || name == "trace";
}

bool is_own(std::string_view name) {
  return std::find(kOwnOptions.begin(), kOwnOptions.end(), name) != kOwnOptions.end();
}

// A device table or a fault plan that was read from a file (docs/device.md, docs/faults.md).
bool names_a_file(std::string_view option, std::string_view text) {
  if (option == "faults") {
    return text.find('=') == std::string_view::npos && !text.starts_with("random:");
  }
  return option == "gpu" && (text.find(".csv") != std::string_view::npos ||
                             text.find(".json") != std::string_view::npos);
}

std::string trace_argument(const Manifest& manifest, RepeatCommand& command) {
  for (const BundledTrace& trace : bundled_traces()) {
    if (trace.file_name == manifest.trace.name) {
      return std::string(trace.name);
    }
  }
  command.notes.push_back("The trace " + manifest.trace.name +
                          " is a file of yours: give its path. Options that say how it is read "
                          "(--format, --map, --sort) are not recorded.");
  return manifest.trace.name;
}

}  // namespace

std::string shell_word(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + "'";
}

RepeatCommand repeat_command(const Manifest& manifest) {
  RepeatCommand command;
  std::string options;
  bool generated = false;
  for (const auto& [name, value] : manifest.settings) {
    if (is_derived(name)) {
      continue;
    }
    if (name == "queues") {
      command.notes.push_back(
          "The server's own configuration file named its queues: give it with --config, or the "
          "scenario file, as then.");
      continue;
    }
    generated = generated || name == "arrivals";
    if (names_a_file(name, value)) {
      command.notes.push_back("The file that --" + name + " names is one of yours: give its path.");
    }
    if (is_own(name)) {
      options += " --" + name + " " + shell_word(value);
    } else {
      std::string setting = name;
      setting.append("=").append(value);
      options += " --set " + shell_word(setting);
    }
  }
  if (!manifest.warnings.empty()) {
    command.notes.push_back(
        "The warnings about the server's own configuration files come again only with these files "
        "(--config): without them the run is the same, but for manifest.json.");
  }
  command.text = "lockstep replay";
  if (!generated) {
    command.text += " " + shell_word(trace_argument(manifest, command));
  }
  command.text += options;
  return command;
}

}  // namespace lockstep
