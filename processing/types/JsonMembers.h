#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace segue {

/// The first member that some object of this document has twice, at most 64 bytes of its name.
/// Parsers keep the last of the two without a word; which one was meant nobody knows.
/// @param json  any bytes; what is no JSON has no members
std::optional<std::string> memberGivenTwice(std::string_view json);

} // namespace segue
