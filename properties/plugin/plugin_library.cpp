#include "properties/plugin/plugin_library.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <exception>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/dll/shared_library.hpp>

#include "core/promise_names.h"
#include "properties/plugin/file_digest.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using boost::dll::shared_library;

constexpr const char* kSymbol = "lockstep_plugin";
constexpr std::uint64_t kMaxOptions = 256;

// Of what the library holds: with a nullptr in its place.
std::string text_of(const char* text) {
  return text == nullptr ? "" : text;
}

std::optional<OptionType> option_type(std::uint32_t type) {
  switch (type) {
    case LOCKSTEP_INTEGER:
      return OptionType::kInteger;
    case LOCKSTEP_FLAG:
      return OptionType::kFlag;
    case LOCKSTEP_SIZES:
      return OptionType::kSizes;
    case LOCKSTEP_DECIMAL:
      return OptionType::kDecimal;
    default:
      return std::nullopt;
  }
}

Result<ForeignDescription> description_of(const lockstep_plugin_info& info) {
  ForeignDescription description{.name = text_of(info.name),
                                 .goal = text_of(info.goal),
                                 .options = {},
                                 .lane_option = text_of(info.lane_option),
                                 .batch_option = text_of(info.batch_option),
                                 .promises = {},
                                 .needs = {}};
  if (info.option_count > kMaxOptions || (info.options == nullptr && info.option_count > 0)) {
    return bad_input("found " + std::to_string(info.option_count) + " options" +
                     (info.options == nullptr ? " at NULL" : "") + ", expected at most " +
                     std::to_string(kMaxOptions));
  }
  for (const lockstep_option& option :
       std::span(info.options, static_cast<std::size_t>(info.option_count))) {
    const std::optional<OptionType> type = option_type(option.type);
    if (!type) {
      return bad_input("found option '" + text_of(option.name) + "' of type " +
                       std::to_string(option.type) + ", expected one of lockstep_option_type");
    }
    description.options.push_back(ForeignOption{.name = text_of(option.name),
                                                .unit = text_of(option.unit),
                                                .default_text = text_of(option.default_text),
                                                .help = text_of(option.help),
                                                .type = *type});
  }
  static_assert(LOCKSTEP_PROMISES_LATENCY_BOUND == std::uint64_t{1} << (kPromiseNames.size() - 1));
  for (std::size_t i = 0; i < kPromiseNames.size(); ++i) {
    description.promises.*kPromiseNames[i].flag = (info.promises >> i & 1U) != 0;
  }
  description.needs = {.device_pending = (info.needs & LOCKSTEP_NEEDS_DEVICE_PENDING) != 0,
                       .empty_requests = (info.needs & LOCKSTEP_NEEDS_EMPTY_REQUESTS) != 0};
  return description;
}

// --- decisions: C functions around a DecisionGuard
// ------------------------------------------------

DecisionGuard& guard_of(void* host) {
  return *static_cast<DecisionGuard*>(host);
}
void on_start(void* host, const lockstep_start* start) {
  if (start == nullptr || start->size < sizeof(lockstep_start)) {
    guard_of(host).fail("start: found a lockstep_start of size " +
                        std::to_string(start == nullptr ? 0 : start->size) + ", expected " +
                        std::to_string(sizeof(lockstep_start)));
    return;
  }
  guard_of(host).start(*start);
}
void on_add(void* host, std::uint64_t batch, const lockstep_piece* pieces, std::uint64_t count) {
  guard_of(host).add(batch, {pieces, static_cast<std::size_t>(count)});
}
void on_seal(void* host, std::uint64_t batch, std::uint32_t padded_rows, std::uint32_t reason) {
  guard_of(host).seal(batch, padded_rows, reason);
}
void on_finish(void* host, std::uint64_t request, std::uint32_t status, std::uint32_t reason) {
  guard_of(host).finish(request, status, reason);
}
void on_finish_batch(void* host, std::uint64_t batch, std::uint32_t status, std::uint32_t reason) {
  guard_of(host).finish_batch(batch, status, reason);
}
void on_wake(void* host, std::int64_t at) {
  guard_of(host).wake(at);
}
void on_fail(void* host, const char* text) {
  guard_of(host).fail("it found a fault of its own: " + text_of(text));
}

class PluginPeer final : public ForeignPeer {
 public:
  PluginPeer(shared_library library, const lockstep_plugin_info& info,
             lockstep_scheduler* scheduler)
      : library_(std::move(library)), info_(info), scheduler_(scheduler) {}
  PluginPeer(const PluginPeer&) = delete;
  PluginPeer& operator=(const PluginPeer&) = delete;
  ~PluginPeer() override { info_.destroy(scheduler_); }

  void step(const lockstep_input& input, DecisionGuard& guard) override {
    const lockstep_output output{.size = sizeof(lockstep_output),
                                 .reserved32 = 0,
                                 .host = &guard,
                                 .start = &on_start,
                                 .add = &on_add,
                                 .seal = &on_seal,
                                 .finish = &on_finish,
                                 .finish_batch = &on_finish_batch,
                                 .wake = &on_wake,
                                 .fail = &on_fail};
    info_.step(scheduler_, &input, &output);
  }
  [[nodiscard]] QueueCounters counters(std::uint32_t queue) const override {
    lockstep_counters counters{};
    counters.size = sizeof(counters);
    if (info_.counters != nullptr) {
      info_.counters(scheduler_, queue, &counters);
    }
    return {.enqueued_requests = counters.enqueued_requests,
            .enqueued_rows = counters.enqueued_rows,
            .enqueued_batches = counters.enqueued_batches};
  }

 private:
  shared_library library_;  // goes last
  const lockstep_plugin_info& info_;
  lockstep_scheduler* scheduler_;
};

std::int64_t number_of(const ForeignOption& option, const OptionValues& values) {
  switch (option.type) {
    case OptionType::kInteger:
      return option_integer(values, option.name);
    case OptionType::kFlag:
      return option_flag(values, option.name) ? 1 : 0;
    case OptionType::kDecimal:
      return option_decimal_e9(values, option.name);
    case OptionType::kSizes:
    case OptionType::kChoice:
      break;
  }
  return 0;
}

Result<std::unique_ptr<ForeignPeer>> make_peer(const shared_library& library,
                                               const lockstep_plugin_info& info,
                                               const std::vector<ForeignOption>& options,
                                               const ForeignConfig& config) {
  std::vector<lockstep_value> values;
  values.reserve(options.size());
  for (const ForeignOption& option : options) {
    values.push_back({.name = option.name.c_str(),
                      .text = option_text(config.values, option.name).c_str(),
                      .number = number_of(option, config.values)});
  }
  const lockstep_config told{.size = sizeof(lockstep_config),
                             .lane_count = config.lane_count,
                             .seed = config.seed,
                             .values = values.data(),
                             .value_count = values.size()};
  std::array<char, 512> error{};
  lockstep_scheduler* const made = info.create(&told, error.data(), error.size());
  if (made == nullptr) {
    error.back() = '\0';
    return bad_input(error.front() == '\0' ? "the plug-in refused its options without a reason"
                                           : std::string(error.data()));
  }
  return std::make_unique<PluginPeer>(library, info, made);
}

Result<const lockstep_plugin_info*> checked(const lockstep_plugin_info* info) {
  if (info == nullptr) {
    return bad_input("found NULL from lockstep_plugin(), expected a lockstep_plugin_info");
  }
  if (info->abi != LOCKSTEP_PLUGIN_ABI) {
    return bad_input("found a plug-in for ABI " + std::to_string(info->abi) + ", expected " +
                     std::to_string(LOCKSTEP_PLUGIN_ABI) +
                     ": compile it with this version's <lockstep/plugin.h>");
  }
  if (info->size < sizeof(lockstep_plugin_info)) {
    return bad_input("found a lockstep_plugin_info of size " + std::to_string(info->size) +
                     ", expected " + std::to_string(sizeof(lockstep_plugin_info)));
  }
  if (info->create == nullptr || info->destroy == nullptr || info->step == nullptr) {
    return bad_input("found create, destroy or step NULL, expected functions");
  }
  return info;
}

Result<const lockstep_plugin_info*> info_of(const shared_library& library) {
  if (!library.has(kSymbol)) {
    return bad_input(
        "found no function lockstep_plugin, expected it (extern \"C\", exported): see "
        "<lockstep/plugin.h>");
  }
  return checked(library.get<const lockstep_plugin_info*()>(kSymbol)());
}

// `library`: what keeps `info` in memory, or none.
Result<std::shared_ptr<const ForeignScheduler>> scheduler_of(const ForeignScheduler::Source& source,
                                                             const lockstep_plugin_info& info,
                                                             const shared_library& library) {
  Result<ForeignDescription> description = description_of(info);
  if (!description) {
    return bad_input(source.where + ": " + description.error().message);
  }
  const std::vector<ForeignOption> options = description->options;
  return ForeignScheduler::create(
      source, std::move(*description),
      [library = library, made = &info, options](const ForeignConfig& config) {
        return make_peer(library, *made, options, config);
      });
}

}  // namespace

Result<std::shared_ptr<const ForeignScheduler>> load_plugin(const std::string& path,
                                                            Progress* progress) {
  const Result<std::uint64_t> digest = file_digest(path);
  if (!digest) {
    return tl::unexpected(digest.error());
  }
  std::error_code error;
  shared_library library;
  const ForeignStretch stretch(progress);  // what it does when it is loaded
  // With a folder in front: no search path may find another library of that name.
  library.load(fs::absolute(path), error, boost::dll::load_mode::rtld_now);
  if (error) {
    const char* const why = ::dlerror();
    return bad_input(path + ": found no shared library that can be loaded, expected a plug-in" +
                     (why == nullptr ? "" : " (" + std::string(why) + ")"));
  }
  const Result<const lockstep_plugin_info*> info = info_of(library);
  if (!info) {
    return bad_input(path + ": " + info.error().message);
  }
  return scheduler_of(
      {.where = path, .rules_version = "plugin " + digest_text(*digest), .progress = progress},
      **info, library);
}

Result<std::shared_ptr<const ForeignScheduler>> linked_plugin(const lockstep_plugin_info* info,
                                                              const std::string& rules_version) {
  const Result<const lockstep_plugin_info*> known = checked(info);
  if (!known) {
    return tl::unexpected(known.error());
  }
  return scheduler_of({.where = "this program", .rules_version = rules_version}, **known, {});
}

}  // namespace lockstep
