// lockstep list: what this program knows by name.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/user_scheduler.h"
#include "cli/verbs.h"
#include "core/schedulers/registry.h"
#include "gpu_backend/model_spec.h"
#include "properties/checkers/checker.h"
#include "reports/export_formats.h"
#include "sim/arrival_spec.h"
#include "sim/device_text.h"
#include "sim/fault_plan.h"
#include "traces/bundled.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

// Name and default with its unit on one line; what it means, and what it may be, below.
void print_option(const OptionInfo& option) {
  std::string value(option.default_text);
  if (value.starts_with('=')) {
    value.erase(0, 1);
  } else if (value.empty()) {
    value = "none";
  } else if (!option.unit.empty()) {
    value += fmt::format(" {}", option.unit);
  }
  fmt::print("    {:<38} {}\n", option.name, value);
  if (!option.help.empty()) {
    fmt::print("        {}\n", option.help);
  }
  for (const std::string_view choice : option.choices) {
    fmt::print("        - {}\n", choice);
  }
}

struct ListOptions {
  std::string what;
  std::string plugin;  // a scheduler of the user's own
  std::string exec;
};

void print_scheduler(const SchedulerInfo& info) {
  fmt::print("{}\n    {}\n", info.name, info.goal);
  for (const OptionInfo& option : info.options) {
    print_option(option);
  }
}

int list_user_scheduler(const ListOptions& options) {
  return survive_user_scheduler({.plugin = options.plugin, .out = ""},
                                [&options](Progress* progress) {
                                  const Result<UserScheduler> user =
                                      load_user_scheduler(options.plugin, options.exec, progress);
                                  if (!user) {
                                    return report_error(user.error());
                                  }
                                  print_scheduler(*user->info);
                                  return static_cast<int>(kExitHolds);
                                });
}

void list_schedulers() {
  for (const SchedulerInfo& info : all_schedulers()) {
    print_scheduler(info);
  }
  fmt::print("your own\n    --plugin LIB or --exec CMD in the place of a name (docs/plugins.md)\n");
}

void list_gpus() {
  for (const BundledDevice& device : bundled_devices()) {
    fmt::print("{}\n    {}\n    source: {}\n", device.name, device.spec, device.source);
  }
}

void list_formats() {
  for (const TraceFormatInfo* info : all_trace_formats()) {
    fmt::print("{:<24} {}\n", info->name, info->summary);
  }
  fmt::print("{:<24} {}\n", "--map", "any other CSV: arrival=COLUMN:UNIT,size=COLUMN,...");
}

void list_exports() {
  for (const ExportFormat& format : export_formats()) {
    fmt::print("{:<16} {}\n", format.name, format.summary);
  }
}

void list_arrivals() {
  for (const ArrivalKindInfo& kind : arrival_kinds()) {
    fmt::print("{:<40} {}\n", kind.example, kind.use);
  }
  fmt::print("{:<40} {}\n", "clients:10,think=2ms",
             "closed loop: each sends, waits for its answer, thinks (docs/clients.md)");
}

void list_faults() {
  for (const FaultKindInfo& kind : fault_kinds()) {
    fmt::print("{:<44} {}\n", kind.example, kind.use);
  }
  fmt::print("{:<44} {}\n", "random:3/s,until=60s", "all of these, drawn from the run's seed");
}

void list_traces() {
  for (const BundledTrace& trace : bundled_traces()) {
    fmt::print("{}\n    {}\n    source: {}\n    licence: {}\n", trace.name, trace.description,
               trace.source, trace.licence);
  }
}

void list_properties() {
  for (const Property& property : all_properties()) {
    fmt::print("{:<4} {}\n     {}\n     source: {}\n", property.id, property.name, property.formula,
               property.source);
  }
}

int list(const ListOptions& options) {
  const std::string& what = options.what;
  const bool own = !options.plugin.empty() || !options.exec.empty();
  if (own && what != "schedulers") {
    return report_error(bad_input("found list " + what + " with " +
                                  (options.exec.empty() ? "--plugin" : "--exec") +
                                  ", expected list schedulers")
                            .value());
  }
  if (own) {
    return list_user_scheduler(options);
  }
  struct List {
    std::string_view name;
    void (*print)();
  };
  static constexpr List kLists[] = {{"schedulers", list_schedulers},
                                    {"gpus", list_gpus},
                                    {"models", [] { fmt::print("{}", model_help()); }},
                                    {"formats", list_formats},
                                    {"traces", list_traces},
                                    {"arrivals", list_arrivals},
                                    {"faults", list_faults},
                                    {"exports", list_exports},
                                    {"properties", list_properties}};
  std::string names;
  for (const List& list : kLists) {
    if (what == list.name) {
      list.print();
      return kExitHolds;
    }
    names += (names.empty() ? "" : ", ") + std::string(list.name);
  }
  return report_error(
      Error{Errc::kBadInput, "found list '" + what + "', expected one of " + names});
}

}  // namespace

void add_list(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("list", "Names that other verbs take");
  verb->footer("example: lockstep list schedulers");
  const auto options = std::make_shared<ListOptions>();
  verb->add_option("what", options->what,
                   "schedulers, gpus, models, formats, traces, arrivals, faults, exports or "
                   "properties")
      ->required();
  CLI::Option* const plugin =
      verb->add_option("--plugin", options->plugin, "with schedulers: that of this library alone");
  verb->add_option("--exec", options->exec, "with schedulers: that of this command alone")
      ->excludes(plugin);
  verb->callback([options, &session] { session.exit_code = list(*options); });
}

}  // namespace lockstep
