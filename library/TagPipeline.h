#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "library/BatchSize.h"
#include "library/TagReader.h"
#include "library/TrackTable.h"
#include "library/Walker.h"
#include "processing/types/Error.h"

namespace segue::library {

/// A file whose tags are to be read, and what they are wanted for.
struct ReadJob {
    enum class Kind { Add, Change, Move };

    FoundFile file;
    Kind kind = Kind::Add;
    StoredFile stored;              ///< the row that it belongs to, unless Add
    std::optional<Hash128> content; ///< known for file.stamp
};

struct ReadTags {
    ReadJob job;
    Result<FileTags> tags;
};

/// Reads tags on a few threads and gives them back in the order of the jobs. No more jobs are held
/// than kMaxJobs: who pushes is asked to take results first.
/// @thread push(), isFull() and take() on one thread
class TagPipeline {
  public:
    /// Enough for the threads to be busy while a batch is written.
    static constexpr std::size_t kMaxJobs = 2 * BatchSize::kMost;

    /// @param cancel  once set, no further file is opened and take() gives nothing more
    explicit TagPipeline(const std::atomic<bool>& cancel);
    /// Drops what was not taken.
    ~TagPipeline();
    TagPipeline(const TagPipeline&) = delete;
    TagPipeline& operator=(const TagPipeline&) = delete;

    bool isFull() const;
    void push(ReadJob job);
    /// The next results, `most` at most; waits until there are so many, or some and a moment has
    /// passed. @return empty when all were taken
    std::vector<ReadTags> take(std::size_t most);

  private:
    struct Slot {
        ReadJob job;
        std::optional<Result<FileTags>> tags;
    };

    void work();

    const std::atomic<bool>& cancel_;
    mutable std::mutex mutex_;
    std::condition_variable pushed_, read_;
    // GUARDED_BY(mutex_); a slot stays where it is in memory until it is taken from the front
    std::deque<Slot> slots_;
    std::size_t numBegun_ = 0; ///< of slots_, from the front
    std::size_t numReady_ = 0; ///< of slots_, from the front: read, and all before them
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace segue::library
