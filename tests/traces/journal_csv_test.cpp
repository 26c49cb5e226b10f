#include "traces/journal_csv.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "tests/traces/scratch_directory.h"
#include "traces/journal_columns.h"
#include "traces/output_file.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

JournalMember member(std::uint64_t request, std::uint32_t first_row, std::uint32_t rows,
                     bool padding = false) {
  return {.request = RequestId{request}, .first_row = first_row, .rows = rows, .padding = padding};
}

// A line of every kind, with values at the ends of their ranges.
std::vector<JournalLine> lines_of_every_kind() {
  std::vector<JournalLine> lines;
  for (std::uint8_t kind = 0; kind < kInputKindCount; ++kind) {
    JournalLine line;
    line.input.kind = static_cast<InputKind>(kind);
    line.input.now = at_ns(1'000 + kind);
    line.input.sequence = kind;
    const JournalColumnSet used = columns_of(line.input.kind);
    if (has(used, JournalColumn::kRequest)) {
      line.request = RequestId{UINT64_MAX};
    }
    if (has(used, JournalColumn::kQueue)) {
      line.input.queue = QueueId{65'535};
    }
    if (has(used, JournalColumn::kLane)) {
      line.input.lane = LaneId{4'095};
    }
    if (has(used, JournalColumn::kBatch)) {
      line.input.batch = BatchId{77};
      line.input.status = Status::kUnavailable;
      line.input.device_time = SimDuration{123'456};
      line.input.device_pending = -5;
    }
    if (line.input.kind == InputKind::kArrive) {
      line.arrival = Arrival{.time = line.input.now,
                             .timeout = SimDuration{9},
                             .client = ClientId{UINT64_MAX},
                             .queue = line.input.queue,
                             .size = 1u << 24,
                             .priority = 255};
    }
    line.digest = 0x0123'4567'89ab'cdefu + kind;
    lines.push_back(line);
  }
  for (std::uint8_t kind = 0; kind < kDecisionKindCount; ++kind) {
    JournalLine line;
    line.is_input = false;
    line.decision.kind = static_cast<DecisionKind>(kind);
    const JournalColumnSet used = columns_of(line.decision.kind);
    if (has(used, JournalColumn::kBatch)) {
      line.decision.batch = BatchId{UINT64_MAX};
    }
    if (has(used, JournalColumn::kReason)) {
      line.decision.reason = Reason::kQueueFull;
    }
    if (has(used, JournalColumn::kStatus)) {
      line.decision.status = Status::kResourceExhausted;
    }
    if (has(used, JournalColumn::kRequest)) {
      line.request = RequestId{12};
    }
    if (has(used, JournalColumn::kPaddedRows)) {
      line.decision.padded_rows = 1u << 26;
    }
    if (has(used, JournalColumn::kMembers)) {
      line.members = {member(5, 0, 1), member(6, 0, 1), member(7, 4, 3), member(9, 0, 2, true)};
    }
    if (line.decision.kind == DecisionKind::kStart) {
      line.decision.lane = LaneId{3};
      line.decision.queue = QueueId{2};
      line.decision.opened = at_ns(10);
      line.decision.due = at_ns(20);
      line.decision.sealed = false;
    }
    if (line.decision.kind == DecisionKind::kWake) {
      line.decision.wake = kForever;
    }
    lines.push_back(line);
  }
  return lines;
}

std::string text_of(const std::vector<JournalLine>& lines) {
  std::string text = journal_header();
  for (const JournalLine& line : lines) {
    append_journal_line(text, line);
  }
  return text;
}

// The lines, or the error's message.
tl::expected<std::vector<JournalLine>, std::string> read_all(Result<JournalLineSource> source) {
  if (!source) {
    return tl::unexpected(source.error().message);
  }
  std::vector<JournalLine> lines;
  while (true) {
    Result<std::optional<JournalLine>> line = (*source)();
    if (!line) {
      return tl::unexpected(line.error().message);
    }
    if (!*line) {
      return lines;
    }
    lines.push_back(**line);
  }
}

std::string error_of(std::string row) {
  const std::string text = journal_header() + row + "\n";
  const auto lines = read_all(open_journal_text("j.csv", text));
  return lines ? "no error" : lines.error();
}

// A row of the journal from its first columns; the digest is added.
std::string row_of(const std::string& begin) {
  const auto commas = static_cast<std::size_t>(std::count(begin.begin(), begin.end(), ','));
  return begin + std::string(kJournalColumnCount - 1 - commas, ',') + "0123456789abcdef";
}

TEST(JournalCsv, ReadsBackEveryKindOfLine) {
  const std::vector<JournalLine> lines = lines_of_every_kind();
  const std::string text = text_of(lines);
  const auto read = read_all(open_journal_text("j.csv", text));
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_TRUE(same_content(lines[i], (*read)[i])) << describe(lines[i]);
    EXPECT_EQ(lines[i].input.sequence, (*read)[i].input.sequence);
    EXPECT_EQ(lines[i].digest, (*read)[i].digest);
  }
  EXPECT_EQ(text_of(*read), text);
}

TEST(JournalCsv, ReadsItsOwnZstdStream) {
  const ScratchDirectory directory;
  const std::string text = text_of(lines_of_every_kind());
  auto file = create_zstd_file(directory.file("journal.csv.zst"));
  ASSERT_TRUE(file);
  (*file)->write(text);
  ASSERT_TRUE((*file)->close());
  const auto read = read_all(open_journal(directory.file("journal.csv.zst")));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(text_of(*read), text);
  // Unpacked, say for an experiment with an edited line, it is read as well.
  directory.write("journal.csv", text);
  EXPECT_TRUE(read_all(open_journal(directory.file("journal.csv"))));
}

TEST(JournalCsv, ReportsACutStreamAfterItsLastWholeLine) {
  const ScratchDirectory directory;
  auto file = create_zstd_file(directory.file("j.csv.zst"));
  ASSERT_TRUE(file);
  std::string text = journal_header();
  Prng prng(1, "digests");
  for (int i = 0; i < 200'000; ++i) {
    JournalLine line;
    line.is_input = false;
    line.decision.wake = at_ns(i);
    line.digest = prng.next();
    append_journal_line(text, line);
  }
  (*file)->write(text);
  ASSERT_TRUE((*file)->close());
  const std::string whole = directory.read("j.csv.zst");
  directory.write("j.csv.zst", whole.substr(0, whole.size() / 2));

  const auto source = open_journal(directory.file("j.csv.zst"));
  ASSERT_TRUE(source);
  std::size_t lines = 0;
  Result<std::optional<JournalLine>> line = (*source)();
  for (; line && *line; line = (*source)()) {
    ++lines;
  }
  ASSERT_FALSE(line);
  EXPECT_GT(lines, 50'000u);
  EXPECT_THAT(line.error().message,
              StartsWith(directory.file("j.csv.zst") + ":" + std::to_string(lines + 2) + ":"));
  EXPECT_THAT(line.error().message,
              HasSubstr("found the end of the file inside a zstd stream (truncated?)"));
}

TEST(JournalCsv, RefusesAnotherFile) {
  EXPECT_EQ(read_all(open_journal_text("j.csv", "arrival_ns\n5\n")).error(),
            "j.csv:1:1: found \"arrival_ns\", expected column kind");
  EXPECT_EQ(read_all(open_journal_text("j.csv", "kind,sequence\n")).error(),
            "j.csv:1:14: found the end of the header, expected column now_ns");
  EXPECT_FALSE(read_all(open_journal("no/such/journal.csv.zst")));
}

TEST(JournalCsv, RefusesFieldsThatAKindDoesNotHave) {
  EXPECT_EQ(error_of(row_of("timer,1,5")), "no error");
  EXPECT_EQ(error_of(row_of("timer,1,5,7")),
            "j.csv:2:11: found \"7\", expected nothing: timer has no request");
  EXPECT_THAT(error_of(row_of("wake,1")), HasSubstr("j.csv:2:6: found \"1\", expected nothing"));
}

TEST(JournalCsv, RefusesFieldsThatAreMissingOrWrong) {
  EXPECT_THAT(error_of(row_of("tick,1,5")), StartsWith("j.csv:2:1: found \"tick\", expected kind"));
  EXPECT_THAT(error_of(row_of("timer,1,")), StartsWith("j.csv:2:9: found an empty field"));
  EXPECT_THAT(error_of(row_of("timer,1,never")), StartsWith("j.csv:2:9: found \"never\""));
  EXPECT_THAT(error_of(row_of("batch-done,1,5,,0,0,0,,,,,FINE,1,0")),
              StartsWith("j.csv:2:27: found \"FINE\", expected a status"));
  EXPECT_THAT(error_of(row_of("seal,,,,,,1,,,,,,,,tired,,,0")),
              StartsWith("j.csv:2:20: found \"tired\", expected a reason"));
  EXPECT_THAT(error_of(row_of("lane-up,1,5,,,4096")), StartsWith("j.csv:2:15: found \"4096\""));
}

TEST(JournalCsv, DigestsHaveSixteenLowerCaseDigits) {
  const std::string begin = "timer,1,5" + std::string(kJournalColumnCount - 3, ',');
  EXPECT_EQ(error_of(begin + "0123456789abcdef"), "no error");
  for (const std::string digest : {"", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF",
                                   "-123456789abcdef", "0x23456789abcdef"}) {
    EXPECT_THAT(error_of(begin + digest), HasSubstr("expected digest as 16 lower-case hex digits"))
        << digest;
  }
}

TEST(JournalCsv, NamesOfKindsAreAllDifferent) {
  std::set<std::string_view> names;
  for (std::uint8_t kind = 0; kind < kInputKindCount; ++kind) {
    EXPECT_TRUE(names.insert(input_kind_name(static_cast<InputKind>(kind))).second);
  }
  for (std::uint8_t kind = 0; kind < kDecisionKindCount; ++kind) {
    EXPECT_TRUE(names.insert(decision_kind_name(static_cast<DecisionKind>(kind))).second);
  }
}

TEST(JournalMembers, ReadBackAsWritten) {
  Prng prng(11, "members");
  for (int round = 0; round < 300; ++round) {
    std::vector<JournalMember> members;
    std::uint64_t request = prng.below(50);
    for (std::uint64_t i = prng.below(12); i > 0; --i) {
      const auto first_row = static_cast<std::uint32_t>(prng.below(3) == 0 ? prng.below(5) : 0);
      const auto rows = static_cast<std::uint32_t>(1 + prng.below(2));
      members.push_back(member(request, first_row, rows, prng.below(6) == 0));
      request += 1 + (prng.below(4) == 0 ? prng.below(9) : 0);
    }
    std::vector<JournalMember> read;
    const std::string text = members_text(members);
    EXPECT_EQ(parse_members(text, read), std::nullopt) << text;
    EXPECT_EQ(read, members) << text;
  }
}

TEST(JournalMembers, PointAtTheByteThatDoesNotBelong) {
  std::vector<JournalMember> read;
  EXPECT_EQ(parse_members("5-20:1", read), std::nullopt);
  EXPECT_EQ(read.size(), 16u);
  EXPECT_EQ(parse_members("", read), std::nullopt);
  EXPECT_EQ(parse_members("5", read), 1u);
  EXPECT_EQ(parse_members("5:", read), 2u);
  EXPECT_EQ(parse_members("x5:1", read), 0u);
  EXPECT_EQ(parse_members("5-5:1", read), 2u);
  EXPECT_EQ(parse_members("5-4:1", read), 2u);
  EXPECT_EQ(parse_members("5:1,6:1", read), 3u);
  EXPECT_EQ(parse_members("5:1  6:1", read), 4u);
  EXPECT_EQ(parse_members("5:1 ", read), 4u);
  EXPECT_EQ(parse_members("5:16777217", read), 2u);
  EXPECT_EQ(parse_members("1:1 0-18446744073709551615:1", read), 4u);
}

}  // namespace
}  // namespace lockstep
