#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "backend/FeatureKeeper.h"
#include "backend/LruCache.h"
#include "backend/SimilarityIndex.h"
#include "library/Features.h"

namespace segue::backend {

/// More like this: what sounds like a track, and what to go on with.
/// @thread all members from any thread
class SimilarTracks {
  public:
    static constexpr std::size_t kRadioLength = 500;
    static constexpr std::size_t kMostSimilar = 200;

    /// Both outlive this.
    SimilarTracks(const library::Features& features, const FeatureKeeper& keeper)
        : features_(features), keeper_(keeper), stations_(kMostStations) {}

    /// After a scan, which may have changed what is there. Returns at once.
    void lookAgain() { ++scans_; }

    /// The nearest first; nothing while the track has no analysis.
    /// @param count  at most kMostSimilar  @errors those of the database
    Result<std::optional<std::vector<SimilarityIndex::Neighbour>>> similar(library::TrackId track,
                                                                           std::size_t count);
    /// What to play after `track`, kRadioLength at most, each once; the same for the same seed, for
    /// as long as somebody has asked for it not long ago.
    using Station = std::shared_ptr<const std::vector<library::TrackId>>;
    Result<Station> radio(library::TrackId track, std::uint64_t seed);

  private:
    using IndexPtr = std::shared_ptr<const SimilarityIndex>;
    static constexpr std::size_t kMostStations = 256;

    /// As it is now; while another thread makes a new one, the one before.
    Result<IndexPtr> index();
    Result<IndexPtr> load() const;
    std::int64_t generation() const { return keeper_.generation() + scans_.load(); }
    bool isFreshLocked() const;

    const library::Features& features_;
    const FeatureKeeper& keeper_;
    std::atomic<std::int64_t> scans_{0};
    std::mutex mutex_;
    std::condition_variable made_;
    // GUARDED_BY(mutex_)
    IndexPtr index_;
    std::int64_t indexGeneration_ = -1;
    std::chrono::steady_clock::time_point madeAt_;
    std::chrono::steady_clock::duration making_{};
    bool isMaking_ = false;
    struct Ask {
        library::TrackId track = 0;
        std::uint64_t seed = 0;
        bool operator==(const Ask&) const = default;
    };
    struct AskHash {
        std::size_t operator()(const Ask& ask) const noexcept {
            return static_cast<std::size_t>(ask.track) * 0x9E3779B97F4A7C15U + ask.seed;
        }
    };
    LruCache<Ask, Station, AskHash> stations_;
};

} // namespace segue::backend
