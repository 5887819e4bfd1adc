// Bytes of other programs' playlists: whatever they are, the names are absolute and harmless.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "library/PlaylistFile.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto& file : segue::library::parsePlaylist(text, "/music"))
        if (!file.is_absolute() || file.native().find('\0') != std::string::npos)
            std::abort();
    return 0;
}
