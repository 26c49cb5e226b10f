// Access logs: nginx's combined format with the time that each request took.
//
//   ADDRESS - USER [16/Nov/2023:18:15:46 +0000] "REQUEST" STATUS BYTES "REFERRER" "AGENT" ... 0.123
//
// They stamp the end of a request: arrival = end - duration. The duration is the field
// request_time=S or rt=S after the agent, else the last field of the line, in seconds with a point
// ($request_time). The end is the field msec=S, if there is one ($msec, Unix time with
// milliseconds), else the time in brackets, which has whole seconds only. Every line is one
// request, whatever its status. Other fields are not looked at.
#include <algorithm>
#include <array>

#include "traces/trace_fields.h"
#include "traces/trace_format.h"

namespace lockstep {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kLogTimePattern = "dd/Mon/dddd:dd:dd:dd ";
constexpr std::string_view kLogLine =
    "ADDRESS - USER [TIME] \"REQUEST\" STATUS BYTES \"REFERRER\" \"AGENT\" ... SECONDS";
// Seconds from 0001-01-01 to 1970-01-01.
constexpr std::int64_t kUnixEpoch = 62'135'596'800;

// What is between two places of a log time, as a number; -1: no digits.
std::int64_t log_digits(std::string_view text, std::size_t begin, std::size_t count) {
  std::int64_t value = 0;
  for (const char byte : text.substr(begin, count)) {
    if (byte < '0' || byte > '9') {
      return -1;
    }
    value = value * 10 + (byte - '0');
  }
  return value;
}

// `16/Nov/2023:18:15:46 +0000`; "" or what is wrong.
std::string_view parse_log_time(std::string_view text, CivilTime& out) {
  constexpr std::string_view kShape = "it has another shape";
  if (text.size() != kLogTimePattern.size() + 5) {
    return kShape;
  }
  for (const std::size_t at : {2u, 6u, 11u, 14u, 17u, 20u}) {
    if (text[at] != kLogTimePattern[at]) {
      return kShape;
    }
  }
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(3, 3));
  const CivilFields fields = {.year = log_digits(text, 7, 4),
                              .month = month - kMonths.begin() + 1,
                              .day = log_digits(text, 0, 2),
                              .hour = log_digits(text, 12, 2),
                              .minute = log_digits(text, 15, 2),
                              .second = log_digits(text, 18, 2)};
  std::int64_t seconds_east = 0;
  if (std::min({fields.year, fields.day, fields.hour, fields.minute, fields.second}) < 0 ||
      !parse_zone(text.substr(kLogTimePattern.size()), seconds_east)) {
    return kShape;
  }
  out = CivilTime{};
  const std::string_view problem = civil_seconds(fields, out);
  out.seconds -= seconds_east;
  out.has_zone = true;
  return problem;
}

// The fields of one line, split at spaces; [..] and ".." are one field each, kept with their marks.
class LogFields {
 public:
  explicit LogFields(std::string_view line) : rest_(line) {}

  // "" at the end of the line.
  std::string_view next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    const std::string_view field = rest_.substr(0, length());
    rest_.remove_prefix(field.size());
    return field;
  }

 private:
  [[nodiscard]] std::size_t length() const {
    if (rest_.starts_with('[')) {
      return rest_.find(']') == std::string_view::npos ? rest_.size() : rest_.find(']') + 1;
    }
    if (!rest_.starts_with('"')) {
      return std::min(rest_.find(' '), rest_.size());
    }
    // nginx writes a quote inside as \x22, Apache as \".
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') {
      end += rest_[end] == '\\' ? 2u : 1u;
    }
    return std::min(end + 1, rest_.size());
  }

  std::string_view rest_;
};

struct LogTimes {
  std::string_view stamp;     // in brackets, without them
  std::string_view msec;      // "" when there is none
  std::string_view duration;  // seconds; "" when nothing looks like it
};

// Finds the times; false: the line has another shape.
bool find_log_times(std::string_view line, LogTimes& times) {
  LogFields fields(line);
  for (int i = 0; i < 3; ++i) {
    if (fields.next().empty()) {
      return false;
    }
  }
  const std::string_view stamp = fields.next();
  if (!stamp.starts_with('[') || !stamp.ends_with(']')) {
    return false;
  }
  times.stamp = stamp.substr(1, stamp.size() - 2);
  const std::string_view request = fields.next();
  fields.next();  // status
  fields.next();  // bytes
  const std::string_view referrer = fields.next();
  const std::string_view agent = fields.next();
  if (!request.starts_with('"') || !referrer.starts_with('"') || !agent.starts_with('"')) {
    return false;
  }
  bool named = false;
  for (std::string_view field = fields.next(); !field.empty(); field = fields.next()) {
    if (field.starts_with("msec=")) {
      times.msec = field.substr(5);
      continue;
    }
    const bool names_it = field.starts_with("request_time=") || field.starts_with("rt=");
    if (names_it || !named) {
      times.duration = names_it ? field.substr(field.find('=') + 1) : field;
    }
    named = named || names_it;
  }
  return true;
}

class AccessLog final : public TraceFormat {
 public:
  explicit AccessLog(std::unique_ptr<TextLines> lines) : lines_(std::move(lines)) {}

  Result<bool> next(Arrival& out) override {
    const Result<bool> more = next_row(*lines_);
    if (!more || !*more) {
      return more;
    }
    if (const Result<void> text = lines_->require_text(); !text) {
      return tl::unexpected(text.error());
    }
    times_ = LogTimes{};
    if (!find_log_times(lines_->text(), times_)) {
      return lines_->refuse_at(0, "a line of another shape", kLogLine);
    }
    const Result<CivilTime> end = end_of_request();
    if (!end) {
      return tl::unexpected(end.error());
    }
    const Result<std::int64_t> duration = duration_ns();
    if (!duration) {
      return tl::unexpected(duration.error());
    }
    const std::optional<SimTime> arrival = origin_.since_first(earlier_by(*end, *duration));
    if (!arrival) {
      return lines_->refuse(times_.stamp, quoted_field(times_.stamp),
                            "a time within 36 years of the first line");
    }
    out = Arrival{};
    out.time = *arrival;
    return true;
  }

  [[nodiscard]] std::string_view time_text() const override { return times_.stamp; }
  [[nodiscard]] const TextLines& lines() const override { return *lines_; }
  [[nodiscard]] std::string_view name() const override { return access_log_trace_format().name; }
  [[nodiscard]] TraceColumns columns() const override { return {}; }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override {
    return one_queue_name();
  }

 private:
  [[nodiscard]] Result<CivilTime> end_of_request() const {
    CivilTime end;
    std::string_view problem = parse_log_time(times_.stamp, end);
    if (!problem.empty()) {
      return lines_->refuse(times_.stamp, quoted_field(times_.stamp),
                            "a time as 16/Nov/2023:18:15:46 +0000: " + std::string(problem));
    }
    if (times_.msec.data() != nullptr) {
      std::int64_t ns = 0;
      problem = parse_decimal_time(times_.msec, DecimalUnit::kSecond, DecimalUnit::kNanosecond, ns);
      if (!problem.empty()) {
        return lines_->refuse(times_.msec, quoted_field(times_.msec),
                              "msec as decimal seconds: " + std::string(problem));
      }
      end = stamp_of_ns(ns);
      end.seconds += kUnixEpoch;
    }
    return end;
  }

  [[nodiscard]] Result<std::int64_t> duration_ns() const {
    const std::string_view text = times_.duration;
    if (text.data() == nullptr) {
      return lines_->refuse_at(lines_->text().size(), "the end of the line",
                               "the seconds that the request took: add $request_time to the "
                               "log_format; without it nothing says when a request arrived");
    }
    std::int64_t ns = 0;
    const std::string_view problem =
        text.find('.') == std::string_view::npos
            ? "it has no point"  // Apache's %D counts microseconds
            : parse_decimal_time(text, DecimalUnit::kSecond, DecimalUnit::kNanosecond, ns);
    if (!problem.empty()) {
      return lines_->refuse(text, quoted_field(text),
                            "the seconds that the request took ($request_time) as the last field "
                            "or as request_time=, such as 0.123: " +
                                std::string(problem));
    }
    return ns;
  }

  std::unique_ptr<TextLines> lines_;
  LogTimes times_;
  TimeOrigin origin_;
};

bool looks_like_an_access_log(std::string_view first_line) {
  LogTimes times;
  return find_log_times(first_line, times);
}

std::unique_ptr<TraceFormat> make_access_log(std::unique_ptr<TextLines> lines) {
  return std::make_unique<AccessLog>(std::move(lines));
}

constexpr TraceFormatInfo kAccessLog = {
    .name = "access-log",
    .summary = "nginx's combined log with $request_time behind it, arrival = end - duration",
    .starts_at_first_row = true,
    .records_ends = true,
    .recognises = looks_like_an_access_log,
    .make_reader = make_access_log};

}  // namespace

const TraceFormatInfo& access_log_trace_format() {
  return kAccessLog;
}

}  // namespace lockstep
