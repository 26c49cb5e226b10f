// Interactive users and a bulk job share one server: how many users give up? (docs/clients.md)
#include <gtest/gtest.h>

#include "core/schedulers/tf_shared.h"
#include "sim/client_tools.h"
#include "sim/clients.h"
#include "sim/simulation.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;

struct UsersAndJob {
  std::uint64_t answered = 0;  // of 20 users, 50 requests each
  std::uint64_t gave_up = 0;   // after 20 ms
  SimTime job_done{};          // the last of the job's 64 requests
};

UsersAndJob simulate_users_and_job(std::uint64_t job_requests_at_once) {
  UsersAndJob seen;
  Slots slots(job_requests_at_once);
  Clients clients(/*seed=*/1, /*sink=*/nullptr);
  for (int user = 0; user < 20; ++user) {
    clients.add([&](Client& client) {
      for (int round = 0; round < 50; ++round) {
        const Answer answer = client.call({.size = 1, .timeout = 20ms});
        ++(answer.gave_up ? seen.gave_up : seen.answered);
        client.think(5ms);
      }
    });
  }
  for (int worker = 0; worker < 64; ++worker) {
    clients.add([&](Client& client) {
      const SlotHolder slot(slots, client);
      (void)call_with_retries(client, {.size = 8}, {.delay = 1ms, .jitter = true});
      seen.job_done = client.now();
    });
  }
  Server server(std::move(*make_tf_shared({.max_batch_size = 16,
                                           .batch_timeout_micros = 1000,
                                           .max_enqueued_batches = 20,
                                           .num_batch_threads = 2})),
                ServerOptions{.lane_count = 2}, &clients);
  const DeviceDescription gpu{.compute = *parse_service_curve("2ms+100us/row")};
  EXPECT_TRUE(simulate({.device = gpu}, clients, server));
  return seen;
}

TEST(UsersAndJob, AJobThatSendsAllAtOnceDrivesUsersAway) {
  const UsersAndJob all = simulate_users_and_job(64);
  EXPECT_EQ(all.gave_up, 84u);
  EXPECT_EQ(all.answered, 1000u - 84u);
  EXPECT_EQ(to_text(all.job_done.time_since_epoch()), "135ms200us");

  const UsersAndJob two_at_once = simulate_users_and_job(2);
  EXPECT_EQ(two_at_once.gave_up, 0u);
  EXPECT_EQ(two_at_once.answered, 1000u);
  EXPECT_EQ(to_text(two_at_once.job_done.time_since_epoch()), "267ms200us");
}

}  // namespace
}  // namespace lockstep
