// The start of a CudaDevice: everything that can fail before the first batch.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/check.h"
#include "gpu_backend/cuda/cuda_device.h"

namespace lockstep {
namespace {

std::optional<Error> start_failed(std::uint32_t device, const std::string& what,
                                  const CudaStatus& status) {
  return Error{Errc::kNoVerdict,
               fmt::format("cuda: device {}, {}: found {} in {}, expected success", device, what,
                           status.name, status.call)};
}

}  // namespace

std::optional<Error> CudaDevice::open() {
  std::uint32_t count = 0;
  const CudaStatus status = cuda_->device_count(count);
  if (!status.ok() || count == 0) {
    return Error{Errc::kNoVerdict,
                 fmt::format("cuda: found no CUDA device ({}), expected one", status.name)};
  }
  for (std::uint32_t i = 0; i < cards_.size(); ++i) {
    if (cards_[i].id >= count) {
      return Error{Errc::kBadInput, fmt::format("cuda: found device id {}, expected at most {}",
                                                cards_[i].id, count - 1)};
    }
    if (std::optional<Error> error = open_card(cards_[i], lanes_of(i))) {
      return error;
    }
  }
  for (std::uint32_t i = 0; i < lanes_.size(); ++i) {
    if (std::optional<Error> error = open_lane(lanes_[i], i)) {
      return error;
    }
  }
  return std::nullopt;
}

std::optional<Error> CudaDevice::open_card(Card& card, std::uint32_t lanes) {
  CudaStatus status = choose(card);
  status = status.ok() ? cuda_->properties(card.id, card.properties) : status;
  if (!status.ok()) {
    return start_failed(card.id, "its properties", status);
  }
  card.memory = std::make_unique<CudaMemory>(
      *cuda_, card.id, memory_budget_of(card.properties.total_memory, options_.memory_fraction));
  auto model = cuda_->make_model(options_.model, options_.weights, lanes);
  if (!model) {
    return model.error();
  }
  card.model = *std::move(model);
  if (std::optional<Error> error = open_memory(card, lanes)) {
    return error;
  }
  status = cuda_->create_stream(card.weights_stream);
  const std::uint64_t bytes = card.model->weight_bytes();
  if (status.ok() && bytes > 0) {
    status = card.memory->allocate(bytes, card.weights_stream, card.weights);
    status = status.ok() ? card.model->load(card.weights_stream, card.weights) : status;
  }
  return status.ok() ? std::nullopt : start_failed(card.id, "the model's weights", status);
}

std::optional<Error> CudaDevice::open_memory(Card& card, std::uint32_t lanes) {
  const std::uint32_t rows = first_rows();
  const std::uint64_t needed = aligned_size(card.model->weight_bytes()) +
                               lanes * lane_memory_bytes(options_.model, *card.model, rows);
  if (needed > card.memory->budget()) {
    return Error{Errc::kNoVerdict,
                 fmt::format("cuda: device {}: found a memory budget of {} bytes, expected at "
                             "least {} for {} lanes of {} rows",
                             card.id, card.memory->budget(), needed, lanes, rows)};
  }
  const CudaStatus status =
      options_.allow_growth ? card.memory->open_pool() : card.memory->open_block(needed);
  return status.ok() ? std::nullopt : start_failed(card.id, "its memory", status);
}

std::optional<Error> CudaDevice::open_lane(Lane& lane, std::uint32_t index) {
  Card& card = card_of(lane);
  const auto card_count = static_cast<std::uint32_t>(cards_.size());
  lane.cuda = std::make_unique<CudaLane>(CudaLane::Setting{.cuda = cuda_,
                                                           .clock = clock_,
                                                           .options = &options_,
                                                           .model = card.model.get(),
                                                           .memory = card.memory.get(),
                                                           .ring = &ring_,
                                                           .lane = LaneId{index},
                                                           .slot = index / card_count});
  CudaStatus status = choose(card);
  status = status.ok() ? lane.cuda->open() : status;
  status = status.ok() ? lane.cuda->prepare(first_rows()) : status;
  return status.ok() ? std::nullopt : start_failed(card.id, fmt::format("lane {}", index), status);
}

std::uint32_t CudaDevice::lanes_of(std::uint32_t card_index) const {
  return static_cast<std::uint32_t>(std::count_if(
      lanes_.begin(), lanes_.end(), [&](const Lane& lane) { return lane.card == card_index; }));
}

std::uint32_t CudaDevice::first_rows() const {
  if (!options_.allow_growth) {
    return options_.max_rows;
  }
  return options_.sizes.empty() ? 1 : options_.sizes.front();
}

Result<std::unique_ptr<CudaDevice>> make_cuda_device(CudaApi& cuda, const Clock& clock,
                                                     CudaDeviceOptions options) {
  LOCKSTEP_CHECK(!options.device_ids.empty());
  LOCKSTEP_CHECK(options.lane_count > 0);
  LOCKSTEP_CHECK(options.max_rows > 0);
  LOCKSTEP_CHECK(std::is_sorted(options.sizes.begin(), options.sizes.end()));
  LOCKSTEP_CHECK(options.sizes.empty() ||
                 (options.sizes.front() > 0 && options.sizes.back() <= options.max_rows));
  std::vector<std::uint32_t> ids = options.device_ids;
  std::sort(ids.begin(), ids.end());
  if (const auto twice = std::adjacent_find(ids.begin(), ids.end()); twice != ids.end()) {
    return bad_input(fmt::format("cuda: found device id {} twice, expected each once", *twice));
  }
  auto device = std::make_unique<CudaDevice>(cuda, clock, std::move(options));
  if (std::optional<Error> error = device->open()) {
    return tl::unexpected<Error>(*std::move(error));
  }
  return device;
}

}  // namespace lockstep
