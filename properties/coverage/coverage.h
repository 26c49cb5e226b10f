// What a campaign has seen: for each scheduler, in how many cases each mark was on.
//
// A catalogue of marks with minimums says what it must see (required_marks()): a campaign that
// misses one was too tame, and fails with its name. Integers; the same whatever the order of cases
// and of merges, so any number of jobs gives one table.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "properties/coverage/marks.h"

namespace lockstep {

// Of the columns of RequiredMark::least.
inline constexpr std::array<std::string_view, 6> kRequiringSchedulers = {
    "tf-shared", "tf-adaptive", "tf-serial-device", "tf-streaming", "tf-jit", "naive-full-batch"};

struct RequiredMark {
  std::string_view mark;
  std::array<std::uint32_t, kRequiringSchedulers.size()> least;  // of 10,000 cases of each; 0: none
};

// In the order of marks: one explicit list, in required_marks.cpp.
[[nodiscard]] std::span<const RequiredMark> required_marks();

class Coverage {
 public:
  void observe(const Case& value, const RunRecord& run);
  // A case whose configuration its scheduler refused.
  void observe_refused(const Case& value);
  void merge(const Coverage& other);

  [[nodiscard]] std::uint64_t case_count(std::string_view scheduler) const;
  [[nodiscard]] std::uint64_t count(std::string_view scheduler, std::size_t mark) const;

  // Numbers and names separated by spaces, and back: between processes of one campaign.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static Result<Coverage> from_text(const std::string& text);

  // "tf-jit: end evicted in 3 of 16,000 cases, expected 160 or more": one line each, of schedulers
  // that were run. Minimums shrink with the cases, and are asked of 1,000 or more.
  [[nodiscard]] std::vector<std::string> missing() const;
  // Marks, one line each, and a column for each scheduler; those nobody showed are left out.
  [[nodiscard]] std::string table() const;

 private:
  struct Counts {
    std::uint64_t cases = 0;
    std::array<std::uint64_t, kMarkCount> marks{};
  };
  Counts& counts_of(const std::string& scheduler);

  std::map<std::string, Counts, std::less<>> counts_;
};

}  // namespace lockstep
