#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace segue::library {

/// Longest tag that is kept; real ones are far below, and a hostile file must not fill the memory
/// of whoever lists it.
inline constexpr std::size_t kMaxTagBytes = 4096;

bool isUtf8(std::string_view bytes) noexcept;

/// `bytes` as valid UTF-8 for people and JSON; what is not becomes U+FFFD. Not for opening files.
/// For a path: displayText(path.native()).
std::string displayText(std::string_view bytes);

/// A tag as it may be stored: valid UTF-8 (a text without any UTF-8 in it is taken for Latin-1),
/// control characters become spaces, trimmed, at most kMaxTagBytes.
std::string cleanTag(std::string_view bytes);

/// Lower case for comparing: Latin, Greek, Cyrillic and Armenian letters one by one, everything
/// else as it is. `text` must be valid UTF-8; the result never depends on the locale.
std::string foldCase(std::string_view text);

/// What a name is known by: the case, the kind of its quotes and dashes and the number of its
/// spaces make no other name of it. `text` must be valid UTF-8. @return empty when there is nothing
/// to see
std::string identityOf(std::string_view text);

/// Bytes whose order is that of a list for people: without case, accents of Latin letters and
/// leading signs; `Article::Skip` leaves out a leading "The". `text` must be valid UTF-8.
enum class Article { Keep, Skip };
std::string orderKey(std::string_view text, Article article = Article::Keep);

/// What a track is sorted and searched by.
struct SortFields {
    std::string_view albumArtist, artist, album, title;
    int discNumber = 0, trackNumber = 0;
};

/// Bytes whose order is the library's list order, and that contain searchNeedleOf(s) exactly when
/// s is a substring of one of the texts.
std::string sortKeyOf(const SortFields& fields);
/// @return empty when there is nothing to search for
std::string searchNeedleOf(std::string_view search);

} // namespace segue::library
