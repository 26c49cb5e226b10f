// A server's files together: kinds, pools, models, and which models are not batched at all.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/config_text.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr ServerConfigOptions kEight{.server_cpus = 8, .server_cpus_given = true};

std::string data(const std::string& name) {
  return std::string(LOCKSTEP_SOURCE_DIR) + "/tests/traces/data/config/" + name;
}

// Files of tests/traces/data/config.
std::string files(const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  paths.reserve(names.size());
  for (const std::string& name : names) {
    paths.push_back(data(name));
  }
  return without(config_lines(read_server_config(paths, kEight)),
                 std::string(LOCKSTEP_SOURCE_DIR) + "/tests/traces/data/config");
}

// A scratch directory's files, made from (name, text).
std::string made(const std::vector<std::pair<std::string, std::string>>& given) {
  const ScratchDirectory directory;
  std::vector<std::string> paths;
  for (const auto& [name, text] : given) {
    std::filesystem::create_directories(std::filesystem::path(directory.file(name)).parent_path());
    directory.write(name, text);
    paths.push_back(directory.file(name));
  }
  return without(config_lines(read_server_config(paths, kEight)), directory.path());
}

constexpr const char* kTwoModels = R"(model_config_list {
  config { name: "a" base_path: "/models/a" model_platform: "tensorflow" }
  config { name: "b" base_path: "/models/b/" model_platform: "tensorflow" }
})";
constexpr const char* kThreads = "num_batch_threads { value: 4 }";

// The bundle stands on a line of its own.
std::string platform(const std::string& key, const std::string& bundle) {
  return "platform_configs { key: \"" + key +
         "\" value { source_adapter_config { "
         "[type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig] { "
         "legacy_config {\n" +
         bundle + "\n} } } } }\n";
}

// --- kinds ---------------------------------------------------------------------------------------

TEST(ServerConfigFiles, AreToldApartByContent) {
  const std::vector<std::pair<std::string, ConfigKind>> expected = {
      {"batching_parameters.txt", ConfigKind::kBatching},
      {"throughput.txt", ConfigKind::kBatching},
      {"models.config", ConfigKind::kModels},
      {"platform.config", ConfigKind::kPlatforms},
      {"two_platforms.config", ConfigKind::kPlatforms},
      {"session.config", ConfigKind::kSession},
      {"blog_models.json", ConfigKind::kInventedModels},
      {"invented_models.config", ConfigKind::kInventedModels},
      {"replay.lockstep.pbtxt", ConfigKind::kScenario},
      {"replay.lockstep.json", ConfigKind::kScenario}};
  for (const auto& [name, kind] : expected) {
    const Result<ConfigKind> found = recognise_config_file(data(name));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(describe(*found), describe(kind)) << name;
  }
}

TEST(ServerConfigFiles, OfOneKindAreGivenOnce) {
  EXPECT_EQ(files({"batching_parameters.txt", "throughput.txt"}),
            "error: throughput.txt:1:1: found batching parameters (--batching_parameters_file) a "
            "second time, expected one (first batching_parameters.txt)\n");
  EXPECT_THAT(files({"blog_models.json", "models.config"}),
              HasSubstr("error: models.config:1:1: found a model config (--model_config_file) a "
                        "second time"));
}

TEST(ServerConfigFiles, AreNoScenario) {
  EXPECT_EQ(files({"replay.lockstep.pbtxt"}),
            "error: replay.lockstep.pbtxt:1:1: found a scenario of Lockstep, expected a file of "
            "the server; give the scenario in place of the trace\n");
}

// --- one pool ------------------------------------------------------------------------------------

TEST(ServerConfigFiles, BatchingParametersAloneMakeOnePoolForAnyModel) {
  EXPECT_EQ(files({"batching_parameters.txt"}),
            "pool tensorflow: max_batch_size=32@2:1 batch_timeout_micros=5000@3:1 "
            "max_enqueued_batches=100@4:1 num_batch_threads=4@5:1 "
            "thread_pool_name=my_batch_threads@6:1 allowed_batch_sizes=8,32@9:1 "
            "pad_variable_length_inputs=true@11:1 enable_large_batch_splitting=true@7:1 "
            "max_execution_batch_size=32@8:1\n"
            "warning: batching_parameters.txt:7:1: enable_large_batch_splitting admits no larger "
            "requests: those above 32 rows are refused as before; raise max_batch_size above "
            "max_execution_batch_size 32\n"
            "warning: batching_parameters.txt:9:1: allowed_batch_sizes has wide gaps: a batch of 1 "
            "row is padded to 8: 87 % of it is filler\n"
            "warning: batching_parameters.txt:11:1: pad_variable_length_inputs has no effect here: "
            "requests have rows but no shapes, 0 us are added for longer ones\n");
}

TEST(ServerConfigFiles, ModelsShareThePoolOfTheServer) {
  EXPECT_EQ(files({"models.config", "throughput.txt", "session.config"}),
            "pool tensorflow: max_batch_size=128@1:1 batch_timeout_micros=0@2:1 "
            "max_enqueued_batches=1000000@3:1 num_batch_threads=8@4:1\n"
            "gpu: allow_growth=true@1:15 visible_device_list=0@1:35\n"
            "model m1 in tensorflow, specific 42,43:\n"
            "model m2 in tensorflow, latest 1:\n"
            "warning: models.config:6:28: model m1 serves several versions (specific 42,43), each "
            "with a queue of its own; here 1 queue stands for all\n"
            "warning: throughput.txt:3:1: max_enqueued_batches 1000000 over 8 batch threads "
            "refuses nobody: a request may wait behind 125000 batches of its own queue\n");
}

TEST(ServerConfigFiles, WaitingBatchesOfAllQueuesRefillTheThreads) {
  const std::string four = "num_batch_threads { value: 4 } max_enqueued_batches { value: ";
  EXPECT_THAT(made({{"m.config", kTwoModels}, {"b.txt", four + "2 }"}}),
              testing::Not(HasSubstr("cannot refill")));
  EXPECT_THAT(made({{"m.config", kTwoModels},
                    {"b.txt", "num_batch_threads { value: 5 } max_enqueued_batches { value: 2 }"}}),
              HasSubstr("warning: b.txt:1:32: max_enqueued_batches 2 in each of 2 queues cannot "
                        "refill 5 batch threads: at most 4 batches wait when all become idle; set "
                        "it to at least 3\n"));
}

TEST(ServerConfigFiles, MemoryFractionOfASessionConfigIsOverwritten) {
  EXPECT_EQ(made({{"b.txt", kThreads},
                  {"s.config", "gpu_options { per_process_gpu_memory_fraction: 0.4 }"}}),
            "pool tensorflow: num_batch_threads=4@1:1\n"
            "gpu: per_process_gpu_memory_fraction=0@1:15\n"
            "warning: s.config:1:15: per_process_gpu_memory_fraction 0.4 is overwritten: the "
            "server sets it to 0, the flag's default; write "
            "--per_process_gpu_memory_fraction=0.4\n");
}

// --- models --------------------------------------------------------------------------------------

TEST(ServerConfigModels, AreCheckedAsTheServerChecksThem) {
  const auto model = [](const std::string& fields) {
    return read_one("m.config", "model_config_list { config { " + fields + " } }");
  };
  EXPECT_EQ(model("name: \"m\" base_path: \"/m\""),
            "error: m.config:1:21: Illegal setting neither ModelServerConfig::model_type "
            "(deprecated) nor ModelServerConfig::model_platform.\n");
  EXPECT_EQ(model("name: \"m\" base_path: \"/m\" model_platform: \"tensorflow\" model_type: "
                  "TENSORFLOW"),
            "error: m.config:1:85: Illegal setting both ModelServerConfig::model_type (deprecated) "
            "and ModelServerConfig::model_platform.\n");
  EXPECT_EQ(model("name: \"m\" base_path: \"/m\" model_type: OTHER"),
            "error: m.config:1:56: ModelServerConfig::model_type choice 2 not supported.\n");
  EXPECT_THAT(model("name: \"m\" base_path: \"/m\" model_type: TENSORFLOW"),
              HasSubstr("model m in tensorflow, latest 1:\n"));
  EXPECT_EQ(model("name: \"m\" base_path: \"./m\" model_platform: \"tensorflow\""),
            "error: m.config:1:40: Expected model m to have an absolute path or URI; got "
            "base_path()=./m\n");
  EXPECT_EQ(model("name: \"a,b\" base_path: \"/m\" model_platform: \"tensorflow\""),
            "error: m.config:1:30: found model name 'a,b', expected 1 to 64 printable ASCII "
            "characters without comma or quote\n");
  EXPECT_EQ(model("name: \"m\" base_path: \"/m\" model_platform: \"tensorflwo\""),
            "error: m.config:1:56: found model_platform 'tensorflwo', expected a platform of this "
            "server: tensorflow (did you mean tensorflow?)\n");
  EXPECT_EQ(read_one("m.config", "model_config_list { }"),
            "error: m.config:1:1: found no model, expected model_config_list { config { ... } } "
            "with at least one\n");
}

TEST(ServerConfigModels, VersionsAreKeptAsWritten) {
  const auto versions = [](const std::string& policy) {
    return read_one("m.config",
                    "model_config_list { config { name: \"m\" base_path: \"/m\" model_platform: "
                    "\"tensorflow\" model_version_policy { " +
                        policy + " } } }");
  };
  EXPECT_THAT(versions(""), HasSubstr("model m in tensorflow, latest 1:\n"));
  EXPECT_THAT(versions("latest { }"), HasSubstr("model m in tensorflow, latest 1:\n"));
  EXPECT_THAT(versions("latest { num_versions: 2 }"),
              testing::AllOf(HasSubstr("model m in tensorflow, latest 2:\n"),
                             HasSubstr("model m serves several versions (latest 2), each with a "
                                       "queue of its own; here 1 queue stands for all\n")));
  EXPECT_THAT(versions("all { }"), HasSubstr("model m serves several versions (all), each"));
  EXPECT_THAT(versions("specific { versions: 42 }"),
              testing::AllOf(HasSubstr("model m in tensorflow, specific 42:\n"),
                             testing::Not(HasSubstr("several"))));
}

// --- settings of one model version ---------------------------------------------------------------

TEST(ServerConfigModels, WithoutAFileOfItsOwnAModelIsNotBatchedAtAll) {
  EXPECT_EQ(made({{"m.config", kTwoModels},
                  {"b.txt", kThreads},
                  {"a/3/batching_params.pbtxt", "max_batch_size { value: 16 }"}}),
            "pool tensorflow: per model num_batch_threads=4@1:1\n"
            "model a in tensorflow, latest 1: max_batch_size=16@1:1\n"
            "model b in tensorflow, latest 1: not batched, no batching_params.pbtxt is given for "
            "it\n"
            "warning: m.config:3:3: model b is not batched at all: no batching_params.pbtxt is "
            "given for it\n");
}

TEST(ServerConfigModels, BothHalvesThatDoNotCountAreNamed) {
  const std::string lines = made({{"m.config", kTwoModels},
                                  {"b.txt",
                                   "max_batch_size { value: 8 } num_batch_threads { value: 4 } "
                                   "batch_timeout_micros { value: 3000 }"},
                                  {"a/3/batching_params.pbtxt", "num_batch_threads { value: 2 }"},
                                  {"b/1/batching_params.pbtxt", "max_batch_size { value: 4 }"}});
  EXPECT_THAT(lines, HasSubstr("warning: b.txt:1:1: 2 settings for all models ignored "
                               "(max_batch_size, batch_timeout_micros): with per-model parameters "
                               "only num_batch_threads and thread_pool_name count here\n"));
  EXPECT_THAT(lines, HasSubstr("warning: a/3/batching_params.pbtxt:1:1: num_batch_threads 2 of "
                               "model a is ignored: one pool of 4 batch threads serves all "
                               "models\n"));
}

TEST(ServerConfigModels, OfSeveralVersionsTheNewestCounts) {
  const std::string lines = made({{"b.txt", kThreads},
                                  {"a/9/batching_params.pbtxt", "max_batch_size { value: 9 }"},
                                  {"a/10/batching_params.pbtxt", "max_batch_size { value: 10 }"},
                                  {"a/2/batching_params.pbtxt", "max_batch_size { value: 2 }"}});
  EXPECT_EQ(lines,
            "pool tensorflow: per model num_batch_threads=4@1:1\n"
            "model a in tensorflow, latest 1: max_batch_size=10@1:1\n"
            "warning: a/9/batching_params.pbtxt:1:1: version 9 of a is not the newest given (10): "
            "not used\n"
            "warning: a/2/batching_params.pbtxt:1:1: version 2 of a is not the newest given (10): "
            "not used\n");
}

TEST(ServerConfigModels, FilesOfVersionsLieInTheirFolders) {
  EXPECT_EQ(made({{"a/batching_params.pbtxt", kThreads}}),
            "error: a/batching_params.pbtxt:1:1: found folder 'a', expected "
            "MODEL/VERSION/batching_params.pbtxt with a number as VERSION\n");
  EXPECT_EQ(made({{"m.config", kTwoModels}, {"c/1/batching_params.pbtxt", kThreads}}),
            "error: c/1/batching_params.pbtxt:1:1: found model folder 'c', expected the last "
            "folder of a base_path in the model config\n");
  EXPECT_EQ(made({{"a/1/batching_params.pbtxt", "max_batch_size { value: 0 }"}}),
            "error: a/1/batching_params.pbtxt:1:1: input_batch_size_limit must be positive; was "
            "0\n");
}

// --- platforms -----------------------------------------------------------------------------------

TEST(ServerConfigPlatforms, CarryBatchingAndGpuOptionsTogether) {
  EXPECT_EQ(files({"platform.config"}),
            "pool tensorflow: max_batch_size=32@9:13 batch_timeout_micros=5000@10:13 "
            "num_batch_threads=4@11:13\n"
            "gpu: per_process_gpu_memory_fraction=0.4@7:42 allow_growth=true@7:79\n");
}

TEST(ServerConfigPlatforms, WithDifferentNamesAreDifferentPools) {
  const std::string models = R"(model_config_list {
  config { name: "a" base_path: "/a" model_platform: "tensorflow" }
  config { name: "b" base_path: "/b" model_platform: "tensorflow_plain" }
})";
  const std::string plain = platform("tensorflow",
                                     "batching_parameters { max_batch_size { value: "
                                     "4 } num_batch_threads { value: 2 } }") +
                            platform("tensorflow_plain", "");
  EXPECT_EQ(made({{"p.config", plain}, {"m.config", models}}),
            "pool tensorflow: max_batch_size=4@2:23 num_batch_threads=2@2:51\n"
            "pool tensorflow_plain: not batched\n"
            "model a in tensorflow, latest 1:\n"
            "model b in tensorflow_plain, latest 1: not batched, its platform has no "
            "batching_parameters\n");
}

TEST(ServerConfigPlatforms, ReplaceAllOtherSettings) {
  const std::string lines = files({"platform.config", "throughput.txt", "session.config"});
  EXPECT_THAT(lines, StartsWith("pool tensorflow: max_batch_size=32@9:13"));
  EXPECT_THAT(lines, HasSubstr("warning: throughput.txt:1:1: this file is ignored: platform.config "
                               "replaces all batching and session settings\n"));
  EXPECT_THAT(lines, HasSubstr("warning: session.config:1:1: this file is ignored: platform.config "
                               "replaces all batching and session settings\n"));
}

TEST(ServerConfigPlatforms, MayAskForParametersPerModel) {
  EXPECT_EQ(made({{"p.config", platform("tensorflow",
                                        "enable_per_model_batching_params: true "
                                        "batching_parameters { num_batch_threads { value: 2 } }")},
                  {"m.config", kTwoModels},
                  {"a/1/batching_params.pbtxt", "max_batch_size { value: 4 }"}}),
            "pool tensorflow: per model num_batch_threads=2@2:62\n"
            "model a in tensorflow, latest 1: max_batch_size=4@1:1\n"
            "model b in tensorflow, latest 1: unknown, its batching_params.pbtxt is not given\n"
            "warning: m.config:3:3: model b may not be batched: its batching_params.pbtxt is not "
            "given\n");
}

TEST(ServerConfigPlatforms, GivenTwiceTheLastCounts) {
  EXPECT_EQ(made({{"p.config",
                   platform("tensorflow", "") + platform("tensorflow",
                                                         "batching_parameters { "
                                                         "num_batch_threads { value: 2 } }")}}),
            "pool tensorflow: num_batch_threads=2@5:23\n"
            "warning: p.config:4:1: platform 'tensorflow' is given a second time: the last one "
            "counts\n");
}

TEST(ServerConfigPlatforms, DefectsInsideTheExpandedTypeKeepTheirPlace) {
  EXPECT_EQ(
      made({{"p.config", platform("tensorflow", "batching_parameters { max_batch_sise { } }")}}),
      "error: p.config:2:23: found field 'max_batch_sise', expected a field of "
      "BatchingParameters (did you mean max_batch_size?)\n");
  EXPECT_EQ(
      made({{"p.config", platform("tensorflow", "batching_parameters { num_batch_threads { } }")}}),
      "error: p.config:2:23: num_batch_threads must be positive; was 0\n");
  EXPECT_EQ(made({{"p.config",
                   "platform_configs { key: \"t\" value { source_adapter_config { "
                   "[type.googleapis.com/tensorflow.serving.Other] { } } } }"}}),
            "error: p.config:1:61: found '[type.googleapis.com/tensorflow.serving.Other]', "
            "expected "
            "[type.googleapis.com/tensorflow.serving.SavedModelBundleSourceAdapterConfig]\n");
  EXPECT_EQ(made({{"p.config", "platform_configs { key: \"t\" }"}}),
            "error: p.config:1:1: found platform 't' without source_adapter_config, expected it\n");
}

TEST(ServerConfigPlatforms, GpuOptionsThatExcludeEachOtherAreRefused) {
  const auto gpu = [](const std::string& options) {
    return made({{"p.config",
                  platform("tensorflow", "session_config { gpu_options { " + options + " } }")}});
  };
  EXPECT_THAT(gpu("per_process_gpu_memory_fraction: 0.4 experimental { virtual_devices { "
                  "memory_limit_mb: 1024 } }"),
              HasSubstr("found virtual_devices beside per_process_gpu_memory_fraction 0.4, "
                        "expected one of them: TensorFlow refuses both\n"));
  EXPECT_EQ(gpu("experimental { virtual_devices { memory_limit_mb: 1024 } }"),
            "pool tensorflow: not batched\n"
            "gpu: experimental.virtual_devices.0.memory_limit_mb=1024@2:65\n");
  EXPECT_THAT(gpu("per_process_gpu_memory_fraction: -0.5"),
              HasSubstr("found per_process_gpu_memory_fraction -0.5, expected a number from 0 to "
                        "1\n"));
  EXPECT_THAT(gpu("per_process_gpu_memory_fraction: 1.5"),
              HasSubstr("per_process_gpu_memory_fraction 1.5 is more than the GPU has: TensorFlow "
                        "swaps the rest to host memory\n"));
}

// --- in effect -----------------------------------------------------------------------------------

TEST(EffectiveSettings, OfAModelComeFromItsOwnFileAndThreadsFromThePool) {
  const ScratchDirectory directory;
  std::filesystem::create_directories(directory.file("a/1"));
  directory.write("b.txt", "max_batch_size { value: 8 } num_batch_threads { value: 4 }");
  directory.write("a/1/batching_params.pbtxt", "max_enqueued_batches { value: 3 }");
  const std::vector<std::string> paths = {directory.file("b.txt"),
                                          directory.file("a/1/batching_params.pbtxt")};
  const Result<ServerConfig> config = read_server_config(paths, kEight);
  ASSERT_TRUE(config) << config.error().message;
  const auto settings = effective_settings(*config, 0, &config->models.front(), 8);
  ASSERT_EQ(settings.size(), 9u);
  EXPECT_EQ(settings[0].value, "1000");  // not the server's 8
  EXPECT_EQ(settings[2].value, "3");
  EXPECT_EQ(settings[3].value, "4");
  EXPECT_EQ(settings[3].where->file, directory.file("b.txt"));
}

}  // namespace
}  // namespace lockstep
