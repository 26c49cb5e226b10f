#include "reports/exact_latencies.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string>
#include <system_error>

#include "core/check.h"

namespace lockstep {
namespace {

constexpr unsigned kDigitBits = 16;
constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
constexpr std::size_t kReadValues = 8192;  // 64 KiB

// One rank on its way: which value it has in the digits read so far, and how many-th it is among
// the values that begin so.
struct Search {
  std::uint64_t prefix = 0;
  std::uint64_t rank = 0;
};

// Counts the next digit of the values, apart for each prefix that a search follows.
class DigitCounts {
 public:
  DigitCounts(std::span<const Search> searches, unsigned shift) : shift_(shift) {
    for (const Search& search : searches) {
      prefixes_.push_back(search.prefix);
    }
    std::sort(prefixes_.begin(), prefixes_.end());
    prefixes_.erase(std::unique(prefixes_.begin(), prefixes_.end()), prefixes_.end());
    counts_.resize(prefixes_.size() * kDigits);
  }

  void add(std::span<const std::int64_t> values) {
    for (const std::int64_t value : values) {
      const std::uint64_t shifted = static_cast<std::uint64_t>(value) >> shift_;
      const std::size_t place = place_of(shifted >> kDigitBits);
      if (place < prefixes_.size()) {
        ++counts_[place * kDigits + (shifted & (kDigits - 1))];
      }
    }
  }

  [[nodiscard]] Search narrowed(const Search& search) const {
    const std::uint64_t* const counts = &counts_[place_of(search.prefix) * kDigits];
    std::uint64_t rank = search.rank;
    std::size_t digit = 0;
    while (digit + 1 < kDigits && counts[digit] < rank) {
      rank -= counts[digit];
      ++digit;
    }
    LOCKSTEP_CHECK(rank <= counts[digit]);
    return Search{.prefix = (search.prefix << kDigitBits) | digit, .rank = rank};
  }

 private:
  // Few prefixes: as many as ranks. prefixes_.size() when nobody follows this one.
  [[nodiscard]] std::size_t place_of(std::uint64_t prefix) const {
    std::size_t place = 0;
    while (place < prefixes_.size() && prefixes_[place] != prefix) {
      ++place;
    }
    return place;
  }

  unsigned shift_;
  std::vector<std::uint64_t> prefixes_;
  std::vector<std::uint64_t> counts_;  // kDigits of each prefix
};

}  // namespace

ExactLatencies::ExactLatencies(std::size_t block_values) : block_values_(block_values) {
  LOCKSTEP_CHECK(block_values > 0);
}

// Reserved as a whole with the first value: pages are touched as they fill, and nothing is copied.
void ExactLatencies::make_room() {
  if (room_ == 0) {
    room_ = block_values_;
    block_.reserve(block_values_);
    return;
  }
  if (!failure_) {
    write_block();
  }
  filed_count_ += block_.size();
  block_.clear();
}

void ExactLatencies::write_block() {
  errno = 0;
  if (file_ == nullptr) {
    file_.reset(std::tmpfile());
    if (file_ == nullptr) {
      fail("create");
      return;
    }
    // The block is the only buffer, so that an error is seen where it happens.
    std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  }
  if (std::fwrite(block_.data(), sizeof(std::int64_t), block_.size(), file_.get()) !=
      block_.size()) {
    fail("write");
  }
}

// The file goes with its values: a disk that is full gets its room back.
void ExactLatencies::fail(const char* what) {
  const int code = errno != 0 ? errno : EIO;
  failure_ = Error{Errc::kIo, std::string("the temporary file of latencies: cannot ") + what +
                                  " it: " + std::generic_category().message(code)};
  file_.reset();
}

bool ExactLatencies::read_all(const std::function<void(Values)>& visit) {
  errno = 0;
  bool good = std::fseek(file_.get(), 0, SEEK_SET) == 0;
  std::vector<std::int64_t> buffer(kReadValues);
  std::uint64_t left = filed_count_;
  while (good && left > 0) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, kReadValues));
    good = std::fread(buffer.data(), sizeof(std::int64_t), count, file_.get()) == count;
    if (good) {
      visit(Values(buffer.data(), count));
      left -= count;
    }
  }
  // Also what the C library wants between reading and writing.
  if (!good || std::fseek(file_.get(), 0, SEEK_END) != 0) {
    fail("read");
    return false;
  }
  visit(block_);
  return true;
}

std::vector<std::int64_t> ExactLatencies::select_in_block(std::span<const std::uint64_t> ranks) {
  std::vector<std::int64_t> found;
  found.reserve(ranks.size());
  for (const std::uint64_t rank : ranks) {
    const auto nth = block_.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(block_.begin(), nth, block_.end());
    found.push_back(*nth);
  }
  return found;
}

Result<std::vector<std::int64_t>> ExactLatencies::at_ranks(std::span<const std::uint64_t> ranks) {
  for (const std::uint64_t rank : ranks) {
    LOCKSTEP_CHECK(rank > 0 && rank <= count());
  }
  if (failure_) {
    return tl::unexpected(*failure_);
  }
  if (filed_count_ == 0) {
    return select_in_block(ranks);
  }
  std::vector<Search> searches;
  for (const std::uint64_t rank : ranks) {
    searches.push_back(Search{.prefix = 0, .rank = rank});
  }
  // All values 0 still take one pass.
  unsigned digits_left =
      std::max((static_cast<unsigned>(std::bit_width(bits_)) + kDigitBits - 1) / kDigitBits, 1u);
  while (digits_left > 0) {
    --digits_left;
    DigitCounts counts(searches, digits_left * kDigitBits);
    if (!read_all([&counts](Values values) { counts.add(values); })) {
      return tl::unexpected(*failure_);
    }
    for (Search& search : searches) {
      search = counts.narrowed(search);
    }
  }
  std::vector<std::int64_t> found;
  found.reserve(searches.size());
  for (const Search& search : searches) {
    found.push_back(static_cast<std::int64_t>(search.prefix));
  }
  return found;
}

}  // namespace lockstep
