// The level of what leaves: of every result that is written, so it has to cost little. One bank
// holds the K weighting of two channels: the shelf in the first two lanes, the high-pass in the
// next two, each fed with what the shelf gave a frame ago. One thread at a time.

#include "processing/analysis/LoudnessMeter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "processing/analysis/BlockMeasures.h"
#include "processing/analysis/Loudness.h"
#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/Denormals.h"

namespace segue::analysis {

namespace {

using dsp::SectionBank;
using dsp::V16;

SEGUE_HOT_LOOP void measurePair(SectionBank* bank, const float* a, const float* b,
                                std::int64_t numFrames, float* energies) {
    SectionBank p = *bank;
    V16 sum{};
    for (std::int64_t i = 0; i < numFrames; ++i) {
        const V16 pair{a[i], b[i]};
        p.step(__builtin_shufflevector(p.y, pair, 16, 17, 0, 1, 20, 21, 22, 23, 24, 25, 26, 27, 28,
                                       29, 30, 31));
        sum += p.y * p.y;
    }
    energies[0] = sum[2];
    energies[1] = sum[3];
    *bank = p;
}

double dbOf(float magnitude) {
    return magnitude > 1e-6f ? 20 * std::log10(static_cast<double>(magnitude))
                             : TrackAnalysis::kSilenceDb;
}

} // namespace

LoudnessMeter::LoudnessMeter(int sampleRateHz, int numChannels)
    : hopFrames_(std::max<std::int64_t>(sampleRateHz / 10, 1)),
      channelWeights_(channelWeights(numChannels)),
      banks_(static_cast<std::size_t>((numChannels + 1) / 2)),
      truePeak_(numChannels, kMaxBlockFrames), silence_(kMaxBlockFrames) {
    const auto [shelf, rlb] = dsp::kWeighting(sampleRateHz);
    for (SectionBank& bank : banks_)
        for (int channel = 0; channel < 2; ++channel) {
            bank.set(channel, shelf);
            bank.set(2 + channel, rlb);
        }
}

void LoudnessMeter::add(const AudioBlock& block) {
    const dsp::ScopedFlushToZero flush;
    float* shifted[kMaxChannels];
    for (std::int64_t done = 0; done < block.numFrames;) {
        const std::int64_t count = std::min(block.numFrames - done, hopFrames_ - hopFilled_);
        for (int c = 0; c < block.numChannels; ++c)
            shifted[c] = block.channels[c] + done;
        addWithinHop({shifted, block.numChannels, count});
        done += count;
    }
    for (int c = 0; c < block.numChannels; ++c)
        samplePeak_ = std::max(samplePeak_, largestMagnitude(block.channels[c], block.numFrames));
    truePeak_.add(block);
}

void LoudnessMeter::addWithinHop(const AudioBlock& piece) {
    double energy = 0;
    for (std::size_t i = 0; i < banks_.size(); ++i) {
        const bool hasB = 2 * i + 1 < channelWeights_.size();
        float pair[2];
        measurePair(&banks_[i], piece.channels[2 * i],
                    hasB ? piece.channels[2 * i + 1] : silence_.data(), piece.numFrames, pair);
        energy += channelWeights_[2 * i] * static_cast<double>(pair[0]);
        if (hasB)
            energy += channelWeights_[2 * i + 1] * static_cast<double>(pair[1]);
    }
    hopEnergy_ += energy;
    hopFilled_ += piece.numFrames;
    if (hopFilled_ < hopFrames_)
        return;
    hops_.push_back(hopEnergy_ / static_cast<double>(hopFrames_));
    hopEnergy_ = 0;
    hopFilled_ = 0;
}

LoudnessMeasures LoudnessMeter::finish() {
    truePeak_.addSilence();
    // Shorter than a hop: silence follows.
    if (hops_.empty() && hopFilled_ > 0)
        hops_.push_back(hopEnergy_ / static_cast<double>(hopFrames_));
    const LoudnessSummary summary = summarize(hops_);
    return {summary.integratedLufs, summary.loudnessRangeLu,
            dbOf(std::max(truePeak_.largest(), samplePeak_)), std::move(hops_)};
}

LoudnessMeasures joinedLoudness(const std::vector<const LoudnessMeasures*>& parts) {
    LoudnessMeasures all;
    all.truePeakDbtp = TrackAnalysis::kSilenceDb;
    for (const LoudnessMeasures* part : parts) {
        all.hops.insert(all.hops.end(), part->hops.begin(), part->hops.end());
        all.truePeakDbtp = std::max(all.truePeakDbtp, part->truePeakDbtp);
    }
    const LoudnessSummary summary = summarize(all.hops);
    all.integratedLufs = summary.integratedLufs;
    all.loudnessRangeLu = summary.loudnessRangeLu;
    return all;
}

} // namespace segue::analysis
