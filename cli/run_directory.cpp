#include "cli/run_directory.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

#include "core/digest.h"
#include "core/schedulers/registry.h"
#include "traces/manifest.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRunsFolder = "runs";

tl::unexpected<Error> cannot(const std::string& what, const std::string& path,
                             const std::error_code& error) {
  return io_error("cannot " + what + " " + path + ": " + error.message());
}

bool is_run_directory(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path / "manifest.json", ignored);
}

// Whether the files have the same bytes, a block at a time: they can be larger than memory.
Result<bool> same_bytes(const fs::path& ours, const fs::path& theirs) {
  std::ifstream a(ours, std::ios::binary);
  std::ifstream b(theirs, std::ios::binary);
  for (const auto& [file, path] : {std::pair(&a, &ours), std::pair(&b, &theirs)}) {
    if (!*file) {
      return io_error("cannot read " + path->string());
    }
  }
  constexpr std::size_t kBlockBytes = 65'536;
  std::array<char, kBlockBytes> left{};
  std::array<char, kBlockBytes> right{};
  while (a && b) {
    a.read(left.data(), left.size());
    b.read(right.data(), right.size());
    const std::string_view bytes(left.data(), static_cast<std::size_t>(a.gcount()));
    if (bytes != std::string_view(right.data(), static_cast<std::size_t>(b.gcount()))) {
      return false;
    }
  }
  if (a.bad() || b.bad()) {
    return io_error("cannot read " + (a.bad() ? ours : theirs).string());
  }
  return true;
}

// The first file of `ours`, by name, that is not byte for byte the same in `theirs`; "" when all
// are.
Result<std::string> first_difference(const fs::path& ours, const fs::path& theirs) {
  std::error_code error;
  std::vector<fs::path> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(ours, error)) {
    names.push_back(entry.path().filename());
  }
  if (error) {
    return cannot("list", ours.string(), error);
  }
  std::sort(names.begin(), names.end());
  for (const fs::path& name : names) {
    if (!fs::exists(theirs / name, error)) {
      return name.string();
    }
    const Result<bool> same = same_bytes(ours / name, theirs / name);
    if (!same) {
      return tl::unexpected(same.error());
    }
    if (!*same) {
      return name.string();
    }
  }
  return std::string();
}

// runs/last -> NAME, replaced in one step. A file system without links, or a directory of that
// name, loses only the shortcut.
void point_last_at(const fs::path& parent, const std::string& name) {
  std::error_code ignored;
  std::error_code error;
  const fs::path aside = parent / (".last-" + std::to_string(::getpid()));
  fs::remove(aside, ignored);
  fs::create_directory_symlink(name, aside, ignored);
  fs::rename(aside, parent / "last", error);
  if (error) {
    fs::remove(aside, ignored);
  }
}

// Of directories that a process is writing.
std::string aside_prefix(pid_t process) {
  return ".writing-" + std::to_string(process) + "-";
}

// One of the user's own may be the cause: its build is known by the files that its command names.
std::string why_decisions_differ(const std::string& scheduler) {
  return find_scheduler(scheduler) != nullptr
             ? "was the program changed in between"
             : "does " + scheduler +
                   " draw without its seed, or read a clock? was a file that it loads changed";
}

fs::path parent_of(const std::string& out) {
  fs::path path(out);
  if (!out.empty() && !path.has_filename()) {
    path = path.parent_path();  // "--out DIR/"
  }
  fs::path parent = out.empty() ? fs::path(kRunsFolder) : path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

// An empty file beside `path` under a name that nobody has.
Result<std::string> create_aside(const std::string& path) {
  const std::string stem = path + ".writing-" + std::to_string(::getpid());
  std::string name = stem;
  for (int i = 1;; ++i) {
    errno = 0;
    if (std::FILE* const file = std::fopen(name.c_str(), "wbx"); file != nullptr) {
      std::fclose(file);
      return name;
    }
    if (errno != EEXIST || i > 1000) {
      return cannot("write", path, std::error_code(errno, std::generic_category()));
    }
    name = stem + "-" + std::to_string(i);
  }
}

}  // namespace

RunDirectory::RunDirectory(std::string parent, std::string out, std::string path)
    : parent_(std::move(parent)), out_(std::move(out)), path_(std::move(path)) {}

RunDirectory::RunDirectory(RunDirectory&& other) noexcept
    : parent_(std::move(other.parent_)),
      out_(std::move(other.out_)),
      path_(std::exchange(other.path_, std::string())),
      made_parent_(other.made_parent_) {}

RunDirectory::~RunDirectory() {
  if (!path_.empty()) {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    if (made_parent_) {
      fs::remove(parent_, ignored);  // only if it is empty: we made it for nothing
    }
  }
}

Result<RunDirectory> RunDirectory::create(const std::string& out) {
  std::error_code error;
  fs::path out_path(out);
  if (!out.empty() && !out_path.has_filename()) {
    out_path = out_path.parent_path();  // "--out DIR/"
  }
  if (!out.empty() && fs::exists(out_path, error) && !is_run_directory(out_path) &&
      !(fs::is_directory(out_path, error) && fs::is_empty(out_path, error))) {
    return bad_input("found --out " + out +
                     " in use, expected a new directory or one that holds this same run");
  }
  const fs::path parent = parent_of(out);
  const bool made_parent = fs::create_directories(parent, error);
  if (error) {
    return cannot("make directory", parent.string(), error);
  }
  std::string name = (parent / (aside_prefix(::getpid()) + "XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) {
    return cannot("make a directory in", parent.string(),
                  std::error_code(errno, std::generic_category()));
  }
  fs::permissions(name,
                  fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                      fs::perms::others_read | fs::perms::others_exec,
                  error);
  RunDirectory directory(parent.string(), out_path.string(), name);
  directory.made_parent_ = made_parent;
  return directory;
}

void remove_abandoned(const std::string& out, pid_t process) {
  std::error_code error;
  const fs::path parent = parent_of(out);
  std::vector<fs::path> abandoned;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    if (entry.path().filename().string().starts_with(aside_prefix(process))) {
      abandoned.push_back(entry.path());
    }
  }
  for (const fs::path& path : abandoned) {
    fs::remove_all(path, error);
  }
  if (!abandoned.empty() && out.empty()) {
    fs::remove(parent, error);  // only if it is empty
  }
}

Result<RunDirectory::Published> RunDirectory::publish(std::uint64_t input_digest) {
  const std::string name = digest_text(input_digest).substr(0, 10);
  const fs::path target = out_.empty() ? fs::path(parent_) / name : fs::path(out_);
  std::error_code error;
  Published published{target.string(), false};
  if (is_run_directory(target)) {
    const Result<std::string> difference = first_difference(path_, target);
    if (!difference) {
      return tl::unexpected(difference.error());
    }
    if (!difference->empty() && !out_.empty()) {
      return bad_input("found another run in --out " + target.string() + " (" + *difference +
                       " differs), expected a new directory");
    }
    if (!difference->empty()) {
      return explain(target.string(), *difference);
    }
    published.unchanged = true;
  } else {
    fs::remove(target, error);  // an empty --out directory
    fs::rename(path_, target, error);
    if (error) {
      return cannot("rename to", target.string(), error);
    }
    path_.clear();
  }
  if (out_.empty()) {
    point_last_at(parent_, name);
  }
  return published;
}

// Why the default directory holds another run than its inputs gave now. Only one that is as it was
// written can prove us wrong.
tl::unexpected<Error> RunDirectory::explain(const std::string& target,
                                            const std::string& difference) {
  const std::string next_step = ": remove " + target + " and repeat";
  const Result<Manifest> theirs = read_manifest(target);
  if (!theirs) {
    return bad_input(theirs.error().message + next_step);
  }
  const Result<Manifest> ours = read_manifest(path_);
  if (!ours) {
    return tl::unexpected(ours.error());
  }
  if (theirs->digest == ours->digest) {
    return bad_input(target + "/" + difference +
                     ": found a file that is not what these decisions give, expected the one that "
                     "lockstep wrote (it was altered, or another build wrote it)" +
                     next_step);
  }
  std::error_code error;
  const std::string kept = target + ".differs";
  fs::remove_all(kept, error);  // of an earlier repetition: one is enough
  fs::rename(path_, kept, error);
  if (!error) {
    path_.clear();
  }
  return tl::unexpected(
      Error{Errc::kInternal,
            "the same inputs gave other decisions: digest " + digest_text(theirs->digest) + " in " +
                target + ", now " + digest_text(ours->digest) + (error ? "" : " in " + kept) +
                " (" + why_decisions_differ(ours->scheduler) + "? then remove " + target + ")"});
}

std::string run_or_last(const std::string& given) {
  return given.empty() ? std::string(kRunsFolder) + "/last" : given;
}

Result<AsideFile> AsideFile::create(const std::string& path) {
  std::error_code ignored;
  // As root a rename over /dev/stdout would replace the link of the whole machine.
  const bool special = fs::is_symlink(path, ignored) ||
                       (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored));
  Result<std::string> name = special ? Result<std::string>(path) : create_aside(path);
  if (!name) {
    return tl::unexpected(name.error());
  }
  errno = 0;
  AsideFile file(path, std::move(*name));
  if (!file.file_) {
    return cannot("write", path, std::error_code(errno, std::generic_category()));
  }
  return file;
}

AsideFile::AsideFile(std::string path, std::string name)
    : path_(std::move(path)), name_(std::move(name)), file_(name_, std::ios::binary) {}

AsideFile::AsideFile(AsideFile&& other) noexcept
    : path_(std::move(other.path_)),
      name_(std::exchange(other.name_, std::string())),
      file_(std::move(other.file_)) {}

AsideFile::~AsideFile() {
  if (!name_.empty() && name_ != path_) {
    std::error_code ignored;
    fs::remove(name_, ignored);
  }
}

Result<void> AsideFile::keep() {
  errno = 0;
  file_.close();
  if (!file_) {
    return cannot("write", path_,
                  std::error_code(errno != 0 ? errno : EIO, std::generic_category()));
  }
  if (name_ != path_) {
    std::error_code error;
    fs::rename(name_, path_, error);
    if (error) {
      return cannot("write", path_, error);
    }
    name_.clear();
  }
  return {};
}

Result<void> write_file_whole(const std::string& path, std::string_view text) {
  Result<AsideFile> file = AsideFile::create(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  file->stream().write(text.data(), static_cast<std::streamsize>(text.size()));
  return file->keep();
}

Result<void> write_files_into(const std::string& folder,
                              const std::vector<std::pair<std::string, std::string>>& files) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return io_error(folder + ": cannot be made: " + error.message());
  }
  for (const auto& [name, text] : files) {
    std::string path = folder;
    path.append("/").append(name);
    if (Result<void> written = write_file_whole(path, text); !written) {
      return written;
    }
  }
  return {};
}

}  // namespace lockstep
