// Every prefix of every sample file, and every sample with one byte changed, is read or refused
// with one clear line; nothing crashes, hangs or says more.
#include <algorithm>
#include <charconv>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "tests/traces/config_text.h"

namespace lockstep {
namespace {

struct Sample {
  std::string name;
  std::string text;
};

std::vector<Sample> samples() {
  std::vector<Sample> all;
  const std::filesystem::path folder =
      std::string(LOCKSTEP_SOURCE_DIR) + "/tests/traces/data/config";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    all.push_back({entry.path().filename().string(),
                   {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()}});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

// The error of reading `text` as whatever `name` says, "" when it is read.
std::string read_as(const ScratchDirectory& directory, const std::string& name,
                    const std::string& text) {
  directory.write(name, text);
  if (has_scenario_name(name)) {
    const Result<ScenarioFile> scenario = read_scenario_file(directory.file(name));
    return scenario ? "" : scenario.error().message;
  }
  const std::vector<std::string> paths = {directory.file(name)};
  const Result<ServerConfig> config = read_server_config(paths, {});
  return config ? "" : config.error().message;
}

// The number at `at`, which moves behind it; 0: none.
std::size_t number(const char*& at) {
  std::size_t value = 0;
  at = std::from_chars(at, at + 20, value).ptr;
  return value;
}

// One line, with a place inside the text, in our form or in the server's own words.
void expect_clear(const std::string& error, const std::string& path, const std::string& text) {
  if (error.empty()) {
    return;
  }
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
  EXPECT_THAT(error, testing::StartsWith(path + ":"));
  const char* at = error.data() + path.size() + 1;
  const std::size_t line = number(at);
  const std::size_t column = number(++at);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  EXPECT_TRUE(line >= 1 && line <= lines && column >= 1 && column <= text.size() + 1) << error;
  const bool ours =
      error.find(": found ") != std::string::npos && error.find(", expected ") != std::string::npos;
  const bool servers = error.find("must be") != std::string::npos ||
                       error.find(" must match ") != std::string::npos ||
                       error.find("Illegal ") != std::string::npos ||
                       error.find("Expected model ") != std::string::npos;
  EXPECT_TRUE(ours || servers) << error;
}

TEST(ConfigPrefix, OfEachSampleIsReadOrRefusedInOneLine) {
  const ScratchDirectory directory;
  for (const auto& [name, text] : samples()) {
    for (std::size_t length = 0; length <= text.size(); ++length) {
      const std::string prefix = text.substr(0, length);
      SCOPED_TRACE(name + ", first " + std::to_string(length) + " bytes");
      expect_clear(read_as(directory, name, prefix), directory.file(name), prefix);
      if (testing::Test::HasFailure()) {
        return;
      }
    }
    EXPECT_EQ(read_as(directory, name, text), "") << name;
  }
}

TEST(ConfigPrefix, WithOneByteChangedIsReadOrRefusedInOneLine) {
  const ScratchDirectory directory;
  constexpr std::string_view kBytes = "{}[]<>:,;\"'#\\/-.x0 9\n\t\x01\xff";
  Prng random(1, "config bytes");
  for (const auto& [name, text] : samples()) {
    for (int round = 0; round < 500; ++round) {
      std::string changed = text;
      const std::uint64_t at = random.below(text.size());
      const std::uint64_t byte = random.below(kBytes.size());
      changed[at] = kBytes[byte];
      SCOPED_TRACE(name + ", byte " + std::to_string(at) + " is " + std::to_string(byte));
      expect_clear(read_as(directory, name, changed), directory.file(name), changed);
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
