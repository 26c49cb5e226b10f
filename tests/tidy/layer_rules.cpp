#include "tests/tidy/layer_rules.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/tidy/cmake_lists.h"
#include "tests/tidy/code_view.h"

namespace lockstep::tidy {
namespace {

constexpr std::array<std::string_view, 7> kLayers = {"core",    "traces",     "sim", "gpu_backend",
                                                     "reports", "properties", "cli"};

struct Pair {
  std::string_view from;
  std::string_view to;
};
// Lower on the ladder and forbidden all the same: reports read logs, whoever wrote them.
constexpr std::array<Pair, 2> kNever = {{{"reports", "sim"}, {"reports", "gpu_backend"}}};

// The C interface of plug-ins: of both sides, and without an include of ours.
constexpr std::string_view kPluginInterface = "lockstep/plugin.h";

struct OutsideLibrary {
  std::string_view include_prefix;
  std::vector<std::string_view> homes;  // folders of ours that may include it; empty: none
  std::string_view advice;
};

const std::vector<OutsideLibrary>& outside_libraries() {
  static const std::vector<OutsideLibrary> libraries = {
      {"boost/fiber/cuda/waitfor.hpp", {}, "it has a lifetime race: poll CUDA events in a fiber"},
      {"boost/dll/", {"properties"}, "plug-ins are loaded in properties/plugin"},
      {"boost/", {"sim", "gpu_backend", "tests"}, "fibers are private to sim and gpu_backend"},
      {"cuda", {"gpu_backend"}, "CUDA is private to gpu_backend"},
      {"cublas", {"gpu_backend"}, "CUDA is private to gpu_backend"},
      {"nvtx", {"gpu_backend"}, "CUDA is private to gpu_backend"},
      {"rapidcheck", {"properties", "tests"}, "RapidCheck is wrapped in properties"},
      {"graphviz/", {"reports"}, "Graphviz is private to reports"},
      {"google/protobuf/", {"traces", "reports"}, "protobuf is private to traces and reports"},
      {"CLI/", {"cli"}, "the command line is cli's"},
      {"gtest/", {"tests", "lockstep"}, "GoogleTest is for tests, ours and users'"},
      {"gmock/", {"tests"}, "GoogleTest is for tests"},
      {"benchmark/", {"tests"}, "micro-benchmarks live in tests/benchmark"},
  };
  return libraries;
}

std::optional<std::size_t> rank_of(std::string_view folder) {
  const auto found = std::find(kLayers.begin(), kLayers.end(), folder);
  return found == kLayers.end() ? std::nullopt
                                : std::optional(static_cast<std::size_t>(found - kLayers.begin()));
}

// Why `from` may not include `to`, or "".
std::string objection(const SourceTree& tree, std::string_view from, std::string_view to) {
  const std::optional<std::size_t> from_rank = rank_of(from);
  const std::optional<std::size_t> to_rank = rank_of(to);
  const std::string arrow = std::string(from) + " -> " + std::string(to);
  if (from == "lockstep" && to_rank && to != "core" && to != "sim") {
    return "layer rule: " + arrow + ": programs of others get core and sim only";
  }
  if (!from_rank || from == to) {
    return "";
  }
  if (!to_rank) {
    const bool is_outer = to == "tests" || to == "docs" || to == "lockstep";
    return is_outer ? "layer rule: " + arrow + ": no layer includes " + std::string(to) + "/" : "";
  }
  if (*to_rank > *from_rank) {
    return "layer rule: " + arrow + " points up the ladder";
  }
  for (const Pair& pair : kNever) {
    if (pair.from == from && pair.to == to) {
      return "layer rule: " + arrow + " is forbidden by the design";
    }
  }
  const std::vector<std::string> declared = declared_layers(tree, from);
  if (std::find(declared.begin(), declared.end(), to) == declared.end()) {
    return "layer rule: " + arrow + " is not in DEPS of " + std::string(from) + "/CMakeLists.txt";
  }
  return "";
}

}  // namespace

Findings check_layers(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.is_code()) {
      continue;
    }
    for (const Include& include : find_includes(file.text)) {
      const std::string_view target = include.target;
      const std::string_view to = target.substr(0, std::min(target.find('/'), target.size()));
      const bool ours = rank_of(to).has_value() || to == "tests" || to == "docs";
      if (include.quoted && !ours) {
        findings.push_back({file.path, include.line,
                            "found \"" + include.target +
                                "\", expected a path from the root of the tree, or <...>"});
      }
      if (target == kPluginInterface && file.folder() == "properties") {
        continue;
      }
      if (std::string reason = objection(tree, file.folder(), to); !reason.empty()) {
        findings.push_back({file.path, include.line, std::move(reason)});
      }
    }
  }
  return findings;
}

Findings check_outside_libraries(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.is_code()) {
      continue;
    }
    for (const Include& include : find_includes(file.text)) {
      for (const OutsideLibrary& library : outside_libraries()) {
        if (include.quoted || !include.target.starts_with(library.include_prefix)) {
          continue;
        }
        const auto& homes = library.homes;
        if (std::find(homes.begin(), homes.end(), file.folder()) == homes.end()) {
          findings.push_back(
              {file.path, include.line,
               "<" + include.target + "> does not belong here: " + std::string(library.advice)});
        }
        break;  // the first prefix that matches decides
      }
    }
  }
  return findings;
}

Findings check_own_header_first(const SourceTree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.ends(".cpp")) {
      continue;
    }
    const std::string header = file.path.substr(0, file.path.size() - 4) + ".h";
    const std::vector<Include> includes = find_includes(file.text);
    if (find_file(tree, header) != nullptr &&
        (includes.empty() || includes.front().target != header)) {
      findings.push_back({file.path, includes.empty() ? 1 : includes.front().line,
                          "expected the own header \"" + header + "\" first"});
    }
  }
  return findings;
}

}  // namespace lockstep::tidy
