#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace segue {

/// What printf would write, for lines that people read: of more than 255 bytes the rest is cut off.
template <typename... Values>
std::string text(const char* format, Values... values) {
    std::array<char, 256> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, values...);
    return buffer.data();
}

} // namespace segue
