#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processing/types/Error.h"

namespace segue::library {

/// What a playlist says of one of its entries.
struct PlaylistLine {
    int number = 0;            ///< of the line, from 1
    std::string text;          ///< as it stands there
    std::string path;          ///< bytes of a file's name, absolute or not; empty: no file of this
                               ///< machine (http and the like)
    std::string artist, title; ///< of #EXTINF, valid UTF-8; empty: not said
    double seconds = 0;        ///< of #EXTINF; 0: not said
};

struct PlaylistText {
    std::string name; ///< of #PLAYLIST, valid UTF-8; empty: not said
    std::vector<PlaylistLine> lines;
};

/// Reads M3U or M3U8, whatever the bytes are: with or without a byte order mark, UTF-8 or Latin-1.
/// @param mostLines  entries after so many are left out
PlaylistText parsePlaylistText(std::string_view text, std::size_t mostLines);

/// The files that an M3U or M3U8 text names, in order, absolute and normal; what is not a file of
/// this machine is left out. Each may be there or not.
/// @param folder  absolute: what relative names are relative to
std::vector<std::filesystem::path> parsePlaylist(std::string_view text,
                                                 const std::filesystem::path& folder);

/// The bytes of a playlist file. @errors NotFound, Io, InvalidArgument (larger than 16 MiB)
Result<std::string> readPlaylistBytes(const std::filesystem::path& file);
/// @errors as readPlaylistBytes()
Result<std::vector<std::filesystem::path>> readPlaylist(const std::filesystem::path& file);

struct PlaylistItem {
    std::string path; ///< as it is to stand there: absolute, or relative to where the file will be
    std::string artist, title;
    double seconds = 0;
};
/// M3U8 that parsePlaylistText() reads again as the same paths, whatever bytes are in them. Left
/// out are relative paths with a line break or "://" in them, which no such file can hold.
std::string playlistText(std::string_view name, std::span<const PlaylistItem> items);

} // namespace segue::library
