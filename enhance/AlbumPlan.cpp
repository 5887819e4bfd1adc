// Albums as a whole. Pure functions, any thread.
#include "enhance/AlbumPlan.h"

#include <algorithm>
#include <cmath>

#include "processing/analysis/AlbumAnalysis.h"
#include "processing/analysis/Loudness.h"
#include "processing/mastering/LoudnessPrediction.h"
#include "processing/types/Decibels.h"

namespace segue::enhance {
namespace {

using analysis::TrackAnalysis;

/// The level that a band has half of the time that it sounds; nothing to go by: silence.
double medianDb(std::vector<analysis::CurveByte> curve) {
    std::erase(curve, 0);
    if (curve.empty())
        return TrackAnalysis::kSilenceDb;
    const auto middle = curve.begin() + static_cast<std::ptrdiff_t>(curve.size() / 2);
    std::nth_element(curve.begin(), middle, curve.end());
    return analysis::curveDb(*middle);
}

/// How much the music moves within its tracks, by their duration: that one track is louder than
/// another is nothing to compress.
double loudnessRangeWithin(const std::vector<const TrackAnalysis*>& album) {
    double sum = 0;
    double seconds = 0;
    for (const TrackAnalysis* track : album) {
        const double duration = static_cast<double>(track->numFrames) / track->sampleRateHz;
        if (track->silent())
            continue;
        sum += track->loudnessRangeLu * duration;
        seconds += duration;
    }
    return seconds > 0 ? sum / seconds : 0;
}

/// A track's part in solving the gains.
struct Member {
    Member(const TrackAnalysis& track, mastering::MasteringPlan& itsPlan)
        : analysis(track), plan(itsPlan), prediction(track, itsPlan.tone, stagesOf(itsPlan)) {
        prediction.setDynamics(itsPlan.dynamics);
    }

    const TrackAnalysis& analysis;
    mastering::MasteringPlan& plan;
    mastering::LoudnessPrediction prediction;
    double gainDb = 0;
    bool gaveUpRoom = false; ///< below the ceiling
};

/// Every track becomes this much louder.
/// @return  what the album measures then
double loudnessAt(std::vector<Member>& members, double louderLu) {
    std::vector<double> hops;
    for (Member& member : members) {
        constexpr double kAnyGainDb = 60; // what is too much shows in excessOf()
        const auto& limiter = member.plan.limiter;
        member.gainDb = member.prediction.gainFor(member.analysis.integratedLufs + louderLu,
                                                  limiter, kAnyGainDb);
        const std::vector<double> own = member.prediction.hopsAt(member.gainDb, limiter);
        hops.insert(hops.end(), own.begin(), own.end());
    }
    return analysis::integratedLufs(hops);
}

/// By how much the rules of doing no harm are broken by the worst track, dB.
double excessOf(const std::vector<Member>& members, const mastering::PlanRequest& request) {
    double excess = 0;
    for (const Member& member : members) {
        const double limiting =
            -member.prediction.predict(member.gainDb, member.plan.limiter).deepestReductionDb;
        excess = std::max({excess, member.gainDb - mastering::kMaxGainDb,
                           limiting - mastering::maxLimitingDb(request)});
    }
    return excess;
}

/// Room for lossy encoders costs an album no loudness: where a track is limited too much, the room
/// goes first.
void giveUpRoom(std::vector<Member>& members, const mastering::PlanRequest& request) {
    for (Member& member : members) {
        double& ceiling = member.plan.limiter.ceilingDbtp;
        const double limiting =
            -member.prediction.predict(member.gainDb, member.plan.limiter).deepestReductionDb;
        const double tooMuch = limiting - mastering::maxLimitingDb(request);
        const double room = mastering::ceilingDbtp(request) - ceiling;
        if (tooMuch > 0 && room > 0) {
            ceiling += std::min(tooMuch, room);
            member.gaveUpRoom = true;
        }
    }
}

void solveGains(std::vector<Member>& members, double albumLufs,
                const mastering::PlanRequest& request) {
    constexpr int kRounds = 12;
    constexpr double kClose = 0.005;
    double louder = 0;
    for (int round = 0; round < kRounds; ++round) {
        const double missing = albumLufs - loudnessAt(members, louder);
        giveUpRoom(members, request);
        const double excess = excessOf(members, request);
        if (excess > kClose) {
            albumLufs -= excess;
            louder -= excess;
        } else if (std::abs(missing) > kClose) {
            louder += missing;
        } else {
            break;
        }
    }
    for (Member& member : members) {
        mastering::MasteringPlan& plan = member.plan;
        moveGain(plan, member.gainDb - plan.limiter.inputGainDb);
        const auto outcome = member.prediction.predict(member.gainDb, plan.limiter);
        plan.sourceLufs = member.analysis.integratedLufs;
        plan.predictedLufs = outcome.integratedLufs;
        plan.predictedLimitingDb = outcome.deepestReductionDb;
        plan.summary.emplace_back("its own gain: it keeps its place in the album");
        if (member.gaveUpRoom)
            plan.summary.emplace_back("less room below the ceiling: its loudness goes first");
    }
}

} // namespace

void moveGain(mastering::MasteringPlan& plan, double byDb) {
    plan.limiter.inputGainDb += byDb;
    // Stated at the output's level; the stage works before the gain.
    plan.dynamics.evenHarmonics *= amplitudeOf(byDb);
}

std::vector<mastering::MasteringPlan> plansOfAlbum(const std::vector<const TrackAnalysis*>& album,
                                                   const mastering::PlanRequest& request) {
    TrackAnalysis whole = analysis::joined(album);
    whole.loudnessRangeLu = loudnessRangeWithin(album);
    std::vector<mastering::MasteringPlan> plans;
    for (const TrackAnalysis* track : album) {
        whole.sampleRateHz = track->sampleRateHz;
        whole.numChannels = track->numChannels;
        whole.bitsPerSample = track->bitsPerSample;
        whole.dcOffset = track->dcOffset;
        mastering::MasteringPlan& plan = plans.emplace_back(mastering::makePlan(whole, request));
        for (std::size_t band = 0; band < plan.dynamics.bands.size() && !track->silent(); ++band)
            plan.dynamics.bands[band].thresholdDb +=
                medianDb(track->bandCurves[band]) - medianDb(whole.bandCurves[band]);
    }
    if (plans.front().bypass() || whole.silent())
        return plans;
    std::vector<Member> members;
    members.reserve(album.size());
    for (std::size_t i = 0; i < album.size(); ++i)
        if (!album[i]->silent())
            members.emplace_back(*album[i], plans[i]);
    solveGains(members, plans.front().predictedLufs, request);
    return plans;
}

} // namespace segue::enhance
