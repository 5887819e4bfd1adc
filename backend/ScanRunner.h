#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Why a scan was begun.
enum class ScanCause : std::uint8_t { Start, Asked, Watch, Timer };

/// Scans the library on a thread of its own, one scan at a time.
/// @thread all members from any thread
class ScanRunner {
  public:
    struct Status {
        bool running = false;
        bool cancelling = false; ///< running, but not for long
        // How the last one ended.
        bool cancelled = false;
        bool failed = false;
        std::string error; ///< why it failed; else empty
        // Of the running scan, else of the last one.
        library::ScanProgress progress;
        library::ScanDepth depth = library::ScanDepth::Files;
        std::size_t folders = 0; ///< that are looked at; 0: all
        ScanCause cause = ScanCause::Start;
        std::int64_t startedMs = 0; ///< since 1970; 0: there was none yet
        std::int64_t endedMs = 0;   ///< 0: it runs, or there was none yet
    };

    using OnProgress = std::function<void(const Status&)>;

    /// @param library  outlives the runner  @param onDone  called on the scan's thread after each,
    /// unless nobody asked for it and it changed nothing
    /// @param onProgress  so too, at the beginning, twice a second, and at the end; may be empty
    ScanRunner(library::Library& library, std::function<void()> onDone, OnProgress onProgress = {});
    /// As stop().
    ~ScanRunner();
    ScanRunner(const ScanRunner&) = delete;
    ScanRunner& operator=(const ScanRunner&) = delete;

    /// Begins a scan of everything, after a running one that nobody asked for.
    /// @errors Busy (one that was asked for is running or waits), Cancelled (stopping)
    Result<void> start(library::ScanDepth depth, ScanCause cause);
    /// Has something scanned as soon as no scan is running; all that waits becomes one or two. One
    /// that fails is tried again. Without effect when stopping.
    void want(library::ScanRequest request, ScanCause cause);
    /// Has a running scan end soon, and drops what waits; what was read until then is kept.
    /// @return how things stand
    Status cancel();
    Status status() const;
    /// Cancels a running scan and waits for its end. May be called twice.
    void stop();

  private:
    /// More folders than these are everything.
    static constexpr std::size_t kMostFolders = 10'000;

    struct Job {
        library::ScanRequest request;
        ScanCause cause = ScanCause::Start;
    };
    using SteadyClock = std::chrono::steady_clock;

    void work();
    void addLocked(Job job);
    bool waitsLocked() const;
    void beginLocked();
    Job next();
    Result<library::ScanReport> scanOnce(const Job& job);
    void log(const Job& job, const Result<library::ScanReport>& report) const;
    void end(const Job& job, const Result<library::ScanReport>& report);
    void tell() const;

    library::Library& library_;
    const std::function<void()> onDone_;
    const OnProgress onProgress_;
    std::atomic<bool> cancel_{false}; ///< of the running scan

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // GUARDED_BY(mutex_)
    Status status_;
    bool stopping_ = false;
    std::optional<Job> current_;
    // What waits: some folders, everything, or both.
    std::map<std::string, library::Below> wantedFolders_;
    std::optional<Job> wantedAll_;
    SteadyClock::time_point notBefore_; ///< after a failure
    SteadyClock::duration pause_{};     ///< after the next one
    std::thread thread_;
};

/// All of it as one JSON object.
std::string toJson(const ScanRunner::Status& status);

} // namespace segue::backend
