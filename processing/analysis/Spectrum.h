#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"

namespace segue::analysis {

/// Long-term third-octave spectrum of mid and side: Hann-windowed FFTs (about 0.19 s) side by side,
/// powers averaged.
class Spectrum {
  public:
    explicit Spectrum(int sampleRateHz);
    ~Spectrum();

    void add(const float* mid, const float* side, std::int64_t numFrames);
    /// Starts a new window: what follows does not join what came before.
    void breakHere() { filled_ = 0; }

    /// Mean power per third octave in dBFS; silence where nothing was measured or above the Nyquist
    /// frequency.
    void finish(std::array<double, kNumThirdOctaves>& midDb,
                std::array<double, kNumThirdOctaves>& sideDb) const;

  private:
    void transform();

    struct Fft;
    std::unique_ptr<Fft> fft_;
    int sampleRateHz_;
    int size_;
    int filled_ = 0;
    std::int64_t count_ = 0;
    std::vector<float> window_, mid_, side_, work_;
    std::vector<double> midPower_, sidePower_;
};

} // namespace segue::analysis
