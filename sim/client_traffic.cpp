#include "sim/client_traffic.h"

#include <array>
#include <charconv>
#include <limits>
#include <memory>

#include "core/limits.h"
#include "core/sampling.h"
#include "sim/client_tools.h"
#include "traces/names.h"

namespace lockstep {
namespace {

constexpr std::string_view kClientsPrefix = "clients:";
constexpr std::uint32_t kClientsMax = 10'000;  // each has a stack of its own
constexpr std::uint32_t kRetriesMax = 1'000;
constexpr SimDuration kSpanMax{std::int64_t{365} * 86'400 * 1'000'000'000};
constexpr std::string_view kExponential = "exp:";
constexpr std::string_view kKeys = "think, size, queue, priority, timeout, retry or retries";

tl::unexpected<Error> not_clients(std::string_view spec, std::string_view found,
                                  const std::string& expected) {
  return bad_input("found arrivals '" + std::string(spec) + "' with '" + std::string(found) +
                   "', expected " + expected);
}

// Digits of a number from `least` to `most`; false for anything else.
template <typename Number>
bool read_whole(std::string_view text, std::uint64_t least, std::uint64_t most, Number& number) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < least ||
      value > most) {
    return false;
  }
  number = static_cast<Number>(value);
  return true;
}

bool read_span(std::string_view text, SimDuration least, SimDuration& span) {
  const Result<SimDuration> parsed = parse_duration(text);
  if (!parsed || *parsed < least || *parsed > kSpanMax) {
    return false;
  }
  span = *parsed;
  return true;
}

// Sets what `key` names; the text of what was expected when the value is wrong, "" when all is
// well, kKeys when there is no such key.
std::string read_client_key(std::string_view key, std::string_view value, ClientTraffic& traffic) {
  const auto whole = [&](std::uint64_t least, std::uint64_t most, auto& number) {
    return read_whole(value, least, most, number)
               ? std::string()
               : std::string(key) + " of " + std::to_string(least) + " to " + std::to_string(most);
  };
  const auto span = [&](SimDuration least, SimDuration& into, const char* example) {
    return read_span(value, least, into)
               ? std::string()
               : std::string(key) + " with a unit, up to a year, such as " + std::string(key) +
                     "=" + example;
  };
  if (key == "think") {
    traffic.think_is_mean = value.starts_with(kExponential);
    if (traffic.think_is_mean) {
      value.remove_prefix(kExponential.size());
      return span(SimDuration{1}, traffic.think, "exp:2ms");
    }
    return span(SimDuration{0}, traffic.think, "2ms");
  }
  if (key == "size") {
    return whole(1, kMaxRequestRows, traffic.size);
  }
  if (key == "priority") {
    return whole(0, std::numeric_limits<std::uint8_t>::max(), traffic.priority);
  }
  if (key == "timeout") {
    return span(SimDuration{1}, traffic.timeout, "50ms");
  }
  if (key == "retry") {
    return span(SimDuration{1}, traffic.retry, "1ms");
  }
  if (key == "retries") {
    return whole(1, kRetriesMax, traffic.retries);
  }
  if (key == "queue") {
    traffic.queue = value;
    return is_queue_name(value) ? "" : std::string(kQueueNameRule);
  }
  return std::string(kKeys);
}

}  // namespace

bool is_client_traffic(std::string_view spec) {
  return spec.starts_with(kClientsPrefix);
}

Result<ClientTraffic> parse_client_traffic(std::string_view spec) {
  ClientTraffic traffic;
  std::string_view rest = spec.substr(kClientsPrefix.size());
  const auto take = [&rest] {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    return part;
  };
  const std::string_view count = take();
  if (!read_whole(count, 1, kClientsMax, traffic.count)) {
    return not_clients(
        spec, count,
        "clients:N of 1 to " + std::to_string(kClientsMax) + ", such as clients:10,think=2ms");
  }
  std::string seen;
  if (spec.ends_with(',')) {
    return not_clients(spec, ",", "something behind it: " + std::string(kKeys));
  }
  while (!rest.empty()) {
    const std::string_view part = take();
    const std::size_t equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (const std::string expected = read_client_key(key, value, traffic); !expected.empty()) {
      return not_clients(spec, part, expected);
    }
    const std::string once = "," + std::string(key) + ",";
    if (seen.find(once) != std::string::npos) {
      return not_clients(spec, part, std::string(key) + " once");
    }
    seen += once;
  }
  if ((traffic.retry == SimDuration{0}) != (traffic.retries == 0)) {
    return not_clients(spec, traffic.retries == 0 ? "retry" : "retries",
                       "both, such as retry=1ms,retries=5");
  }
  return traffic;
}

void add_client_traffic(Clients& clients, const ClientTraffic& traffic, QueueId queue,
                        std::uint64_t request_count, ClientCounts& counts) {
  const Call call{.size = traffic.size,
                  .queue = queue,
                  .priority = traffic.priority,
                  .timeout = traffic.timeout};
  const RetryOptions retry{.delay = traffic.retry, .attempts_max = traffic.retries + 1};
  const auto program = [call, retry, traffic, request_count, &counts](Client& client) {
    ExponentialSpan pause(
        static_cast<std::uint64_t>(traffic.think_is_mean ? traffic.think.count() : 1), 1);
    while (counts.begun < request_count) {
      ++counts.begun;
      const RetriedAnswer answer = call_with_retries(client, call, retry);
      counts.retries += answer.attempts - 1;
      counts.gave_up += answer.answer.gave_up ? 1u : 0u;
      const SimDuration span = traffic.think_is_mean
                                   ? SimDuration{pause.next_ns(client.random().next())}
                                   : traffic.think;
      if (span > SimDuration{0}) {
        client.think(span);
      }
    }
  };
  for (std::uint32_t client = 0; client < traffic.count; ++client) {
    clients.add(program);
  }
}

}  // namespace lockstep
