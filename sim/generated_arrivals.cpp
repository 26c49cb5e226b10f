#include "sim/generated_arrivals.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/digest.h"
#include "core/limits.h"
#include "sim/poisson_arrivals.h"
#include "sim/window_times.h"

namespace lockstep {
namespace {

constexpr const char* kOnlyQueue = "queue";

std::string stream_name(std::string_view base, std::uint64_t part) {
  std::string name(base);
  return part == 0 ? name : name + "." + std::to_string(part);
}

UnitGap gap_of_part(const ArrivalPart& part) {
  switch (part.family) {
    case GapFamily::kConstant:
      return UnitGap::constant();
    case GapFamily::kExponential:
      return UnitGap::exponential();
    case GapFamily::kGamma:
      return UnitGap::gamma(part.cv_millionths);
    case GapFamily::kWeibull:
      return UnitGap::weibull(part.cv_millionths);
  }
  return UnitGap::constant();
}

}  // namespace

GeneratedArrivals::GeneratedArrivals(const GeneratedOptions& options) : options_(options) {}

Result<std::unique_ptr<GeneratedArrivals>> GeneratedArrivals::open(
    const GeneratedOptions& options) {
  LOCKSTEP_CHECK(options.request_count || options.length_ns);
  std::unique_ptr<GeneratedArrivals> arrivals(new GeneratedArrivals(options));
  bool names_queues = false;
  for (const ArrivalPart& spec : options.spec.parts) {
    Result<Part> part = arrivals->open_part(spec, arrivals->parts_.size());
    if (!part) {
      return tl::unexpected(part.error());
    }
    arrivals->parts_.push_back(std::move(*part));
    names_queues = names_queues || spec.queue;
  }
  if (!names_queues) {
    arrivals->names_ = {kOnlyQueue};
    arrivals->ids_[kOnlyQueue] = QueueId{0};
  }
  return arrivals;
}

void GeneratedArrivals::note_file(std::uint64_t content_digest) {
  LineDigest both;
  both.pair(content_digest_, content_digest);
  content_digest_ = both.value();
}

Result<GeneratedArrivals::Part> GeneratedArrivals::open_part(const ArrivalPart& spec,
                                                             std::uint64_t number) {
  Part part;
  Result<std::unique_ptr<ArrivalTimes>> times = open_times(spec, number);
  if (!times) {
    return tl::unexpected(times.error());
  }
  part.times = std::move(*times);
  for (const auto& [values, stream, into] : {std::tuple(&spec.size, "sizes", &part.size),
                                             {&spec.queue, "queues", &part.queue},
                                             {&spec.priority, "priorities", &part.priority},
                                             {&spec.client, "clients", &part.client}}) {
    Result<std::optional<Values>> opened = open_values(*values, stream, number);
    if (!opened) {
      return tl::unexpected(opened.error());
    }
    *into = std::move(*opened);
  }
  part.timeout_ns = spec.timeout_ns;
  part.number = number;
  part.queue_ids.resize(part.queue ? part.queue->sampler.names().size() : 1);
  part.next_ns = part.times->next_ns();
  return part;
}

Result<std::optional<GeneratedArrivals::Values>> GeneratedArrivals::open_values(
    const std::optional<ValueSpec>& spec, std::string_view stream, std::uint64_t number) {
  if (!spec) {
    return std::optional<Values>();
  }
  Result<ValueSampler> sampler = ValueSampler::make(*spec);
  if (!sampler) {
    return tl::unexpected(sampler.error());
  }
  if (spec->kind == ValueKind::kTrace) {
    note_file(sampler->content_digest());
  }
  return std::optional<Values>(
      Values{std::move(*sampler), Prng(options_.seed, stream_name(stream, number))});
}

Result<std::unique_ptr<ArrivalTimes>> GeneratedArrivals::open_times(const ArrivalPart& spec,
                                                                    std::uint64_t number) {
  const Prng gaps(options_.seed, stream_name("arrivals", number));
  switch (spec.kind) {
    case PartKind::kConstant:
      return constant_times(spec.rate);
    case PartKind::kPoisson:
      return poisson_times(spec.rate, gaps);
    case PartKind::kGamma:
    case PartKind::kWeibull:
      return paced_times(gap_of_part(spec), gaps, steady_profile(spec.rate));
    case PartKind::kOnOff:
      return paced_times(
          gap_of_part(spec), gaps,
          on_off_profile(spec.on_off, Prng(options_.seed, stream_name("arrival-stays", number))));
    case PartKind::kRamp:
      return paced_times(gap_of_part(spec), gaps, ramp_profile(spec.ramp));
    case PartKind::kDiurnal:
      return paced_times(gap_of_part(spec), gaps, diurnal_profile(spec.day));
    case PartKind::kServegen:
      break;
  }
  Result<SourceWindows> source = source_windows(spec.servegen);
  if (!source) {
    return tl::unexpected(source.error());
  }
  note_file(source->content_digest);
  return window_times(std::move(source->windows), spec.servegen.by_shape, gaps);
}

GeneratedArrivals::Part* GeneratedArrivals::next_part() {
  // The first of the earliest: min_element keeps the order of the parts.
  const auto part =
      std::min_element(parts_.begin(), parts_.end(),
                       [](const Part& a, const Part& b) { return a.next_ns < b.next_ns; });
  return part->next_ns == kNoArrival ? nullptr : &*part;
}

Result<bool> GeneratedArrivals::has_ended(const Part* part) const {
  if (options_.request_count && drawn_ == *options_.request_count) {
    return true;
  }
  if (part == nullptr) {
    if (options_.length_ns) {
      return true;
    }
    return bad_input("found arrivals that end after " + std::to_string(drawn_) +
                     " requests, expected --requests of at most that many, or --length");
  }
  if (options_.length_ns && part->next_ns >= *options_.length_ns) {
    return true;
  }
  if (part->next_ns > kMaxTimeNs) {
    return bad_input("arrival " + std::to_string(drawn_) +
                     " lies beyond 36 years of virtual time: expected fewer requests or a "
                     "higher rate");
  }
  return false;
}

Result<std::size_t> GeneratedArrivals::read(std::span<Arrival> out) {
  std::size_t count = 0;
  while (count < out.size()) {
    Part* const part = next_part();
    const Result<bool> ended = has_ended(part);
    if (!ended) {
      return tl::unexpected(ended.error());
    }
    if (*ended) {
      break;
    }
    if (Result<void> filled = fill(*part, out[count]); !filled) {
      return tl::unexpected(filled.error());
    }
    part->next_ns = part->times->next_ns();
    ++count;
    ++drawn_;
  }
  return count;
}

Result<void> GeneratedArrivals::fill(Part& part, Arrival& arrival) {
  const auto draw = [](std::optional<Values>& values, std::uint64_t usual) {
    return values ? values->sampler.next(values->prng) : usual;
  };
  arrival = Arrival{};
  arrival.time = at_ns(part.next_ns);
  arrival.timeout = SimDuration{part.timeout_ns};
  arrival.size = static_cast<std::uint32_t>(draw(part.size, 1));
  arrival.priority = static_cast<std::uint8_t>(draw(part.priority, 0));
  arrival.client = ClientId{draw(part.client, part.number)};
  const Result<QueueId> queue = queue_of(part);
  if (!queue) {
    return tl::unexpected(queue.error());
  }
  arrival.queue = *queue;
  return {};
}

Result<QueueId> GeneratedArrivals::queue_of(Part& part) {
  const std::uint64_t index = part.queue ? part.queue->sampler.next(part.queue->prng) : 0;
  std::optional<QueueId>& known = part.queue_ids[index];
  if (known) {
    return *known;
  }
  const std::string name = part.queue ? part.queue->sampler.names()[index] : kOnlyQueue;
  const auto at = ids_.find(name);
  if (at != ids_.end()) {
    known = at->second;
    return *known;
  }
  if (names_.size() == kMaxQueues) {
    return bad_input("found more than 65,536 queues in the arrivals, expected fewer");
  }
  known = QueueId{static_cast<std::uint32_t>(names_.size())};
  names_.push_back(name);
  ids_[name] = *known;
  return *known;
}

Result<OpenedArrivals> open_arrivals(const GeneratedOptions& options) {
  OpenedArrivals opened;
  if (options.spec.is_plain_poisson() && options.request_count && !options.length_ns) {
    const Rate& rate = options.spec.parts.front().rate;
    opened.source =
        std::make_unique<PoissonArrivals>(PoissonOptions{.rate_count = rate.count,
                                                         .per = SimDuration{rate.per_ns},
                                                         .request_count = *options.request_count,
                                                         .seed = options.seed});
    return opened;
  }
  Result<std::unique_ptr<GeneratedArrivals>> arrivals = GeneratedArrivals::open(options);
  if (!arrivals) {
    return tl::unexpected(arrivals.error());
  }
  opened.content_digest = (*arrivals)->content_digest();
  opened.source = std::move(*arrivals);
  return opened;
}

}  // namespace lockstep
