/* A scheduler in C: one request after the other, each alone, on one lane. */
#include <lockstep/plugin.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 4096 };

struct lockstep_scheduler {
  lockstep_piece waiting[ROOM]; /* a ring */
  uint64_t begin, end;
  uint64_t next_batch;
  int idle;
};

static lockstep_scheduler* create(const lockstep_config* config, char* error, size_t error_size) {
  if (config->lane_count != 1) {
    strncpy(error, "lanes must be 1", error_size - 1);
    return NULL;
  }
  lockstep_scheduler* made = calloc(1, sizeof *made);
  made->idle = 1;
  return made;
}

static void destroy(lockstep_scheduler* scheduler) { free(scheduler); }

static void step(lockstep_scheduler* it, const lockstep_input* input,
                 const lockstep_output* output) {
  if (input->kind == LOCKSTEP_ARRIVE && it->end - it->begin == ROOM) {
    output->finish(output->host, input->request, LOCKSTEP_UNAVAILABLE, LOCKSTEP_REASON_QUEUE_FULL);
  } else if (input->kind == LOCKSTEP_ARRIVE) {
    const lockstep_piece piece = {input->request, 0, input->rows};
    it->waiting[it->end++ % ROOM] = piece;
  } else if (input->kind == LOCKSTEP_BATCH_DONE) {
    output->finish_batch(output->host, input->batch, input->status, LOCKSTEP_REASON_ANSWERED);
    it->idle = 1;
  }
  if (it->idle && it->begin != it->end) {
    lockstep_start start = {0};
    start.size = sizeof start;
    start.batch = it->next_batch++;
    start.sealed = 1;
    start.opened_ns = LOCKSTEP_UNSET;
    start.due_ns = LOCKSTEP_UNSET;
    start.reason = LOCKSTEP_REASON_GREEDY;
    start.pieces = &it->waiting[it->begin++ % ROOM];
    start.piece_count = 1;
    it->idle = 0;
    output->start(output->host, &start);
  }
}

static const lockstep_option options[] = {
    {.name = "lanes", .default_text = "1", .type = LOCKSTEP_INTEGER},
    {.name = "rows_max", .default_text = "16", .unit = "rows", .type = LOCKSTEP_INTEGER},
};

static const lockstep_plugin_info info = {
    .abi = LOCKSTEP_PLUGIN_ABI,
    .size = sizeof info,
    .name = "first-come",
    .goal = "each request alone, in the order in which they come",
    .options = options,
    .option_count = 2,
    .lane_option = "lanes",
    .batch_option = "rows_max",
    .promises = LOCKSTEP_PROMISES_FIFO_PER_QUEUE,
    .create = create,
    .destroy = destroy,
    .step = step,
};

const lockstep_plugin_info* lockstep_plugin(void) { return &info; }
