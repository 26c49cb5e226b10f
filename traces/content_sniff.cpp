#include "traces/content_sniff.h"

#include <array>

namespace lockstep {
namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  std::string_view message;
};

constexpr std::array kPacked = {
    Magic{"\x1f\x8b"sv, "found gzip data, expected text; unpack it first: gzip -d"sv},
    Magic{"\x28\xb5\x2f\xfd"sv, "found zstd data, expected text; unpack it first: zstd -d"sv},
    Magic{"BZh"sv, "found bzip2 data, expected text; unpack it first: bzip2 -d"sv},
    Magic{"\xfd\x37\x7a\x58\x5a"sv, "found xz data, expected text; unpack it first: xz -d"sv},
    Magic{"PK\x03\x04"sv, "found a zip archive, expected text; unpack it first: unzip"sv},
    Magic{"PK\x05\x06"sv, "found an empty zip archive, expected text"sv},
    Magic{"Rar!"sv, "found a rar archive, expected text; unpack it first: unrar x"sv},
    Magic{"7z\xbc\xaf\x27\x1c"sv, "found a 7z archive, expected text; unpack it first: 7z x"sv}};

constexpr std::size_t kTarMagicAt = 257;
constexpr std::string_view kTarMagic = "ustar";

constexpr std::array kOther = {
    Magic{"\0\5\x16\7"sv,
          "found a side file of macOS (AppleDouble), expected the data itself: the file without ._ "
          "before its name"sv},
    Magic{"version https://git-lfs.github.com/spec/"sv,
          "found a Git LFS pointer, expected the data itself; fetch it with: git lfs pull"sv},
    Magic{"\xff\xfe"sv, "found UTF-16 text, expected UTF-8 or ASCII"sv},
    Magic{"\xfe\xff"sv, "found UTF-16 text, expected UTF-8 or ASCII"sv}};

}  // namespace

std::string foreign_content(std::string_view first_bytes) {
  for (const Magic& magic : kPacked) {
    if (first_bytes.starts_with(magic.bytes)) {
      return std::string(magic.message);
    }
  }
  for (const Magic& magic : kOther) {
    if (first_bytes.starts_with(magic.bytes)) {
      return std::string(magic.message);
    }
  }
  if (first_bytes.size() > kTarMagicAt && first_bytes.substr(kTarMagicAt).starts_with(kTarMagic)) {
    return "found a tar archive, expected one text file; unpack it first: tar -xf";
  }
  return "";
}

}  // namespace lockstep
