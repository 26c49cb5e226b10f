// Loads a user's model from its shared library (user_model.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "gpu_backend/user_model.h"

namespace lockstep {

// `count` models of `width` from the library at `path`, which stays loaded. Errors (kBadInput): no
// such library, no factory in it, a factory that refuses.
[[nodiscard]] Result<std::vector<std::unique_ptr<UserModel>>> load_user_models(
    const std::string& path, std::uint32_t width, std::uint32_t count);

}  // namespace lockstep
