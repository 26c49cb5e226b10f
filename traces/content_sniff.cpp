#include "traces/content_sniff.h"

#include <array>

namespace lockstep {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  std::string_view message;
};

constexpr std::string_view kUnpack = ", expected text; decompress it first";

constexpr std::array kPacked = {Magic{"\x1f\x8b"sv, "found gzip data"sv},
                                Magic{"\x28\xb5\x2f\xfd"sv, "found zstd data"sv},
                                Magic{"BZh"sv, "found bzip2 data"sv},
                                Magic{"\xfd\x37\x7a\x58\x5a"sv, "found xz data"sv},
                                Magic{"PK\x03\x04"sv, "found a zip archive"sv},
                                Magic{"Rar!"sv, "found a rar archive"sv}};

constexpr std::array kOther = {
    Magic{"version https://git-lfs.github.com/spec/"sv,
          "found a Git LFS pointer, expected the data itself; fetch it with: git lfs pull"sv},
    Magic{"\xff\xfe"sv, "found UTF-16 text, expected UTF-8 or ASCII"sv},
    Magic{"\xfe\xff"sv, "found UTF-16 text, expected UTF-8 or ASCII"sv}};

}  // namespace

std::string foreign_content(std::string_view first_bytes) {
  for (const Magic& magic : kPacked) {
    if (first_bytes.starts_with(magic.bytes)) {
      return std::string(magic.message).append(kUnpack);
    }
  }
  for (const Magic& magic : kOther) {
    if (first_bytes.starts_with(magic.bytes)) {
      return std::string(magic.message);
    }
  }
  return "";
}

}  // namespace lockstep
