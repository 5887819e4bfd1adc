// Feeds the true-peak detector: keeps what a group of points needs of the block before. One thread
// at a time.

#include "processing/analysis/TruePeakMeter.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace segue::analysis {

namespace {

using dsp::TruePeakDetector;

constexpr std::int64_t kWindow = TruePeakDetector::kWindowFrames;
constexpr std::int64_t kGroup = TruePeakDetector::kGroupFrames;

} // namespace

TruePeakMeter::TruePeakMeter(int numChannels, std::int64_t maxBlockFrames)
    : history_(static_cast<std::size_t>(numChannels),
               std::vector<float>(
                   static_cast<std::size_t>(kWindow + std::max(maxBlockFrames, kWindow)))),
      kept_(TruePeakDetector::kTaps - 1) {}

void TruePeakMeter::add(const AudioBlock& block) noexcept {
    for (std::size_t c = 0; c < history_.size(); ++c)
        std::copy_n(block.channels[c], block.numFrames, history_[c].begin() + kept_);
    measure(block.numFrames);
}

void TruePeakMeter::addSilence() noexcept {
    for (std::vector<float>& history : history_)
        std::fill_n(history.begin() + kept_, kWindow, 0.0f);
    measure(kWindow);
}

void TruePeakMeter::measure(std::int64_t added) noexcept {
    const std::int64_t filled = kept_ + added;
    const std::int64_t groups = filled < kWindow ? 0 : (filled - kWindow) / kGroup + 1;
    const std::int64_t used = groups * kGroup;
    for (std::vector<float>& history : history_) {
        assert(filled <= static_cast<std::int64_t>(history.size()));
        for (std::int64_t at = 0; at < used; at += kGroup)
            largest_ =
                std::max(largest_, TruePeakDetector::groupPeak(history.data() + at, largest_));
        std::copy_n(history.begin() + used, filled - used, history.begin());
    }
    kept_ = filled - used;
}

} // namespace segue::analysis
