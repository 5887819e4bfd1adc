// Media types. Pure functions, any thread.

#include "backend/http/MimeType.h"

#include <algorithm>
#include <array>
#include <utility>

namespace segue::http {
namespace {

using std::string_view;
using Entry = std::pair<string_view, string_view>;

constexpr string_view kUnknown = "application/octet-stream";

constexpr std::array kByExtension = {
    Entry{"aac", "audio/aac"},
    Entry{"aif", "audio/aiff"},
    Entry{"aiff", "audio/aiff"},
    Entry{"ape", "audio/x-ape"},
    Entry{"css", "text/css; charset=utf-8"},
    Entry{"dff", "audio/x-dff"},
    Entry{"dsf", "audio/x-dsf"},
    Entry{"flac", "audio/flac"},
    Entry{"gif", "image/gif"},
    Entry{"htm", "text/html; charset=utf-8"},
    Entry{"html", "text/html; charset=utf-8"},
    Entry{"ico", "image/x-icon"},
    Entry{"jpeg", "image/jpeg"},
    Entry{"jpg", "image/jpeg"},
    Entry{"js", "text/javascript; charset=utf-8"},
    Entry{"json", "application/json"},
    Entry{"m4a", "audio/mp4"},
    Entry{"m4b", "audio/mp4"},
    Entry{"map", "application/json"},
    Entry{"mjs", "text/javascript; charset=utf-8"},
    Entry{"mka", "audio/x-matroska"},
    Entry{"mp3", "audio/mpeg"},
    Entry{"mp4", "audio/mp4"},
    Entry{"oga", "audio/ogg"},
    Entry{"ogg", "audio/ogg"},
    Entry{"opus", "audio/ogg"},
    Entry{"png", "image/png"},
    Entry{"svg", "image/svg+xml"},
    Entry{"tta", "audio/x-tta"},
    Entry{"txt", "text/plain; charset=utf-8"},
    Entry{"wasm", "application/wasm"},
    Entry{"wav", "audio/wav"},
    Entry{"webm", "audio/webm"},
    Entry{"webmanifest", "application/manifest+json"},
    Entry{"webp", "image/webp"},
    Entry{"wma", "audio/x-ms-wma"},
    Entry{"woff2", "font/woff2"},
    Entry{"wv", "audio/x-wavpack"},
};

constexpr std::array kByCodec = {
    Entry{"aac", "audio/mp4"},           Entry{"aiff", "audio/aiff"},
    Entry{"alac", "audio/mp4"},          Entry{"ape", "audio/x-ape"},
    Entry{"flac", "audio/flac"},         Entry{"mp3", "audio/mpeg"},
    Entry{"opus", "audio/ogg"},          Entry{"tta", "audio/x-tta"},
    Entry{"vorbis", "audio/ogg"},        Entry{"wav", "audio/wav"},
    Entry{"wavpack", "audio/x-wavpack"}, Entry{"wma", "audio/x-ms-wma"},
};

template <std::size_t N>
string_view lookUp(const std::array<Entry, N>& table, string_view key) noexcept {
    const auto it = std::find_if(table.begin(), table.end(),
                                 [&](const Entry& entry) { return entry.first == key; });
    return it == table.end() ? kUnknown : it->second;
}

} // namespace

string_view mimeTypeOfName(string_view fileName) noexcept {
    const auto dot = fileName.rfind('.');
    std::array<char, 16> lower{};
    if (dot == string_view::npos || fileName.size() - dot - 1 > lower.size())
        return kUnknown;
    const string_view extension = fileName.substr(dot + 1);
    std::transform(extension.begin(), extension.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return lookUp(kByExtension, string_view(lower.data(), extension.size()));
}

string_view mimeTypeOfCodec(string_view codec) noexcept {
    return lookUp(kByCodec, codec);
}

} // namespace segue::http
