#include "properties/plugin/file_digest.h"

#include <array>
#include <filesystem>
#include <fstream>

namespace lockstep {

Result<std::uint64_t> file_digest(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return io_error(path + ": no such file");
  }
  std::ifstream file(path, std::ios::binary);
  if (!std::filesystem::is_regular_file(path, error) || !file) {
    return io_error(path + ": found no file that can be read, expected one");
  }
  ByteDigest digest;
  std::array<char, 65'536> block{};
  while (file.read(block.data(), block.size()) || file.gcount() > 0) {
    digest.add({block.data(), static_cast<std::size_t>(file.gcount())});
  }
  return digest.value();
}

}  // namespace lockstep
