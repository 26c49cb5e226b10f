// lockstep measure: how long a model's batches take on this machine, as a file for --gpu.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/measure_text.h"
#include "cli/measured_server.h"
#include "cli/run_arguments.h"
#include "cli/run_directory.h"
#include "cli/verbs.h"
#include "core/limits.h"
#include "gpu_backend/make_device.h"
#include "gpu_backend/measured_device.h"
#include "gpu_backend/steady_clock.h"
#include "sim/quantiles.h"

namespace lockstep {
namespace {

constexpr std::uint32_t kMostMeasuredLanes = 64;
constexpr std::size_t kMostSizes = 1'000;

struct MeasureArguments {
  std::string on = "cpu";
  std::string model;
  std::string sizes = "1,2,4,8,16,32";
  bool sizes_given = false;
  std::uint32_t lanes = 1;
  bool lanes_given = false;
  std::vector<std::string> config_paths;
  std::vector<std::string> settings;
  std::optional<std::int64_t> server_cpus;
  std::uint32_t threads = 1;
  std::size_t least = 200;
  std::string confidence = "95%";
  std::string within = "1%";
  std::string time_limit = "60s";
  std::string idle = "sleep";
  std::string output;
};

Result<std::vector<std::uint32_t>> parse_sizes(const std::string& text) {
  std::vector<std::uint32_t> sizes;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const Result<std::uint64_t> size =
        parse_decimal(std::string_view(text).substr(begin, end - begin), 0, kMaxBatchRows);
    if (!size || *size <= (sizes.empty() ? 0 : sizes.back()) || sizes.size() == kMostSizes) {
      return bad_input("found --sizes '" + text + "', expected at most " +
                       std::to_string(kMostSizes) + " rising whole numbers from 1 to " +
                       std::to_string(kMaxBatchRows) + ": 1,2,4,8");
    }
    sizes.push_back(static_cast<std::uint32_t>(*size));
    begin = end + 1;
  }
  return sizes;
}

// "95%" in millionths, above 0 and below 100 %.
Result<std::uint32_t> parse_percent(const char* option, const std::string& text,
                                    const char* example) {
  const bool has_sign = text.ends_with('%');
  const Result<std::uint64_t> share =
      parse_decimal(std::string_view(text).substr(0, text.size() - (has_sign ? 1 : 0)), 4, 999'999);
  if (!has_sign || !share || *share == 0) {
    return bad_input(std::string("found ") + option + " '" + text +
                     "', expected a percentage above 0% and below 100%: " + example);
  }
  return static_cast<std::uint32_t>(*share);
}

Result<SimDuration> parse_time_limit(const std::string& text) {
  const Result<SimDuration> limit = parse_duration(text);
  if (!limit || limit->count() <= 0 || limit->count() > kMaxServiceNs) {
    return bad_input("found --time-limit '" + text +
                     "', expected a time with its unit from 1ns to 1h: 60s");
  }
  return limit;
}

Result<MeasureOptions> measure_options(const MeasureArguments& arguments) {
  MeasureOptions options;
  const Result<std::uint32_t> confidence =
      parse_percent("--confidence", arguments.confidence, "95%");
  if (!confidence) {
    return tl::unexpected(confidence.error());
  }
  const Result<std::uint32_t> within = parse_percent("--within", arguments.within, "1%");
  if (!within) {
    return tl::unexpected(within.error());
  }
  const Result<SimDuration> time_limit = parse_time_limit(arguments.time_limit);
  if (!time_limit) {
    return tl::unexpected(time_limit.error());
  }
  options.confidence = *confidence;
  options.within = *within;
  options.time_limit = *time_limit;
  options.interrupted = &was_interrupted;
  options.min_repetitions = arguments.least;
  return options;
}

Result<void> check_count(const char* option, std::uint32_t count) {
  if (count < 1 || count > kMostMeasuredLanes) {
    return bad_input(std::string("found ") + option + " " + std::to_string(count) +
                     ", expected a whole number from 1 to " + std::to_string(kMostMeasuredLanes));
  }
  return {};
}

Result<MeasuredServer> configured_server(const MeasureArguments& arguments) {
  Result<MeasuredServer> server = measured_server({.on = arguments.on,
                                                   .model = arguments.model,
                                                   .config_paths = arguments.config_paths,
                                                   .settings = arguments.settings,
                                                   .server_cpus = arguments.server_cpus});
  if (!server) {
    return server;
  }
  if (!arguments.sizes_given && server->sizes.size() > kMostSizes) {
    return bad_input("found a server with " + std::to_string(server->sizes.size()) +
                     " sizes of batches, expected at most " + std::to_string(kMostSizes) +
                     ": say which with --sizes");
  }
  if (!arguments.lanes_given && server->lanes > kMostMeasuredLanes) {
    return bad_input("found a server with " + std::to_string(server->lanes) +
                     " batch threads, expected at most " + std::to_string(kMostMeasuredLanes) +
                     " lanes to measure: say how many with --lanes");
  }
  return server;
}

// Sizes and lanes: those that were said, else those of the server, else the usual ones.
Result<MeasuredServer> what_to_measure(const MeasureArguments& arguments) {
  MeasuredServer server;
  const bool configured = !arguments.config_paths.empty() || !arguments.settings.empty();
  if (configured) {
    Result<MeasuredServer> read = configured_server(arguments);
    if (!read) {
      return read;
    }
    server = std::move(*read);
  }
  if (!configured || arguments.sizes_given) {
    Result<std::vector<std::uint32_t>> sizes = parse_sizes(arguments.sizes);
    if (!sizes) {
      return tl::unexpected(sizes.error());
    }
    server.sizes = std::move(*sizes);
  }
  if (!configured || arguments.lanes_given) {
    server.lanes = arguments.lanes;
  }
  for (const auto& [option, count] :
       {std::pair{"--lanes", server.lanes}, std::pair{"--threads", arguments.threads}}) {
    if (Result<void> checked = check_count(option, count); !checked) {
      return tl::unexpected(checked.error());
    }
  }
  return server;
}

void print_server(const MeasuredServer& server) {
  std::string sizes;
  for (const std::uint32_t size : server.sizes) {
    sizes += (sizes.empty() ? "" : ",") + std::to_string(size);
  }
  for (const std::string& remark : server.remarks) {
    fmt::print("{}\n", remark);
  }
  fmt::print("measured for this server: --sizes {} --lanes {}\n", sizes, server.lanes);
}

Result<void> run_measure(const MeasureArguments& arguments) {
  const Result<DeviceKind> kind = parse_device_kind(arguments.on);
  if (!kind) {
    return bad_input("--on: " + kind.error().message);
  }
  const Result<ModelSpec> model = parse_model(arguments.model);
  if (!model) {
    return tl::unexpected(model.error());
  }
  Result<MeasureOptions> options = measure_options(arguments);
  if (!options) {
    return tl::unexpected(options.error());
  }
  const Result<IdleStrategy> idle = parse_idle_strategy(arguments.idle);
  if (!idle) {
    return tl::unexpected(idle.error());
  }
  const Result<MeasuredServer> server = what_to_measure(arguments);
  if (!server) {
    return tl::unexpected(server.error());
  }
  options->sizes = server->sizes;
  if (!arguments.config_paths.empty() || !arguments.settings.empty()) {
    print_server(*server);
  }
  const SteadyClock clock;
  DeviceChoice choice{.kind = *kind,
                      .model = *model,
                      .lanes = server->lanes,
                      .threads = arguments.threads,
                      .sizes = options->sizes};
  choice.take_memory_options(server->memory_fraction, server->allow_growth);
  const Result<std::unique_ptr<Device>> device = make_device(choice, clock);
  if (!device) {
    return tl::unexpected(device.error());
  }
  MeasureOptions waiting = *options;
  waiting.time_limit = options->time_limit * 4 / 5;  // the rest is measure_served()'s
  // Awake ourselves: what is measured is how the device wakes up.
  waiting.wait = [&clock](SimDuration span) {
    const SimTime until = clock.now() + span;
    while (clock.now() < until) {
    }
  };
  Result<Measurement> measurement = measure(**device, *model, clock, waiting);
  if (!measurement) {
    return tl::unexpected(measurement.error());
  }
  if (Result<void> served = measure_served(**device, *model, clock, *idle, *options, *measurement);
      !served) {
    return served;
  }
  fmt::print("{}", measurement_text(*measurement, *options));
  if (arguments.output.empty()) {
    return {};
  }
  if (Result<void> written =
          write_file_whole(arguments.output, device_table_text(*measurement, *options));
      !written) {
    return written;
  }
  fmt::print("\ndevice file: {}\n", arguments.output);
  return {};
}

}  // namespace

void add_measure(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("measure", "Measure a model on this machine, as a file for --gpu");
  verb->footer(
      "example: lockstep measure --on cpu --model mlp:width=512 --sizes 1,2,4,8,16,32 -o gpu.csv\n"
      "         lockstep measure --on cuda --model mlp --config batching_parameters.txt -o "
      "gpu.csv");
  const auto arguments = std::make_shared<MeasureArguments>();
  verb->add_option("--on", arguments->on, "cpu or cuda")->capture_default_str();
  verb->add_option("--model", arguments->model, "`lockstep list models`")->required();
  verb->add_option("--sizes", arguments->sizes, "rows of the batches, rising")
      ->each([arguments](const std::string&) { arguments->sizes_given = true; })
      ->capture_default_str();
  verb->add_option("--config", arguments->config_paths,
                   "the server's own file: sizes and lanes are those of its batches; repeatable")
      ->allow_extra_args(false);
  verb->add_option("--set", arguments->settings,
                   "the same from an option of its scheduler: max_batch_size=32; repeatable")
      ->allow_extra_args(false);
  verb->add_option("--server-cpus", arguments->server_cpus,
                   "with --config: CPU count of the server, for its defaults")
      ->check(whole_number());
  verb->add_option("--least", arguments->least, "batches of a size, however alike they are")
      ->check(whole_number())
      ->capture_default_str();
  verb->add_option("--lanes", arguments->lanes,
                   "batch threads (lanes): also 2, 3, ... of them busy at once")
      ->check(whole_number())
      ->each([arguments](const std::string&) { arguments->lanes_given = true; })
      ->capture_default_str();
  verb->add_option("--threads", arguments->threads, "with --on cpu: threads that compute")
      ->check(whole_number())
      ->capture_default_str();
  verb->add_option("--confidence", arguments->confidence, "of the interval of the median")
      ->capture_default_str();
  verb->add_option("--within", arguments->within,
                   "batches of a size are repeated until its median is that sure")
      ->capture_default_str();
  verb->add_option("--idle", arguments->idle,
                   "of the live server that is measured around the batches: spin, yield or sleep, "
                   "as for replay")
      ->capture_default_str();
  verb->add_option("--time-limit", arguments->time_limit, "of all of it")->capture_default_str();
  verb->add_option("-o,--output", arguments->output, "the device file; without it the table alone");
  verb->callback([arguments, &session] {
    const Result<void> measured = run_measure(*arguments);
    session.exit_code = measured ? kExitHolds : report_error(measured.error());
  });
}

}  // namespace lockstep
