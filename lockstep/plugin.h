// The C interface of a scheduler of one's own, as a shared library: `lockstep replay --plugin LIB`.
//
// A library exports one function, lockstep_plugin(), which describes its scheduler and how to make
// one. Everything is plain C data: no C++ type, no exception and no memory crosses the border.
// <lockstep/plugin.hpp> is a C++ wrapper around it; docs/plugins.md has examples.
//
// The contract is that of Lockstep's own schedulers: one input with its time goes in, decisions
// come out through the functions of lockstep_output, in the order in which they are called.
//  1. An arrival that is not finished in its step is accepted; each accepted request ends once: by
//     finish(), or when the batch of its last rows is finished by finish_batch().
//  2. start() names a lane that is up and idle, the next batch number (from 0), and pieces of live
//     requests of one queue, each of which continues where the request's last piece ended.
//  3. A batch started with `sealed` 0 grows by add() until seal(), and is executed only then.
//  4. wake() replaces the wake-up asked for before; LOCKSTEP_NEVER means none.
//  5. LOCKSTEP_BATCH_DONE is answered with finish_batch(); its lane is idle again in the same step.
//  6. From LOCKSTEP_LANE_DOWN to LOCKSTEP_LANE_UP nothing starts on that lane. A batch that fills
//     there is sealed in the step of LOCKSTEP_LANE_DOWN.
//  7. No clock, no randomness but from `seed`, no file, no thread: the same inputs give the same
//     decisions. Each instance is called from one thread, and several may exist at once.
// Whoever breaks a rule ends the run with a message that names the decision.
//
// Times are nanoseconds of virtual time from 0. Texts are UTF-8 that ends with a zero byte. What
// the host passes is valid during the call only; what lockstep_plugin() returns, as long as the
// library is loaded.
//
// Versions: a library built for another LOCKSTEP_PLUGIN_ABI is refused. Within one, structures with
// a `size` only grow at their ends, those without never change, and `reserved` fields may get a
// meaning for values other than 0. So whoever fills a structure sets `size` to its sizeof and all
// that it does not use to 0, and reads only what lies within the `size` that it is given.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LOCKSTEP_PLUGIN_ABI 1u
#define LOCKSTEP_NEVER INT64_MAX
#define LOCKSTEP_UNSET INT64_MIN
#define LOCKSTEP_EXPORT __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

enum lockstep_input_kind {
  LOCKSTEP_ARRIVE = 0,       // request, queue, rows, priority, timeout_ns, client
  LOCKSTEP_TIMER = 1,        // the wake-up that was asked for, at its time or later
  LOCKSTEP_BATCH_DONE = 3,   // batch, lane, queue, status, device_time_ns, device_pending
  LOCKSTEP_CANCEL = 4,       // request, queue; without finish() in this step it is too late
  LOCKSTEP_CLOSE_QUEUE = 5,  // queue: no more arrivals; drain what is there
  LOCKSTEP_LANE_UP = 6,      // lane: it is idle
  LOCKSTEP_LANE_DOWN = 7     // lane, status: UNAVAILABLE may come back, INTERNAL never does
};

enum lockstep_status {  // how a request or a batch ended
  LOCKSTEP_OK = 0,
  LOCKSTEP_CANCELLED = 1,
  LOCKSTEP_INVALID_ARGUMENT = 2,
  LOCKSTEP_DEADLINE_EXCEEDED = 3,
  LOCKSTEP_RESOURCE_EXHAUSTED = 4,
  LOCKSTEP_FAILED_PRECONDITION = 5,
  LOCKSTEP_INTERNAL = 6,
  LOCKSTEP_UNAVAILABLE = 7
};

enum lockstep_reason {  // why a batch was due, or a request ended
  LOCKSTEP_REASON_NONE = 0,
  LOCKSTEP_REASON_FULL = 1,        // batch: its rows reached the limit
  LOCKSTEP_REASON_TIMEOUT = 2,     // batch: the time-out since its first request passed
  LOCKSTEP_REASON_GREEDY = 3,      // batch: due as soon as it held anything
  LOCKSTEP_REASON_OVERFLOW = 4,    // batch: closed because the next request did not fit
  LOCKSTEP_REASON_FLUSH = 5,       // batch: its queue was closed
  LOCKSTEP_REASON_ANSWERED = 6,    // request: its batch finished
  LOCKSTEP_REASON_QUEUE_FULL = 7,  // request: refused, no capacity
  LOCKSTEP_REASON_TOO_LARGE = 8,   // request: refused, larger than a batch may be
  LOCKSTEP_REASON_BATCH_FAILED = 9,
  LOCKSTEP_REASON_EVICTED = 13,    // request: a more important one took its place
  LOCKSTEP_REASON_EXPIRED = 14,    // request: its own deadline had passed
  LOCKSTEP_REASON_CANCELLED = 15,  // request: its client no longer wanted it
  LOCKSTEP_REASON_OUT_OF_MEMORY = 20,
  LOCKSTEP_REASON_DEVICE_LOST = 21,
  LOCKSTEP_REASON_WATCHDOG = 22
};

// What a scheduler claims, as bits; checkers hold it to these and to nothing else.
#define LOCKSTEP_PROMISES_FIFO_PER_QUEUE 1u     // in a queue, requests leave in arrival order
#define LOCKSTEP_PROMISES_WORK_CONSERVING 2u    // no lane idles while a batch is due
#define LOCKSTEP_PROMISES_TIMEOUT_BOUND 4u      // with an idle lane nobody waits past the time-out
#define LOCKSTEP_PROMISES_STARVATION_FREE 8u    // accepted requests end when arrivals stop
#define LOCKSTEP_PROMISES_CANCELLABLE 16u       // a cancel before dispatch is honoured
#define LOCKSTEP_PROMISES_DRAINS_ON_CLOSE 32u   // closing a queue flushes it at once
#define LOCKSTEP_PROMISES_REPLIES_IN_ORDER 64u  // of one queue, answers leave in arrival order
// The others read options by the names that TensorFlow Serving gives them: max_batch_size,
// batch_timeout_micros, max_enqueued_batches; and queue_weights, SIZES, of queue i the one at place
// i modulo their number ("" or absent: equal ones). A batch is due when what waits fills it, when
// its first request has waited for the time-out, or when its queue is closed and drains.
#define LOCKSTEP_PROMISES_WAITS_FOR_TIMEOUT 128u  // a batch with room left waits until it is due
#define LOCKSTEP_PROMISES_FILLS_BATCHES 256u      // with FIFO: the next in line would not fit
#define LOCKSTEP_PROMISES_TAKES_TURNS 512u        // no queue is served twice while another is due
#define LOCKSTEP_PROMISES_SHARES_BY_WEIGHT 1024u  // while two queues are due, rows by weight
#define LOCKSTEP_PROMISES_ISOLATES_QUEUES 2048u   // not full while its own rows fit one batch
#define LOCKSTEP_PROMISES_STRICT_PRIORITY 4096u   // in a queue, 4 before 3 and so on; 0 counts as 3
#define LOCKSTEP_PROMISES_QUEUE_WAIT_BOUND \
  8192u                                         // a queue alone: the batches ahead, or the time-out
#define LOCKSTEP_PROMISES_LATENCY_BOUND 16384u  // the bound of `lockstep bound`
// What it needs, as bits.
#define LOCKSTEP_NEEDS_DEVICE_PENDING 1u  // batch-done tells how many batches are on the device
#define LOCKSTEP_NEEDS_EMPTY_REQUESTS 2u  // requests of no rows, which the host refuses otherwise

enum lockstep_option_type {
  LOCKSTEP_INTEGER = 0,
  LOCKSTEP_FLAG = 1,    // "true" or "false"
  LOCKSTEP_SIZES = 3,   // "8,16,32", or ""
  LOCKSTEP_DECIMAL = 4  // "2.5": at most 9 digits after the point
};

typedef struct lockstep_option {
  const char* name;          // a-z, 0-9 and _, as in --set NAME=VALUE
  const char* default_text;  // a value of its type
  const char* unit;          // "rows", "us"; NULL or "": none
  const char* help;          // one line; NULL or "": none
  uint32_t type;             // lockstep_option_type
  uint32_t reserved32;
  const void* reserved[2];
} lockstep_option;

typedef struct lockstep_value {
  const char* name;
  const char* text;  // canonical: "16", "true", "8,16", "2.5"
  int64_t number;    // INTEGER: the value; FLAG: 0 or 1; DECIMAL: in units of 10^-9; SIZES: 0
} lockstep_value;

typedef struct lockstep_config {
  uint32_t size;
  uint32_t lane_count;           // lanes 0 to lane_count - 1, idle and up at first
  uint64_t seed;                 // for a scheduler that draws
  const lockstep_value* values;  // one for each option, in the order of the options
  uint64_t value_count;
} lockstep_config;

// Fields that a kind does not use are 0.
typedef struct lockstep_input {
  uint32_t size;
  uint32_t kind;      // lockstep_input_kind; ignore one that you do not know
  int64_t now_ns;     // does not decrease
  uint64_t sequence;  // number of the input, from 0
  uint64_t request;   // number of the request, in order of arrival from 0
  uint64_t batch;
  uint64_t client;     // 0: unknown
  int64_t timeout_ns;  // the client's own deadline after its arrival; 0: none
  int64_t device_time_ns;
  int64_t device_pending;
  uint32_t queue;  // one per model, from 0
  uint32_t lane;
  uint32_t rows;
  uint32_t priority;  // 0 to 255
  uint32_t status;    // lockstep_status
  uint32_t reserved32;
} lockstep_input;

// Rows first_row to first_row + rows - 1 of a request.
typedef struct lockstep_piece {
  uint64_t request;
  uint32_t first_row;
  uint32_t rows;
} lockstep_piece;

typedef struct lockstep_start {
  uint32_t size;
  uint32_t lane;
  uint64_t batch;
  uint32_t queue;
  uint32_t sealed;       // 1: executed at once; 0: add() and seal() follow
  int64_t opened_ns;     // when its first request joined; LOCKSTEP_UNSET: the earliest arrival
  int64_t due_ns;        // when it could have left, had a lane been free; LOCKSTEP_UNSET: now
  uint32_t padded_rows;  // rows to execute, if more than the pieces have; else 0
  uint32_t reason;       // lockstep_reason
  const lockstep_piece* pieces;  // in batch order
  uint64_t piece_count;
} lockstep_start;

// Where decisions go. Pass `host` back as it is; valid during step() only.
typedef struct lockstep_output {
  uint32_t size;
  uint32_t reserved32;
  void* host;
  void (*start)(void* host, const lockstep_start* start);
  void (*add)(void* host, uint64_t batch, const lockstep_piece* pieces, uint64_t piece_count);
  void (*seal)(void* host, uint64_t batch, uint32_t padded_rows, uint32_t reason);
  void (*finish)(void* host, uint64_t request, uint32_t status, uint32_t reason);
  void (*finish_batch)(void* host, uint64_t batch, uint32_t status, uint32_t reason);
  void (*wake)(void* host, int64_t at_ns);
  // The scheduler found a fault of its own: the run ends with this text.
  void (*fail)(void* host, const char* text);
} lockstep_output;

typedef struct lockstep_counters {
  uint32_t size;
  uint32_t reserved32;
  uint64_t enqueued_requests;  // waiting; those on lanes excluded
  uint64_t enqueued_rows;
  uint64_t enqueued_batches;
} lockstep_counters;

// One scheduler: the plug-in's own structure.
typedef struct lockstep_scheduler lockstep_scheduler;

typedef struct lockstep_plugin_info {
  uint32_t abi;      // LOCKSTEP_PLUGIN_ABI
  uint32_t size;     // sizeof(lockstep_plugin_info)
  const char* name;  // a-z, 0-9 and -; none of `lockstep list schedulers`
  const char* goal;  // one line
  const lockstep_option* options;
  uint64_t option_count;
  const char* lane_option;   // the INTEGER option whose value is the number of lanes
  const char* batch_option;  // the INTEGER option whose value caps the rows of one batch
  uint64_t promises;
  uint64_t needs;
  // NULL: not with this config, and `error`, of `error_size` bytes, says why in one line.
  lockstep_scheduler* (*create)(const lockstep_config* config, char* error, size_t error_size);
  void (*destroy)(lockstep_scheduler* scheduler);
  void (*step)(lockstep_scheduler* scheduler, const lockstep_input* input,
               const lockstep_output* output);
  // Numbers that a server would report for one queue; NULL: it keeps none.
  void (*counters)(const lockstep_scheduler* scheduler, uint32_t queue, lockstep_counters* out);
  const void* reserved[4];
} lockstep_plugin_info;

// What a library exports.
LOCKSTEP_EXPORT const lockstep_plugin_info* lockstep_plugin(void);

#ifdef __cplusplus
}
#endif
