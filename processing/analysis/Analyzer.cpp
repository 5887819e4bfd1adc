// One pass over a track. Integrated loudness by libebur128; everything that varies in time from
// K-weighted energies of 100 ms hops, split by the crossover that the mastering chain uses, so that
// a plan can foresee what the chain will do. One thread at a time.

#include "processing/analysis/Analyzer.h"

#include <algorithm>
#include <cmath>
#include <new>

#include <ebur128.h>

#include "processing/analysis/BlockMeasures.h"
#include "processing/analysis/Loudness.h"
#include "processing/dsp/Denormals.h"
#include "processing/dsp/TruePeakDetector.h"

namespace segue::analysis {

namespace {

constexpr float kSilentMagnitude = 0.001f; // -60 dBFS
// 16-bit full scale, less one step: what a clipped master shows.
constexpr float kClipped = 0.9999f;
constexpr std::int64_t kClippedRun = 3;
constexpr int kHistory = dsp::TruePeakDetector::kTaps - 1;

ebur128_state* meterOf(void* state) {
    return static_cast<ebur128_state*>(state);
}

void closeMeter(void* state) {
    ebur128_state* meter = meterOf(state);
    ebur128_destroy(&meter);
}

double dbOf(double magnitude) {
    return magnitude > 1e-6 ? 20.0 * std::log10(magnitude) : TrackAnalysis::kSilenceDb;
}

/// BS.1770 channel weights in WAV order: surrounds count 1.41, the low-frequency channel not at
/// all.
std::vector<double> channelWeights(int numChannels) {
    std::vector<double> weights(static_cast<std::size_t>(numChannels), 1.0);
    const bool hasLowFrequency = numChannels == 6 || numChannels == 8;
    if (hasLowFrequency)
        weights[3] = 0;
    for (int c = hasLowFrequency ? 4 : 3; c < numChannels && numChannels >= 5; ++c)
        weights[static_cast<std::size_t>(c)] = 1.41;
    return weights;
}

} // namespace

double curveDb(CurveByte value) {
    return value == 0 ? TrackAnalysis::kSilenceDb - 7.5 : -127.5 + 0.5 * value;
}

CurveByte curveByte(double db) {
    return static_cast<CurveByte>(std::clamp(std::lround((db + 127.5) * 2), 0L, 255L));
}

Analyzer::Analyzer(const decode::SourceInfo& info)
    : info_(info), stereo_(info.numChannels == 2), hopFrames_(info.sampleRateHz / 10),
      peakFrames_(info.sampleRateHz / 50),
      meter_(ebur128_init(static_cast<unsigned>(info.numChannels),
                          static_cast<unsigned long>(info.sampleRateHz), EBUR128_MODE_I),
             closeMeter),
      spectrum_(info.sampleRateHz),
      splitters_(static_cast<std::size_t>((info.numChannels + 1) / 2)),
      channelWeights_(channelWeights(info.numChannels)), midSide_(2, kMaxBlockFrames),
      interleaved_(static_cast<std::size_t>(kMaxBlockFrames * info.numChannels)),
      peakHistory_(static_cast<std::size_t>(info.numChannels),
                   std::vector<float>(static_cast<std::size_t>(
                       kHistory + kMaxBlockFrames + 2 * dsp::TruePeakDetector::kGroupFrames))),
      sums_(static_cast<std::size_t>(info.numChannels)),
      clipRuns_(static_cast<std::size_t>(info.numChannels)) {
    if (!meter_)
        throw std::bad_alloc();
    for (dsp::BandSplitter& splitter : splitters_)
        splitter.prepare(info.sampleRateHz, dsp::Weighting::K);
}

Analyzer::~Analyzer() = default;

void Analyzer::beginWindow(std::int64_t settleFrames) {
    for (dsp::BandSplitter& splitter : splitters_)
        splitter.reset();
    for (std::vector<float>& history : peakHistory_)
        std::fill(history.begin(), history.end(), 0.0f);
    peakFramesKept_ = kHistory;
    spectrum_.breakHere();
    hopFilled_ = 0;
    hopEnergy_ = 0;
    hopBands_ = {};
    peakFilled_ = 0;
    peakOfStep_ = 0;
    settleFrames_ = settleFrames;
}

void Analyzer::add(const AudioBlock& block) {
    const dsp::ScopedFlushToZero flush;
    // Hops and peaks end inside blocks: pieces that cross no border of either.
    std::int64_t done = 0;
    float* shifted[kMaxChannels];
    while (done < block.numFrames) {
        std::int64_t count = block.numFrames - done;
        if (settleFrames_ > 0)
            count = std::min(count, settleFrames_);
        else
            count = std::min({count, hopFrames_ - hopFilled_, peakFrames_ - peakFilled_});
        for (int c = 0; c < block.numChannels; ++c)
            shifted[c] = block.channels[c] + done;
        addWithinHop({shifted, block.numChannels, count});
        done += count;
    }
}

void Analyzer::addWithinHop(const AudioBlock& block) {
    const std::int64_t n = block.numFrames;
    float* mid = midSide_.channel(0);
    float* side = midSide_.channel(1);
    PairSums sums;
    if (stereo_) {
        sums = splitMidSide(block.channels[0], block.channels[1], n, mid, side);
    } else {
        std::fill_n(side, n, 0.0f);
        std::copy_n(block.channels[0], n, mid);
        for (int c = 1; c < block.numChannels; ++c)
            for (std::int64_t i = 0; i < n; ++i)
                mid[i] += block.channels[c][i];
        const float share = 1.0f / static_cast<float>(block.numChannels);
        if (block.numChannels > 1)
            for (std::int64_t i = 0; i < n; ++i)
                mid[i] *= share;
    }
    // Left and right squared are together twice mid and side squared.
    const double pairScale = stereo_ ? 2.0 : 1.0;
    double energy = 0;
    double midEnergy = 0;
    std::array<double, dsp::kNumBands> bands{};
    for (std::size_t i = 0; i < splitters_.size(); ++i) {
        const float* a = stereo_ ? mid : block.channels[2 * i];
        const bool hasB = 2 * i + 1 < static_cast<std::size_t>(block.numChannels);
        const float* b = hasB && !stereo_ ? block.channels[2 * i + 1] : side;
        const dsp::BandSplitter::Energies measured = splitters_[i].measure(a, b, n);
        energy += pairScale * channelWeights_[2 * i] * static_cast<double>(measured.fullA);
        if (hasB)
            energy += pairScale * channelWeights_[2 * i + 1] * static_cast<double>(measured.fullB);
        midEnergy += pairScale * static_cast<double>(measured.fullA);
        for (std::size_t band = 0; band < bands.size(); ++band)
            bands[band] += pairScale * static_cast<double>(measured.bands[2 * band] +
                                                           measured.bands[2 * band + 1]);
    }
    if (settleFrames_ > 0) {
        settleFrames_ -= n;
        return;
    }
    hopEnergy_ += energy;
    foldEnergy_ += energy;
    midEnergy_ += midEnergy;
    for (std::size_t band = 0; band < bands.size(); ++band)
        hopBands_[band] += bands[band];
    mid2_ += sums.mid2;
    side2_ += sums.side2;
    midSide2_ += sums.midSide;
    spectrum_.add(mid, side, n);
    for (std::int64_t i = 0; i < n; ++i)
        for (int c = 0; c < block.numChannels; ++c)
            interleaved_[static_cast<std::size_t>(i * block.numChannels + c)] =
                block.channels[c][i];
    ebur128_add_frames_float(meterOf(meter_.get()), interleaved_.data(),
                             static_cast<std::size_t>(n));
    for (int c = 0; c < block.numChannels; ++c)
        sums_[static_cast<std::size_t>(c)] += sumOf(block.channels[c], n);
    addPeaks(block);

    frames_ += n;
    hopFilled_ += n;
    peakFilled_ += n;
    if (peakFilled_ == peakFrames_)
        finishPeak();
    if (hopFilled_ == hopFrames_)
        finishHop();
}

void Analyzer::addPeaks(const AudioBlock& block) {
    float largest = 0;
    for (int c = 0; c < block.numChannels; ++c) {
        const float magnitude = largestMagnitude(block.channels[c], block.numFrames);
        std::int64_t& run = clipRuns_[static_cast<std::size_t>(c)];
        if (magnitude >= kClipped)
            countClipping(block.channels[c], block.numFrames, run);
        else
            run = 0;
        largest = std::max(largest, magnitude);
    }
    if (largest >= kSilentMagnitude) {
        if (firstLoudFrame_ < 0)
            firstLoudFrame_ = frames_;
        lastLoudFrame_ = frames_ + block.numFrames;
    }
    samplePeak_ = std::max(samplePeak_, largest);
    peakOfStep_ = std::max(peakOfStep_, largest);
    addTruePeak(block);
}

void Analyzer::countClipping(const float* x, std::int64_t numFrames, std::int64_t& run) {
    for (std::int64_t i = 0; i < numFrames; ++i) {
        run = std::fabs(x[i]) >= kClipped ? run + 1 : 0;
        if (run == kClippedRun)
            ++result_.clippedRuns;
    }
}

void Analyzer::addTruePeak(const AudioBlock& block) {
    using dsp::TruePeakDetector;
    constexpr std::int64_t kWindow = kHistory + TruePeakDetector::kGroupFrames;
    static const auto overshoot = static_cast<float>(TruePeakDetector::largestOvershoot());
    const std::int64_t filled = peakFramesKept_ + block.numFrames;
    const std::int64_t groups =
        filled < kWindow ? 0 : (filled - kWindow) / TruePeakDetector::kGroupFrames + 1;
    const std::int64_t used = groups * TruePeakDetector::kGroupFrames;
    for (int c = 0; c < block.numChannels; ++c) {
        float* history = peakHistory_[static_cast<std::size_t>(c)].data();
        std::copy_n(block.channels[c], block.numFrames, history + peakFramesKept_);
        // No group can beat what was found if even the largest sample, overshooting as far as it
        // can, would not.
        if (largestMagnitude(history, filled) * overshoot > truePeak_)
            for (std::int64_t at = 0; at < used; at += TruePeakDetector::kGroupFrames)
                truePeak_ = std::max(truePeak_, TruePeakDetector::groupPeak(history + at));
        std::copy_n(history + used, filled - used, history);
    }
    peakFramesKept_ = filled - used;
}

void Analyzer::finishHop() {
    const double frames = static_cast<double>(hopFrames_);
    hops_.push_back(hopEnergy_ / frames);
    result_.loudnessCurve.push_back(curveByte(lufsOf(hopEnergy_ / frames)));
    for (std::size_t band = 0; band < hopBands_.size(); ++band)
        result_.bandCurves[band].push_back(curveByte(lufsOf(hopBands_[band] / frames)));
    hopEnergy_ = 0;
    hopBands_ = {};
    hopFilled_ = 0;
}

void Analyzer::finishPeak() {
    result_.peakCurve.push_back(curveByte(dbOf(static_cast<double>(peakOfStep_))));
    peakOfStep_ = 0;
    peakFilled_ = 0;
}

TrackAnalysis Analyzer::finish(Coverage coverage) {
    TrackAnalysis& a = result_;
    a.coverage = coverage;
    a.sampleRateHz = info_.sampleRateHz;
    a.numChannels = info_.numChannels;
    a.bitsPerSample = info_.bitsPerSample;
    a.numFrames = coverage == Coverage::Full ? frames_ : info_.numFrames;
    a.truncated = coverage == Coverage::Full && frames_ < info_.numFrames;

    if (hops_.empty() && hopFilled_ > 0) { // shorter than one hop
        hops_.push_back(hopEnergy_ / static_cast<double>(hopFrames_));
        finishHop();
        finishPeak();
    }
    const LoudnessSummary loudness = summarize(hops_);
    a.integratedLufs = loudness.integratedLufs;
    if (coverage == Coverage::Full && hops_.size() >= 4) {
        double measured = 0;
        if (ebur128_loudness_global(meterOf(meter_.get()), &measured) == EBUR128_SUCCESS)
            a.integratedLufs = std::isfinite(measured) ? measured : TrackAnalysis::kSilenceDb;
    }
    a.loudnessRangeLu = loudness.loudnessRangeLu;
    a.maxMomentaryLufs = loudness.maxMomentaryLufs;
    a.maxShortTermLufs = loudness.maxShortTermLufs;
    a.noiseFloorLufs = loudness.noiseFloorLufs;
    a.samplePeakDbfs = dbOf(static_cast<double>(samplePeak_));
    a.truePeakDbtp = std::max(dbOf(static_cast<double>(truePeak_)), a.samplePeakDbfs);

    const double frames = static_cast<double>(std::max<std::int64_t>(frames_, 1));
    a.dcOffset.clear();
    for (const double sum : sums_)
        a.dcOffset.push_back(sum / frames);
    spectrum_.finish(a.midDb, a.sideDb);
    double power = 0;
    for (int band = 0; band < kNumThirdOctaves; ++band)
        power += std::pow(10.0, a.midDb[static_cast<std::size_t>(band)] / 10) +
                 std::pow(10.0, a.sideDb[static_cast<std::size_t>(band)] / 10);
    a.crestFactorDb = std::max(0.0, a.samplePeakDbfs - 10 * std::log10(power + 1e-12));
    if (stereo_ && mid2_ + side2_ > 0) {
        // LR = M^2 - S^2; L^2 and R^2 = M^2 + S^2 +- 2 MS.
        const double left = mid2_ + side2_ + 2 * midSide2_;
        const double right = mid2_ + side2_ - 2 * midSide2_;
        a.correlation = left > 0 && right > 0 ? (mid2_ - side2_) / std::sqrt(left * right) : 0;
        a.monoFoldLossLu =
            midEnergy_ > 1e-9 * foldEnergy_ ? 10 * std::log10(foldEnergy_ / midEnergy_) : 90;
    }
    const double rate = info_.sampleRateHz;
    if (coverage == Coverage::Full) {
        a.leadingSilenceSeconds =
            static_cast<double>(firstLoudFrame_ < 0 ? frames_ : firstLoudFrame_) / rate;
        a.trailingSilenceSeconds =
            static_cast<double>(firstLoudFrame_ < 0 ? frames_ : frames_ - lastLoudFrame_) / rate;
    }
    return std::move(result_);
}

} // namespace segue::analysis
