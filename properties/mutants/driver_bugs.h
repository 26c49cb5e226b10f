// Seeded bugs of the live driver: each a few lines of gpu_backend/driver.cpp or driver_lanes.cpp
// that become wrong ones.
//
// plant_driver_bugs (the program beside this) writes a source for each into the build folder; only
// the test program that must find them links it. A text that no longer stands in the driver exactly
// once fails the build: the bug is stale.
#pragma once

#include <array>
#include <string_view>

namespace lockstep {

struct DriverBug {
  std::string_view name;
  std::string_view words;  // what goes wrong, for people
  std::string_view right;  // stands once in both together
  std::string_view wrong;
};

inline constexpr std::array kDriverBugs = {
    DriverBug{"lost-notify",
              "a submission wakes nobody: the core finds it when something else does",
              R"(  runtime_.notify();
  return {.pushed = pushed, .ticket = ticket};)",
              R"(  return {.pushed = pushed, .ticket = ticket};)"},
    DriverBug{"lost-wake-up", "a lane is done and does not wake the core",
              R"(  lane.batch.reset();
  runtime_.unpark(core_);)",
              R"(  lane.batch.reset();)"},
    DriverBug{"lost-launch", "a launch does not wake the poller, who sleeps",
              R"(  lane.launched = true;
  runtime_.unpark(poller_);)",
              R"(  lane.launched = true;)"},
    DriverBug{"stale-completion",
              "a completion is looked at and not taken: the lane's next batch sees it",
              R"(const LaunchDone done = *std::exchange(lane.done, std::nullopt);)",
              R"(const LaunchDone done = *lane.done;)"},
    DriverBug{"reuse-before-copy-out", "the buffers go back before the results were taken out",
              R"(  const LaunchDone done = *std::exchange(lane.done, std::nullopt);
  runtime_.point("scatter");)",
              R"(  const LaunchDone done = *std::exchange(lane.done, std::nullopt);
  device_.release(id);
  if (done.status == Status::kOk) {
    scatter(id, taken.buffers.output);
  }
  return done;
  runtime_.point("scatter");)"},
    DriverBug{"no-gather", "the batch is launched with what was in its buffers",
              R"(  gather(id, taken.buffers.input);
  runtime_.point("launch");)",
              R"(  runtime_.point("launch");)"},
    DriverBug{"double-answer", "a cancelled request is answered, and again by its batch",
              R"(      server_.cancel(now, request);
    })",
              R"(      server_.cancel(now, request);
      if (LiveRequest* const left = live_.find(request)) {
        left->done({.status = Status::kCancelled, .arrived = now, .answered = now});
      }
    })"},
    DriverBug{"drain-forgets-lanes", "closing does not wait for batches that are on the device",
              R"(  return nobody_comes() && completions_.empty() && idle &&)",
              R"(  return nobody_comes() && completions_.empty() && (idle || true) &&)"},
    DriverBug{"drain-race", "the core ends as soon as nothing is left to do, open or closed",
              R"(  return submissions_.is_closed() && submissions_.is_empty() && !next_;)",
              R"(  return submissions_.is_empty() && !next_;)"},
    DriverBug{"cancel-race", "a cancellation answers by itself instead of asking the core",
              R"(         SubmissionQueue::Pushed::kFull) {
    runtime_.notify();
  })",
              R"(         SubmissionQueue::Pushed::kFull) {
    runtime_.notify();
  }
  if (RequestId found{0}; live_.find_ticket(ticket, found)) {
    const SimTime now = runtime_.now();
    live_.find(found)->done({.status = Status::kCancelled, .arrived = now, .answered = now});
  })"},
    DriverBug{"spurious-wake-up", "a lane that wakes without reason takes its batch for done",
              R"(  while (!lane.done) {
    if (over_) {
      return {.lane = id};  // given up, and the device has the buffers still
    }
    runtime_.park();
  })",
              R"(  runtime_.park();
  if (!lane.done) {
    scatter(id, taken.buffers.output);
    return {.lane = id};
  })"},
    DriverBug{"poller-sleeps", "the poller waits for nobody instead of for the device",
              R"(    if (device_.in_flight() == 0) {)", R"(    if (device_.in_flight() <= 1) {)"},
    DriverBug{"poller-hogs", "the poller never waits: others starve and no time passes",
              R"(      runtime_.park_until(at);
    } else {)",
              R"(      runtime_.yield();
    } else {)"},
    DriverBug{"scatter-overwrites", "the pieces of a split request all go to its first rows",
              R"(copies.add(owner_of(piece), piece.first_row * options_.row_bytes,)",
              R"(copies.add(owner_of(piece), 0,)"},
    DriverBug{"gather-repeats", "each piece of a split request carries its first rows",
              R"(copies.add(request, piece.first_row * options_.row_bytes, piece)",
              R"(copies.add(request, 0, piece)"},
    DriverBug{"completions-reversed", "of completions of one instant the last one is fed first",
              R"(a.noticed > b.noticed : a.batch > b.batch;)",
              R"(a.noticed > b.noticed : a.batch < b.batch;)"},
    DriverBug{"timer-late", "a wake-up at exactly its time is not due yet",
              R"(if_due(server_.wake_at(), now))",
              R"((server_.wake_at() < now ? server_.wake_at() : kForever))"},
    DriverBug{"leaked-buffers", "a launch that fails keeps its buffers",
              R"(  if (launched != Status::kOk) {
    device_.release(id);)",
              R"(  if (launched != Status::kOk) {)"},
    DriverBug{"failed-is-ok", "a batch without memory is answered with OK",
              R"(    return {.lane = id, .status = taken.status};)", R"(    return {.lane = id};)"},
    DriverBug{"failure-not-told", "a batch that the device failed counts as executed",
              R"(             .status = done.status,
             .noticed)",
              R"(             .status = Status::kOk,
             .noticed)"},
    DriverBug{"pending-drifts", "the count of batches on a device is not taken down",
              R"(const std::int64_t pending = --pending_[)",
              R"(const std::int64_t pending = pending_[)"},
    DriverBug{"late-completion-answers",
              "a batch that the watchdog gave up ends again when it is done",
              R"(    if (!lanes_[raw(id)].given_up) {
      complete(id, done);)",
              R"(    if (lanes_[raw(id)].batch) {
      complete(id, done);)"},
    DriverBug{"watchdog-stays-armed", "the watchdog of a batch strikes the lane's next one",
              R"(lane.batch->batch == watched_.front().batch && )", ""},
    DriverBug{"watchdog-sleeps", "nobody wakes when the watchdog's time comes",
              R"(min({server_.wake_at(), next_watch(), )", R"(min({server_.wake_at(), )"},
    DriverBug{"lane-not-fenced", "the lane of a batch that was given up stays up",
              R"(  feed_lane_down(watch.lane, reset ?)", R"(  (void)(reset ?)"},
    DriverBug{"fenced-lane-too-early", "a fenced lane comes back while the device is busy with it",
              R"(    if (!lanes_[raw(*id)].batch &&)", R"(    if (true &&)"},
    DriverBug{"hung-lanes-for-ever", "closing waits for lanes that hang for ever",
              R"(: lanes_[raw(*first)].lost_at;)", R"(: kForever;)"},
    DriverBug{"deadline-sleeps", "nobody wakes when a client's deadline comes",
              R"(park_until(std::min(planned, deadlines_.next(live_)));)",
              R"(park_until(planned);)"},
    DriverBug{"deadline-answers-twice", "a client that gave up hears of its request again",
              R"(  LiveRequest& request = live_.give_up(id);)",
              R"(  LiveRequest& request = *live_.find(id);)"},
    DriverBug{
        "cancel-overtakes",
        "a cancellation right behind its request is taken first, when nobody knows it yet",
        R"(  if (now > at) {
    ++totals_.clamped;)",
        R"(  if (Submission next; submissions_.pop(next) && next.ticket != submission.ticket) {
    next_ = next;
  }
  if (now > at) {
    ++totals_.clamped;)"},
    DriverBug{"answers-while-copied", "a client gets its request back while a copier has its rows",
              R"(answer.status != Status::kOk && is_being_copied(request))",
              R"(answer.status != Status::kOk && false)"},
    DriverBug{"held-answers-forgotten", "answers that waited for a copier are never given",
              R"(      held.request->done(held.answer);)", R"(      (void)held.request;)"},
    DriverBug{"copier-not-told", "a copier is not woken when it gets a batch",
              R"(  runtime_.unpark(*lane.copier);
  while)",
              R"(  while)"},
    DriverBug{"copier-tells-nobody", "a copier is done and does not wake its lane",
              R"(      lane.copies.finish();
      runtime_.unpark(lane.fiber);)",
              R"(      lane.copies.finish();)"},
    DriverBug{"copier-early", "a copier says that it is done before it has copied",
              R"(      lane.copies.copy([this] { runtime_.point("copy"); });
      lane.copies.finish();)",
              R"(      lane.copies.finish();
      lane.copies.copy([this] { runtime_.point("copy"); });)"},
    DriverBug{"lane-overtakes-its-copier",
              "a lane that wakes without reason takes its rows for copied",
              R"(  while (lane.copies.is_handed()) {
    runtime_.park();
  })",
              R"(  if (lane.copies.is_handed()) {
    runtime_.park();
  })"},
    DriverBug{"ends-while-copying", "closing does not wait for a copier that nobody waits for",
              R"( && idle && copying_ == 0 &&)", R"( && idle &&)"},
    DriverBug{"copiers-stay", "the copiers are not told that all is over",
              R"(      lane.copies.end();)", R"()"},
};

}  // namespace lockstep
