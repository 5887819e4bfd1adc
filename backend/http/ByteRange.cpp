// The Range header. A pure function, any thread.

#include "backend/http/ByteRange.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <limits>
#include <optional>

namespace segue::http {
namespace {

using std::string_view;

string_view trimmed(string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A number of any length; what no int64 holds becomes the largest one.
std::optional<std::int64_t> numberOf(string_view text) {
    const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || !std::all_of(text.begin(), text.end(), isDigit))
        return std::nullopt;
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    return failure == std::errc{} ? value : std::numeric_limits<std::int64_t>::max();
}

RangeOutcome parseOne(string_view spec, std::int64_t length) {
    const auto dash = spec.find('-');
    if (dash == string_view::npos)
        return WholeBody{};
    const string_view firstText = spec.substr(0, dash);
    const string_view lastText = spec.substr(dash + 1);
    const auto last = numberOf(lastText);
    if (firstText.empty()) { // the last so many bytes
        if (!last)
            return WholeBody{};
        if (*last == 0)
            return Unsatisfiable{};
        if (length == 0) // satisfiable, but no Content-Range can say so
            return WholeBody{};
        const std::int64_t suffix = std::min(*last, length);
        return ByteRange{length - suffix, suffix};
    }
    const auto first = numberOf(firstText);
    if (!first || (!last && !lastText.empty()) || (last && *last < *first))
        return WholeBody{};
    if (*first >= length)
        return Unsatisfiable{};
    const std::int64_t end = last ? std::min(*last, length - 1) : length - 1;
    return ByteRange{*first, end - *first + 1};
}

} // namespace

RangeOutcome parseRange(string_view header, std::int64_t length) {
    assert(length >= 0);
    const auto equals = header.find('=');
    if (equals == string_view::npos)
        return WholeBody{};
    const string_view unit = header.substr(0, equals);
    constexpr string_view kBytes = "bytes";
    if (!std::equal(unit.begin(), unit.end(), kBytes.begin(), kBytes.end(),
                    [](char a, char b) { return (a | 0x20) == b; }))
        return WholeBody{};
    string_view rest = header.substr(equals + 1);
    std::optional<string_view> only;
    for (;;) { // empty elements of a list do not count
        const auto comma = rest.find(',');
        const string_view spec = trimmed(rest.substr(0, comma));
        if (!spec.empty()) {
            if (only)
                return WholeBody{};
            only = spec;
        }
        if (comma == string_view::npos)
            break;
        rest.remove_prefix(comma + 1);
    }
    return only ? parseOne(*only, length) : RangeOutcome{WholeBody{}};
}

} // namespace segue::http
