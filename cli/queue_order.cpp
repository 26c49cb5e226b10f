#include "cli/queue_order.h"

#include <algorithm>

namespace lockstep {
namespace {

constexpr std::string_view kUnnamed = "queue";  // what a source without names calls its only one

std::string listed(const std::vector<std::string>& names, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += i == 0 ? "" : i + 1 == count ? " or " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

QueueOrder::QueueOrder(ArrivalSource& source, const SchedulerSpec& spec) : source_(source) {
  for (const QueueSpec& queue : spec.queues) {
    names_.push_back(queue.name);
    has_own_options_.push_back(std::any_of(
        queue.values.begin(), queue.values.end(),
        [&](const auto& entry) { return entry.second != option_text(spec.values, entry.first); }));
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
  if (name == kUnnamed) {
    if (has_own_options_.size() == 1) {
      return QueueId{0};
    }
    return bad_input("found requests without a queue, expected a column 'queue' with " +
                     listed(names_, has_own_options_.size()) +
                     ": the scheduler has several queues");
  }
  const std::string model = name.substr(0, name.find(':'));
  const auto end = names_.begin() + static_cast<std::ptrdiff_t>(has_own_options_.size());
  const auto of_model = std::find(names_.begin(), end, model);
  if (of_model == end) {
    return bad_input("found a request for queue '" + name + "', expected " +
                     listed(names_, has_own_options_.size()));
  }
  if (has_own_options_[static_cast<std::size_t>(of_model - names_.begin())]) {
    return bad_input("found a request for queue '" + name + "', expected options for it, as in " +
                     "--set max_batch_size@" + name + "=8: " + model +
                     " has options of its own, which this queue then begins with");
  }
  names_.push_back(name);
  return QueueId{static_cast<std::uint32_t>(names_.size() - 1)};
}

}  // namespace lockstep
