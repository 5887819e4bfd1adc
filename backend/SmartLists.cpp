// Answers of smart playlists, kept for those who page through them. Connection threads; the
// database is asked outside of the mutex.
#include "backend/SmartLists.h"

#include <utility>

namespace segue::backend {

namespace {

constexpr std::size_t kMostAnswers = 16; // of at most 10000 ids each
/// Nobody turns a page after so long and expects the same list.
constexpr std::int64_t kKeptMs = 10 * 60'000;

} // namespace

SmartLists::SmartLists(const library::DatabaseAccess& access, NowMs nowMs)
    : access_(access), nowMs_(nowMs ? std::move(nowMs) : systemNowMs), answers_(kMostAnswers) {}

Result<SmartLists::Tracks> SmartLists::of(const library::Playlist& playlist, From from) {
    const std::int64_t now = nowMs_();
    if (from == From::LastAnswer) {
        const std::lock_guard lock(mutex_);
        const Answer* answer = answers_.find(playlist.id);
        if (answer && answer->revision == playlist.revision && now - answer->askedMs < kKeptMs)
            return answer->tracks;
    }
    const auto rules = library::SmartRules::parse(playlist.rules.value_or(""));
    if (!rules)
        return fail(rules.error());
    auto tracks = rules->tracks(access_, library::kOnlyUser, now);
    if (!tracks)
        return fail(tracks.error());
    auto kept = std::make_shared<const std::vector<library::TrackId>>(std::move(*tracks));
    const std::lock_guard lock(mutex_);
    answers_.put(playlist.id, {playlist.revision, now, kept});
    return kept;
}

} // namespace segue::backend
