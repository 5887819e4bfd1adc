#pragma once

#include <string_view>

namespace segue::http {

/// By the name's extension, in any case; "application/octet-stream" when unknown.
std::string_view mimeTypeOfName(std::string_view fileName) noexcept;

/// By decode::SourceInfo::codec ("flac", "wav", "vorbis", "opus", "mp3", "aiff", ...);
/// "application/octet-stream" when unknown.
std::string_view mimeTypeOfCodec(std::string_view codec) noexcept;

} // namespace segue::http
