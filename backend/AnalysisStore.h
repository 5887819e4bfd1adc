#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "backend/CorridorKeeper.h"
#include "backend/FileAnalysis.h"
#include "backend/LeaseWriter.h"
#include "backend/LruCache.h"
#include "backend/WallClock.h"
#include "library/Library.h"
#include "processing/types/Hash.h"

namespace segue::backend {

/// What a plan is made from.
struct PlanBasis {
    AnalysisPtr analysis; ///< null: the content was never analysed
    CorridorVersion corridor;
};

/// The library's analyses with the recent ones in memory, and the rule what streams go by: the
/// analysis and the corridor that a playback of the last half hour began with (its lease), else the
/// full analysis, else a quick one, with the newest corridor.
///
/// A database that cannot be read or written costs time, never an answer.
/// @thread all members from any thread
class AnalysisStore {
  public:
    /// After the last request of a playback.
    static constexpr std::chrono::minutes kLease{30};

    /// @param library, corridors  outlive the store  @param nowMs  empty: the system's clock
    AnalysisStore(library::Library& library, CorridorKeeper& corridors, NowMs nowMs = {});

    enum class Use { Look, Play };
    /// What streams of `content` go by now. Play extends the lease, or begins one.
    PlanBasis choose(const Hash128& content, Use use);
    /// Extends the lease if there is one.
    void stillPlaying(const Hash128& content);

    /// Null when there is none.
    AnalysisPtr full(const Hash128& content);
    /// Keeps an analysis of either kind.
    void put(const Hash128& content, const AnalysisPtr& analysis);

  private:
    struct Entry {
        AnalysisPtr quick, full;
        library::PlanLease lease;
        CorridorVersion corridor;        ///< of the lease
        std::int64_t leaseWrittenMs = 0; ///< when it was last given to the database
        /// Whether what the database has was looked at: put() may come before.
        bool loaded = false;
    };
    Entry load(const Hash128& content) const;
    /// The entry in memory, loaded if it may lack something.
    Entry& lookUp(const Hash128& content, std::unique_lock<std::mutex>& lock);
    /// What the lease pins; no analysis when there is no lease, or not what it pins.
    PlanBasis pinnedLocked(const Entry& entry) const;
    void extendLocked(const Hash128& content, Entry& entry);

    library::Library& library_;
    CorridorKeeper& corridors_;
    const NowMs nowMs_;
    LeaseWriter leases_;
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    LruCache<Hash128, Entry, Hash128Hasher> entries_;
};

} // namespace segue::backend
