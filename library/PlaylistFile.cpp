// Playlists as other players write them: a file name a line, and lines that begin with # for what
// Segue does not need. Names are the file system's bytes. Any thread; nothing is kept.

#include "library/PlaylistFile.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <system_error>

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

} // namespace

std::vector<fs::path> parsePlaylist(std::string_view text, const fs::path& folder) {
    if (text.starts_with(kByteOrderMark))
        text.remove_prefix(kByteOrderMark.size());
    std::vector<fs::path> files;
    while (!text.empty()) {
        const std::size_t end = text.find_first_of("\r\n");
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty() || line.front() == '#' || line.find('\0') != std::string_view::npos)
            continue;
        if (const std::string name = fileNamed(line); !name.empty())
            files.push_back((folder / name).lexically_normal());
    }
    return files;
}

Result<std::vector<fs::path>> readPlaylist(const fs::path& file) {
    std::error_code error;
    const fs::path absolute = fs::absolute(file, error);
    const std::uintmax_t bytes = error ? 0 : fs::file_size(absolute, error);
    if (error)
        return fail(errnoError("read the playlist '" + file.string() + "'", error.value()));
    if (bytes > kMostBytes)
        return fail(ErrorCode::InvalidArgument,
                    "'" + file.string() + "' is larger than any playlist");
    std::ifstream in(absolute, std::ios::binary);
    std::string text(static_cast<std::size_t>(bytes), '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (in.bad() || !in.is_open())
        return fail(ErrorCode::Io, "read the playlist '" + file.string() + "'");
    text.resize(static_cast<std::size_t>(in.gcount()));
    return parsePlaylist(text, absolute.parent_path());
}

} // namespace segue::library
