#include "sim/device_model.h"

#include <algorithm>

#include "core/check.h"
#include "core/limits.h"
#include "traces/names.h"

namespace lockstep {

namespace {

constexpr std::uint64_t kAsItIs = 1'000'000;

std::int64_t scaled_time(std::int64_t time, std::uint64_t millionths) {
  __extension__ using Wide = __int128;
  const Wide rounded = (Wide{time} * millionths + 500'000) / 1'000'000;
  return static_cast<std::int64_t>(std::clamp<Wide>(rounded, 1, kMaxTimeNs));
}

}  // namespace

static_assert(DeviceModel::kLatestNs == 2 * kMaxTimeNs, "as long as a run of plain devices");

DeviceModel::DeviceModel(const DeviceDescription& description, const DeviceOptions& options)
    : description_(description),
      options_(options),
      draws_(description.compute.is_random() || !description.jitter.empty() ||
             std::any_of(kSideCurves.begin(), kSideCurves.end(),
                         [&](const SideCurve& side) {
                           const std::optional<ServiceCurve>& curve = description.*side.curve;
                           return curve && curve->is_random();
                         })),
      prng_(options.seed, "device"),
      gpus_(options.gpu_count),
      batches_(options.lane_count) {
  LOCKSTEP_CHECK(options.gpu_count > 0 && options.gpu_count <= kMaxGpus);
  LOCKSTEP_CHECK(options.lane_count > 0 && options.lane_count <= kMaxLanes);
  if (description.sharing.kind != Sharing::kSerial) {
    LOCKSTEP_CHECK(description.sharing.covers((options.lane_count - 1) / options.gpu_count + 1));
    shared_.assign(options.gpu_count, SharedCompute(description.sharing));
  }
  if (description.memory.total > 0) {
    memory_.emplace(description.memory, options.gpu_count);
  }
}

// --- what a batch takes -------------------------------------------------------------------------

std::uint32_t DeviceModel::model_of(QueueId queue) {
  constexpr std::uint32_t kUnknown = UINT32_MAX;
  if (raw(queue) >= models_.size()) {
    models_.resize(raw(queue) + 1, kUnknown);
  }
  std::uint32_t& model = models_[raw(queue)];
  if (model == kUnknown) {
    std::string name;
    const bool named = options_.queue_names != nullptr && raw(queue) < options_.queue_names->size();
    if (named) {
      name = model_of_queue((*options_.queue_names)[raw(queue)]);
    }
    const auto known = std::find(model_names_.begin(), model_names_.end(), name);
    model = static_cast<std::uint32_t>(named ? known - model_names_.begin()
                                             : model_names_.end() - model_names_.begin());
    if (model == model_names_.size()) {
      model_names_.push_back(name);
    }
  }
  return model;
}

SimDuration DeviceModel::compute_time(const StartedBatch& batch, Gpu& gpu, std::uint32_t model,
                                      std::uint64_t draw, std::uint64_t slow_down) const {
  std::int64_t time = description_.compute.time(batch.rows, draw).count();
  if (!description_.jitter.empty()) {
    time = scaled_time(time, static_cast<std::uint64_t>(description_.jitter.at(draw)));
  }
  if (slow_down != kAsItIs) {
    time = scaled_time(time, slow_down);
  }
  if (description_.first_batch > SimDuration{0}) {
    gpu.warm.resize(std::max<std::size_t>(gpu.warm.size(), model + 1));
    time += gpu.warm[model] ? 0 : description_.first_batch.count();
    gpu.warm[model] = true;
  }
  return SimDuration{time};
}

// --- a batch goes in ----------------------------------------------------------------------------

DeviceModel::HandOver DeviceModel::hand_over(SimTime now, const StartedBatch& batch,
                                             std::uint64_t slow_down_millionths) {
  LOCKSTEP_CHECK(now <= next_ || next_ == kForever);
  const std::uint32_t gpu_index = gpu_of(batch.lane);
  Batch& entry = batches_[raw(batch.lane)];
  entry = Batch{};
  const Event done_now{now, /*completes=*/true, batch.batch, batch.lane};
  if (batch.rows == 0) {
    push(done_now);
    return HandOver::kTaken;
  }
  if (!description_.covers(batch.rows)) {
    return HandOver::kNotCovered;
  }
  // Drawn for batches without memory too, so that memory moves no other batch's draw.
  const std::uint64_t draw = draws_ ? prng_.next() : 0;
  const std::uint32_t model = model_of(batch.queue);
  if (memory_) {
    const std::optional<std::uint64_t> bytes =
        memory_->take(gpu_index, model, model_names_[model], batch.rows);
    if (!bytes) {
      entry.status = Status::kResourceExhausted;
      push(done_now);
      return HandOver::kTaken;
    }
    entry.bytes = *bytes;
  }
  Gpu& gpu = gpus_[gpu_index];
  if (gpu.batches++ == 0) {
    gpu.awake_at = now + description_.wake;
  }
  entry.on_gpu = true;
  SimTime ready = std::max(now, gpu.awake_at);  // to compute
  entry.stages = {.batch = raw(batch.batch), .launched = now, .to_device = {ready, ready}};
  if (description_.to_device) {
    entry.service = description_.to_device->time(batch.rows, draw);
    ready = std::max(ready, gpu.to_device_free) + entry.service;
    gpu.to_device_free = ready;
    entry.stages.to_device = {ready - entry.service, ready};
  }
  entry.compute = compute_time(batch, gpu, model, draw, slow_down_millionths);
  if (description_.to_host) {
    entry.to_host = description_.to_host->time(batch.rows, draw);
  }
  if (description_.host) {
    entry.host = description_.host->time(batch.rows, draw);
  }
  if (ns_of(ready) > kLatestNs) {
    return HandOver::kTooLate;
  }
  if (!shared_.empty()) {
    if (ready > now) {
      push(Event{ready, /*completes=*/false, batch.batch, batch.lane});
    } else {
      compute_shared(now, batch.batch, batch.lane);
    }
    return HandOver::kTaken;
  }
  // One after another: each stage follows from those before it, now.
  const SimTime begin = std::max(ready, gpu.compute_free);
  gpu.compute_free = begin + entry.compute;
  entry.stages.compute = {begin, gpu.compute_free};
  entry.service += entry.compute;
  return ns_of(gpu.compute_free) <= kLatestNs &&
                 copy_to_host(gpu.compute_free, batch.batch, batch.lane)
             ? HandOver::kTaken
             : HandOver::kTooLate;
}

void DeviceModel::compute_shared(SimTime now, BatchId id, LaneId lane) {
  Batch& batch = batches_[raw(lane)];
  batch.stages.compute = {now, now};
  shared_[gpu_of(lane)].enter(now, {id, lane}, batch.compute);
  plan();
}

bool DeviceModel::copy_to_host(SimTime now, BatchId id, LaneId lane) {
  SimTime done = now;
  Batch& batch = batches_[raw(lane)];
  batch.stages.to_host = {now, now};
  if (description_.to_host) {
    Gpu& gpu = gpus_[gpu_of(lane)];
    // Many that are too late may leave at once: their sum is cut.
    done = std::min(std::max(now, gpu.to_host_free) + batch.to_host, at_ns(2 * kLatestNs));
    batch.service += batch.to_host;
    gpu.to_host_free = done;
    batch.stages.to_host = {std::max(now, done - batch.to_host), done};
  }
  const SimTime known = done + batch.host;
  // Kept even when it is too late: who looks at next() stops there.
  push(Event{known, /*completes=*/true, id, lane});
  return ns_of(known) <= kLatestNs;
}

void DeviceModel::reset(std::uint32_t gpu) {
  std::erase_if(events_, [&](const Event& event) { return gpu_of(event.lane) == gpu; });
  std::make_heap(events_.begin(), events_.end(), later);
  gpus_[gpu] = Gpu{};
  if (!shared_.empty()) {
    shared_[gpu] = SharedCompute(description_.sharing);
  }
  if (memory_) {
    memory_->forget(gpu);
  }
  plan();
}

// --- and comes out ------------------------------------------------------------------------------

bool DeviceModel::later(const Event& a, const Event& b) {
  if (a.time != b.time) {
    return a.time > b.time;
  }
  return a.completes != b.completes ? a.completes : a.batch > b.batch;
}

void DeviceModel::push(const Event& event) {
  events_.push_back(event);
  std::push_heap(events_.begin(), events_.end(), later);
  plan();
}

void DeviceModel::plan() {
  next_ = events_.empty() ? kForever : events_.front().time;
  const bool completes = !events_.empty() && events_.front().completes;
  leaves_next_ = nullptr;
  for (SharedCompute& compute : shared_) {
    const SimTime leaves = compute.leaves_at();
    if (leaves < next_ || (leaves == next_ && completes && leaves_next_ == nullptr)) {
      next_ = leaves;
      leaves_next_ = &compute;
    }
  }
}

std::optional<DeviceCompletion> DeviceModel::step() {
  LOCKSTEP_CHECK(next_ != kForever);
  if (leaves_next_ != nullptr) {
    const SimTime now = next_;
    leaves_next_->leave(left_);
    for (const SharedCompute::Occupant& occupant : left_) {
      Batch& batch = batches_[raw(occupant.lane)];
      batch.stages.compute.to = now;
      batch.service += now - batch.stages.compute.from;
      static_cast<void>(copy_to_host(now, occupant.batch, occupant.lane));
    }
    plan();
    return std::nullopt;
  }
  const Event event = events_.front();
  std::pop_heap(events_.begin(), events_.end(), later);
  events_.pop_back();
  if (event.completes) {
    const DeviceCompletion done = complete(event);
    plan();
    return done;
  }
  compute_shared(event.time, event.batch, event.lane);
  return std::nullopt;
}

DeviceCompletion DeviceModel::complete(const Event& event) {
  const Batch& batch = batches_[raw(event.lane)];
  gpus_[gpu_of(event.lane)].batches -= batch.on_gpu ? 1U : 0U;
  if (memory_ && batch.bytes > 0) {
    memory_->give_back(gpu_of(event.lane), batch.bytes);
  }
  if (options_.stages && batch.service > SimDuration{0}) {
    options_.stages(batch.stages);
  }
  return DeviceCompletion{.time = event.time,
                          .batch = event.batch,
                          .lane = event.lane,
                          .service = batch.service,
                          .status = batch.status,
                          .host = batch.host};
}

}  // namespace lockstep
