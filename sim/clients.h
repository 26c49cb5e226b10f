// Closed-loop clients: programs in blocking style, each a fiber on the virtual clock.
//
//   Clients clients(seed, sink);
//   for (int i = 0; i < 10; ++i) {
//     clients.add([](Client& client) {
//       for (int round = 0; round < 100; ++round) {
//         const Answer answer = client.call({.size = 4, .timeout = 50ms});
//         client.think(answer.ok() ? 2ms : 10ms);
//       }
//     });
//   }
//   Server server(std::move(scheduler), options, &clients);
//   simulate(simulation_options, clients, server);
//
// Rules:
// 1. A client acts at the instant at which it is woken, after the completions and timers of that
//    instant; clients that act at one instant take turns in the order in which that was decided:
//    one whose pause was known to end then goes before one that is answered then.
// 2. An answer at exactly the client's deadline is in time. After it the client gives up: its
//    status is DEADLINE_EXCEEDED, the server is told to cancel (it may be too late), and what comes
//    later is discarded. The server sees the deadline as the arrival's time-out, too.
// 3. A client that waits for an answer that never comes waits for ever; the run ends without it.
// 4. Random numbers of client k come from its own stream "client.k": one that draws more moves no
//    other.
// Single-threaded. Programs must not keep references to their Client beyond their own end, must let
// exceptions that they do not know pass, and do not wait on the real clock (a failed check).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <vector>

#include "core/event_log.h"
#include "core/prng.h"
#include "core/status.h"
#include "sim/outside.h"
#include "sim/virtual_fibers.h"

namespace lockstep {

// What a client sends.
struct Call {
  std::uint32_t size = 1;  // rows
  QueueId queue{0};
  std::uint8_t priority = 0;
  SimDuration timeout{0};          // 0: waits for ever
  bool cancels_on_timeout = true;  // else the server goes on with a request that nobody waits for
};

struct Answer {
  Status status = Status::kOk;
  Reason reason = Reason::kNone;  // of the server; kNone when the client gave up
  SimDuration latency{0};         // from sending it to the answer, or to giving up
  bool gave_up = false;           // the client's own time-out, or its cancel
  [[nodiscard]] bool ok() const { return status == Status::kOk; }
};

// A request that was sent and not yet waited for.
struct Ticket {
  std::uint64_t number = 0;
};

class Clients;

// What a program sees of itself. All functions are called from its own program only.
class Client {
 public:
  [[nodiscard]] ClientId id() const { return id_; }
  [[nodiscard]] SimTime now() const;
  [[nodiscard]] Prng& random() { return random_; }

  // Returns `span` later. Requires: span >= 0.
  void think(SimDuration span);
  // Sends it and returns with its answer.
  Answer call(const Call& call) { return wait(send(call)); }
  // Sends it and goes on.
  [[nodiscard]] Ticket send(const Call& call);
  // Returns with its answer, which may have come before. Once per ticket (checked); an answer that
  // nobody waits for is kept until the end of the run.
  Answer wait(Ticket ticket);
  // No longer wanted: the server is told, and wait() returns CANCELLED at once, unless the answer
  // has come already. No effect on one that has been waited for.
  void cancel(Ticket ticket);

 private:
  friend class Clients;
  friend class Slots;
  Client(Clients& clients, ClientId id, Prng random)
      : clients_(clients), id_(id), random_(random) {}

  Clients& clients_;
  ClientId id_;
  Prng random_;
};

using ClientProgram = std::function<void(Client&)>;

class Clients final : public Outside, public EventSink {
 public:
  // `sink` hears what the server says as well; nullptr or outlives this.
  Clients(std::uint64_t seed, EventSink* sink);
  ~Clients() override;

  // One more client, which begins at `start`. Before the run begins.
  void add(ClientProgram program, SimTime start = SimTime{});
  [[nodiscard]] std::size_t count() const { return clients_.size(); }
  // Clients whose program has not ended: they wait for an answer or for a slot.
  [[nodiscard]] std::size_t waiting_count() const;

  // From the first request that was sent to the last.
  [[nodiscard]] SimDuration sending_span() const { return last_sent_ - first_sent_; }

  [[nodiscard]] SimTime next() const override;
  // Errors: an arrival beyond kMaxTimeNs; clients that act without end at one instant.
  [[nodiscard]] Result<void> act(Server& server) override;

  [[nodiscard]] bool wants_journal() const override;
  void journal(const JournalLine& line) override;
  void requests_ended(const RequestsEnd& ends) override;
  void batch_ended(const BatchRecord& batch) override;
  void request_unanswered(const Request& request) override;

 private:
  friend class Client;
  friend class Slots;

  enum class WakeKind : std::uint8_t { kClient, kDeadline };
  struct Wake {
    SimTime time{};
    std::uint64_t sequence = 0;
    WakeKind kind = WakeKind::kClient;
    std::uint64_t number = 0;  // of the client or the ticket
  };
  struct Later {
    bool operator()(const Wake& a, const Wake& b) const {
      return a.time != b.time ? a.time > b.time : a.sequence > b.sequence;
    }
  };
  struct Sent {
    Call call;
    ClientId client{0};
    SimTime at{};
    RequestId request{0};
    bool arrived = false;  // at the server
    bool answered = false;
    bool awaited = false;  // its client is parked in wait()
    Answer answer{};
  };
  struct Action {
    bool is_cancel = false;
    std::uint64_t ticket = 0;  // of a send
    RequestId request{0};      // of a cancel
  };

  void wake_at(SimTime time, WakeKind kind, std::uint64_t number);
  void park(ClientId client);
  void perform(const Action& action, Server& server);
  void pass_deadline(std::uint64_t ticket);
  void give_up(Sent& sent, Status status);
  void answer(Sent& sent, const Answer& answer);

  std::uint64_t seed_;
  EventSink* sink_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::map<std::uint64_t, Sent> sent_;                // by ticket, until it was waited for
  std::map<std::uint64_t, std::uint64_t> ticket_of_;  // by request, while somebody may wait
  std::priority_queue<Wake, std::vector<Wake>, Later> wakes_;
  std::queue<Action> actions_;  // at now_, in order
  std::uint64_t next_ticket_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t acts_at_now_ = 0;
  SimTime now_{};
  SimTime first_sent_{};
  SimTime last_sent_{};
  VirtualFibers fibers_;  // last: unwound first, while the rest is alive
};

}  // namespace lockstep
