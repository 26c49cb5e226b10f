// What the benchmarks share: settings from the command line, CPU time, medians, arrivals in memory.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/poisson_arrivals.h"
#include "sim/simulation.h"

namespace lockstep::benchmark {

struct Settings {
  std::uint64_t requests = 1'000'000;
  std::size_t rounds = 7;
};

class MemoryArrivals final : public ArrivalSource {
 public:
  explicit MemoryArrivals(const std::vector<std::int64_t>& times) : times_(times) {}
  [[nodiscard]] Result<std::size_t> read(std::span<Arrival> out) override {
    const std::size_t count = std::min(out.size(), times_.size() - next_);
    for (std::size_t i = 0; i < count; ++i) {
      out[i] = Arrival{.time = at_ns(times_[next_ + i])};
    }
    next_ += count;
    return count;
  }
  [[nodiscard]] const std::vector<std::string>& queue_names() const override { return names_; }

 private:
  const std::vector<std::int64_t>& times_;
  std::size_t next_ = 0;
  std::vector<std::string> names_ = {"queue"};
};

// The whole of a Poisson process, for MemoryArrivals.
inline std::vector<std::int64_t> drawn_times(const PoissonOptions& options) {
  PoissonArrivals arrivals(options);
  std::vector<std::int64_t> times;
  times.reserve(options.request_count);
  std::vector<Arrival> block(256);
  for (std::size_t count = arrivals.read(block).value(); count > 0;
       count = arrivals.read(block).value()) {
    for (const Arrival& arrival : std::span(block).first(count)) {
      times.push_back(ns_of(arrival.time));
    }
  }
  return times;
}

// Of the process.
inline double cpu_seconds() {
  std::timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};
inline Spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values.front(), values.back()};
}

// 0 when `text` is not a positive number.
inline std::uint64_t parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

// nullopt, with an error on stderr, when an argument is none of --quick, --requests N, --rounds N.
inline std::optional<Settings> parse_settings(const std::vector<std::string_view>& arguments) {
  Settings settings;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::uint64_t value = i + 1 < arguments.size() ? parse_count(arguments[i + 1]) : 0;
    if (arguments[i] == "--quick") {
      settings.requests = 100'000;
    } else if (arguments[i] == "--requests" && value > 0) {
      settings.requests = value;
      ++i;
    } else if (arguments[i] == "--rounds" && value > 0) {
      settings.rounds = static_cast<std::size_t>(value);
      ++i;
    } else {
      std::fprintf(stderr, "error: found '%s', expected --quick, --requests N or --rounds N\n",
                   std::string(arguments[i]).c_str());
      return std::nullopt;
    }
  }
  return settings;
}

}  // namespace lockstep::benchmark
