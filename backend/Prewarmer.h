#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backend/ChunkProvider.h"
#include "backend/CorridorKeeper.h"
#include "backend/Detail.h"
#include "backend/FullAnalyses.h"
#include "backend/JobList.h"
#include "backend/PrewarmRequest.h"
#include "backend/RenderScheduler.h"
#include "library/Library.h"

namespace segue::backend {

/// How far a pre-warming is, and what came of it.
struct PrewarmProgress {
    enum class Phase { Waiting, Analysing, Rendering, Done, Failed, Cancelled };
    /// Why it ended before everything was warm.
    enum class Limit { None, Budget, CacheFull };

    Phase phase = Phase::Waiting;
    Limit limit = Limit::None;
    double fraction = 0; ///< of the work, 0 .. 1; never falls
    std::int64_t tracks = 0, tracksFailed = 0;
    std::int64_t analyses = 0;         ///< made; of a dry run: that would be made
    std::int64_t chunksThere = 0;      ///< in the cache already
    std::int64_t chunksRendered = 0;   ///< of a dry run: that would be
    std::int64_t bytes = 0;            ///< of the rendered ones, as files of the cache
    double seconds = 0;                ///< since it began; of a dry run: that it would take
    std::string error;                 ///< of Failed
    std::vector<std::string> problems; ///< of tracks, the first kMostProblems

    static constexpr std::size_t kMostProblems = 100;
    static constexpr Phase kBegun = Phase::Analysing;
    static constexpr JobNames kNames{"prewarm", "pre-warming"};
    bool ended() const noexcept { return phase >= Phase::Done; }
};
/// "waiting", "analysing", "rendering", "done", "failed", "cancelled"
std::string_view nameOf(PrewarmProgress::Phase phase) noexcept;
/// "none", "budget", "cache-full"
std::string_view nameOf(PrewarmProgress::Limit limit) noexcept;
/// One JSON object; without details without problems.
std::string toJson(const PrewarmProgress& progress, Detail detail = Detail::Yes);
/// How it ended, on one line.
std::string summaryOf(const PrewarmProgress& progress);

/// Renders into the cache what playback will ask for: analyses what lacks a full analysis, has the
/// corridor learned if that makes it due, and renders every chunk that is not there as class
/// Prewarm. Resuming is running again: what is there is only marked as used.
///
/// It never writes more than the cache holds, so that it does not push out what it has written.
/// While a reader is blocked it begins nothing.
/// @thread run() on one thread at a time
class Prewarmer {
  public:
    /// All outlive the prewarmer.
    struct Parts {
        const library::Library& library;
        FullAnalyses& analyses;
        AnalysisStore& kept;
        CorridorKeeper& corridors;
        const ChunkProvider& provider;
        const RenderScheduler& scheduler;
    };
    struct Room {
        std::int64_t generalBytes = 0;
        std::int64_t firstChunkBytes = 0;
    };
    /// Called a few times a second, from several threads but never from two at once.
    using Report = std::function<void(const PrewarmProgress&)>;

    Prewarmer(const Parts& parts, Room room, StreamVocabulary vocabulary);

    /// Whether run() would find what is asked for, as things are now.
    /// @errors those of voicesOf and selectTracks
    Result<void> check(const PrewarmRequest& request) const;

    /// @param report  may be empty
    /// @return how it ended; what is wrong with single tracks is among its problems
    PrewarmProgress run(const PrewarmRequest& request, const Report& report, std::stop_token stop);

  private:
    const Parts parts_;
    const Room room_;
    const StreamVocabulary vocabulary_;
};

} // namespace segue::backend
