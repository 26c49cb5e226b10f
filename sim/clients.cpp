#include "sim/clients.h"

#include <string>
#include <utility>

#include "core/check.h"
#include "core/limits.h"

namespace lockstep {
namespace {

// Beyond it clients get nowhere: each is refused at once and sends again at once, say.
constexpr std::uint64_t kActsPerInstantMax = 2'000'000;

}  // namespace

// --- client ------------------------------------------------------------------------------------

SimTime Client::now() const {
  return clients_.now_;
}

void Client::think(SimDuration span) {
  LOCKSTEP_CHECK(span >= SimDuration{0} && ns_of(span) <= kMaxTimeNs);
  clients_.wake_at(now() + span, Clients::WakeKind::kClient, raw(id_));
  clients_.park(id_);
}

Ticket Client::send(const Call& call) {
  LOCKSTEP_CHECK(call.timeout >= SimDuration{0} && ns_of(call.timeout) <= kMaxTimeNs);
  const Ticket ticket{clients_.next_ticket_++};
  clients_.sent_.emplace(ticket.number, Clients::Sent{.call = call, .client = id_, .at = now()});
  clients_.actions_.push(Clients::Action{.ticket = ticket.number});
  if (call.timeout > SimDuration{0}) {
    clients_.wake_at(now() + call.timeout, Clients::WakeKind::kDeadline, ticket.number);
  }
  return ticket;
}

Answer Client::wait(Ticket ticket) {
  const auto found = clients_.sent_.find(ticket.number);
  LOCKSTEP_CHECK(found != clients_.sent_.end() && found->second.client == id_);
  Clients::Sent& sent = found->second;
  while (!sent.answered) {
    sent.awaited = true;
    clients_.park(id_);
  }
  const Answer answer = sent.answer;
  clients_.sent_.erase(found);
  return answer;
}

void Client::cancel(Ticket ticket) {
  const auto found = clients_.sent_.find(ticket.number);
  if (found != clients_.sent_.end() && !found->second.answered) {
    LOCKSTEP_CHECK(found->second.client == id_);
    clients_.give_up(found->second, Status::kCancelled);
  }
}

// --- clients -----------------------------------------------------------------------------------

Clients::Clients(std::uint64_t seed, EventSink* sink) : seed_(seed), sink_(sink) {}

Clients::~Clients() = default;

void Clients::add(ClientProgram program, SimTime start) {
  const ClientId id{clients_.size()};
  clients_.push_back(std::unique_ptr<Client>(
      new Client(*this, id, Prng(seed_, "client." + std::to_string(raw(id))))));
  fibers_.add([program = std::move(program), client = clients_.back().get()] { program(*client); });
  wake_at(start, WakeKind::kClient, raw(id));
}

std::size_t Clients::waiting_count() const {
  std::size_t count = 0;
  for (std::size_t client = 0; client < clients_.size(); ++client) {
    count += fibers_.ended(client) ? std::size_t{0} : std::size_t{1};
  }
  return count;
}

SimTime Clients::next() const {
  if (!actions_.empty()) {
    return now_;
  }
  return wakes_.empty() ? kForever : wakes_.top().time;
}

Result<void> Clients::act(Server& server) {
  acts_at_now_ = next() == now_ ? acts_at_now_ + 1 : 0;
  now_ = next();
  if (ns_of(now_) > kMaxTimeNs) {
    return bad_input(
        "found a client that acts after more than 36 years of virtual time, expected "
        "fewer requests or shorter waits");
  }
  if (acts_at_now_ > kActsPerInstantMax) {
    return bad_input("found clients that act without end at " + to_text(now_.time_since_epoch()) +
                     ", expected them to think before they send again");
  }
  if (!actions_.empty()) {
    const Action action = actions_.front();
    actions_.pop();
    perform(action, server);
    return {};
  }
  const Wake wake = wakes_.top();
  wakes_.pop();
  if (wake.kind == WakeKind::kClient) {
    fibers_.resume(wake.number);
  } else {
    pass_deadline(wake.number);
  }
  return {};
}

void Clients::perform(const Action& action, Server& server) {
  if (action.is_cancel) {
    if (server.requests().find(action.request)) {
      server.cancel(now_, action.request);
    }
    return;
  }
  const auto found = sent_.find(action.ticket);
  if (found == sent_.end() || found->second.answered) {
    return;  // cancelled before it was sent
  }
  Sent& sent = found->second;
  first_sent_ = server.totals().arrived == 0 ? now_ : first_sent_;
  last_sent_ = now_;
  sent.request = RequestId{server.totals().arrived};
  sent.arrived = true;
  ticket_of_.emplace(raw(sent.request), action.ticket);
  server.arrive(Arrival{.time = now_,
                        .timeout = sent.call.timeout,
                        .client = sent.client,
                        .queue = sent.call.queue,
                        .size = sent.call.size,
                        .priority = sent.call.priority});
}

void Clients::pass_deadline(std::uint64_t ticket) {
  const auto found = sent_.find(ticket);
  if (found != sent_.end() && !found->second.answered) {
    give_up(found->second, Status::kDeadlineExceeded);
  }
}

void Clients::give_up(Sent& sent, Status status) {
  if (sent.arrived) {
    ticket_of_.erase(raw(sent.request));
    if (status == Status::kCancelled || sent.call.cancels_on_timeout) {
      actions_.push(Action{.is_cancel = true, .request = sent.request});
    }
  }
  answer(sent, Answer{.status = status, .latency = now_ - sent.at, .gave_up = true});
}

void Clients::answer(Sent& sent, const Answer& answer) {
  sent.answered = true;
  sent.answer = answer;
  if (sent.awaited) {
    wake_at(sent.at + answer.latency, WakeKind::kClient, raw(sent.client));
  }
}

void Clients::wake_at(SimTime time, WakeKind kind, std::uint64_t number) {
  wakes_.push(Wake{.time = time, .sequence = next_sequence_++, .kind = kind, .number = number});
}

void Clients::park(ClientId client) {
  fibers_.park(raw(client));
}

// --- what the server says ----------------------------------------------------------------------

bool Clients::wants_journal() const {
  return sink_ != nullptr && sink_->wants_journal();
}

void Clients::journal(const JournalLine& line) {
  sink_->journal(line);
}

void Clients::requests_ended(const RequestsEnd& ends) {
  for (const Request* request : ends.requests) {
    const auto ticket = ticket_of_.find(raw(request->id));
    if (ticket == ticket_of_.end()) {
      continue;  // nobody waits for it any more
    }
    Sent& sent = sent_.at(ticket->second);
    answer(sent,
           Answer{.status = ends.status, .reason = ends.reason, .latency = ends.at - sent.at});
    ticket_of_.erase(ticket);
  }
  if (sink_ != nullptr) {
    sink_->requests_ended(ends);
  }
}

void Clients::batch_ended(const BatchRecord& batch) {
  if (sink_ != nullptr) {
    sink_->batch_ended(batch);
  }
}

void Clients::request_unanswered(const Request& request) {
  if (sink_ != nullptr) {
    sink_->request_unanswered(request);
  }
}

}  // namespace lockstep
