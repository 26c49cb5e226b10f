#include "traces/bundled.h"

#include <array>

extern "C" {
// bundled_data.S
extern const char lockstep_azure_code_begin[];
extern const char lockstep_azure_code_end[];
extern const char lockstep_azure_conv_begin[];
extern const char lockstep_azure_conv_end[];
}

namespace lockstep {
namespace {

std::string_view bytes(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

std::span<const BundledTrace> bundled_traces() {
  static const std::array<BundledTrace, 2> traces = {
      BundledTrace{
          .name = "azure-conv-2023",
          .file_name = "azure_llm_2023_conv.csv",
          .text = bytes(lockstep_azure_conv_begin, lockstep_azure_conv_end),
          .description = "19,366 conversation requests to an LLM service in 58 minutes "
                         "(5.5 per second), real arrival times",
          .source = "github.com/Azure/AzurePublicDataset, data/AzureLLMInferenceTrace_conv.csv",
          .licence = "CC-BY 4.0"},
      BundledTrace{
          .name = "azure-code-2023",
          .file_name = "azure_llm_2023_code.csv",
          .text = bytes(lockstep_azure_code_begin, lockstep_azure_code_end),
          .description = "8,819 requests for code to an LLM service in 57 minutes (2.6 per "
                         "second, in bursts), real arrival times",
          .source = "github.com/Azure/AzurePublicDataset, data/AzureLLMInferenceTrace_code.csv",
          .licence = "CC-BY 4.0"}};
  return traces;
}

const BundledTrace* find_bundled_trace(std::string_view name) {
  for (const BundledTrace& trace : bundled_traces()) {
    if (trace.name == name) {
      return &trace;
    }
  }
  return nullptr;
}

}  // namespace lockstep
