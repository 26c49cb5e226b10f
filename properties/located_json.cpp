#include "properties/located_json.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>

#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

using Json = nlohmann::json;

// Hands the text to the library and counts what it has taken.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* place, const char** taken) : place_(place), taken_(taken) {}
  reference operator*() const { return *place_; }
  CountingIterator& operator++() {
    *taken_ = ++place_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.place_ == b.place_;
  }

 private:
  const char* place_;
  const char** taken_;
};

// Builds the tree from the library's events. A token begins where the last one ended, behind
// punctuation; the library may have taken one character more than the token, never less.
class Builder {
 public:
  Builder(std::string_view text, const char** taken) : text_(text), taken_(taken) {}

  bool null() { return scalar(LocatedJson::Kind::kNull) != nullptr; }
  bool boolean(bool value) {
    LocatedJson* node = scalar(LocatedJson::Kind::kBool);
    node->boolean = value;
    return true;
  }
  bool number_integer(Json::number_integer_t value) {
    scalar(LocatedJson::Kind::kInteger)->integer = value;
    return true;
  }
  bool number_unsigned(Json::number_unsigned_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return number_float(0, {});
    }
    return number_integer(static_cast<std::int64_t>(value));
  }
  bool number_float(Json::number_float_t /*value*/, const std::string& text) {
    scalar(LocatedJson::Kind::kFraction)->text = text;
    return true;
  }
  bool string(std::string& value) {
    scalar(LocatedJson::Kind::kString)->text = value;
    return true;
  }
  bool binary(Json::binary_t& /*value*/) { return false; }  // not in text

  bool start_object(std::size_t /*count*/) { return open(LocatedJson::Kind::kObject); }
  bool start_array(std::size_t /*count*/) { return open(LocatedJson::Kind::kArray); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    const std::size_t column = token_column();
    if (open_.back()->find(name) != nullptr) {
      error_ = LocatedError{column, "found key '" + name + "' twice, expected it once"};
      return false;
    }
    key_ = LocatedJson::Member{name, column, {}};
    return true;
  }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& /*what*/) {
    // The library's position is one past what it could not use, and 0 at an empty text.
    const std::size_t column = std::clamp<std::size_t>(position, 1, text_.size() + 1);
    const bool at_end = position > text_.size();
    error_ = LocatedError{column, "found " + (at_end ? "the end of the line" : "'" + token + "'") +
                                      ", expected JSON"};
    return false;
  }

  [[nodiscard]] std::optional<LocatedError>& error() { return error_; }
  [[nodiscard]] LocatedJson& root() { return root_; }

 private:
  static constexpr std::size_t kMaxDepth = 16;

  [[nodiscard]] std::size_t taken() const {
    return static_cast<std::size_t>(*taken_ - text_.data());
  }
  std::size_t token_column() {
    const std::size_t begin =
        text_.find_first_not_of(" \t\r\n,:[]{}", std::min(end_, text_.size()));
    end_ = taken();
    return (begin == std::string_view::npos ? 0 : begin) + 1;
  }

  LocatedJson* place() {
    if (open_.empty()) {
      return &root_;
    }
    LocatedJson& parent = *open_.back();
    if (parent.kind == LocatedJson::Kind::kArray) {
      return &parent.items.emplace_back();
    }
    return &parent.members.emplace_back(std::move(key_)).value;
  }
  LocatedJson* scalar(LocatedJson::Kind kind) {
    LocatedJson* node = place();
    node->kind = kind;
    node->column = token_column();
    return node;
  }
  bool open(LocatedJson::Kind kind) {
    if (open_.size() == kMaxDepth) {
      error_ = LocatedError{taken(), "found deeper nesting, expected at most 16 levels"};
      return false;
    }
    LocatedJson* node = place();
    node->kind = kind;
    node->column = std::max<std::size_t>(taken(), 1);
    end_ = taken();
    open_.push_back(node);  // stays put: a parent gains nothing while its child is open
    return true;
  }
  bool close() {
    end_ = taken();
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const char** taken_;
  std::size_t end_ = 0;  // offset behind the last token
  LocatedJson root_;
  std::vector<LocatedJson*> open_;
  LocatedJson::Member key_;
  std::optional<LocatedError> error_;
};

}  // namespace

const LocatedJson* LocatedJson::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) {
      return &member.value;
    }
  }
  return nullptr;
}

std::string_view kind_name(LocatedJson::Kind kind) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "null", "true or false", "an integer", "a fraction", "a string", "a list", "an object"};
  return kNames.at(static_cast<std::size_t>(kind));
}

Located<LocatedJson> parse_located_json(std::string_view text) {
  const char* taken = text.data();
  Builder builder(text, &taken);
  const bool done = Json::sax_parse(CountingIterator(text.data(), &taken),
                                    CountingIterator(text.data() + text.size(), &taken), &builder);
  if (!done) {
    return tl::unexpected(builder.error().value_or(LocatedError{1, "expected JSON"}));
  }
  return std::move(builder.root());
}

}  // namespace lockstep
