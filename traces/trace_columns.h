// Which columns of our own trace CSV a source of arrivals may set, besides arrival_ns.
#pragma once

namespace lockstep {

struct TraceColumns {
  bool queue = false;
  bool size = false;
  bool priority = false;
  bool timeout = false;
  bool client = false;
};

}  // namespace lockstep
