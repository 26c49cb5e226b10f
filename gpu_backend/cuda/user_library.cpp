#include "gpu_backend/cuda/user_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace lockstep {

Result<std::vector<std::unique_ptr<UserModel>>> load_user_models(const std::string& path,
                                                                 std::uint32_t width,
                                                                 std::uint32_t count) {
  // Without a slash the system's folders would be searched instead of the current one.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* const library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* const why = dlerror();
    return bad_input(fmt::format("model: found {} ({}), expected a shared library", path,
                                 why == nullptr ? "cannot be loaded" : why));
  }
  const auto factory = reinterpret_cast<UserModelFactory>(dlsym(library, kUserModelFactory));
  if (factory == nullptr) {
    return bad_input(fmt::format("model: found no {} in {}, expected it as extern \"C\"",
                                 kUserModelFactory, path));
  }
  std::vector<std::unique_ptr<UserModel>> models;
  for (std::uint32_t i = 0; i < count; ++i) {
    models.emplace_back(factory(kUserModelVersion, width));
    if (models.back() == nullptr) {
      return bad_input(
          fmt::format("model: {} refused, expected a model for interface {} and rows of {} values",
                      path, kUserModelVersion, width));
    }
  }
  return models;
}

}  // namespace lockstep
