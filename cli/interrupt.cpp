#include "cli/interrupt.h"

#include <csignal>

namespace lockstep {
namespace {

volatile std::sig_atomic_t interrupted = 0;

extern "C" void note_interrupt(int /*signal*/) {
  interrupted = 1;
}

Error nothing_kept() {
  return Error{Errc::kInterrupted, "interrupted; nothing was kept"};
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
  return was_interrupted() ? tl::unexpected(nothing_kept()) : source_.read(out);
}

Result<void> InterruptibleOutside::act(Server& server) {
  return was_interrupted() ? tl::unexpected(nothing_kept()) : outside_.act(server);
}

}  // namespace lockstep
