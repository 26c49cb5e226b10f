#include "cli/presentation.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "core/status.h"
#include "reports/format.h"
#include "reports/table.h"
#include "sim/device_text.h"

namespace lockstep {
namespace {

// "19366" -> "19,366".
std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t place = text.size(); place > 3;) {
    place -= 3;
    text.insert(place, ",");
  }
  return text;
}

std::string setting(const RunOutcome& run, const std::string& name) {
  for (const auto& [key, value] : run.run.settings) {
    if (key == name) {
      return value;
    }
  }
  return "";
}

// One setting as short as a table wants it: "batch_timeout 2 ms", "max_batch_size 16".
std::string short_setting(const std::string& key, const std::string& value) {
  constexpr std::string_view kMicros = "_micros";
  std::int64_t micros = 0;
  const char* end = value.data() + value.size();
  if (key.size() > kMicros.size() &&
      key.compare(key.size() - kMicros.size(), kMicros.size(), kMicros) == 0 &&
      std::from_chars(value.data(), end, micros).ptr == end) {
    return key.substr(0, key.size() - kMicros.size()) + " " +
           exact_time(SimDuration{micros * 1000});
  }
  return key + " " + value;
}

// How a run differs from the other of its pair, in the server's words.
std::string difference(const RunOutcome& run, const RunOutcome& other) {
  std::string text;
  for (const auto& [key, value] : run.run.settings) {
    if (key != "gpu_curve" && key != kFaultPlanSetting && setting(other, key) != value) {
      text += (text.empty() ? "" : ", ") + short_setting(key, value);
    }
  }
  return text.empty() && run.trace.name != other.trace.name ? run.trace.name : text;
}

// Labels of the rows. What does not fit a label stands in `legend`, a line per run.
std::vector<std::string> labels_of(const std::vector<RunOutcome>& runs, std::string& legend) {
  constexpr std::size_t kFits = 23;
  if (runs.size() != 2) {
    return {runs.front().run.plan.scheduler};
  }
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::string letter = i == 0 ? "A" : "B";
    const std::string text = difference(runs[i], runs[1 - i]);
    if (letter.size() + 1 + text.size() <= kFits) {
      labels.push_back(text.empty() ? letter : fmt::format("{} {}", letter, text));
    } else {
      const bool same = runs[0].run.plan.scheduler == runs[1].run.plan.scheduler;
      labels.push_back(same ? letter : fmt::format("{} {}", letter, runs[i].run.plan.scheduler));
      legend += fmt::format("{}: {}\n", letter, text);
    }
  }
  return labels;
}

std::string rate_text(const RunOutcome& run) {
  const std::int64_t span = run.arrival_span.count();
  if (span < 1'000'000 || run.summary.requests < 2) {
    return "";  // a rate would say more than there is
  }
  __extension__ using Wide = __int128;
  // Gaps, not requests, fill the span; in tenths, rounded.
  const auto gaps = static_cast<Wide>(run.summary.requests - 1);
  const auto tenths =
      static_cast<std::uint64_t>((gaps * 10'000'000'000 + span / 2) / static_cast<Wide>(span));
  if (tenths == 0) {
    return "";
  }
  return tenths < 1000 ? fmt::format(", {}.{} requests/s on average", tenths / 10, tenths % 10)
                       : fmt::format(", {} requests/s on average", grouped((tenths + 5) / 10));
}

std::string traffic_text(const RunOutcome& run) {
  const bool generated = run.run.plan.trace.empty();
  std::string text = fmt::format("{} request{}: ", grouped(run.summary.requests),
                                 run.summary.requests == 1 ? "" : "s");
  text += generated ? fmt::format("generated, {}, seed {}", run.trace.name, run.run.plan.seed)
                    : fmt::format("the arrival times of {}", run.trace.name);
  const RunPlan& plan = run.run.plan;
  text += plan.repeat > 1 ? fmt::format(", repeated {} times", plan.repeat) : "";
  text += plan.replicate > 1
              ? fmt::format(", {} copies at random offsets, seed {}", plan.replicate, plan.seed)
              : "";
  if (!run.run.load.is_one()) {
    const bool more = run.run.load.numerator > run.run.load.denominator;
    text +=
        fmt::format(", load {} by {} gaps", run.run.plan.load, more ? "compressing" : "stretching");
  }
  text += plan.length.empty() ? "" : fmt::format(", those before {}", plan.length);
  return text +
         fmt::format(", over {} of {} time", short_time(run.arrival_span),
                     run.live ? "real" : "virtual") +
         rate_text(run) + "\n";
}

std::string service_text(const RunOutcome& run) {
  if (run.live) {
    return fmt::format("measured on {}, {} batch thread{} (lanes); model {}; idle strategy {}\n",
                       run.live->device, run.run.lane_count, run.run.lane_count == 1 ? "" : "s",
                       model_text(run.run.live->model), idle_strategy_name(run.run.live->idle));
  }
  const std::string curve = device_text(run.run.device);
  const std::string said = split_device_text(run.run.gpu_name).head;
  return fmt::format("{}; service time {}\n", device_sentence(run.run),
                     said == split_device_text(curve).head ? curve : said + " = " + curve);
}

std::string latency_text(const RunOutcome& run) {
  if (run.live) {
    return "latency = from arrival at the core to answer; network, decoding and pre-processing are "
           "not included\n";
  }
  if (run.run.overhead == SimDuration{0}) {
    return "latency = from arrival at the server to answer; network, decoding and pre-processing "
           "are "
           "not included\n";
  }
  return fmt::format(
      "latency = from arrival at the server to answer, and {} (--overhead) for network, decoding "
      "and "
      "pre-processing\n",
      to_decimal_text(run.run.overhead));
}

// What the models and batches took, where that is modelled.
std::string memory_text(const RunOutcome& run, const std::string& name) {
  const MemoryDescription& memory = run.run.device.memory;
  if (run.live || memory.total == 0) {
    return "";
  }
  const auto mib = [](std::uint64_t bytes) {
    return grouped((bytes + (std::uint64_t{1} << 20) - 1) >> 20);
  };
  const std::string used = mib(run.gpu_memory_peak);
  const bool growth = memory.growth.value_or(false);
  return fmt::format(
      "{}GPU memory: at most {} of {} MiB used at once; the process holds {} MiB ({})\n", name,
      used, mib(memory.budget()), growth ? used : mib(memory.budget()),
      growth ? "allow_growth: taken on demand, never given back" : "taken at its start");
}

// One sentence when it holds for both runs, else one for each.
std::string both(const std::vector<RunOutcome>& runs, std::string (*sentence)(const RunOutcome&)) {
  const std::string first = sentence(runs.front());
  if (runs.size() < 2 || sentence(runs.back()) == first) {
    return first;
  }
  return "A: " + first + "B: " + sentence(runs.back());
}

std::string trouble_text(const RunOutcome& run, const std::string& name) {
  std::string text;
  for (std::uint8_t i = 0; i < kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    const std::uint64_t count = run.summary.requests_by_reason[i];
    if (count > 0 && reason != Reason::kAnswered) {
      text += fmt::format("{}{} request{} refused or failed: {}\n", name, grouped(count),
                          count == 1 ? " was" : "s were", reason_name(reason));
    }
  }
  text += clients_text(run, name);
  if (run.summary.unanswered > 0) {
    text += fmt::format("{}{} request{} never answered: the scheduler has nothing left to do\n",
                        name, grouped(run.summary.unanswered),
                        run.summary.unanswered == 1 ? " was" : "s were");
  }
  return text;
}

}  // namespace

std::string clients_text(const RunOutcome& run, const std::string& name) {
  const ClientOutcome& clients = run.clients;
  std::string text;
  const auto line = [&](std::uint64_t count, const char* one, const char* many) {
    if (count > 0) {
      text += fmt::format("{}{} {}\n", name, grouped(count), count == 1 ? one : many);
    }
  };
  line(clients.counts.gave_up, "request was given up by its client, whose time-out had passed",
       "requests were given up by their clients, whose time-outs had passed");
  line(clients.counts.retries, "arrival is a retry", "arrivals are retries");
  line(clients.waiting, "client waits for ever", "clients wait for ever");
  return text;
}

std::string polling_text(const RunOutcome& polling, const RunOutcome& ideal) {
  const auto added = [](std::int64_t with, std::int64_t without) {
    return with >= without ? short_time(SimDuration{with - without}) + " more"
                           : short_time(SimDuration{without - with}) + " less";
  };
  return fmt::format(
      "idle threads look each {} us, as TF-Serving's do: p50 is {} and p99 {} than if they saw "
      "everything at once (--set idle_poll_micros=0)\n",
      option_text(polling.run.spec.values, "idle_poll_micros"),
      added(polling.summary.p50_ns, ideal.summary.p50_ns),
      added(polling.summary.p99_ns, ideal.summary.p99_ns));
}

std::string runs_text(const std::vector<RunOutcome>& runs) {
  const bool pair = runs.size() == 2;
  std::string text;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::vector<ConfigDiagnostic>& said = runs.front().run.plan.warnings;
    for (const ConfigDiagnostic& warning : runs[i].run.plan.warnings) {
      if (i == 0 || std::find(said.begin(), said.end(), warning) == said.end()) {
        text += fmt::format("warning: {}\n", to_text(warning));
      }
    }
  }
  for (const std::string& note : runs.front().run.notes) {
    text += "note: " + note + "\n";
  }
  for (const std::string& note : runs.back().run.notes) {
    const auto& said = runs.front().run.notes;
    if (std::find(said.begin(), said.end(), note) == said.end()) {
      text += "note: B: " + note + "\n";
    }
  }
  text += both(runs, traffic_text) + both(runs, service_text);
  text += both(runs, latency_text);
  std::string legend;
  const std::vector<std::string> labels = labels_of(runs, legend);
  std::vector<TableRow> rows;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    TableRow row;
    row.label = labels[i];
    row.summary = runs[i].summary;
    if (runs[i].wall_ns > 0) {
      row.simulated_per_second = runs[i].summary.requests * 1'000'000'000 / runs[i].wall_ns;
    }
    rows.push_back(row);
  }
  text += legend + "\n" + run_table(rows) + "\n";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string name = pair ? (i == 0 ? "A: " : "B: ") : "";
    text += trouble_text(runs[i], name) + faults_text(runs[i], name) + memory_text(runs[i], name);
    if (!runs[i].polling_note.empty()) {
      text += name;
      text += runs[i].polling_note;
    }
  }
  for (const RunOutcome& run : runs) {
    if (!run.directory.empty()) {
      text += fmt::format("run: {}{}\n", run.directory,
                          run.unchanged ? " (already there, unchanged)" : "");
    }
  }
  return text;
}

std::string comparison_text(const RunOutcome& a, const RunOutcome& b) {
  const RunSummary& first = a.summary;
  const RunSummary& second = b.summary;
  return fmt::format("p50 {} -> {}, p99 {} -> {}", short_time(SimDuration{first.p50_ns}),
                     short_time(SimDuration{second.p50_ns}), short_time(SimDuration{first.p99_ns}),
                     short_time(SimDuration{second.p99_ns}));
}

}  // namespace lockstep
