// Where a run's files go: written aside, then renamed; the same inputs never make two directories.
//
// Default place: runs/<10 hex digits of the digest of all inputs>, with runs/last pointing at it. A
// repeated run is compared byte for byte with the one that is there: equal means "already there,
// unchanged"; different means that a promise of ours is broken (exit 3), and both are kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace lockstep {

class RunDirectory {
 public:
  // Makes an empty directory beside the final place. `out` is --out, or "" for the default place.
  // Errors: a place that cannot be written; an --out that exists and is not a run directory.
  [[nodiscard]] static Result<RunDirectory> create(const std::string& out);

  RunDirectory(RunDirectory&& other) noexcept;
  RunDirectory(const RunDirectory&) = delete;
  RunDirectory& operator=(const RunDirectory&) = delete;
  RunDirectory& operator=(RunDirectory&&) = delete;
  ~RunDirectory();  // removes what was not published

  [[nodiscard]] const std::string& path() const { return path_; }  // of the files being written

  struct Published {
    std::string path;        // where the run now is
    bool unchanged = false;  // it was there before, byte for byte
  };
  // Moves the files to their place. `input_digest` names the default directory.
  [[nodiscard]] Result<Published> publish(std::uint64_t input_digest);

 private:
  RunDirectory(std::string parent, std::string out, std::string path);

  std::string parent_;
  std::string out_;
  std::string path_;
  bool made_parent_ = false;
};

// The run directory that a reading verb means: `given`, else runs/last.
[[nodiscard]] std::string run_or_last(const std::string& given);

// Writes `text` to `path` through a temporary name beside it: whole or not at all.
[[nodiscard]] Result<void> write_file_whole(const std::string& path, std::string_view text);

// Ends what was written aside: renamed to `path` when `keep`, removed otherwise.
[[nodiscard]] Result<void> finish_aside(const std::string& aside, const std::string& path,
                                        bool keep);

}  // namespace lockstep
