// The rules of looking ahead, apart from who follows them: the server's streams and Prefetch, and
// bench/week, which counts what they are good for.
#include "backend/PrefetchPolicy.h"

#include <algorithm>
#include <string>

#include "library/Text.h"

namespace segue::backend {

namespace {

using library::Track;
using library::TrackId;

bool isSame(const std::string& a, const std::string& b) {
    return library::foldCase(a) == library::foldCase(b);
}

const std::string& artistOf(const Track& track) {
    return track.albumArtist.empty() ? track.artist : track.albumArtist;
}

} // namespace

int PrefetchPolicy::chunksAhead(std::int64_t cacheBytes, std::int64_t streams,
                                std::int64_t chunkBytes) noexcept {
    const std::int64_t each = cacheBytes / 2 / std::max<std::int64_t>(streams, 1);
    return static_cast<int>(std::clamp<std::int64_t>(each / std::max<std::int64_t>(chunkBytes, 1),
                                                     1, kMostChunksAhead));
}

bool PrefetchPolicy::isNextOfAlbum(const Track& current, const Track& next) {
    return !current.album.empty() && isSame(next.album, current.album) &&
           isSame(artistOf(next), artistOf(current));
}

Result<std::optional<TrackId>> PrefetchPolicy::nextOfAlbum(const library::Library& library,
                                                           const Track& current) {
    const auto page = library.tracks({.search = {}, .afterId = current.id, .limit = 1});
    if (!page)
        return fail(page.error());
    if (page->empty() || !isNextOfAlbum(current, page->front()))
        return std::nullopt;
    return page->front().id;
}

} // namespace segue::backend
