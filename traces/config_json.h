// JSON read by a text protobuf schema: rewritten in place, byte for byte, into text protobuf.
//
// `{"name": "a", "sizes": [8, 32]}` becomes ` name  : "a", sizes  : [8, 32] `: only the outermost
// braces and the quotes of keys give way to blanks, so that every position stays what it was, and
// one parser reports all errors. Strings keep their escapes, which text protobuf shares (`\/` loses
// its backslash, and a blank follows the string). The JSON itself is judged first (nlohmann/json):
// what is no JSON is refused as such.
#pragma once

#include "core/result.h"
#include "traces/config_bytes.h"

namespace lockstep {

// Errors: FILE:LINE:COLUMN of the first byte that makes it no JSON; a value that is no object; a
// key that no field can have.
[[nodiscard]] Result<ConfigBytes> json_as_text_protobuf(const ConfigBytes& json);

}  // namespace lockstep
