// Bytes of other programs' playlists: whatever they are, the names are absolute and harmless.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "library/PlaylistFile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& file : segue::library::parsePlaylist(text, "/music"))
        if (!file.is_absolute() || file.native().find('\0') != std::string::npos)
            std::abort();
    // What is written of what was read says the same again.
    std::vector<segue::library::PlaylistItem> items;
    for (const auto& line : segue::library::parsePlaylistText(text, 1000).lines)
        if (line.path.starts_with('/'))
            items.push_back({line.path, line.artist, line.title, std::min(line.seconds, 1e9)});
    const auto again =
        segue::library::parsePlaylistText(segue::library::playlistText("", items), 2000);
    if (again.lines.size() != items.size())
        std::abort();
    for (std::size_t i = 0; i < items.size(); ++i)
        if (again.lines[i].path != items[i].path)
            std::abort();
    return 0;
}
