#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "backend/FileAnalysis.h"
#include "backend/LruCache.h"
#include "backend/WallClock.h"
#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::mastering {
class LearnedCorridor;
}

namespace segue::backend {

/// A version of the corridor that plans go by.
struct CorridorVersion {
    std::int64_t number = 0;                                    ///< 0: the built-in one
    std::shared_ptr<const mastering::LearnedCorridor> corridor; ///< null: the built-in one
};

/// How a corridor is learned and kept as bytes.
struct CorridorLearning {
    /// processing/mastering's way.
    static CorridorLearning fromMastering();

    std::int64_t minTracks = 0; ///< 0: nothing is ever learned
    std::function<Result<std::string>(const std::vector<AnalysisPtr>&)> learn = {};
    std::function<Result<std::shared_ptr<const mastering::LearnedCorridor>>(const std::string&)>
        parse = {};
};

/// Learns from the library what its music sounds like, once enough of it is analysed and again
/// whenever it has grown by a quarter. Every version is stored, so that a playback under way may
/// keep its own while others already take the newest.
///
/// What cannot be read or written leaves the version before in use.
/// @thread all members from any thread
class CorridorKeeper {
  public:
    /// Most analyses that a corridor is learned from: the first by content hash, which is as good
    /// as drawing lots.
    static constexpr std::size_t kMostLearnedFrom = 2000;

    /// @param library  outlives the keeper  @param nowMs  empty: the system's clock
    CorridorKeeper(library::Library& library, CorridorLearning learning, NowMs nowMs = {});

    /// What a playback that begins now goes by.
    CorridorVersion newest();
    /// Nothing when it is no more, or cannot be read. @param number  0: the built-in one
    std::optional<CorridorVersion> find(std::int64_t number);

    /// One more track has a full analysis.
    void analysisMade();
    /// Tracks may have come or gone.
    void lookAgain();
    /// Learns a new version if it is time. Costs nothing while it is not. Waits for another thread
    /// that learns. For threads that are in no hurry.
    void learnIfDue(const std::atomic<bool>& cancel);

    struct Status {
        std::int64_t version = 0; ///< 0: the built-in one
        std::int64_t tracks = 0;  ///< of so many it was learned
        std::int64_t createdMs = 0;
        std::int64_t analysed = 0; ///< tracks of the library that have a full analysis
        std::int64_t nextAt = 0;   ///< with so many a new one is learned; 0: never
    };
    Status status() const;

  private:
    CorridorVersion adopt(const library::StoredCorridor& stored);
    std::int64_t nextAtLocked() const;
    void countAndLearn(const std::atomic<bool>& cancel);
    Result<void> learn(const std::atomic<bool>& cancel);

    library::Library& library_;
    const CorridorLearning learning_;
    const NowMs nowMs_;

    mutable std::mutex mutex_;
    std::condition_variable learned_; ///< isLearning_ ended
    // GUARDED_BY(mutex_)
    bool isLearning_ = false;
    CorridorVersion newest_;
    std::int64_t tracks_ = 0, createdMs_ = 0; ///< of the newest one
    std::int64_t analysed_ = 0;
    std::int64_t triedAt_ = 0; ///< how many there were when learning failed last
    bool count_ = true;        ///< analysed_ is to be asked of the library
    LruCache<std::int64_t, CorridorVersion> known_;
};

} // namespace segue::backend
