#include "sim/device_file.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "sim/device_table.h"
#include "sim/device_text.h"
#include "sim/measured_stages.h"
#include "sim/perf_analyzer.h"
#include "sim/triton_statistics.h"
#include "traces/byte_source.h"
#include "traces/csv_rows.h"

namespace lockstep {
namespace {

constexpr std::size_t kMaxFileBytes = std::size_t{64} << 20;

// One file of a text: "ROWS:" in front, "@MODEL" behind, where they are.
struct NamedFile {
  std::string_view rows;
  std::string_view path;
  std::string_view model;
};

std::optional<NamedFile> file_of(std::string_view item) {
  NamedFile file{{}, item, {}};
  const std::size_t json = item.rfind(".json@");
  if (json != item.npos) {
    file.path = item.substr(0, json + 5);
    file.model = item.substr(json + 6);
    return file;
  }
  if (item.ends_with(".json")) {
    return file;
  }
  if (!item.ends_with(".csv")) {
    return std::nullopt;
  }
  const std::size_t colon = item.find(':');
  const std::string_view front = item.substr(0, colon == item.npos ? 0 : colon);
  if (!front.empty() && std::all_of(front.begin(), front.end(),
                                    [](char letter) { return letter >= '0' && letter <= '9'; })) {
    file.rows = front;
    file.path = item.substr(colon + 1);
  }
  return file;
}

// The items of a text's curve.
std::vector<std::string_view> items_of(std::string_view head) {
  std::vector<std::string_view> items;
  while (true) {
    items.push_back(head.substr(0, head.find(',')));
    if (items.back().size() == head.size()) {
      return items;
    }
    head.remove_prefix(items.back().size() + 1);
  }
}

Result<std::string> content_of(const std::string& path) {
  const Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  std::string text;
  std::vector<char> block(std::size_t{1} << 16);
  while (true) {
    const std::size_t count = (*source)->read(block);
    text.append(block.data(), count);
    if (text.size() > kMaxFileBytes) {
      return bad_input(path + ":1:1: found more than 64 MiB, expected a table of times");
    }
    if (count < block.size()) {
      break;
    }
  }
  if (!(*source)->failure().empty()) {
    return bad_input(path + ":1:1: " + (*source)->failure());
  }
  return text;
}

Result<DeviceDescription> read_sizes(const std::vector<std::string_view>& items) {
  std::vector<MeasuredBatch> batches;
  for (const std::string_view item : items) {
    const std::optional<NamedFile> file = file_of(item);
    std::uint32_t rows = 0;
    if (file) {
      std::from_chars(file->rows.data(), file->rows.data() + file->rows.size(), rows);
    }
    if (rows == 0 || rows > kMaxBatchRows) {
      return bad_input("found '" + std::string(item) +
                       "' among files of Perf Analyzer, expected ROWS:FILE.csv: 1:b1.csv,8:b8.csv");
    }
    const std::string path(file->path);
    const Result<std::string> text = content_of(path);
    if (!text) {
      return tl::unexpected(text.error());
    }
    const Result<MeasuredBatch> batch = read_perf_analyzer_size(path, *text, rows);
    if (!batch) {
      return tl::unexpected(batch.error());
    }
    batches.push_back(*batch);
  }
  return device_of_measured(std::string(file_of(items.front())->path) + ":1:1", std::move(batches));
}

Result<DeviceDescription> read_file(const NamedFile& file) {
  const std::string path(file.path);
  const Result<std::string> text = content_of(path);
  if (!text) {
    return tl::unexpected(text.error());
  }
  if (path.ends_with(".json")) {
    return read_triton_statistics(path, *text, file.model);
  }
  Result<std::unique_ptr<CsvRows>> rows = CsvRows::open(path, text_source(*text));
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  const std::vector<std::string>& header = (*rows)->header();
  const bool is_table = std::find(header.begin(), header.end(), "rows") != header.end();
  return is_table ? read_device_table(path, *text) : read_perf_analyzer(path, *text);
}

// Each item of the curve that names a file, its path changed.
std::string with_paths(std::string_view text,
                       const std::function<std::string(std::string_view)>& change) {
  const DeviceTerms split = split_device_text(text);
  std::string changed;
  for (const std::string_view item : items_of(split.head)) {
    changed += changed.empty() ? "" : ",";
    const std::optional<NamedFile> file = file_of(item);
    if (!file) {
      changed += item;
      continue;
    }
    const auto front = static_cast<std::size_t>(file->path.data() - item.data());
    changed += item.substr(0, front);
    changed += change(file->path);
    changed += item.substr(front + file->path.size());
  }
  return changed + std::string(text.substr(split.head.size()));
}

}  // namespace

bool names_device_file(std::string_view text) {
  const std::string head = split_device_text(text).head;
  const std::vector<std::string_view> items = items_of(head);
  return std::any_of(items.begin(), items.end(),
                     [](std::string_view item) { return file_of(item).has_value(); });
}

std::string without_folders(std::string_view text) {
  return with_paths(
      text, [](std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); });
}

std::string in_folder(std::string_view text, const std::string& folder) {
  return with_paths(text, [&](std::string_view path) {
    const bool as_it_is = folder.empty() || path.starts_with('/');
    return as_it_is ? std::string(path) : folder + "/" + std::string(path);
  });
}

Result<DeviceDescription> read_device(std::string_view text) {
  if (!names_device_file(text)) {
    return parse_device(text);
  }
  const DeviceTerms split = split_device_text(text);
  const std::vector<std::string_view> items = items_of(split.head);
  const std::optional<NamedFile> first = file_of(items.front());
  const bool by_size = items.size() > 1 || !first || !first->rows.empty();
  Result<DeviceDescription> device = by_size ? read_sizes(items) : read_file(*first);
  if (!device) {
    return device;
  }
  if (Result<void> applied = apply_terms(split.terms, *device); !applied) {
    return tl::unexpected(applied.error());
  }
  return device;
}

}  // namespace lockstep
