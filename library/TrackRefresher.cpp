// The check before each playback that nothing stale is served. Called on HTTP and render threads;
// while nothing changed it costs one stat and one row. A changed or never hashed file is read as a
// whole by one thread per track, while others that want the same track wait for it. The hash that
// comes out always belongs to the stamp that it is stored with: stamp, read, and stamp again must
// agree. When the database cannot be written, the answer is kept in memory instead.

#include "library/TrackRefresher.h"

#include <utility>

#include <spdlog/spdlog.h>

#include "library/StampRules.h"
#include "library/Text.h"

namespace segue::library {

namespace {

// A file that is edited again during each of these is being written; the caller may try later.
constexpr int kAttempts = 3;
// Only while the database cannot be written; a few MB.
constexpr std::size_t kMaxUnsaved = 4096;
// How long a track lives on its unsaved answer before it is hashed and stored anew: often enough
// for a disk that has room again, seldom enough for one that has not.
constexpr std::chrono::seconds kUnsavedFor{10};

void takeTags(Track& track, const Tags& tags) {
    track.title = tags.title;
    track.artist = tags.artist;
    track.album = tags.album;
    track.albumArtist = tags.albumArtist;
    track.genre = tags.genre;
    track.trackNumber = tags.trackNumber;
    track.discNumber = tags.discNumber;
    track.year = tags.year;
    track.durationSeconds = tags.durationSeconds;
    track.sampleRateHz = tags.sampleRateHz;
    track.numChannels = tags.numChannels;
    track.codec = tags.codec;
}

} // namespace

/// The right to hash one track.
class TrackRefresher::Turn {
  public:
    Turn(TrackRefresher& owner, TrackId id) : owner_(owner), id_(id) {
        std::unique_lock lock(owner_.mutex_);
        owner_.turnEnded_.wait(lock, [this] { return !owner_.busy_.contains(id_); });
        owner_.busy_.insert(id_);
    }
    ~Turn() {
        {
            const std::lock_guard lock(owner_.mutex_);
            owner_.busy_.erase(id_);
        }
        owner_.turnEnded_.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    TrackRefresher& owner_;
    const TrackId id_;
};

TrackRefresher::TrackRefresher(ConnectionPool& readers, ConnectionPool& writer, const Roots& roots,
                               const RootSet& rootSet)
    : readers_(readers), writer_(writer), roots_(roots), rootSet_(rootSet) {}

Result<Track> TrackRefresher::refresh(TrackId id) {
    if (auto looked = look(id); !looked || looked->fresh)
        return std::move(looked).map([](Look&& l) { return std::move(l.stored.track); });
    const Turn turn(*this, id);
    for (int i = 0; i < kAttempts; ++i) {
        auto looked = look(id);
        if (!looked)
            return fail(looked.error());
        if (looked->fresh)
            return std::move(looked->stored.track);
        auto renewed = renew(*looked);
        if (!renewed)
            return fail(renewed.error());
        if (*renewed)
            return std::move(**renewed);
    }
    return fail(ErrorCode::Changed, "track " + std::to_string(id) + " is being edited");
}

Result<TrackRefresher::Look> TrackRefresher::look(TrackId id) {
    auto stored = [&]() -> Result<StoredTrack> {
        auto connection = readers_.acquire();
        if (!connection)
            return fail(connection.error());
        return loadTrack(**connection, rootSet_, id);
    }();
    if (!stored)
        return fail(stored.error());
    Track& track = stored->track;
    const auto stamp = stampOf(track.path);
    if (!stamp) {
        const bool gone = stamp.error().code == ErrorCode::NotFound ||
                          stamp.error().code == ErrorCode::Unsupported;
        return fail(gone ? ErrorCode::NotFound : stamp.error().code, stamp.error().message);
    }
    if (!roots_.permits(track.path.native(), *stamp))
        return fail(ErrorCode::NotFound,
                    "'" + track.path.string() + "' is not inside the library folders");
    Look look{std::move(*stored), *stamp};
    look.fresh = !look.stored.track.missing && look.stored.track.contentId &&
                 look.stored.tagsVersion == kTagsVersion && look.stored.track.stamp == *stamp;
    if (!look.fresh)
        takeUnsaved(look);
    return look;
}

void TrackRefresher::takeUnsaved(Look& look) {
    const std::lock_guard lock(mutex_);
    const auto found = unsaved_.find(look.stored.track.id);
    if (found == unsaved_.end())
        return;
    const Unsaved& unsaved = found->second;
    if (unsaved.track.stamp != look.stamp || unsaved.track.path != look.stored.track.path ||
        unsaved.until < std::chrono::steady_clock::now())
        return;
    look.stored.track = unsaved.track;
    look.fresh = true;
}

Result<std::optional<Track>> TrackRefresher::renew(const Look& look) {
    Track track = look.stored.track;
    const bool edited =
        !sameFile(track.stamp, look.stamp) || look.stored.tagsVersion != kTagsVersion;
    const bool known = !edited && track.contentId.has_value(); // only its place or device is new
    std::optional<Tags> tags;
    waitUntilSettled(look.stamp);
    if (edited) {
        auto read = readTags(track.path);
        if (!read && read.error().code == ErrorCode::Changed)
            return std::nullopt;
        if (!read)
            return fail(read.error());
        if (read->stamp != look.stamp)
            return std::nullopt;
        tags = std::move(read->tags);
        takeTags(track, *tags);
    }
    if (!known) {
        const auto content = contentHashOf(track.path);
        if (!content && content.error().code == ErrorCode::Changed)
            return std::nullopt;
        if (!content)
            return fail(content.error());
        track.contentId = *content;
    }
    const auto stampAfter = stampOf(track.path);
    if (!stampAfter || *stampAfter != look.stamp)
        return std::nullopt;
    track.stamp = look.stamp;
    track.missing = false;
    const auto stored = store(look, tags, track);
    if (stored && !*stored)
        return std::nullopt;
    if (!stored)
        spdlog::warn("track {} is renewed in memory only: {}", track.id,
                     displayText(stored.error().message));
    const std::lock_guard lock(mutex_);
    // Once something could be stored, the others should try again too.
    if (stored || unsaved_.size() >= kMaxUnsaved)
        unsaved_.clear();
    if (!stored)
        unsaved_.insert_or_assign(track.id,
                                  Unsaved{track, std::chrono::steady_clock::now() + kUnsavedFor});
    return track;
}

Result<bool> TrackRefresher::store(const Look& look, const std::optional<Tags>& tags,
                                   const Track& renewed) {
    auto connection = writer_.acquire();
    if (!connection)
        return fail(connection.error());
    auto transaction = Transaction::begin(**connection);
    if (!transaction)
        return fail(transaction.error());
    CatalogWriter catalog(**connection);
    Result<bool> written = false;
    if (tags) {
        const TrackRecord record{
            look.stored.rootId, renewed.path.native(), renewed.stamp, renewed.contentId, *tags, 0};
        written = updateTrack(catalog, renewed.id, renewed.path.native(), record);
    } else {
        written = putContent(**connection, renewed, *renewed.contentId);
    }
    if (!written || !*written)
        return written;
    if (auto done = touchTrack(catalog, renewed.id, look.stored.rootId, renewed.stamp.device);
        !done)
        return fail(done.error());
    if (auto done = catalog.settle(); !done)
        return fail(done.error());
    if (auto done = transaction->commit(); !done)
        return fail(done.error());
    return true;
}

} // namespace segue::library
