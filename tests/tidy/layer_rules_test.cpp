#include "tests/tidy/layer_rules.h"

#include <string>

#include <gtest/gtest.h>

namespace lockstep::tidy {
namespace {

const SourceFile kReportsLists{"reports/CMakeLists.txt",
                               "lockstep_add_library(reports DEPS core traces sim)"};

std::string layers(const SourceFile& file) {
  return to_text(check_layers({kReportsLists, file}));
}

TEST(LayerRules, AcceptTheFolderItselfAndDeclaredLayers) {
  EXPECT_EQ(layers({"reports/a.cpp", "#include \"reports/a.h\"\n#include \"traces/b.h\"\n"}), "");
  EXPECT_EQ(layers({"tests/a.cpp", "#include \"cli/a.h\"\n#include <vector>\n"}), "");
}

TEST(LayerRules, RefuseAnArrowUp) {
  EXPECT_EQ(layers({"core/a.h", "\n#include \"sim/b.h\"\n"}),
            "core/a.h:2: layer rule: core -> sim points up the ladder\n");
}

TEST(LayerRules, RefuseWhatTheDesignForbidsEvenWhenDeclared) {
  EXPECT_EQ(layers({"reports/a.cpp", "#include \"sim/b.h\"\n"}),
            "reports/a.cpp:1: layer rule: reports -> sim is forbidden by the design\n");
}

TEST(LayerRules, RefuseALowerLayerThatIsNotDeclared) {
  EXPECT_EQ(layers({"sim/a.cpp", "#include \"traces/b.h\"\n"}),
            "sim/a.cpp:1: layer rule: sim -> traces is not in DEPS of sim/CMakeLists.txt\n");
}

TEST(LayerRules, RefuseTestCodeInALibrary) {
  EXPECT_EQ(layers({"sim/a.cpp", "#include \"tests/support/golden.h\"\n"}),
            "sim/a.cpp:1: layer rule: sim -> tests: no layer includes tests/\n");
}

TEST(LayerRules, KeepTheDoorForProgramsOfOthersOutsideOfTheLayers) {
  EXPECT_EQ(layers({"lockstep/sync/a.h", "#include \"sim/sync/b.h\"\n"}), "");
  EXPECT_EQ(layers({"lockstep/sync/a.h", "#include \"traces/b.h\"\n"}),
            "lockstep/sync/a.h:1: layer rule: lockstep -> traces: programs of others get core and "
            "sim only\n");
  EXPECT_EQ(layers({"sim/a.cpp", "#include <lockstep/sync/mutex.h>\n"}),
            "sim/a.cpp:1: layer rule: sim -> lockstep: no layer includes lockstep/\n");
  // The C interface alone is of both sides.
  EXPECT_EQ(layers({"properties/plugin/a.cpp", "#include <lockstep/plugin.h>\n"}), "");
  EXPECT_EQ(layers({"properties/plugin/a.cpp", "#include <lockstep/plugin.hpp>\n"}),
            "properties/plugin/a.cpp:1: layer rule: properties -> lockstep: no layer includes "
            "lockstep/\n");
  EXPECT_EQ(layers({"sim/a.cpp", "#include <lockstep/plugin.h>\n"}),
            "sim/a.cpp:1: layer rule: sim -> lockstep: no layer includes lockstep/\n");
  EXPECT_EQ(layers({"docs/examples/a.cpp",
                    "#include <lockstep/sync/mutex.h>\n#include \"docs/examples/a.h\"\n"}),
            "");
}

TEST(LayerRules, WantQuotedPathsFromTheRoot) {
  EXPECT_EQ(layers({"core/a.cpp", "#include \"b.h\"\n"}),
            "core/a.cpp:1: found \"b.h\", expected a path from the root of the tree, or <...>\n");
}

TEST(LayerRules, KeepOutsideLibrariesAtHome) {
  EXPECT_EQ(to_text(check_outside_libraries({{"sim/a.cpp", "#include <boost/fiber/fiber.hpp>\n"}})),
            "");
  EXPECT_EQ(
      to_text(check_outside_libraries({{"core/a.cpp", "#include <boost/fiber/fiber.hpp>\n"}})),
      "core/a.cpp:1: <boost/fiber/fiber.hpp> does not belong here: fibers are private to sim and "
      "gpu_backend\n");
}

TEST(LayerRules, RefuseTheRacyCudaWaitEverywhere) {
  const std::string text = to_text(check_outside_libraries(
      {{"gpu_backend/a.cpp", "#include <boost/fiber/cuda/waitfor.hpp>\n"}}));
  EXPECT_NE(text.find("lifetime race"), std::string::npos) << text;
}

TEST(LayerRules, WantTheOwnHeaderFirst) {
  const SourceFile header{"core/a.h", ""};
  EXPECT_EQ(to_text(check_own_header_first(
                {header, {"core/a.cpp", "#include \"core/a.h\"\n#include <map>\n"}})),
            "");
  EXPECT_EQ(to_text(check_own_header_first(
                {header, {"core/a.cpp", "#include <map>\n#include \"core/a.h\"\n"}})),
            "core/a.cpp:1: expected the own header \"core/a.h\" first\n");
}

}  // namespace
}  // namespace lockstep::tidy
