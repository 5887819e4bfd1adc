// What is learned from the whole library, on the idle thread; connection threads only look versions
// up. No lock is held while analyses are read or learned from.
#include "backend/CorridorKeeper.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "processing/mastering/LearnedCorridor.h"

namespace segue::backend {

namespace {

using analysis::kAnalysisVersion;

constexpr std::size_t kVersionsInMemory = 16;

} // namespace

CorridorLearning CorridorLearning::fromMastering() {
    using mastering::CorridorLearner;
    using mastering::LearnedCorridor;
    return {.minTracks = LearnedCorridor::kMinTracks,
            .learn = [](const std::vector<AnalysisPtr>& analyses) -> Result<std::string> {
                CorridorLearner learner;
                for (const AnalysisPtr& analysis : analyses)
                    learner.add(*analysis);
                const auto learned = learner.learn();
                if (!learned)
                    return fail(learned.error());
                return learned->serialize();
            },
            .parse = [](const std::string& bytes)
                -> Result<std::shared_ptr<const mastering::LearnedCorridor>> {
                auto learned = LearnedCorridor::deserialize(bytes);
                if (!learned)
                    return fail(std::move(learned.error()));
                return std::make_shared<const LearnedCorridor>(std::move(*learned));
            }};
}

CorridorKeeper::CorridorKeeper(library::Library& library, CorridorLearning learning, NowMs nowMs)
    : library_(library), learning_(std::move(learning)),
      nowMs_(nowMs ? std::move(nowMs) : systemNowMs), known_(kVersionsInMemory) {
    if (learning_.minTracks == 0)
        return;
    const auto stored = library_.newestCorridor();
    if (!stored) {
        spdlog::warn("read what was learned from the library: {}", stored.error().message);
        return;
    }
    if (!*stored)
        return;
    newest_ = adopt(**stored);
    if (newest_.number > 0) {
        tracks_ = (*stored)->tracks;
        createdMs_ = (*stored)->createdMs;
    }
}

CorridorVersion CorridorKeeper::adopt(const library::StoredCorridor& stored) {
    auto parsed = learning_.parse(stored.bytes);
    if (!parsed) {
        spdlog::warn("read version {} of what was learned from the library: {}", stored.version,
                     parsed.error().message);
        return {};
    }
    CorridorVersion version{stored.version, std::move(*parsed)};
    std::lock_guard lock(mutex_);
    return known_.put(version.number, version);
}

CorridorVersion CorridorKeeper::newest() {
    std::lock_guard lock(mutex_);
    return newest_;
}

std::optional<CorridorVersion> CorridorKeeper::find(std::int64_t number) {
    if (number == 0)
        return CorridorVersion{};
    {
        std::lock_guard lock(mutex_);
        if (const CorridorVersion* known = known_.find(number))
            return *known;
    }
    if (learning_.minTracks == 0)
        return std::nullopt;
    const auto stored = library_.corridor(number);
    if (!stored)
        spdlog::warn("read version {} of what was learned from the library: {}", number,
                     stored.error().message);
    if (!stored || !*stored)
        return std::nullopt;
    CorridorVersion version = adopt(**stored);
    return version.number == number ? std::optional(std::move(version)) : std::nullopt;
}

void CorridorKeeper::analysisMade() {
    std::lock_guard lock(mutex_);
    ++analysed_;
}

void CorridorKeeper::lookAgain() {
    std::lock_guard lock(mutex_);
    count_ = true;
}

std::int64_t CorridorKeeper::nextAtLocked() const {
    if (learning_.minTracks == 0)
        return 0;
    const std::int64_t before = std::max(tracks_, triedAt_);
    return std::max(learning_.minTracks, before + (before + 3) / 4); // a quarter, rounded up
}

CorridorKeeper::Status CorridorKeeper::status() const {
    std::lock_guard lock(mutex_);
    return {newest_.number, tracks_, createdMs_, analysed_, nextAtLocked()};
}

void CorridorKeeper::learnIfDue(const std::atomic<bool>& cancel) {
    if (learning_.minTracks == 0)
        return;
    {
        std::unique_lock lock(mutex_);
        learned_.wait(lock, [this] { return !isLearning_; });
        if (!std::exchange(count_, false) && analysed_ < nextAtLocked())
            return;
        isLearning_ = true;
    }
    try {
        countAndLearn(cancel);
    } catch (const std::exception& exception) {
        spdlog::error("learn from the library: {}", exception.what());
    }
    {
        std::lock_guard lock(mutex_);
        isLearning_ = false;
    }
    learned_.notify_all();
}

void CorridorKeeper::countAndLearn(const std::atomic<bool>& cancel) {
    const auto analysed = library_.analysedCount(kAnalysisVersion);
    if (!analysed) {
        spdlog::warn("count what can be learned from: {}", analysed.error().message);
        return;
    }
    {
        std::lock_guard lock(mutex_);
        analysed_ = *analysed;
        if (analysed_ < nextAtLocked())
            return;
    }
    if (const auto learned = learn(cancel); !learned) {
        if (learned.error().code != ErrorCode::Cancelled)
            spdlog::warn("learn from the library: {}", learned.error().message);
        std::lock_guard lock(mutex_);
        triedAt_ = *analysed;
    }
}

Result<void> CorridorKeeper::learn(const std::atomic<bool>& cancel) {
    const auto contents = library_.analysedContents(kAnalysisVersion, std::nullopt,
                                                    static_cast<int>(kMostLearnedFrom));
    if (!contents)
        return fail(contents.error());
    std::vector<AnalysisPtr> analyses;
    for (const Hash128& content : *contents) {
        if (cancel)
            return fail(ErrorCode::Cancelled, "Segue is stopping");
        const auto bytes =
            library_.analysis(content, kAnalysisVersion, library::AnalysisKind::Full);
        if (!bytes)
            return fail(bytes.error());
        if (!*bytes)
            continue;
        if (auto analysed = analysis::deserialize(**bytes))
            analyses.push_back(
                std::make_shared<const analysis::TrackAnalysis>(std::move(*analysed)));
    }
    auto learned = learning_.learn(analyses);
    if (!learned)
        return fail(learned.error());
    library::StoredCorridor stored;
    stored.createdMs = nowMs_();
    stored.bytes = std::move(*learned);
    {
        std::lock_guard lock(mutex_);
        stored.tracks = analysed_;
    }
    const auto version = library_.putCorridor(stored);
    if (!version)
        return fail(version.error());
    stored.version = *version;
    CorridorVersion adopted = adopt(stored);
    if (adopted.number == 0)
        return fail(ErrorCode::Internal, "what was learned cannot be read");
    spdlog::info("learned version {} of the tonal corridor from {} tracks", stored.version,
                 stored.tracks);
    std::lock_guard lock(mutex_);
    newest_ = std::move(adopted);
    tracks_ = stored.tracks;
    createdMs_ = stored.createdMs;
    return {};
}

} // namespace segue::backend
