#include "properties/verify/regression.h"

#include <charconv>

#include <fmt/format.h>

#include "core/digest.h"
#include "properties/located_json.h"

namespace lockstep {
namespace {

// The text of the value of `key`, as it stands in `line`: a case is parsed by its own reader.
struct Fields {
  const LocatedJson* property = nullptr;
  const LocatedJson* digest = nullptr;
  const LocatedJson* value = nullptr;
};

Located<Fields> fields_of(const LocatedJson& json) {
  if (json.kind != LocatedJson::Kind::kObject) {
    return wrong_at(json.column, "found " + std::string(kind_name(json.kind)) +
                                     ", expected an object with property, digest and case");
  }
  Fields fields;
  for (const LocatedJson::Member& member : json.members) {
    const LocatedJson** field = member.key == "property" ? &fields.property
                                : member.key == "digest" ? &fields.digest
                                : member.key == "case"   ? &fields.value
                                                         : nullptr;
    if (field == nullptr) {
      return wrong_at(member.column,
                      "found key '" + member.key + "', expected property, digest or case");
    }
    *field = &member.value;
  }
  if (fields.property == nullptr || fields.property->kind != LocatedJson::Kind::kString ||
      fields.value == nullptr) {
    return wrong_at(json.column, "found no property or no case, expected both");
  }
  return fields;
}

Located<Regression> parse_regression(const std::string& text) {
  const Located<LocatedJson> json = parse_located_json(text);
  if (!json) {
    return tl::unexpected(json.error());
  }
  const Located<Fields> fields = fields_of(*json);
  if (!fields) {
    return tl::unexpected(fields.error());
  }
  Located<Case> value = case_from_json(*fields->value);
  if (!value) {
    return tl::unexpected(value.error());
  }
  Regression regression{.property = fields->property->text, .value = std::move(*value)};
  if (fields->digest != nullptr && !fields->digest->text.empty()) {
    const std::string& digits = fields->digest->text;
    std::uint64_t digest = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), digest, 16);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
      return wrong_at(fields->digest->column,
                      "found '" + digits + "', expected a digest of 16 hexadecimal digits");
    }
    regression.digest = digest;
  }
  return regression;
}

}  // namespace

std::string regression_line(const Regression& regression) {
  return fmt::format(R"({{"property":"{}","digest":"{}","case":{}}})", regression.property,
                     regression.digest ? digest_text(*regression.digest) : "",
                     case_text(regression.value));
}

Result<std::vector<Regression>> parse_regressions(const std::string& name,
                                                  const std::string& text) {
  std::vector<Regression> regressions;
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    ++line;
    if (end > begin) {
      Located<Regression> parsed = parse_regression(text.substr(begin, end - begin));
      if (!parsed) {
        return bad_input(
            fmt::format("{}:{}:{}: {}", name, line, parsed.error().column, parsed.error().message));
      }
      regressions.push_back(std::move(*parsed));
    }
    begin = end + 1;
  }
  return regressions;
}

JudgedRegression judge_regression(const Regression& regression, const SchedulerMaker& make) {
  RunRecord record;
  JudgedRegression judged;
  JudgeOptions options = judge_again(regression.property);
  options.twice = true;
  judged.verdict = judge_case(regression.value, make, options, record);
  if (judged.verdict.violation) {
    judged.state = RegressionState::kBroken;
  } else if (judged.verdict.refused || judged.verdict.not_simulated ||
             (regression.digest && *regression.digest != judged.verdict.digest)) {
    judged.state = RegressionState::kStale;
  }
  return judged;
}

}  // namespace lockstep
