#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Why a scan was begun.
enum class ScanCause : std::uint8_t { Start, Asked };

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
        ScanCause cause = ScanCause::Start;
        std::int64_t startedMs = 0; ///< since 1970; 0: there was none yet
        std::int64_t endedMs = 0;   ///< 0: it runs, or there was none yet
    };

    using OnProgress = std::function<void(const Status&)>;

    /// @param library  outlives the runner  @param onDone  called on the scan's thread after each
    /// @param onProgress  so too, at the beginning, twice a second, and at the end; may be empty
    ScanRunner(library::Library& library, std::function<void()> onDone, OnProgress onProgress = {});
    /// As stop().
    ~ScanRunner();
    ScanRunner(const ScanRunner&) = delete;
    ScanRunner& operator=(const ScanRunner&) = delete;

    /// Begins a scan. @errors Busy (one is running), Cancelled (stopping)
    Result<void> start(library::ScanDepth depth, ScanCause cause);
    /// Has a running scan end soon; what it has read until then is kept. @return how things stand
    Status cancel();
    Status status() const;
    /// Cancels a running scan and waits for its end. May be called twice.
    void stop();

  private:
    void work();
    Result<library::ScanReport> scanOnce(library::ScanDepth depth);
    void end(const Result<library::ScanReport>& report);
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
    std::thread thread_;
};

/// All of it as one JSON object.
std::string toJson(const ScanRunner::Status& status);

} // namespace segue::backend
