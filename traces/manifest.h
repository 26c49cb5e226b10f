// manifest.json of a run directory: what was run, with what, on what, and the digest it came to.
//
// Enough to repeat the run and to know that the repetition is the same. No wall clock, no path of
// the machine: the trace is named without its directory. Keys come in one fixed order, so that
// equal runs have equal bytes. Digests are written as 16 hex digits. The last key, manifest_digest,
// is the digest of all bytes before its line: an edit of any key shows, and so does a new one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

namespace lockstep {

// Raised when the meaning of a key changes; readers refuse another number.
inline constexpr int kManifestFormat = 1;

struct TraceIdentity {
  std::string name;    // file name without directory, or the spec of a generator
  std::string format;  // "lockstep", "azure-llm-2023"; "poisson" or "generated"
  std::uint64_t rows = 0;
  std::uint64_t content_digest = 0;  // of the bytes; of the files that a generator reads, or 0
};

struct Manifest {
  std::string lockstep_version;
  std::string rules_version;  // of the scheduling rules: raised when decisions change
  std::uint64_t seed = 0;
  std::string scheduler;
  std::uint32_t lane_count = 1;
  std::uint32_t gpu_count = 1;
  // In the server's words and order: {"max_batch_size", "16"}, ..., {"gpu", "1ms+50us/row"}.
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::string> queue_names;
  // About the server's own configuration: "batching.txt:3:7: ...", files without their folders.
  std::vector<std::string> warnings;  // written when there are any
  std::uint64_t digest = 0;           // of the journal's last line
  std::uint64_t settings_digest = 0;  // where the journal's digest chain starts
  TraceIdentity trace;
};

// Digest of the lines `name=value` of the settings in their order: where the digest chain of the
// run's journal starts (ServerOptions::settings_digest).
[[nodiscard]] std::uint64_t settings_digest(const Manifest& manifest);

// JSON, two spaces of indent, a line end at the end; with its manifest_digest.
[[nodiscard]] std::string manifest_text(const Manifest& manifest);

// `name` stands for FILE. Errors: broken JSON (FILE:LINE:COLUMN), a missing or unknown key, a value
// of another type. Judges no digest: read_manifest() and load_run() do, `lockstep check` reports.
[[nodiscard]] Result<Manifest> parse_manifest(const std::string& name, std::string_view text);

// Whether manifest_digest stands last in `text` and follows from the bytes before it.
[[nodiscard]] bool is_intact_manifest(std::string_view text);

[[nodiscard]] Result<void> write_manifest(const std::string& directory, const Manifest& manifest);
// Errors: those of parse_manifest; a file that is not intact; a directory without manifest.json is
// not a run.
[[nodiscard]] Result<Manifest> read_manifest(const std::string& directory);
// The file as it is, for who judges it.
[[nodiscard]] Result<std::string> read_manifest_text(const std::string& directory);

}  // namespace lockstep
