// Which analysis a stream goes by. The choice and the lease that protects it are one step under the
// mutex, so that two requests of one playback never disagree; the database is read and written
// outside of it. Called on connection threads (the hot path: one look-up in memory), and by the
// analysing threads.
#include "backend/AnalysisStore.h"

#include <algorithm>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

namespace segue::backend {

namespace {

using analysis::Coverage;
using analysis::kAnalysisVersion;
using library::AnalysisKind;

/// An analysis takes some ten KB.
constexpr std::size_t kMostInMemory = 512;
/// A lease is written once in this time, not at each request.
constexpr std::int64_t kLeaseWriteIntervalMs = 60'000;

AnalysisPtr read(const library::Library& library, const Hash128& content, AnalysisKind kind) {
    const auto bytes = library.analysis(content, kAnalysisVersion, kind);
    if (!bytes) {
        spdlog::warn("read the analysis of {}: {}", content.hex(), bytes.error().message);
        return nullptr;
    }
    if (!*bytes)
        return nullptr;
    auto analysed = analysis::deserialize(**bytes);
    if (!analysed) {
        spdlog::warn("read the analysis of {}: {}; it is made anew", content.hex(),
                     analysed.error().message);
        return nullptr;
    }
    return std::make_shared<const analysis::TrackAnalysis>(std::move(*analysed));
}

} // namespace

AnalysisStore::AnalysisStore(library::Library& library, NowMs nowMs)
    : library_(library), nowMs_(nowMs ? std::move(nowMs) : systemNowMs), entries_(kMostInMemory) {}

AnalysisStore::Entry AnalysisStore::load(const Hash128& content) const {
    Entry entry;
    entry.loaded = true;
    entry.full = read(library_, content, AnalysisKind::Full);
    entry.quick = read(library_, content, AnalysisKind::Quick);
    if (entry.quick)
        entry.leaseUntilMs = library_.quickLeaseUntilMs(content, kAnalysisVersion).value_or(0);
    return entry;
}

AnalysisStore::Entry& AnalysisStore::lookUp(const Hash128& content,
                                            std::unique_lock<std::mutex>& lock) {
    if (Entry* entry = entries_.find(content);
        entry && entry->loaded && (entry->full || (entry->quick && entry->leaseUntilMs > nowMs_())))
        return *entry;
    // Somebody else, another process too, may have made what is not here.
    lock.unlock();
    Entry loaded = load(content);
    lock.lock();
    if (const Entry* entry = entries_.find(content)) {
        // What is in memory may be newer, or may never have reached the database.
        if (entry->full)
            loaded.full = entry->full;
        if (entry->quick)
            loaded.quick = entry->quick;
        loaded.leaseUntilMs = std::max(loaded.leaseUntilMs, entry->leaseUntilMs);
        loaded.leaseWrittenMs = entry->leaseWrittenMs;
    }
    return entries_.put(content, std::move(loaded));
}

std::optional<std::int64_t> AnalysisStore::extendLocked(Entry& entry) const {
    const std::int64_t now = nowMs_();
    entry.leaseUntilMs =
        now + std::chrono::duration_cast<std::chrono::milliseconds>(kLease).count();
    if (now - entry.leaseWrittenMs < kLeaseWriteIntervalMs)
        return std::nullopt;
    entry.leaseWrittenMs = now;
    return entry.leaseUntilMs;
}

void AnalysisStore::writeLease(const Hash128& content, std::int64_t untilMs) {
    if (const auto written = library_.leaseQuick(content, kAnalysisVersion, untilMs); !written)
        spdlog::warn("keep the plan of {} over a restart: {}", content.hex(),
                     written.error().message);
}

AnalysisPtr AnalysisStore::choose(const Hash128& content, Use use) {
    std::unique_lock lock(mutex_);
    Entry& entry = lookUp(content, lock);
    const bool leased = entry.quick && entry.leaseUntilMs > nowMs_();
    if (entry.full && !leased)
        return entry.full;
    AnalysisPtr quick = entry.quick;
    std::optional<std::int64_t> write;
    if (quick && use == Use::Play)
        write = extendLocked(entry);
    lock.unlock();
    if (write)
        writeLease(content, *write);
    return quick;
}

void AnalysisStore::stillPlaying(const Hash128& content) {
    std::optional<std::int64_t> write;
    {
        std::lock_guard lock(mutex_);
        Entry* entry = entries_.find(content);
        if (entry && entry->quick && entry->leaseUntilMs > nowMs_())
            write = extendLocked(*entry);
    }
    if (write)
        writeLease(content, *write);
}

AnalysisPtr AnalysisStore::full(const Hash128& content) {
    std::unique_lock lock(mutex_);
    Entry* entry = entries_.find(content);
    if (entry && entry->full)
        return entry->full;
    lock.unlock();
    AnalysisPtr full = read(library_, content, AnalysisKind::Full);
    lock.lock();
    entry = entries_.find(content);
    if (full && entry)
        entry->full = full;
    return full;
}

void AnalysisStore::put(const Hash128& content, const AnalysisPtr& analysis) {
    const bool quick = analysis->coverage == Coverage::Quick;
    const auto stored = library_.putAnalysis(content, kAnalysisVersion,
                                             quick ? AnalysisKind::Quick : AnalysisKind::Full,
                                             analysis::serialize(*analysis));
    if (!stored)
        spdlog::warn("store the analysis of {}: {}", content.hex(), stored.error().message);
    std::lock_guard lock(mutex_);
    Entry* entry = entries_.find(content);
    if (!entry)
        entry = &entries_.put(content, {});
    (quick ? entry->quick : entry->full) = analysis;
}

} // namespace segue::backend
