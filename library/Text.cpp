// Text from files and file systems, made fit for storing, sorting, searching and showing. Pure
// functions, any thread. Whatever bytes come in, valid UTF-8 goes out.

#include "library/Text.h"

#include <algorithm>
#include <cstdint>

namespace segue::library {

namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
    char32_t codePoint = kReplacement;
    std::size_t length = 1; ///< bytes consumed; at least 1
    bool valid = false;
};

/// The first code point of non-empty `bytes`; of a broken sequence, the part that could still have
/// become one is consumed as a whole (as the Unicode Standard recommends).
Decoded decode(std::string_view bytes) noexcept {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned first = at(0);
    if (first < 0x80)
        return {first, 1, true};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4)
        return {};
    char32_t codePoint = first & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if (i >= bytes.size())
            return {kReplacement, i, false};
        unsigned low = 0x80;
        unsigned high = 0xBF;
        if (i == 1) { // no overlong forms, no surrogates, nothing beyond U+10FFFF
            low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : low;
            high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : high;
        }
        if (at(i) < low || at(i) > high)
            return {kReplacement, i, false};
        codePoint = codePoint << 6 | (at(i) & 0x3Fu);
    }
    return {codePoint, length, true};
}

void append(std::string& out, char32_t c) {
    const auto byte = [&](char32_t value) { out.push_back(static_cast<char>(value)); };
    if (c < 0x80) {
        byte(c);
    } else if (c < 0x800) {
        byte(0xC0 | c >> 6);
        byte(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        byte(0xE0 | c >> 12);
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    } else {
        byte(0xF0 | c >> 18);
        byte(0x80 | (c >> 12 & 0x3F));
        byte(0x80 | (c >> 6 & 0x3F));
        byte(0x80 | (c & 0x3F));
    }
}

template <typename Visit>
void forEachCodePoint(std::string_view bytes, const Visit& visit) {
    while (!bytes.empty()) {
        const Decoded decoded = decode(bytes);
        visit(decoded);
        bytes.remove_prefix(decoded.length);
    }
}

bool hasMultibyteSequence(std::string_view bytes) {
    bool found = false;
    forEachCodePoint(bytes, [&](const Decoded& d) { found = found || (d.valid && d.length > 1); });
    return found;
}

std::string fromLatin1(std::string_view bytes) {
    std::string out;
    for (const char c : bytes)
        append(out, static_cast<unsigned char>(c));
    return out;
}

bool isControl(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

void trim(std::string& text) {
    const auto last = text.find_last_not_of(' ');
    text.erase(last == std::string::npos ? 0 : last + 1);
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
}

/// Cuts at a code point's border.
void bound(std::string& text, std::size_t maxBytes) {
    if (text.size() <= maxBytes)
        return;
    std::size_t end = maxBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    text.resize(end);
}

char32_t lowerOf(char32_t c) {
    const auto in = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
    if (in('A', 'Z') || (in(0xC0, 0xDE) && c != 0xD7) || in(0x391, 0x3A1) || in(0x3A3, 0x3AB) ||
        in(0x410, 0x42F))
        return c + 32;
    if (c < 0x100)
        return c;
    // Blocks in which an upper-case letter is followed by its lower case.
    if (in(0x100, 0x12F) || in(0x132, 0x137) || in(0x14A, 0x177) || in(0x1DE, 0x1EF) ||
        in(0x1F8, 0x21F) || in(0x222, 0x233) || in(0x3D8, 0x3EF) || in(0x460, 0x481) ||
        in(0x48A, 0x4BF) || in(0x4D0, 0x52F) || in(0x1E00, 0x1E95) || in(0x1EA0, 0x1EFF))
        return c | 1;
    if (in(0x139, 0x148) || in(0x179, 0x17E) || in(0x1CD, 0x1DC) || in(0x4C1, 0x4CE))
        return c % 2 == 1 ? c + 1 : c;
    if (in(0x400, 0x40F))
        return c + 80;
    if (in(0x531, 0x556))
        return c + 48;
    switch (c) {
    case 0x178:
        return 0xFF;
    case 0x386:
        return 0x3AC;
    case 0x388:
    case 0x389:
    case 0x38A:
        return c + 37;
    case 0x38C:
        return 0x3CC;
    case 0x38E:
    case 0x38F:
        return c + 63;
    case 0x3C2: // final sigma
        return 0x3C3;
    case 0x1E9E:
        return 0xDF;
    default:
        return c;
    }
}

/// U+00C0 .. U+017F without their accents, in lower case; a space: not a letter.
constexpr std::string_view kBaseLetters =
    "aaaaaaaceeeeiiiidnooooo ouuuuytsaaaaaaaceeeeiiiidnooooo ouuuuyty"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kBaseLetters.size() == 0x180 - 0xC0);

/// The letters that stand for two, and then those with one.
void appendBase(std::string& out, char32_t c) {
    switch (c) {
    case 0xC6:
    case 0xE6:
        out += "ae";
        return;
    case 0xDF:
        out += "ss";
        return;
    case 0x152:
    case 0x153:
        out += "oe";
        return;
    default:
        break;
    }
    if (c >= 0xC0 && c < 0x180 && kBaseLetters[c - 0xC0] != ' ')
        out.push_back(kBaseLetters[c - 0xC0]);
    else
        append(out, lowerOf(c));
}

/// What typographers and keyboards write for the same sign.
char32_t plainSign(char32_t c) {
    if (c == 0x2018 || c == 0x2019 || c == 0x2032 || c == 0xB4 || c == '`')
        return '\'';
    if (c == 0x201C || c == 0x201D || c == 0x2033)
        return '"';
    if (c >= 0x2010 && c <= 0x2015)
        return '-';
    if (c == 0xA0 || (c >= 0x2000 && c <= 0x200B) || c == 0x3000)
        return ' ';
    return c;
}

/// 24 bits as four bytes 0x80..0xBF. They sort as the number does and are continuation bytes only,
/// so no search for valid text ever hits them.
void appendNumber(std::string& key, int number) {
    const auto value = static_cast<std::uint32_t>(std::clamp(number, 0, 0xFFFFFF));
    for (int shift = 18; shift >= 0; shift -= 6)
        key.push_back(static_cast<char>(0x80 | (value >> shift & 0x3F)));
}

} // namespace

bool isUtf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const Decoded decoded = decode(bytes);
        if (!decoded.valid)
            return false;
        bytes.remove_prefix(decoded.length);
    }
    return true;
}

std::string displayText(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    forEachCodePoint(bytes, [&](const Decoded& d) { append(out, d.codePoint); });
    return out;
}

std::string cleanTag(std::string_view bytes) {
    // Twice the bound leaves room for what trimming takes away; the rest would be cut anyway.
    bytes = bytes.substr(0, 2 * kMaxTagBytes);
    const std::string latin1 =
        isUtf8(bytes) || hasMultibyteSequence(bytes) ? std::string() : fromLatin1(bytes);
    std::string out;
    forEachCodePoint(latin1.empty() ? bytes : std::string_view(latin1), [&](const Decoded& d) {
        append(out, isControl(d.codePoint) ? U' ' : d.codePoint);
    });
    trim(out);
    bound(out, kMaxTagBytes);
    trim(out);
    return out;
}

std::string foldCase(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    forEachCodePoint(text, [&](const Decoded& d) { append(out, lowerOf(d.codePoint)); });
    return out;
}

std::string identityOf(std::string_view text) {
    std::string out;
    forEachCodePoint(text, [&](const Decoded& d) {
        const char32_t c = plainSign(lowerOf(d.codePoint));
        if (c != ' ' || (!out.empty() && out.back() != ' '))
            append(out, c);
    });
    trim(out);
    return out;
}

std::string orderKey(std::string_view text, Article article) {
    std::string out;
    forEachCodePoint(text, [&](const Decoded& d) { appendBase(out, plainSign(d.codePoint)); });
    const auto isSign = [](char c) { return c > 0 && c < '0' && c != '\0'; };
    const auto letters = std::find_if_not(out.begin(), out.end(), isSign);
    if (letters != out.end())
        out.erase(out.begin(), letters);
    constexpr std::string_view kThe = "the ";
    if (article == Article::Skip && out.starts_with(kThe) && out.size() > kThe.size())
        out.erase(0, kThe.size());
    return out;
}

std::string sortKeyOf(const SortFields& fields) {
    const std::string_view leader = fields.albumArtist.empty() ? fields.artist : fields.albumArtist;
    std::string key;
    key.push_back(leader.empty() ? '\x02' : '\x01'); // the unknown come last
    const auto text = [&key](std::string_view value) {
        key += foldCase(value);
        key.push_back('\0');
    };
    text(leader);
    text(fields.album);
    appendNumber(key, fields.discNumber);
    appendNumber(key, fields.trackNumber);
    text(fields.title);
    if (leader.data() != fields.artist.data())
        text(fields.artist); // not sorted by, but searched
    return key;
}

std::string searchNeedleOf(std::string_view search) {
    return foldCase(cleanTag(search));
}

} // namespace segue::library
