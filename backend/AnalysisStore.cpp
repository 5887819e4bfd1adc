// Which analysis a stream goes by. The choice and the lease that protects it are one step under the
// mutex, so that two requests of one playback never disagree; the database is read outside of it
// and written by LeaseWriter. Called on connection threads (the hot path: one look-up in memory),
// and by the analysing threads.
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

AnalysisStore::AnalysisStore(library::Library& library, CorridorKeeper& corridors, NowMs nowMs)
    : library_(library), corridors_(corridors), nowMs_(nowMs ? std::move(nowMs) : systemNowMs),
      leases_(library), entries_(kMostInMemory) {}

AnalysisStore::Entry AnalysisStore::load(const Hash128& content) const {
    Entry entry;
    entry.loaded = true;
    entry.full = read(library_, content, AnalysisKind::Full);
    entry.quick = read(library_, content, AnalysisKind::Quick);
    if (!entry.full && !entry.quick)
        return entry;
    entry.lease = library_.planLease(content, kAnalysisVersion).value_or(library::PlanLease{});
    if (entry.lease.untilMs <= nowMs_())
        return entry;
    if (auto corridor = corridors_.find(entry.lease.corridor))
        entry.corridor = std::move(*corridor);
    else
        entry.lease = {}; // it can be kept no longer
    return entry;
}

AnalysisStore::Entry& AnalysisStore::lookUp(const Hash128& content,
                                            std::unique_lock<std::mutex>& lock) {
    if (Entry* entry = entries_.find(content);
        entry && entry->loaded && (entry->full || pinnedLocked(*entry).analysis))
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
        if (entry->lease.untilMs >= loaded.lease.untilMs) {
            loaded.lease = entry->lease;
            loaded.corridor = entry->corridor;
        }
        loaded.leaseWrittenMs = entry->leaseWrittenMs;
    }
    return entries_.put(content, std::move(loaded));
}

PlanBasis AnalysisStore::pinnedLocked(const Entry& entry) const {
    if (entry.lease.untilMs <= nowMs_())
        return {};
    return {entry.lease.kind == AnalysisKind::Full ? entry.full : entry.quick, entry.corridor};
}

void AnalysisStore::extendLocked(const Hash128& content, Entry& entry) {
    const std::int64_t now = nowMs_();
    entry.lease.untilMs =
        now + std::chrono::duration_cast<std::chrono::milliseconds>(kLease).count();
    if (now - entry.leaseWrittenMs < kLeaseWriteIntervalMs)
        return;
    entry.leaseWrittenMs = now;
    leases_.put(content, entry.lease);
}

PlanBasis AnalysisStore::choose(const Hash128& content, Use use) {
    const CorridorVersion newest = corridors_.newest();
    std::unique_lock lock(mutex_);
    Entry& entry = lookUp(content, lock);
    PlanBasis basis = pinnedLocked(entry);
    if (!basis.analysis) {
        basis = {entry.full ? entry.full : entry.quick, newest};
        if (!basis.analysis)
            return {};
        if (use == Use::Look)
            return basis;
        entry.lease.kind = entry.full ? AnalysisKind::Full : AnalysisKind::Quick;
        entry.lease.corridor = newest.number;
        entry.corridor = newest;
        entry.leaseWrittenMs = 0; // another one: the database is to know at once
    }
    if (use == Use::Play)
        extendLocked(content, entry);
    return basis;
}

void AnalysisStore::stillPlaying(const Hash128& content) {
    std::lock_guard lock(mutex_);
    if (Entry* entry = entries_.find(content); entry && pinnedLocked(*entry).analysis)
        extendLocked(content, *entry);
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
    if (!quick)
        corridors_.analysisMade();
    std::lock_guard lock(mutex_);
    Entry* entry = entries_.find(content);
    if (!entry)
        entry = &entries_.put(content, {});
    (quick ? entry->quick : entry->full) = analysis;
}

} // namespace segue::backend
