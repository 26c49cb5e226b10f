// What a run tells the outside: journal lines, ended requests, ended batches.
//
// The log is the hinge of the layers: simulation and live driver write it, reports and checkers
// only read it, so a real run is judged by exactly the code that judges a simulated one. Calls come
// in decision order, from the thread that feeds the server.
#pragma once

#include <span>

#include "core/batch.h"
#include "core/journal.h"
#include "core/request.h"

namespace lockstep {

// One ended request. References are valid during the call only.
struct RequestEnd {
  const Request& request;
  const BatchRecord* batch;  // its last batch; nullptr if it never was in one (refused)
  SimTime at;                // when it was answered
  Status status;
  Reason reason;
};

// Requests that ended at one moment for one reason with one status: most of a batch at once.
struct RequestsEnd {
  std::span<const Request* const> requests;  // in batch order
  const BatchRecord* batch;
  SimTime at;
  Status status;
  Reason reason;
};

class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;

  // Lines are built only for sinks that say true here (asked once, when the server is made).
  [[nodiscard]] virtual bool wants_journal() const { return false; }
  virtual void journal(const JournalLine& /*line*/) {}
  virtual void request_ended(const RequestEnd& /*end*/) {}
  // What the server calls. A listener that counts millions of requests overrides it and pays one
  // call a batch; for the others it comes as one request_ended each, in order.
  virtual void requests_ended(const RequestsEnd& ends) {
    for (const Request* request : ends.requests) {
      request_ended(RequestEnd{*request, ends.batch, ends.at, ends.status, ends.reason});
    }
  }
  // The batch finished on its lane; its members' request_ended calls follow.
  virtual void batch_ended(const BatchRecord& /*batch*/) {}
  // At the end of the run: accepted, and no answer will ever come. In order of RequestId.
  virtual void request_unanswered(const Request& /*request*/) {}
};

}  // namespace lockstep
