#include "sim/arrival_spec.h"

#include <string>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

ArrivalPart only_part(const char* text) {
  const Result<ArrivalSpec> spec = parse_arrivals(text);
  EXPECT_TRUE(spec) << (spec ? "" : spec.error().message);
  EXPECT_EQ(spec->parts.size(), 1u);
  return spec->parts.front();
}

std::string refusal(const std::string& text) {
  const Result<ArrivalSpec> spec = parse_arrivals(text);
  return spec ? "accepted" : spec.error().message;
}

TEST(ArrivalSpec, UnderstandsEveryKind) {
  EXPECT_EQ(only_part("constant:10/s").family, GapFamily::kConstant);
  EXPECT_EQ(only_part("poisson:10/s").family, GapFamily::kExponential);
  EXPECT_EQ(only_part("gamma:10/s,cv=2.5").cv_millionths, 2'500'000u);
  EXPECT_EQ(only_part("weibull:10/s,cv=0.5").family, GapFamily::kWeibull);
  const ArrivalPart on_off = only_part("onoff:2000/s,on=200ms,off=1s,idle=5/s");
  EXPECT_EQ(on_off.on_off.on.count, 2000u);
  EXPECT_EQ(on_off.on_off.off.count, 5u);
  EXPECT_EQ(on_off.on_off.on_ns, 200'000'000);
  EXPECT_EQ(on_off.on_off.off_ns, 1'000'000'000);
  EXPECT_TRUE(only_part("onoff:2000/s,on=200ms,off=1s").on_off.off.is_zero());
  const ArrivalPart ramp = only_part("ramp:100/s..900/s,over=60s,gaps=gamma,cv=2");
  EXPECT_EQ(ramp.ramp.to.count, 900u);
  EXPECT_EQ(ramp.family, GapFamily::kGamma);
  const ArrivalPart day = only_part("diurnal:10/s,amplitude=0.75,period=24h,phase=6h");
  EXPECT_EQ(day.day.amplitude_millionths, 750'000u);
  EXPECT_EQ(day.day.phase_ns, 6 * 3600'000'000'000);
  const ArrivalPart windows = only_part("servegen:a/b.csv,by=shape,from=600s,scale=0.5");
  EXPECT_EQ(windows.servegen.path, "a/b.csv");
  EXPECT_TRUE(windows.servegen.by_shape);
  EXPECT_EQ(windows.servegen.from_ns, 600'000'000'000);
  EXPECT_EQ(windows.servegen.scale_millionths, 500'000u);
}

TEST(ArrivalSpec, UnderstandsTheExampleOfEveryKind) {
  EXPECT_EQ(arrival_kinds().size(), 8u);
  for (const ArrivalKindInfo& kind : arrival_kinds()) {
    EXPECT_EQ(refusal(std::string(kind.example)), "accepted");
    EXPECT_TRUE(kind.example.starts_with(std::string(kind.name) + ":"));
    // The list of kinds in the message comes from what is understood.
    EXPECT_NE(refusal("zzzzzzzz:1/s").find(kind.name), std::string::npos) << kind.name;
  }
}

TEST(ArrivalSpec, KeepsAListTogetherAndTheNextOptionApart) {
  const ArrivalPart part = only_part("poisson:5/s,size=1:70,4:20,16:10,queue=a:3,m:sig,timeout=1s");
  EXPECT_EQ(part.size->values, (std::vector<std::uint64_t>{1, 4, 16}));
  EXPECT_EQ(part.size->weights, (std::vector<std::uint64_t>{70, 20, 10}));
  EXPECT_EQ(part.queue->names, (std::vector<std::string>{"a", "m:sig"}));
  EXPECT_EQ(part.queue->weights, (std::vector<std::uint64_t>{3, 1}));
  EXPECT_EQ(part.timeout_ns, 1'000'000'000);
}

TEST(ArrivalSpec, TakesPathsFromAFolderAndRecordsNoDirectory) {
  const Result<ArrivalSpec> spec = parse_arrivals(
      "servegen:far/w.csv,size=trace:/tmp/t.csv + poisson:1/s,queue=trace:q.csv", "here");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->parts[0].servegen.path, "here/far/w.csv");
  EXPECT_EQ(spec->parts[0].size->path, "/tmp/t.csv");
  EXPECT_EQ(spec->parts[1].queue->path, "here/q.csv");
  EXPECT_EQ(spec->text, "servegen:w.csv,size=trace:t.csv + poisson:1/s,queue=trace:q.csv");
}

TEST(ArrivalSpec, KnowsAPlainPoissonProcess) {
  EXPECT_TRUE(parse_arrivals("poisson:1/s")->is_plain_poisson());
  for (const char* text : {"poisson:1/s,size=2", "poisson:1/s,client=0", "poisson:1/s,timeout=1s",
                           "poisson:1/s + poisson:1/s", "constant:1/s"}) {
    EXPECT_FALSE(parse_arrivals(text)->is_plain_poisson()) << text;
  }
}

TEST(ArrivalSpec, PointsAtWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "arrivals:1: found nothing, expected KIND:... such as poisson:1200/s"},
      {"poisson:1/s + ", "arrivals:15: found nothing, expected KIND:... such as poisson:1200/s"},
      {"gama:5/s,cv=2",
       "arrivals:1: found \"gama\", expected a kind of arrivals (did you mean gamma?)"},
      {"poisson:5",
       "arrivals:9: found \"5\", expected a rate such as 1200/s (units /us, /ms, /s, /min, /h)"},
      {"poisson:0/s",
       "arrivals:9: found \"0/s\", expected a rate such as 1200/s (units /us, /ms, /s, /min, /h)"},
      {"gamma:5/s", "arrivals:1: found gamma without cv, expected one such as cv=2.5"},
      {"gamma:5/s,cv=0.009999",
       "arrivals:14: found \"0.009999\", expected a coefficient of variation from 0.01 to 10000"},
      {"gamma:5/s,cv=10000.000001",
       "arrivals:14: found \"10000.000001\", expected a coefficient of variation from 0.01 to "
       "10000"},
      {"gamma:5/s,cw=2",
       "arrivals:11: found \"cw\", expected an option of gamma (did you mean cv?)"},
      {"poisson:5/s,size=1,size=2",
       "arrivals:20: found option \"size\" a second time, expected it once"},
      {"onoff:5/s,on=1s", "arrivals:1: found onoff without off, expected one such as off=200ms"},
      {"onoff:5/s,on=0s,off=1s",
       "arrivals:14: found \"0s\", expected a time with its unit such as 500ms or 24h"},
      {"onoff:1/h,on=1us,off=1us",
       "arrivals:7: found \"1/h\", expected more than one request in 1,000,000 changes of the "
       "rate"},
      {"onoff:5/s,on=1s,off=1s,cv=2",
       "arrivals:24: found cv without gaps=gamma or gaps=weibull, expected both"},
      {"ramp:1/s,over=2s", "arrivals:6: found \"1/s\", expected RATE..RATE such as 100/s..900/s"},
      {"ramp:1/s..x,over=2s",
       "arrivals:11: found \"x\", expected a rate such as 1200/s (units /us, /ms, /s, /min, /h)"},
      {"ramp:0/s..0/s,over=2s",
       "arrivals:6: found \"0/s..0/s\", expected a rate above 0 at one end"},
      {"diurnal:5/s,amplitude=1.000001,period=1h",
       "arrivals:23: found \"1.000001\", expected an amplitude from 0 to 1, as a share of the mean "
       "rate"},
      {"servegen:", "arrivals:10: found nothing, expected a file of windows"},
      {"servegen:w,by=mean", "arrivals:15: found \"mean\", expected cv or shape"},
      {"servegen:w,scale=0", "arrivals:18: found \"0\", expected a factor from 0.000001 to 1000"},
      {"poisson:5/s,timeout=5",
       "arrivals:21: found \"5\", expected a time with its unit such as 500ms or 24h"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(refusal(text), message) << text;
  }
  EXPECT_EQ(refusal("gamma:5/s,cv=0.01"), "accepted");
  EXPECT_EQ(refusal("gamma:5/s,cv=10000"), "accepted");
  EXPECT_EQ(refusal("diurnal:5/s,amplitude=1,period=1h"), "accepted");
}

TEST(ArrivalSpec, HasAtMost256Parts) {
  std::string text = "poisson:1/s";
  for (int i = 1; i < 256; ++i) {
    text += " + poisson:1/s";
  }
  EXPECT_EQ(refusal(text), "accepted");
  EXPECT_EQ(refusal(text + " + poisson:1/s"),
            "arrivals:3585: found more than 256 parts, expected fewer");
}

}  // namespace
}  // namespace lockstep
