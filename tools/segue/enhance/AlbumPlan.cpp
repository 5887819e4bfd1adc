// Albums as a whole. Pure functions, any thread.
#include "tools/segue/enhance/AlbumPlan.h"

#include <algorithm>
#include <cmath>

#include "processing/analysis/AlbumAnalysis.h"

namespace segue::tools {
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

} // namespace

mastering::MasteringPlan planOfAlbum(const std::vector<const TrackAnalysis*>& album,
                                     const TrackAnalysis& track,
                                     const mastering::PlanRequest& request) {
    TrackAnalysis whole = analysis::joined(album);
    whole.loudnessRangeLu = loudnessRangeWithin(album);
    whole.sampleRateHz = track.sampleRateHz;
    whole.numChannels = track.numChannels;
    whole.bitsPerSample = track.bitsPerSample;
    whole.dcOffset = track.dcOffset;
    mastering::MasteringPlan plan = mastering::makePlan(whole, request);
    if (track.silent())
        return plan;
    for (std::size_t band = 0; band < plan.dynamics.bands.size(); ++band)
        plan.dynamics.bands[band].thresholdDb +=
            medianDb(track.bandCurves[band]) - medianDb(whole.bandCurves[band]);
    return plan;
}

} // namespace segue::tools
