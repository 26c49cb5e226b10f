#include "gpu_backend/cuda/mlp_model.h"

#include <bit>
#include <cstddef>
#include <cstring>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/check.h"
#include "gpu_backend/cuda/cublas_lt.h"
#include "gpu_backend/cuda/cuda_memory.h"
#include "gpu_backend/cuda/cuda_status.h"
#include "gpu_backend/cuda/kernels.h"

namespace lockstep {
namespace {

// What NVIDIA recommends for Hopper; with less, some of the fast algorithms are out.
constexpr std::uint64_t kCublasWorkspaceBytes = std::uint64_t{32} << 20;

std::uint16_t bf16_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  constexpr std::uint32_t kHalf = 0x7fff;
  return static_cast<std::uint16_t>((bits + kHalf + ((bits >> 16) & 1)) >> 16);
}

// One kind of layer at one number of rows. A row-major matrix is the transpose of a column-major
// one: W (out x in) is read transposed, activations are (width x rows).
struct LayerPlan {
  cublasLtMatmulDesc_t operation = nullptr;
  cublasLtMatrixLayout_t weights = nullptr;
  cublasLtMatrixLayout_t input = nullptr;
  cublasLtMatrixLayout_t output = nullptr;
  cublasLtMatmulAlgo_t algorithm{};
};

class MlpModel final : public CudaModel {
 public:
  MlpModel(const ModelSpec& model, const MlpWeights& weights, const CublasLt& lt,
           cublasLtHandle_t handle)
      : model_(model), weights_(weights), lt_(lt), handle_(handle) {}
  ~MlpModel() override;

  [[nodiscard]] std::uint64_t weight_bytes() const override {
    return model_.depth * (matrix_bytes() + bias_bytes()) + last_bias_bytes();
  }
  [[nodiscard]] std::uint64_t workspace_bytes(std::uint32_t rows) const override {
    return 2 * activation_bytes(rows) + kCublasWorkspaceBytes;
  }
  [[nodiscard]] CudaStatus load(CudaStream stream, void* memory) override;
  [[nodiscard]] bool needs_warm_up() const override { return true; }
  [[nodiscard]] CudaStatus enqueue(const CudaBatch& batch) override;

 private:
  struct Plans {
    LayerPlan hidden;
    LayerPlan last;
  };

  [[nodiscard]] bool is_bf16() const { return model_.precision == Precision::kBf16; }
  [[nodiscard]] std::uint64_t value_bytes() const { return is_bf16() ? 2 : 4; }
  [[nodiscard]] cudaDataType_t value_type() const { return is_bf16() ? CUDA_R_16BF : CUDA_R_32F; }
  [[nodiscard]] std::uint64_t matrix_bytes() const {
    return aligned_size(std::uint64_t{model_.width} * model_.width * value_bytes());
  }
  [[nodiscard]] std::uint64_t bias_bytes() const {
    return aligned_size(model_.width * value_bytes());
  }
  // The last layer of a bf16 model gives fp32, and cuBLASLt wants its bias in that, too.
  [[nodiscard]] std::uint64_t last_bias_bytes() const {
    return is_bf16() ? aligned_size(model_.row_bytes()) : 0;
  }
  [[nodiscard]] std::uint64_t activation_bytes(std::uint32_t rows) const {
    return aligned_size(std::uint64_t{rows} * model_.width * value_bytes());
  }
  [[nodiscard]] const std::byte* matrix(std::uint32_t layer) const {
    return memory_ + layer * matrix_bytes();
  }
  [[nodiscard]] const std::byte* bias(std::uint32_t layer) const {
    const std::byte* const biases = memory_ + model_.depth * matrix_bytes();
    const bool fp32 = is_bf16() && layer + 1 == model_.depth;
    return biases + (fp32 ? model_.depth : layer) * bias_bytes();
  }

  [[nodiscard]] CudaStatus status_of(cublasStatus_t status, const char* call) const;
  CudaStatus upload(const std::byte* to, std::span<const float> values, bool bf16,
                    cudaStream_t stream) const;
  CudaStatus plan_layer(std::uint32_t rows, std::uint32_t layer, LayerPlan& plan) const;
  CudaStatus describe_layer(std::uint32_t rows, std::uint32_t layer, LayerPlan& plan) const;
  CudaStatus find_plans(std::uint32_t rows, Plans*& plans);
  CudaStatus run_layer(const LayerPlan& plan, std::uint32_t layer, const void* in, void* out,
                       void* workspace, cudaStream_t stream) const;
  void destroy(const LayerPlan& plan) const;

  ModelSpec model_;
  MlpWeights weights_;
  CublasLt lt_;
  cublasLtHandle_t handle_;
  std::byte* memory_ = nullptr;
  std::map<std::uint32_t, Plans> plans_;  // by rows
};

MlpModel::~MlpModel() {
  for (const auto& [rows, plans] : plans_) {
    destroy(plans.hidden);
    destroy(plans.last);
  }
  static_cast<void>(lt_.destroy(handle_));
}

void MlpModel::destroy(const LayerPlan& plan) const {
  if (plan.operation != nullptr) {
    static_cast<void>(lt_.desc_destroy(plan.operation));
  }
  for (cublasLtMatrixLayout_t layout : {plan.weights, plan.input, plan.output}) {
    if (layout != nullptr) {
      static_cast<void>(lt_.layout_destroy(layout));
    }
  }
}

CudaStatus MlpModel::status_of(cublasStatus_t status, const char* call) const {
  if (status == CUBLAS_STATUS_SUCCESS) {
    return {};
  }
  // A kernel that did not start may mean that the device is lost: CUDA's own word counts then.
  const CudaStatus cuda = cuda_status(cudaPeekAtLastError(), call);
  if (cuda.outcome == CudaOutcome::kSticky) {
    return cuda;
  }
  const CudaOutcome outcome =
      status == CUBLAS_STATUS_ALLOC_FAILED ? CudaOutcome::kNoMemory : CudaOutcome::kRefused;
  return {outcome, lt_.status_name(status), call};
}

CudaStatus MlpModel::upload(const std::byte* to, std::span<const float> values, bool bf16,
                            cudaStream_t stream) const {
  std::vector<std::uint16_t> rounded;
  const void* from = values.data();
  std::uint64_t bytes = values.size_bytes();
  if (bf16) {
    rounded.reserve(values.size());
    for (const float value : values) {
      rounded.push_back(bf16_bits(value));
    }
    from = rounded.data();
    bytes = rounded.size() * sizeof(std::uint16_t);
  }
  std::byte* const memory = memory_ + (to - memory_);
  const CudaStatus status = cuda_status(
      cudaMemcpyAsync(memory, from, bytes, cudaMemcpyHostToDevice, stream), "cudaMemcpyAsync");
  // Before the rounded values go.
  return status.ok() ? cuda_status(cudaStreamSynchronize(stream), "cudaStreamSynchronize") : status;
}

CudaStatus MlpModel::load(CudaStream stream, void* memory) {
  memory_ = static_cast<std::byte*>(memory);
  auto* const cuda_stream = static_cast<cudaStream_t>(stream.handle);
  const std::size_t width = model_.width;
  const std::span<const float> matrices(weights_.weights);
  const std::span<const float> biases(weights_.biases);
  LOCKSTEP_CHECK(matrices.size() == model_.depth * width * width);
  LOCKSTEP_CHECK(biases.size() == model_.depth * width);
  for (std::uint32_t layer = 0; layer < model_.depth; ++layer) {
    CudaStatus status =
        upload(matrix(layer), matrices.subspan(layer * width * width, width * width), is_bf16(),
               cuda_stream);
    std::vector<float> values(biases.begin() + static_cast<std::ptrdiff_t>(layer * width),
                              biases.begin() + static_cast<std::ptrdiff_t>((layer + 1) * width));
    const bool last = layer + 1 == model_.depth;
    if (is_bf16() && last) {
      for (float& value : values) {
        value = std::bit_cast<float>(std::uint32_t{bf16_bits(value)} << 16);
      }
    }
    status = status.ok() ? upload(bias(layer), values, is_bf16() && !last, cuda_stream) : status;
    if (!status.ok()) {
      return status;
    }
  }
  weights_ = {};  // on the device now
  return {};
}

CudaStatus MlpModel::describe_layer(std::uint32_t rows, std::uint32_t layer,
                                    LayerPlan& plan) const {
  const bool last = layer + 1 == model_.depth;
  const std::uint64_t width = model_.width;
  const auto stride = static_cast<std::int64_t>(width);
  const cudaDataType_t output_type = last ? CUDA_R_32F : value_type();
  cublasStatus_t status = lt_.desc_create(&plan.operation, CUBLAS_COMPUTE_32F, CUDA_R_32F);
  const auto set = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
    if (status == CUBLAS_STATUS_SUCCESS) {
      status = lt_.desc_set_attribute(plan.operation, attribute, &value, sizeof(value));
    }
  };
  set(CUBLASLT_MATMUL_DESC_TRANSA, static_cast<std::int32_t>(CUBLAS_OP_T));
  set(CUBLASLT_MATMUL_DESC_EPILOGUE, static_cast<std::uint32_t>(CUBLASLT_EPILOGUE_RELU_BIAS));
  set(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, static_cast<std::int32_t>(output_type));
  // Its alignment counts when the algorithm is chosen; each layer has its own later.
  const void* const bias_pointer = bias(layer);
  set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias_pointer);
  const auto make = [&](cublasLtMatrixLayout_t& layout, cudaDataType_t type,
                        std::uint64_t columns) {
    if (status == CUBLAS_STATUS_SUCCESS) {
      status = lt_.layout_create(&layout, type, width, columns, stride);
    }
  };
  make(plan.weights, value_type(), width);
  make(plan.input, value_type(), rows);
  make(plan.output, output_type, rows);
  return status_of(status, "cublasLtMatmulDescSetAttribute");
}

CudaStatus MlpModel::plan_layer(std::uint32_t rows, std::uint32_t layer, LayerPlan& plan) const {
  if (const CudaStatus described = describe_layer(rows, layer, plan); !described.ok()) {
    return described;
  }
  cublasLtMatmulPreference_t preference = nullptr;
  cublasStatus_t status = lt_.preference_create(&preference);
  if (status != CUBLAS_STATUS_SUCCESS) {
    return status_of(status, "cublasLtMatmulPreferenceCreate");
  }
  status = lt_.preference_set_attribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                        &kCublasWorkspaceBytes, sizeof(kCublasWorkspaceBytes));
  cublasLtMatmulHeuristicResult_t found{};
  int count = 0;
  if (status == CUBLAS_STATUS_SUCCESS) {
    status = lt_.algo_get_heuristic(handle_, plan.operation, plan.weights, plan.input, plan.output,
                                    plan.output, preference, 1, &found, &count);
  }
  static_cast<void>(lt_.preference_destroy(preference));
  if (status == CUBLAS_STATUS_SUCCESS) {
    status = count == 0 ? CUBLAS_STATUS_NOT_SUPPORTED : found.state;
  }
  plan.algorithm = found.algo;
  return status_of(status, "cublasLtMatmulAlgoGetHeuristic");
}

CudaStatus MlpModel::find_plans(std::uint32_t rows, Plans*& plans) {
  if (const auto found = plans_.find(rows); found != plans_.end()) {
    plans = &found->second;
    return {};
  }
  Plans made;
  CudaStatus status = plan_layer(rows, model_.depth - 1, made.last);
  if (status.ok() && model_.depth > 1) {
    status = plan_layer(rows, 0, made.hidden);
  }
  if (!status.ok()) {
    destroy(made.hidden);
    destroy(made.last);
    return status;
  }
  plans = &plans_.emplace(rows, made).first->second;
  return status;
}

CudaStatus MlpModel::run_layer(const LayerPlan& plan, std::uint32_t layer, const void* in,
                               void* out, void* workspace, cudaStream_t stream) const {
  const void* const bias_pointer = bias(layer);
  const cublasStatus_t set = lt_.desc_set_attribute(
      plan.operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias_pointer, sizeof(bias_pointer));
  if (set != CUBLAS_STATUS_SUCCESS) {
    return status_of(set, "cublasLtMatmulDescSetAttribute");
  }
  constexpr float kOne = 1;
  constexpr float kZero = 0;
  return status_of(lt_.matmul(handle_, plan.operation, &kOne, matrix(layer), plan.weights, in,
                              plan.input, &kZero, out, plan.output, out, plan.output,
                              &plan.algorithm, workspace, kCublasWorkspaceBytes, stream),
                   "cublasLtMatmul");
}

CudaStatus MlpModel::enqueue(const CudaBatch& batch) {
  Plans* plans = nullptr;
  CudaStatus status = find_plans(batch.rows, plans);
  if (!status.ok()) {
    return status;
  }
  auto* const stream = static_cast<cudaStream_t>(batch.stream.handle);
  auto* const workspace = static_cast<std::byte*>(batch.workspace);
  const std::uint64_t step = activation_bytes(batch.rows);
  const void* in = batch.input;
  if (is_bf16()) {
    status = cuda_status(launch_to_bf16(static_cast<const float*>(batch.input), workspace,
                                        std::uint64_t{batch.rows} * model_.width, stream),
                         "cudaLaunchKernel");
    in = workspace;
  }
  for (std::uint32_t layer = 0; layer < model_.depth && status.ok(); ++layer) {
    const bool last = layer + 1 == model_.depth;
    // The two buffers in turn, never the one that is read.
    std::byte* const next = workspace + (in == workspace ? step : 0);
    void* const out = last ? batch.output : next;
    status =
        run_layer(last ? plans->last : plans->hidden, layer, in, out, workspace + 2 * step, stream);
    in = out;
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<CudaModel>> make_mlp_model(const ModelSpec& model,
                                                  const MlpWeights& weights) {
  auto lt = load_cublas_lt();
  if (!lt) {
    return tl::unexpected<Error>(lt.error());
  }
  cublasLtHandle_t handle = nullptr;
  const cublasStatus_t status = lt->create(&handle);
  if (status != CUBLAS_STATUS_SUCCESS) {
    return tl::unexpected<Error>(Error{
        Errc::kNoVerdict, fmt::format("model mlp: found {} in cublasLtCreate, expected success",
                                      lt->status_name(status))});
  }
  return std::make_unique<MlpModel>(model, weights, *lt, handle);
}

}  // namespace lockstep
