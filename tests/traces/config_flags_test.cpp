// The words of a tensorflow_model_server command line: its flags decide what counts (TF 1.9).
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/config_text.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr ServerConfigOptions kEight{.server_cpus = 8, .server_cpus_given = true};

class CommandLine : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(directory_.file(name)).parent_path());
    directory_.write(name, text);
  }

  // Words separated by blanks; DIR stands for the scratch directory.
  std::string run(const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) {
      if (const std::size_t at = word.find("DIR/"); at != std::string::npos) {
        word.replace(at, 3, directory_.path());
      }
      words.push_back(word);
    }
    return without(config_lines(read_server_command_line(words, kEight)), directory_.path());
  }

  ScratchDirectory directory_;
};

constexpr const char* kNoModel =
    "warning: command line:1:1: the server does not start without --model_base_path or "
    "--model_config_file; any model is assumed\n";

TEST_F(CommandLine, EnableBatchingReadsTheParametersFile) {
  write("b.txt", "max_batch_size { value: 16 } num_batch_threads { value: 4 }");
  EXPECT_EQ(
      run("tensorflow_model_server --enable_batching --batching_parameters_file=DIR/b.txt"),
      "pool tensorflow: max_batch_size=16@1:1 num_batch_threads=4@1:30\n" + std::string(kNoModel));
  // The program's name may be left out, or have a path.
  EXPECT_THAT(run("--enable_batching=true --batching_parameters_file=DIR/b.txt"),
              StartsWith("pool tensorflow: max_batch_size=16"));
  EXPECT_THAT(run("/usr/bin/tensorflow_model_server --enable_batching=1 "
                  "--batching_parameters_file=DIR/b.txt"),
              StartsWith("pool tensorflow: max_batch_size=16"));
}

TEST_F(CommandLine, AParametersFileWithoutEnableBatchingStopsTheServer) {
  write("b.txt", "max_batch_size { value: 16 }");
  EXPECT_EQ(run("tensorflow_model_server --batching_parameters_file=DIR/b.txt"),
            "error: command line:1:25: server_options.batching_parameters_file is set without "
            "setting server_options.enable_batching to true.\n");
  EXPECT_EQ(run("--enable_batching=false --batching_parameters_file=DIR/b.txt"),
            "error: command line:1:25: server_options.batching_parameters_file is set without "
            "setting server_options.enable_batching to true.\n");
}

TEST_F(CommandLine, WithoutEnableBatchingNothingIsBatched) {
  EXPECT_EQ(run("tensorflow_model_server --model_name=m --model_base_path=/models/m"),
            "pool tensorflow: not batched\n"
            "model m in tensorflow, latest 1: not batched, --enable_batching is not set\n"
            "warning: command line:1:1: --enable_batching is not set: every request is executed "
            "alone, in batches of 1 request\n");
}

TEST_F(CommandLine, TheLastOfEqualFlagsCounts) {
  EXPECT_THAT(run("--enable_batching --model_base_path=/m --enable_batching=FALSE"),
              StartsWith("pool tensorflow: not batched\n"));
}

TEST_F(CommandLine, WaitingCallersBoundTheBatch) {
  write("b.txt", "max_batch_size { value: 33 } num_batch_threads { value: 4 }");
  const std::string batching =
      "--model_base_path=/m --enable_batching --batching_parameters_file=DIR/b.txt ";
  EXPECT_THAT(run(batching),
              HasSubstr("warning: b.txt:1:1: max_batch_size 33 cannot be filled by requests of one "
                        "row: the server holds at most 32 waiting requests (--grpc_max_threads is "
                        "4 x CPUs)\n"));
  EXPECT_THAT(run(batching + "--grpc_max_threads=33"), testing::Not(HasSubstr("cannot be filled")));
  EXPECT_THAT(run(batching + "--grpc_max_threads=8 --rest_api_port=8501 --rest_api_num_threads=24"),
              HasSubstr("at most 32 waiting requests (--grpc_max_threads and "
                        "--rest_api_num_threads)\n"));
}

TEST_F(CommandLine, ATimeoutBeyondThatOfRestCallsIsNamed) {
  write("b.txt",
        "batch_timeout_micros { value: 2000000 } max_batch_size { value: 4 } "
        "num_batch_threads { value: 4 }");
  const std::string batching =
      "--model_base_path=/m --enable_batching "
      "--batching_parameters_file=DIR/b.txt --rest_api_port=8501 ";
  EXPECT_THAT(run(batching + "--rest_api_timeout_in_ms=2000"),
              HasSubstr("warning: b.txt:1:1: batch_timeout_micros 2000000 is no shorter than "
                        "--rest_api_timeout_in_ms 2000: a REST request that comes alone fails "
                        "first\n"));
  EXPECT_THAT(run(batching + "--rest_api_timeout_in_ms=2001"),
              testing::Not(HasSubstr("fails first")));
}

// --- words that are no flags ---------------------------------------------------------------------

TEST_F(CommandLine, UnknownWordsAreIgnoredAloudAsTheServerRunsOn) {
  EXPECT_EQ(run("tensorflow_model_server --model_base_path=/m --max_batch_size=32 "
                "--enable_batchin --batching_parameters_file b.txt extra"),
            "pool tensorflow: not batched\n"
            "model default in tensorflow, latest 1: not batched, --enable_batching is not set\n"
            "warning: command line:1:1: --enable_batching is not set: every request is executed "
            "alone, in batches of 1 request\n"
            "warning: command line:1:46: the server ignores '--max_batch_size=32' and keeps "
            "running; it belongs in the file of --batching_parameters_file\n"
            "warning: command line:1:66: the server ignores '--enable_batchin' and keeps running "
            "(did you mean enable_batching?)\n"
            "warning: command line:1:83: the server ignores '--batching_parameters_file' and keeps "
            "running; write --batching_parameters_file=b.txt\n"
            "warning: command line:1:116: the server ignores 'extra' and keeps running\n");
}

TEST_F(CommandLine, ASingleDashIsNoFlag) {
  EXPECT_THAT(run("tensorflow_model_server -enable_batching -port=8500"),
              testing::AllOf(HasSubstr("ignores '-enable_batching' and keeps running; write "
                                       "--enable_batching\n"),
                             HasSubstr("ignores '-port=8500' and keeps running; write "
                                       "--port=8500\n")));
  EXPECT_THAT(run("--enable_batching -- --port=x"),
              HasSubstr("warning: command line:1:19: the server ignores all words from -- on\n"));
}

TEST_F(CommandLine, ValuesThatAFlagCannotTakeStopTheServer) {
  EXPECT_EQ(run("--port=eighty"),
            "error: command line:1:1: found '--port=eighty', expected --port with a whole number "
            "of at most 2147483647\n");
  EXPECT_EQ(run("--port=2147483648"),
            "error: command line:1:1: found '--port=2147483648', expected --port with a whole "
            "number of at most 2147483647\n");
  EXPECT_THAT(run("--port=2147483647"), StartsWith("pool"));
  EXPECT_EQ(run("--enable_batching=yes"),
            "error: command line:1:1: found '--enable_batching=yes', expected --enable_batching "
            "with true or false\n");
  EXPECT_EQ(run("--per_process_gpu_memory_fraction=half"),
            "error: command line:1:1: found '--per_process_gpu_memory_fraction=half', expected "
            "--per_process_gpu_memory_fraction with a number\n");
}

TEST_F(CommandLine, IsOfTheServer) {
  EXPECT_EQ(run("docker run tensorflow/serving"),
            "error: command line:1:1: found 'docker', expected tensorflow_model_server and its "
            "flags\n");
}

// --- files that flags name -----------------------------------------------------------------------

TEST_F(CommandLine, AFileOfAnotherKindIsRecognised) {
  write("m.config",
        "model_config_list { config { name: \"m\" base_path: \"/m\" model_platform: "
        "\"tensorflow\" } }");
  EXPECT_THAT(
      run("--enable_batching --batching_parameters_file=DIR/m.config"),
      testing::AllOf(StartsWith("error: m.config:1:1: found field 'model_config_list', "
                                "expected a field of BatchingParameters: "),
                     HasSubstr("; this looks like a model config (--model_config_file)\n")));
}

TEST_F(CommandLine, InventedSettingsInAModelConfigStopTheServer) {
  write("m.json", R"({"model_config_list": [{"config": {"name": "m"}}]})");
  EXPECT_EQ(run("--model_config_file=DIR/m.json"),
            "error: m.json:1:1: found JSON, expected text protobuf: TF-Serving reads no JSON "
            "here\n");
  write("m.config", "model_config_list { config { name: \"m\" batching_parameters { } } }");
  EXPECT_EQ(run("--model_config_file=DIR/m.config"),
            "error: m.config:1:40: found field 'batching_parameters', expected a field of "
            "ModelConfig; TF-Serving has no such setting per model here; write "
            "batching_params.pbtxt into each version's folder and set "
            "--enable_per_model_batching_parameters\n");
}

TEST_F(CommandLine, ModelFlagsAreIgnoredBesideAModelConfig) {
  write("m.config",
        "model_config_list { config { name: \"m\" base_path: \"/m\" model_platform: "
        "\"tensorflow\" } }");
  EXPECT_THAT(run("--model_config_file=DIR/m.config --model_name=x"),
              HasSubstr("--model_name is ignored: --model_config_file names the models\n"));
  EXPECT_EQ(run("--model_base_path=models/m"),
            "error: command line:1:1: Expected model default to have an absolute path or URI; got "
            "base_path()=models/m\n");
  EXPECT_EQ(run("--model_base_path=/m --model_name=a,b"),
            "error: command line:1:22: found model name 'a,b', expected 1 to 64 printable ASCII "
            "characters without comma or quote\n");
}

TEST_F(CommandLine, AParametersFileOfCommentsTakesAllDefaults) {
  write("b.txt", "# later\n");
  EXPECT_THAT(run("--model_base_path=/m --enable_batching --batching_parameters_file=DIR/b.txt"),
              testing::AllOf(StartsWith("pool tensorflow:\n"),
                             HasSubstr("warning: b.txt:1:1: the file holds no field: every setting "
                                       "takes its default\n")));
  write("b.txt", "");
  EXPECT_EQ(run("--model_base_path=/m --enable_batching --batching_parameters_file=DIR/b.txt"),
            "error: b.txt:1:1: found an empty file, expected at least one field\n");
}

TEST_F(CommandLine, TheMemoryFlagOverwritesTheSessionConfigEvenWithZero) {
  write("s.config", "gpu_options { per_process_gpu_memory_fraction: 0.25 allow_growth: true }");
  const std::string session = "--model_base_path=/m --tensorflow_session_config_file=DIR/s.config";
  EXPECT_THAT(run(session),
              testing::AllOf(HasSubstr("gpu: per_process_gpu_memory_fraction=0@1:15 "
                                       "allow_growth=true@1:53\n"),
                             HasSubstr("warning: s.config:1:15: per_process_gpu_memory_fraction "
                                       "0.25 is overwritten: the server sets it to 0, the flag's "
                                       "default; write --per_process_gpu_memory_fraction=0.25\n")));
  EXPECT_THAT(run(session + " --per_process_gpu_memory_fraction=0.5"),
              testing::AllOf(HasSubstr("gpu: per_process_gpu_memory_fraction=0.5@1:"),
                             HasSubstr("is overwritten: the server sets it to 0.5, the flag's "
                                       "value")));
  EXPECT_THAT(run(session + " --per_process_gpu_memory_fraction=0.25"),
              testing::Not(HasSubstr("overwritten")));
}

TEST_F(CommandLine, APlatformConfigReplacesEverything) {
  write("p.config",
        "platform_configs { key: \"tensorflow\" value { source_adapter_config { "
        "[type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] { "
        "legacy_config { batching_parameters { num_batch_threads { value: 4 } } } } } } }");
  EXPECT_EQ(run("--model_base_path=/m --platform_config_file=DIR/p.config "
                "--batching_parameters_file=/nowhere --grpc_max_threads=1000"),
            "pool tensorflow: num_batch_threads=4@1:187\n"
            "model default in tensorflow, latest 1:\n"
            "warning: command line:1:" +
                std::to_string(46 + directory_.path().size() + 9) +
                ": --batching_parameters_file is ignored: --platform_config_file replaces all "
                "batching and session settings\n");
}

// --- parameters per model ------------------------------------------------------------------------

TEST_F(CommandLine, ParametersPerModelAreReadBelowTheBasePath) {
  write("m/3/batching_params.pbtxt", "max_batch_size { value: 16 }");
  write("m/12/batching_params.pbtxt", "max_batch_size { value: 32 }");
  write("m/notes/batching_params.pbtxt", "max_batch_size { value: 64 }");
  write("b.txt", "num_batch_threads { value: 2 } max_enqueued_batches { value: 5 }");
  EXPECT_EQ(run("--model_base_path=DIR/m --enable_batching --enable_per_model_batching_parameters "
                "--batching_parameters_file=DIR/b.txt"),
            "pool tensorflow: per model max_enqueued_batches=5@1:32 num_batch_threads=2@1:1\n"
            "model default in tensorflow, latest 1: max_batch_size=32@1:1\n"
            "warning: b.txt:1:32: 1 setting for all models ignored (max_enqueued_batches): with "
            "per-model parameters only num_batch_threads and thread_pool_name count here\n");
}

TEST_F(CommandLine, AVersionWithoutParametersIsNotBatchedAtAll) {
  write("m/3/batching_params.pbtxt", "max_batch_size { value: 16 }");
  write("m/4/saved_model.pb", "");
  EXPECT_THAT(run("--model_base_path=DIR/m --enable_batching "
                  "--enable_per_model_batching_parameters"),
              testing::AllOf(HasSubstr("model default in tensorflow, latest 1: not batched, "
                                       "version 4 has no batching_params.pbtxt\n"),
                             HasSubstr("warning: command line:1:1: model default is not batched at "
                                       "all: version 4 has no batching_params.pbtxt\n")));
}

TEST_F(CommandLine, TheVersionPolicyPicksTheFile) {
  write("m/3/batching_params.pbtxt", "max_batch_size { value: 16 }");
  write("m/4/batching_params.pbtxt", "max_batch_size { value: 32 }");
  const auto policy = [&](const std::string& text) {
    write("m.config",
          "model_config_list { config { name: \"m\" model_platform: \"tensorflow\" "
          "base_path: \"" +
              directory_.path() + "/m\" model_version_policy { " + text + " } } }");
    return run(
        "--model_config_file=DIR/m.config --enable_batching "
        "--enable_per_model_batching_parameters");
  };
  EXPECT_THAT(policy("specific { versions: 3 }"), HasSubstr("specific 3: max_batch_size=16"));
  EXPECT_THAT(policy("specific { versions: 5 }"),
              HasSubstr("specific 5: unknown, no version to serve lies in"));
  EXPECT_THAT(policy("all { }"),
              testing::AllOf(HasSubstr("all: max_batch_size=32"),
                             HasSubstr("2 versions of model m are served, each with a queue of its "
                                       "own; here the newest, 4, stands for all\n")));
}

TEST_F(CommandLine, ABasePathThatCannotBeSeenLeavesBatchingUnknown) {
  EXPECT_THAT(run("--model_base_path=/no/such/m --enable_batching "
                  "--enable_per_model_batching_parameters"),
              testing::AllOf(HasSubstr("model default in tensorflow, latest 1: unknown, "
                                       "'/no/such/m' cannot be seen from here\n"),
                             HasSubstr("model default may not be batched: '/no/such/m' cannot be "
                                       "seen from here, so its batching_params.pbtxt is not "
                                       "known\n")));
}

TEST_F(CommandLine, ADefectInTheParametersOfAModelStopsIt) {
  write("m/3/batching_params.pbtxt", "max_batch_size: 16");
  EXPECT_EQ(run("--model_base_path=DIR/m --enable_batching "
                "--enable_per_model_batching_parameters"),
            "error: m/3/batching_params.pbtxt:1:17: found '16' for max_batch_size, expected a "
            "value in braces; write max_batch_size { value: 16 }\n");
}

}  // namespace
}  // namespace lockstep
