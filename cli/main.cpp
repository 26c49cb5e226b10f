// Picks the verb, prints errors, sets the exit code.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "core/check.h"
#include "traces/csv_rows.h"

#ifndef LOCKSTEP_VERSION
#define LOCKSTEP_VERSION "0.0.0"
#endif

namespace lockstep {
namespace {

// `replay A --against B...`: everything after the word belongs to the second run. `diagram
// --against RUN` is an ordinary option with a value and stays.
std::vector<std::string> split_against(std::vector<std::string> words, Session& session) {
  const bool is_replay = !words.empty() && words.front() == "replay";
  const auto against = std::find(words.begin(), words.end(), "--against");
  if (!is_replay || against == words.end()) {
    return words;
  }
  session.against = true;
  session.against_words.assign(against + 1, words.end());
  words.erase(against, words.end());
  return words;
}

// `lint [OPTIONS] -- tensorflow_model_server --flags`: the server's words are not ours to parse.
std::vector<std::string> split_server_words(std::vector<std::string> words, Session& session) {
  const auto dashes = std::find(words.begin(), words.end(), "--");
  if (words.empty() || words.front() != "lint" || dashes == words.end()) {
    return words;
  }
  session.server_words.assign(dashes + 1, words.end());
  words.erase(dashes, words.end());
  return words;
}

bool is_verb(const CLI::App& app, const std::string& word) {
  const std::vector<const CLI::App*> verbs = app.get_subcommands(nullptr);
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](const CLI::App* verb) { return verb->get_name() == word; });
}

// What CLI11 did not expect after `verb`, in our words; "" when that is not the trouble.
std::string unexpected_word(const CLI::App& verb, const CLI::ParseError& error) {
  const auto is = [&](CLI::ExitCodes code) {
    return error.get_exit_code() == static_cast<int>(code);
  };
  std::vector<std::string> names;
  for (const CLI::App* command : verb.get_subcommands(nullptr)) {
    names.push_back(command->get_name());
  }
  const std::string place = "`lockstep " + verb.get_name() + "`";
  if (!names.empty() && verb.get_subcommands().empty() && is(CLI::ExitCodes::RequiredError)) {
    std::string all;
    for (const std::string& name : names) {
      all += (all.empty() ? "" : " or ") + name;
    }
    return "found no command of " + place + ", expected " + all;
  }
  const std::string text = error.what();
  const std::size_t blank = text.rfind(' ');
  if (!is(CLI::ExitCodes::ExtrasError) || blank == std::string::npos) {
    return "";
  }
  const std::string word = text.substr(blank + 1);  // the words stand there from last to first
  if (word.empty() || word.front() != '-') {
    return "found '" + word + "', expected nothing more for " + place;
  }
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return "found '" + word + "', expected an option of " + place + suggestion(word, known);
}

// CLI11 texts are sentences of their own; one line in our form.
int report_usage(const CLI::App& app, const std::string& verb, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    return app.exit(error);  // --help, --version
  }
  std::vector<std::string_view> verbs;
  for (const CLI::App* known : app.get_subcommands(nullptr)) {
    verbs.push_back(known->get_name());
  }
  const bool known = std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
  std::string message = error.what();
  if (known) {
    const std::string word = unexpected_word(*app.get_subcommand(verb), error);
    message = word.empty() ? message : word;
  } else if (!verb.empty() && verb.front() != '-') {
    message = "found verb '" + verb + "', expected one of those that `lockstep help` lists" +
              suggestion(verb, verbs);
  } else {
    message = "found no verb, expected one of those that `lockstep help` lists";
  }
  std::replace(message.begin(), message.end(), '\n', ' ');
  const std::string help = known ? " (lockstep help " + verb + ")" : "";
  std::fputs(("error: " + message + help + "\n").c_str(), stderr);
  return kExitBadInput;
}

// What was to be printed went nowhere: a verdict that nobody can read is none.
int report_lost_output() {
  return report_error(Error{Errc::kIo, "standard output: cannot be written"});
}

int run(int argc, char** argv) {
  CLI::App app("Simulate, verify and explain GPU batch schedulers.", "lockstep");
  app.set_version_flag("--version", "lockstep " LOCKSTEP_VERSION);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  // A failed check of ours unwinds, so that nothing half-written stays, and exits 3.
  set_check_handler(&throwing_check_handler);
  catch_interrupts();
  Session session;
  session.program = argv[0];
  add_demo(app, session);
  add_replay(app, session);
  add_generate(app, session);
  add_import(app, session);
  add_verify(app, session);
  add_check(app, session);
  add_compare(app, session);
  add_diagram(app, session);
  add_explain(app, session);
  add_export(app, session);
  add_report(app, session);
  add_lint(app, session);
  add_bound(app, session);
  add_measure(app, session);
  add_list(app, session);
  add_dev(app, session);

  std::vector<std::string> words(argv + 1, argv + argc);
  const bool asks_for_help = !words.empty() && words.front() == "help";
  if (asks_for_help) {
    words.erase(words.begin());
    words.push_back("--help");
  }
  const std::string verb = words.empty() ? "" : words.front();
  if (asks_for_help && verb != "--help" && !is_verb(app, verb)) {
    return report_usage(app, verb, CLI::ExtrasError({verb}));
  }
  words = split_against(split_server_words(std::move(words), session), session);
  std::vector<std::string> reversed(words.rbegin(), words.rend());  // CLI11 takes from the back
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, verb, error);
  }
  return session.exit_code;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  // A failed check unwinds, so that what was being written aside is removed.
  lockstep::set_check_handler(&lockstep::throwing_check_handler);
  try {
    const int exit_code = lockstep::run(argc, argv);
    return std::fflush(stdout) != 0 || std::ferror(stdout) != 0 ? lockstep::report_lost_output()
                                                                : exit_code;
  } catch (const std::exception& error) {
    if (std::ferror(stdout) != 0) {
      return lockstep::report_lost_output();
    }
    std::fputs((std::string("error: internal: ") + error.what() + "\n").c_str(), stderr);
    return lockstep::kExitOurFault;
  }
}
