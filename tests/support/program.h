// Runs the real lockstep program in a scratch directory and keeps what a person would see.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lockstep {

// A small real run: the bundled trace with settings under which the GPU drowns.
inline constexpr const char* kSmall =
    "replay azure-conv-2023 --load 400x --gpu v100-resnet50 --set max_batch_size=16 "
    "--set batch_timeout_micros=2000 --set num_batch_threads=4";

struct ProgramResult {
  int exit_code = -1;
  std::string output;  // stdout and stderr, as they come
};

// A fixture with a directory of its own, removed at the end.
class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() {
    std::string name = (std::filesystem::temp_directory_path() / "lockstep-test-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  ~ProgramTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  // `arguments` as a shell would read them; the program stands in front.
  ProgramResult run(const std::string& arguments) {
    return shell(std::string(LOCKSTEP_PROGRAM) + " " + arguments);
  }
  ProgramResult shell(const std::string& command) {
    const std::string line = "cd '" + directory_ + "' && { " + command + "; } 2>&1";
    ProgramResult result;
    FILE* pipe = ::popen(line.c_str(), "r");
    EXPECT_NE(pipe, nullptr);
    std::array<char, 4096> buffer{};
    std::size_t count = 0;
    while ((count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
      result.output.append(buffer.data(), count);
    }
    const int status = ::pclose(pipe);
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ + "/" + name, std::ios::binary) << text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(directory_ + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return std::filesystem::exists(directory_ + "/" + name);
  }
  // Of files, directories and links in `name`, sorted.
  [[nodiscard]] std::vector<std::string> names_in(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_ + "/" + name)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // Name -> bytes of every file below `name`.
  [[nodiscard]] std::map<std::string, std::string> files_below(const std::string& name) const {
    std::map<std::string, std::string> files;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(directory_ + "/" + name)) {
      if (entry.is_regular_file()) {
        std::ifstream file(entry.path(), std::ios::binary);
        files[std::filesystem::relative(entry.path(), directory_ + "/" + name).string()] = {
            std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      }
    }
    return files;
  }

  std::string directory_;
};

}  // namespace lockstep
