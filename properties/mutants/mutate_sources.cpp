// mutate_sources ROOT OUT LEFT_OUT FILE...: writes OUT/FILE, a copy of ROOT/FILE with all its
// machine-made mutants behind the switch, and OUT/mutant_table.cpp, which names them as
// seeded_bugs(). LEFT_OUT: lines "FILE:LINE" whose mutants do not compile.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "properties/mutants/source_mutator.h"

namespace {

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool write_changed(const std::string& path, const std::string& text) {
  if (whole_file(path) == text) {
    return true;
  }
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

std::map<std::string, std::set<std::size_t>> left_out_lines(const std::string& path) {
  std::map<std::string, std::set<std::size_t>> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.rfind(':');
    if (colon != std::string::npos) {
      lines[line.substr(0, colon)].insert(std::strtoull(line.c_str() + colon + 1, nullptr, 10));
    }
  }
  return lines;
}

std::string raw_text(const std::string& text) {
  return "R\"mutant(" + text + ")mutant\"";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: mutate_sources ROOT OUT LEFT_OUT FILE...\n";
    return EXIT_FAILURE;
  }
  const std::string root = argv[1];
  const std::string out = argv[2];
  const std::map<std::string, std::set<std::size_t>> left_out = left_out_lines(argv[3]);
  std::string entries;
  int next = 1;
  for (int i = 4; i < argc; ++i) {
    const std::string file = argv[i];
    const auto lines = left_out.find(file);
    const lockstep::MutatedSource mutated =
        lockstep::mutated_source(whole_file(root + "/" + file), next,
                                 lines == left_out.end() ? std::set<std::size_t>{} : lines->second);
    next += static_cast<int>(mutated.mutants.size());
    if (!write_changed(out + "/" + file,
                       "#include \"properties/mutants/bug_switch.h\"\n#line 1 \"" + file + "\"\n" +
                           mutated.text)) {
      std::cerr << "cannot write into " << out << "\n";
      return EXIT_FAILURE;
    }
    for (const lockstep::SourceMutant& mutant : mutated.mutants) {
      const std::string place =
          file + ":" + std::to_string(mutant.line) + ":" + std::to_string(mutant.column);
      const std::string story = mutant.wrong.empty() ? "without " + mutant.right
                                                     : mutant.right + " becomes " + mutant.wrong;
      entries += "    SeededBug{.name = " + raw_text(place + " " + story) + ",\n" +
                 "              .file = \"" + file +
                 "\",\n              .story = " + raw_text(story) + "},\n";
    }
  }
  const std::string table =
      "#include <array>\n\n#include \"properties/mutants/seeded_bug.h\"\n\nnamespace lockstep {\n\n"
      "std::span<const SeededBug> seeded_bugs() {\n  static const std::array mutants = {\n" +
      entries + "  };\n  return mutants;\n}\n\n}  // namespace lockstep\n";
  std::cout << next - 1 << " mutants\n";
  return write_changed(out + "/mutant_table.cpp", table) ? EXIT_SUCCESS : EXIT_FAILURE;
}
