// A user's scheduler as one of ours: `--plugin LIB` and `--exec CMD` end here.
//
// Its SchedulerInfo works wherever that of a built-in scheduler does: options, `--set`, manifest,
// re-execution. What it decides is held to the contract by a DecisionGuard; a fault ends the step
// that it is found in with SchedulerFault, whose text names scheduler, virtual time, input and
// seed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/schedulers/registry.h"
#include "properties/plugin/foreign_peer.h"
#include "properties/plugin/progress.h"

namespace lockstep {

// Immovable: its info points into it. Whoever makes schedulers from the info keeps it alive.
class ForeignScheduler {
 public:
  struct Source {
    std::string where;             // of texts: "libmine.so"
    std::string rules_version;     // "plugin 0123456789abcdef": changes whenever decisions may
    Progress* progress = nullptr;  // outlives it; nullptr: nobody watches
  };
  // Errors: a description that makes no sense.
  [[nodiscard]] static Result<std::shared_ptr<const ForeignScheduler>> create(
      const Source& source, ForeignDescription description, MakeForeignPeer make);

  ForeignScheduler(const ForeignScheduler&) = delete;
  ForeignScheduler& operator=(const ForeignScheduler&) = delete;

  [[nodiscard]] const SchedulerInfo& info() const { return info_; }
  // In the place of a version of our rules, manifest.json says which build decided.
  [[nodiscard]] const std::string& rules_version() const { return rules_version_; }

 private:
  ForeignScheduler(const Source& source, ForeignDescription description, MakeForeignPeer make);
  [[nodiscard]] Result<std::unique_ptr<Scheduler>> make(const SchedulerSpec& spec) const;

  ForeignDescription description_;
  MakeForeignPeer make_;
  Progress* progress_;
  std::vector<OptionInfo> options_;  // into description_
  SchedulerInfo info_;
  std::string rules_version_;
};

}  // namespace lockstep
