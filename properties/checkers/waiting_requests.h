// Who waits in which queue, recomputed from the record alone: accepted, not ended by the decisions,
// and with rows that no started batch has.
//
// By queue and criticality (TF 2.0). A request that its scheduler refuses waits from its arrival to
// that decision. Fed line by line: O(1) per line and member, O(log n) for a request that comes or
// leaves. Owned by a checker.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <vector>

#include "properties/checkers/registered_rules.h"
#include "properties/record/run_record.h"

namespace lockstep {

class WaitingRequests {
 public:
  struct Class {
    std::uint64_t rows = 0;
    std::set<std::uint64_t> requests{};  // ids: in the order of arrival
  };
  struct Queue {
    std::array<Class, kCriticalities> classes{};
    [[nodiscard]] std::uint64_t rows() const;
    [[nodiscard]] std::uint64_t count() const;
  };

  // Looks at the newest line.
  void after_line(const RunRecord& run);
  [[nodiscard]] const Queue& of(QueueId queue) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }  // of all queues
  [[nodiscard]] bool waits(RequestId request) const {
    return raw(request) < waits_.size() && waits_[raw(request)];
  }

 private:
  Class& class_of(const Arrival& arrival);
  void leave(RequestId request, const RecordedRequest& record, std::uint64_t rows);

  std::vector<Queue> queues_;
  std::vector<bool> waits_;  // by request
  std::uint64_t count_ = 0;
};

}  // namespace lockstep
