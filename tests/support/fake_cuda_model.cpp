// The models of FakeCuda, computed on the CPU.
#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "gpu_backend/cuda/user_library.h"
#include "tests/support/fake_cuda.h"

namespace lockstep::testing {
namespace {

class FakeModel final : public CudaModel {
 public:
  FakeModel(FakeCuda& cuda, const ModelSpec& model, const MlpWeights& weights,
            std::vector<std::unique_ptr<UserModel>> user_models)
      : cuda_(&cuda), model_(model), weights_(weights), user_models_(std::move(user_models)) {}

  [[nodiscard]] std::uint64_t weight_bytes() const override {
    return weights_.weights.size() * sizeof(float);
  }
  [[nodiscard]] std::uint64_t workspace_bytes(std::uint32_t rows) const override {
    return model_.kind == ModelKind::kMlp ? model_.row_bytes() * rows : 0;
  }
  [[nodiscard]] CudaStatus load(CudaStream /*stream*/, void* memory) override {
    cuda_->check_range(memory, weight_bytes(), "load");
    std::memcpy(memory, weights_.weights.data(), weight_bytes());
    memory_ = static_cast<const float*>(memory);
    return {};
  }
  [[nodiscard]] bool needs_warm_up() const override {
    return model_.kind == ModelKind::kMlp || model_.kind == ModelKind::kUser;
  }
  [[nodiscard]] CudaStatus enqueue(const CudaBatch& batch) override {
    const SimDuration each = model_.spin_per_row ? model_.spin * batch.rows : model_.spin;
    const SimDuration span = model_.kind == ModelKind::kSpin ? each : SimDuration{-1};
    return cuda_->enqueue_model(batch, span, [this, batch] { compute(batch); });
  }

 private:
  void compute(const CudaBatch& batch) {
    const std::uint64_t bytes = model_.row_bytes() * batch.rows;
    cuda_->check_range(batch.input, bytes, "model: input");
    cuda_->check_range(batch.output, bytes, "model: output");
    const auto* const in = static_cast<const float*>(batch.input);
    auto* const out = static_cast<float*>(batch.output);
    switch (model_.kind) {
      case ModelKind::kSquare:
        std::transform(in, in + std::size_t{batch.rows} * model_.width, out,
                       [](float value) { return value * value; });
        break;
      case ModelKind::kMlp:
        for (std::uint32_t row = 0; row < batch.rows; ++row) {
          compute_mlp_row(in + std::size_t{row} * model_.width,
                          out + std::size_t{row} * model_.width);
        }
        break;
      case ModelKind::kUser:
        static_cast<void>(user_models_[batch.slot]->enqueue(nullptr, batch.rows, in, out));
        break;
      case ModelKind::kCopy:
      case ModelKind::kSpin:
        std::memmove(out, in, bytes);
    }
  }

  void compute_mlp_row(const float* in, float* out) const {
    const std::size_t width = model_.width;
    cuda_->check_range(memory_, weight_bytes(), "model: weights");
    std::vector<float> values(in, in + width);
    for (std::size_t layer = 0; layer < model_.depth; ++layer) {
      std::vector<float> next(width);
      for (std::size_t row = 0; row < width; ++row) {
        float sum = weights_.biases[layer * width + row];
        for (std::size_t column = 0; column < width; ++column) {
          sum += memory_[(layer * width + row) * width + column] * values[column];
        }
        next[row] = std::max(sum, 0.0f);
      }
      values = std::move(next);
    }
    std::copy(values.begin(), values.end(), out);
  }

  FakeCuda* cuda_;
  ModelSpec model_;
  MlpWeights weights_;
  std::vector<std::unique_ptr<UserModel>> user_models_;
  const float* memory_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<CudaModel>> make_fake_cuda_model(FakeCuda& cuda, const ModelSpec& model,
                                                        const MlpWeights& weights,
                                                        std::uint32_t slot_count) {
  std::vector<std::unique_ptr<UserModel>> user_models;
  if (model.kind == ModelKind::kUser) {
    auto loaded = load_user_models(model.library, model.width, slot_count);
    if (!loaded) {
      return tl::unexpected<Error>(loaded.error());
    }
    user_models = *std::move(loaded);
  }
  return std::make_unique<FakeModel>(cuda, model, weights, std::move(user_models));
}

}  // namespace lockstep::testing
