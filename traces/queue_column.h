// Names of queues in a column of a trace, to ids in order of first use.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "traces/csv_rows.h"

namespace lockstep {

class QueueColumn {
 public:
  // Errors: a name against kQueueNameRule, one queue too many.
  [[nodiscard]] Result<QueueId> read(const CsvRows& row, std::size_t index);
  // For a trace without such a column: one queue, named "queue".
  void use_one() { names_.assign(1, "queue"); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, std::uint32_t, std::less<>> ids_;
  std::uint32_t last_ = 0;
};

}  // namespace lockstep
