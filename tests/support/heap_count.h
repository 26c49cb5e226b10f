// Counts what a program takes from the heap by operator new, wherever it is called.
//
// A program that has heap_count.cpp among its sources has its operators replaced. Aligned ones keep
// their own: nothing here is over-aligned. Under a sanitizer, which has an allocator of its own,
// nothing that is counted means anything.
#pragma once

#include <cstdint>

namespace lockstep::testing {

// From now on from 0.
void start_heap_count();
// No more; how many there were.
[[nodiscard]] std::uint64_t stop_heap_count();

}  // namespace lockstep::testing
