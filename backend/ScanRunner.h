#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "library/Library.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// Scans the library on a thread of its own, one scan at a time.
/// @thread all members from any thread
class ScanRunner {
  public:
    struct Status {
        bool running = false;
        library::ScanProgress progress; ///< of the running scan, else of the last one
        bool failed = false;            ///< how the last one ended
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
    Result<void> start(library::ScanDepth depth = library::ScanDepth::Files);
    Status status() const;
    /// Cancels a running scan and waits for its end. May be called twice.
    void stop();

  private:
    void work();
    void scanOnce();
    void tell() const;

    library::Library& library_;
    const std::function<void()> onDone_;
    const OnProgress onProgress_;
    std::atomic<bool> cancel_{false};

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // GUARDED_BY(mutex_)
    Status status_;
    library::ScanDepth depth_ = library::ScanDepth::Files; ///< of the running scan
    std::thread thread_;
};

/// All of it as one JSON object.
std::string toJson(const ScanRunner::Status& status);

} // namespace segue::backend
