// Generated traffic: the parts of an ArrivalSpec, superposed.
//
// Arrivals come in order of time, equal times in the order of the parts. Streams (core/prng.h) of
// part 0: "arrivals" (gaps), "arrival-stays" (of an on-off source), "sizes", "queues",
// "priorities", "clients"; of part k the same with ".k". So a part's arrivals are the same alone
// and beside others, and no distribution of sizes moves one.
// Ends after request_count requests, before length_ns, or with its last part, whichever is first.
// Errors: a time beyond 36 years; parts that end before request_count when no length says so.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/prng.h"
#include "core/result.h"
#include "sim/arrival_spec.h"
#include "sim/arrival_times.h"
#include "sim/value_distribution.h"
#include "traces/arrival_source.h"

namespace lockstep {

struct GeneratedOptions {
  ArrivalSpec spec{};
  std::optional<std::uint64_t> request_count{};
  std::optional<std::int64_t> length_ns{};  // arrivals before it
  std::uint64_t seed = 1;
};

class GeneratedArrivals final : public ArrivalSource {
 public:
  // Reads the files that the spec names. Requires: request_count or length_ns.
  [[nodiscard]] static Result<std::unique_ptr<GeneratedArrivals>> open(
      const GeneratedOptions& options);

  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override;
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }
  // Of the files that were read, in the order of the spec; 0 without any.
  [[nodiscard]] std::uint64_t content_digest() const { return content_digest_; }

 private:
  struct Values {
    ValueSampler sampler;
    Prng prng;
  };
  struct Part {
    std::unique_ptr<ArrivalTimes> times;
    std::int64_t next_ns = 0;
    std::optional<Values> size;
    std::optional<Values> queue;
    std::optional<Values> priority;
    std::optional<Values> client;
    std::int64_t timeout_ns = 0;
    std::uint64_t number = 0;
    std::vector<std::optional<QueueId>> queue_ids;  // by the sampler's index
  };

  explicit GeneratedArrivals(const GeneratedOptions& options);
  [[nodiscard]] Result<Part> open_part(const ArrivalPart& spec, std::uint64_t number);
  [[nodiscard]] Result<std::optional<Values>> open_values(const std::optional<ValueSpec>& spec,
                                                          std::string_view stream,
                                                          std::uint64_t number);
  [[nodiscard]] Result<std::unique_ptr<ArrivalTimes>> open_times(const ArrivalPart& spec,
                                                                 std::uint64_t number);
  void note_file(std::uint64_t content_digest);
  // The part whose arrival is next; nullptr: the end.
  [[nodiscard]] Part* next_part();
  [[nodiscard]] Result<bool> has_ended(const Part* part) const;
  [[nodiscard]] Result<QueueId> queue_of(Part& part);
  [[nodiscard]] Result<void> fill(Part& part, Arrival& arrival);

  GeneratedOptions options_;
  std::vector<Part> parts_;
  std::vector<std::string> names_;
  std::map<std::string, QueueId> ids_;
  std::uint64_t drawn_ = 0;
  std::uint64_t content_digest_ = 0;
};

// The arrivals of a spec: PoissonArrivals for one plain Poisson part without a length, which is
// faster and gives the same. `content_digest` as above.
struct OpenedArrivals {
  std::unique_ptr<ArrivalSource> source;
  std::uint64_t content_digest = 0;
};
[[nodiscard]] Result<OpenedArrivals> open_arrivals(const GeneratedOptions& options);

}  // namespace lockstep
