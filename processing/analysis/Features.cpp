// What an analysis says of how the music sounds, in numbers that may be compared. All of it comes
// from what is stored, so that a library of any size gets it without being decoded again. Levels
// are relative wherever they can be: the same recording, louder or encoded anew, stays where it is.
// Pure functions, any thread.

#include "processing/analysis/Features.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace segue::analysis {

namespace {

constexpr double kCurvesHz = 10; ///< hops of 100 ms
constexpr double kPeaksHz = 50;  ///< of TrackAnalysis::peakCurve
constexpr double kFloorDb = -60; ///< what lies so far below the loudest is as good as silent
constexpr double kLeastSeconds = 3;

// ---- tempo

constexpr double kSlowestBpm = 40, kFastestBpm = 220;
/// Steps of a hundredth of an octave or so.
constexpr int kNumTempos = 250;
constexpr double kWindowSeconds = 12, kStepSeconds = 6;
/// Tempi that people call for by tapping lie about 120, most of them within an octave.
constexpr double kUsualBpm = 120, kUsualOctaves = 1.0;
/// Below this there is a rise and fall now and then, but nothing to tap to.
constexpr double kLeastPulse = 0.08;

double bpmOf(int index) {
    return kSlowestBpm *
           std::pow(kFastestBpm / kSlowestBpm, static_cast<double>(index) / (kNumTempos - 1));
}

/// How much louder each value is than the one before, dB; falls count as nothing.
std::vector<float> onsetsOf(const std::vector<CurveByte>& curve) {
    double loudest = TrackAnalysis::kSilenceDb;
    for (const CurveByte value : curve)
        loudest = std::max(loudest, curveDb(value));
    std::vector<float> onsets(curve.size(), 0.0F);
    double before = 0;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        const double level = std::max(curveDb(curve[i]) - loudest, kFloorDb);
        if (i > 0)
            onsets[i] = static_cast<float>(std::max(0.0, level - before));
        before = level;
    }
    return onsets;
}

/// For each tempo how strongly the onsets go with it: magnitudes of the Fourier transform of
/// windows of the onsets, relative to all that happens in the window, averaged.
class Tempogram {
  public:
    void add(const std::vector<float>& onsets, double rateHz, double weight) {
        const auto length = static_cast<std::size_t>(kWindowSeconds * rateHz);
        const auto step = static_cast<std::size_t>(kStepSeconds * rateHz);
        if (onsets.size() < length)
            return;
        std::vector<float> window(length);
        std::array<double, kNumTempos> sums{};
        int windows = 0;
        for (std::size_t at = 0; at + length <= onsets.size(); at += step) {
            double all = 0;
            double mean = 0;
            for (std::size_t i = 0; i < length; ++i)
                mean += onsets[at + i] / static_cast<double>(length);
            for (std::size_t i = 0; i < length; ++i) {
                const double hann =
                    0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) /
                                         static_cast<double>(length));
                window[i] = static_cast<float>((onsets[at + i] - mean) * hann);
                all += onsets[at + i] * hann;
            }
            if (all <= 0)
                continue;
            ++windows;
            for (int tempo = 0; tempo < kNumTempos; ++tempo)
                sums[static_cast<std::size_t>(tempo)] +=
                    magnitude(window, bpmOf(tempo) / 60 / rateHz) / all;
        }
        if (windows == 0)
            return;
        for (std::size_t tempo = 0; tempo < kNumTempos; ++tempo)
            strengths_[tempo] += weight * sums[tempo] / windows;
        weights_ += weight;
    }

    std::optional<Tempo> best() const {
        if (weights_ == 0)
            return std::nullopt;
        double bestScore = 0;
        int best = 0;
        for (int tempo = 0; tempo < kNumTempos; ++tempo) {
            const double bpm = bpmOf(tempo);
            const double octaves = std::log2(bpm / kUsualBpm) / kUsualOctaves;
            // A beat is confirmed by what goes twice as fast.
            const double score =
                (strengthAt(bpm) + 0.5 * strengthAt(2 * bpm)) * std::exp(-0.5 * octaves * octaves);
            if (score > bestScore) {
                bestScore = score;
                best = tempo;
            }
        }
        const double pulse = std::min(1.0, strengthAt(bpmOf(best)) / weights_);
        if (pulse < kLeastPulse)
            return std::nullopt;
        return Tempo{bpmOf(best), pulse};
    }

  private:
    /// @param cycles  of the tempo in one step of the window
    static double magnitude(const std::vector<float>& window, double cycles) {
        // Goertzel's recurrence: two multiplications a step.
        const double omega = 2 * std::numbers::pi * cycles;
        const double factor = 2 * std::cos(omega);
        double last = 0;
        double before = 0;
        for (const float value : window) {
            const double now = value + factor * last - before;
            before = last;
            last = now;
        }
        return std::sqrt(std::max(0.0, last * last + before * before - factor * last * before));
    }
    double strengthAt(double bpm) const {
        const double index =
            std::log(bpm / kSlowestBpm) / std::log(kFastestBpm / kSlowestBpm) * (kNumTempos - 1);
        const auto nearest = std::lround(index);
        return nearest < 0 || nearest >= kNumTempos ? 0
                                                    : strengths_[static_cast<std::size_t>(nearest)];
    }

    std::array<double, kNumTempos> strengths_{};
    double weights_ = 0;
};

// ---- the rest

constexpr int kFirstBand = 3; ///< 40 Hz
constexpr int kNumTones = 13;
/// Where the low, the middle and the high sides end: 200 Hz, 2 kHz, 12.5 kHz.
constexpr std::array<int, 4> kSideBorders{kFirstBand, 11, 21, 29};

double powerOf(double db) {
    return db <= TrackAnalysis::kSilenceDb ? 0 : std::pow(10.0, db / 10);
}

double dbOf(double power, double floor) {
    return power > 0 ? std::max(10 * std::log10(power), floor) : floor;
}

double sumOf(const std::array<double, kNumThirdOctaves>& levels, int from, int to) {
    double sum = 0;
    for (int band = from; band < to; ++band)
        sum += powerOf(levels[static_cast<std::size_t>(band)]);
    return sum;
}

void addTone(const TrackAnalysis& analysis, FeatureVector& features) {
    std::array<double, kNumTones> levels{};
    double loudest = TrackAnalysis::kSilenceDb;
    for (int tone = 0; tone < kNumTones; ++tone) {
        const int band = kFirstBand + 2 * tone;
        double& level = levels[static_cast<std::size_t>(tone)];
        level = dbOf(sumOf(analysis.midDb, band, band + 2) + sumOf(analysis.sideDb, band, band + 2),
                     TrackAnalysis::kSilenceDb);
        loudest = std::max(loudest, level);
    }
    double mean = 0;
    for (double& level : levels) {
        level = std::max(level, loudest + kFloorDb);
        mean += level / kNumTones;
    }
    for (std::size_t tone = 0; tone < kNumTones; ++tone)
        features[tone] = static_cast<float>(levels[tone] - mean);
}

/// Mean change from value to value, dB, where there is something to hear.
double movementOf(const std::vector<CurveByte>& curve) {
    double loudest = TrackAnalysis::kSilenceDb;
    for (const CurveByte value : curve)
        loudest = std::max(loudest, curveDb(value));
    double sum = 0;
    std::int64_t count = 0;
    for (std::size_t i = 1; i < curve.size(); ++i) {
        const double now = std::max(curveDb(curve[i]), loudest + kFloorDb);
        const double before = std::max(curveDb(curve[i - 1]), loudest + kFloorDb);
        if (std::max(now, before) <= loudest + kFloorDb)
            continue;
        sum += std::abs(now - before);
        ++count;
    }
    return count > 0 ? sum / static_cast<double>(count) : 0;
}

} // namespace

std::optional<Tempo> tempoOf(const TrackAnalysis& analysis) {
    if (analysis.silent())
        return std::nullopt;
    Tempogram tempogram;
    tempogram.add(onsetsOf(analysis.peakCurve), kPeaksHz, 1.0);
    for (const auto& curve : analysis.bandCurves)
        tempogram.add(onsetsOf(curve), kCurvesHz, 0.5);
    return tempogram.best();
}

std::optional<FeatureVector> featuresOf(const TrackAnalysis& analysis,
                                        const std::optional<Tempo>& tempo) {
    const double seconds =
        static_cast<double>(analysis.numFrames) / std::max(analysis.sampleRateHz, 1);
    if (analysis.silent() || seconds < kLeastSeconds)
        return std::nullopt;
    FeatureVector features{};
    addTone(analysis, features);
    std::size_t next = kNumTones;
    const auto put = [&](double value) { features.at(next++) = static_cast<float>(value); };
    put(analysis.loudnessRangeLu);
    put(analysis.plrDb());
    const double turn = tempo ? 2 * std::numbers::pi * std::log2(tempo->bpm / kUsualBpm) : 0;
    put(tempo ? std::cos(turn) : 0);
    put(tempo ? std::sin(turn) : 0);
    put(tempo ? tempo->pulse : 0);
    for (std::size_t region = 0; region + 1 < kSideBorders.size(); ++region) {
        const double mid = sumOf(analysis.midDb, kSideBorders[region], kSideBorders[region + 1]);
        const double side = sumOf(analysis.sideDb, kSideBorders[region], kSideBorders[region + 1]);
        put(mid + side > 0 ? dbOf(side / (mid + side), -30) : -30);
    }
    put(0.5 * (movementOf(analysis.bandCurves[0]) + movementOf(analysis.bandCurves[1])));
    put(0.5 * (movementOf(analysis.bandCurves[2]) + movementOf(analysis.bandCurves[3])));
    put(analysis.integratedLufs);
    for (float& value : features)
        if (!std::isfinite(value))
            return std::nullopt;
    return features;
}

const std::array<FeatureScale, kNumFeatures>& featureScales() {
    // Each group counts for as much as its weight squared says, however many dimensions it has:
    // tone most, loudness least, since it is what a volume control changes.
    static const std::array<FeatureScale, kNumFeatures> scales = [] {
        std::array<FeatureScale, kNumFeatures> made{};
        std::size_t next = 0;
        const auto group = [&](std::size_t count, float usual, double weight) {
            for (std::size_t i = 0; i < count; ++i)
                made.at(next++) = {
                    usual, static_cast<float>(weight / std::sqrt(static_cast<double>(count)))};
        };
        group(kNumTones, 6.0F, 2.0); // tone
        group(1, 5.0F, 0.8);         // loudness range
        group(1, 3.5F, 0.8);         // peak to loudness
        group(2, 0.7F, 0.8);         // tempo
        group(1, 0.1F, 0.6);         // pulse
        group(3, 6.0F, 0.8);         // width
        group(2, 1.0F, 1.0);         // movement
        group(1, 5.0F, 0.4);         // loudness
        return made;
    }();
    return scales;
}

} // namespace segue::analysis
