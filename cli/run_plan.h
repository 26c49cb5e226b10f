// Everything that decides a run, before it runs: traffic, scheduler, device, seed.
//
// A RunPlan is what the command line says; a PreparedRun is the same, checked and complete: every
// option has its value, the curve covers every batch, the settings have their canonical text.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/scheduler_spec.h"
#include "core/result.h"
#include "core/schedulers/registry.h"
#include "gpu_backend/make_device.h"
#include "gpu_backend/real_runtime.h"
#include "sim/client_traffic.h"
#include "sim/device_description.h"
#include "sim/fault_plan.h"
#include "sim/generated_arrivals.h"
#include "sim/load_scaling.h"
#include "sim/simulation.h"
#include "traces/config_place.h"

namespace lockstep {

class Progress;

inline constexpr const char* kOnSim = "sim";

struct RunPlan {
  std::string trace;                           // path, "-", or a bundled name; "" with arrivals
  std::string arrivals;                        // docs/traffic.md, clients.md; "" with trace
  std::string arrivals_folder;                 // where its files are; "": here
  std::optional<std::uint64_t> request_count;  // with arrivals
  std::string format;                          // of the trace; "" = by its header
  std::string map;                             // of the trace's columns, instead of a format
  bool sort = false;
  std::string load = "1x";
  std::uint64_t repeat = 1;     // of a trace, end to end
  std::uint64_t replicate = 1;  // of a trace, at once
  std::string length;           // arrivals before this time, after load; "" = all
  std::string scheduler = "tf-shared";
  std::string plugin;            // or a user's own, in this library
  std::string exec;              // or behind this command
  Progress* progress = nullptr;  // of that: who watches it; not owned
  Settings config_options;       // of the server's configuration
  Settings options;        // of --set, after those: NAME or NAME@QUEUE, the last of a name counts
  Settings option_places;  // of a scenario file: the option's name, "FILE:LINE:COLUMN"
  std::vector<std::string>
      queues;  // of the scheduler, in its order; empty: as the traffic names them
  std::vector<ConfigDiagnostic> warnings;  // about the configuration
  bool configured = false;                 // by a TF-Serving server's own files
  std::int64_t server_cpus = 8;            // never read from this machine
  bool server_cpus_given = false;
  std::string gpu;       // device_file.h; "" = v100-resnet50, announced
  Settings gpu_options;  // gpu_options of the server's configuration, by their names there
  std::uint32_t gpu_count = 1;
  std::string faults;  // fault_source.h; "" = none
  std::uint64_t seed = 1;
  std::string on = kOnSim;    // or "cpu", "cuda": real time on a real device
  std::string model;          // that a real device executes; "" = square
  std::string idle;           // of the live driver's thread; "" = sleep
  std::string watchdog;       // of the live driver: "100ms,reset=50ms"; "" = none
  std::uint32_t workers = 1;  // threads of the live driver
  std::string overhead;       // what is outside the server takes, as text: "0.8ms"; "" = 0
};

inline constexpr const char* kOverheadSetting = "overhead";
// The canonical text of the plan: what a run is judged by. Beside it `faults`, where it came from.
inline constexpr const char* kFaultPlanSetting = "fault_plan";

// Of the settings of a run; 0 when they say nothing. Errors: no time from 0 to 1h.
[[nodiscard]] Result<SimDuration> parse_overhead(const std::string& text);

// One setting by the name of the server's own file; "NAME=VALUE" or "NAME@QUEUE=VALUE" of --set.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_setting(const std::string& text);

// A scheduler of the user's own, loaded (user_scheduler.h). Without one `info` is nullptr.
struct UserScheduler {
  std::shared_ptr<const SchedulerInfo> info;
  std::string rules_version;  // which build of it
};

// A run in real time (docs/live.md), as its plan says and checked (live_plan.h).
struct LivePlan {
  DeviceKind kind = DeviceKind::kCpu;
  ModelSpec model;
  IdleStrategy idle = IdleStrategy::kSleep;
  std::optional<Watchdog> watchdog{};
  std::uint32_t workers = 1;  // threads
  // Of --on cuda, from gpu_options of the server's configuration.
  std::optional<std::uint32_t> memory_fraction{};  // per million of a GPU's memory
  std::optional<bool> allow_growth{};
  Settings settings;  // as the run records them
};

struct PreparedRun {
  RunPlan plan;
  UserScheduler user;
  const SchedulerInfo* scheduler = nullptr;  // of the list, or the user's own
  SchedulerSpec spec;                        // complete
  std::uint32_t lane_count = 1;
  DeviceDescription device;  // simulated; of no meaning with `live`
  std::optional<LivePlan> live;
  std::string gpu_name;  // plan.gpu without the folders of its files
  FaultPlan faults;
  std::string faults_said;  // plan.faults without the folders of its file
  LoadFactor load;
  SimDuration overhead{0};
  std::optional<GeneratedOptions> generated;  // with arrivals, but for clients
  std::optional<ClientTraffic> clients;
  std::optional<std::int64_t> length_ns;
  // In the order of manifest.json; its digest starts the journal's chain.
  Settings settings;
  std::uint64_t settings_digest = 0;
  std::vector<std::string> notes;  // assumptions to announce, one line each
};

// Refuses a slow-down table that does not cover the lanes of one GPU.
[[nodiscard]] Result<void> require_sharing(const ComputeSharing& sharing, std::uint32_t lane_count,
                                           std::uint32_t gpu_count);

// The most rows that one of its batches executes.
[[nodiscard]] std::uint32_t batch_rows_max(const PreparedRun& run);

// Of its device; `run` and `queue_names`, which may grow, outlive the simulation.
[[nodiscard]] SimulationOptions simulation_options(const PreparedRun& run,
                                                   const std::vector<std::string>& queue_names);

// The text of the plan's GPU with what the server's own files say of its memory.
[[nodiscard]] std::string complete_gpu_text(const RunPlan& plan);

// "one after another", "computed side by side, ...".
[[nodiscard]] std::string sharing_sentence(const DeviceDescription& device);

// `live` is there exactly when the plan is not for the simulator, `user` when it has a plugin or a
// command.
[[nodiscard]] Result<PreparedRun> prepare(const RunPlan& plan, std::optional<LivePlan> live = {},
                                          UserScheduler user = {});

// "1 GPU shared by 4 batch threads (lanes)", "2 GPUs, each with 1 of 2 batch threads (lanes)".
[[nodiscard]] std::string device_sentence(const PreparedRun& run);

}  // namespace lockstep
