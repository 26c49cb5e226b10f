#include "cli/queue_order.h"

#include <algorithm>

#include "traces/names.h"

namespace lockstep {
namespace {

std::string listed(const std::vector<std::string>& names, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += i == 0 ? "" : i + 1 == count ? " or " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

QueueOrder::QueueOrder(ArrivalSource& source, const SchedulerSpec& spec)
    : source_(source), from_start_(spec.queues.size()), models_(spec, names_) {
  for (const QueueSpec& queue : spec.queues) {
    names_.push_back(queue.name);
  }
}

Result<std::size_t> QueueOrder::read(std::span<Arrival> out) {
  Result<std::size_t> count = source_.read(out);
  if (!count) {
    return count;
  }
  const std::size_t queue_count = source_.queue_names().size();
  if (queue_count > places_.size()) {
    if (Result<void> extended = extend(queue_count); !extended) {
      return tl::unexpected(extended.error());
    }
  }
  for (Arrival& arrival : out.first(*count)) {
    arrival.queue = places_[raw(arrival.queue)];
  }
  return count;
}

Result<void> QueueOrder::extend(std::size_t count) {
  while (places_.size() < count) {
    Result<QueueId> place = place_of(source_.queue_names()[places_.size()]);
    if (!place) {
      return tl::unexpected(place.error());
    }
    places_.push_back(*place);
  }
  return {};
}

Result<QueueId> QueueOrder::place_of(const std::string& name) {
  const auto known = std::find(names_.begin(), names_.end(), name);
  if (known != names_.end()) {
    return QueueId{static_cast<std::uint32_t>(known - names_.begin())};
  }
  if (name == kUnnamedQueue) {
    if (from_start_ == 1) {
      return QueueId{0};
    }
    return bad_input(
        "found requests without a queue, expected a column 'queue' (of clients, "
        "queue=) with " +
        listed(names_, from_start_) + ": the scheduler has several queues");
  }
  const std::string_view model = model_of_queue(name);
  const auto end = names_.begin() + static_cast<std::ptrdiff_t>(from_start_);
  if (std::find(names_.begin(), end, model) == end) {
    return bad_input("found a request for queue '" + name + "', expected " +
                     listed(names_, from_start_));
  }
  names_.push_back(name);
  return QueueId{static_cast<std::uint32_t>(names_.size() - 1)};
}

}  // namespace lockstep
