// One test per defect that configuration files have been seen to have: each gives one line with the
// exact place, what was found, what was expected and the field's name.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/config_text.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using namespace std::string_literals;

constexpr std::string_view kAnyKind =
    "expected batching parameters, a model, platform or session config of TF-Serving, or a "
    "scenario of Lockstep";

// What a batching parameters file with this text gives.
std::string batching(const std::string& text) {
  return read_one("b.txt", text);
}

std::string error(const std::string& text) {
  return "error: b.txt:" + text + "\n";
}

// --- accepted ------------------------------------------------------------------------------------

TEST(ConfigText, CommentsCrlfColonsAndSeparatorsAreAccepted) {
  const ServerConfigOptions eight{.server_cpus = 8, .server_cpus_given = true};
  const std::string expected =
      "pool tensorflow: max_batch_size=32@2:1 batch_timeout_micros=5000@3:1\n";
  EXPECT_EQ(read_one("b.txt",
                     "# comment\r\nmax_batch_size { value: 32 }\r\nbatch_timeout_micros { value: "
                     "5000 }\r\n",
                     eight),
            expected);
  EXPECT_EQ(read_one("b.txt",
                     "\nmax_batch_size : { value : 0x20, };\nbatch_timeout_micros < value: 5000 >",
                     eight),
            expected);
}

TEST(ConfigText, CommentsMayHoldAnyEncoding) {
  EXPECT_THAT(batching("max_batch_size { value: 3 } # caf\xe9\n"),
              StartsWith("pool tensorflow: max_batch_size=3@1:1"));
}

TEST(ConfigText, ListsAreReadInBothForms) {
  const std::string sizes = "max_batch_size { value: 8 }\n";
  EXPECT_THAT(batching(sizes + "allowed_batch_sizes: 4 allowed_batch_sizes: 8"),
              HasSubstr("allowed_batch_sizes=4,8@2:1"));
  EXPECT_THAT(batching(sizes + "allowed_batch_sizes: [4, 8]"),
              HasSubstr("allowed_batch_sizes=4,8@2:1"));
  EXPECT_THAT(batching(sizes + "allowed_batch_sizes: []"),
              testing::Not(HasSubstr("allowed_batch_sizes")));
}

TEST(ConfigText, OctalNumbersAreReadAsTheServerReadsThemAndAnnounced) {
  EXPECT_THAT(batching("max_batch_size { value: 010 }"),
              testing::AllOf(HasSubstr("max_batch_size=8@1:1"),
                             HasSubstr("warning: b.txt:1:25: 010 begins with 0 and is therefore "
                                       "octal: 8\n")));
}

TEST(ConfigText, ColumnsCountBytesAlsoBehindTabs) {
  EXPECT_EQ(batching("\tmax_batch_size:\t32"),
            error("1:18: found '32' for max_batch_size, expected a value in braces; write "
                  "max_batch_size { value: 32 }"));
}

// --- a value of the wrong form -------------------------------------------------------------------

TEST(ConfigDefect, AWrapperWithoutBracesIsToldHowToBeWritten) {
  EXPECT_EQ(batching("max_batch_size: 32\n"),
            error("1:17: found '32' for max_batch_size, expected a value in braces; write "
                  "max_batch_size { value: 32 }"));
  EXPECT_EQ(batching("max_batch_size 32\n"),
            error("1:16: found '32' for max_batch_size, expected a value in braces; write "
                  "max_batch_size { value: 32 }"));
  EXPECT_EQ(batching("batch_timeout_micros: -1\n"),
            error("1:23: found '-1' for batch_timeout_micros, expected a value in braces; write "
                  "batch_timeout_micros { value: -1 }"));
  EXPECT_EQ(batching("thread_pool_name: \"x\"\n"),
            error("1:19: found '\"x\"' for thread_pool_name, expected a value in braces; write "
                  "thread_pool_name { value: \"x\" }"));
}

TEST(ConfigDefect, NumbersThatAreNoneNameTheirField) {
  EXPECT_EQ(batching("max_batch_size { value: 3x }"),
            error("1:25: found '3x' for max_batch_size, expected a whole number"));
  EXPECT_EQ(batching("max_batch_size { value: 3.5 }"),
            error("1:25: found '3.5' for max_batch_size, expected a whole number"));
  EXPECT_EQ(batching("max_batch_size { value: \"3\" }"),
            error("1:25: found '\"3\"' for max_batch_size, expected a whole number"));
  EXPECT_EQ(batching("max_batch_size { value: 1e3 }"),
            error("1:25: found '1e3' for max_batch_size, expected a whole number"));
  EXPECT_EQ(batching("allowed_batch_sizes: many"),
            error("1:22: found 'many' for allowed_batch_sizes, expected a whole number or a list "
                  "of them in [ ]"));
  EXPECT_EQ(batching("max_batch_size { value: 09 }"),
            error("1:26: found a number that begins with 0 and is not octal, expected it without "
                  "the 0"));
}

TEST(ConfigDefect, NumbersAreRefusedFromTheFirstThatDoesNotFit) {
  constexpr std::string_view kRange =
      "expected a whole number from -9223372036854775808 to 9223372036854775807";
  // The largest fits; the server's rules judge it later.
  EXPECT_THAT(batching("max_enqueued_batches { value: 9223372036854775807 }"),
              HasSubstr("max_enqueued_batches=9223372036854775807@1:1"));
  EXPECT_EQ(
      batching("max_enqueued_batches { value: 9223372036854775808 }"),
      error("1:31: found '9223372036854775808' for max_enqueued_batches, " + std::string(kRange)));
  EXPECT_EQ(
      batching("batch_timeout_micros { value: -9223372036854775809 }"),
      error("1:31: found '-9223372036854775809' for batch_timeout_micros, " + std::string(kRange)));
}

TEST(ConfigDefect, SwitchesAreTrueOrFalse) {
  EXPECT_EQ(batching("pad_variable_length_inputs: maybe\n"),
            error("1:29: found 'maybe' for pad_variable_length_inputs, expected true or false"));
  EXPECT_EQ(batching("pad_variable_length_inputs: 2\n"),
            error("1:29: found '2' for pad_variable_length_inputs, expected true or false"));
  EXPECT_EQ(batching("enable_large_batch_splitting { value: yes }"),
            error("1:39: found 'yes' for enable_large_batch_splitting, expected true or false"));
}

TEST(ConfigDefect, EnumsListTheirNames) {
  EXPECT_EQ(read_one("m.config", "model_config_list { config { model_type: TENSORFLO } }"),
            "error: m.config:1:42: found 'TENSORFLO' for model_type, expected "
            "MODEL_TYPE_UNSPECIFIED, TENSORFLOW or OTHER\n");
}

TEST(ConfigDefect, TextsEndOnTheirLineWithTheirQuote) {
  EXPECT_EQ(batching("thread_pool_name { value: 3 }"),
            error("1:27: found '3' for thread_pool_name, expected text in quotes"));
  EXPECT_EQ(batching("thread_pool_name { value: \"abc"),
            error("1:31: found the end of the file inside a text, expected a closing quote"));
  EXPECT_EQ(batching("thread_pool_name { value: \"a\nb\" }"),
            error("1:29: found the end of the line inside a text, expected a closing quote"));
  EXPECT_EQ(batching("thread_pool_name { value: \"\\q\" }"),
            error("1:29: found an unknown escape in a text, expected one of \\n \\t \\r \\\\ \\\" "
                  "\\' \\ooo \\xhh \\uhhhh"));
}

// --- fields --------------------------------------------------------------------------------------

TEST(ConfigDefect, UnknownFieldsSuggestTheNearestName) {
  EXPECT_EQ(batching("max_batch_size { value: 3 }\nmax_enqueued_batch { value: 32 }"),
            error("2:1: found field 'max_enqueued_batch', expected a field of BatchingParameters "
                  "(did you mean max_enqueued_batches?)"));
  EXPECT_EQ(batching("max_batchsize { value: 32 }"),
            error("1:1: found field 'max_batchsize', expected a field of BatchingParameters (did "
                  "you mean max_batch_size?)"));
  EXPECT_EQ(batching("anything { value: 32 }"),
            error("1:1: found field 'anything', " + std::string(kAnyKind)));
  EXPECT_EQ(batching("max_batch_size { vlue: 32 }"),
            error("1:18: found field 'vlue' in max_batch_size, expected value"));
  EXPECT_EQ(read_one("m.config", "model_config_list { config { nam: \"x\" } }"),
            "error: m.config:1:30: found field 'nam', expected a field of ModelConfig (did you "
            "mean name?)\n");
}

TEST(ConfigDefect, UnknownFieldsFarFromAnyNameListAll) {
  EXPECT_EQ(batching("max_batch_size { value: 3 } q: 1"),
            error("1:29: found field 'q', expected a field of BatchingParameters: max_batch_size, "
                  "batch_timeout_micros, max_enqueued_batches, num_batch_threads, "
                  "thread_pool_name, allowed_batch_sizes, pad_variable_length_inputs, "
                  "enable_large_batch_splitting, max_execution_batch_size"));
}

TEST(ConfigDefect, MisplacedFieldsAreToldTheirPlace) {
  EXPECT_EQ(batching("batching_parameters { max_batch_size { value: 1 } }"),
            error("1:1: found field 'batching_parameters', expected a field of "
                  "BatchingParameters; this file has no outer block; write its fields at the top"));
  EXPECT_EQ(read_one("s.config", "allow_growth: true"),
            "error: s.config:1:1: found field 'allow_growth', expected a field of ConfigProto; it "
            "belongs in gpu_options { allow_growth ... }\n");
  EXPECT_EQ(read_one("m.config", "config { name: \"x\" }"),
            "error: m.config:1:1: found field 'config', expected a field of ModelServerConfig; it "
            "belongs in model_config_list { config ... }\n");
  EXPECT_EQ(batching("max_batch_size { value: 3 } rank_queues: true"),
            error("1:29: found field 'rank_queues', expected a field of BatchingParameters; "
                  "TF-Serving's files cannot set it, only a program that links the scheduler"));
}

TEST(ConfigDefect, AFieldGivenTwiceNamesBothPlaces) {
  EXPECT_EQ(batching("max_batch_size { value: 1 }\n max_batch_size { value: 2 }"),
            error("2:2: found max_batch_size a second time, expected it once (first at 1:1)"));
  EXPECT_EQ(batching("max_batch_size { value: 1 value: 2 }"),
            error("1:27: found value a second time, expected it once (first at 1:18)"));
  EXPECT_EQ(
      read_one("m.config",
               "model_config_list { config { model_version_policy { latest { } all { } } } }"),
      "error: m.config:1:64: found all beside latest, expected one of them\n");
}

TEST(ConfigDefect, NumbersAndExtensionsAreNoFieldNames) {
  EXPECT_THAT(batching("max_batch_size { value: 3 } 6: 1"),
              StartsWith("error: b.txt:1:29: found field '6', expected a field of "
                         "BatchingParameters: "));
  EXPECT_EQ(batching("max_batch_size { value: 3 } [foo.bar]: 1"),
            error("1:29: found an extension in [ ], expected a field name without brackets"));
}

// --- structure -----------------------------------------------------------------------------------

TEST(ConfigDefect, UnclosedBlocksSayWhereTheyWereOpened) {
  EXPECT_EQ(batching("max_batch_size {\n value: 32\n"),
            error("3:1: found the end of the file, expected } to close max_batch_size (opened at "
                  "1:16)"));
  EXPECT_EQ(batching("allowed_batch_sizes: [8, 32"),
            error("1:28: found the end of the file for allowed_batch_sizes, expected , or ] to "
                  "close allowed_batch_sizes (opened at 1:22)"));
  EXPECT_EQ(batching("max_batch_size { value: 1 ]"),
            error("1:27: found ']', expected a field name or } to close max_batch_size (opened at "
                  "1:16)"));
}

TEST(ConfigDefect, BracketsTooManyAreRefused) {
  EXPECT_EQ(batching("max_batch_size { value: 1 } }"),
            error("1:29: found '}', expected a field name or the end of the file"));
  EXPECT_EQ(batching("} max_batch_size { value: 1 }"),
            error("1:1: found '}', expected a field name or the end of the file"));
}

TEST(ConfigDefect, ColonsAndCommasMissingAreNamed) {
  EXPECT_EQ(batching("max_batch_size { value 32 }"),
            error("1:24: found '32' after value in max_batch_size, expected :"));
  EXPECT_EQ(batching("allowed_batch_sizes: [8 32]"),
            error("1:25: found '32' for allowed_batch_sizes, expected , or ] to close "
                  "allowed_batch_sizes (opened at 1:22)"));
  EXPECT_EQ(batching("allowed_batch_sizes: [8, 32,]"),
            error("1:29: found ']' for allowed_batch_sizes, expected a whole number"));
}

TEST(ConfigDefect, OtherCommentsAreNone) {
  EXPECT_EQ(batching("max_batch_size { value: 1 } // comment"),
            error("1:29: found '/', expected a field name or the end of the file"));
}

TEST(ConfigDefect, TwentyThousandBlocksWithinEachOtherAreRefusedNotFollowed) {
  std::string deep = "gpu_options { } graph_options ";
  for (int i = 0; i < 20000; ++i) {
    deep += "{ a ";
  }
  EXPECT_EQ(read_one("s.config", deep),
            "error: s.config:1:431: found more than 100 blocks within each other, expected at "
            "most 100\n");
  std::string lists = "allowed_batch_sizes: ";
  lists.append(20000, '[');
  EXPECT_EQ(batching(lists), error("1:23: found '[' for allowed_batch_sizes, expected a whole "
                                   "number"));
}

// --- not text at all -----------------------------------------------------------------------------

TEST(ConfigDefect, AnEmptyFileIsRefusedAndOneOfCommentsIsOfNoKind) {
  EXPECT_EQ(batching(""), error("1:1: found an empty file, expected at least one field"));
  EXPECT_EQ(batching("# nothing\n\n"), error("3:1: found no field, " + std::string(kAnyKind)));
}

TEST(ConfigDefect, OtherContentIsNamed) {
  EXPECT_EQ(batching("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
            error("1:1: found a Git LFS pointer, expected the data itself; fetch it with: git lfs "
                  "pull"));
  EXPECT_EQ(batching("\x1f\x8b\x08\x00rest"s),
            error("1:1: found gzip data, expected text; unpack it first: gzip -d"));
  EXPECT_EQ(batching("\xff\xfem\x00"s), error("1:1: found UTF-16 text, expected UTF-8 or ASCII"));
  EXPECT_EQ(batching("max_batch_size { value: 1 }\n\x00\x12"s),
            error("2:1: found byte \\x00, expected text"));
  EXPECT_EQ(batching("\x0a\x02\x08\x20"s), error("2:1: found byte \\x02, expected text"));
}

TEST(ConfigDefect, AByteOrderMarkIsRefusedWhereTheServerRefusesIt) {
  EXPECT_EQ(batching("\xef\xbb\xbfmax_batch_size { value: 1 }"),
            error("1:1: found a byte-order mark, expected text without one: TF-Serving refuses "
                  "it"));
}

TEST(ConfigDefect, IllFormedUtf8IsRefusedOutsideComments) {
  EXPECT_EQ(batching("thread_pool_name { value: \"caf\xe9\" }"),
            error("1:31: found byte \\xe9, expected UTF-8 text"));
  // Well-formed, but no field name.
  EXPECT_EQ(batching("max_batch_size { value: 1 } gr\xc3\xb6\xc3\x9f"
                     "e: 3"),
            error("1:29: found 'gr\xc3\xb6\xc3\x9f"
                  "e', expected a field name of letters, digits "
                  "and _"));
}

TEST(ConfigDefect, MissingFilesAndFoldersAreNamed) {
  const ScratchDirectory directory;
  const std::vector<std::string> missing = {directory.file("none.txt")};
  EXPECT_EQ(without(config_lines(read_server_config(missing, {})), directory.path()),
            "error: none.txt: cannot open it: No such file or directory\n");
  const std::vector<std::string> folder = {directory.path()};
  EXPECT_THAT(config_lines(read_server_config(folder, {})),
              HasSubstr(": found a directory, expected a file\n"));
}

TEST(ConfigDefect, FilesBeyondTheLimitAreRefused) {
  std::string text = "max_batch_size { value: 1 }\n";
  text.append((1u << 20) - text.size(), '#');
  EXPECT_THAT(batching(text), StartsWith("pool tensorflow: max_batch_size=1@1:1"));
  EXPECT_EQ(batching(text + "#"),
            error("1:1: found more than 1048576 bytes, expected a configuration file"));
}

// --- blocks that are not interpreted -------------------------------------------------------------

TEST(ConfigText, BlocksWithoutBearingOnBatchingHoldAnyField) {
  EXPECT_THAT(read_one("s.config",
                       "gpu_options { allow_growth: true }\ngraph_options { rewrite_options { "
                       "custom_optimizers { name: \"x\" parameter_map { key: \"a\" value { b: true "
                       "} } } sizes: [1, 2] } }"),
              StartsWith("pool tensorflow:\ngpu: allow_growth=true@1:15\n"));
}

TEST(ConfigDefect, AListOfBlocksCannotBeSkipped) {
  EXPECT_EQ(read_one("s.config", "gpu_options { } graph_options { a [ { b: 1 } ] }"),
            "error: s.config:1:35: found '[' for a, expected one block in braces: this reader "
            "cannot skip a list of blocks, write the field once per block\n");
}

}  // namespace
}  // namespace lockstep
