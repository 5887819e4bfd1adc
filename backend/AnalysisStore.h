#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "backend/FileAnalysis.h"
#include "backend/LruCache.h"
#include "backend/WallClock.h"
#include "library/Library.h"
#include "processing/types/Hash.h"

namespace segue::backend {

/// The library's analyses with the recent ones in memory, and the rule which of them a stream goes
/// by: a quick one while a playback that began with it may still go on (its lease), else the full
/// one, else a quick one.
///
/// A database that cannot be read or written costs time, never an answer.
/// @thread all members from any thread
class AnalysisStore {
  public:
    /// After the last request of a playback.
    static constexpr std::chrono::minutes kLease{30};

    /// @param library  outlives the store  @param nowMs  empty: the system's clock
    explicit AnalysisStore(library::Library& library, NowMs nowMs = {});

    enum class Use { Look, Play };
    /// The analysis that streams of `content` go by now, null when there is none. Play extends the
    /// lease of a quick one.
    AnalysisPtr choose(const Hash128& content, Use use);
    /// Extends the lease if there is one.
    void stillPlaying(const Hash128& content);

    /// Null when there is none.
    AnalysisPtr full(const Hash128& content);
    /// Keeps an analysis of either kind.
    void put(const Hash128& content, const AnalysisPtr& analysis);

  private:
    struct Entry {
        AnalysisPtr quick, full;
        std::int64_t leaseUntilMs = 0;
        std::int64_t leaseWrittenMs = 0; ///< when it was last written to the database
        /// Whether what the database has was looked at: put() may come before.
        bool loaded = false;
    };
    Entry load(const Hash128& content) const;
    /// The entry in memory, loaded if it may lack something.
    Entry& lookUp(const Hash128& content, std::unique_lock<std::mutex>& lock);
    /// Extends the lease of a quick analysis in use. @return until when, if it is to be written
    std::optional<std::int64_t> extendLocked(Entry& entry) const;
    void writeLease(const Hash128& content, std::int64_t untilMs);

    library::Library& library_;
    const NowMs nowMs_;
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    LruCache<Hash128, Entry, Hash128Hasher> entries_;
};

} // namespace segue::backend
