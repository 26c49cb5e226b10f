// The style rules that a machine can check, over the whole tree. docs/style.md says them in words;
// each rule is tested with snippets beside its source in tests/tidy/.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/tidy/file_rules.h"
#include "tests/tidy/layer_rules.h"
#include "tests/tidy/name_rules.h"
#include "tests/tidy/source_tree.h"
#include "tests/tidy/text_rules.h"
#include "tests/tidy/type_rules.h"

namespace lockstep::tidy {
namespace {

// Banned names that are right in one place.
const std::vector<Allowance>& allowances() {
  static const std::vector<Allowance> list = {
      {"tests/support/golden", "getenv", "LOCKSTEP_UPDATE_GOLDEN rewrites golden files"},
      {"tests/traces/bundled_test.cpp", "getenv", "LOCKSTEP_UPDATE_GOLDEN rewrites the trace"},
      {"properties/plugin/process_watch.cpp", "clock_gettime",
       "CPU time of a process that may hang: ends it, decides nothing else"},
      // std's names for operations on virtual time, and what they stand for without the macro.
      {"sim/sync/", "wait_for", "of the controlled condition variable"},
      {"sim/sync/", "wait_until", "of the controlled condition variable"},
      {"sim/sync/", "sleep_for", "of controlled threads"},
      {"sim/sync/", "sleep_until", "of controlled threads"},
      {"lockstep/sync/", "steady_clock", "std's own, or virtual time under the same name"},
      {"docs/examples/batcher/", "steady_clock", "of lockstep::sync"},
      {"docs/examples/batcher/", "wait_until", "of lockstep::sync"},
      {"docs/examples/batcher/", "sleep_for", "of lockstep::sync"},
      {"tests/sim/sync_", "wait_for", "of the controlled condition variable"},
      {"tests/sim/sync_", "wait_until", "of the controlled condition variable"},
      {"tests/sim/sync_", "sleep_for", "of controlled threads"},
      {"tests/sim/sync_", "sleep_until", "of controlled threads"},
      {"tests/docs/batcher_threads_test.cpp", "steady_clock", "sync's is this one"},
  };
  return list;
}

// The files of core/ and sim/ that may use double.
const std::vector<Allowance>& floating_point_files() {
  static const std::vector<Allowance> list = {
      {"core/schedulers/tf_in_flight_limit", "double",
       "TF 3.1, 3.2: upstream's limits and scores are doubles; IEEE operations only"},
  };
  return list;
}

// Files of 401 to 600 lines that are one concept all the same.
const std::vector<LongFile>& long_files() {
  static const std::vector<LongFile> list = {
      {"scripts/gpu_check", "one file to run on a bare host, from its first check to its document"},
  };
  return list;
}

const SourceTree& tree() {
  static const SourceTree files = read_source_tree(LOCKSTEP_SOURCE_DIR);
  return files;
}

Findings in_each_file(Findings (*rule)(const SourceFile&)) {
  Findings all;
  for (const SourceFile& file : tree()) {
    const Findings findings = rule(file);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  return all;
}

TEST(Tidy, ReadsTheWholeTree) {
  EXPECT_NE(find_file(tree(), "CMakeLists.txt"), nullptr);
  EXPECT_NE(find_file(tree(), "core/time.h"), nullptr);
  EXPECT_NE(find_file(tree(), ".ci/run"), nullptr);
  EXPECT_NE(find_file(tree(), "tests/tidy_test.cpp"), nullptr);
  for (const SourceFile& file : tree()) {
    EXPECT_FALSE(file.in("build") || file.in(".git")) << file.path;
  }
}

TEST(Tidy, LayersAreIncludedAsDeclared) {
  EXPECT_EQ(to_text(check_layers(tree())), "");
}

TEST(Tidy, OutsideLibrariesStayWhereTheyAreWrapped) {
  EXPECT_EQ(to_text(check_outside_libraries(tree())), "");
}

TEST(Tidy, SourcesIncludeTheirHeaderFirst) {
  EXPECT_EQ(to_text(check_own_header_first(tree())), "");
}

TEST(Tidy, NothingReachesForTimeChanceOrEnvironment) {
  EXPECT_EQ(to_text(check_banned_names(tree(), allowances())), "");
}

TEST(Tidy, CoreAndSimCountInIntegers) {
  EXPECT_EQ(to_text(check_no_floating_point(tree(), floating_point_files())), "");
}

TEST(Tidy, MacrosAreOurs) {
  EXPECT_EQ(to_text(check_macros(tree())), "");
}

TEST(Tidy, LinesFitTheScreen) {
  EXPECT_EQ(to_text(in_each_file(check_lines)), "");
}

TEST(Tidy, HeadersSayWhatTheyAre) {
  EXPECT_EQ(to_text(in_each_file(check_header_opening)), "");
}

TEST(Tidy, CommentsHideNoUnfinishedWork) {
  EXPECT_EQ(to_text(in_each_file(check_comments)), "");
}

TEST(Tidy, NoTraceOfAnyonesMachine) {
  EXPECT_EQ(to_text(in_each_file(check_machine_traces)), "");
}

TEST(Tidy, NoTwoTypesShareAName) {
  EXPECT_EQ(to_text(check_unique_types(tree())), "");
}

TEST(Tidy, FilesAreSplitInTime) {
  EXPECT_EQ(to_text(check_file_lengths(tree(), long_files())), "");
}

TEST(Tidy, NoFileIsDead) {
  EXPECT_EQ(to_text(check_dead_files(tree())), "");
}

TEST(Tidy, DocumentsHaveATitleAndTheirLinksHold) {
  EXPECT_EQ(to_text(check_markdown(tree())), "");
}

}  // namespace
}  // namespace lockstep::tidy
