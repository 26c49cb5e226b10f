// lockstep demo: no arguments, no files; a table that surprises, two pictures, two reports, three
// commands.
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/execute.h"
#include "cli/exit_code.h"
#include "cli/presentation.h"
#include "cli/run_directory.h"
#include "cli/run_report.h"
#include "cli/verbs.h"
#include "reports/diagram.h"

namespace lockstep {
namespace {

constexpr const char* kTrace = "azure-conv-2023";

RunPlan plan(std::int64_t timeout_micros) {
  RunPlan plan;
  plan.trace = kTrace;
  plan.load = "400x";
  plan.gpu = "v100-resnet50";
  plan.options = {{"max_batch_size", "16"},
                  {"batch_timeout_micros", std::to_string(timeout_micros)},
                  {"num_batch_threads", "4"}};
  return plan;
}

// The requests around the median latency of each run, beside its log.
Result<std::string> draw(const std::string& directory) {
  const Result<RunLog> run = load_run(directory);
  if (!run) {
    return tl::unexpected(run.error());
  }
  DiagramOptions options;
  options.window.kind = WindowChoice::Kind::kTypical;
  const Result<std::string> picture = draw_diagram(*run, options);
  if (!picture) {
    return picture;
  }
  std::string path = directory + "/diagram.svg";
  if (const Result<void> written = write_file_whole(path, *picture); !written) {
    return tl::unexpected(written.error());
  }
  return path;
}

int demo(const Session& session) {
  std::vector<RunOutcome> runs;
  std::vector<std::string> pictures;
  for (const std::int64_t timeout_micros : {2000, 5000}) {
    const Result<PreparedRun> prepared = prepare(plan(timeout_micros));
    if (!prepared) {
      return report_error(prepared.error());
    }
    Result<RunOutcome> outcome = execute(*prepared, ExecuteOptions{});
    if (!outcome) {
      return report_error(outcome.error());
    }
    if (const Result<void> published = publish(*outcome); !published) {
      return report_error(published.error());
    }
    const Result<std::string> picture = draw(outcome->directory);
    if (!picture) {
      return report_error(picture.error());
    }
    const std::string report = outcome->directory + "/report.html";
    if (const Result<void> written = write_run_report(outcome->directory, report); !written) {
      return report_error(written.error());
    }
    runs.push_back(std::move(*outcome));
    pictures.push_back(*picture);
  }
  const RunSummary& a = runs[0].summary;
  const RunSummary& b = runs[1].summary;
  fmt::print(
      "The same requests through TF-Serving's batching rule twice: with a time-out of 2 ms "
      "and of 5 ms.\n\n{}",
      runs_text(runs));
  if (b.p50_ns < a.p50_ns && b.p99_ns < a.p99_ns) {
    fmt::print(
        "\nWaiting longer is faster: {}. With 2 ms the GPU drowns in small\nbatches; the "
        "pictures show them queue behind each other.\n",
        comparison_text(runs[0], runs[1]));
  }
  fmt::print(
      "\nreal:     the arrival times (Azure LLM inference 2023, conversation; CC-BY 4.0)\n"
      "modelled: one row per request, the GPU's service times (a published fit), no network\n"
      "\ndiagram 2 ms: {}\ndiagram 5 ms: {}\nreport 2 ms:  {}/report.html\n"
      "report 5 ms:  {}/report.html\n",
      pictures[0], pictures[1], runs[0].directory, runs[1].directory);
  fmt::print(
      "\nnext:\n  {0} diagram {1} --typical --against {2} -o both.svg\n"
      "  {0} replay {3} --load 400x --gpu v100-resnet50 --set max_batch_size=16 "
      "--set batch_timeout_micros=2000 --set num_batch_threads=1\n  {0} check {1} --only "
      "re-execution\n",
      session.program, runs[0].directory, runs[1].directory, kTrace);
  return kExitHolds;
}

}  // namespace

void add_demo(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("demo", "A real trace, two settings, two pictures");
  verb->footer("example: lockstep demo");
  verb->callback([&session] { session.exit_code = demo(session); });
}

}  // namespace lockstep
