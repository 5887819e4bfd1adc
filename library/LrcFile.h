#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace segue::library {

struct LyricLine {
    std::int64_t ms = 0; ///< when it is sung; 0 in lyrics that are not synced
    std::string text;    ///< valid UTF-8, may be empty

    bool operator==(const LyricLine&) const = default;
};

struct Lyrics {
    bool synced = false;
    std::vector<LyricLine> lines; ///< in order
};

/// A longer file is no lyrics.
inline constexpr std::size_t kMostLyricsBytes = std::size_t{1} << 20;

/// Lyrics as LRC files have them: `[01:02.34]text`, any number of stamps before a line, `[offset:]`
/// (positive: earlier); stamps of single words are left out, as are other notes in brackets. A text
/// without a stamp is plain lyrics. UTF-8 or UTF-16 by its mark, else UTF-8 or Latin-1, line by
/// line.
/// @param bytes  anything; what is behind kMostLyricsBytes, or 20,000 lines, is left out
Lyrics parseLrc(std::string_view bytes);

} // namespace segue::library
