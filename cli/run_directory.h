// Where a run's files go: written aside, then renamed; the same inputs never make two directories.
//
// Default place: runs/<10 hex digits of the digest of all inputs>, with runs/last pointing at it. A
// repeated run is compared byte for byte with the one that is there: equal means "already there,
// unchanged". Other decisions in a directory whose manifest is intact break a promise of ours: exit
// 3, and this run is kept beside it as NAME.differs, once. Any other difference means that somebody
// altered the directory, or that another build wrote it: exit 2, nothing is kept.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

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
  tl::unexpected<Error> explain(const std::string& target, const std::string& difference);

  std::string parent_;
  std::string out_;
  std::string path_;
  bool made_parent_ = false;
};

// Removes what a process that was killed was writing there (`out` as of create()).
void remove_abandoned(const std::string& out, pid_t process);

// The run directory that a reading verb means: `given`, else runs/last.
[[nodiscard]] std::string run_or_last(const std::string& given);

// A file written under a name of its own beside `path`, which replaces `path` when it is kept: a
// failed or interrupted program leaves the file that was there, and no other. A device, a pipe or a
// link (/dev/stdout) is written as it is, never replaced.
class AsideFile {
 public:
  [[nodiscard]] static Result<AsideFile> create(const std::string& path);
  AsideFile(AsideFile&& other) noexcept;
  AsideFile(const AsideFile&) = delete;
  AsideFile& operator=(const AsideFile&) = delete;
  AsideFile& operator=(AsideFile&&) = delete;
  ~AsideFile();  // removes what was not kept

  [[nodiscard]] std::ofstream& stream() { return file_; }
  // Once. Errors: whatever could not be written since create().
  [[nodiscard]] Result<void> keep();

 private:
  AsideFile(std::string path, std::string name);

  std::string path_;
  std::string name_;
  std::ofstream file_;
};

// Writes `text` to `path` whole or not at all.
[[nodiscard]] Result<void> write_file_whole(const std::string& path, std::string_view text);
// Files by name and text into `folder`, which is made when there is none; each whole or not at all.
[[nodiscard]] Result<void> write_files_into(
    const std::string& folder, const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace lockstep
