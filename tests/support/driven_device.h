// A device that is driven as the event loop drives it: one batch per lane, batch i on lane i.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/device_model.h"
#include "sim/device_text.h"

namespace lockstep {

class DrivenDevice {
 public:
  explicit DrivenDevice(const std::string& text, std::uint32_t gpu_count = 1,
                        std::uint64_t seed = 1)
      : description_(*parse_device(text)),
        model_(description_,
               {.gpu_count = gpu_count,
                .lane_count = 12,
                .seed = seed,
                .queue_names = &names_,
                .stages = [this](const StageRow& row) { append_stage_row(stages_, row); }}) {}

  void hand_over(std::int64_t at, std::uint32_t rows, std::uint32_t queue = 0) {
    run_until(at);
    EXPECT_EQ(model_.hand_over(at_ns(at), {.batch = BatchId{batches_},
                                           .lane = LaneId{batches_},
                                           .queue = QueueId{queue},
                                           .rows = rows}),
              DeviceModel::HandOver::kTaken);
    ++batches_;
  }

  // Everything up to and at `at`.
  void run_until(std::int64_t at) {
    while (ns_of(model_.next()) <= at) {
      if (const std::optional<DeviceCompletion> done = model_.step()) {
        ends_.push_back(*done);
      }
    }
  }

  // "B0 at 30 took 30" of each, in the order of their completion.
  std::vector<std::string> ends() {
    run_until(DeviceModel::kLatestNs);
    std::vector<std::string> texts;
    for (const DeviceCompletion& end : ends_) {
      texts.push_back("B" + std::to_string(raw(end.batch)) + " at " +
                      std::to_string(ns_of(end.time)) + " took " +
                      std::to_string(end.service.count()) +
                      (end.status == Status::kOk ? "" : " failed"));
    }
    return texts;
  }
  [[nodiscard]] const std::vector<DeviceCompletion>& completions() const { return ends_; }
  [[nodiscard]] std::uint64_t memory_peak() const { return model_.memory_peak(); }
  // Rows of stages.csv, in the order of completion.
  std::string stages() {
    run_until(DeviceModel::kLatestNs);
    return stages_;
  }

 private:
  std::vector<std::string> names_{"resnet", "bert", "resnet:classify"};
  DeviceDescription description_;
  DeviceModel model_;
  std::uint32_t batches_ = 0;
  std::vector<DeviceCompletion> ends_;
  std::string stages_;
};

}  // namespace lockstep
