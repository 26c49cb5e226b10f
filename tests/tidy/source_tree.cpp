#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace lockstep::tidy {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<std::string> ignored_folders(const fs::path& root) {
  std::vector<std::string> folders;
  const std::string text = read_text(root / ".gitignore");
  for (const std::string_view line : split_lines(text)) {
    if (line.size() > 2 && line.front() == '/' && line.back() == '/') {
      folders.emplace_back(line.substr(1, line.size() - 2));
    }
  }
  return folders;
}

bool is_binary(std::string_view text) {
  return text.substr(0, 4096).find('\0') != std::string_view::npos;
}

bool is_skipped(const std::string& path, const std::vector<std::string>& ignored) {
  const std::string name = fs::path(path).filename().string();
  const bool hidden_folder = name.front() == '.' && name != ".ci";
  return hidden_folder || std::find(ignored.begin(), ignored.end(), path) != ignored.end();
}

}  // namespace

std::string_view SourceFile::folder() const {
  const std::size_t slash = path.find('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(path).substr(0, slash);
}

std::string_view SourceFile::name() const {
  return std::string_view(path).substr(path.rfind('/') + 1);
}

bool SourceFile::in(std::string_view dir) const {
  return path.size() > dir.size() && path.starts_with(dir) && path[dir.size()] == '/';
}

bool SourceFile::ends(std::string_view end) const {
  return path.ends_with(end);
}

bool SourceFile::is_header() const {
  return ends(".h") || ends(".hpp") || ends(".cuh");
}

bool SourceFile::is_code() const {
  return is_header() || ends(".cpp") || ends(".cu");
}

bool SourceFile::is_build_file() const {
  return name() == "CMakeLists.txt" || ends(".cmake") || in("scripts") || in(".ci") ||
         in("tests/scripts");
}

const SourceFile* find_file(const SourceTree& tree, std::string_view path) {
  const auto found =
      std::find_if(tree.begin(), tree.end(), [&](const auto& file) { return file.path == path; });
  return found == tree.end() ? nullptr : &*found;
}

SourceTree read_source_tree(const std::string& root) {
  const std::vector<std::string> ignored = ignored_folders(root);
  SourceTree tree;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    std::string path = fs::relative(it->path(), root).generic_string();
    if (it->is_directory()) {
      if (is_skipped(path, ignored)) {
        it.disable_recursion_pending();
      }
      continue;
    }
    if (!it->is_regular_file() || path == ".git") {  // .git is a file in a git worktree
      continue;
    }
    std::string text = read_text(it->path());
    if (!is_binary(text)) {
      tree.push_back({std::move(path), std::move(text)});
    }
  }
  std::sort(tree.begin(), tree.end(),
            [](const auto& left, const auto& right) { return left.path < right.path; });
  return tree;
}

std::string to_text(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += finding.path + ":" + std::to_string(finding.line) + ": " + finding.message + "\n";
  }
  return text;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace lockstep::tidy
