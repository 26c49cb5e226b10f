#include "traces/output_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/prng.h"
#include "tests/traces/scratch_directory.h"
#include "traces/compressed_source.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

std::string some_text(std::size_t bytes) {
  Prng prng(3, "text");
  std::string text;
  while (text.size() < bytes) {
    append_number(text, prng.next());
    text += '\n';
  }
  return text;
}

std::string unpack(const std::string& path, std::string& failure) {
  Result<std::unique_ptr<ByteSource>> file = open_file_source(path);
  EXPECT_TRUE(file);
  const std::unique_ptr<ByteSource> source = zstd_source(std::move(*file));
  std::string text;
  std::string block(1000, '\0');
  for (std::size_t count = block.size(); count == block.size();) {
    count = source->read(block);
    text.append(block, 0, count);
  }
  failure = source->failure();
  return text;
}

TEST(OutputFile, WritesWhatItIsGivenWhateverTheSizes) {
  const ScratchDirectory directory;
  const std::string text = some_text(700'000);
  auto file = create_output_file(directory.file("a"));
  ASSERT_TRUE(file);
  (*file)->write(std::string_view(text).substr(0, 3));
  (*file)->write(std::string_view(text).substr(3, 300'000));
  (*file)->write(std::string_view(text).substr(300'003));
  ASSERT_TRUE((*file)->close());
  EXPECT_EQ(directory.read("a"), text);
}

TEST(OutputFile, ReportsAFullDisk) {
  for (const std::size_t bytes : {std::size_t{10}, std::size_t{1'000'000}}) {
    auto file = create_output_file("/dev/full");
    if (!file) {
      GTEST_SKIP() << "no /dev/full";
    }
    (*file)->write(some_text(bytes));
    const auto closed = (*file)->close();
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, Errc::kIo);
    EXPECT_EQ(closed.error().message, "/dev/full: cannot write it: No space left on device");
  }
}

TEST(OutputFile, ReportsAFullDiskUnderZstd) {
  auto file = create_zstd_file("/dev/full");
  if (!file) {
    GTEST_SKIP() << "no /dev/full";
  }
  (*file)->write(some_text(1'000'000));
  const auto closed = (*file)->close();
  ASSERT_FALSE(closed);
  EXPECT_THAT(closed.error().message, HasSubstr("No space left on device"));
}

TEST(OutputFile, NamesADirectoryThatIsMissing) {
  const auto file = create_output_file("no/such/directory/a");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().message,
            "no/such/directory/a: cannot create it: No such file or directory");
}

TEST(ZstdFile, GivesTheSameBytesHoweverItIsFed) {
  const ScratchDirectory directory;
  const std::string text = some_text(900'000);
  for (const std::size_t step : {std::size_t{7}, std::size_t{4096}, text.size()}) {
    auto file = create_zstd_file(directory.file("z" + std::to_string(step)));
    ASSERT_TRUE(file);
    for (std::size_t at = 0; at < text.size(); at += step) {
      (*file)->write(std::string_view(text).substr(at, step));
    }
    ASSERT_TRUE((*file)->close());
  }
  EXPECT_EQ(directory.read("z7"), directory.read("z4096"));
  EXPECT_EQ(directory.read("z7"), directory.read("z" + std::to_string(text.size())));
  std::string failure;
  EXPECT_EQ(unpack(directory.file("z7"), failure), text);
  EXPECT_EQ(failure, "");
}

TEST(ZstdFile, KeepsAnEmptyFileReadable) {
  const ScratchDirectory directory;
  auto file = create_zstd_file(directory.file("z"));
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->close());
  std::string failure;
  EXPECT_EQ(unpack(directory.file("z"), failure), "");
  EXPECT_EQ(failure, "");
}

TEST(ZstdFile, NoticesEveryCut) {
  const ScratchDirectory directory;
  auto file = create_zstd_file(directory.file("z"));
  ASSERT_TRUE(file);
  (*file)->write(some_text(2000));
  ASSERT_TRUE((*file)->close());
  const std::string whole = directory.read("z");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    directory.write("cut", whole.substr(0, length));
    std::string failure;
    static_cast<void>(unpack(directory.file("cut"), failure));
    ASSERT_THAT(failure, HasSubstr("truncated")) << length << " of " << whole.size() << " bytes";
  }
}

TEST(ZstdFile, NoticesAnAlteredByte) {
  const ScratchDirectory directory;
  auto file = create_zstd_file(directory.file("z"));
  ASSERT_TRUE(file);
  (*file)->write(some_text(2000));
  ASSERT_TRUE((*file)->close());
  std::string bytes = directory.read("z");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
  directory.write("z", bytes);
  std::string failure;
  static_cast<void>(unpack(directory.file("z"), failure));
  EXPECT_THAT(failure, HasSubstr("found damaged zstd data"));
}

}  // namespace
}  // namespace lockstep
