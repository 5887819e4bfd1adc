#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/LruCache.h"
#include "backend/WallClock.h"
#include "library/Playlists.h"
#include "library/SmartRules.h"

namespace segue::backend {

/// The tracks of smart playlists. The first page of one asks the database anew; the pages after it
/// are of the same answer, so that whoever reads on sees nothing twice.
/// @thread all members from any thread
class SmartLists {
  public:
    using Tracks = std::shared_ptr<const std::vector<library::TrackId>>;

    /// @param access  outlives this  @param nowMs  empty: the system's clock
    explicit SmartLists(const library::DatabaseAccess& access, NowMs nowMs = {});

    enum class From { Now, LastAnswer };
    /// @param playlist  has rules  @errors those of SmartRules
    Result<Tracks> of(const library::Playlist& playlist, From from);

  private:
    struct Answer {
        std::int64_t revision = 0;
        std::int64_t askedMs = 0;
        Tracks tracks;
    };

    const library::DatabaseAccess& access_;
    const NowMs nowMs_;
    std::mutex mutex_;
    LruCache<library::PlaylistId, Answer> answers_; // GUARDED_BY(mutex_)
};

} // namespace segue::backend
