#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_set>

#include "backend/AnalysisStore.h"
#include "backend/FileAnalysis.h"
#include "backend/RenderScheduler.h"
#include "library/Library.h"

namespace segue::backend {

/// Gives every track its full analysis, one at a time on one thread of the least priority, which
/// waits while a reader is blocked: tracks that were played first, then the rest of the library.
///
/// A file that cannot be analysed is noted in the library and left alone until it changes.
/// @thread soon, lookAgain, pending from any thread
class BackgroundAnalyser {
  public:
    /// What else is done on this thread, after each track and when none is left: quickly, unless
    /// it is time for it. @param cancel  set when Segue stops
    using Besides = std::function<void(const std::atomic<bool>& cancel)>;

    /// All outlive the analyser. @param besides  may be empty
    BackgroundAnalyser(library::Library& library, AnalysisStore& store,
                       const RenderScheduler& scheduler, Analyse analyse, Besides besides = {});
    /// As stop().
    ~BackgroundAnalyser();
    BackgroundAnalyser(const BackgroundAnalyser&) = delete;
    BackgroundAnalyser& operator=(const BackgroundAnalyser&) = delete;

    /// Begins. Before it, soon() only queues.
    void start();
    /// This track next, since somebody plays it.
    void soon(library::TrackId track);
    /// The library may have new tracks.
    void lookAgain();
    /// Tracks known to wait; at most some thousand are counted.
    std::int64_t pending() const;
    /// Waits until nothing is left to do, for tests. @return whether that came in time
    bool waitUntilIdle(std::chrono::milliseconds atMost) const;
    void stop();

  private:
    void work();
    void analyse(library::TrackId id);
    void doBesides();
    void fillWalk(std::unique_lock<std::mutex>& lock);

    library::Library& library_;
    AnalysisStore& store_;
    const RenderScheduler& scheduler_;
    const Analyse analyse_;
    const Besides besides_;
    std::atomic<bool> cancel_{false};
    std::stop_source stop_;
    std::thread thread_;
    std::unordered_set<Hash128, Hash128Hasher> failed_; ///< touched by thread_ only

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    // GUARDED_BY(mutex_)
    std::deque<library::TrackId> played_;
    std::deque<library::TrackId> walk_;          ///< what the library named as lacking
    std::unordered_set<library::TrackId> tried_; ///< in this walk, whatever came of it
    bool look_ = true;                           ///< the library is to be asked
    bool busy_ = false;
};

} // namespace segue::backend
