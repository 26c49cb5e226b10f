#include "traces/config_tokens.h"

#include <algorithm>
#include <string>

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace lockstep {
namespace {

namespace pb = google::protobuf;

class IgnoreErrors final : public pb::io::ErrorCollector {
 public:
  void AddError(int /*line*/, pb::io::ColumnNumber /*column*/,
                const std::string& /*message*/) override {}
};

// Turns protobuf's positions, which come in rising order, into offsets in one pass.
class OffsetCursor {
 public:
  explicit OffsetCursor(std::string_view text) : text_(text) {}

  std::size_t move_to(int line, int column) {
    constexpr int kTabWidth = 8;
    while (offset_ < text_.size() && (line_ < line || (line_ == line && column_ < column))) {
      if (text_[offset_] == '\n') {
        ++line_;
        column_ = 0;
      } else {
        column_ += text_[offset_] == '\t' ? kTabWidth - column_ % kTabWidth : 1;
      }
      ++offset_;
    }
    return offset_;
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
  int line_ = 0;
  int column_ = 0;
};

TokenKind kind_of(pb::io::Tokenizer::TokenType type) {
  switch (type) {
    case pb::io::Tokenizer::TYPE_IDENTIFIER:
      return TokenKind::kName;
    case pb::io::Tokenizer::TYPE_INTEGER:
      return TokenKind::kInteger;
    case pb::io::Tokenizer::TYPE_FLOAT:
      return TokenKind::kFloat;
    case pb::io::Tokenizer::TYPE_STRING:
      return TokenKind::kText;
    default:
      return TokenKind::kSymbol;
  }
}

// Follows the tokens of one file along its schema.
class Walk {
 public:
  Walk(const std::vector<ConfigToken>& tokens, const pb::Descriptor* root) : tokens_(tokens) {
    spot_.open.push_back(OpenBlock{.message = root, .name = ""});
  }

  void take(std::size_t index) {
    const ConfigToken& token = tokens_[index];
    const char symbol = token.kind == TokenKind::kSymbol ? token.text.front() : '\0';
    if (in_type_name_) {
      take_type_name(index, symbol);
      return;
    }
    switch (spot_.wanted) {
      case Wanted::kFieldName:
        take_in_block(index, symbol);
        return;
      case Wanted::kColon:
        take_after_name(index, symbol);
        return;
      case Wanted::kValue:
        take_value(index, symbol);
        return;
      case Wanted::kListEnd:
        take_in_list(symbol);
        return;
    }
  }

  [[nodiscard]] const ConfigSpot& spot() const { return spot_; }

 private:
  void take_in_block(std::size_t index, char symbol) {
    if (symbol == '}' || symbol == '>') {
      close();
    } else if (symbol == '[') {
      in_type_name_ = true;
      spot_.name_token = index;
      spot_.field = nullptr;
      type_name_.clear();
    } else if (symbol == '\0') {
      if (tokens_[index].kind == TokenKind::kText && is_continuation(index)) {
        return;
      }
      spot_.name = tokens_[index].text;
      spot_.name_token = index;
      spot_.field = spot_.message() == nullptr
                        ? nullptr
                        : spot_.message()->FindFieldByName(std::string(spot_.name));
      block_ = spot_.field == nullptr ? nullptr : spot_.field->message_type();
      spot_.wanted = Wanted::kColon;
    }
  }

  // "a" "b" is one text.
  [[nodiscard]] bool is_continuation(std::size_t index) const {
    return index > 0 && tokens_[index - 1].kind == TokenKind::kText;
  }

  // [type.googleapis.com/NAME] in place of a field's name.
  void take_type_name(std::size_t index, char symbol) {
    if (symbol == '/') {
      type_name_.clear();
    } else if (symbol == ']') {
      in_type_name_ = false;
      block_ = any_schema(type_name_);
      const ConfigToken& first = tokens_[spot_.name_token];
      spot_.name = std::string_view(first.text.data(), tokens_[index].offset + 1 - first.offset);
      spot_.wanted = Wanted::kColon;
    } else {
      type_name_ += tokens_[index].text;
    }
  }

  void take_after_name(std::size_t index, char symbol) {
    if (symbol == ':') {
      spot_.wanted = Wanted::kValue;
    } else if (symbol == '{' || symbol == '<' || symbol == '[') {
      open(index, symbol == '[');
    } else {
      spot_.wanted = Wanted::kFieldName;  // the parser has stopped here; go on as well as we can
    }
  }

  void take_value(std::size_t index, char symbol) {
    if (symbol == '{' || symbol == '<' || symbol == '[') {
      open(index, symbol == '[');
    } else if (symbol == ']' && spot_.open.back().is_list) {
      close();
    } else if (symbol != '-') {
      spot_.wanted = spot_.open.back().is_list ? Wanted::kListEnd : Wanted::kFieldName;
    }
  }

  void take_in_list(char symbol) {
    if (symbol == ',') {
      spot_.wanted = Wanted::kValue;
    } else if (symbol == ']') {
      close();
    }
  }

  void open(std::size_t index, bool is_list) {
    spot_.open.push_back(OpenBlock{.message = block_,
                                   .field = spot_.field,
                                   .name = spot_.name,
                                   .token = index,
                                   .is_list = is_list});
    spot_.wanted = is_list ? Wanted::kValue : Wanted::kFieldName;
    if (!is_list) {
      spot_.field = nullptr;
      spot_.name = "";
    }
  }

  void close() {
    if (spot_.open.size() == 1) {
      return;
    }
    const OpenBlock closed = spot_.open.back();
    spot_.open.pop_back();
    spot_.field = closed.field;
    spot_.name = closed.name;
    block_ = closed.message;
    spot_.wanted = spot_.open.back().is_list ? Wanted::kListEnd : Wanted::kFieldName;
  }

  const std::vector<ConfigToken>& tokens_;
  ConfigSpot spot_;
  const pb::Descriptor* block_ = nullptr;  // what a brace would open now
  bool in_type_name_ = false;
  std::string type_name_;
};

}  // namespace

std::vector<ConfigToken> tokenize_config(const ConfigBytes& bytes) {
  const std::string_view text = bytes.text();
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  IgnoreErrors errors;
  pb::io::Tokenizer tokenizer(&stream, &errors);
  // As TextFormat sets it up.
  tokenizer.set_allow_f_after_float(true);
  tokenizer.set_comment_style(pb::io::Tokenizer::SH_COMMENT_STYLE);
  OffsetCursor cursor(text);
  std::vector<ConfigToken> tokens;
  while (tokenizer.Next()) {
    const pb::io::Tokenizer::Token& token = tokenizer.current();
    const std::size_t offset = cursor.move_to(token.line, token.column);
    tokens.push_back({kind_of(token.type), text.substr(offset, token.text.size()), offset});
  }
  tokens.push_back({TokenKind::kEnd, "", text.size()});
  return tokens;
}

std::size_t token_at(const std::vector<ConfigToken>& tokens, std::size_t offset) {
  const auto found =
      std::lower_bound(tokens.begin(), tokens.end(), offset,
                       [](const auto& token, std::size_t at) { return token.offset < at; });
  return static_cast<std::size_t>(std::min(found, tokens.end() - 1) - tokens.begin());
}

std::vector<std::size_t> list_elements(const std::vector<ConfigToken>& tokens, std::size_t offset) {
  std::vector<std::size_t> elements;
  std::size_t at = token_at(tokens, offset) + 1;
  at += at < tokens.size() && tokens[at].text == ":" ? 1u : 0u;
  if (at >= tokens.size() || tokens[at].text != "[") {
    return elements;
  }
  std::size_t depth = 1;
  bool begins = true;
  for (++at; at < tokens.size() && depth > 0; ++at) {
    const ConfigToken& token = tokens[at];
    const char symbol = token.kind == TokenKind::kSymbol ? token.text.front() : '\0';
    if (begins && symbol != ']') {
      elements.push_back(token.offset);
    }
    depth += symbol == '[' || symbol == '{' || symbol == '<' ? 1u : 0u;
    depth -= symbol == ']' || symbol == '}' || symbol == '>' ? 1u : 0u;
    begins = depth == 1 && symbol == ',';
  }
  return elements;
}

ConfigSpot find_spot(const std::vector<ConfigToken>& tokens, const pb::Descriptor* root,
                     std::size_t index) {
  Walk walk(tokens, root);
  for (std::size_t i = 0; i < index; ++i) {
    walk.take(i);
  }
  return walk.spot();
}

std::string without_skipped_separators(const std::string& text,
                                       const std::vector<ConfigToken>& tokens,
                                       const pb::Descriptor* root) {
  std::string blanked = text;
  Walk walk(tokens, root);
  std::size_t last = tokens.size();  // the field whose separator was taken: one each
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    const ConfigSpot& spot = walk.spot();
    const bool separator = tokens[i].text == "," || tokens[i].text == ";";
    const bool skipped = spot.field == nullptr && !spot.name.empty();
    if (separator && skipped && spot.wanted == Wanted::kFieldName && last != spot.name_token) {
      blanked[tokens[i].offset] = ' ';
      last = spot.name_token;
    }
    walk.take(i);
  }
  return blanked;
}

std::size_t first_of_field(const std::vector<ConfigToken>& tokens, const pb::Descriptor* root,
                           std::size_t index) {
  const ConfigSpot spot = find_spot(tokens, root, index);
  const OpenBlock& block = spot.open.back();
  Walk walk(tokens, root);
  for (std::size_t i = 0; i < index; ++i) {
    const ConfigSpot& here = walk.spot();
    if (tokens[i].text == tokens[index].text && here.wanted == Wanted::kFieldName &&
        here.open.size() == spot.open.size() && here.open.back().token == block.token) {
      return i;
    }
    walk.take(i);
  }
  return index;
}

}  // namespace lockstep
