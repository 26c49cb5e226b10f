// The JSON form of blog posts, which TF-Serving itself does not read (TF 7.4): mapped to what a
// server can do, every place kept, defects of the JSON in terms of JSON.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/config_text.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string models(const std::string& text) {
  return read_one("models.json", text);
}
std::string error(const std::string& text) {
  return "error: models.json:" + text + "\n";
}

// One model with these fields.
std::string model(const std::string& fields) {
  return R"({"model_config_list": [{"config": {"name": "m", )" + fields + "}}]}";
}

TEST(ConfigJson, EachModelBringsItsQueueAndAllShareOnePool) {
  EXPECT_EQ(
      models(R"({"model_config_list": [
  {"config": {"name": "a", "base_path": "/models/a", "model_platform": "tensorflow",
    "batching_config": {"max_batch_size": 32, "batch_timeout_micros": 5000,
    "num_batch_threads": 4}}},
  {"config": {"name": "b", "base_path": "/models/b",
    "batching_config": {"max_batch_size": 8, "num_batch_threads": 2}}}
]})"),
      "pool tensorflow: per model num_batch_threads=4@4:5\n"
      "model a in tensorflow, latest 1: max_batch_size=32@3:25 batch_timeout_micros=5000@3:47 "
      "num_batch_threads=4@4:5\n"
      "model b in tensorflow, latest 1: max_batch_size=8@6:25 num_batch_threads=2@6:46\n"
      "warning: models.json:1:1: TF-Serving rejects this file: it reads no JSON and has no "
      "batching or GPU settings per model; understood as 1 pool, with a batching_params.pbtxt for "
      "2 models\n"
      "warning: models.json:4:5: num_batch_threads per model (4, 2) cannot be honoured: all "
      "models share one pool; taking the largest, 4\n");
}

// Not "nothing after the closing }": there is none yet.
TEST(ConfigJson, ThatIsCutSaysWhatIsMissing) {
  EXPECT_EQ(models(R"({"model_config_list":[)"),
            "error: models.json:1:23: found the end of the file, expected a JSON value\n");
}

TEST(ConfigJson, GpuMemoryPerModelIsRefusedAloudForEachModel) {
  EXPECT_EQ(
      models(R"({"model_config_list": [
  {"config": {"name": "a", "gpu_config": {"per_process_gpu_memory_fraction": 0.6}}},
  {"config": {"name": "b", "gpu_config": {"memory_fraction": 0.6, "allow_growth": true}}}
]})"),
      "pool tensorflow:\n"
      "model a in tensorflow, latest 1:\n"
      "model b in tensorflow, latest 1:\n"
      "warning: models.json:1:1: TF-Serving rejects this file: it reads no JSON and has no "
      "batching or GPU settings per model; understood as 1 pool, with a batching_params.pbtxt for "
      "0 models\n"
      "warning: models.json:1:1: 2 models ask for 1.2 of one GPU's memory together\n"
      "warning: models.json:1:1: no batching parameters are given: taking --enable_batching with "
      "its defaults (max_batch_size 1000, batch_timeout_micros 0, max_enqueued_batches 10)\n"
      "warning: models.json:1:1: num_batch_threads is not set: TF-Serving uses its CPU count; "
      "assuming 8, set --server-cpus\n"
      "warning: models.json:2:43: gpu_config.per_process_gpu_memory_fraction 0.6 of model a cannot "
      "be honoured: GPU settings are per process, set --per_process_gpu_memory_fraction or "
      "--tensorflow_session_config_file\n"
      "warning: models.json:3:43: gpu_config.memory_fraction 0.6 of model b cannot be honoured: "
      "GPU settings are per process, set --per_process_gpu_memory_fraction or "
      "--tensorflow_session_config_file\n"
      "warning: models.json:3:67: gpu_config.allow_growth true of model b cannot be honoured: GPU "
      "settings are per process, set --per_process_gpu_memory_fraction or "
      "--tensorflow_session_config_file\n");
}

TEST(ConfigJson, ThreadsZeroOrAbsentMeanTheDefaultWithAWarning) {
  const std::string zero =
      models(model(R"("batching_config": {"max_batch_size": 8, "num_batch_threads": 0})"));
  EXPECT_THAT(zero, StartsWith("pool tensorflow: per model\n"));
  EXPECT_THAT(zero, HasSubstr("warning: models.json:1:90: num_batch_threads 0 of model m is read "
                              "as not set; TF-Serving refuses 0\n"));
  EXPECT_THAT(zero, HasSubstr("num_batch_threads is not set: TF-Serving uses its CPU count; "
                              "assuming 8, set --server-cpus\n"));
  EXPECT_THAT(models(model(R"("batching_config": {"max_batch_size": 8})")),
              HasSubstr("num_batch_threads is not set"));
  EXPECT_EQ(models(model(R"("batching_config": {"num_batch_threads": -1})")),
            error("1:69: num_batch_threads must be positive; was -1"));
}

TEST(ConfigJson, AModelWithoutSettingsAmongOthersIsNotBatched) {
  EXPECT_THAT(
      models(R"({"model_config_list": [
  {"config": {"name": "a", "batching_config": {"max_batch_size": 4, "num_batch_threads": 1}}},
  {"config": {"name": "b"}}]})"),
      testing::AllOf(HasSubstr("model b in tensorflow, latest 1: not batched, it has no batching "
                               "settings, and others have\n"),
                     HasSubstr("warning: models.json:3:4: model b is not batched at all: it has no "
                               "batching settings, and others have\n")));
}

TEST(ConfigJson, AListInOneObjectIsReadTheSame) {
  EXPECT_THAT(models(R"({"model_config_list": {"config": [
  {"name": "a", "batching_config": {"max_batch_size": 4, "num_batch_threads": 1}},
  {"name": "b", "batching_config": {"max_batch_size": 8, "num_batch_threads": 1}}]}})"),
              HasSubstr("model b in tensorflow, latest 1: max_batch_size=8@3:37"));
}

TEST(ConfigJson, TheServersRulesHoldHereToo) {
  EXPECT_EQ(
      models(model(R"("batching_config": {"max_batch_size": 8, "allowed_batch_sizes": [4]})")),
      error("1:90: Last entry in allowed_batch_sizes must match max_batch_size; last entry "
            "was 4; expected 8"));
  EXPECT_EQ(
      models(R"({"model_config_list": [{"config": {"name": "m"}}, {"config": {"name": "m"}}]})"),
      error("1:63: Illegal to list model m multiple times in config list"));
  EXPECT_EQ(models(model(R"("base_path": "models/m")")),
            error("1:49: Expected model m to have an absolute path or URI; got "
                  "base_path()=models/m"));
}

TEST(ConfigJson, ASlipIsAnErrorAndAnInventionAWarning) {
  EXPECT_EQ(models(model(R"("batching_config": {"max_batchsize": 8})")),
            error("1:69: found field 'max_batchsize', expected a field of BatchingConfig (did you "
                  "mean max_batch_size?)"));
  EXPECT_THAT(
      models(model(R"("batching_parameters": {"batch_commit_timeout_micros": 8})")),
      HasSubstr("warning: models.json:1:73: found field 'batch_commit_timeout_micros', which "
                "neither TF-Serving nor Lockstep has: ignored (did you mean "
                "batch_timeout_micros?)\n"));
  EXPECT_EQ(models(model(R"("batching_config": {}, "batching_parameters": {})")),
            error("1:72: found batching_parameters beside batching_config, expected one of them"));
}

TEST(ConfigJson, InventionsWithoutEndAreAnotherFormat) {
  std::string fields;
  for (int i = 0; i < 64; ++i) {
    fields += "\"qqqq" + std::to_string(i) + "\": 1, ";
  }
  EXPECT_THAT(models(model(fields + R"("base_path": "/m")")), StartsWith("pool tensorflow:"));
  EXPECT_THAT(models(model(fields + R"("qqqq64": 1, "base_path": "/m")")),
              HasSubstr("found more than 64 fields that nobody has, expected a model list\n"));
}

TEST(ConfigJson, InventedSettingsInTextAreReadTheSame) {
  EXPECT_EQ(read_one("models.config", R"(model_config_list {
  config {
    name: "m" base_path: "/m" model_platform: "tensorflow"
    version_policy { all { } }
    batching_parameters { max_batch_size: 128 num_batch_threads: 4 }
  }
})"),
            "pool tensorflow: per model num_batch_threads=4@5:47\n"
            "model m in tensorflow, latest 1: max_batch_size=128@5:27 num_batch_threads=4@5:47\n"
            "warning: models.config:1:1: TF-Serving rejects this file: it reads no batching or GPU "
            "settings per model; understood as 1 pool, with a batching_params.pbtxt for 1 model\n"
            "warning: models.config:4:5: found field 'version_policy', which neither TF-Serving "
            "nor Lockstep has: ignored (did you mean model_version_policy?)\n"
            "warning: models.config:5:47: num_batch_threads per model (4) cannot be honoured: all "
            "models share one pool; taking the largest, 4\n");
}

TEST(ConfigJson, WhereTheServerReadsTextOnlyJsonIsRefused) {
  EXPECT_EQ(read_one("b.txt", R"({"max_batch_size": 32})"),
            "error: b.txt:1:1: found JSON, expected text protobuf: TF-Serving reads no JSON here; "
            "write max_batch_size { value: 32 }\n");
  EXPECT_EQ(
      read_one("s.txt", R"({"gpu_options": {"allow_growth": true}})"),
      "error: s.txt:1:1: found JSON, expected text protobuf: TF-Serving reads no JSON here\n");
}

TEST(ConfigJson, ValuesOfTheWrongTypeNameTheirField) {
  EXPECT_EQ(models(model(R"("batching_config": {"max_batch_size": "3"})")),
            error("1:87: found '\"3\"' for max_batch_size, expected a whole number"));
  EXPECT_EQ(models(model(R"("batching_config": {"max_batch_size": null})")),
            error("1:87: found 'null' for max_batch_size, expected a whole number"));
  EXPECT_EQ(models(model(R"("batching_config": 3)")),
            error("1:68: found '3' for batching_config, expected a block in braces"));
  EXPECT_EQ(models(model(R"("name": "n")")),
            error("1:49: found name a second time, expected it once (first at 1:36)"));
}

TEST(ConfigJson, SyntaxIsJudgedAsJson) {
  EXPECT_EQ(models(R"({"model_config_list": [{"config": {"name": "m",}}]})"),
            error("1:48: found '}', expected a field name in double quotes"));
  EXPECT_EQ(models(R"({"model_config_list": [{"config": {"name": "m" "base_path": "/m"}}]})"),
            error("1:48: found '\"base_path\"', expected , or }"));
  EXPECT_EQ(models(R"({"model_config_list": [{"config": {"name" "m"}}]})"),
            error("1:43: found '\"m\"', expected : after the field name"));
  EXPECT_EQ(models(R"({"model_config_list": [{"config": {name: "m"}}]})"),
            error("1:36: found 'name', expected a field name in double quotes"));
  EXPECT_EQ(models(R"({"model_config_list": [1 2]})"), error("1:26: found '2', expected , or ]"));
  EXPECT_EQ(models(R"({"model_config_list": [tru]})"),
            error("1:24: found 'tru', expected a JSON value"));
  EXPECT_EQ(models("{\"model_config_list\": []\n"),
            error("2:1: found the end of the file, expected , or }"));
  EXPECT_EQ(models("{\"model_config_list\": []} x"),
            error("1:27: found 'x', expected nothing after the closing }"));
  EXPECT_EQ(models("{\n  # comment\n}"),
            error("2:3: found '#', expected a field name in double quotes"));
  EXPECT_EQ(models(R"({"model_config_list": [{"config": {"name": "m)"),
            error("1:46: found the end of the file inside a text, expected a closing \""));
  EXPECT_EQ(models("{\"model_config_list\": \"a\nb\"}"),
            error("1:25: found the end of the line inside a text, expected a closing \""));
  EXPECT_EQ(models(R"({"model_config_list": "\q"})"),
            error("1:25: found 'q' inside a text, expected JSON (an escape such as \\n, \\\" or "
                  "\\u00e9)"));
  EXPECT_EQ(models(R"({"max batch": 3})"),
            error("1:2: found key 'max batch', expected a field name of letters, digits and _"));
}

TEST(ConfigJson, EscapesOfJsonAreThoseOfTextProtobuf) {
  // The slash loses its backslash; what follows keeps its column.
  EXPECT_THAT(
      models(R"({"model_config_list": [{"config": {"name": "a\/b\u0021\\", "base_path": "m"}}]})"),
      StartsWith(error("1:60: Expected model a/b!\\ to have an absolute path or URI; got "
                       "base_path()=m")));
}

TEST(ConfigJson, ManyListsWithinEachOtherAreRefusedNotFollowed) {
  std::string deep = R"({"model_config_list": )";
  deep.append(20000, '[');
  deep.append(20000, ']');
  EXPECT_EQ(models(deep + "}"),
            error("1:24: found '[' for model_config_list, expected a block in braces"));
}

}  // namespace
}  // namespace lockstep
