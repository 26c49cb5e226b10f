// What FakeCuda's handles point to. For its own sources.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "tests/support/fake_cuda.h"

namespace lockstep::testing {

struct FakeCuda::Operation {
  SimDuration span{0};
  SimTime enqueued{};
  std::function<void()> run;
  Event* event = nullptr;
  bool pending = false;  // the event counts as not complete since the call
  Exec* ends = nullptr;  // its last operation
  bool is_model = false;
};
struct FakeCuda::Stream {
  std::uint32_t device = 0;
  bool alive = true;
  bool capturing = false;
  std::vector<Operation> captured;
  std::deque<Operation> queue;
  SimTime free_at{};
};
struct FakeCuda::Event {
  std::uint32_t device = 0;
  bool alive = true;
  bool timing = false;
  bool recorded = false;
  std::uint32_t pending = 0;
  SimDuration at{0};  // by the device's clock
};
struct FakeCuda::Graph {
  std::uint32_t device = 0;
  bool alive = true;
  std::vector<Operation> operations;
};
struct FakeCuda::Exec {
  std::uint32_t device = 0;
  bool alive = true;
  std::uint32_t running = 0;
  std::vector<Operation> operations;
};
struct FakeCuda::Memory {
  std::uint32_t device = 0;
  bool alive = true;
  bool on_device = false;
  Pool* pool = nullptr;
  std::vector<std::byte> bytes;
};
struct FakeCuda::Pool {
  std::uint32_t device = 0;
  bool alive = true;
};

}  // namespace lockstep::testing
