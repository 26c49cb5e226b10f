#include "reports/run_events.h"

#include <filesystem>
#include <optional>

#include "traces/journal_csv.h"
#include "traces/run_columns.h"

namespace lockstep {
namespace {

// Lanes that are down now, as positions in `faults`.
using Outages = std::map<std::uint32_t, std::size_t>;

void note_input(const JournalLine& line, Outages& down, RunEvents& events) {
  const Input& input = line.input;
  const std::uint32_t lane = raw(input.lane);
  switch (input.kind) {
    case InputKind::kCancel:
      events.cancels.try_emplace(raw(line.request), input.now);
      break;
    case InputKind::kLaneDown: {
      // It may be said again of a lane that is down: when it is now down for good.
      const auto [place, first] = down.try_emplace(lane, events.faults.size());
      if (first) {
        events.faults.push_back({.lane = lane, .from = input.now, .down = true});
      }
      events.faults[place->second].text =
          input.status == Status::kUnavailable ? "down" : "down for good";
      break;
    }
    case InputKind::kLaneUp:
      if (const auto found = down.find(lane); found != down.end()) {
        events.faults[found->second].to = input.now;
        down.erase(found);
      }
      break;
    default:
      break;
  }
}

Result<void> read_journal(const std::string& path, RunEvents& events) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return {};
  }
  const Result<JournalLineSource> next_line = open_journal(path);
  if (!next_line) {
    return tl::unexpected(next_line.error());
  }
  Outages down;
  while (true) {
    const Result<std::optional<JournalLine>> line = (*next_line)();
    if (!line) {
      return tl::unexpected(line.error());
    }
    if (!*line) {
      return {};
    }
    if ((*line)->is_input) {
      note_input(**line, down, events);
    }
  }
}

}  // namespace

Result<RunEvents> load_run_events(const std::string& directory) {
  RunEvents events;
  const std::string journal = directory + "/" + std::string(kJournalFile);
  if (const Result<void> read = read_journal(journal, events); !read) {
    return tl::unexpected(read.error());
  }
  const Result<std::vector<StageRow>> stages = load_stages(directory);
  if (!stages) {
    return tl::unexpected(stages.error());
  }
  for (const StageRow& row : *stages) {
    events.stages.emplace(row.batch, row);
  }
  return events;
}

}  // namespace lockstep
