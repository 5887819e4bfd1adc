#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace segue::http {

/// Bytes [offset, offset + length) of a representation; length >= 1.
struct ByteRange {
    std::int64_t offset = 0;
    std::int64_t length = 0;

    bool operator==(const ByteRange&) const = default;
};

/// The whole representation: no Range, or one to be ignored (malformed, another unit, several).
struct WholeBody {
    bool operator==(const WholeBody&) const = default;
};
/// 416.
struct Unsatisfiable {
    bool operator==(const Unsatisfiable&) const = default;
};
using RangeOutcome = std::variant<WholeBody, ByteRange, Unsatisfiable>;

/// What a Range header asks of a representation of `length` bytes.
///
/// @param header  the field's value; "" when there is none
/// @param length  >= 0
/// @return  the last position is clamped; positions beyond any integer count as beyond the end
/// @source  RFC 9110, 14.1.2 and 14.2
RangeOutcome parseRange(std::string_view header, std::int64_t length);

} // namespace segue::http
