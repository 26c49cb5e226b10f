// Compares text with a file of tests/golden, or rewrites the file: LOCKSTEP_UPDATE_GOLDEN=1.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace lockstep {

inline void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path = std::string(LOCKSTEP_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("LOCKSTEP_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << path << " is missing: run with LOCKSTEP_UPDATE_GOLDEN=1";
  std::stringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(actual, expected.str()) << "differs from tests/golden/" << name;
}

}  // namespace lockstep
