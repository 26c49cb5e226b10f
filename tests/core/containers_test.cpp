#include <deque>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "core/deadline_heap.h"
#include "core/index_set.h"
#include "core/prng.h"
#include "core/ring.h"

namespace lockstep {
namespace {

TEST(Ring, BehavesLikeADequeThroughGrowthAndWrapping) {
  Ring<int> ring;
  std::deque<int> model;
  Prng prng(1, "ring");
  for (int step = 0; step < 20'000; ++step) {
    if (prng.below(5) < 3) {
      ring.push_back(step);
      model.push_back(step);
    } else if (!model.empty()) {
      const std::size_t count = 1 + prng.below(std::min<std::size_t>(model.size(), 7));
      ring.pop_front(count);
      model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
    }
    ASSERT_EQ(ring.size(), model.size());
    const auto [first, second] = ring.front_range(model.size());
    std::vector<int> joined(first.begin(), first.end());
    joined.insert(joined.end(), second.begin(), second.end());
    ASSERT_TRUE(std::equal(joined.begin(), joined.end(), model.begin(), model.end()));
  }
}

TEST(IndexSet, FindsTheLowestAndTheNextInTurn) {
  IndexSet set;
  set.resize(200);
  std::set<std::uint32_t> model;
  Prng prng(2, "set");
  for (int step = 0; step < 20'000; ++step) {
    const auto index = static_cast<std::uint32_t>(prng.below(200));
    if (prng.below(3) == 0) {
      set.insert(index);
      model.insert(index);
    } else {
      set.erase(index);
      model.erase(index);
    }
    ASSERT_EQ(set.count(), model.size());
    ASSERT_EQ(set.lowest(), model.empty() ? IndexSet::kNone : *model.begin());
    if (!model.empty()) {
      const auto from = static_cast<std::uint32_t>(prng.below(200));
      const auto above = model.lower_bound(from);
      ASSERT_EQ(set.next_cyclic(from), above == model.end() ? *model.begin() : *above);
    }
  }
}

TEST(DeadlineHeap, KeepsTheEarliestAndBreaksTiesByIndex) {
  DeadlineHeap heap;
  heap.resize(50);
  std::map<std::uint32_t, SimTime> model;
  Prng prng(3, "heap");
  for (int step = 0; step < 50'000; ++step) {
    const auto index = static_cast<std::uint32_t>(prng.below(50));
    if (model.contains(index) || prng.below(3) == 0) {
      heap.clear(index);
      model.erase(index);
    } else {
      const SimTime time = at_ns(static_cast<std::int64_t>(prng.below(30)));
      heap.set(index, time);
      model.emplace(index, time);
    }
    ASSERT_EQ(heap.empty(), model.empty());
    if (!model.empty()) {
      const auto best =
          std::min_element(model.begin(), model.end(),
                           [](const auto& a, const auto& b) { return a.second < b.second; });
      ASSERT_EQ(heap.earliest(), best->second);
      ASSERT_EQ(heap.earliest_index(), best->first);
    }
  }
}

}  // namespace
}  // namespace lockstep
