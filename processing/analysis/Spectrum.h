#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"

namespace segue::analysis {

/// Long-term third-octave spectrum of mid and side: Hann-windowed FFTs (about 0.19 s) side by side,
/// powers averaged.
/// @thread one at a time
class Spectrum {
  public:
    explicit Spectrum(int sampleRateHz);
    ~Spectrum();

    void add(const float* mid, const float* side, std::int64_t numFrames);
    /// Starts a new window: what follows does not join what came before.
    void breakHere() { filled_ = 0; }

    /// Mean power per third octave in dBFS; silence where nothing was measured (above the Nyquist
    /// frequency, or on less than one window).
    void finish(std::array<double, kNumThirdOctaves>& midDb,
                std::array<double, kNumThirdOctaves>& sideDb) const;

  private:
    struct Fft;

    void transform();

    int sampleRateHz_;
    int size_;
    std::unique_ptr<Fft> mid_, side_;
    int filled_ = 0;
    std::int64_t count_ = 0;
    std::vector<float> window_;
};

} // namespace segue::analysis
