// Ids as distinct types: they order and compare, and cannot be mixed, added or passed as a count.
#pragma once

#include <cstdint>
#include <type_traits>

namespace lockstep {

enum class RequestId : std::uint64_t {};  // ordinal of the arrival, from 0, in input order
enum class BatchId : std::uint64_t {};   // ordinal of the start, from 0: B0 is the first dispatched
enum class LaneId : std::uint32_t {};    // batch thread (TF-Serving) or instance (Triton), from 0
enum class QueueId : std::uint32_t {};   // one per model and signature, in order of first use
enum class ClientId : std::uint64_t {};  // who sent it; 0 when the trace does not say

// Where a live request stands in the server's slab. Reused after the request ended, so the
// generation tells an old slot from a new one. Never logged: the log speaks of RequestIds.
class RequestSlot {
 public:
  constexpr RequestSlot() = default;
  constexpr RequestSlot(std::uint32_t index, std::uint32_t generation)
      : bits_(std::uint64_t{generation} << 32 | index) {}
  [[nodiscard]] constexpr std::uint32_t index() const { return static_cast<std::uint32_t>(bits_); }
  [[nodiscard]] constexpr std::uint32_t generation() const {
    return static_cast<std::uint32_t>(bits_ >> 32);
  }
  friend bool operator==(const RequestSlot&, const RequestSlot&) = default;

 private:
  // One word: it is written and read at once on the hot path, and two halves would stall there.
  std::uint64_t bits_ = 0;
};

template <typename Id>
[[nodiscard]] constexpr auto raw(Id id) {
  return static_cast<std::underlying_type_t<Id>>(id);
}

}  // namespace lockstep
