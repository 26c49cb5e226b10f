#include "core/journal.h"

#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(MembersText, JoinsNeighboursThatLookAlike) {
  const std::vector<JournalMember> members = {
      {RequestId{5}, 0, 1, false}, {RequestId{6}, 0, 1, false},  {RequestId{7}, 0, 2, false},
      {RequestId{9}, 0, 2, false}, {RequestId{10}, 3, 2, false}, {RequestId{11}, 0, 2, true},
      {RequestId{12}, 0, 2, true}};
  EXPECT_EQ(members_text(members), "5-6:1 7:2 9:2 10+3:2 p11-12:2");
  EXPECT_EQ(members_text({}), "");
}

// Every field that a journal keeps must move the digest of its line: else an edit would go unseen.
TEST(LineDigest, EveryFieldOfADecisionMovesIt) {
  JournalLine base;
  base.is_input = false;
  base.decision.kind = DecisionKind::kStart;
  base.members = {{RequestId{1}, 0, 1, false}, {RequestId{2}, 0, 1, false}};
  std::vector<JournalLine> variants(12, base);
  variants[1].decision.batch = BatchId{1};
  variants[2].decision.lane = LaneId{1};
  variants[3].decision.queue = QueueId{1};
  variants[4].decision.opened = at_ns(1);
  variants[5].decision.due = at_ns(1);
  variants[6].decision.padded_rows = 1;
  variants[7].decision.reason = Reason::kFull;
  variants[8].decision.sealed = false;
  variants[9].members = {{RequestId{2}, 0, 1, false}, {RequestId{1}, 0, 1, false}};
  variants[10].members[1].rows = 2;
  variants[11].members[1].padding = true;
  std::set<std::uint64_t> digests;
  for (const JournalLine& line : variants) {
    digests.insert(digest_line(line).value());
    EXPECT_EQ(same_content(line, base), &line == &variants[0]);
  }
  EXPECT_EQ(digests.size(), variants.size());
}

TEST(LineDigest, EveryFieldOfAnArrivalMovesIt) {
  std::vector<JournalLine> variants(7);
  variants[1].request = RequestId{1};
  variants[2].arrival.time = at_ns(1);
  variants[3].arrival.size = 2;
  variants[4].arrival.queue = QueueId{1};
  variants[5].arrival.priority = 1;
  variants[6].arrival.timeout = SimDuration{1};
  variants.push_back(JournalLine{});
  variants[7].arrival.client = ClientId{1};
  std::set<std::uint64_t> digests;
  for (const JournalLine& line : variants) {
    digests.insert(digest_line(line).value());
  }
  EXPECT_EQ(digests.size(), variants.size());
}

TEST(LineDigest, EveryFieldOfACompletionMovesIt) {
  std::vector<JournalLine> variants(7);
  for (JournalLine& line : variants) {
    line.input.kind = InputKind::kBatchDone;
  }
  variants[1].input.now = at_ns(1);
  variants[2].input.batch = BatchId{1};
  variants[3].input.lane = LaneId{1};
  variants[4].input.status = Status::kInternal;
  variants[5].input.device_time = SimDuration{1};
  variants[6].input.device_pending = 1;
  std::set<std::uint64_t> digests;
  for (const JournalLine& line : variants) {
    digests.insert(digest_line(line).value());
  }
  EXPECT_EQ(digests.size(), variants.size());
}

}  // namespace
}  // namespace lockstep
