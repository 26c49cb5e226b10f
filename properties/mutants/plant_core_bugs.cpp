// plant_core_bugs ROOT OUT FILE...: writes OUT/FILE for each FILE that seeded bugs touch, the copy
// of ROOT/FILE with its bugs behind the switch. Fails when the FILEs are not those of the bugs.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "properties/mutants/seeded_bug.h"

namespace {

using lockstep::BugForm;
using lockstep::SeededBug;

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Only when it changed: what did not is not compiled again.
bool write_changed(const std::string& path, const std::string& text) {
  if (whole_file(path) == text) {
    return true;
  }
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

std::string with_switch(BugForm form, std::string_view replace, std::size_t number,
                        const std::string& right) {
  const std::string on = "(::lockstep::seeded_bug() == " + std::to_string(number) + ")";
  std::string wrong(replace);
  switch (form) {
    case BugForm::kExpression:
      return "(" + on + " ? (" + wrong + ") : (" + right + "))";
    case BugForm::kStatement:
      return "if " + on + " { " + wrong + " } else { " + right + " }";
    case BugForm::kText:
      break;
  }
  for (std::size_t at = wrong.find("BUG"); at != std::string::npos; at = wrong.find("BUG")) {
    wrong.replace(at, 3, on);
  }
  return wrong;
}

// A stretch of a source, and what stands there once its bugs are planted.
struct Site {
  std::string right;
  std::string planted;
};

// One place of a bug.
struct Change {
  BugForm form = BugForm::kExpression;
  std::string_view find;
  std::string_view replace;
};

// Adds the switch of bug `number` to `sites`. False and a message: it is stale.
bool add_site(std::map<std::size_t, Site>& sites, const SeededBug& bug, std::size_t number,
              const Change& change, const std::string& source) {
  const std::string find(change.find);
  const std::size_t at = source.find(find);
  if (at == std::string::npos || source.find(find, at + 1) != std::string::npos) {
    std::cerr << "error: seeded bug " << bug.name << " is stale: its text does not stand once in "
              << bug.file << "\n";
    return false;
  }
  const auto [site, fresh] = sites.try_emplace(at, Site{find, find});
  if (!fresh && (site->second.right != find || change.form == BugForm::kText)) {
    std::cerr << "error: seeded bug " << bug.name << " overlaps another in " << bug.file << "\n";
    return false;
  }
  site->second.planted = with_switch(change.form, change.replace, number, site->second.planted);
  return true;
}

// The copy of `source` with the bugs of `file`; "" and a message when a bug is stale.
std::string planted(const std::string& file, const std::string& source) {
  std::map<std::size_t, Site> sites;  // by place
  const std::span<const SeededBug> bugs = lockstep::seeded_bugs();
  for (std::size_t i = 0; i < bugs.size(); ++i) {
    const SeededBug& bug = bugs[i];
    if (bug.file == file &&
        (!add_site(sites, bug, i + 1, {bug.form, bug.find, bug.replace}, source) ||
         (!bug.also_find.empty() &&
          !add_site(sites, bug, i + 1, {BugForm::kText, bug.also_find, bug.also_replace},
                    source)))) {
      return {};
    }
  }
  std::string text = "#include \"properties/mutants/bug_switch.h\"\n#line 1 \"" + file + "\"\n";
  std::size_t done = 0;
  for (const auto& [at, site] : sites) {
    if (at < done) {
      std::cerr << "error: seeded bugs overlap in " << file << " at '" << site.right << "'\n";
      return {};
    }
    text += source.substr(done, at - done) + site.planted;
    done = at + site.right.size();
  }
  return text + source.substr(done);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: plant_core_bugs ROOT OUT FILE...\n";
    return EXIT_FAILURE;
  }
  const std::vector<std::string> files(argv + 3, argv + argc);
  for (const SeededBug& bug : lockstep::seeded_bugs()) {
    if (std::find(files.begin(), files.end(), bug.file) == files.end()) {
      std::cerr << "error: seeded bug " << bug.name << " is in " << bug.file
                << ", expected one of the files that properties/CMakeLists.txt plants\n";
      return EXIT_FAILURE;
    }
  }
  for (const std::string& file : files) {
    const std::string text = planted(file, whole_file(std::string(argv[1]) + "/" + file));
    if (text.empty() || !write_changed(std::string(argv[2]) + "/" + file, text)) {
      return EXIT_FAILURE;
    }
  }
  return EXIT_SUCCESS;
}
