#include "traces/bundled.h"

#include <array>

extern "C" {
// bundled_data.S
extern const char lockstep_azure_conv_begin[];
extern const char lockstep_azure_conv_end[];
}

namespace lockstep {

std::span<const BundledTrace> bundled_traces() {
  static const std::array<BundledTrace, 1> traces = {BundledTrace{
      .name = "azure-conv-2023",
      .file_name = "azure_llm_2023_conv.csv",
      .text = std::string_view(
          lockstep_azure_conv_begin,
          static_cast<std::size_t>(lockstep_azure_conv_end - lockstep_azure_conv_begin)),
      .description = "19,366 conversation requests to an LLM service in 58 minutes (5.5 per "
                     "second), real arrival times",
      .source = "github.com/Azure/AzurePublicDataset, data/AzureLLMInferenceTrace_conv.csv",
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
