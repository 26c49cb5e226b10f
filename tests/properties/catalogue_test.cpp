// The catalogue and its document say the same.
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "properties/checkers/checker.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

TEST(Catalogue, NamesAPropertyOnceAndSaysWhatItIs) {
  std::set<std::string_view> names;
  for (const Property& property : all_properties()) {
    EXPECT_TRUE(names.insert(property.id).second) << property.id;
    EXPECT_TRUE(names.insert(property.name).second) << property.name;
    EXPECT_NE(property.formula, "") << property.id;
    EXPECT_NE(property.source, "") << property.id;
    EXPECT_EQ(find_property(property.name), find_property(property.id));
  }
}

TEST(Catalogue, StandsInTheDocument) {
  std::ifstream file(std::string(LOCKSTEP_SOURCE_DIR) + "/docs/properties.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const Property& property : all_properties()) {
    const std::string row = "| " + std::string(property.id) + (property.star ? "*" : "") + " | " +
                            std::string(property.name) + " |";
    EXPECT_THAT(text.str(), HasSubstr(row));
  }
}

}  // namespace
}  // namespace lockstep
