// What a program answers, from JSON.
#include <array>
#include <optional>

#include "core/promise_names.h"
#include "core/status.h"
#include "properties/json_fields.h"
#include "properties/plugin/exec_messages.h"

namespace lockstep {
namespace {

using Kind = LocatedJson::Kind;

tl::unexpected<Error> as_error(const LocatedError& error) {
  return bad_input("column " + std::to_string(error.column) + ": " + error.message);
}

// The answer as an object; an answer with "error" is that error.
Result<LocatedJson> read_answer(std::string_view answer) {
  Located<LocatedJson> json = parse_located_json(answer);
  if (!json) {
    return as_error(json.error());
  }
  if (const LocatedJson* error = json->find("error"); error != nullptr) {
    return bad_input(error->kind == Kind::kString ? error->text : "an error without a text");
  }
  return std::move(*json);
}

template <typename Number>
Located<void> read_number(const LocatedJson& value, Number& into) {
  std::int64_t number = 0;
  if (Located<void> read = read_into(value, number); !read) {
    return read;
  }
  if (!std::in_range<Number>(number)) {
    return wrong_at(value.column, "found " + std::to_string(number) +
                                      ", expected a number that is not negative and not so large");
  }
  into = static_cast<Number>(number);
  return {};
}

// --- description
// ----------------------------------------------------------------------------------

constexpr std::array<std::string_view, 5> kTypes = {"integer", "flag", "choice", "sizes",
                                                    "decimal"};

Located<void> read_type(const LocatedJson& value, ForeignOption& option) {
  if (value.kind == Kind::kString && value.text == "choice") {
    return wrong_at(value.column, "found 'choice', expected integer, flag, sizes or decimal");
  }
  return read_word(value, kTypes, option.type);
}

// Numbers and booleans are taken as they would be written with --set.
Located<void> read_default(const LocatedJson& value, ForeignOption& option) {
  switch (value.kind) {
    case Kind::kInteger:
      option.default_text = std::to_string(value.integer);
      return {};
    case Kind::kBool:
      option.default_text = value.boolean ? "true" : "false";
      return {};
    case Kind::kFraction:
      option.default_text = value.text;
      return {};
    default:
      return read_into(value, option.default_text);
  }
}

constexpr std::array<Field<ForeignOption>, 5> kOptionFields = {{
    {"name", true, [](const LocatedJson& v, ForeignOption& o) { return read_into(v, o.name); }},
    {"default", true, &read_default},
    {"type", false, &read_type},
    {"unit", false, [](const LocatedJson& v, ForeignOption& o) { return read_into(v, o.unit); }},
    {"help", false, [](const LocatedJson& v, ForeignOption& o) { return read_into(v, o.help); }},
}};

Located<void> read_options(const LocatedJson& value, ForeignDescription& description) {
  for (const LocatedJson& item : value.items) {
    ForeignOption& option = description.options.emplace_back();
    if (Located<void> read = read_object<ForeignOption>(item, kOptionFields, option); !read) {
      return read;
    }
  }
  return expect_kind(value, Kind::kArray);
}

// Each text of a list is one of `words`, and sets the flag in its place.
template <std::size_t kCount>
Located<void> read_flags(const LocatedJson& list, const std::array<std::string_view, kCount>& words,
                         const std::array<bool*, kCount>& flags) {
  for (const LocatedJson& item : list.items) {
    std::size_t index = 0;
    if (Located<void> read = read_word(item, words, index); !read) {
      return read;
    }
    *flags.at(index) = true;
  }
  return expect_kind(list, Kind::kArray);
}

Located<void> read_promises(const LocatedJson& value, ForeignDescription& description) {
  static constexpr std::size_t kCount = kPromiseNames.size();
  std::array<std::string_view, kCount> words;
  std::array<bool*, kCount> flags{};
  for (std::size_t i = 0; i < kCount; ++i) {
    words[i] = kPromiseNames[i].name;
    flags[i] = &(description.promises.*kPromiseNames[i].flag);
  }
  return read_flags<kCount>(value, words, flags);
}

Located<void> read_needs(const LocatedJson& value, ForeignDescription& description) {
  static constexpr std::array<std::string_view, 2> kWords = {"device-pending", "empty-requests"};
  Needs& needs = description.needs;
  return read_flags<2>(value, kWords, {&needs.device_pending, &needs.empty_requests});
}

Located<void> read_protocol(const LocatedJson& value, ForeignDescription& /*description*/) {
  if (value.kind != Kind::kInteger || value.integer != kExecProtocol) {
    return wrong_at(value.column,
                    "found another protocol, expected " + std::to_string(kExecProtocol));
  }
  return {};
}

constexpr std::array<Field<ForeignDescription>, 8> kDescriptionFields = {{
    {"protocol", true, &read_protocol},
    {"name", true,
     [](const LocatedJson& v, ForeignDescription& d) { return read_into(v, d.name); }},
    {"goal", false,
     [](const LocatedJson& v, ForeignDescription& d) { return read_into(v, d.goal); }},
    {"options", true, &read_options},
    {"lane_option", true,
     [](const LocatedJson& v, ForeignDescription& d) { return read_into(v, d.lane_option); }},
    {"batch_option", true,
     [](const LocatedJson& v, ForeignDescription& d) { return read_into(v, d.batch_option); }},
    {"promises", false, &read_promises},
    {"needs", false, &read_needs},
}};

// --- decisions
// ------------------------------------------------------------------------------------

enum class Word : std::uint8_t { kStart, kAdd, kSeal, kFinish, kFinishBatch, kWake };
constexpr std::array<std::string_view, 6> kWords = {"start",  "add",          "seal",
                                                    "finish", "finish-batch", "wake"};

struct ExecDecision {
  lockstep_start start{.size = sizeof(lockstep_start),
                       .lane = 0,
                       .batch = 0,
                       .queue = 0,
                       .sealed = 1,
                       .opened_ns = LOCKSTEP_UNSET,
                       .due_ns = LOCKSTEP_UNSET,
                       .padded_rows = 0,
                       .reason = LOCKSTEP_REASON_NONE,
                       .pieces = nullptr,
                       .piece_count = 0};
  std::vector<lockstep_piece> pieces{};
  std::uint64_t request = 0;
  Status status = Status::kOk;
  std::optional<Reason> reason{};
  std::int64_t at_ns = LOCKSTEP_NEVER;
};

constexpr std::array<Field<lockstep_piece>, 3> kPieceFields = {{
    {"request", true,
     [](const LocatedJson& v, lockstep_piece& p) { return read_number(v, p.request); }},
    {"first_row", false,
     [](const LocatedJson& v, lockstep_piece& p) { return read_number(v, p.first_row); }},
    {"rows", true, [](const LocatedJson& v, lockstep_piece& p) { return read_number(v, p.rows); }},
}};

Located<void> read_pieces(const LocatedJson& value, ExecDecision& decision) {
  for (const LocatedJson& item : value.items) {
    lockstep_piece& piece = decision.pieces.emplace_back();
    if (Located<void> read = read_object<lockstep_piece>(item, kPieceFields, piece); !read) {
      return read;
    }
  }
  return expect_kind(value, Kind::kArray);
}

Located<void> read_status(const LocatedJson& value, ExecDecision& decision) {
  const std::optional<Status> status = parse_status(value.text);
  if (value.kind != Kind::kString || !status) {
    return wrong_at(value.column, "found '" + value.text + "', expected a status such as OK");
  }
  decision.status = *status;
  return {};
}

Located<void> read_reason(const LocatedJson& value, ExecDecision& decision) {
  decision.reason = parse_reason(value.text);
  if (value.kind != Kind::kString || !decision.reason) {
    return wrong_at(value.column, "found '" + value.text + "', expected a reason such as full");
  }
  return {};
}

// null: never.
Located<void> read_wake(const LocatedJson& value, ExecDecision& decision) {
  return value.kind == Kind::kNull ? Located<void>{} : read_into(value, decision.at_ns);
}

using DecisionField = Field<ExecDecision>;

constexpr DecisionField kType = {"type", true, [](const LocatedJson& v, ExecDecision&) {
                                   return expect_kind(v, Kind::kString);
                                 }};
constexpr DecisionField kBatch = {"batch", true, [](const LocatedJson& v, ExecDecision& d) {
                                    return read_number(v, d.start.batch);
                                  }};
constexpr DecisionField kPadded = {"padded_rows", false, [](const LocatedJson& v, ExecDecision& d) {
                                     return read_number(v, d.start.padded_rows);
                                   }};
constexpr DecisionField kPieces = {"pieces", true, &read_pieces};
constexpr DecisionField kReason = {"reason", false, &read_reason};
constexpr DecisionField kStatus = {"status", true, &read_status};

constexpr std::array<DecisionField, 10> kStartFields = {{
    kType,
    kBatch,
    {"lane", true,
     [](const LocatedJson& v, ExecDecision& d) { return read_number(v, d.start.lane); }},
    {"queue", true,
     [](const LocatedJson& v, ExecDecision& d) { return read_number(v, d.start.queue); }},
    kPieces,
    kReason,
    kPadded,
    {"opened_ns", false,
     [](const LocatedJson& v, ExecDecision& d) { return read_into(v, d.start.opened_ns); }},
    {"due_ns", false,
     [](const LocatedJson& v, ExecDecision& d) { return read_into(v, d.start.due_ns); }},
    {"sealed", false,
     [](const LocatedJson& v, ExecDecision& d) {
       bool sealed = true;
       Located<void> read = read_into(v, sealed);
       d.start.sealed = sealed ? 1 : 0;
       return read;
     }},
}};
constexpr std::array<DecisionField, 3> kAddFields = {{kType, kBatch, kPieces}};
constexpr std::array<DecisionField, 4> kSealFields = {{kType, kBatch, kReason, kPadded}};
constexpr std::array<DecisionField, 4> kFinishFields = {{
    kType,
    {"request", true,
     [](const LocatedJson& v, ExecDecision& d) { return read_number(v, d.request); }},
    kStatus,
    kReason,
}};
constexpr std::array<DecisionField, 4> kFinishBatchFields = {{kType, kBatch, kStatus, kReason}};
constexpr std::array<DecisionField, 2> kWakeFields = {{kType, {"at_ns", true, &read_wake}}};

std::span<const DecisionField> fields_of(Word word) {
  switch (word) {
    case Word::kStart:
      return kStartFields;
    case Word::kAdd:
      return kAddFields;
    case Word::kSeal:
      return kSealFields;
    case Word::kFinish:
      return kFinishFields;
    case Word::kFinishBatch:
      return kFinishBatchFields;
    case Word::kWake:
      return kWakeFields;
  }
  return {};
}

void decide(Word word, ExecDecision& decision, DecisionGuard& guard) {
  lockstep_start& start = decision.start;
  const Reason given = decision.reason.value_or(Reason::kNone);
  const auto reason = static_cast<std::uint32_t>(given);
  const auto status = static_cast<std::uint32_t>(decision.status);
  switch (word) {
    case Word::kStart:
      start.reason = reason;
      start.pieces = decision.pieces.data();
      start.piece_count = decision.pieces.size();
      guard.start(start);
      break;
    case Word::kAdd:
      guard.add(start.batch, decision.pieces);
      break;
    case Word::kSeal:
      guard.seal(start.batch, start.padded_rows, reason);
      break;
    case Word::kFinish:
      guard.finish(decision.request, status, reason);
      break;
    case Word::kFinishBatch:
      guard.finish_batch(
          start.batch, status,
          static_cast<std::uint32_t>(decision.reason.value_or(batch_end_reason(decision.status))));
      break;
    case Word::kWake:
      guard.wake(decision.at_ns);
      break;
  }
}

Located<void> read_decision(const LocatedJson& json, DecisionGuard& guard) {
  const LocatedJson* type = json.find("type");
  if (type == nullptr) {
    return wrong_at(json.column, "found no key 'type', expected it");
  }
  Word word = Word::kWake;
  if (Located<void> read = read_word(*type, kWords, word); !read) {
    return read;
  }
  ExecDecision decision;
  if (Located<void> read = read_object(json, fields_of(word), decision); !read) {
    return read;
  }
  decide(word, decision, guard);
  return {};
}

Located<void> read_list(const LocatedJson& value, DecisionGuard*& guard) {
  for (const LocatedJson& item : value.items) {
    if (Located<void> read = read_decision(item, *guard); !read) {
      return read;
    }
  }
  return expect_kind(value, Kind::kArray);
}

constexpr std::array<Field<DecisionGuard*>, 1> kAnswerFields = {{{"decisions", true, &read_list}}};

constexpr std::array<Field<bool>, 1> kReadyFields = {{
    {"ready", true, [](const LocatedJson& v, bool& ready) { return read_into(v, ready); }},
}};

}  // namespace

Result<ForeignDescription> read_description(std::string_view answer) {
  const Result<LocatedJson> json = read_answer(answer);
  if (!json) {
    return tl::unexpected(json.error());
  }
  ForeignDescription description;
  if (Located<void> read = read_object<ForeignDescription>(*json, kDescriptionFields, description);
      !read) {
    return as_error(read.error());
  }
  return description;
}

Result<void> read_ready(std::string_view answer) {
  const Result<LocatedJson> json = read_answer(answer);
  if (!json) {
    return tl::unexpected(json.error());
  }
  bool ready = false;
  if (Located<void> read = read_object<bool>(*json, kReadyFields, ready); !read) {
    return as_error(read.error());
  }
  return ready ? Result<void>{} : bad_input("found ready false, expected true or an error");
}

Result<void> read_decisions(std::string_view answer, DecisionGuard& guard) {
  const Result<LocatedJson> json = read_answer(answer);
  if (!json) {
    return tl::unexpected(json.error());
  }
  DecisionGuard* target = &guard;
  if (Located<void> read = read_object<DecisionGuard*>(*json, kAnswerFields, target); !read) {
    return as_error(read.error());
  }
  return {};
}

}  // namespace lockstep
