#include "cli/rederived_files.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/run_directory.h"
#include "cli/run_plan.h"
#include "reports/summary.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

// "" when the files are equal, else a sentence that names the first line that differs.
std::string difference(const std::string& name, const fs::path& recorded, const fs::path& again) {
  std::ifstream a(recorded, std::ios::binary);
  std::ifstream b(again, std::ios::binary);
  if (!a) {
    return name + " is missing";
  }
  std::uint64_t line = 1;
  while (true) {
    const int left = a.get();
    const int right = b.get();
    if (left != right) {
      return fmt::format("{}:{} is the first line that the journal does not give", name, line);
    }
    if (left == std::char_traits<char>::eof()) {
      return "";
    }
    line += left == '\n' ? 1 : 0;
  }
}

}  // namespace

Result<std::unique_ptr<RederivedFiles>> RederivedFiles::create(const Manifest& manifest) {
  std::unique_ptr<RederivedFiles> files(new RederivedFiles(manifest));
  std::error_code error;
  std::string scratch = (fs::temp_directory_path(error) / "lockstep-check-XXXXXX").string();
  if (error || ::mkdtemp(scratch.data()) == nullptr) {
    return io_error("cannot make a scratch directory " + scratch);
  }
  files->scratch_ = scratch;
  Result<std::unique_ptr<RunWriter>> writer =
      RunWriter::create(RunWriterOptions{.directory = scratch,
                                         .gpu_count = manifest.gpu_count,
                                         .queue_names = &manifest.queue_names,
                                         .journal = false});
  if (!writer) {
    return tl::unexpected(writer.error());
  }
  files->files_ = std::move(*writer);
  files->sink_ = std::make_unique<MetricsAndFiles>(files->metrics_, *files->files_);
  return files;
}

RederivedFiles::~RederivedFiles() {
  std::error_code ignored;
  fs::remove_all(scratch_, ignored);
}

Result<std::vector<std::string>> RederivedFiles::differences(const std::string& run,
                                                             std::uint64_t digest) {
  if (Result<void> closed = files_->close(); !closed) {
    return tl::unexpected(closed.error());
  }
  SummaryOptions options{.gpu_count = manifest_.gpu_count, .digest = digest};
  for (const auto& [name, value] : manifest_.settings) {
    if (name == kOverheadSetting) {
      const Result<SimDuration> overhead = parse_overhead(value);
      if (!overhead) {
        return tl::unexpected(overhead.error());
      }
      options.overhead = *overhead;
    }
  }
  const Result<RunSummary> summary = summarize(metrics_, options);
  if (!summary) {
    return tl::unexpected(summary.error());
  }
  if (Result<void> written = write_file_whole(scratch_ + "/summary.json", summary_json(*summary));
      !written) {
    return tl::unexpected(written.error());
  }
  std::vector<std::string> found;
  for (const char* name : {"requests.csv", "batches.csv", "summary.json"}) {
    std::string sentence = difference(name, fs::path(run) / name, fs::path(scratch_) / name);
    if (!sentence.empty()) {
      found.push_back(std::move(sentence));
    }
  }
  if (manifest_.trace.rows != summary->requests) {
    found.push_back(fmt::format("manifest.json: trace rows {}, the journal has {} arrivals",
                                manifest_.trace.rows, summary->requests));
  }
  return found;
}

}  // namespace lockstep
