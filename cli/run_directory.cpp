#include "cli/run_directory.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include <unistd.h>

#include "core/digest.h"

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

Result<std::string> read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    return io_error("cannot read " + path.string());
  }
  return bytes;
}

// The first file of `ours` that is not byte for byte the same in `theirs`; "" when all are.
Result<std::string> first_difference(const fs::path& ours, const fs::path& theirs) {
  std::error_code error;
  std::vector<fs::path> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(ours, error)) {
    names.push_back(entry.path().filename());
  }
  if (error) {
    return cannot("list", ours.string(), error);
  }
  for (const fs::path& name : names) {
    if (!fs::exists(theirs / name, error)) {
      return name.string();
    }
    const Result<std::string> a = read_bytes(ours / name);
    const Result<std::string> b = read_bytes(theirs / name);
    if (!a || !b) {
      return tl::unexpected((!a ? a : b).error());
    }
    if (*a != *b) {
      return name.string();
    }
  }
  return std::string();
}

// runs/last -> NAME, replaced in one step. A file system without links loses only the shortcut.
void point_last_at(const fs::path& parent, const std::string& name) {
  std::error_code ignored;
  const fs::path aside = parent / (".last-" + std::to_string(::getpid()));
  fs::remove(aside, ignored);
  fs::create_directory_symlink(name, aside, ignored);
  fs::rename(aside, parent / "last", ignored);
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
  fs::path parent = out.empty() ? fs::path(kRunsFolder) : out_path.parent_path();
  if (parent.empty()) {
    parent = ".";
  }
  const bool made_parent = fs::create_directories(parent, error);
  if (error) {
    return cannot("make directory", parent.string(), error);
  }
  std::string name = (parent / ".writing-XXXXXX").string();
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
      const std::string kept = std::exchange(path_, std::string());
      return tl::unexpected(Error{
          Errc::kInternal, "the same inputs gave different bytes: " + target.string() + "/" +
                               *difference + " and " + kept + "/" + *difference +
                               "; both are kept (was the program changed in between? then remove " +
                               target.string() + ")"});
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

std::string run_or_last(const std::string& given) {
  return given.empty() ? std::string(kRunsFolder) + "/last" : given;
}

Result<void> finish_aside(const std::string& aside, const std::string& path, bool keep) {
  std::error_code error;
  if (keep) {
    fs::rename(aside, path, error);
    if (!error) {
      return {};
    }
  }
  std::error_code ignored;
  fs::remove(aside, ignored);
  return cannot("write", path, error);
}

Result<void> write_file_whole(const std::string& path, std::string_view text) {
  const std::string aside = path + ".writing-" + std::to_string(::getpid());
  std::ofstream file(aside, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) {
    const std::error_code cause(errno, std::generic_category());
    Result<void> removed = finish_aside(aside, path, false);
    return cannot("write", path, cause);
  }
  return finish_aside(aside, path, true);
}

}  // namespace lockstep
