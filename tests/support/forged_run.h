// Edits the settings of a recorded run and all that follows from them: what a careful forger does.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/digest.h"
#include "traces/journal_csv.h"
#include "traces/manifest.h"
#include "traces/output_file.h"

namespace lockstep {

// NAME, VALUE: settings that the run at `directory` has. Every digest is repaired.
inline void forge_settings(const std::string& directory,
                           const std::vector<std::pair<std::string, std::string>>& edits) {
  Manifest manifest = *read_manifest(directory);
  for (auto& [name, value] : manifest.settings) {
    for (const auto& [edited, text] : edits) {
      value = name == edited ? text : value;
    }
  }
  manifest.settings_digest = settings_digest(manifest);
  const std::string path = directory + "/journal.csv.zst";
  const JournalLineSource lines = *open_journal(path);
  ChainDigest chain(manifest.settings_digest);
  std::string text = journal_header();
  for (auto line = lines(); line && *line; line = lines()) {
    chain.fold(digest_line(**line));
    (*line)->digest = chain.value();
    append_journal_line(text, **line);
  }
  const std::unique_ptr<ByteSink> journal = *create_zstd_file(path);
  journal->write(text);
  ASSERT_TRUE(journal->close());
  manifest.digest = chain.value();
  ASSERT_TRUE(write_manifest(directory, manifest));
}

}  // namespace lockstep
