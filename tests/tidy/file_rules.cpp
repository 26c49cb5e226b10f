#include "tests/tidy/file_rules.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/tidy/cmake_lists.h"
#include "tests/tidy/code_view.h"

namespace lockstep::tidy {
namespace {

constexpr std::size_t kSplitAt = 400;
constexpr std::size_t kNeverBeyond = 600;

bool is_outside(std::string_view target) {
  return target.starts_with("https://") || target.starts_with("http://") ||
         target.starts_with("mailto:") || target.starts_with('#') || target.empty();
}

// Targets of [text](target) in one line, anchors cut off.
std::vector<std::string> links_of(std::string_view line) {
  std::vector<std::string> links;
  for (std::size_t at = line.find("]("); at != std::string_view::npos;
       at = line.find("](", at + 2)) {
    const std::size_t end = line.find_first_of(") ", at + 2);
    if (end == std::string_view::npos) {
      break;
    }
    const std::string_view target = line.substr(at + 2, end - at - 2);
    if (!is_outside(target)) {
      links.emplace_back(target.substr(0, target.find('#')));
    }
  }
  return links;
}

// A file, or a folder that holds one.
bool exists(const SourceTree& tree, std::string path) {
  while (path.ends_with('/')) {
    path.pop_back();
  }
  return std::any_of(tree.begin(), tree.end(),
                     [&](const SourceFile& file) { return file.path == path || file.in(path); });
}

std::vector<std::string> included_paths(const SourceTree& tree) {
  std::vector<std::string> paths;
  for (const SourceFile& file : tree) {
    if (file.is_code()) {
      for (Include& include : find_includes(file.text)) {
        paths.push_back(std::move(include.target));
      }
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void check_document(const SourceTree& tree, const SourceFile& file, Findings& findings) {
  const std::filesystem::path folder = std::filesystem::path(file.path).parent_path();
  const std::vector<std::string_view> lines = split_lines(file.text);
  std::size_t titles = 0;
  bool in_code = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (trim(lines[i]).starts_with("```")) {
      in_code = !in_code;
    }
    if (in_code) {
      continue;
    }
    if (lines[i].starts_with("# ")) {
      ++titles;
    }
    for (const std::string& link : links_of(lines[i])) {
      const std::string path = (folder / link).lexically_normal().generic_string();
      if (!exists(tree, path)) {
        findings.push_back({file.path, i + 1, "link to '" + link + "': no such file"});
      }
    }
  }
  if (titles != 1) {
    findings.push_back(
        {file.path, 1, "found " + std::to_string(titles) + " titles (# ...), expected one"});
  }
}

}  // namespace

Findings check_file_lengths(const SourceTree& tree, const std::vector<LongFile>& long_files) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.is_code() && !file.is_build_file()) {
      continue;
    }
    const std::size_t count = split_lines(file.text).size();
    const bool listed = std::any_of(long_files.begin(), long_files.end(),
                                    [&](const auto& entry) { return entry.path == file.path; });
    if (count > (listed ? kNeverBeyond : kSplitAt)) {
      findings.push_back({file.path, count,
                          "found " + std::to_string(count) +
                              " lines: split it, or list it with a reason in tests/tidy_test.cpp "
                              "(600 lines at most)"});
    }
    if (listed && count <= kSplitAt) {
      findings.push_back({file.path, count, "no longer long: take it out of tests/tidy_test.cpp"});
    }
  }
  return findings;
}

Findings check_dead_files(const SourceTree& tree) {
  const std::vector<std::string> named = files_named_by_cmake(tree);
  const std::vector<std::string> included = included_paths(tree);
  Findings findings;
  for (const SourceFile& file : tree) {
    // Programs do not list their headers in CMake, libraries do (each is compiled alone).
    const bool program_header =
        file.is_header() && (file.folder() == "tests" || file.folder() == "cli");
    const std::vector<std::string>& alive = program_header ? included : named;
    if (file.is_code() && !std::binary_search(alive.begin(), alive.end(), file.path)) {
      findings.push_back({file.path, 1,
                          program_header ? "dead file: nothing includes it"
                                         : "dead file: no CMakeLists.txt names it"});
    }
  }
  return findings;
}

Findings check_markdown(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (file.ends(".md")) {
      check_document(tree, file, findings);
    }
  }
  return findings;
}

}  // namespace lockstep::tidy
