// lockstep bound as a person uses it.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/program.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class BoundVerb : public ProgramTest {};

// By hand: 2 queues of 2 batches, the one that runs on the lane, its own: 5 batches of 2 ms.
TEST_F(BoundVerb, PrintsTheBoundAndItsTerms) {
  const ProgramResult bound =
      run("bound --set max_batch_size=10 --set num_batch_threads=1 --set max_enqueued_batches=2 "
          "--set batch_timeout_micros=1000 --gpu 1ms+100us/row --queues 2 --hunt");
  EXPECT_EQ(bound.exit_code, 0);
  EXPECT_THAT(bound.output,
              StartsWith("guaranteed: an accepted request is answered within 10ms\n"));
  EXPECT_THAT(bound.output, HasSubstr("(ceil(M * Q / P) + A) * C = 10ms\n"));
  EXPECT_THAT(bound.output, HasSubstr("T + (ceil((Q - 1) / P) + A) * C = 5ms\n"));
  EXPECT_THAT(bound.output, HasSubstr("hunted runs came to: 10ms, 100.0 % of the bound\n"));
}

TEST_F(BoundVerb, SaysWhyThereIsNone) {
  const ProgramResult none = run("bound --set rank_queues=true --gpu v100-resnet50 --queues 1");
  EXPECT_EQ(none.exit_code, 4);
  EXPECT_THAT(none.output, HasSubstr("no bound: rank_queues does not take turns"));
}

TEST_F(BoundVerb, RefusesWhatIsWrong) {
  for (const auto& [arguments, message] :
       {std::pair{"--queues 0", "error: found --queues 0, expected 1 to 65536\n"},
        std::pair{"--gpus 0", "error: found --gpus 0, expected 1 to 1024\n"},
        std::pair{"nowhere.txt", "error: nowhere.txt: cannot open it"}}) {
    const ProgramResult refused = run(std::string("bound ") + arguments);
    EXPECT_EQ(refused.exit_code, 2) << arguments;
    EXPECT_THAT(refused.output, StartsWith(message));
  }
}

}  // namespace
}  // namespace lockstep
