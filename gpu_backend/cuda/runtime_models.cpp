#include "gpu_backend/cuda/runtime_models.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/check.h"
#include "gpu_backend/cuda/cuda_status.h"
#include "gpu_backend/cuda/kernels.h"
#include "gpu_backend/cuda/mlp_model.h"
#include "gpu_backend/cuda/user_library.h"

namespace lockstep {
namespace {

cudaStream_t stream_of(const CudaBatch& batch) {
  return static_cast<cudaStream_t>(batch.stream.handle);
}

// square, copy, spin: one or two kernels of ours, no memory of their own.
class KernelModel final : public CudaModel {
 public:
  explicit KernelModel(const ModelSpec& model) : model_(model) {}
  [[nodiscard]] std::uint64_t weight_bytes() const override { return 0; }
  [[nodiscard]] std::uint64_t workspace_bytes(std::uint32_t /*rows*/) const override { return 0; }
  [[nodiscard]] CudaStatus load(CudaStream /*stream*/, void* /*memory*/) override { return {}; }
  // load_kernels() has done it.
  [[nodiscard]] bool needs_warm_up() const override { return false; }

  [[nodiscard]] CudaStatus enqueue(const CudaBatch& batch) override {
    const std::uint64_t count = std::uint64_t{batch.rows} * model_.width;
    cudaError_t error = cudaSuccess;
    if (model_.kind == ModelKind::kSquare) {
      error = launch_square(static_cast<const float*>(batch.input),
                            static_cast<float*>(batch.output), count, stream_of(batch));
    } else {
      if (model_.kind == ModelKind::kSpin) {
        error = launch_spin(spin_of(batch.rows), stream_of(batch));
      }
      if (error == cudaSuccess) {
        error = launch_copy(batch.input, batch.output, count, stream_of(batch));
      }
    }
    return cuda_status(error, "cudaLaunchKernel");
  }

 private:
  [[nodiscard]] std::uint64_t spin_of(std::uint32_t rows) const {
    const auto each = static_cast<std::uint64_t>(ns_of(model_.spin));
    return model_.spin_per_row ? each * rows : each;
  }

  ModelSpec model_;
};

class LibraryModel final : public CudaModel {
 public:
  explicit LibraryModel(std::vector<std::unique_ptr<UserModel>> models)
      : models_(std::move(models)) {}
  [[nodiscard]] std::uint64_t weight_bytes() const override { return 0; }
  [[nodiscard]] std::uint64_t workspace_bytes(std::uint32_t /*rows*/) const override { return 0; }
  [[nodiscard]] CudaStatus load(CudaStream /*stream*/, void* /*memory*/) override { return {}; }
  [[nodiscard]] bool needs_warm_up() const override { return true; }

  [[nodiscard]] CudaStatus enqueue(const CudaBatch& batch) override {
    LOCKSTEP_CHECK(batch.slot < models_.size());
    const int error = models_[batch.slot]->enqueue(batch.stream.handle, batch.rows,
                                                   static_cast<const float*>(batch.input),
                                                   static_cast<float*>(batch.output));
    return cuda_status(static_cast<cudaError_t>(error), "enqueue() of the user's model");
  }

 private:
  std::vector<std::unique_ptr<UserModel>> models_;  // one per lane
};

}  // namespace

Result<std::unique_ptr<CudaModel>> make_runtime_model(const ModelSpec& model,
                                                      const MlpWeights& weights,
                                                      std::uint32_t slot_count) {
  if (const CudaStatus loaded = cuda_status(load_kernels(), "cudaFuncGetAttributes");
      !loaded.ok()) {
    return tl::unexpected<Error>(
        Error{Errc::kNoVerdict, fmt::format("cuda: found {} in {}, expected a device that executes "
                                            "our kernels",
                                            loaded.name, loaded.call)});
  }
  if (model.kind == ModelKind::kMlp) {
    return make_mlp_model(model, weights);
  }
  if (model.kind == ModelKind::kUser) {
    auto models = load_user_models(model.library, model.width, slot_count);
    if (!models) {
      return tl::unexpected<Error>(models.error());
    }
    return std::make_unique<LibraryModel>(*std::move(models));
  }
  return std::make_unique<KernelModel>(model);
}

}  // namespace lockstep
