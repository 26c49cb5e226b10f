#include "traces/bundled.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/traces/trace_text.h"
#include "traces/trace_writer.h"

namespace lockstep {
namespace {

const std::string kOriginal =
    LOCKSTEP_SOURCE_DIR "/../shared/traces/AzureLLMInferenceTrace_conv.csv";
const std::string kOurs = LOCKSTEP_SOURCE_DIR "/traces/data/azure_llm_2023_conv.csv";

// LOCKSTEP_UPDATE_GOLDEN=1 makes the bundled file anew from the original.
void update_bundled_file() {
  const auto original = open_trace(kOriginal, {});
  ASSERT_TRUE(original) << original.error().message;
  TraceWriteOptions options;
  const std::string source =
      "Source: github.com/Azure/AzurePublicDataset, data/AzureLLMInferenceTrace_conv.csv, commit "
      "b469a113.";
  const std::string citation =
      "Cite: Patel et al., \"Splitwise: Efficient generative LLM inference using phase "
      "splitting\", ISCA 2024.";
  options.comments = {
      "Arrival times of AzureLLMInferenceTrace_conv.csv, Azure LLM inference traces 2023.", source,
      citation, "Licence: CC-BY 4.0 (creativecommons.org/licenses/by/4.0).",
      "Changed: arrival times only, as ns since the first row; token counts left out."};
  std::ofstream out(kOurs, std::ios::binary);
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
}

TEST(BundledTrace, EqualsThePublishedTraceArrivalByArrival) {
  if (!std::filesystem::exists(kOriginal)) {
    GTEST_SKIP() << "no original in ../shared";
  }
  if (std::getenv("LOCKSTEP_UPDATE_GOLDEN") != nullptr) {
    update_bundled_file();
    GTEST_SKIP() << "rewritten; build again";
  }
  const auto original = drain(open_trace(kOriginal, {}));
  ASSERT_TRUE(original) << original.error().message;
  const BundledTrace& trace = bundled_traces().front();
  const auto ours = drain(open_trace_text(std::string(trace.file_name), trace.text, {}));
  ASSERT_TRUE(ours) << ours.error().message;
  ASSERT_EQ(ours->arrivals.size(), original->arrivals.size());
  for (std::size_t i = 0; i < ours->arrivals.size(); ++i) {
    ASSERT_EQ(ours->arrivals[i].time, original->arrivals[i].time) << "row " << i;
  }
}

}  // namespace
}  // namespace lockstep
