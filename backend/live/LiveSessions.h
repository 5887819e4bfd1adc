#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "backend/live/LiveSession.h"

namespace segue::backend::live {

/// All sessions by their ids, which nobody can guess.
/// @thread all members from any thread
class LiveSessions {
  public:
    struct Limits {
        std::size_t most = 256;
        /// Without a listener and a request.
        std::chrono::seconds idle{600};
        std::function<Clock::time_point()> now = [] { return Clock::now(); };
    };
    explicit LiveSessions(Limits limits) : limits_(std::move(limits)) {}

    /// @errors Busy (there are too many), Io (no random numbers)
    Result<std::shared_ptr<LiveSession>> begin(LiveSession::Fixed fixed, Selection selection,
                                               std::int64_t startFrame, LiveSession::Paused paused);
    /// Counts as use. @errors NotFound
    Result<std::shared_ptr<LiveSession>> find(const std::string& id);
    /// Forgets the session and ends its listener. @errors NotFound
    Result<void> end(const std::string& id);

  private:
    void forgetIdleLocked(Clock::time_point now);

    const Limits limits_;
    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    std::unordered_map<std::string, std::shared_ptr<LiveSession>> sessions_;
};

} // namespace segue::backend::live
