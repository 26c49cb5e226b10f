#include "traces/config_json.h"

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

// Accepts everything and keeps the first error.
class Judge final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*count*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool end_object() override { return true; }
  bool start_array(std::size_t /*count*/) override { return true; }
  bool end_array() override { return true; }
  bool parse_error(std::size_t read, const std::string& /*token*/,
                   const nlohmann::json::exception& error) override {
    read_ = read;
    message_ = error.what();
    return false;
  }

  // How many bytes were read when the error showed.
  [[nodiscard]] std::size_t read() const { return read_; }
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  std::size_t read_ = 0;
  std::string message_;
};

bool is_letter(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}
bool is_word(char byte) {
  return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '.' || byte == '+' ||
         byte == '-';
}

// One past the closing quote of the string that opens at `at`; the JSON is valid.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (++at; text[at] != '"'; ++at) {
    at += text[at] == '\\' ? 1u : 0u;
  }
  return at + 1;
}

// The word, string or single byte that ends at or reaches over `at`.
struct Excerpt {
  std::size_t begin = 0;
  std::string_view text;
};
Excerpt excerpt_at(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  std::size_t end = at + 1;
  if (text[at] == '"') {
    const std::size_t open = at == 0 ? std::string_view::npos : text.rfind('"', at - 1);
    begin = open == std::string_view::npos ? at : open;
  } else if (is_word(text[at])) {
    while (begin > 0 && is_word(text[begin - 1])) {
      --begin;
    }
    while (end < text.size() && is_word(text[end])) {
      ++end;
    }
  }
  return {begin, text.substr(begin, end - begin)};
}

// What the parser wanted, from the part of its message that names the place.
std::string_view wanted(std::string_view message) {
  const auto says = [&](std::string_view part) { return message.find(part) != message.npos; };
  if (says("number overflow")) {
    return "a number below 1e308";
  }
  if (says("parsing object key")) {
    return "a field name in double quotes";
  }
  if (says("parsing object separator")) {
    return ": after the field name";
  }
  if (says("parsing object")) {
    return ", or }";
  }
  if (says("parsing array")) {
    return ", or ]";
  }
  return says("; expected end of input") ? "nothing after the closing }" : "a JSON value";
}

tl::unexpected<Error> refuse_syntax(const ConfigBytes& json, const Judge& judge) {
  const std::string_view text = json.text();
  const std::string_view message = judge.message();
  const bool in_string = message.find("invalid string") != message.npos;
  if (judge.read() > text.size()) {
    return refuse_at(json.at(text.size()),
                     in_string
                         ? "found the end of the file inside a text, expected a closing \""
                         : "found the end of the file, expected " + std::string(wanted(message)));
  }
  const std::size_t at = judge.read() == 0 ? 0 : judge.read() - 1;
  if (in_string && text[at] == '\n') {
    return refuse_at(json.at(at), "found the end of the line inside a text, expected a closing \"");
  }
  if (in_string) {
    return refuse_at(json.at(at),
                     "found " + shown(text.substr(at, 1)) +
                         " inside a text, expected JSON (an escape such as \\n, \\\" or \\u00e9)");
  }
  // A wrong literal or number shows at the byte behind it.
  const bool behind = message.find("invalid literal") != message.npos ||
                      message.find("invalid number") != message.npos;
  const bool word_before = behind && at > 0 && !is_word(text[at]) && is_word(text[at - 1]);
  const Excerpt excerpt = excerpt_at(text, word_before ? at - 1 : at);
  return refuse_at(json.at(excerpt.begin),
                   "found " + shown(excerpt.text) + ", expected " + std::string(wanted(message)));
}

bool is_field_name(std::string_view key) {
  if (key.empty() || !is_letter(key.front())) {
    return false;
  }
  for (const char byte : key) {
    if (!is_letter(byte) && (byte < '0' || byte > '9')) {
      return false;
    }
  }
  return true;
}

// Takes the quotes off the key at [begin, end), or the backslashes off the slashes of a string.
Result<void> rewrite_string(const ConfigBytes& json, std::size_t begin, std::size_t end,
                            std::string& out) {
  const std::string_view text = json.text();
  const std::size_t next = text.find_first_not_of(" \t\n\r", end);
  if (next != std::string_view::npos && text[next] == ':') {
    const std::string_view key = text.substr(begin + 1, end - begin - 2);
    if (!is_field_name(key)) {
      return refuse_at(json.at(begin), "found key " + shown(key) +
                                           ", expected a field name of letters, digits and _");
    }
    // The name begins where its quote was, so that its place is that of the key.
    out.replace(begin, end - begin, std::string(key) + "  ");
    return {};
  }
  std::string string;
  for (std::size_t at = begin; at < end; ++at) {
    if (text[at] == '\\') {
      string += text[at + 1] == '/' ? "/" : std::string(text.substr(at, 2));
      ++at;
    } else {
      string += text[at];
    }
  }
  string.resize(end - begin, ' ');
  out.replace(begin, end - begin, string);
  return {};
}

}  // namespace

Result<ConfigBytes> json_as_text_protobuf(const ConfigBytes& json) {
  const std::string_view text = json.text();
  Judge judge;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &judge)) {
    return refuse_syntax(json, judge);
  }
  std::string out(text);
  const std::size_t first = out.find_first_not_of(" \t\n\r");
  const std::size_t last = out.find_last_not_of(" \t\n\r");
  if (out[first] != '{') {
    return refuse_at(json.at(first), "found " + shown(excerpt_at(text, first).text) +
                                         ", expected a JSON object { ... }");
  }
  out[first] = ' ';
  out[last] = ' ';
  for (std::size_t at = first; at < last;) {
    if (text[at] != '"') {
      ++at;
      continue;
    }
    const std::size_t end = string_end(text, at);
    if (Result<void> done = rewrite_string(json, at, end, out); !done) {
      return tl::unexpected(done.error());
    }
    at = end;
  }
  // The mark is gone from the text already; put it back so that columns count it again.
  return ConfigBytes::from(json.name(),
                           json.has_byte_order_mark() ? "\xef\xbb\xbf" + out : std::move(out));
}

}  // namespace lockstep
