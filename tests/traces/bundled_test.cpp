#include "traces/bundled.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/traces/trace_text.h"
#include "traces/trace_writer.h"

namespace lockstep {
namespace {

// "conv" or "code".
std::string original_of(const std::string& which) {
  return LOCKSTEP_SOURCE_DIR "/../shared/traces/AzureLLMInferenceTrace_" + which + ".csv";
}

// LOCKSTEP_UPDATE_GOLDEN=1 makes a bundled file anew from its original.
void update_bundled_file(const std::string& which) {
  const auto original = open_trace(original_of(which), {});
  ASSERT_TRUE(original) << original.error().message;
  const std::string file = "AzureLLMInferenceTrace_" + which + ".csv";
  const std::string citation =
      "Cite: Patel et al., \"Splitwise: Efficient generative LLM inference using phase "
      "splitting\", ISCA 2024.";
  TraceWriteOptions options;
  options.comments = {
      "Arrival times of " + file + ", Azure LLM inference traces 2023.",
      "Source: github.com/Azure/AzurePublicDataset, data/" + file + ", commit b469a113.", citation,
      "Licence: CC-BY 4.0 (creativecommons.org/licenses/by/4.0).",
      "Changed: arrival times only, as ns since the first row; token counts left out."};
  std::ofstream out(LOCKSTEP_SOURCE_DIR "/traces/data/azure_llm_2023_" + which + ".csv",
                    std::ios::binary);
  const auto rows = write_trace(**original, out, options);
  ASSERT_TRUE(rows) << rows.error().message;
}

TEST(BundledTrace, IsFoundByNameAndReads) {
  const BundledTrace* trace = find_bundled_trace("azure-conv-2023");
  ASSERT_NE(trace, nullptr);
  EXPECT_EQ(find_bundled_trace("azure-conv"), nullptr);
  const auto content = drain(open_trace_text(std::string(trace->file_name), trace->text, {}));
  ASSERT_TRUE(content) << content.error().message;
  ASSERT_EQ(content->arrivals.size(), 19'366u);
  EXPECT_EQ(ns_of(content->arrivals.front().time), 0);
  EXPECT_EQ(ns_of(content->arrivals.back().time), 3'501'721'937'000);

  const BundledTrace* code = find_bundled_trace("azure-code-2023");
  ASSERT_NE(code, nullptr);
  const auto bursts = drain(open_trace_text(std::string(code->file_name), code->text, {}));
  ASSERT_TRUE(bursts) << bursts.error().message;
  ASSERT_EQ(bursts->arrivals.size(), 8'819u);
  EXPECT_EQ(ns_of(bursts->arrivals.front().time), 0);
  EXPECT_EQ(ns_of(bursts->arrivals.back().time), 3'435'948'056'000);
}

TEST(BundledTrace, EqualsThePublishedTraceArrivalByArrival) {
  for (const std::string which : {"conv", "code"}) {
    if (!std::filesystem::exists(original_of(which))) {
      GTEST_SKIP() << "no original in ../shared";
    }
    if (std::getenv("LOCKSTEP_UPDATE_GOLDEN") != nullptr) {
      update_bundled_file(which);
      continue;
    }
    const auto original = drain(open_trace(original_of(which), {}));
    ASSERT_TRUE(original) << original.error().message;
    const BundledTrace* const trace = find_bundled_trace("azure-" + which + "-2023");
    ASSERT_NE(trace, nullptr);
    const auto ours = drain(open_trace_text(std::string(trace->file_name), trace->text, {}));
    ASSERT_TRUE(ours) << ours.error().message;
    ASSERT_EQ(ours->arrivals.size(), original->arrivals.size());
    for (std::size_t i = 0; i < ours->arrivals.size(); ++i) {
      ASSERT_EQ(ours->arrivals[i].time, original->arrivals[i].time) << which << " row " << i;
    }
  }
}

}  // namespace
}  // namespace lockstep
