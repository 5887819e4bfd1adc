// Playlists as other players write them: a file name a line, and lines that begin with # for what
// Segue does not need. Names are the file system's bytes. Any thread; nothing is kept.

#include "library/PlaylistFile.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

#include "library/Text.h"

namespace segue::library {

namespace {

namespace fs = std::filesystem;

/// Some hundred thousand entries; what is larger is no playlist.
constexpr std::uintmax_t kMostBytes = std::uintmax_t{16} << 20;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kFileScheme = "file://";

int hexDigit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percentDecoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
        const int low = high >= 0 ? hexDigit(text[i + 2]) : -1;
        if (low >= 0)
            i += 2;
        decoded += low >= 0 ? static_cast<char>(high * 16 + low) : text[i];
    }
    return decoded;
}

/// @return empty for what is no file of this machine
std::string fileNamed(std::string_view entry) {
    if (entry.starts_with(kFileScheme)) {
        const std::string path = percentDecoded(entry.substr(kFileScheme.size()));
        return path.starts_with('/') ? path : std::string();
    }
    if (entry.find("://") != std::string_view::npos)
        return {};
    return std::string(entry);
}

constexpr std::string_view kInfo = "#EXTINF:";
constexpr std::string_view kName = "#PLAYLIST:";

/// `12,Artist - Title`, or `12 key="value",Title`
void readInfo(std::string_view info, PlaylistLine& line) {
    const std::size_t comma = std::min(info.find(','), info.size());
    double seconds = 0;
    const auto read = std::from_chars(info.data(), info.data() + comma, seconds);
    if (read.ec == std::errc{} && std::isfinite(seconds) && seconds > 0)
        line.seconds = seconds;
    if (comma == info.size())
        return;
    const std::string title = cleanTag(info.substr(comma + 1));
    constexpr std::string_view kBetween = " - ";
    const std::size_t dash = title.find(kBetween);
    if (dash == std::string::npos) {
        line.title = title;
        return;
    }
    line.artist = cleanTag(std::string_view(title).substr(0, dash));
    line.title = cleanTag(std::string_view(title).substr(dash + kBetween.size()));
}

/// The line that names this file to every reader; empty when there is none: only an absolute name
/// can be written as a URL, and only so can it hold a line break.
std::string lineNaming(const std::string& path) {
    const bool needsUrl =
        path.find_first_of("\r\n") != std::string::npos || path.find("://") != std::string::npos;
    if (!path.starts_with('/')) {
        const bool looksOtherwise = path.find_first_of("# \t\xEF") == 0;
        return needsUrl ? "" : looksOtherwise ? "./" + path : path;
    }
    if (!needsUrl)
        return path;
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string url(kFileScheme);
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && c != '%')
            url += c;
        else
            url.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
    }
    return url;
}

} // namespace

PlaylistText parsePlaylistText(std::string_view text, std::size_t mostLines) {
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    PlaylistText parsed;
    PlaylistLine next;
    for (int number = 1; !text.empty() && parsed.lines.size() < mostLines; ++number) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        std::string_view line = text.substr(0, end);
        const bool isPair = text.substr(end).starts_with("\r\n");
        text.remove_prefix(std::min(end + (isPair ? 2 : 1), text.size()));
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.starts_with(kInfo))
            readInfo(line.substr(kInfo.size()), next = {});
        else if (line.starts_with(kName) && parsed.name.empty())
            parsed.name = cleanTag(line.substr(kName.size()));
        if (line.empty() || line.front() == '#' || line.find('\0') != std::string_view::npos)
            continue;
        next.number = number;
        next.text = line;
        next.path = fileNamed(line);
        if (next.path.find('\0') != std::string::npos) // it came percent-encoded
            next.path.clear();
        parsed.lines.push_back(std::exchange(next, {}));
    }
    return parsed;
}

std::vector<fs::path> parsePlaylist(std::string_view text, const fs::path& folder) {
    std::vector<fs::path> files;
    for (const PlaylistLine& line :
         parsePlaylistText(text, std::numeric_limits<std::size_t>::max()).lines)
        if (!line.path.empty())
            files.push_back((folder / line.path).lexically_normal());
    return files;
}

Result<std::string> readPlaylistBytes(const fs::path& file) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(file, error);
    if (error)
        return fail(errnoError("read the playlist '" + file.string() + "'", error.value()));
    if (bytes > kMostBytes)
        return fail(ErrorCode::InvalidArgument,
                    "'" + file.string() + "' is larger than any playlist");
    std::ifstream in(file, std::ios::binary);
    std::string text(static_cast<std::size_t>(bytes), '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || !in.is_open())
        return fail(ErrorCode::Io, "read the playlist '" + file.string() + "'");
    text.resize(static_cast<std::size_t>(in.gcount()));
    return text;
}

Result<std::vector<fs::path>> readPlaylist(const fs::path& file) {
    std::error_code error;
    const fs::path absolute = fs::absolute(file, error);
    if (error)
        return fail(errnoError("read the playlist '" + file.string() + "'", error.value()));
    const auto text = readPlaylistBytes(absolute);
    if (!text)
        return fail(text.error());
    return parsePlaylist(*text, absolute.parent_path());
}

std::string playlistText(std::string_view name, std::span<const PlaylistItem> items) {
    std::string text = "#EXTM3U\n";
    if (!name.empty())
        text += std::string(kName) + cleanTag(name) + "\n";
    for (const PlaylistItem& item : items) {
        const std::string line = lineNaming(item.path);
        if (line.empty())
            continue;
        text += std::string(kInfo) + std::to_string(std::lround(item.seconds)) + "," +
                cleanTag(item.artist.empty() ? item.title : item.artist + " - " + item.title) +
                "\n" + line + "\n";
    }
    return text;
}

} // namespace segue::library
