#include "properties/verify/tally.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace lockstep {
namespace {

// Every number of a tally, in one order for writing, reading and adding.
std::vector<std::uint64_t*> numbers_of(Tally& tally) {
  std::vector<std::uint64_t*> numbers = {&tally.cases,    &tally.requests,      &tally.batches,
                                         &tally.refused,  &tally.not_simulated, &tally.twice,
                                         &tally.relations};
  for (std::uint64_t& count : tally.sizes) {
    numbers.push_back(&count);
  }
  for (std::uint64_t& count : tally.requests_per_case) {
    numbers.push_back(&count);
  }
  for (std::uint64_t& count : tally.judged) {
    numbers.push_back(&count);
  }
  return numbers;
}

}  // namespace

void Tally::observe(const Case& value, const RunRecord& record) {
  ++cases;
  const std::size_t count = arrival_count(value);
  const auto size = static_cast<std::size_t>(
      std::upper_bound(kSizeEnds.begin(), kSizeEnds.end(), count) - kSizeEnds.begin());
  ++sizes[size];
  ++requests_per_case[std::min(count, requests_per_case.size() - 1)];
  requests += record.requests.size();
  batches += record.batches.size();
}

void Tally::add(const Tally& other) {
  Tally copy = other;
  const std::vector<std::uint64_t*> from = numbers_of(copy);
  const std::vector<std::uint64_t*> to = numbers_of(*this);
  for (std::size_t i = 0; i < to.size(); ++i) {
    *to[i] += *from[i];
  }
}

std::uint64_t Tally::median_requests() const {
  std::uint64_t seen = 0;
  for (std::size_t count = 0; count < requests_per_case.size(); ++count) {
    seen += requests_per_case[count];
    if (seen * 2 > cases) {
      return count;
    }
  }
  return 0;
}

std::string Tally::text() const {
  Tally copy = *this;
  std::string text;
  for (const std::uint64_t* number : numbers_of(copy)) {
    text += (text.empty() ? "" : " ") + std::to_string(*number);
  }
  return text;
}

Result<Tally> Tally::from_text(const std::string& text) {
  Tally tally;
  const char* next = text.data();
  const char* const end = next + text.size();
  for (std::uint64_t* number : numbers_of(tally)) {
    const auto [after, error] = std::from_chars(next, end, *number);
    if (error != std::errc{}) {
      return bad_input("found a broken tally, expected " +
                       std::to_string(numbers_of(tally).size()) + " numbers");
    }
    next = after == end ? after : after + 1;
  }
  return tally;
}

}  // namespace lockstep
