#include "sim/fault_storms.h"

#include <algorithm>

namespace lockstep {

FaultStorms::FaultStorms(const FaultPlan& plan, const std::vector<std::string>* queue_names,
                         Outside& others)
    : queue_names_(queue_names), others_(others) {
  for (const Fault& fault : plan.faults) {
    if (fault.kind == FaultKind::kCancel || fault.kind == FaultKind::kBurst) {
      storms_.push_back(&fault);
    }
  }
  std::stable_sort(storms_.begin(), storms_.end(),
                   [](const Fault* a, const Fault* b) { return a->at < b->at; });
}

SimTime FaultStorms::next() const {
  return std::min(next_storm(), others_.next());
}

Result<void> FaultStorms::act(Server& server) {
  if (next_storm() > others_.next()) {
    return others_.act(server);
  }
  if (!begun_) {
    if (Result<void> begun = begin(server); !begun) {
      return begun;
    }
    begun_ = true;
  }
  if (left_ > 0) {
    --left_;
    ++arrivals_;
    server.arrive(arrival_);
  }
  while (!to_cancel_.empty()) {
    const RequestSlot slot = to_cancel_.back();
    to_cancel_.pop_back();
    if (server.requests().is_alive(slot)) {
      ++cancels_;
      server.cancel(storms_[next_]->at, slot);
      break;
    }
  }
  if (left_ == 0 && to_cancel_.empty()) {
    ++next_;
    begun_ = false;
  }
  return {};
}

Result<void> FaultStorms::begin(Server& server) {
  const Fault& fault = *storms_[next_];
  QueueId queue{0};
  if (!fault.queue.empty()) {
    const Result<QueueId> named = queue_of(fault);
    if (!named) {
      return tl::unexpected(named.error());
    }
    queue = *named;
  }
  if (fault.kind == FaultKind::kBurst) {
    arrival_ = Arrival{.time = fault.at, .queue = queue, .size = fault.size};
    left_ = fault.count;
  } else {
    choose_cancelled(server, fault, fault.queue.empty() ? nullptr : &queue);
  }
  return {};
}

Result<QueueId> FaultStorms::queue_of(const Fault& fault) const {
  const auto no_names = std::vector<std::string>{};
  const std::vector<std::string>& names = queue_names_ != nullptr ? *queue_names_ : no_names;
  const auto found = std::find(names.begin(), names.end(), fault.queue);
  if (found == names.end()) {
    std::string known;
    for (const std::string& name : names) {
      known += (known.empty() ? "" : ", ") + name;
    }
    return bad_input(fault.place + ": found queue=" + fault.queue +
                     ", expected a queue of the traffic up to then" +
                     (known.empty() ? ": there is none" : ": " + known));
  }
  return QueueId{static_cast<std::uint32_t>(found - names.begin())};
}

void FaultStorms::choose_cancelled(const Server& server, const Fault& fault, const QueueId* queue) {
  const RequestTable& requests = server.requests();
  requests.for_each_live([&](const Request& request) {
    if (queue == nullptr || request.arrival.queue == *queue) {
      to_cancel_.push_back(requests.slot_of(request));
    }
  });
  std::sort(to_cancel_.begin(), to_cancel_.end(), [&](const RequestSlot& a, const RequestSlot& b) {
    return requests.at(a).id < requests.at(b).id;
  });
  // Spread evenly: number i is one of them where the share of the first i + 1 passes a whole one.
  std::uint64_t number = 0;
  std::erase_if(to_cancel_, [&](const RequestSlot&) {
    const std::uint64_t before = number++ * fault.share_millionths / 1'000'000;
    return number * fault.share_millionths / 1'000'000 == before;
  });
  std::reverse(to_cancel_.begin(), to_cancel_.end());
}

}  // namespace lockstep
