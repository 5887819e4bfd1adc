#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processing/types/Error.h"

namespace segue::library {

struct Picture {
    std::string mimeType, description;
    int type = 3;      ///< as ID3v2 and FLAC number them: 3 is the front cover
    std::string bytes; ///< as the file has them

    bool operator==(const Picture&) const = default;
};

/// What is said about music beside its sound, in no format's own way.
struct Metadata {
    /// By name in upper case, as Vorbis comments and TagLib's properties call them: TITLE, ARTIST,
    /// ALBUMARTIST, TRACKNUMBER ("3/12") ... and whatever names people make up. Each with one value
    /// or several, valid UTF-8.
    std::map<std::string, std::vector<std::string>> texts;
    std::vector<Picture> pictures;
    /// ID3v2.4 frames that are neither text nor picture (play counters, private data, chapters
    /// ...), whole. Only formats with an ID3v2 tag can take them.
    std::vector<std::string> frames;

    bool empty() const { return texts.empty() && pictures.empty() && frames.empty(); }
};

/// All of it, from any format that Segue reads or writes; empty for RF64 and what is no audio file.
/// @errors NotFound, Io, Unsupported (not a regular file), Corrupt (tags that fill the memory)
Result<Metadata> readMetadata(const std::filesystem::path& path);
/// The same for a file in memory.
Result<Metadata> readMetadata(std::span<const std::byte> bytes, std::string_view fileName);

/// Makes `metadata` what the file says: WAV, FLAC, MP3, Ogg Opus or MPEG-4, known by its bytes.
/// What was there before is gone. What the format cannot hold is left out: pictures other than
/// JPEG, PNG, GIF and BMP in MPEG-4, and `frames` anywhere but in MP3 and WAV.
/// @errors Unsupported (another format; RF64), Io
Result<void> writeMetadata(const std::filesystem::path& path, const Metadata& metadata);

} // namespace segue::library
