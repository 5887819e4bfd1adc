#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cache/ChunkStore.h"
#include "cache/FileBlob.h"

namespace segue::cache {

/// One kept chunk as the index stores it.
struct ChunkRow {
    ChunkKey key;
    std::int64_t bytes = 0; ///< of the whole file: what its budget is charged
    Budget budget = Budget::General;
    ChunkAbout about = {};
    std::int64_t lastAccessNs = 0; ///< since 1970; equal for no two chunks of one process
    std::int64_t createdNs = 0;    ///< since 1970

    bool operator==(const ChunkRow&) const = default;
};

/// What the store knows, in memory: which chunks are there, who holds them, their order of use,
/// what the background thread still has to do. It never touches a file.
///
/// A chunk is `Unsynced` after publish(), `Unverified` when its file was found without a row, and
/// `Settled` once its data is known to be safe on disk; only settled chunks get a row, so a row
/// says that the file survives a power loss.
/// @thread any; one mutex, held for a few map operations, never over I/O
class ChunkCatalog {
  public:
    enum class State : std::uint8_t { Unsynced, Unverified, Settled };
    enum class Removal : std::uint8_t { Missing, Corrupt };

    struct Budgets {
        std::int64_t generalBytes = 0;
        std::int64_t firstChunkBytes = 0;
    };
    using NowNs = std::function<std::int64_t()>;
    /// @param nowNs  since 1970; may go back
    ChunkCatalog(const Budgets& budgets, NowNs nowNs);

    // --- readers ---

    struct Touched {
        bool known = false;
        std::int64_t createdNs = 0;     ///< tells this chunk from a later one of the same key
        std::shared_ptr<FileBlob> blob; ///< if somebody holds it open
    };
    /// Makes the chunk the most recently used. Counts a hit if it gives a blob.
    Touched touch(const ChunkKey& key);
    bool contains(const ChunkKey& key) const;
    /// After a touch() without a blob: the file was opened. Counts a hit.
    /// @param before  what touch() said
    /// @return the blob to use: `opened`, or the one that another thread opened meanwhile
    std::shared_ptr<FileBlob> share(const FileBlob::Opened& opened, const Touched& before);
    void countMiss(const ChunkKey& key);

    // --- writers ---

    void publish(const ChunkHeader& header, const std::shared_ptr<FileBlob>& blob);
    void countWriteFailure();
    /// Forgets a chunk whose file is gone or wrong.
    /// @param createdNs  only if it is still that one; nothing: whichever
    void erase(const ChunkKey& key, Removal removal, std::optional<std::int64_t> createdNs);

    // --- opening ---

    /// Adds what lies on disk, unless it is known. The last one added counts as used last.
    void restore(const ChunkRow& row, State state);
    /// From now on the order in which they were added does not matter, but when they were used.
    void sortByUse();
    /// What the index knows of use so far, from all processes.
    void restoreUsage(const std::vector<Usage>& usage);
    /// The index has a row for a chunk that is not there.
    void dropRow(const ChunkKey& key);
    void countCorrupt();

    // --- the background thread ---

    /// Waits until there is something to do at once (eviction, flush(), stop) or something to do at
    /// leisure has waited for `interval`.
    struct Wake {
        bool stop = false;
        std::uint64_t flushTicket = 0; ///< to be passed to flushed()
    };
    Wake waitForWork(std::chrono::milliseconds interval);
    bool stopping() const;

    /// Takes the least recently used chunks that nobody holds out of the catalogue until every
    /// budget holds; their files are to be removed.
    std::vector<ChunkKey> takeVictims();

    /// A time: whatever is added to the catalogue after this call is younger.
    std::int64_t stamp();
    /// Compares with what was found on disk: forgets older chunks of the directories looked at
    /// whose file is gone.
    /// @param shards  of chunk keys (their first byte), those that were looked at
    /// @param found  every chunk file in them  @param asOf  stamp() before they were looked at
    /// @return found ones that the catalogue does not know
    std::vector<ChunkKey> compare(const std::array<bool, 256>& shards,
                                  const std::unordered_set<ChunkKey, Hash128Hasher>& found,
                                  std::int64_t asOf);
    /// Takes over what another process has written to the index: later uses, and that a chunk's
    /// data is safe.
    void learn(const std::vector<ChunkRow>& rows);

    struct Unsettled {
        ChunkKey key;
        State state;
        std::int64_t createdNs;
    };
    /// The next chunk to be synced or verified; when stopping, only those to be synced.
    std::optional<Unsettled> takeUnsettled();
    void settle(const ChunkKey& key, std::int64_t createdNs);

    struct Changes {
        std::vector<ChunkKey> removed;
        std::vector<ChunkRow> rows;
        std::vector<Usage> usage; ///< to be added to what the index has
        bool empty() const { return removed.empty() && rows.empty() && usage.empty(); }
    };
    /// What the index does not know yet.
    Changes takeChanges();
    /// The index could not write them: rows and usage come again; a removal is left to the next
    /// opening.
    void returnChanges(const Changes& changes);
    /// The index was lost: every row comes again.
    void markAllChanged();
    void flushed(std::uint64_t ticket);

    // --- the store ---

    /// Blocks until the background thread has done everything that was asked before.
    void flush();
    void stop();
    StoreStats stats() const;
    std::vector<ChunkInfo> list() const;
    std::vector<Usage> usage() const;

  private:
    struct Entry {
        ChunkRow row;
        State state = State::Settled;
        std::int64_t addedNs = 0; // stamp() when it came in here
        std::weak_ptr<FileBlob> blob;
        std::list<ChunkKey>::iterator place; // in lru_ of its budget
    };
    using Entries = std::unordered_map<ChunkKey, Entry, Hash128Hasher>;
    struct UsageKey {
        Hash128 source;
        std::string preset;
        bool operator==(const UsageKey&) const = default;
    };
    struct UsageHasher {
        std::size_t operator()(const UsageKey& key) const noexcept {
            return Hash128Hasher()(key.source) ^ std::hash<std::string>()(key.preset);
        }
    };
    using UsageMap = std::unordered_map<UsageKey, Usage, UsageHasher>;

    Entry& insertLocked(const ChunkRow& row, State state);
    void eraseLocked(Entries::iterator entry);
    /// What is to be added to the usage of this chunk's track and preset.
    Usage& usageLocked(const ChunkAbout& about);
    static void add(UsageMap& usage, const Usage& more);
    void countHitLocked(const ChunkAbout& about, bool alreadyOpen);
    void sortByUseLocked();
    bool overBudgetLocked() const;
    bool hasLeisureWorkLocked() const;
    std::int64_t stampLocked();
    std::int64_t& bytesLocked(Budget budget);

    const std::array<std::int64_t, 2> budgetBytes_;
    const NowNs nowNs_;

    mutable std::mutex mutex_; // guards everything below
    std::condition_variable work_;
    std::condition_variable flushDone_;
    Entries entries_;
    std::array<std::list<ChunkKey>, 2> lru_; // per budget, most recently used first
    std::deque<ChunkKey> unsynced_;
    std::deque<ChunkKey> unverified_;
    std::unordered_set<ChunkKey, Hash128Hasher> changed_; // settled, row or access time not written
    std::unordered_set<ChunkKey, Hash128Hasher> removed_; // row to be deleted
    UsageMap usage_;                                      // as the index has it
    UsageMap newUsage_;                                   // since then, of this process
    Usage nobodys_; // of chunks that nobody said anything about
    /// Misses of chunks that nobody has said anything about yet: publish() will.
    std::unordered_map<ChunkKey, std::int64_t, Hash128Hasher> missed_;
    StoreStats stats_;
    std::int64_t lastStampNs_ = 0;
    std::uint64_t flushWanted_ = 0;
    std::uint64_t flushFinished_ = 0;
    bool evictionDue_ = false;
    bool stop_ = false;
};

} // namespace segue::cache
