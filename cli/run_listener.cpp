#include "cli/run_listener.h"

#include <utility>

#include "core/digest.h"
#include "reports/summary.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

// The digest that names the run directory: of everything that goes in. Warnings decide nothing,
// but the same settings from a file and from --set are two manifests.
std::uint64_t input_digest_of(const Manifest& manifest) {
  ByteDigest digest;
  digest.add(manifest.lockstep_version + "\n" + manifest.rules_version + "\n" +
             manifest.trace.name + "\n" + digest_text(manifest.trace.content_digest) + "\n" +
             digest_text(manifest.settings_digest) + "\n");
  for (const std::string& warning : manifest.warnings) {
    digest.add("warning=" + warning + "\n");
  }
  return digest.value();
}

}  // namespace

Result<std::unique_ptr<RunListener>> RunListener::create(
    const ExecuteOptions& options, const PreparedRun& run,
    const std::vector<std::string>& queue_names) {
  auto log = std::unique_ptr<RunListener>(
      new RunListener({.exact = options.log, .gpu_count = run.plan.gpu_count}, queue_names));
  if (!options.log) {
    return log;
  }
  Result<RunDirectory> made = RunDirectory::create(options.out);
  if (!made) {
    return tl::unexpected(made.error());
  }
  log->directory_.emplace(std::move(*made));
  Result<std::unique_ptr<RunWriter>> writer =
      RunWriter::create({.directory = log->directory_->path(),
                         .gpu_count = run.plan.gpu_count,
                         .queue_names = &queue_names});
  if (!writer) {
    return tl::unexpected(writer.error());
  }
  log->files_ = std::move(*writer);
  log->both_.emplace(log->metrics_, *log->files_);
  return log;
}

Result<void> RunListener::complete(RunOutcome& outcome) {
  if (!directory_) {
    return {};
  }
  if (Result<void> closed = files_->close(); !closed) {
    return closed;
  }
  Manifest manifest = manifest_of(outcome.run);
  manifest.queue_names = queue_names_;
  manifest.digest = outcome.summary.digest;
  manifest.trace = outcome.trace;
  outcome.input_digest = input_digest_of(manifest);
  if (Result<void> written =
          write_file_whole(directory_->path() + "/summary.json", summary_json(outcome.summary));
      !written) {
    return written;
  }
  if (Result<void> written = write_manifest(directory_->path(), manifest); !written) {
    return written;
  }
  both_.reset();
  files_.reset();
  outcome.unpublished.emplace(std::move(*directory_));
  directory_.reset();
  return {};
}

}  // namespace lockstep
