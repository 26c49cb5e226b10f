// Runs the installed `lockstep` as a child and reads the JUnit XML that it writes: what
// lockstep/testing.h turns into GoogleTest results. Knows no test framework; C++17, POSIX.
//
// The program is LOCKSTEP_PROGRAM, a macro that the CMake target lockstep::testing defines; without
// it, `lockstep` on PATH.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#ifndef LOCKSTEP_PROGRAM
#define LOCKSTEP_PROGRAM "lockstep"
#endif

namespace lockstep::verify {

struct Verdict {
  std::string failure{};  // FAIL line; "" when it holds
  std::string story{};    // the timing diagram as text
  std::string skipped{};  // why it is not checked; "" when it is
};

struct Campaign {
  int exit_code = 0;                          // of `lockstep verify`; -1: it ended by a signal
  std::string printed{};                      // stdout and stderr
  std::map<std::string, Verdict> verdicts{};  // by the name of the property
};

// One word of a command line, for the shell.
inline std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return text + "'";
}

// What it prints, and how it ends; no verdicts.
inline Campaign run_program(const std::vector<std::string>& words) {
  std::string command = quoted(LOCKSTEP_PROGRAM);
  for (const std::string& word : words) {
    command += " " + quoted(word);
  }
  command += " 2>&1";
  Campaign result;
  std::fflush(nullptr);
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return {-1, "no child process can be made for: " + command + "\n", {}};
  }
  std::array<char, 4096> block{};
  while (const std::size_t size = std::fread(block.data(), 1, block.size(), pipe)) {
    result.printed.append(block.data(), size);
  }
  const int status = ::pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

// Of `lockstep list properties`: the second word of the lines that do not begin with a space.
inline std::vector<std::string> parse_property_names(const Campaign& listed) {
  std::vector<std::string> names;
  std::istringstream lines(listed.printed);
  for (std::string line; listed.exit_code == 0 && std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id;
    std::string name;
    if (!line.empty() && line.front() != ' ' && words >> id >> name) {
      names.push_back(name);
    }
  }
  return names;
}

inline std::string xml_unescaped(std::string text) {
  // The ampersand last: what it gives is not looked at again.
  const std::array<std::array<const char*, 2>, 4> escapes = {
      {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&amp;", "&"}}};
  for (const auto& [escape, plain] : escapes) {
    const std::string name = escape;
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; ++at) {
      text.replace(at, name.size(), plain);
    }
  }
  return text;
}

// Of `text`, what lies between the first `open` and the `close` after it; "" without them.
inline std::string between(const std::string& text, const std::string& open,
                           const std::string& close) {
  const std::size_t begin = text.find(open);
  if (begin == std::string::npos) {
    return {};
  }
  const std::size_t end = text.find(close, begin + open.size());
  return end == std::string::npos
             ? std::string()
             : xml_unescaped(text.substr(begin + open.size(), end - begin - open.size()));
}

// Of the JUnit XML that `lockstep verify --junit` writes: its form, not every XML.
inline std::map<std::string, Verdict> parse_verdicts(const std::string& junit) {
  const std::string open = "<testcase ";
  std::map<std::string, Verdict> verdicts;
  for (std::size_t at = junit.find(open); at != std::string::npos;) {
    const std::size_t next = junit.find(open, at + open.size());
    const std::string one = junit.substr(at, next == std::string::npos ? next : next - at);
    const std::string name = between(one, " name=\"", "\"");
    Verdict verdict;
    verdict.failure = between(one, "<failure message=\"", "\"");
    if (!verdict.failure.empty()) {
      verdict.story = between(one.substr(one.find("<failure ")), "\">", "</failure>");
    }
    verdict.skipped = between(one, "<skipped message=\"", "\"");
    verdicts[name.substr(0, name.find(' '))] = verdict;
    at = next;
  }
  return verdicts;
}

// The campaign of `cases` cases of seed 1 over the plug-in `library`; `folder`: for a temporary
// file, with a slash at its end.
inline Campaign verify_library(const std::string& suite, const std::string& library,
                               std::uint64_t cases, const std::string& folder) {
  std::string junit = folder + "lockstep-XXXXXX";
  const int file = ::mkstemp(junit.data());
  if (file < 0) {
    return {-1, junit + ": cannot be made\n", {}};
  }
  ::close(file);
  Campaign campaign =
      run_program({"verify", "--plugin", library, "--cases", std::to_string(cases), "--seed", "1",
                   "--findings", "findings/" + suite, "--junit", junit});
  std::ifstream stream(junit, std::ios::binary);
  campaign.verdicts = parse_verdicts(
      std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()});
  std::remove(junit.c_str());
  return campaign;
}

}  // namespace lockstep::verify
