// A log of requests that another server wrote, as far as it goes: any CSV with --map.
//
//   arrival=COLUMN:UNIT                         required
//   dispatched=COLUMN:UNIT finished=COLUMN:UNIT when its batch started, and was answered
//   batch=COLUMN lane=COLUMN queue=COLUMN       any text that tells them apart
//   size=COLUMN priority=COLUMN                 whole numbers; without: 1 and 0
//   status=COLUMN                               OK, UNAVAILABLE, ..., or the code of a HTTP answer
//
// UNIT is ns, us, ms or s. One row is one request; rows may come in any order and are numbered by
// arrival, those of one arrival in file order. An empty finished means: never answered; an empty
// batch: never in one. Rows of one batch agree in dispatched, finished, lane and queue. Batches are
// numbered by (dispatched, first member); lanes and queues by their first use.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "traces/byte_source.h"
#include "traces/run_log.h"

namespace lockstep {

struct ForeignLog {
  RunLog log;
  bool has_batches = false;  // who was in which batch, and when it was dispatched
  bool has_lanes = false;
  bool has_finished = false;
};

// `name` stands for FILE. Errors: a --map that makes no sense, FILE:LINE:COLUMN of a wrong field,
// rows of one batch that disagree, an answer before its arrival.
[[nodiscard]] Result<ForeignLog> read_foreign_log(std::string name,
                                                  std::unique_ptr<ByteSource> source,
                                                  std::string_view map);

}  // namespace lockstep
