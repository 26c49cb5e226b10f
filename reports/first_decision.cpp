#include "reports/first_decision.h"

#include <utility>

#include <fmt/format.h>

namespace lockstep {
namespace {

// A decision that counts, and the input that it answers.
struct Decided {
  JournalLine input;
  JournalLine decision;

  [[nodiscard]] std::string text() const { return describe(input) + ": " + describe(decision); }
};

class DecisionReader {
 public:
  explicit DecisionReader(JournalLineSource& lines) : lines_(lines) {}

  // The next one; nullopt at the end.
  Result<std::optional<Decided>> next() {
    while (true) {
      Result<std::optional<JournalLine>> line = lines_();
      if (!line) {
        return tl::unexpected(line.error());
      }
      if (!*line) {
        return std::nullopt;
      }
      if ((*line)->is_input) {
        input_ = std::move(**line);
        continue;
      }
      const DecisionKind kind = (*line)->decision.kind;
      if (kind != DecisionKind::kWake && kind != DecisionKind::kFinishBatch) {
        return Decided{input_, std::move(**line)};
      }
    }
  }

 private:
  JournalLineSource& lines_;
  JournalLine input_;
};

bool same_decision(const JournalLine& a, const JournalLine& b) {
  const Decision& in_a = a.decision;
  const Decision& in_b = b.decision;
  return in_a.kind == in_b.kind && in_a.reason == in_b.reason && in_a.status == in_b.status &&
         in_a.sealed == in_b.sealed && in_a.queue == in_b.queue && in_a.batch == in_b.batch &&
         in_a.padded_rows == in_b.padded_rows && a.request == b.request && a.members == b.members;
}

bool same_placement(const Decided& a, const Decided& b) {
  return a.input.input.now == b.input.input.now &&
         a.decision.decision.lane == b.decision.decision.lane;
}

}  // namespace

Result<std::optional<DecisionDivergence>> first_divergent_decision(JournalLineSource& a,
                                                                   JournalLineSource& b) {
  DecisionReader of_a(a);
  DecisionReader of_b(b);
  std::optional<DecisionDivergence> placement;
  for (std::uint64_t before = 0;; ++before) {
    const Result<std::optional<Decided>> in_a = of_a.next();
    if (!in_a) {
      return tl::unexpected(in_a.error());
    }
    const Result<std::optional<Decided>> in_b = of_b.next();
    if (!in_b) {
      return tl::unexpected(in_b.error());
    }
    if (!*in_a && !*in_b) {
      return placement;
    }
    const auto divergence = [&](bool placement_only) {
      const auto text = [](const std::optional<Decided>& decided) {
        return decided ? std::optional(decided->text()) : std::nullopt;
      };
      return DecisionDivergence{before, placement_only, text(*in_a), text(*in_b)};
    };
    if (!*in_a || !*in_b || !same_decision((*in_a)->decision, (*in_b)->decision)) {
      return divergence(false);
    }
    if (!placement && !same_placement(**in_a, **in_b)) {
      placement = divergence(true);
    }
  }
}

std::string divergence_text(const std::optional<DecisionDivergence>& divergence) {
  if (!divergence) {
    return "";
  }
  constexpr std::string_view kNothing = "nothing more was decided";
  return fmt::format(
      "{} after {} same one{}\n  A {}\n  B {}\n",
      divergence->placement_only ? "the same decisions at other times or on other lanes: the first"
                                 : "first divergent decision,",
      divergence->before, divergence->before == 1 ? "" : "s",
      divergence->a.value_or(std::string(kNothing)), divergence->b.value_or(std::string(kNothing)));
}

}  // namespace lockstep
