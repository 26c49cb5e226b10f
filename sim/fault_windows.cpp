#include "sim/fault_windows.h"

#include <algorithm>

namespace lockstep {
namespace {

bool begins_earlier(const Fault* a, const Fault* b) {
  return a->at < b->at;
}

SimTime end_of(const Fault& fault) {
  return fault.lasts ? after(fault.at, *fault.lasts) : kForever;
}

}  // namespace

FaultWindows::FaultWindows(const FaultPlan& plan) {
  for (const Fault& fault : plan.faults) {
    if (fault.kind == FaultKind::kStall) {
      stalls_.push_back(&fault);
    } else if (fault.kind == FaultKind::kSlow) {
      slow_.push_back(&fault);
    }
  }
  std::stable_sort(stalls_.begin(), stalls_.end(), begins_earlier);
  std::stable_sort(slow_.begin(), slow_.end(), begins_earlier);
}

SimTime FaultWindows::stall_end(LaneId lane, std::uint32_t gpu, SimTime time) const {
  // By their begin: one that a later end runs into comes after those that led there.
  for (std::size_t i = first_stall_; i < stalls_.size() && stalls_[i]->at <= time; ++i) {
    if (covers_lane(*stalls_[i], lane, gpu)) {
      time = std::max(time, end_of(*stalls_[i]));
    }
  }
  return time;
}

std::uint64_t FaultWindows::slow_down(LaneId lane, std::uint32_t gpu, SimTime now) const {
  std::uint64_t factor = 1'000'000;
  for (std::size_t i = first_slow_; i < slow_.size() && slow_[i]->at <= now; ++i) {
    if (end_of(*slow_[i]) > now && covers_lane(*slow_[i], lane, gpu)) {
      factor = std::max(factor, slow_[i]->factor_millionths);
    }
  }
  return factor;
}

void FaultWindows::pass(SimTime now) {
  const auto skip = [now](const Windows& windows, std::size_t& first) {
    while (first < windows.size() && end_of(*windows[first]) <= now) {
      ++first;
    }
  };
  skip(stalls_, first_stall_);
  skip(slow_, first_slow_);
}

StrikingFaults::StrikingFaults(const FaultPlan& plan) : kinds_(kFaultKindCount) {
  for (const Fault& fault : plan.faults) {
    OfKind& kind = kinds_[static_cast<std::size_t>(fault.kind)];
    (fault.batch ? kind.numbered : kind.coming).push_back(&fault);
  }
  for (OfKind& kind : kinds_) {
    std::stable_sort(kind.coming.begin(), kind.coming.end(), begins_earlier);
    std::stable_sort(kind.numbered.begin(), kind.numbered.end(),
                     [](const Fault* a, const Fault* b) { return *a->batch < *b->batch; });
  }
}

const Fault* StrikingFaults::take(FaultKind kind, SimTime now, BatchId batch, LaneId lane,
                                  std::uint32_t gpu) {
  OfKind& faults = kinds_[static_cast<std::size_t>(kind)];
  while (faults.next < faults.coming.size() && faults.coming[faults.next]->at <= now) {
    const Fault* fault = faults.coming[faults.next++];
    faults.waiting.push_back(Waiting{.fault = fault, .left = fault->count});
  }
  const auto numbered = std::lower_bound(
      faults.numbered.begin(), faults.numbered.end(), raw(batch),
      [](const Fault* fault, std::uint64_t number) { return *fault->batch < number; });
  if (numbered != faults.numbered.end() && *(*numbered)->batch == raw(batch)) {
    return *numbered;
  }
  const auto waiting =
      std::find_if(faults.waiting.begin(), faults.waiting.end(),
                   [&](const Waiting& one) { return covers_lane(*one.fault, lane, gpu); });
  if (waiting == faults.waiting.end()) {
    return nullptr;
  }
  const Fault* fault = waiting->fault;
  if (--waiting->left == 0) {
    faults.waiting.erase(waiting);
  }
  return fault;
}

}  // namespace lockstep
