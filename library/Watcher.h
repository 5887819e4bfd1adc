#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "library/Library.h"

namespace segue::library {

/// Tells what has changed in the library's folders, soon after it has: told by the kernel (inotify)
/// where that is possible, else from time to time. A copy that goes on is waited for, and so is the
/// end of many changes, so that they make one scan.
/// @thread one owner; status() from any thread. Costs nothing while nothing changes
class Watcher {
  public:
    enum class Watching : std::uint8_t { No, Yes };

    struct Options {
        Watching watching = Watching::Yes;
        /// Everything is scanned after so long, whether something was told or not; 0: only where
        /// changes cannot be told (network, too many folders), after `rescanUnwatched`.
        std::chrono::milliseconds rescanEvery{0};
        std::chrono::milliseconds rescanUnwatched{std::chrono::minutes(15)};
        /// For so long nothing must have happened before it is told what has.
        std::chrono::milliseconds quiet{2000};
        /// After so long it is told though more happens, of the folders that are quiet by then; and
        /// after ten times as long of those that never are.
        std::chrono::milliseconds longest{std::chrono::seconds(30)};
        /// A folder that was changed after this is told of when the watch begins; the scan before
        /// it may have come too early.
        std::chrono::system_clock::time_point changedSince =
            std::chrono::system_clock::time_point::max();
        std::size_t mostFolders = 10'000;   ///< beyond, it is everything that has changed
        std::size_t mostWatches = SIZE_MAX; ///< fewer than the kernel allows
    };

    enum class Cause : std::uint8_t { Changed, Time };
    /// Called on the watcher's thread, which hears of nothing meanwhile.
    using OnChange = std::function<void(ScanRequest, Cause)>;

    struct Status {
        bool ready = false;      ///< all folders were looked at
        std::size_t folders = 0; ///< that are watched
        bool complete = false;   ///< all that there are, and all of them can be
    };

    /// Begins at once. @param roots  as given to the Library
    Watcher(const std::vector<std::filesystem::path>& roots, const Options& options,
            OnChange onChange);
    /// As stop().
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    Status status() const;
    /// Returns when the thread has ended. May be called twice.
    void stop();

  private:
    class Watch;
    std::unique_ptr<Watch> watch_;
};

} // namespace segue::library
