#include "sim/generated_arrivals.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/digest.h"
#include "sim/poisson_arrivals.h"
#include "tests/support/goodness_of_fit.h"

namespace lockstep {
namespace {

struct Drawn {
  std::vector<Arrival> arrivals;
  std::vector<std::string> queue_names;
  std::string error;
};

Drawn drain(ArrivalSource& source, std::size_t block = 100) {
  Drawn drawn;
  std::vector<Arrival> buffer(block);
  while (true) {
    const Result<std::size_t> count = source.read(buffer);
    drawn.error = count ? "" : count.error().message;
    if (!count || *count == 0) {
      drawn.queue_names = source.queue_names();
      return drawn;
    }
    drawn.arrivals.insert(drawn.arrivals.end(), buffer.begin(),
                          buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
}

Drawn drawn_from(const std::string& spec, std::optional<std::uint64_t> requests,
                 std::optional<std::int64_t> length_ns = std::nullopt, std::uint64_t seed = 1) {
  Result<std::unique_ptr<GeneratedArrivals>> source =
      GeneratedArrivals::open({.spec = *parse_arrivals(spec),
                               .request_count = requests,
                               .length_ns = length_ns,
                               .seed = seed});
  EXPECT_TRUE(source);
  return drain(**source);
}

std::vector<std::int64_t> times_in(const Drawn& drawn) {
  std::vector<std::int64_t> times;
  for (const Arrival& arrival : drawn.arrivals) {
    times.push_back(ns_of(arrival.time));
  }
  return times;
}

TEST(GeneratedArrivals, OfOnePoissonPartAreThePoissonArrivals) {
  PoissonArrivals poisson({.rate_count = 1200, .request_count = 5000, .seed = 3});
  EXPECT_EQ(times_in(drawn_from("poisson:1200/s", 5000, std::nullopt, 3)),
            times_in(drain(poisson)));
}

TEST(GeneratedArrivals, AreTheSameInBlocksOfAnySize) {
  const GeneratedOptions options{
      .spec = *parse_arrivals("gamma:900/s,cv=3,size=1..8 + onoff:1/ms,on=1s,off=1s"),
      .request_count = 1000};
  const Drawn one = drain(**GeneratedArrivals::open(options), 1);
  const Drawn many = drain(**GeneratedArrivals::open(options), 333);
  EXPECT_EQ(times_in(one), times_in(many));
  EXPECT_EQ(one.arrivals.size(), 1000u);
}

// The streams: what a part draws does not depend on what else is drawn.
TEST(GeneratedArrivals, KeepTheirTimesWhenTheyGetSizesAndCompany) {
  const std::vector<std::int64_t> bare = times_in(drawn_from("gamma:100/s,cv=2", 1000));
  EXPECT_EQ(times_in(drawn_from(
                "gamma:100/s,cv=2,size=1..8,queue=zipf:9:1,priority=0..9,client=0..7", 1000)),
            bare);
  std::vector<std::int64_t> beside;
  for (const Arrival& arrival : drawn_from("gamma:100/s,cv=2 + poisson:50/s", 2000).arrivals) {
    if (raw(arrival.client) == 0) {
      beside.push_back(ns_of(arrival.time));
    }
  }
  ASSERT_LT(beside.size(), bare.size() * 2);
  for (std::size_t i = 0; i < std::min(beside.size(), bare.size()); ++i) {
    ASSERT_EQ(beside[i], bare[i]) << i;
  }
}

TEST(GeneratedArrivals, OfTwoLikePartsDiffer) {
  const Drawn drawn = drawn_from("poisson:100/s + poisson:100/s", 1000);
  for (std::size_t i = 1; i < drawn.arrivals.size(); ++i) {
    ASSERT_LT(drawn.arrivals[i - 1].time, drawn.arrivals[i].time);
  }
}

TEST(GeneratedArrivals, SuperposeToTheSumOfTheRates) {
  // Two Poisson processes are one: exponential gaps at the sum of the rates.
  std::vector<double> gaps;
  std::int64_t last = 0;
  for (const std::int64_t time : times_in(drawn_from("poisson:300/s + poisson:700/s", 100'000))) {
    gaps.push_back(static_cast<double>(time - last) / 1e6);
    last = time;
  }
  EXPECT_LT(ks_distance(gaps, [](double x) { return -std::expm1(-x); }), ks_critical(gaps.size()));
}

TEST(GeneratedArrivals, AtOneTimeComeInTheOrderOfTheParts) {
  const Drawn drawn =
      drawn_from("constant:10/s,queue=b + constant:20/s,queue=a + constant:10/s,queue=b", 8);
  std::string order;
  for (const Arrival& arrival : drawn.arrivals) {
    order += std::to_string(ns_of(arrival.time) / 1'000'000) +
             drawn.queue_names[raw(arrival.queue)] + std::to_string(raw(arrival.client)) + " ";
  }
  EXPECT_EQ(order, "50a1 100b0 100a1 100b2 150a1 200b0 200a1 200b2 ");
  EXPECT_EQ(drawn.queue_names, (std::vector<std::string>{"a", "b"}));  // in order of first use
}

TEST(GeneratedArrivals, CarryTheirValues) {
  const Drawn drawn = drawn_from(
      "constant:10/s,size=4,priority=3,client=77,timeout=50ms + constant:10/s,queue=vision", 2);
  const Arrival& full = drawn.arrivals[0];
  EXPECT_EQ(full.size, 4u);
  EXPECT_EQ(full.priority, 3u);
  EXPECT_EQ(raw(full.client), 77u);
  EXPECT_EQ(full.timeout, SimDuration{50'000'000});
  const Arrival& usual = drawn.arrivals[1];
  EXPECT_EQ(usual.size, 1u);
  EXPECT_EQ(raw(usual.client), 1u);  // the number of its part
  EXPECT_EQ(drawn.queue_names, (std::vector<std::string>{"queue", "vision"}));
}

TEST(GeneratedArrivals, EndBeforeTheirLength) {
  EXPECT_EQ(times_in(drawn_from("constant:10/s", std::nullopt, 300'000'000)),
            (std::vector<std::int64_t>{100'000'000, 200'000'000}));
  EXPECT_EQ(drawn_from("constant:10/s", std::nullopt, 300'000'001).arrivals.size(), 3u);
  EXPECT_EQ(drawn_from("constant:10/s", 2, 300'000'001).arrivals.size(), 2u);
}

TEST(GeneratedArrivals, ThatEndTooEarlySaySo) {
  const std::string ramp = "ramp:10/s..0/s,over=1s,gaps=constant";
  EXPECT_EQ(drawn_from(ramp, 100).error,
            "found arrivals that end after 4 requests, expected --requests of at most that many, "
            "or --length");
  EXPECT_EQ(drawn_from(ramp, 4).error, "");
  EXPECT_EQ(drawn_from(ramp, std::nullopt, 60'000'000'000).arrivals.size(), 4u);
}

TEST(GeneratedArrivals, BeyondTimeAreRefused) {
  EXPECT_EQ(drawn_from("constant:0.001/h", 1000).error,
            "arrival 320 lies beyond 36 years of virtual time: expected fewer requests or a higher "
            "rate");
}

// Every kind, value for value: pinned here, and compared over compilers by scripts/digest_matrix.
TEST(GeneratedArrivals, AreTheSameForEver) {
  const auto digest_of = [](const std::string& spec) {
    ChainDigest chain;
    for (const Arrival& arrival : drawn_from(spec, 10'000).arrivals) {
      LineDigest line;
      line.pair(static_cast<std::uint64_t>(ns_of(arrival.time)), arrival.size);
      line.pair(raw(arrival.queue), raw(arrival.client) * 256 + arrival.priority);
      chain.fold(line);
    }
    return digest_text(chain.value());
  };
  EXPECT_EQ(digest_of("constant:7/ms"), "d75b4b00405d4554");
  EXPECT_EQ(digest_of("gamma:1000/s,cv=4"), "7de8c66dcfe8c3e8");
  EXPECT_EQ(digest_of("weibull:1000/s,cv=4"), "2d0b89ab33042d73");
  EXPECT_EQ(digest_of("onoff:2000/s,on=200ms,off=300ms,idle=10/s"), "cf84c47818a876a1");
  EXPECT_EQ(digest_of("ramp:100/s..900/s,over=10s,gaps=weibull,cv=0.5"), "150137b2ece2205b");
  EXPECT_EQ(digest_of("diurnal:1000/s,amplitude=0.9,period=4s,phase=1s"), "a4f1c732db89546d");
  EXPECT_EQ(digest_of("poisson:1/ms,size=geometric:4,queue=zipf:10:1.1,priority=0:9,1:1 + "
                      "poisson:1/ms,size=1..8,client=5,6"),
            "9e8a4ab525ca27ec");
}

}  // namespace
}  // namespace lockstep
