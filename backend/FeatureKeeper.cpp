// From analyses to features, on the thread of the background's analyses, some 60 ms for each track
// that is new. The first time every analysis without features is found by a walk over an index;
// from then on only those are looked at that were stored since.
#include "backend/FeatureKeeper.h"

#include <spdlog/spdlog.h>

#include "processing/analysis/Features.h"
#include "processing/analysis/TrackAnalysis.h"

namespace segue::backend {

namespace {

constexpr int kAtOnce = 32; ///< one transaction

library::ContentFeatures featuresOf(const Hash128& content,
                                    const analysis::TrackAnalysis& analysed) {
    library::ContentFeatures made;
    made.content = content;
    const auto tempo = analysis::tempoOf(analysed);
    if (tempo) {
        made.bpm = tempo->bpm;
        made.pulse = tempo->pulse;
    }
    if (const auto vector = analysis::featuresOf(analysed, tempo))
        made.vector.assign(vector->begin(), vector->end());
    made.integratedLufs = analysed.integratedLufs;
    made.loudnessRangeLu = analysed.loudnessRangeLu;
    made.truePeakDbtp = analysed.truePeakDbtp;
    made.crestFactorDb = analysed.crestFactorDb;
    return made;
}

} // namespace

void FeatureKeeper::catchUp(const std::atomic<bool>& cancel) {
    const auto done = mark_ ? catchUpNews(cancel) : catchUpAll(cancel);
    if (!done)
        spdlog::warn("compare tracks by their sound: {}", done.error().message);
}

Result<void> FeatureKeeper::catchUpAll(const std::atomic<bool>& cancel) {
    const auto mark = features_.mark();
    if (!mark)
        return fail(mark.error());
    std::optional<Hash128> after;
    while (!cancel) {
        const auto contents = features_.lacking(analysis::kAnalysisVersion,
                                                analysis::kFeatureVersion, after, kAtOnce);
        if (!contents)
            return fail(contents.error());
        if (contents->empty()) {
            mark_ = *mark;
            return {};
        }
        after = contents->back();
        if (auto made = make(*contents, cancel); !made)
            return made;
    }
    return {};
}

Result<void> FeatureKeeper::catchUpNews(const std::atomic<bool>& cancel) {
    while (!cancel) {
        const auto news = features_.analysedSince(analysis::kAnalysisVersion, *mark_, kAtOnce);
        if (!news)
            return fail(news.error());
        if (news->mark == *mark_)
            return {};
        if (auto made = make(news->contents, cancel); !made)
            return made;
        if (cancel)
            return {};
        mark_ = news->mark;
    }
    return {};
}

Result<void> FeatureKeeper::make(const std::vector<Hash128>& contents,
                                 const std::atomic<bool>& cancel) {
    std::vector<library::ContentFeatures> made;
    for (const Hash128& content : contents) {
        if (cancel)
            break;
        const auto bytes =
            library_.analysis(content, analysis::kAnalysisVersion, library::AnalysisKind::Full);
        if (!bytes)
            return fail(bytes.error());
        if (!*bytes)
            continue; // forgotten meanwhile
        // One that cannot be read is made anew when it is needed.
        if (const auto analysed = analysis::deserialize(**bytes))
            made.push_back(featuresOf(content, *analysed));
    }
    if (made.empty())
        return {};
    if (auto put = features_.put(analysis::kFeatureVersion, made); !put)
        return put;
    ++generation_;
    return {};
}

} // namespace segue::backend
