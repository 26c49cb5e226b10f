// A whole run in memory.
#include <algorithm>
#include <utility>

#include "traces/run_log.h"
#include "traces/run_rows.h"

namespace lockstep {
namespace {

Result<void> sort_requests(RunLog& run) {
  std::stable_sort(run.requests.begin(), run.requests.end(),
                   [](const RequestRow& a, const RequestRow& b) { return a.request < b.request; });
  SimTime before{};
  for (std::size_t i = 0; i < run.requests.size(); ++i) {
    const RequestRow& row = run.requests[i];
    const Result<void> fine = require_in_order(run, {.request = row.request,
                                                     .expected = i,
                                                     .last = run.requests.back().request,
                                                     .arrival = row.arrival,
                                                     .arrival_before = before});
    if (!fine) {
      return fine;
    }
    before = row.arrival;
  }
  return {};
}

}  // namespace

Result<RunLog> load_run(const std::string& directory) {
  Result<RunHead> head = read_run_head(directory);
  if (!head) {
    return tl::unexpected(head.error());
  }
  RunLog run = std::move(head->run);
  Result<void> done =
      read_request_rows(run, [&run](const RequestRow& row) { run.requests.push_back(row); });
  if (done) {
    done = sort_requests(run);
  }
  return done ? Result<RunLog>(std::move(run)) : tl::unexpected(done.error());
}

}  // namespace lockstep
