// The store's memory of what is on disk. HTTP threads touch and share, render workers publish, the
// background thread collects work in batches. The sum of the entries of a budget always equals its
// byte count, and every entry is in exactly one LRU list.

#include "cache/ChunkCatalog.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace segue::cache {

namespace {

/// Of chunks that were missed and not published yet; more than that are renders that fail.
constexpr std::size_t kMostMissed = 4096;

std::size_t indexOf(Budget budget) {
    return static_cast<std::size_t>(budget);
}

} // namespace

ChunkCatalog::ChunkCatalog(const Budgets& budgets, NowNs nowNs)
    : budgetBytes_{std::max<std::int64_t>(budgets.generalBytes, 0),
                   std::max<std::int64_t>(budgets.firstChunkBytes, 0)},
      nowNs_(std::move(nowNs)) {
    stats_.budgetBytes = budgetBytes_[0];
    stats_.firstChunkBudgetBytes = budgetBytes_[1];
}

ChunkCatalog::Touched ChunkCatalog::touch(const ChunkKey& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end())
        return {};
    Entry& entry = found->second;
    entry.row.lastAccessNs = stampLocked();
    std::list<ChunkKey>& order = lru_[indexOf(entry.row.budget)];
    order.splice(order.begin(), order, entry.place);
    if (entry.state == State::Settled) {
        if (!hasLeisureWorkLocked())
            work_.notify_one();
        changed_.insert(key);
    }
    Touched touched{true, entry.row.createdNs, entry.blob.lock()};
    if (touched.blob)
        countHitLocked(entry.row.about, true);
    return touched;
}

bool ChunkCatalog::contains(const ChunkKey& key) const {
    const std::lock_guard lock(mutex_);
    return entries_.contains(key);
}

std::shared_ptr<FileBlob> ChunkCatalog::share(const FileBlob::Opened& opened,
                                              const Touched& before) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(opened.header.key);
    if (found != entries_.end()) {
        auto blob = found->second.blob.lock();
        countHitLocked(opened.header.about, blob != nullptr);
        if (blob)
            return blob;
        found->second.blob = opened.blob;
        return opened.blob;
    }
    countHitLocked(opened.header.about, false);
    // Known before and not any more: evicted or discarded since, so its file is about to go.
    // Never known: another process has published it.
    if (!before.known) {
        const std::int64_t now = stampLocked();
        insertLocked({.key = opened.header.key,
                      .bytes = fileBytes(opened.header.payloadBytes),
                      .budget = opened.header.budget,
                      .about = opened.header.about,
                      .lastAccessNs = now,
                      .createdNs = now},
                     State::Unverified)
            .blob = opened.blob;
    }
    return opened.blob;
}

void ChunkCatalog::countMiss(const ChunkKey& key) {
    const std::lock_guard lock(mutex_);
    ++stats_.misses;
    if (missed_.size() >= kMostMissed)
        missed_.clear();
    ++missed_[key];
}

void ChunkCatalog::publish(const ChunkHeader& header, const std::shared_ptr<FileBlob>& blob) {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = stampLocked();
    insertLocked({.key = header.key,
                  .bytes = fileBytes(header.payloadBytes),
                  .budget = header.budget,
                  .about = header.about,
                  .lastAccessNs = now,
                  .createdNs = now},
                 State::Unsynced)
        .blob = blob;
    ++stats_.published;
    Usage& usage = usageLocked(header.about);
    ++usage.published;
    if (const auto missed = missed_.find(header.key); missed != missed_.end()) {
        usage.misses += missed->second;
        missed_.erase(missed);
    }
}

void ChunkCatalog::countWriteFailure() {
    const std::lock_guard lock(mutex_);
    ++stats_.writeFailures;
}

void ChunkCatalog::erase(const ChunkKey& key, Removal removal,
                         std::optional<std::int64_t> createdNs) {
    const std::lock_guard lock(mutex_);
    if (removal == Removal::Corrupt)
        ++stats_.corrupt;
    const auto found = entries_.find(key);
    if (found != entries_.end() && (!createdNs || found->second.row.createdNs == *createdNs))
        eraseLocked(found);
}

void ChunkCatalog::restore(const ChunkRow& row, State state) {
    const std::lock_guard lock(mutex_);
    if (entries_.contains(row.key))
        return; // published since it was found
    ChunkRow kept = row;
    // A row from a clock that ran ahead must not push every later stamp there.
    kept.lastAccessNs = std::min(kept.lastAccessNs, stampLocked());
    insertLocked(kept, state);
}

void ChunkCatalog::restoreUsage(const std::vector<Usage>& usage) {
    const std::lock_guard lock(mutex_);
    usage_.clear();
    for (const Usage& one : usage)
        add(usage_, one);
}

void ChunkCatalog::dropRow(const ChunkKey& key) {
    const std::lock_guard lock(mutex_);
    removed_.insert(key);
    work_.notify_one();
}

void ChunkCatalog::countCorrupt() {
    const std::lock_guard lock(mutex_);
    ++stats_.corrupt;
}

ChunkCatalog::Wake ChunkCatalog::waitForWork(std::chrono::milliseconds interval) {
    std::unique_lock lock(mutex_);
    const auto urgent = [this] { return stop_ || evictionDue_ || flushWanted_ > flushFinished_; };
    work_.wait(lock, [&] { return urgent() || hasLeisureWorkLocked(); });
    work_.wait_for(lock, interval, urgent);
    return {stop_, flushWanted_};
}

bool ChunkCatalog::stopping() const {
    const std::lock_guard lock(mutex_);
    return stop_;
}

std::vector<ChunkKey> ChunkCatalog::takeVictims() {
    const std::lock_guard lock(mutex_);
    std::vector<ChunkKey> victims;
    for (const Budget budget : {Budget::General, Budget::FirstChunk}) {
        const std::list<ChunkKey>& order = lru_[indexOf(budget)];
        auto at = order.end();
        while (at != order.begin() && bytesLocked(budget) > budgetBytes_[indexOf(budget)]) {
            --at;
            const auto found = entries_.find(*at);
            assert(found != entries_.end());
            if (!found->second.blob.expired())
                continue;
            victims.push_back(found->first);
            ++usageLocked(found->second.row.about).evicted;
            const auto after = std::next(at);
            eraseLocked(found);
            at = after;
            ++stats_.evicted;
        }
    }
    // What is still over is held by somebody: the timed wait tries again.
    evictionDue_ = false;
    return victims;
}

std::int64_t ChunkCatalog::stamp() {
    const std::lock_guard lock(mutex_);
    return stampLocked();
}

std::vector<ChunkKey>
ChunkCatalog::compare(const std::array<bool, 256>& shards,
                      const std::unordered_set<ChunkKey, Hash128Hasher>& found, std::int64_t asOf) {
    const std::lock_guard lock(mutex_);
    for (auto at = entries_.begin(); at != entries_.end();) {
        const auto entry = at++;
        if (shards[entry->first.high >> 56] && entry->second.addedNs < asOf &&
            !found.contains(entry->first))
            eraseLocked(entry);
    }
    std::vector<ChunkKey> unknown;
    for (const ChunkKey& key : found)
        if (!entries_.contains(key))
            unknown.push_back(key);
    return unknown;
}

void ChunkCatalog::learn(const std::vector<ChunkRow>& rows) {
    const std::lock_guard lock(mutex_);
    bool reordered = false;
    const std::int64_t now = stampLocked();
    for (const ChunkRow& row : rows) {
        const auto found = entries_.find(row.key);
        if (found == entries_.end() || found->second.row.bytes != row.bytes)
            continue;
        Entry& entry = found->second;
        if (entry.state == State::Unverified)
            entry.state = State::Settled;
        const std::int64_t used = std::min(row.lastAccessNs, now);
        if (used > entry.row.lastAccessNs) {
            entry.row.lastAccessNs = used;
            reordered = true;
        }
    }
    if (reordered)
        sortByUseLocked();
}

void ChunkCatalog::sortByUse() {
    const std::lock_guard lock(mutex_);
    sortByUseLocked();
}

void ChunkCatalog::sortByUseLocked() {
    for (std::list<ChunkKey>& order : lru_) // places stay valid
        order.sort([this](const ChunkKey& a, const ChunkKey& b) {
            return entries_.at(a).row.lastAccessNs > entries_.at(b).row.lastAccessNs;
        });
}

std::optional<ChunkCatalog::Unsettled> ChunkCatalog::takeUnsettled() {
    const std::lock_guard lock(mutex_);
    for (const State state : {State::Unsynced, State::Unverified}) {
        std::deque<ChunkKey>& queue = state == State::Unsynced ? unsynced_ : unverified_;
        if (state == State::Unverified && stop_)
            return std::nullopt;
        while (!queue.empty()) {
            const ChunkKey key = queue.front();
            queue.pop_front();
            const auto found = entries_.find(key);
            if (found != entries_.end() && found->second.state == state)
                return Unsettled{key, state, found->second.row.createdNs};
        }
    }
    return std::nullopt;
}

void ChunkCatalog::settle(const ChunkKey& key, std::int64_t createdNs) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second.row.createdNs != createdNs)
        return;
    found->second.state = State::Settled;
    changed_.insert(key);
}

ChunkCatalog::Changes ChunkCatalog::takeChanges() {
    const std::lock_guard lock(mutex_);
    Changes changes;
    changes.removed.assign(removed_.begin(), removed_.end());
    removed_.clear();
    for (const ChunkKey& key : changed_) {
        const auto found = entries_.find(key);
        assert(found != entries_.end());
        changes.rows.push_back(found->second.row);
    }
    changed_.clear();
    for (const auto& [key, usage] : newUsage_) {
        changes.usage.push_back(usage);
        add(usage_, usage);
    }
    newUsage_.clear();
    return changes;
}

void ChunkCatalog::returnChanges(const Changes& changes) {
    const std::lock_guard lock(mutex_);
    for (const ChunkRow& row : changes.rows) {
        const auto found = entries_.find(row.key);
        if (found != entries_.end() && found->second.state == State::Settled)
            changed_.insert(row.key);
    }
    for (Usage usage : changes.usage) {
        add(newUsage_, usage);
        for (auto* count :
             {&usage.hits, &usage.misses, &usage.rendersSaved, &usage.published, &usage.evicted})
            *count = -*count;
        add(usage_, usage);
    }
}

void ChunkCatalog::markAllChanged() {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : entries_)
        if (entry.state == State::Settled)
            changed_.insert(key);
}

void ChunkCatalog::flushed(std::uint64_t ticket) {
    const std::lock_guard lock(mutex_);
    flushFinished_ = std::max(flushFinished_, ticket);
    flushDone_.notify_all();
}

void ChunkCatalog::flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = ++flushWanted_;
    work_.notify_one();
    flushDone_.wait(lock, [&] { return flushFinished_ >= ticket; });
}

void ChunkCatalog::stop() {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    work_.notify_one();
}

StoreStats ChunkCatalog::stats() const {
    const std::lock_guard lock(mutex_);
    StoreStats stats = stats_;
    stats.chunks = static_cast<std::int64_t>(entries_.size());
    return stats;
}

std::vector<ChunkInfo> ChunkCatalog::list() const {
    const std::lock_guard lock(mutex_);
    std::vector<ChunkInfo> all;
    all.reserve(entries_.size());
    for (const auto& [key, entry] : entries_)
        all.push_back({.key = key,
                       .bytes = entry.row.bytes,
                       .budget = entry.row.budget,
                       .about = entry.row.about,
                       .lastUsedNs = entry.row.lastAccessNs});
    return all;
}

std::vector<Usage> ChunkCatalog::usage() const {
    const std::lock_guard lock(mutex_);
    UsageMap sum = usage_;
    for (const auto& [key, usage] : newUsage_)
        add(sum, usage);
    std::vector<Usage> all;
    all.reserve(sum.size());
    for (auto& [key, usage] : sum)
        all.push_back(std::move(usage));
    return all;
}

/// Replaces an entry of the same key.
ChunkCatalog::Entry& ChunkCatalog::insertLocked(const ChunkRow& row, State state) {
    if (const auto old = entries_.find(row.key); old != entries_.end())
        eraseLocked(old);
    std::list<ChunkKey>& order = lru_[indexOf(row.budget)];
    order.push_front(row.key);
    Entry& entry = entries_[row.key];
    entry.row = row;
    entry.state = state;
    entry.addedNs = stampLocked();
    entry.place = order.begin();
    bytesLocked(row.budget) += row.bytes;
    if (state == State::Unsynced)
        unsynced_.push_back(row.key);
    if (state == State::Unverified)
        unverified_.push_back(row.key);
    evictionDue_ = evictionDue_ || overBudgetLocked();
    work_.notify_one();
    return entry;
}

void ChunkCatalog::eraseLocked(Entries::iterator entry) {
    const ChunkRow& row = entry->second.row;
    bytesLocked(row.budget) -= row.bytes;
    lru_[indexOf(row.budget)].erase(entry->second.place);
    changed_.erase(row.key);
    // Whether it has a row or not; deleting none costs nothing.
    removed_.insert(row.key);
    entries_.erase(entry);
}

Usage& ChunkCatalog::usageLocked(const ChunkAbout& about) {
    if (about.source == Hash128{})
        return nobodys_;
    if (newUsage_.empty() && !hasLeisureWorkLocked())
        work_.notify_one();
    Usage& usage = newUsage_[{about.source, about.preset}];
    usage.source = about.source;
    usage.preset = about.preset;
    return usage;
}

void ChunkCatalog::add(UsageMap& usage, const Usage& more) {
    Usage& sum = usage[{more.source, more.preset}];
    sum.source = more.source;
    sum.preset = more.preset;
    sum.hits += more.hits;
    sum.misses += more.misses;
    sum.rendersSaved += more.rendersSaved;
    sum.published += more.published;
    sum.evicted += more.evicted;
}

void ChunkCatalog::countHitLocked(const ChunkAbout& about, bool alreadyOpen) {
    Usage& usage = usageLocked(about);
    ++usage.hits;
    ++stats_.hits;
    if (!alreadyOpen) {
        ++usage.rendersSaved;
        ++stats_.rendersSaved;
    }
}

bool ChunkCatalog::overBudgetLocked() const {
    return stats_.bytes > budgetBytes_[0] || stats_.firstChunkBytes > budgetBytes_[1];
}

bool ChunkCatalog::hasLeisureWorkLocked() const {
    return overBudgetLocked() || !unsynced_.empty() || !unverified_.empty() || !changed_.empty() ||
           !removed_.empty() || !newUsage_.empty();
}

/// Now, but later than any stamp before: the order of use survives a coarse or stepping clock.
std::int64_t ChunkCatalog::stampLocked() {
    lastStampNs_ = std::max<std::int64_t>(nowNs_(), lastStampNs_ + 1);
    return lastStampNs_;
}

std::int64_t& ChunkCatalog::bytesLocked(Budget budget) {
    return budget == Budget::General ? stats_.bytes : stats_.firstChunkBytes;
}

} // namespace segue::cache
