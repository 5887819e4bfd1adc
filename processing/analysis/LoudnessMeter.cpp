// The level of what leaves: of every result that is written, so it has to cost little. Frames are
// weighted in groups; a group that a hop's border parts is counted frame by frame. One thread at a
// time.

#include "processing/analysis/LoudnessMeter.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "processing/analysis/BlockMeasures.h"
#include "processing/analysis/Loudness.h"
#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/Denormals.h"

namespace segue::analysis {

namespace {

constexpr std::int64_t kGroup = KWeighting::kFrames;

double dbOf(float magnitude) {
    return magnitude > 1e-6f ? 20 * std::log10(static_cast<double>(magnitude))
                             : TrackAnalysis::kSilenceDb;
}

} // namespace

LoudnessMeter::LoudnessMeter(int sampleRateHz, int numChannels)
    : hopFrames_(std::max<std::int64_t>(sampleRateHz / 10, 1)),
      channelWeights_(channelWeights(numChannels)),
      channels_(static_cast<std::size_t>(numChannels),
                {KWeighting(sampleRateHz),
                 std::vector<float>(static_cast<std::size_t>(kMaxBlockFrames + kGroup))}),
      truePeak_(numChannels, kMaxBlockFrames) {}

void LoudnessMeter::add(const AudioBlock& block) {
    assert(block.numFrames <= kMaxBlockFrames);
    const dsp::ScopedFlushToZero flush;
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        std::copy_n(block.channels[c], block.numFrames, channels_[c].frames.begin() + waiting_);
        samplePeak_ = std::max(samplePeak_, largestMagnitude(block.channels[c], block.numFrames));
    }
    const std::int64_t filled = waiting_ + block.numFrames;
    addGroups(filled / kGroup);
    waiting_ = filled % kGroup;
    for (Channel& channel : channels_)
        std::copy_n(channel.frames.begin() + (filled - waiting_), waiting_, channel.frames.begin());
    truePeak_.add(block);
}

void LoudnessMeter::addGroups(std::int64_t numGroups) {
    for (std::int64_t done = 0; done < numGroups;) {
        const std::int64_t inHop = std::min(numGroups - done, (hopFrames_ - hopFilled_) / kGroup);
        if (inHop > 0) {
            const auto energies = weigh(done, inHop);
            hopEnergy_ += std::accumulate(energies.begin(), energies.end(), 0.0);
            hopFilled_ += inHop * kGroup;
            done += inHop;
            if (hopFilled_ == hopFrames_)
                endHop();
            continue;
        }
        addFrames(done, kGroup);
        ++done;
    }
}

void LoudnessMeter::addFrames(std::int64_t group, std::int64_t count) {
    const auto energies = weigh(group, 1);
    for (std::int64_t i = 0; i < count; ++i) {
        hopEnergy_ += energies[static_cast<std::size_t>(i)];
        if (++hopFilled_ == hopFrames_)
            endHop();
    }
}

std::array<double, KWeighting::kFrames> LoudnessMeter::weigh(std::int64_t firstGroup,
                                                             std::int64_t numGroups) {
    std::array<double, KWeighting::kFrames> energies{};
    for (std::size_t c = 0; c < channels_.size(); ++c) {
        std::array<float, KWeighting::kFrames> squares;
        channels_[c].weighting.weigh(channels_[c].frames.data() + firstGroup * kGroup, numGroups,
                                     squares.data());
        for (std::size_t i = 0; i < squares.size(); ++i)
            energies[i] += channelWeights_[c] * static_cast<double>(squares[i]);
    }
    return energies;
}

void LoudnessMeter::endHop() {
    hops_.push_back(hopEnergy_ / static_cast<double>(hopFrames_));
    hopEnergy_ = 0;
    hopFilled_ = 0;
}

LoudnessMeasures LoudnessMeter::finish() {
    truePeak_.addSilence();
    if (waiting_ > 0) {
        for (Channel& channel : channels_)
            std::fill(channel.frames.begin() + waiting_, channel.frames.begin() + kGroup, 0.0f);
        addFrames(0, waiting_);
    }
    // Shorter than a hop: silence follows.
    if (hops_.empty() && hopFilled_ > 0)
        endHop();
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
