// Every cap of the system. Beyond a cap an input is refused with a message; inside, nothing
// overflows.
#pragma once

#include <cstdint>

namespace lockstep {

inline constexpr std::uint32_t kMaxLanes = 4096;
inline constexpr std::uint32_t kMaxQueues = 65536;
inline constexpr std::uint32_t kMaxGpus = 1024;
inline constexpr std::uint32_t kMaxRequestRows = 1u << 24;  // rows of one request
inline constexpr std::uint32_t kMaxBatchRows = 1u << 26;    // rows of one batch
// Times stay below 2^60 ns (36 years), so that the sum of two times cannot overflow.
inline constexpr std::int64_t kMaxTimeNs = std::int64_t{1} << 60;
inline constexpr std::uint32_t kMaxLiveRequests = 1u << 31;
inline constexpr std::uint32_t kMaxConfigBytes = 1u << 20;  // of one configuration file
inline constexpr std::uint32_t kMaxConfigDepth = 100;       // blocks within blocks
inline constexpr std::uint32_t kMaxFaults = 1u << 16;       // of one fault plan
inline constexpr std::uint32_t kMaxFaultPlanBytes = 1u << 23;

static_assert(kMaxBatchRows >= kMaxRequestRows, "an unsplit request must fit a batch");
static_assert(kMaxTimeNs <= INT64_MAX / 4, "two times and a sum must stay representable");

}  // namespace lockstep
