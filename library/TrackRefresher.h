#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "library/Database.h"
#include "library/Library.h"
#include "library/Roots.h"
#include "library/TrackTable.h"

namespace segue::library {

/// Answers Library::refresh(): a track whose contentId is that of the bytes on disk now.
/// @thread all members may be called from any thread; one of them hashes a track, others wait
class TrackRefresher {
  public:
    TrackRefresher(ConnectionPool& readers, ConnectionPool& writer, const Roots& roots,
                   const RootSet& rootSet);
    /// @errors as Library::refresh
    Result<Track> refresh(TrackId id);

  private:
    class Turn;

    /// The row and the stamp of its file now.
    struct Look {
        StoredTrack stored;
        FileStamp stamp;
        bool fresh = false; ///< `stored` is the answer
    };
    struct Unsaved {
        Track track;
        std::chrono::steady_clock::time_point until; ///< then it is time to try again
    };
    Result<Look> look(TrackId id);
    void takeUnsaved(Look& look);
    /// @return nothing when the file or the row changed under our hands
    Result<std::optional<Track>> renew(const Look& look);
    Result<bool> store(const Look& look, const std::optional<Tags>& tags, const Track& renewed);

    ConnectionPool& readers_;
    ConnectionPool& writer_;
    const Roots& roots_;
    const RootSet& rootSet_;

    std::mutex mutex_;
    std::condition_variable turnEnded_;
    std::unordered_set<TrackId> busy_; // GUARDED_BY(mutex_)
    /// Renewed tracks that could not be stored.
    std::unordered_map<TrackId, Unsaved> unsaved_; // GUARDED_BY(mutex_)
};

} // namespace segue::library
