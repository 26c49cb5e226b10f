// Columns of requests.csv and batches.csv, once for the writer and the reader. Their meaning and
// units: traces/run_log.h.
#pragma once

#include <array>
#include <string_view>

namespace lockstep {

inline constexpr std::string_view kManifestFile = "manifest.json";
inline constexpr std::string_view kRequestsFile = "requests.csv";
inline constexpr std::string_view kBatchesFile = "batches.csv";
inline constexpr std::string_view kJournalFile = "journal.csv.zst";

inline constexpr std::array<std::string_view, 17> kRequestColumns = {
    "request",    "arrival_ns",   "queue",     "size",          "priority",    "client",
    "batch",      "lane",         "due_ns",    "dispatched_ns", "finished_ns", "latency_ns",
    "forming_ns", "lane_wait_ns", "device_ns", "status",        "reason"};

inline constexpr std::array<std::string_view, 15> kBatchColumns = {
    "batch",           "queue",       "lane",          "gpu",
    "opened_ns",       "due_ns",      "lane_taken_ns", "dispatched_ns",
    "device_start_ns", "finished_ns", "requests",      "rows",
    "padded_rows",     "reason",      "status"};

// Status of a request that never was answered; not a Status, because no server sends it.
inline constexpr std::string_view kUnansweredStatus = "UNANSWERED";

}  // namespace lockstep
