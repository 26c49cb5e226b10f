#include "cli/pinned_scenarios.h"

#include <memory>
#include <utility>
#include <vector>

#include "cli/run_plan.h"
#include "cli/traffic.h"
#include "core/digest.h"
#include "core/server.h"
#include "sim/simulation.h"

namespace lockstep {
namespace {

struct PinnedScenario {
  const char* name;
  RunPlan plan;
};

RunPlan poisson(const char* arrivals, std::uint64_t requests, std::uint64_t seed, const char* gpu,
                std::uint32_t gpus, Settings options) {
  RunPlan plan;
  plan.arrivals = arrivals;
  plan.request_count = requests;
  plan.seed = seed;
  plan.gpu = gpu;
  plan.gpu_count = gpus;
  plan.options = std::move(options);
  return plan;
}

RunPlan azure(std::int64_t timeout_micros) {
  RunPlan plan;
  plan.trace = "azure-conv-2023";
  plan.load = "400x";
  plan.gpu = "v100-resnet50";
  plan.options = {{"max_batch_size", "16"},
                  {"batch_timeout_micros", std::to_string(timeout_micros)},
                  {"num_batch_threads", "4"}};
  return plan;
}

// Chosen so that together they hit every reason, refusals, several lanes and GPUs, both curves, and
// all that a device may have besides; and one of each kind of generated traffic.
std::vector<PinnedScenario> pinned_scenarios() {
  RunPlan naive =
      poisson("poisson:900/s", 20'001, 7, "1:2.0ms,8:3.0ms,32:6.5ms", 1, {{"batch_size", "32"}});
  naive.scheduler = "naive-full-batch";
  const auto generated = [](const char* arrivals) {
    return poisson(
        arrivals, 20'000, 5, "1ms+50us/row", 2,
        {{"max_batch_size", "32"}, {"batch_timeout_micros", "2000"}, {"num_batch_threads", "2"}});
  };
  RunPlan shared = azure(2000);
  shared.gpu =
      "v100-resnet50,h2d=30us+9us/row,d2h=1:5us@50/9us@99,16:20us@0/60us@100,sharing=2:1.57,3:2.2,"
      "4:2.9,jitter=0.95@0/1@50/1.4@99,first=30ms,memory=480MiB,weights=90MiB,row_bytes=9MiB";
  // Every kind of fault at once, and lanes of both GPUs that go down and come back.
  RunPlan faulty = azure(2000);
  faulty.gpu_count = 2;
  faulty.seed = 11;
  faulty.faults =
      "stall lane=1 at=500ms for=20ms; slow gpu=0 at=1s for=200ms factor=2.5; fail at=1500ms "
      "count=3; oom lane=2 at=2s count=2; drop at=2500ms count=2; late at=3s count=2 by=30ms; "
      "duplicate batch=1000 by=1ms; sticky gpu=1 at=3500ms reset=300ms; sticky gpu=0 at=4s "
      "reset=100ms fence=off; lost gpu=0 at=5s for=300ms; cancel at=5200ms share=50%; burst at=6s "
      "requests=500; watchdog after=100ms reset=50ms; timer latency=100us jitter=200us grid=50us";
  RunPlan drawn = generated("poisson:9/ms");
  drawn.faults = "random:20/s,until=2s";
  return {
      {"azure-400x-2ms", azure(2000)},
      {"azure-400x-5ms", azure(5000)},
      {"poisson-70-percent", poisson("poisson:17230/s", 100'000, 1, "1ms+50us/row", 2,
                                     {{"max_batch_size", "32"},
                                      {"batch_timeout_micros", "2000"},
                                      {"num_batch_threads", "2"}})},
      {"poisson-overload", poisson("poisson:9/ms", 100'000, 3, "1:2.0ms,8:3.0ms,32:6.5ms", 2,
                                   {{"max_batch_size", "32"},
                                    {"batch_timeout_micros", "0"},
                                    {"max_enqueued_batches", "3"},
                                    {"num_batch_threads", "3"}})},
      {"naive-starves-one", std::move(naive)},
      {"clients-retry", poisson("clients:40,think=exp:3ms,size=3,timeout=20ms,retry=1ms,retries=4",
                                20'000, 5, "1ms+300us/row", 1,
                                {{"max_batch_size", "8"},
                                 {"batch_timeout_micros", "1000"},
                                 {"max_enqueued_batches", "2"},
                                 {"num_batch_threads", "2"}})},
      {"constant", generated("constant:9/ms")},
      {"gamma-cv-4", generated("gamma:9/ms,cv=4")},
      {"weibull-cv-4", generated("weibull:9/ms,cv=4")},
      {"on-off", generated("onoff:20/ms,on=20ms,off=30ms,idle=100/s")},
      {"ramp", generated("ramp:1/ms..20/ms,over=1s,gaps=weibull,cv=0.5")},
      {"diurnal", generated("diurnal:9/ms,amplitude=0.9,period=1s,phase=200ms")},
      {"superposed", generated("poisson:2/ms,size=geometric:4,queue=zipf:10:1.1,priority=0:9,1:1 "
                               "+ gamma:1/ms,cv=2,size=1..8,client=5,6 + "
                               "constant:1/ms,size=1:70,4:20,16:10,timeout=5ms")},
      {"azure-shared-gpu", std::move(shared)},
      {"azure-faults", std::move(faulty)},
      {"drawn-faults", std::move(drawn)},
  };
}

Result<std::uint64_t> digest_of(const RunPlan& plan) {
  const Result<PreparedRun> run = prepare(plan);
  if (!run) {
    return tl::unexpected(run.error());
  }
  Result<Traffic> traffic = Traffic::open(*run);
  if (!traffic) {
    return tl::unexpected(traffic.error());
  }
  Result<std::unique_ptr<Scheduler>> scheduler = run->scheduler->make(run->spec);
  if (!scheduler) {
    return tl::unexpected(scheduler.error());
  }
  ClientCounts counts;
  const std::unique_ptr<Clients> clients = traffic->clients(*run, nullptr, counts);
  Server server(
      std::move(*scheduler),
      ServerOptions{.lane_count = run->lane_count, .settings_digest = run->settings_digest},
      clients.get());
  const SimulationOptions options = simulation_options(*run, traffic->source().queue_names());
  const Result<SimulationResult> simulated =
      clients ? simulate(options, *clients, server) : simulate(options, traffic->source(), server);
  if (!simulated) {
    return tl::unexpected(simulated.error());
  }
  return server.digest();
}

}  // namespace

Result<std::string> pinned_digests() {
  std::string lines;
  for (const PinnedScenario& scenario : pinned_scenarios()) {
    const Result<std::uint64_t> digest = digest_of(scenario.plan);
    if (!digest) {
      return tl::unexpected(digest.error());
    }
    lines += std::string(scenario.name) + " ";
    lines += digest_text(*digest) + "\n";
  }
  return lines;
}

}  // namespace lockstep
