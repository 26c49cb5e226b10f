// Texts of models: what they mean, and where a wrong one is wrong.
#include "gpu_backend/model_spec.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using ::testing::HasSubstr;

ModelSpec model_of(const std::string& text) {
  const Result<ModelSpec> model = parse_model(text);
  EXPECT_TRUE(model) << (model ? "" : model.error().message);
  return model ? *model : ModelSpec{};
}

std::string refusal_of_model(const std::string& text) {
  const Result<ModelSpec> model = parse_model(text);
  return model ? "accepted as " + model_text(*model) : model.error().message;
}

TEST(ModelText, SaysEveryOptionOfItsKind) {
  EXPECT_EQ(model_text(model_of("square")), "square:width=1");
  EXPECT_EQ(model_text(model_of("copy")), "copy:width=256");
  EXPECT_EQ(model_text(model_of("mlp")), "mlp:width=1024,depth=4,precision=fp32");
  EXPECT_EQ(model_text(model_of("spin:1500us")), "spin:1ms500us,width=1");
  EXPECT_EQ(model_text(model_of("spin:2us/row,width=3")), "spin:2us/row,width=3");
  EXPECT_EQ(model_text(model_of("./my.so")), "./my.so:width=1");
}

TEST(ModelText, ReadsBackEqual) {
  for (const char* text : {"square:width=65536", "mlp:precision=bf16,depth=256,width=8", "spin:1ns",
                           "spin:1h/row,width=9", "a.so.1/b.so:width=7"}) {
    const ModelSpec model = model_of(text);
    EXPECT_EQ(model_of(model_text(model)), model) << text;
  }
}

TEST(ModelText, KnowsALibraryByItsEnding) {
  const ModelSpec model = model_of("/opt/a:b/my.so:width=12");
  EXPECT_EQ(model.kind, ModelKind::kUser);
  EXPECT_EQ(model.library, "/opt/a:b/my.so");
  EXPECT_EQ(model.width, 12u);
  EXPECT_THAT(refusal_of_model(".so"), HasSubstr("model:1: found \".so\""));
}

TEST(ModelText, RowsAreFourBytesAValue) {
  EXPECT_EQ(model_of("square").row_bytes(), 4u);
  EXPECT_EQ(model_of("copy:width=65536").row_bytes(), 262'144u);
}

TEST(ModelText, IsRefusedWhereItIsWrong) {
  EXPECT_EQ(
      refusal_of_model("sqare"),
      "model:1: found \"sqare\", expected one of square, copy, mlp, spin, or FILE.so (did you "
      "mean square?)");
  EXPECT_EQ(refusal_of_model(""),
            "model:1: found nothing, expected one of square, copy, mlp, spin, or FILE.so");
  EXPECT_EQ(refusal_of_model("square:"),
            "model:8: found nothing, expected NAME=VALUE with one of width");
  EXPECT_EQ(
      refusal_of_model("mlp:width=8,dept=2"),
      "model:13: found \"dept\", expected NAME=VALUE with one of width, depth, precision (did "
      "you mean depth?)");
  EXPECT_EQ(refusal_of_model("copy:depth=2"),
            "model:6: found \"depth\", expected NAME=VALUE with one of width");
  EXPECT_EQ(refusal_of_model("mlp:width=8,width=8"),
            "model:13: found \"width\", expected each option once");
  EXPECT_EQ(refusal_of_model("mlp:precision=fp16"),
            "model:15: found \"fp16\", expected fp32 or bf16");
}

TEST(ModelText, NumbersHaveLimits) {
  const std::string whole = "expected a whole number from 1 to 65536";
  EXPECT_THAT(refusal_of_model("square:width=0"), HasSubstr("model:14: found \"0\", " + whole));
  EXPECT_EQ(model_of("square:width=65536").width, kMaxModelWidth);
  EXPECT_THAT(refusal_of_model("square:width=65537"), HasSubstr(whole));
  EXPECT_THAT(refusal_of_model("square:width=+1"), HasSubstr(whole));
  EXPECT_THAT(refusal_of_model("square:width="), HasSubstr("model:14: found nothing, " + whole));
  EXPECT_EQ(model_of("mlp:width=1,depth=256").depth, kMaxModelDepth);
  EXPECT_THAT(refusal_of_model("mlp:width=1,depth=257"), HasSubstr("from 1 to 256"));
}

TEST(ModelText, AnMlpHasAMostOfWeights) {
  EXPECT_EQ(model_of("mlp:width=32768,depth=2").width, 32768u);  // 2^31
  EXPECT_THAT(refusal_of_model("mlp:width=32768,depth=3"),
              HasSubstr("model:1: found 3221225472 weights"));
}

TEST(ModelText, SpinNeedsATime) {
  EXPECT_THAT(refusal_of_model("spin"), HasSubstr("model:5: found nothing, expected :TIME"));
  EXPECT_THAT(refusal_of_model("spin:width=2"), HasSubstr("model:6: found \"width=2\""));
  EXPECT_THAT(refusal_of_model("spin:5"), HasSubstr("a time with its unit"));
  EXPECT_THAT(refusal_of_model("spin:0ns"), HasSubstr("from 1ns to 1h"));
  EXPECT_EQ(model_of("spin:1h").spin, SimDuration{3'600'000'000'000});
  EXPECT_THAT(refusal_of_model("spin:3600000000001ns"), HasSubstr("from 1ns to 1h"));
  EXPECT_TRUE(model_of("spin:5us/row").spin_per_row);
  EXPECT_FALSE(model_of("spin:5us").spin_per_row);
}

TEST(ModelText, HelpNamesEveryKindOnALineOfItsOwn) {
  for (const char* line : {"square[", "\ncopy[", "\nmlp[", "\nspin:TIME", "\nFILE.so"}) {
    EXPECT_THAT(model_help(), HasSubstr(line));
  }
}

}  // namespace
}  // namespace lockstep
