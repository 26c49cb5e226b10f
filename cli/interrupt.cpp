#include "cli/interrupt.h"

#include <csignal>

namespace lockstep {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void note_interrupt(int /*signal*/) {
  interrupted = 1;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = &note_interrupt;
  // Once; and a read that waits for a pipe ends, which SA_RESTART would prevent.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  // A closed terminal, unless the program was started to outlive it (nohup).
  struct sigaction before = {};
  if (::sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) {
    ::sigaction(SIGHUP, &action, nullptr);
  }
  std::signal(SIGXFSZ, SIG_IGN);
}

bool was_interrupted() {
  return interrupted != 0;
}

Result<std::size_t> InterruptibleArrivals::read(std::span<Arrival> out) {
  if (was_interrupted()) {
    return tl::unexpected(Error{Errc::kInterrupted, "interrupted; nothing was kept"});
  }
  return source_.read(out);
}

}  // namespace lockstep
