#include "traces/manifest.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "core/limits.h"
#include "traces/byte_source.h"
#include "traces/csv_rows.h"
#include "traces/names.h"
#include "traces/output_file.h"
#include "traces/run_columns.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 14> kKeys = {
    "format", "lockstep_version", "rules_version", "digest",         "settings_digest",
    "seed",   "scheduler",        "lane_count",    "gpu_count",      "settings",
    "trace",  "queue_names",      "warnings",      "manifest_digest"};
constexpr const char* kWarningsKey = "warnings";  // may be missing
constexpr std::array<std::string_view, 4> kTraceKeys = {"name", "format", "rows", "content_digest"};

// What stands before and after the digits of manifest_digest, up to the end of the file.
constexpr std::string_view kDigestBegin = "  \"manifest_digest\": \"";
constexpr std::string_view kDigestEnd = "\"\n}\n";

std::optional<std::uint64_t> parse_digest(const std::string& text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc{} || stop != end || digest_text(value) != text) {
    return std::nullopt;
  }
  return value;
}

// Reads keys of one JSON object and keeps the first error.
class Keys {
 public:
  Keys(const Json& object, std::string where, std::optional<Error>& error)
      : object_(object), where_(std::move(where)), error_(error) {}

  std::string text(const char* key) {
    const Json* value = find(key, &Json::is_string, "a text");
    return value == nullptr ? "" : value->get<std::string>();
  }

  std::uint64_t number(const char* key, std::uint64_t min, std::uint64_t max) {
    const std::string wanted =
        "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
    const Json* value = find(key, &Json::is_number_unsigned, wanted);
    if (value == nullptr) {
      return min;
    }
    const auto number = value->get<std::uint64_t>();
    if (number < min || number > max) {
      refuse(key, "found " + value->dump() + ", expected " + wanted);
    }
    return number;
  }

  std::uint64_t digest(const char* key) {
    const std::string digits = text(key);
    const std::optional<std::uint64_t> value = parse_digest(digits);
    if (!value) {
      refuse(key, "found \"" + digits + "\", expected 16 lower-case hex digits");
    }
    return value.value_or(0);
  }

  // nullptr: missing or of another type, and the error is kept.
  const Json* find(const char* key, bool (Json::*is_type)() const noexcept,
                   std::string_view wanted) {
    const auto found = object_.find(key);
    if (found == object_.end()) {
      refuse(key, "found no such key, expected " + std::string(wanted));
      return nullptr;
    }
    if (!((*found).*is_type)()) {
      refuse(key, "found " + found->dump().substr(0, 48) + ", expected " + std::string(wanted));
      return nullptr;
    }
    return &*found;
  }

  void refuse(std::string_view key, const std::string& problem) {
    if (!error_) {
      error_ = bad_input(where_ + std::string(key) + ": " + problem).value();
    }
  }

  void refuse_others_than(std::span<const std::string_view> known) {
    for (const auto& [key, value] : object_.items()) {
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return refuse(quoted_field(key), "found an unknown key, expected " + name_list(known) +
                                             suggestion(key, known));
      }
    }
  }

 private:
  const Json& object_;
  std::string where_;
  std::optional<Error>& error_;
};

void read_settings(Keys& keys, Manifest& manifest) {
  const Json* settings = keys.find("settings", &Json::is_object, "an object of texts");
  if (settings == nullptr) {
    return;
  }
  for (const auto& [name, value] : settings->items()) {
    if (!value.is_string()) {
      return keys.refuse("settings",
                         "found " + value.dump() + " for " + name + ", expected a text");
    }
    manifest.settings.emplace_back(name, value.get<std::string>());
  }
}

void read_queue_names(Keys& keys, Manifest& manifest) {
  const Json* names = keys.find("queue_names", &Json::is_array, "a list of texts");
  if (names == nullptr) {
    return;
  }
  for (const Json& name : *names) {
    if (!name.is_string() || !is_queue_name(name.get_ref<const std::string&>())) {
      return keys.refuse("queue_names",
                         "found " + name.dump() + ", expected " + std::string(kQueueNameRule));
    }
    manifest.queue_names.push_back(name.get<std::string>());
  }
}

void read_warnings(const Json& root, Keys& keys, Manifest& manifest) {
  if (!root.contains(kWarningsKey)) {
    return;
  }
  const Json* warnings = keys.find(kWarningsKey, &Json::is_array, "a list of texts");
  if (warnings == nullptr) {
    return;
  }
  for (const Json& warning : *warnings) {
    if (!warning.is_string()) {
      return keys.refuse(kWarningsKey, "found " + warning.dump() + ", expected a text");
    }
    manifest.warnings.push_back(warning.get<std::string>());
  }
}

// "LINE:COLUMN" of a byte.
std::string place(std::string_view text, std::size_t byte) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  const std::size_t column =
      start == std::string_view::npos ? before.size() : before.size() - start - 1;
  return std::to_string(line) + ":" + std::to_string(column + 1);
}

Result<Json> parse_json(const std::string& name, std::string_view text) {
  try {
    Json root = Json::parse(text);
    if (!root.is_object()) {
      return bad_input(name + ":1:1: found another JSON value, expected an object");
    }
    return root;
  } catch (const Json::parse_error& error) {
    const std::size_t byte = error.byte > 0 ? error.byte - 1 : 0;
    return bad_input(name + ":" + place(text, byte) +
                     ": found broken JSON, expected a manifest as lockstep writes it");
  } catch (const Json::exception&) {  // a number beyond any type
    return bad_input(name + ":1:1: found JSON with a number out of range, expected a manifest");
  }
}

}  // namespace

std::uint64_t settings_digest(const Manifest& manifest) {
  ByteDigest digest;
  for (const auto& [name, value] : manifest.settings) {
    digest.add(name);
    digest.add("=");
    digest.add(value);
    digest.add("\n");
  }
  return digest.value();
}

std::string manifest_text(const Manifest& manifest) {
  Json settings = Json::object();
  for (const auto& [name, value] : manifest.settings) {
    settings[name] = value;
  }
  Json root;
  root["format"] = kManifestFormat;
  root["lockstep_version"] = manifest.lockstep_version;
  root["rules_version"] = manifest.rules_version;
  root["digest"] = digest_text(manifest.digest);
  root["settings_digest"] = digest_text(manifest.settings_digest);
  root["seed"] = manifest.seed;
  root["scheduler"] = manifest.scheduler;
  root["lane_count"] = manifest.lane_count;
  root["gpu_count"] = manifest.gpu_count;
  root["settings"] = std::move(settings);
  root["trace"] = {{"name", manifest.trace.name},
                   {"format", manifest.trace.format},
                   {"rows", manifest.trace.rows},
                   {"content_digest", digest_text(manifest.trace.content_digest)}};
  root["queue_names"] = manifest.queue_names;
  if (!manifest.warnings.empty()) {
    root[kWarningsKey] = manifest.warnings;
  }
  // A byte that is not UTF-8 (in a file name) must not end the program.
  std::string text = root.dump(2, ' ', false, Json::error_handler_t::replace);
  text.replace(text.size() - 2, 2, ",\n");  // instead of the closing brace
  ByteDigest digest;
  digest.add(text);
  return text.append(kDigestBegin).append(digest_text(digest.value())).append(kDigestEnd);
}

bool is_intact_manifest(std::string_view text) {
  const std::size_t tail = kDigestBegin.size() + 16 + kDigestEnd.size();
  if (text.size() < tail) {
    return false;
  }
  ByteDigest digest;
  digest.add(text.substr(0, text.size() - tail));
  std::string expected(kDigestBegin);
  expected.append(digest_text(digest.value())).append(kDigestEnd);
  return text.substr(text.size() - tail) == expected;
}

Result<Manifest> parse_manifest(const std::string& name, std::string_view text) {
  const Result<Json> root = parse_json(name, text);
  if (!root) {
    return tl::unexpected(root.error());
  }
  std::optional<Error> error;
  Keys keys(*root, name + ": ", error);
  Manifest manifest;
  static_cast<void>(keys.number("format", kManifestFormat, kManifestFormat));
  manifest.lockstep_version = keys.text("lockstep_version");
  manifest.rules_version = keys.text("rules_version");
  manifest.digest = keys.digest("digest");
  manifest.settings_digest = keys.digest("settings_digest");
  manifest.seed = keys.number("seed", 0, UINT64_MAX);
  manifest.scheduler = keys.text("scheduler");
  manifest.lane_count = static_cast<std::uint32_t>(keys.number("lane_count", 1, kMaxLanes));
  manifest.gpu_count = static_cast<std::uint32_t>(keys.number("gpu_count", 1, kMaxGpus));
  read_settings(keys, manifest);
  if (const Json* trace = keys.find("trace", &Json::is_object, "an object"); trace != nullptr) {
    Keys inner(*trace, name + ": trace.", error);
    manifest.trace.name = inner.text("name");
    manifest.trace.format = inner.text("format");
    manifest.trace.rows = inner.number("rows", 0, UINT64_MAX);
    manifest.trace.content_digest = inner.digest("content_digest");
    inner.refuse_others_than(kTraceKeys);
  }
  read_queue_names(keys, manifest);
  read_warnings(*root, keys, manifest);
  static_cast<void>(keys.digest("manifest_digest"));
  keys.refuse_others_than(kKeys);
  if (error) {
    return tl::unexpected(*error);
  }
  return manifest;
}

Result<void> write_manifest(const std::string& directory, const Manifest& manifest) {
  Result<std::unique_ptr<ByteSink>> file =
      create_output_file(directory + "/" + std::string(kManifestFile));
  if (!file) {
    return tl::unexpected(file.error());
  }
  (*file)->write(manifest_text(manifest));
  return (*file)->close();
}

Result<std::string> read_manifest_text(const std::string& directory) {
  const std::string path = directory + "/" + std::string(kManifestFile);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return bad_input(directory +
                     ": found no manifest.json, expected a run directory (made by "
                     "lockstep replay)");
  }
  const Result<std::unique_ptr<ByteSource>> source = open_file_source(path);
  if (!source) {
    return tl::unexpected(source.error());
  }
  constexpr std::size_t kMaxBytes = 64u << 20;
  std::string text;
  std::array<char, 4096> block{};
  for (std::size_t count = block.size(); count == block.size() && text.size() < kMaxBytes;) {
    count = (*source)->read(block);
    text.append(block.data(), count);
  }
  if (!(*source)->failure().empty()) {
    return io_error(path + ":1:1: " + (*source)->failure());
  }
  return text;
}

Result<Manifest> read_manifest(const std::string& directory) {
  const Result<std::string> text = read_manifest_text(directory);
  if (!text) {
    return tl::unexpected(text.error());
  }
  const std::string path = directory + "/" + std::string(kManifestFile);
  Result<Manifest> manifest = parse_manifest(path, *text);
  if (manifest && !is_intact_manifest(*text)) {
    return bad_input(path +
                     ": found an altered file (manifest_digest does not follow from the bytes "
                     "before it), expected it as lockstep wrote it");
  }
  return manifest;
}

}  // namespace lockstep
