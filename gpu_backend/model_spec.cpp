#include "gpu_backend/model_spec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <vector>

#include "core/check.h"
#include "traces/text_lines.h"

namespace lockstep {
namespace {

// A part of the text and where it begins, in bytes from 0.
struct ModelPiece {
  std::string_view text;
  std::size_t offset = 0;
};

struct ModelKindInfo {
  std::string_view name;
  ModelKind kind = ModelKind::kSquare;
  std::uint32_t width = 1;  // unless said
  std::uint32_t depth = 1;
  std::string_view synopsis;  // for model_help()
  std::string_view use;
};

constexpr std::array<ModelKindInfo, 4> kModelKinds = {{
    {"square", ModelKind::kSquare, 1, 1, "square[:width=1]",
     "y = x * x in fp32: the least work for a row, so all else shows"},
    {"copy", ModelKind::kCopy, 256, 1, "copy[:width=256]",
     "y = x, bit by bit: time of the copies alone"},
    {"mlp", ModelKind::kMlp, 1024, 4, "mlp[:width=1024,depth=4,precision=fp32|bf16]",
     "depth layers y = relu(W y + b): as real networks are, faster in batches"},
    {"spin", ModelKind::kSpin, 1, 1, "spin:TIME[/row][,width=1]",
     "y = x, busy for TIME: a batch (or each row of it) of known duration"},
}};
constexpr std::string_view kLibraryEnding = ".so";
constexpr std::size_t kUseColumn = 50;                  // of model_help()
constexpr std::int64_t kMaxSpinNs = 3'600'000'000'000;  // an hour, as for --gpu

tl::unexpected<Error> refuse_model(const ModelPiece& piece, std::string_view expected) {
  const std::string found = piece.text.empty() ? "nothing" : quoted_field(piece.text);
  return bad_input("model:" + std::to_string(piece.offset + 1) + ": found " + found +
                   ", expected " + std::string(expected));
}

const ModelKindInfo* find_model_kind(std::string_view name) {
  for (const ModelKindInfo& info : kModelKinds) {
    if (info.name == name) {
      return &info;
    }
  }
  return nullptr;
}

// A whole number from 1 to `max`.
Result<std::uint32_t> parse_model_number(const ModelPiece& value, std::uint32_t max) {
  std::uint32_t number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [stop, error] = std::from_chars(value.text.data(), end, number);
  if (error != std::errc{} || stop != end || number < 1 || number > max) {
    return refuse_model(value, "a whole number from 1 to " + std::to_string(max));
  }
  return number;
}

Result<void> parse_spin_time(const ModelPiece& piece, ModelSpec& model) {
  constexpr std::string_view kPerRow = "/row";
  std::string_view text = piece.text;
  if (text.ends_with(kPerRow)) {
    model.spin_per_row = true;
    text.remove_suffix(kPerRow.size());
  }
  const Result<SimDuration> time = parse_duration(text);
  if (!time || time->count() <= 0 || time->count() > kMaxSpinNs) {
    return refuse_model(piece, "a time with its unit from 1ns to 1h, or TIME/row, such as 2ms");
  }
  model.spin = *time;
  return {};
}

// Names of the options that `kind` has.
std::vector<std::string_view> model_option_names(ModelKind kind) {
  if (kind == ModelKind::kMlp) {
    return {"width", "depth", "precision"};
  }
  return {"width"};
}

Result<void> set_model_option(std::string_view name, const ModelPiece& value, ModelSpec& model) {
  if (name == "precision") {
    if (value.text != "fp32" && value.text != "bf16") {
      return refuse_model(value, "fp32 or bf16");
    }
    model.precision = value.text == "bf16" ? Precision::kBf16 : Precision::kFp32;
    return {};
  }
  const bool is_width = name == "width";
  const Result<std::uint32_t> number =
      parse_model_number(value, is_width ? kMaxModelWidth : kMaxModelDepth);
  if (!number) {
    return tl::unexpected(number.error());
  }
  (is_width ? model.width : model.depth) = *number;
  return {};
}

// One NAME=VALUE; `said` holds the names before it.
Result<void> parse_model_option(const ModelPiece& piece, std::vector<std::string_view>& said,
                                ModelSpec& model) {
  const std::vector<std::string_view> known = model_option_names(model.kind);
  const std::size_t equals = std::min(piece.text.find('='), piece.text.size());
  const ModelPiece name{piece.text.substr(0, equals), piece.offset};
  if (equals == piece.text.size() ||
      std::find(known.begin(), known.end(), name.text) == known.end()) {
    return refuse_model(equals == piece.text.size() ? piece : name,
                        "NAME=VALUE with one of " + name_list(known) +
                            (name.text.empty() ? "" : suggestion(name.text, known)));
  }
  if (std::find(said.begin(), said.end(), name.text) != said.end()) {
    return refuse_model(name, "each option once");
  }
  said.push_back(name.text);
  return set_model_option(name.text, {piece.text.substr(equals + 1), piece.offset + equals + 1},
                          model);
}

// Where the name of the library ends that `text` begins with; 0: it does not begin with one.
std::size_t library_length(std::string_view text) {
  const std::size_t at = text.rfind(kLibraryEnding);
  if (at == std::string_view::npos || at == 0) {
    return 0;
  }
  const std::size_t end = at + kLibraryEnding.size();
  return end == text.size() || text[end] == ':' ? end : 0;
}

// The kind with its defaults. `head`: the text up to the colon.
Result<ModelSpec> model_of_head(std::string_view head, bool is_library) {
  ModelSpec model;
  if (is_library) {
    model.kind = ModelKind::kUser;
    model.library = head;
    return model;
  }
  const ModelKindInfo* const info = find_model_kind(head);
  if (info == nullptr) {
    std::vector<std::string_view> names(kModelKinds.size());
    std::transform(kModelKinds.begin(), kModelKinds.end(), names.begin(),
                   [](const ModelKindInfo& known) { return known.name; });
    return refuse_model({head, 0}, "one of " + name_list(names) + ", or FILE.so" +
                                       (head.empty() ? "" : suggestion(head, names)));
  }
  model.kind = info->kind;
  model.width = info->width;
  model.depth = info->depth;
  return model;
}

Result<void> check_mlp_size(const ModelSpec& model) {
  const std::uint64_t weights = std::uint64_t{model.width} * model.width * model.depth;
  if (model.kind == ModelKind::kMlp && weights > kMaxMlpWeights) {
    return bad_input("model:1: found " + std::to_string(weights) +
                     " weights (width * width * depth), expected at most " +
                     std::to_string(kMaxMlpWeights));
  }
  return {};
}

}  // namespace

Result<ModelSpec> parse_model(std::string_view text) {
  const std::size_t library = library_length(text);
  const std::size_t head_end = library != 0 ? library : std::min(text.find(':'), text.size());
  Result<ModelSpec> model = model_of_head(text.substr(0, head_end), library != 0);
  if (!model) {
    return model;
  }
  bool needs_spin = model->kind == ModelKind::kSpin;
  if (head_end == text.size()) {
    return needs_spin ? refuse_model({"", head_end}, ":TIME after spin, such as spin:2ms") : model;
  }
  std::vector<std::string_view> said;
  for (std::size_t begin = head_end + 1; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const ModelPiece piece{text.substr(begin, end - begin), begin};
    const Result<void> parsed =
        needs_spin ? parse_spin_time(piece, *model) : parse_model_option(piece, said, *model);
    if (!parsed) {
      return tl::unexpected(parsed.error());
    }
    needs_spin = false;
    begin = end + 1;
  }
  if (const Result<void> fits = check_mlp_size(*model); !fits) {
    return tl::unexpected(fits.error());
  }
  return model;
}

std::string model_text(const ModelSpec& model) {
  const std::string width = "width=" + std::to_string(model.width);
  switch (model.kind) {
    case ModelKind::kSquare:
      return "square:" + width;
    case ModelKind::kCopy:
      return "copy:" + width;
    case ModelKind::kMlp:
      return "mlp:" + width + ",depth=" + std::to_string(model.depth) +
             (model.precision == Precision::kBf16 ? ",precision=bf16" : ",precision=fp32");
    case ModelKind::kSpin:
      return "spin:" + to_text(model.spin) + (model.spin_per_row ? "/row," : ",") + width;
    case ModelKind::kUser:
      return model.library + ":" + width;
  }
  LOCKSTEP_CHECK(false);
}

std::string model_help() {
  std::string help;
  const auto add = [&help](std::string_view synopsis, std::string_view use) {
    std::string line(synopsis);
    line.resize(std::max(kUseColumn, line.size() + 2), ' ');
    help += line;
    help += use;
    help += '\n';
  };
  for (const ModelKindInfo& info : kModelKinds) {
    add(info.synopsis, info.use);
  }
  add("FILE.so[:width=1]", "a model of your own in a shared library; on CUDA only");
  return help;
}

}  // namespace lockstep
