#include "cli/whole_file.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace lockstep {

Result<std::string> read_file_whole(const std::string& path, std::string_view expected) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::error_code ignored;
  if (!file.is_open() || std::filesystem::is_directory(path, ignored)) {
    return io_error(path + ": cannot be read: " +
                    std::generic_category().message(file.is_open() ? EISDIR : errno) +
                    ", expected " + std::string(expected));
  }
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace lockstep
