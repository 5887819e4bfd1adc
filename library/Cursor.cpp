// Cursors of listings, and the order of random ones. Pure functions. A cursor is text that comes
// from outside: whatever it is, it is one of ours for this listing, or an error.

#include "library/Cursor.h"

#include <array>
#include <bit>
#include <charconv>
#include <optional>

namespace segue::library {

namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kLongest = 20'000; // a key is 4 KB at most, coded 6 bits a byte

std::uint64_t mixed(std::uint64_t x) { // the finaliser of splitmix64
    x += 0x9E3779B97F4A7C15;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
    x = (x ^ x >> 27) * 0x94D049BB133111EB;
    return x ^ x >> 31;
}

std::uint64_t hashOf(std::string_view text) {
    std::uint64_t hash = 0;
    for (const char c : text)
        hash = mixed(hash ^ static_cast<unsigned char>(c));
    return hash;
}

std::string coded(std::string_view bytes) {
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (held += 8; held >= 6; held -= 6)
            out.push_back(kDigits[bits >> (held - 6) & 63]);
    }
    if (held > 0)
        out.push_back(kDigits[bits << (6 - held) & 63]);
    return out;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out.push_back(static_cast<char>(bits >> held & 0xFF));
        }
    }
    return out;
}

template <typename Number>
std::string textOf(Number number) {
    std::array<char, 64> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    return {text.data(), error == std::errc() ? end : text.data()};
}

template <typename Number>
std::optional<Number> numberIn(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

std::optional<SortValue> valueIn(char kind, std::string_view text) {
    if (kind == 't')
        return std::string(text);
    if (kind == 'i')
        if (const auto number = numberIn<std::int64_t>(text))
            return *number;
    if (kind == 'r')
        if (const auto number = numberIn<double>(text))
            return *number;
    return std::nullopt;
}

std::optional<Cursor> cursorIn(std::string_view text, std::string_view listing) {
    if (text.size() > kLongest)
        return std::nullopt;
    const auto bytes = decoded(text);
    if (!bytes)
        return std::nullopt;
    const std::string_view all = *bytes;
    const auto first = all.find(':');
    const auto second = first == std::string_view::npos ? first : all.find(':', first + 1);
    if (second == std::string_view::npos || second + 1 >= all.size() ||
        all.substr(0, first) != textOf(hashOf(listing)))
        return std::nullopt;
    const auto id = numberIn<std::int64_t>(all.substr(first + 1, second - first - 1));
    auto value = valueIn(all[second + 1], all.substr(second + 2));
    if (!id || !value)
        return std::nullopt;
    return Cursor{std::move(*value), *id};
}

} // namespace

std::string encodeCursor(const Cursor& cursor, std::string_view listing) {
    std::string bytes = textOf(hashOf(listing)) + ":" + textOf(cursor.id) + ":";
    if (const auto* number = std::get_if<std::int64_t>(&cursor.value))
        bytes += "i" + textOf(*number);
    else if (const auto* real = std::get_if<double>(&cursor.value))
        bytes += "r" + textOf(*real);
    else
        bytes += "t" + std::get<std::string>(cursor.value);
    return coded(bytes);
}

Result<Cursor> decodeCursor(std::string_view text, std::string_view listing) {
    auto cursor = cursorIn(text, listing);
    if (!cursor)
        return fail(ErrorCode::InvalidArgument,
                    "after: not a 'next' that a page of this list gave");
    return std::move(*cursor);
}

void bindValue(Statement& statement, int index, const SortValue& value, bool asBlob) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
        statement.bindInt(index, *number);
    else if (const auto* real = std::get_if<double>(&value))
        statement.bindReal(index, *real);
    else if (asBlob)
        statement.bindBlob(index, std::get<std::string>(value));
    else
        statement.bindText(index, std::get<std::string>(value));
}

std::int64_t shuffled(std::uint64_t seed, std::int64_t id) {
    return static_cast<std::int64_t>(mixed(mixed(seed) ^ std::bit_cast<std::uint64_t>(id)) >> 1);
}

} // namespace segue::library
