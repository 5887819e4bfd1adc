// Albums: from what was measured of each track to what one pass over all of them would measure,
// within the half decibels of the curves. A pure function, any thread.

#include "processing/analysis/AlbumAnalysis.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "processing/analysis/Loudness.h"
#include "processing/types/Decibels.h"

namespace segue::analysis {

namespace {

constexpr std::size_t kHops = kHopsPerSpectrum;
constexpr std::size_t kPeaksPerHop = 5;
// Mean squares of a full-scale sine and LUFS differ by so much (BS.1770).
constexpr double kLufsOffsetDb = 0.691;

double dbOf(double power) {
    return power > 1e-12 ? 10 * std::log10(power) : TrackAnalysis::kSilenceDb;
}

/// Mean squares of the hops, shifted so that they measure what the track measured exactly.
std::vector<double> hopsOf(const TrackAnalysis& track) {
    std::vector<double> hops;
    hops.reserve(track.loudnessCurve.size());
    for (const CurveByte value : track.loudnessCurve)
        hops.push_back(value == 0 ? 0 : powerOf(curveDb(value) + kLufsOffsetDb));
    const double measured = integratedLufs(hops);
    if (track.silent() || measured <= TrackAnalysis::kSilenceDb)
        return hops;
    for (double& hop : hops)
        hop *= powerOf(track.integratedLufs - measured);
    return hops;
}

class Joiner {
  public:
    explicit Joiner(const std::vector<const TrackAnalysis*>& tracks) : tracks_(tracks) {}

    TrackAnalysis join() {
        result_ = *tracks_.front();
        joinCurves();
        joinLoudness();
        joinMaxima();
        joinImage();
        return std::move(result_);
    }

  private:
    static double secondsOf(const TrackAnalysis& track) {
        return static_cast<double>(track.numFrames) / track.sampleRateHz;
    }
    double largest(double TrackAnalysis::*member) const {
        double value = TrackAnalysis::kSilenceDb;
        for (const TrackAnalysis* track : tracks_)
            value = std::max(value, track->*member);
        return value;
    }
    /// Weighted by duration.
    double meanOf(const std::function<double(const TrackAnalysis&)>& value) const {
        double sum = 0;
        double seconds = 0;
        for (const TrackAnalysis* track : tracks_) {
            sum += value(*track) * secondsOf(*track);
            seconds += secondsOf(*track);
        }
        return seconds > 0 ? sum / seconds : 0;
    }

    void joinCurves() {
        result_.loudnessCurve.clear();
        result_.peakCurve.clear();
        result_.chainPeakCurve.clear();
        result_.spectrumCurve.clear();
        for (auto& curve : result_.bandCurves)
            curve.clear();
        const auto append = [](std::vector<CurveByte>& to, const std::vector<CurveByte>& from,
                               std::size_t length) {
            const auto count = static_cast<std::ptrdiff_t>(std::min(from.size(), length));
            to.insert(to.end(), from.begin(), from.begin() + count);
            to.insert(to.end(), length - static_cast<std::size_t>(count), 0);
        };
        for (const TrackAnalysis* track : tracks_) {
            const std::size_t rows = (track->loudnessCurve.size() + kHops - 1) / kHops;
            append(result_.loudnessCurve, track->loudnessCurve, rows * kHops);
            append(result_.peakCurve, track->peakCurve, rows * kHops * kPeaksPerHop);
            append(result_.chainPeakCurve, track->chainPeakCurve, rows * kHops * kPeaksPerHop);
            append(result_.spectrumCurve, track->spectrumCurve, rows * kNumThirdOctaves);
            for (std::size_t band = 0; band < result_.bandCurves.size(); ++band)
                append(result_.bandCurves[band], track->bandCurves[band], rows * kHops);
        }
    }

    void joinLoudness() {
        std::vector<double> hops;
        for (const TrackAnalysis* track : tracks_) {
            const std::vector<double> own = hopsOf(*track);
            hops.insert(hops.end(), own.begin(), own.end());
        }
        const LoudnessSummary summary = summarize(hops);
        result_.integratedLufs = summary.integratedLufs;
        result_.loudnessRangeLu = summary.loudnessRangeLu;
        result_.noiseFloorLufs = summary.noiseFloorLufs;
        // A single short track may have no hop at all.
        if (hops.empty())
            result_.integratedLufs = largest(&TrackAnalysis::integratedLufs);
    }

    void joinMaxima() {
        const double meanSquareDb = dbOf(meanOf([](const TrackAnalysis& track) {
            return powerOf(track.samplePeakDbfs - track.crestFactorDb);
        }));
        result_.maxMomentaryLufs = largest(&TrackAnalysis::maxMomentaryLufs);
        result_.maxShortTermLufs = largest(&TrackAnalysis::maxShortTermLufs);
        result_.truePeakDbtp = largest(&TrackAnalysis::truePeakDbtp);
        result_.samplePeakDbfs = largest(&TrackAnalysis::samplePeakDbfs);
        result_.centredPeakDbfs = largest(&TrackAnalysis::centredPeakDbfs);
        result_.crestFactorDb = std::max(result_.samplePeakDbfs - meanSquareDb, 0.0);
        result_.numFrames = 0;
        for (const TrackAnalysis* track : tracks_)
            result_.numFrames += std::llround(secondsOf(*track) * tracks_.front()->sampleRateHz);
    }

    void joinImage() {
        for (std::size_t band = 0; band < result_.midDb.size(); ++band) {
            result_.midDb[band] = dbOf(
                meanOf([&](const TrackAnalysis& track) { return powerOf(track.midDb[band]); }));
            result_.sideDb[band] = dbOf(
                meanOf([&](const TrackAnalysis& track) { return powerOf(track.sideDb[band]); }));
        }
        for (std::size_t band = 0; band < result_.fineSpectrum.size(); ++band)
            result_.fineSpectrum[band] = curveByte(dbOf(meanOf([&](const TrackAnalysis& track) {
                return powerOf(curveDb(track.fineSpectrum[band]));
            })));
        const double power =
            meanOf([](const TrackAnalysis& track) { return powerOf(track.integratedLufs); });
        result_.correlation = meanOf([](const TrackAnalysis& track) {
                                  return track.correlation * powerOf(track.integratedLufs);
                              }) /
                              std::max(power, 1e-30);
        const double folded = meanOf([](const TrackAnalysis& track) {
            return powerOf(track.integratedLufs - track.monoFoldLossLu);
        });
        result_.monoFoldLossLu = std::max(dbOf(power) - dbOf(folded), 0.0);
    }

    const std::vector<const TrackAnalysis*>& tracks_;
    TrackAnalysis result_;
};

} // namespace

TrackAnalysis joined(const std::vector<const TrackAnalysis*>& tracks) {
    return Joiner(tracks).join();
}

} // namespace segue::analysis
