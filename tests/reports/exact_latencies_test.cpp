#include "reports/exact_latencies.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/prng.h"
#include "tests/support/sanitized.h"

namespace lockstep {
namespace {

using Values = std::vector<std::int64_t>;

constexpr std::size_t kBlock = 1'000;

ExactLatencies latencies_of(const Values& values, std::size_t block_values = kBlock) {
  ExactLatencies latencies(block_values);
  for (const std::int64_t value : values) {
    latencies.add(value);
  }
  return latencies;
}

std::int64_t at_rank(ExactLatencies& latencies, std::uint64_t rank) {
  return latencies.at_ranks(std::array{rank}).value().front();
}

// Every rank of a few values, and the edges and some between of many, all in one question.
void expect_as_sorted(const Values& values, std::size_t block_values = kBlock) {
  ExactLatencies latencies = latencies_of(values, block_values);
  ASSERT_EQ(latencies.count(), values.size());
  Values sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t step = std::max<std::size_t>(values.size() / 10, 1);
  std::vector<std::uint64_t> ranks{values.size()};
  for (std::uint64_t rank = 1; rank <= values.size(); rank += step) {
    ranks.push_back(rank);
  }
  Values expected(ranks.size());
  std::transform(ranks.begin(), ranks.end(), expected.begin(),
                 [&](std::uint64_t rank) { return sorted[rank - 1]; });
  EXPECT_EQ(latencies.at_ranks(ranks).value(), expected) << values.size() << " values";
  EXPECT_EQ(at_rank(latencies, ranks.back()), expected.back());  // asking again changes nothing
}

// Below 2^bits, for all counts of digits that a value can have.
Values drawn(std::size_t count, unsigned bits) {
  Prng random(11, "latencies");
  Values values(count);
  for (std::int64_t& value : values) {
    value = static_cast<std::int64_t>(random.next() >> (64 - bits));
  }
  return values;
}

TEST(ExactLatencies, AgreeWithASortAroundTheEndsOfBlocks) {
  for (const std::size_t count : {std::size_t{1}, kBlock - 1, kBlock, kBlock + 1, 2 * kBlock - 1,
                                  2 * kBlock, 2 * kBlock + 1, 7 * kBlock + 13}) {
    expect_as_sorted(drawn(count, 22));
  }
}

TEST(ExactLatencies, AgreeWithASortForValuesOfAnyWidth) {
  for (const unsigned bits : {1u, 8u, 15u, 16u, 17u, 31u, 32u, 33u, 47u, 48u, 49u, 63u}) {
    SCOPED_TRACE(bits);
    expect_as_sorted(drawn(3 * kBlock + 1, bits));
  }
}

TEST(ExactLatencies, AgreeWithASortWhenABlockIsOneValue) {
  expect_as_sorted(drawn(1, 40), 1);
  expect_as_sorted(drawn(2, 40), 1);
  expect_as_sorted(drawn(50, 40), 1);
}

// The file is read 8192 values at a time.
TEST(ExactLatencies, AgreeWithASortAroundTheEndsOfReads) {
  for (const std::size_t block_values : {8'191u, 8'192u, 8'193u}) {
    expect_as_sorted(drawn(block_values + 1, 22), block_values);
    expect_as_sorted(drawn(2 * block_values + 1, 22), block_values);
  }
}

TEST(ExactLatencies, AgreeWithASortWhenValuesAreEqual) {
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{65'535}, std::int64_t{65'536},
                                   std::int64_t{3'000'000}, std::int64_t{INT64_MAX}}) {
    SCOPED_TRACE(value);
    expect_as_sorted(Values(kBlock, value));
    expect_as_sorted(Values(kBlock + 1, value));
    expect_as_sorted(Values(4 * kBlock, value));
  }
}

TEST(ExactLatencies, TellTheExtremesApartFromTheirNeighbours) {
  const Values extremes{0, 1, INT64_MAX - 1, INT64_MAX};
  Values values;
  for (std::size_t i = 0; i < 3 * kBlock; ++i) {
    values.push_back(extremes[i % 4]);
  }
  expect_as_sorted(values);
  ExactLatencies latencies = latencies_of(values);
  const std::uint64_t quarter = values.size() / 4;
  EXPECT_EQ(at_rank(latencies, quarter), 0);
  EXPECT_EQ(at_rank(latencies, quarter + 1), 1);
  EXPECT_EQ(at_rank(latencies, 3 * quarter), INT64_MAX - 1);
  EXPECT_EQ(at_rank(latencies, 3 * quarter + 1), INT64_MAX);
}

TEST(ExactLatencies, GiveEachRankInTheOrderAsked) {
  Values values(5 * kBlock);
  std::iota(values.begin(), values.end(), 70'000);
  ExactLatencies latencies = latencies_of(values);
  EXPECT_EQ(latencies.at_ranks(std::array<std::uint64_t, 4>{4'000, 1, 4'000, 5'000}).value(),
            (Values{73'999, 70'000, 73'999, 74'999}));
  EXPECT_EQ(latencies.at_ranks({}).value(), Values{});
}

TEST(ExactLatencies, TakeFurtherValuesAfterAQuestion) {
  ExactLatencies latencies(4);
  for (std::int64_t value = 40; value > 0; --value) {
    latencies.add(value);
    EXPECT_EQ(at_rank(latencies, 1), value);
    EXPECT_EQ(at_rank(latencies, latencies.count()), 40);
  }
}

// A limit of this process for as long as the object lives.
class LoweredLimit {
 public:
  LoweredLimit(decltype(RLIMIT_FSIZE) resource, rlim_t most) : resource_(resource) {
    EXPECT_EQ(::getrlimit(resource_, &before_), 0);
    rlimit lowered = before_;
    lowered.rlim_cur = most;
    EXPECT_EQ(::setrlimit(resource_, &lowered), 0);
  }
  LoweredLimit(const LoweredLimit&) = delete;
  LoweredLimit& operator=(const LoweredLimit&) = delete;
  ~LoweredLimit() { EXPECT_EQ(::setrlimit(resource_, &before_), 0); }

 private:
  decltype(RLIMIT_FSIZE) resource_;
  rlimit before_{};
};

void expect_refusal(ExactLatencies& latencies, const std::string& message) {
  const auto refused = latencies.at_ranks(std::array<std::uint64_t, 1>{1});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Errc::kIo);
  EXPECT_EQ(refused.error().message, message);
}

TEST(ExactLatencies, SayWhenTheirFileCannotBeCreated) {
  if (support::kSanitized) {
    GTEST_SKIP() << "the sanitizer itself opens pipes to look at an object's type";
  }
  ExactLatencies latencies = latencies_of(drawn(kBlock, 22));
  {
    const LoweredLimit no_file(RLIMIT_NOFILE, 0);
    latencies.add(1);
  }
  expect_refusal(latencies,
                 "the temporary file of latencies: cannot create it: Too many open files");
}

TEST(ExactLatencies, SayWhenTheirFileCannotBeWrittenAndKeepCounting) {
  std::signal(SIGXFSZ, SIG_IGN);  // then the write itself fails
  ExactLatencies latencies = latencies_of(drawn(2 * kBlock, 22));
  {
    const LoweredLimit one_block(RLIMIT_FSIZE, kBlock * sizeof(std::int64_t));
    latencies.add(1);
  }
  for (std::size_t i = 1; i < 3 * kBlock; ++i) {
    latencies.add(1);  // the disk has room again, the values are lost all the same
  }
  std::signal(SIGXFSZ, SIG_DFL);
  EXPECT_EQ(latencies.count(), 5 * kBlock);
  expect_refusal(latencies, "the temporary file of latencies: cannot write it: File too large");
}

TEST(ExactLatencies, NeedNoFileForOneBlock) {
  const LoweredLimit no_file(RLIMIT_NOFILE, 0);
  expect_as_sorted(drawn(kBlock, 22));
}

}  // namespace
}  // namespace lockstep
