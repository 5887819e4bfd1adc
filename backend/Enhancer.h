#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backend/AnalysisStore.h"
#include "backend/CorridorKeeper.h"
#include "backend/Detail.h"
#include "backend/EnhanceRequest.h"
#include "backend/FullAnalyses.h"
#include "backend/JobList.h"
#include "backend/RenderScheduler.h"

namespace segue::backend {

/// How far an enhancement is, and what came of it.
struct EnhanceProgress {
    enum class Phase { Waiting, Running, Done, Failed, Cancelled };

    struct Failure {
        library::TrackId track = 0;
        /// "failed", "exists" (somebody else's file is there), "out-of-date" (what is there was
        /// made with other settings, or before the source changed)
        std::string status;
        std::string message;
    };
    struct File {
        library::TrackId track = 0;
        std::string path; ///< below the folder of results
        std::int64_t bytes = 0;
        bool isNew = false; ///< made by this one; else it was there already
    };

    Phase phase = Phase::Waiting;
    double fraction = 0; ///< of the work, 0 .. 1; never falls
    std::int64_t tracks = 0;
    std::int64_t made = 0, there = 0, failed = 0; ///< tracks that are done with
    double audioSeconds = 0;                      ///< of all tracks
    double audioSecondsDone = 0;                  ///< of those that are done with
    double seconds = 0;                           ///< since it began
    std::optional<double> secondsLeft;            ///< when there is something to go by
    std::string error;                            ///< of Failed
    std::vector<Failure> failures;                ///< the first kMostFailures
    std::vector<File> files; ///< the first kMostFiles; others lie there as well

    static constexpr std::size_t kMostFailures = 100;
    static constexpr std::size_t kMostFiles = 1000;
    static constexpr Phase kBegun = Phase::Running;
    static constexpr JobNames kNames{"enhance", "enhancement"};
    bool ended() const noexcept { return phase >= Phase::Done; }
    std::int64_t done() const noexcept { return made + there + failed; }
};
/// "waiting", "running", "done", "failed", "cancelled"
std::string_view nameOf(EnhanceProgress::Phase phase) noexcept;
/// One JSON object; without details without failures and files.
std::string toJson(const EnhanceProgress& progress, Detail detail = Detail::Yes);
/// How it ended, on one line.
std::string summaryOf(const EnhanceProgress& progress);

/// Masters tracks of the library to files in a folder of its own, where they have the place that
/// their sources have in the library, with the very samples that the next playback streams.
///
/// Every track gets its full analysis and the corridor is learned if that is due, before anything
/// is rendered. A result that is there (enhance::ResultState::Finished) is left alone, so the same
/// request goes on where one was stopped. While a reader is blocked it stands still.
/// @thread run() on one thread at a time, which gets the least priority
class Enhancer {
  public:
    /// All outlive the enhancer.
    struct Parts {
        const library::Library& library;
        const library::Playlists& playlists;
        SmartLists& smart;
        FullAnalyses& analyses;
        AnalysisStore& kept;
        CorridorKeeper& corridors;
        const RenderScheduler& scheduler;
    };
    struct Places {
        std::vector<std::filesystem::path> roots; ///< music folders, absolute
        std::filesystem::path results;            ///< absolute; made when it is first needed
    };
    /// Called a few times a second, never from two threads at once.
    using Report = std::function<void(const EnhanceProgress&)>;

    /// Whether results may lie there: not where a music folder is, or one lies below.
    /// @errors InvalidArgument
    static Result<void> checkPlaces(const Places& places);

    /// @param threads  of the renders of one track, >= 1
    Enhancer(const Parts& parts, Places places, StreamVocabulary vocabulary, int threads);

    /// Whether run() would find what is asked for, as things are now.
    /// @errors those of voiceOf and selectTracks
    Result<void> check(const EnhanceRequest& request) const;

    /// @param report  may be empty
    /// @return how it ended; what is wrong with single tracks is among its failures
    EnhanceProgress run(const EnhanceRequest& request, const Report& report, std::stop_token stop);

    /// Where a file of a progress lies.
    std::filesystem::path pathOf(const EnhanceProgress::File& file) const;

  private:
    const Parts parts_;
    const Places places_;
    const StreamVocabulary vocabulary_;
    const int threads_;
};

} // namespace segue::backend
