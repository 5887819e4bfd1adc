#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "backend/ChunkReader.h"
#include "backend/FileAnalysis.h"
#include "processing/types/Error.h"
#include "processing/types/Hash.h"

namespace segue::backend {

/// Makes the analyses that somebody waits for, on threads of its own: one per content however many
/// ask. An analysis that was begun is finished even when nobody waits any more, since whoever asks
/// next wants it.
/// @thread run() and stats from any thread
class AnalysisRunner {
  public:
    /// @param cancel  set when Segue stops
    using Work = std::function<Result<AnalysisPtr>(const std::atomic<bool>& cancel)>;

    /// @param capacity  most that wait in the queue
    AnalysisRunner(int threads, std::size_t capacity);
    /// As stop().
    ~AnalysisRunner();
    AnalysisRunner(const AnalysisRunner&) = delete;
    AnalysisRunner& operator=(const AnalysisRunner&) = delete;

    /// Waits for the analysis of `content`, which `work` makes unless it is being made already.
    /// @errors Busy (queue full), Timeout, Cancelled (not wanted any more, or stopping), those of
    /// `work`
    Result<AnalysisPtr> run(const Hash128& content, Work work, const ReadLimits& limits);

    /// Cancels what runs, wakes every waiter, joins the threads. May be called twice.
    void stop();

  private:
    struct Flight {
        Work work; ///< touched by its worker only, once it runs
        // GUARDED_BY(AnalysisRunner::mutex_)
        bool done = false;
        Result<AnalysisPtr> result = AnalysisPtr{};
    };

    void work(int index);

    const std::size_t capacity_;
    std::atomic<bool> cancel_{false};
    std::vector<std::thread> threads_;

    std::mutex mutex_;
    std::condition_variable work_; ///< the queue is not empty, or stopping
    std::condition_variable done_; ///< a flight has ended, or stopping
    // GUARDED_BY(mutex_)
    bool stopping_ = false;
    std::deque<std::pair<Hash128, std::shared_ptr<Flight>>> queue_;
    std::unordered_map<Hash128, std::shared_ptr<Flight>, Hash128Hasher> flights_;
};

} // namespace segue::backend
