// plant_driver_bugs OUT_DIR DRIVER.cpp...: writes OUT_DIR/driver_bug_N.cpp for each seeded bug,
// with the class Driver and run_live() under names of its own, and OUT_DIR/driver_bug_table.cpp.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "properties/mutants/driver_bugs.h"

namespace {

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Only when it changed: what did not is not compiled again.
bool write_changed(const std::string& path, const std::string& text) {
  if (whole_file(path) == text) {
    return true;
  }
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: plant_driver_bugs OUT_DIR DRIVER.cpp...\n";
    return EXIT_FAILURE;
  }
  const std::string out = argv[1];
  std::string driver;
  for (int i = 2; i < argc; ++i) {
    driver += whole_file(argv[i]);
  }
  std::string declarations;
  std::string entries;
  for (std::size_t i = 0; i < lockstep::kDriverBugs.size(); ++i) {
    const lockstep::DriverBug& bug = lockstep::kDriverBugs[i];
    const std::size_t at = driver.find(bug.right);
    if (at == std::string::npos || driver.find(bug.right, at + 1) != std::string::npos) {
      std::cerr << "seeded bug " << bug.name << " is stale: its text does not stand once in "
                << "the driver\n";
      return EXIT_FAILURE;
    }
    std::string wrong = driver;
    wrong.replace(at, bug.right.size(), bug.wrong);
    const std::string number = std::to_string(i);
    const std::string text = "// Seeded bug: " + std::string(bug.words) +
                             "\n#define Driver DriverWithBug" + number +
                             "\n#define run_live run_live_bug_" + number + "\n" + wrong +
                             "\n#include \"properties/live_world.cpp\"\n";
    if (!write_changed(out + "/driver_bug_" + number + ".cpp", text)) {
      std::cerr << "cannot write into " << out << "\n";
      return EXIT_FAILURE;
    }
    declarations += "std::unique_ptr<LiveRun> run_live_bug_" + number +
                    "(const LiveScenario&, Choices&, const ControlledOptions&);\n";
    entries += "  run_live_bug_" + number + ",\n";
  }
  const std::string table =
      "#include \"properties/mutants/driver_bug_runs.h\"\n\nnamespace lockstep {\n\n" +
      declarations +
      "\nconst std::vector<RunLive>& driver_bug_runs() {\n  static const "
      "std::vector<RunLive> runs = {\n" +
      entries + "  };\n  return runs;\n}\n\n}  // namespace lockstep\n";
  return write_changed(out + "/driver_bug_table.cpp", table) ? EXIT_SUCCESS : EXIT_FAILURE;
}
