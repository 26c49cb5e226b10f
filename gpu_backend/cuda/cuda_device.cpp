#include "gpu_backend/cuda/cuda_device.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr int kPoisonByte = 0xa5;
// With host functions, a lost device says nothing: so often its lanes are asked nevertheless.
constexpr std::uint32_t kPollsPerQuestion = 256;

// CUDA's current device, which each thread has for itself, and the CudaDevice that chose it.
struct Current {
  std::uint64_t chosen_by = 0;  // its number; 0: not known
  std::uint32_t device = 0;
};
thread_local Current current;

std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

}  // namespace

CudaDevice::CudaDevice(CudaApi& cuda, const Clock& clock, CudaDeviceOptions options)
    : cuda_(&cuda),
      clock_(&clock),
      options_(std::move(options)),
      ring_(options_.lane_count),
      number_(next_number()) {
  const std::size_t card_count =
      std::min<std::size_t>(options_.device_ids.size(), options_.lane_count);
  cards_.resize(card_count);
  for (std::size_t i = 0; i < card_count; ++i) {
    cards_[i].id = options_.device_ids[i];
  }
  lanes_.resize(options_.lane_count);
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i].card = static_cast<std::uint32_t>(i % card_count);
  }
  ready_.reserve(lanes_.size());
}

CudaDevice::~CudaDevice() {
  for (Lane& lane : lanes_) {
    if (lane.cuda != nullptr) {
      static_cast<void>(choose(card_of(lane)));
      lane.cuda.reset();
    }
  }
  for (Card& card : cards_) {
    if (card.memory == nullptr) {
      continue;
    }
    static_cast<void>(choose(card));
    if (card.weights != nullptr) {
      static_cast<void>(
          card.memory->free(card.weights, card.model->weight_bytes(), card.weights_stream));
    }
    if (card.weights_stream.handle != nullptr) {
      static_cast<void>(cuda_->destroy_stream(card.weights_stream));
    }
    card.model.reset();
    card.memory.reset();
  }
}

CudaStatus CudaDevice::choose(const Card& card) {
  if (current.chosen_by == number_ && current.device == card.id) {
    return {};
  }
  const CudaStatus status = cuda_->set_device(card.id);
  current = {.chosen_by = status.ok() ? number_ : 0, .device = card.id};
  return status;
}

std::string CudaDevice::name() const {
  const std::string& first = cards_.front().properties.name;
  const std::string devices =
      cards_.size() == 1 ? first : fmt::format("{} x {}", cards_.size(), first);
  return fmt::format("{}, {}", devices, cuda_->driver());
}

SimDuration CudaDevice::time_error() const {
  SimDuration error{0};
  for (const Lane& lane : lanes_) {
    error = std::max(error, lane.cuda->times().error_max());
  }
  return error;
}

Device::Taken CudaDevice::take(LaneId id, std::uint32_t padded_rows) {
  Lane& lane = lane_of(id);
  LOCKSTEP_CHECK(lane.state == LaneState::kFree);
  LOCKSTEP_CHECK(padded_rows > 0);
  LOCKSTEP_CHECK(padded_rows <= options_.max_rows);
  if (is_lost(lane)) {
    return {.status = Status::kUnavailable, .buffers = {}};
  }
  CudaStatus status = choose(card_of(lane));
  status = status.ok() ? lane.cuda->ensure_rows(padded_rows) : status;
  const bool has_memory = status.ok();
  status = status.ok() ? lane.cuda->ensure_graph(padded_rows) : status;
  // A graph that was refused for another reason than memory is tried again, and is launch()'s to
  // report: only there a batch can end with INTERNAL.
  if (!status.ok() && !(has_memory && status.outcome == CudaOutcome::kRefused)) {
    const bool lost = judge(lane.card, status) == Status::kUnavailable;
    return {.status = lost ? Status::kUnavailable : Status::kResourceExhausted, .buffers = {}};
  }
  lane.state = LaneState::kGathering;
  lane.rows = padded_rows;
  return {.status = Status::kOk,
          .buffers = {.input = lane.cuda->input(padded_rows),
                      .output = lane.cuda->output(padded_rows)}};
}

Status CudaDevice::launch(LaneId id, SimTime now) {
  Lane& lane = lane_of(id);
  LOCKSTEP_CHECK(lane.state == LaneState::kGathering);
  lane.launched = now;
  const Status status = is_lost(lane) ? Status::kUnavailable : launch_batch(id, lane);
  if (status == Status::kOk) {
    lane.state = LaneState::kInFlight;
    ++in_flight_;
  } else {
    lane.state = LaneState::kDone;
  }
  return status;
}

Status CudaDevice::launch_batch(LaneId id, Lane& lane) {
  CudaStatus status = choose(card_of(lane));
  status = status.ok() ? lane.cuda->ensure_graph(lane.rows) : status;
  if (status.ok()) {
    begin_range(id, lane);
    status = lane.cuda->launch(lane.rows, lane.launched);
    if (!status.ok()) {
      cuda_->end_range(lane.range);
    }
  }
  return judge(lane.card, status);
}

void CudaDevice::begin_range(LaneId id, Lane& lane) {
  std::array<char, 64> name{};
  const auto end = fmt::format_to_n(name.data(), name.size() - 1, "lane {} batch {}: {} rows",
                                    raw(id), lane.cuda->launch_count() + 1, lane.rows);
  *end.out = '\0';
  lane.range = cuda_->begin_range(name.data());
}

Status CudaDevice::judge(std::uint32_t card_index, const CudaStatus& status) {
  switch (status.outcome) {
    case CudaOutcome::kOk:
      return Status::kOk;
    case CudaOutcome::kNoMemory:
      return Status::kResourceExhausted;
    case CudaOutcome::kSticky:
      lose(card_index, status);
      return Status::kUnavailable;
    case CudaOutcome::kNotReady:
    case CudaOutcome::kRefused:
      break;
  }
  return Status::kInternal;
}

void CudaDevice::lose(std::uint32_t card_index, const CudaStatus& status) {
  Card& card = cards_[card_index];
  if (!card.lost.empty()) {
    return;
  }
  card.lost = fmt::format("{} in {} on device {}", status.name, status.call, card.id);
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].card == card_index && lanes_[i].state == LaneState::kInFlight &&
        !lanes_[i].reported) {
      report(LaneId{i}, lanes_[i], Status::kUnavailable, {.launched = lanes_[i].launched});
    }
  }
}

void CudaDevice::report(LaneId id, Lane& lane, Status status, const StageTimes& times) {
  LOCKSTEP_CHECK(!lane.reported);
  lane.reported = true;
  cuda_->end_range(lane.range);
  ready_.push_back({.lane = id, .status = status, .times = times});
}

std::optional<LaunchDone> CudaDevice::poll() {
  if (ready_.empty() && in_flight_ > 0) {
    if (options_.completion == CompletionWay::kEventPolling) {
      poll_events();
    } else {
      poll_ring();
    }
  }
  if (ready_.empty()) {
    return std::nullopt;
  }
  const LaunchDone done = ready_.front();
  ready_.erase(ready_.begin());
  Lane& lane = lane_of(done.lane);
  lane.state = LaneState::kDone;
  lane.reported = false;
  --in_flight_;
  return done;
}

void CudaDevice::poll_events() {
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    const LaneId id{i};
    Lane& lane = lanes_[i];
    if (lane.state == LaneState::kInFlight && !lane.reported && ask(id, lane)) {
      finish(id, lane, clock_->now());
    }
  }
  // Those that were found together, in the order of the device. Not stable_sort: it allocates.
  std::sort(ready_.begin(), ready_.end(), [](const LaunchDone& left, const LaunchDone& right) {
    return std::pair(left.times.finished, raw(left.lane)) <
           std::pair(right.times.finished, raw(right.lane));
  });
}

void CudaDevice::poll_ring() {
  while (const auto completion = ring_.pop()) {
    Lane& lane = lane_of(completion->lane);
    // It may be of a batch that was given up: its device was lost, or refused to say where it is.
    if (lane.state == LaneState::kInFlight && !lane.reported &&
        completion->batch == lane.cuda->launch_count()) {
      finish(completion->lane, lane, completion->noticed);
    }
  }
  if (!ready_.empty() || ++empty_polls_ % kPollsPerQuestion != 0) {
    return;
  }
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].state == LaneState::kInFlight && !lanes_[i].reported) {
      // Done but not in the ring yet: the ring will say so, with the time.
      static_cast<void>(ask(LaneId{i}, lanes_[i]));
    }
  }
}

bool CudaDevice::ask(LaneId id, Lane& lane) {
  CudaStatus status = choose(card_of(lane));
  status = status.ok() ? lane.cuda->query() : status;
  if (status.ok() || status.outcome == CudaOutcome::kNotReady) {
    return status.ok();
  }
  if (status.outcome != CudaOutcome::kSticky) {
    // Nobody knows where the batch is: its buffers are not free before the stream is.
    const CudaStatus waited = lane.cuda->wait();
    status = waited.ok() ? status : waited;
  }
  const Status verdict = judge(lane.card, status);
  if (!lane.reported) {
    report(id, lane, verdict, {.launched = lane.launched});
  }
  return false;
}

void CudaDevice::finish(LaneId id, Lane& lane, SimTime noticed) {
  StageTimes times;
  CudaStatus status = choose(card_of(lane));
  status = status.ok() ? lane.cuda->read_times(lane.launched, noticed, times) : status;
  const Status verdict = judge(lane.card, status);
  if (!lane.reported) {
    report(id, lane, verdict, status.ok() ? times : StageTimes{.launched = lane.launched});
  }
}

void CudaDevice::release(LaneId id) {
  Lane& lane = lane_of(id);
  LOCKSTEP_CHECK(lane.state == LaneState::kGathering || lane.state == LaneState::kDone);
  if (options_.poison) {
    const std::span<std::byte> input = lane.cuda->input(options_.max_rows);
    std::memset(input.data(), kPoisonByte, input.size());
  }
  lane.state = LaneState::kFree;
}

std::string CudaDevice::lost_reason(LaneId id) const {
  return cards_[lane_of(id).card].lost;
}

std::uint64_t CudaDevice::memory_peak() const {
  std::uint64_t bytes = 0;
  for (const Card& card : cards_) {
    bytes += card.memory->peak();
  }
  return bytes;
}

std::uint64_t CudaDevice::memory_budget() const {
  std::uint64_t bytes = 0;
  for (const Card& card : cards_) {
    bytes += card.memory->budget();
  }
  return bytes;
}

std::uint64_t CudaDevice::late_graphs() const {
  std::uint64_t count = 0;
  for (const Lane& lane : lanes_) {
    count += lane.cuda->late_graphs();
  }
  return count;
}

std::uint64_t CudaDevice::reanchored() const {
  std::uint64_t count = 0;
  for (const Lane& lane : lanes_) {
    count += lane.cuda->times().reanchored();
  }
  return count;
}

CudaDevice::Lane& CudaDevice::lane_of(LaneId id) {
  LOCKSTEP_CHECK(raw(id) < lanes_.size());
  return lanes_[raw(id)];
}

const CudaDevice::Lane& CudaDevice::lane_of(LaneId id) const {
  LOCKSTEP_CHECK(raw(id) < lanes_.size());
  return lanes_[raw(id)];
}

}  // namespace lockstep
