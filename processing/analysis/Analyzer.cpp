// One pass over a track. Everything that varies in time comes from K-weighted energies of hops of
// 100 ms, split by the crossover that the mastering chain uses, so that a plan can foresee what the
// chain will do. Hops have ten steps each, for maxima that do not depend on where a sound begins.
// One thread at a time.

#include "processing/analysis/Analyzer.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>

#include "processing/dsp/Denormals.h"

namespace segue::analysis {

namespace {

constexpr float kSilentMagnitude = 0.001f; // -60 dBFS
// 16-bit full scale, less one step: what a clipped master shows.
constexpr float kClipped = 0.9999f;
constexpr std::int64_t kClippedRun = 3;
// A window that slides in steps of 10 ms misses at most 0.06 LU of a sound of 400 ms.
constexpr int kStepsPerHop = 10;
constexpr int kStepsPerPeak = 2;
constexpr std::size_t kMomentarySteps = 4 * kStepsPerHop;
constexpr std::size_t kShortTermSteps = 30 * kStepsPerHop;

double dbOf(double magnitude) {
    return magnitude > 1e-6 ? 20.0 * std::log10(magnitude) : TrackAnalysis::kSilenceDb;
}

void addTo(ChannelMeasures& all, const ChannelMeasures& piece) {
    all.sum += piece.sum;
    all.squares += piece.squares;
    all.lowest = std::min(all.lowest, piece.lowest);
    all.highest = std::max(all.highest, piece.highest);
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
      spectrum_(info.sampleRateHz), truePeak_(info.numChannels, kMaxBlockFrames),
      splitters_(static_cast<std::size_t>((info.numChannels + 1) / 2)),
      channelWeights_(channelWeights(info.numChannels)), midSide_(2, kMaxBlockFrames),
      momentary_(kMomentarySteps), shortTerm_(kShortTermSteps),
      extremesOfStep_(static_cast<std::size_t>(info.numChannels)),
      channels_(static_cast<std::size_t>(info.numChannels)),
      clipRuns_(static_cast<std::size_t>(info.numChannels)) {
    for (dsp::BandSplitter& splitter : splitters_)
        splitter.prepare(info.sampleRateHz, dsp::Weighting::K,
                         stereo_ ? dsp::ChannelLayout::MidSide : dsp::ChannelLayout::Plain);
}

void Analyzer::beginWindow(std::int64_t settleFrames) {
    for (dsp::BandSplitter& splitter : splitters_)
        splitter.reset();
    truePeak_.breakHere();
    spectrum_.breakHere();
    std::fill(clipRuns_.begin(), clipRuns_.end(), 0);
    hop_ = {};
    stepEnergy_ = 0;
    hopFilled_ = 0;
    step_ = 0;
    forgetPeak();
    settleFrames_ = settleFrames;
}

void Analyzer::add(const AudioBlock& block) {
    assert(block.numFrames <= kMaxBlockFrames);
    const dsp::ScopedFlushToZero flush;
    const std::int64_t settling = std::min(settleFrames_, block.numFrames);
    float* rest[kMaxChannels];
    for (int c = 0; c < block.numChannels; ++c)
        rest[c] = block.channels[c] + settling;
    if (settling > 0) {
        const AudioBlock piece{block.channels, block.numChannels, settling};
        measureSamples(piece, midSide_.channel(0), midSide_.channel(1));
        measureEnergies(piece, midSide_.channel(0), midSide_.channel(1));
        forgetPeak();
        settleFrames_ -= settling;
    }
    if (settling < block.numFrames)
        addMeasured({rest, block.numChannels, block.numFrames - settling});
}

void Analyzer::addMeasured(const AudioBlock& block) {
    float* shifted[kMaxChannels];
    for (std::int64_t done = 0; done < block.numFrames;) {
        const std::int64_t count = std::min(block.numFrames - done, stepEnd() - hopFilled_);
        for (int c = 0; c < block.numChannels; ++c)
            shifted[c] = block.channels[c] + done;
        addWithinStep({shifted, block.numChannels, count}, midSide_.channel(0) + done,
                      midSide_.channel(1) + done);
        done += count;
        if (hopFilled_ == stepEnd())
            finishStep();
    }
    spectrum_.add(midSide_.channel(0), midSide_.channel(1), block.numFrames);
    truePeak_.add(block);
}

/// Where the step ends in its hop: rates that no ten steps fit have steps of uneven lengths.
std::int64_t Analyzer::stepEnd() const {
    return hopFrames_ * (step_ + 1) / kStepsPerHop;
}

void Analyzer::addWithinStep(const AudioBlock& piece, float* mid, float* side) {
    const PairMeasures pair = measureSamples(piece, mid, side);
    float largest = 0;
    for (int c = 0; c < piece.numChannels; ++c) {
        const auto channel = static_cast<std::size_t>(c);
        const ChannelMeasures measures = stereo_
                                             ? (c == 0 ? pair.left : pair.right)
                                             : measureChannel(piece.channels[c], piece.numFrames);
        addTo(channels_[channel], measures);
        const float peak = measures.peak();
        if (peak >= kClipped)
            countClipping(piece.channels[c], piece.numFrames, clipRuns_[channel]);
        else
            clipRuns_[channel] = 0;
        largest = std::max(largest, peak);
    }
    products_ += pair.products;
    if (largest >= kSilentMagnitude) {
        if (firstLoudFrame_ < 0)
            firstLoudFrame_ = frames_;
        lastLoudFrame_ = frames_ + piece.numFrames;
    }
    samplePeak_ = std::max(samplePeak_, largest);
    peakOfStep_ = std::max(peakOfStep_, largest);

    const Energies energies = measureEnergies(piece, mid, side);
    stepEnergy_ += energies.all;
    hop_.all += energies.all;
    for (std::size_t band = 0; band < energies.bands.size(); ++band)
        hop_.bands[band] += energies.bands[band];
    allEnergy_ += energies.all;
    foldedEnergy_ += energies.mid;
    frames_ += piece.numFrames;
    hopFilled_ += piece.numFrames;
}

/// Writes mid and side (the mean of all channels and silence when not stereo).
/// @return  of a stereo pair; nothing otherwise
PairMeasures Analyzer::measureSamples(const AudioBlock& piece, float* mid, float* side) {
    const std::int64_t n = piece.numFrames;
    if (stereo_)
        return measurePair(piece.channels[0], piece.channels[1], n, mid, side);
    std::fill_n(side, n, 0.0f);
    std::copy_n(piece.channels[0], n, mid);
    if (piece.numChannels == 1)
        return {};
    for (int c = 1; c < piece.numChannels; ++c)
        for (std::int64_t i = 0; i < n; ++i)
            mid[i] += piece.channels[c][i];
    const float share = 1.0f / static_cast<float>(piece.numChannels);
    for (std::int64_t i = 0; i < n; ++i)
        mid[i] *= share;
    return {};
}

Analyzer::Energies Analyzer::measureEnergies(const AudioBlock& piece, const float* mid,
                                             const float* side) {
    // Left and right squared are together twice mid and side squared.
    const double pairScale = stereo_ ? 2.0 : 1.0;
    Energies energies;
    for (std::size_t i = 0; i < splitters_.size(); ++i) {
        const float* a = stereo_ ? mid : piece.channels[2 * i];
        const bool hasB = 2 * i + 1 < static_cast<std::size_t>(piece.numChannels);
        const float* b = hasB && !stereo_ ? piece.channels[2 * i + 1] : side;
        const dsp::BandSplitter::Measures measured = splitters_[i].measure(a, b, piece.numFrames);
        for (std::size_t channel = 0; channel < (hasB ? 2 : 1); ++channel) {
            Extremes& extremes = extremesOfStep_[2 * i + channel];
            extremes.lowest = std::min(extremes.lowest, measured.lowest[channel]);
            extremes.highest = std::max(extremes.highest, measured.highest[channel]);
        }
        energies.all += pairScale * channelWeights_[2 * i] * static_cast<double>(measured.fullA);
        if (hasB)
            energies.all +=
                pairScale * channelWeights_[2 * i + 1] * static_cast<double>(measured.fullB);
        energies.mid += pairScale * static_cast<double>(measured.fullA);
        for (std::size_t band = 0; band < energies.bands.size(); ++band)
            energies.bands[band] += pairScale * static_cast<double>(measured.bands[2 * band] +
                                                                    measured.bands[2 * band + 1]);
    }
    return energies;
}

/// @param run  samples at positive full scale so far, or, negative, at negative full scale
void Analyzer::countClipping(const float* x, std::int64_t numFrames, std::int64_t& run) {
    for (std::int64_t i = 0; i < numFrames; ++i) {
        if (x[i] >= kClipped)
            run = std::max<std::int64_t>(run, 0) + 1;
        else if (x[i] <= -kClipped)
            run = std::min<std::int64_t>(run, 0) - 1;
        else
            run = 0;
        if (std::abs(run) == kClippedRun)
            ++result_.clippedRuns;
    }
}

void Analyzer::finishStep() {
    momentary_.add(stepEnergy_);
    shortTerm_.add(stepEnergy_);
    stepEnergy_ = 0;
    ++step_;
    if (step_ % kStepsPerPeak == 0)
        finishPeak();
    if (step_ == kStepsPerHop)
        finishHop();
}

void Analyzer::finishHop() {
    const double frames = static_cast<double>(hopFrames_);
    hops_.push_back(hop_.all / frames);
    result_.loudnessCurve.push_back(curveByte(lufsOf(hop_.all / frames)));
    for (std::size_t band = 0; band < hop_.bands.size(); ++band)
        result_.bandCurves[band].push_back(curveByte(lufsOf(hop_.bands[band] / frames)));
    if (hops_.size() % kHopsPerSpectrum == 0)
        spectrum_.endRow(result_.spectrumCurve);
    hop_ = {};
    hopFilled_ = 0;
    step_ = 0;
}

void Analyzer::finishPeak() {
    result_.peakCurve.push_back(curveByte(dbOf(static_cast<double>(peakOfStep_))));
    extremes_.insert(extremes_.end(), extremesOfStep_.begin(), extremesOfStep_.end());
    forgetPeak();
}

void Analyzer::forgetPeak() {
    peakOfStep_ = 0;
    std::fill(extremesOfStep_.begin(), extremesOfStep_.end(), Extremes{});
}

/// Where an offset lay is known in the end only.
void Analyzer::findChainPeaks() {
    TrackAnalysis& a = result_;
    const auto centredPeak = [&](const auto& extremes, std::size_t channel) {
        const double offset = a.hasOffset() ? a.dcOffset[channel] : 0;
        return std::max(static_cast<double>(extremes.highest) - offset,
                        offset - static_cast<double>(extremes.lowest));
    };
    double samplePeak = 0;
    for (std::size_t c = 0; c < channels_.size(); ++c)
        samplePeak = std::max(samplePeak, centredPeak(channels_[c], c));
    a.centredPeakDbfs = dbOf(samplePeak);
    for (std::size_t at = 0; at < extremes_.size(); at += channels_.size()) {
        double peak = 0;
        for (std::size_t c = 0; c < channels_.size(); ++c)
            peak = std::max(peak, centredPeak(extremes_[at + c], c));
        a.chainPeakCurve.push_back(curveByte(dbOf(peak) - kChainPeaksAboveDb));
    }
}

TrackAnalysis Analyzer::finish(Coverage coverage) {
    TrackAnalysis& a = result_;
    const bool full = coverage == Coverage::Full;
    a.coverage = coverage;
    a.sampleRateHz = info_.sampleRateHz;
    a.numChannels = info_.numChannels;
    a.bitsPerSample = info_.bitsPerSample;
    a.numFrames = full ? frames_ : info_.numFrames;
    a.truncated = full && frames_ < info_.numFrames;

    const bool peakOpen =
        hopFilled_ > hopFrames_ * (step_ / kStepsPerPeak) * kStepsPerPeak / kStepsPerHop;
    if (full && peakOpen)
        finishPeak();
    if (full && hopFilled_ > 0) { // for sounds shorter than the windows
        momentary_.add(stepEnergy_);
        shortTerm_.add(stepEnergy_);
        if (hops_.empty())
            finishHop();
    }
    const LoudnessSummary loudness = summarize(hops_);
    const double hop = static_cast<double>(std::max<std::int64_t>(hopFrames_, 1));
    a.integratedLufs = loudness.integratedLufs;
    a.loudnessRangeLu = loudness.loudnessRangeLu;
    a.noiseFloorLufs = loudness.noiseFloorLufs;
    a.maxMomentaryLufs = lufsOf(momentary_.largest() * kStepsPerHop / (hop * kMomentarySteps));
    a.maxShortTermLufs = lufsOf(shortTerm_.largest() * kStepsPerHop / (hop * kShortTermSteps));
    if (full)
        truePeak_.addSilence();
    a.samplePeakDbfs = dbOf(static_cast<double>(samplePeak_));
    a.truePeakDbtp = std::max(dbOf(static_cast<double>(truePeak_.largest())), a.samplePeakDbfs);

    const double frames = static_cast<double>(std::max<std::int64_t>(frames_, 1));
    a.dcOffset.clear();
    double squares = 0;
    for (const ChannelMeasures& channel : channels_) {
        a.dcOffset.push_back(channel.sum / frames);
        squares += channel.squares;
    }
    findChainPeaks();
    if (squares > 0)
        a.crestFactorDb =
            std::max(0.0, a.samplePeakDbfs - 10 * std::log10(squares / frames / info_.numChannels));
    if (hops_.size() % kHopsPerSpectrum != 0)
        spectrum_.endRow(a.spectrumCurve);
    spectrum_.finish(a);
    if (stereo_ && squares > 0) {
        const double power = std::sqrt(channels_[0].squares) * std::sqrt(channels_[1].squares);
        a.correlation = power > 0 ? std::clamp(products_ / power, -1.0, 1.0) : 0;
        if (allEnergy_ > 0)
            a.monoFoldLossLu = foldedEnergy_ > 1e-9 * allEnergy_
                                   ? 10 * std::log10(allEnergy_ / foldedEnergy_)
                                   : 90;
    }
    const double rate = info_.sampleRateHz;
    if (full) {
        a.leadingSilenceSeconds =
            static_cast<double>(firstLoudFrame_ < 0 ? frames_ : firstLoudFrame_) / rate;
        a.trailingSilenceSeconds =
            static_cast<double>(firstLoudFrame_ < 0 ? frames_ : frames_ - lastLoudFrame_) / rate;
    }
    return std::move(result_);
}

} // namespace segue::analysis
