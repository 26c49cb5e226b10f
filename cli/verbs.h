// The verbs of the program: each adds its subcommand, and its callback sets the exit code.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace lockstep {

// What the verbs share: the exit code of the one that ran, and the words after --against.
struct Session {
  int exit_code = 0;
  std::string program;  // as it was called: for the commands that we propose
  bool against = false;
  std::vector<std::string> against_words;
  std::vector<std::string> server_words;  // of `lint -- tensorflow_model_server ...`
};

void add_demo(CLI::App& app, Session& session);
void add_replay(CLI::App& app, Session& session);
void add_generate(CLI::App& app, Session& session);
void add_import(CLI::App& app, Session& session);
void add_check(CLI::App& app, Session& session);
void add_compare(CLI::App& app, Session& session);
void add_diagram(CLI::App& app, Session& session);
void add_explain(CLI::App& app, Session& session);
void add_export(CLI::App& app, Session& session);
void add_report(CLI::App& app, Session& session);
void add_lint(CLI::App& app, Session& session);
void add_bound(CLI::App& app, Session& session);
void add_measure(CLI::App& app, Session& session);
void add_verify(CLI::App& app, Session& session);
void add_list(CLI::App& app, Session& session);
void add_dev(CLI::App& app, Session& session);

}  // namespace lockstep
