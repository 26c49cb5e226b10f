// The schema of each kind of configuration file, and telling kinds apart by content.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "core/result.h"
#include "traces/config_server.h"
#include "traces/config_tokens.h"

namespace lockstep {

// The empty message of a kind, to be copied with New().
[[nodiscard]] const google::protobuf::Message& config_schema(ConfigKind kind);

// May a file of this kind be JSON?
[[nodiscard]] bool accepts_json(ConfigKind kind);

// The full name of the message inside which any field passes (Uninterpreted).
[[nodiscard]] std::string_view open_ended_message();

// A field that a file of the server never has, yet users put there: what to do instead; "" if there
// is nothing to say.
[[nodiscard]] std::string_view advice_on_field(const google::protobuf::Descriptor* message,
                                               std::string_view field);

// "gpu_options { allow_growth ... }": where below `message` a field of this name is, nearest first;
// "" when nowhere.
[[nodiscard]] std::string path_below(const google::protobuf::Descriptor* message,
                                     std::string_view field);

[[nodiscard]] std::vector<std::string_view> field_names(
    const google::protobuf::Descriptor* message);

// google.protobuf.Int64Value and its like: a message around one `value`.
[[nodiscard]] bool is_wrapper(const google::protobuf::Descriptor* message);

// The kind whose top-level fields the file has most of, or else has somewhere. Errors: none of
// any kind.
[[nodiscard]] Result<ConfigKind> recognise_config(const ConfigBytes& bytes, bool is_json,
                                                  const std::vector<ConfigToken>& tokens);

}  // namespace lockstep
