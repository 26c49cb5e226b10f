#include "reports/diagram_title.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/digest.h"
#include "reports/format.h"

namespace lockstep {
namespace {

constexpr std::size_t kLongestSetting = 48;

// With large batch splitting, max_batch_size limits requests only, and this limits batches; 0: it
// does not apply, or is left to max_batch_size.
std::uint64_t execution_size(const RunLog& run) {
  return run.setting("enable_large_batch_splitting") == "true"
             ? number_setting(run, "max_execution_batch_size")
             : 0;
}

// What became of the drawn requests: "14 requests in 5 batches, mean 2.8 rows; 32 refused". Only
// what has a mark is counted; the mean is over whole batches, so a batch that is drawn in part is
// said to be: "7 of 13 requests in 2 batches".
std::string outcomes(const RunLog& run, const DiagramContent& content) {
  std::set<std::uint64_t> batches;
  std::size_t finished = 0;
  std::uint64_t rows = 0;
  std::size_t in_batches = 0;
  std::size_t never_dispatched = 0;
  std::size_t refused = 0;
  std::map<Reason, std::size_t> ended_waiting;  // by why: cancelled, expired, evicted, ...
  for (const QueueBand& queue : content.queues) {
    refused += queue.refused.size();
    for (const Comb& comb : queue.combs) {
      if (!comb.batch && comb.dispatched != kForever) {
        ended_waiting[comb.reason] += comb.members.size();
      } else {
        (comb.batch ? in_batches : never_dispatched) += comb.members.size();
      }
      if (comb.batch && batches.insert(*comb.batch).second && comb.reason != Reason::kNone) {
        ++finished;
        rows += comb.rows;
      }
    }
  }
  std::string text;
  const auto part = [&](std::size_t count, std::string_view what) {
    const std::string_view noun = !text.empty() ? "" : count == 1 ? " request" : " requests";
    text += count == 0 ? "" : fmt::format("{}{}{} {}", text.empty() ? "" : "; ", count, noun, what);
  };
  if (!batches.empty()) {
    const auto all = static_cast<std::size_t>(std::count_if(
        run.requests.begin(), run.requests.end(),
        [&](const RequestRow& row) { return row.batch && batches.contains(*row.batch); }));
    text = fmt::format("{}{} request{} in {} batch{}",
                       in_batches < all ? fmt::format("{} of ", in_batches) : "", all,
                       all == 1 ? "" : "s", batches.size(), batches.size() == 1 ? "" : "es");
    if (finished < batches.size()) {
      text += fmt::format(" ({} unfinished)", batches.size() - finished);
    }
    if (finished > 0) {
      text += fmt::format(", mean {} rows", ratio_text(rows, finished, 1));
    }
  }
  part(refused, "refused");
  for (const auto& [reason, count] : ended_waiting) {
    part(count, reason_name(reason));
  }
  part(never_dispatched, "never dispatched");
  return text;
}

}  // namespace

std::uint64_t number_setting(const RunLog& run, std::string_view name) {
  const std::string text = run.setting(name);
  std::uint64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size() ? value : 0;
}

std::uint64_t rows_setting(const RunLog& run) {
  const std::uint64_t split = execution_size(run);
  return split > 0 ? split : number_setting(run, "max_batch_size");
}

std::string diagram_title(const RunLog& run, const DiagramContent& content) {
  std::string text;
  const auto part = [&](const std::string& words) { text += (text.empty() ? "" : ", ") + words; };
  const auto named = [&](std::string_view name) {
    return displayable(run.setting(name), kLongestSetting);
  };
  if (!named("max_batch_size").empty()) {
    part("max_batch_size " + named("max_batch_size"));
  }
  if (!named("batch_size").empty()) {  // of naive-full-batch
    part("batch_size " + named("batch_size"));
  }
  if (execution_size(run) > 0) {
    part("max_execution_batch_size " + named("max_execution_batch_size"));
  }
  if (!named("batch_timeout_micros").empty()) {
    part("batch_timeout " + exact_time(content.batch_timeout));
  }
  if (const std::string threads = named("num_batch_threads"); !threads.empty()) {
    part(threads + (threads == "1" ? " batch thread" : " batch threads"));
  }
  return text + (text.empty() ? "" : ": ") + outcomes(run, content);
}

std::string diagram_subtitle(const RunLog& run, const DiagramContent& content) {
  std::string text;
  const auto part = [&](std::string_view label, std::string_view name) {
    const std::string value = displayable(run.setting(name), kLongestSetting);
    if (!value.empty()) {
      text += (text.empty() ? "" : "  ·  ") + std::string(label) + value;
    }
  };
  part("", "trace");
  part("load ", "load");
  part("GPU ", "gpu");
  if (run.setting("gpu").empty() || run.setting("gpus") != "1") {
    part("GPUs ", "gpus");
  }
  part("", "scheduler");
  part("seed ", "seed");
  text += fmt::format("{}digest {}  ·  zero at {}", text.empty() ? "" : "  ·  ",
                      digest_text(run.digest).substr(0, 8),
                      exact_time(content.from.time_since_epoch()));
  return text;
}

}  // namespace lockstep
