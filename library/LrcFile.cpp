// Lyrics with times. A pure function of bytes from outside; any thread. Always holds: the result is
// bounded by the bytes, lines are in order, times not below 0.

#include "library/LrcFile.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "library/Text.h"

namespace segue::library {

namespace {

constexpr std::size_t kMostLines = 20'000;
// A line that is sung in a hundred places is a refrain; more is made to grow.
constexpr std::size_t kMostStampsPerLine = 100;
constexpr std::int64_t kMostMinutes = 10'000;

void putUtf8(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

std::string fromUtf16(std::string_view bytes, bool bigEndian) {
    const auto unit = [&](std::size_t i) {
        const auto first = static_cast<unsigned char>(bytes[i]);
        const auto second = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<char32_t>(bigEndian ? first << 8 | second : second << 8 | first);
    };
    std::string text;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        char32_t c = unit(i);
        if (c >= 0xD800 && c < 0xE000) {
            const bool pair =
                c < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000;
            c = pair ? 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00) : 0xFFFD;
            i += pair ? 2 : 0;
        }
        putUtf8(text, c);
    }
    return text;
}

/// Takes digits from the front. @return nothing if there are none, or too many
std::optional<std::int64_t> takeNumber(std::string_view& text, std::size_t& numDigits) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    numDigits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || text.front() == '-')
        return std::nullopt;
    text.remove_prefix(numDigits);
    return value;
}

/// `12:34`, `12:34.5`, `12:34.56`, `12:34.567`, `12:34:56`.
std::optional<std::int64_t> parseStamp(std::string_view text) {
    std::size_t numDigits = 0;
    const auto minutes = takeNumber(text, numDigits);
    if (!minutes || *minutes > kMostMinutes || !text.starts_with(':'))
        return std::nullopt;
    text.remove_prefix(1);
    const auto seconds = takeNumber(text, numDigits);
    if (!seconds || *seconds >= 60)
        return std::nullopt;
    std::int64_t ms = (*minutes * 60 + *seconds) * 1000;
    if (text.empty())
        return ms;
    if (text.front() != '.' && text.front() != ':' && text.front() != ',')
        return std::nullopt;
    text.remove_prefix(1);
    const auto part = takeNumber(text, numDigits);
    if (!part || !text.empty() || numDigits > 3)
        return std::nullopt;
    ms += *part * (numDigits == 1 ? 100 : numDigits == 2 ? 10 : 1);
    return ms;
}

/// Without the stamps of single words.
std::string withoutWordStamps(std::string_view line) {
    std::string text;
    while (!line.empty()) {
        const auto open = line.find('<');
        const auto close = open == std::string_view::npos ? open : line.find('>', open);
        if (close == std::string_view::npos) {
            text += line;
            break;
        }
        const bool stamp = parseStamp(line.substr(open + 1, close - open - 1)).has_value();
        text += line.substr(0, stamp ? open : close + 1);
        line.remove_prefix(close + 1);
    }
    return text;
}

class Parser {
  public:
    void add(std::string_view line) {
        std::vector<std::int64_t> stamps;
        std::string_view rest = line;
        bool note = false;
        while (rest.starts_with('[')) {
            const auto close = rest.find(']');
            if (close == std::string_view::npos)
                break;
            const std::string_view inside = rest.substr(1, close - 1);
            const auto stamp = parseStamp(inside);
            if (!stamp && !stamps.empty())
                break; // a text in brackets
            if (!stamp && !takeNote(inside))
                break;
            note = note || !stamp;
            if (stamp && stamps.size() < kMostStampsPerLine)
                stamps.push_back(*stamp);
            rest.remove_prefix(close + 1);
        }
        if (stamps.empty() && note && cleanTag(rest).empty())
            return;
        const std::string text = cleanTag(withoutWordStamps(rest));
        for (const std::int64_t ms : stamps)
            if (synced_.size() < kMostLines)
                synced_.push_back({ms, text});
        if (stamps.empty() && plain_.size() < kMostLines)
            plain_.push_back({0, text});
    }

    Lyrics finish() {
        if (synced_.empty()) {
            while (!plain_.empty() && plain_.back().text.empty())
                plain_.pop_back();
            const auto first = std::find_if(plain_.begin(), plain_.end(),
                                            [](const LyricLine& l) { return !l.text.empty(); });
            plain_.erase(plain_.begin(), first);
            return {false, std::move(plain_)};
        }
        for (LyricLine& line : synced_)
            line.ms = std::max<std::int64_t>(line.ms - offsetMs_, 0);
        std::stable_sort(synced_.begin(), synced_.end(),
                         [](const LyricLine& a, const LyricLine& b) { return a.ms < b.ms; });
        return {true, std::move(synced_)};
    }

  private:
    /// `ti:A title` and the like. @return whether it is one
    bool takeNote(std::string_view inside) {
        const auto colon = inside.find(':');
        const auto isLetter = [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        };
        if (colon == std::string_view::npos || colon == 0 || colon > 10 ||
            !std::all_of(inside.begin(), inside.begin() + static_cast<std::ptrdiff_t>(colon),
                         [&](char c) { return isLetter(c) || c == '#'; }))
            return false;
        if (foldCase(inside.substr(0, colon)) == "offset") {
            std::string_view number = inside.substr(colon + 1);
            number.remove_prefix(std::min(number.size(), number.find_first_not_of(" +")));
            std::int64_t value = 0;
            const auto [end, error] =
                std::from_chars(number.data(), number.data() + number.size(), value);
            constexpr std::int64_t kMostOffsetMs = 600'000;
            if (error == std::errc() && end != number.data())
                offsetMs_ = std::clamp(value, -kMostOffsetMs, kMostOffsetMs);
        }
        return true;
    }

    std::vector<LyricLine> synced_, plain_;
    std::int64_t offsetMs_ = 0;
};

} // namespace

Lyrics parseLrc(std::string_view bytes) {
    bytes = bytes.substr(0, kMostLyricsBytes);
    std::string decoded;
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
        decoded = fromUtf16(bytes.substr(2), bytes.front() == '\xFE');
        bytes = decoded;
    } else if (bytes.starts_with("\xEF\xBB\xBF")) {
        bytes.remove_prefix(3);
    }
    Parser parser;
    std::size_t numLines = 0;
    while (!bytes.empty() && numLines++ < kMostLines) {
        const auto end = bytes.find_first_of("\r\n");
        parser.add(bytes.substr(0, end));
        if (end == std::string_view::npos)
            break;
        bytes.remove_prefix(bytes.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
    }
    return parser.finish();
}

} // namespace segue::library
