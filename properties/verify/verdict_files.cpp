#include "properties/verify/verdict_files.h"

#include <algorithm>

#include <fmt/format.h>

#include "reports/xml_text.h"

namespace lockstep {
namespace {

// A text of several lines. Bytes that XML 1.0 cannot hold become '?'.
std::string lines_xml(std::string_view text) {
  std::string held(text);
  std::replace_if(
      held.begin(), held.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'; }, '?');
  return escape_xml(held);
}

// Of a workflow command: its own three escapes, and two more in a property.
std::string command_text(std::string_view text, bool is_property) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%') {
      escaped += "%25";
    } else if (c == '\n') {
      escaped += "%0A";
    } else if (c == '\r') {
      escaped += "%0D";
    } else if (is_property && c == ':') {
      escaped += "%3A";
    } else if (is_property && c == ',') {
      escaped += "%2C";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string cell_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '|' ? "\\|" : c == '\n' ? " " : c == '<' ? "&lt;" : std::string(1, c);
  }
  return escaped;
}

bool fails(const PropertyVerdict& property) {
  return !property.failure.empty() && property.known.empty();
}

std::string testcase_xml(const CampaignVerdict& verdict, const PropertyVerdict& property) {
  const std::string head = fmt::format(
      "    <testcase classname=\"lockstep.{}.{}\" name=\"{} ({})\"", lines_xml(verdict.suite),
      lines_xml(property.subject), lines_xml(property.property), lines_xml(property.id));
  if (fails(property)) {
    return fmt::format("{}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", head,
                       lines_xml(property.failure), lines_xml(property.story));
  }
  const std::string skipped =
      property.known.empty() ? property.skipped : "known failure: " + property.known;
  return skipped.empty() ? head + "/>\n"
                         : fmt::format("{}>\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                                       head, lines_xml(skipped));
}

}  // namespace

std::string junit_xml(const CampaignVerdict& verdict) {
  const auto count = [&](auto&& of) {
    return std::count_if(verdict.properties.begin(), verdict.properties.end(), of);
  };
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  text += fmt::format(
      "  <testsuite name=\"lockstep verify {}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n"
      "    <properties>\n      <property name=\"seed\" value=\"{}\"/>\n"
      "      <property name=\"cases\" value=\"{}\"/>\n    </properties>\n",
      lines_xml(verdict.suite), verdict.properties.size(), count(fails),
      count([](const PropertyVerdict& p) {
        return !fails(p) && (!p.skipped.empty() || !p.known.empty());
      }),
      verdict.seed, verdict.cases);
  for (const PropertyVerdict& property : verdict.properties) {
    text += testcase_xml(verdict, property);
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

std::string github_annotations(const CampaignVerdict& verdict) {
  std::string text;
  for (const PropertyVerdict& property : verdict.properties) {
    if (fails(property)) {
      text += fmt::format("::error title={}::{}\n",
                          command_text(property.subject + " " + property.property, true),
                          command_text(property.failure, false));
    }
  }
  return text;
}

std::string job_summary(const CampaignVerdict& verdict) {
  std::string text = fmt::format("### lockstep verify {}: {} cases, seed {}\n\n", verdict.suite,
                                 verdict.cases, verdict.seed);
  std::string rows;
  std::size_t holding = 0;
  for (const PropertyVerdict& property : verdict.properties) {
    if (!property.failure.empty()) {
      rows += fmt::format("| {} | {} ({}) | {}{} |\n", cell_text(property.subject),
                          cell_text(property.property), property.id, cell_text(property.failure),
                          property.known.empty() ? "" : " (known: " + property.known + ")");
    } else if (property.skipped.empty()) {
      ++holding;
    }
  }
  if (!rows.empty()) {
    text += "| scheduler | property | found |\n|---|---|---|\n" + rows + "\n";
    for (const PropertyVerdict& property : verdict.properties) {
      if (fails(property) && !property.story.empty()) {
        text += "```text\n" + property.story + "```\n\n";
      }
    }
  }
  return text + fmt::format("{} properties hold.\n", holding);
}

}  // namespace lockstep
