// Mooncake's traces: JSON Lines with timestamp (ms), input_length, output_length and hash_ids. The
// ids describe the prompt: they are not looked at, and need not agree with its length.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <nlohmann/json.hpp>

#include "traces/trace_fields.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

using MooncakeJson = nlohmann::json;

constexpr std::array<std::string_view, 4> kMooncakeKeys = {"timestamp", "input_length",
                                                           "output_length", "hash_ids"};
constexpr std::size_t kMooncakeNumbers = 3;  // the first of them
constexpr std::uint64_t kMooncakeMaxTokens = 1'000'000'000;

constexpr std::string_view kMooncakeLine =
    "one JSON object a line with timestamp, input_length, output_length and hash_ids";

// Takes the numbers of one object; `problem` says what is wrong, `key_text` (or error_at) where.
class MooncakeObject final : public nlohmann::json_sax<MooncakeJson> {
 public:
  std::array<std::optional<std::string>, kMooncakeNumbers> numbers;
  std::string problem;
  std::string key_text;
  std::size_t error_at = 0;  // byte of the line, from 0, of a text that is no JSON

  bool null() override { return value("null"); }
  bool boolean(bool flag) override { return value(flag ? "true" : "false"); }
  bool number_integer(number_integer_t number) override { return value(std::to_string(number)); }
  bool number_unsigned(number_unsigned_t number) override { return value(std::to_string(number)); }
  bool number_float(number_float_t /*number*/, const string_t& text) override {
    return value(text);  // the text: times are exact
  }
  bool string(string_t& text) override { return value(quoted_field(text)); }
  bool binary(binary_t& /*bytes*/) override { return value("bytes"); }

  bool start_object(std::size_t /*elements*/) override {
    return depth_++ == 0 || in_list() || refuse("an object");
  }
  bool key(string_t& name) override {
    if (in_list()) {
      return true;
    }
    const auto found = std::find(kMooncakeKeys.begin(), kMooncakeKeys.end(), name);
    key_text = name;
    if (found == kMooncakeKeys.end()) {
      return refuse("unknown key " + quoted_field(name) + suggestion(name, kMooncakeKeys));
    }
    key_ = static_cast<std::size_t>(found - kMooncakeKeys.begin());
    if (seen_[key_]) {
      return refuse("key " + quoted_field(name) + " a second time");
    }
    seen_[key_] = true;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override {
    if (depth_++ == 0) {
      return refuse("a list");
    }
    return in_list() || refuse(std::string(kMooncakeKeys[key_]) + " as a list");
  }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const MooncakeJson::exception& /*error*/) override {
    key_text.clear();
    error_at = position == 0 ? 0 : position - 1;
    problem = "text that is no JSON";
    return false;
  }

 private:
  // Within the list of ids, however deep.
  [[nodiscard]] bool in_list() const { return depth_ > 1 && key_ == kMooncakeNumbers; }

  bool value(const std::string& text) {
    if (depth_ == 0) {
      return refuse(text);
    }
    if (in_list()) {
      return true;
    }
    if (key_ == kMooncakeNumbers) {
      return refuse("hash_ids as " + text);
    }
    numbers[key_] = text;
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }
  bool refuse(std::string found) {
    problem = std::move(found);
    return false;
  }

  int depth_ = 0;
  std::size_t key_ = 0;
  std::array<bool, kMooncakeKeys.size()> seen_{};
};

class MooncakeTrace final : public TraceFormat {
 public:
  explicit MooncakeTrace(std::unique_ptr<TextLines> lines) : lines_(std::move(lines)) {}

  Result<bool> next(Arrival& out) override {
    const Result<bool> more = next_row(*lines_);
    if (!more || !*more) {
      return more;
    }
    const std::string_view text = lines_->text();
    MooncakeObject object;
    static_cast<void>(MooncakeJson::sax_parse(text.begin(), text.end(), &object));
    if (!object.problem.empty()) {
      const std::string key = "\"" + object.key_text + "\"";
      const std::size_t at = object.key_text.empty() ? object.error_at : text.find(key);
      return lines_->refuse_at(std::min(at, text.size()), object.problem, kMooncakeLine);
    }
    for (std::size_t i = 0; i < kMooncakeNumbers; ++i) {
      if (!object.numbers[i]) {
        return lines_->refuse_at(0, "no key " + std::string(kMooncakeKeys[i]), kMooncakeLine);
      }
    }
    if (Result<void> done = read(object, out); !done) {
      return tl::unexpected(done.error());
    }
    return true;
  }

  [[nodiscard]] std::string_view time_text() const override { return value_text(kMooncakeKeys[0]); }
  [[nodiscard]] const TextLines& lines() const override { return *lines_; }
  [[nodiscard]] std::string_view name() const override { return mooncake_trace_format().name; }
  [[nodiscard]] TraceColumns columns() const override { return {}; }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return one_queue_name();
  }

 private:
  Result<void> read(const MooncakeObject& object, Arrival& out) {
    for (std::size_t i = 1; i < kMooncakeNumbers; ++i) {
      const std::string& text = *object.numbers[i];
      std::uint64_t tokens = 0;
      const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), tokens);
      if (error != std::errc{} || stop != text.data() + text.size() ||
          tokens > kMooncakeMaxTokens) {
        return refuse(i, "as a whole number from 0 to 1000000000");
      }
    }
    std::int64_t ns = 0;
    const std::string_view problem = parse_decimal_time(
        *object.numbers[0], DecimalUnit::kMillisecond, DecimalUnit::kNanosecond, ns);
    if (!problem.empty()) {
      return refuse(0, "as decimal milliseconds: " + std::string(problem));
    }
    const std::optional<SimTime> time = origin_.since_first(stamp_of_ns(ns));
    if (!time) {
      return refuse(0, "within 36 years of the first line");
    }
    out = Arrival{};
    out.time = *time;
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> refuse(std::size_t key, const std::string& expected) const {
    const std::string_view text = value_text(kMooncakeKeys[key]);
    return lines_->refuse(text, quoted_field(text),
                          std::string(kMooncakeKeys[key]) + " " + expected);
  }

  // The text of a value, by its key: for messages. Requires: the line is an object with that key.
  [[nodiscard]] std::string_view value_text(std::string_view key) const {
    std::string_view text = lines_->text();
    const std::size_t at = text.find("\"" + std::string(key) + "\"");
    text.remove_prefix(at == std::string_view::npos ? 0 : at + key.size() + 2);
    text.remove_prefix(std::min(text.find_first_not_of(" \t:"), text.size()));
    return text.substr(0, text.find_first_of(" \t,}"));
  }

  std::unique_ptr<TextLines> lines_;
  TimeOrigin origin_;
};

bool begins_with_an_object(std::string_view first_line) {
  return first_line.starts_with('{');
}

std::unique_ptr<TraceFormat> make_mooncake(std::unique_ptr<TextLines> lines) {
  return std::make_unique<MooncakeTrace>(std::move(lines));
}

constexpr TraceFormatInfo kMooncake = {.name = "mooncake",
                                       .summary = "Mooncake's traces: JSON Lines, milliseconds",
                                       .starts_at_first_row = true,
                                       .recognises = begins_with_an_object,
                                       .make_reader = make_mooncake};

}  // namespace

const TraceFormatInfo& mooncake_trace_format() {
  return kMooncake;
}

}  // namespace lockstep
