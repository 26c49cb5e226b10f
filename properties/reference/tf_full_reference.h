// A second, slow model of TF-Serving's shared scheduler with all its options, for tests.
//
// Written from the rules (TF 1.1, 1.2, 2.0 to 2.11, 2.17) without a look at the scheduler. It keeps
// the waiting tasks of each queue in order and works out everything else from them at every event;
// shares nothing with core/schedulers but the option values. Integer arithmetic only.
//
// Where the rules leave a choice, it reads them so:
// - polling is ideal (TF 2.5): after every event, and at every instant at which something may
// become
//   due, idle lanes ask until nobody yields anything and nothing moved;
// - rank_queues asks the best-ranked queue only: one that yields nothing hides the others (TF 2.4);
// - an empty batch goes to no lane (TF 2.17 item 11): one that filtering emptied ends the turn like
//   any other, one that the padding policy left empty is none;
// - a request ends once: an evicted or expired piece takes the waiting rest of its request along,
// and
//   rows leave in order, whichever piece stands for them (TF 2.6, 2.11);
// - merge cuts a low-priority request as TF 2.6 cuts any: all pieces but the first go back
// (TF 2.7);
// - the start of a trimmed rest is worked out on a clock that counts whole microseconds (TF 2.8);
// - a failed batch is no measurement of its size (TF 2.8);
// - low-priority allowed sizes belong to the two classes, which a priority-aware queue lacks
// (TF 2.9);
// - `opened` of a batch is the start that its time-out counts from (TF 2.2, 2.7, 2.8), the arrival
// of
//   the first for low-priority ones alone, the earliest arrival among its members for the
//   priority-aware queue.
// Owner: the caller; one call, one run.
#pragma once

#include "properties/reference/tf_full_marks.h"
#include "properties/reference/tf_full_script.h"

namespace lockstep::full_reference {

// Plays `script` to its end. Adds what it reached to `marks`.
[[nodiscard]] Log run_reference(const Script& script, Marks& marks);

// A part of the message that refuses `options`; empty if they are accepted (TF 1.1, 1.2).
[[nodiscard]] std::string expected_options_error(const TfSharedOptions& options);

}  // namespace lockstep::full_reference
