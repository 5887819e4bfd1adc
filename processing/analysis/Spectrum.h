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

    /// Ends a row of the spectrum over time and appends it: power of mid and side together since
    /// the row before, per third octave; 0 where no window ended meanwhile.
    void endRow(std::vector<CurveByte>& curve);

    /// Sets midDb, sideDb and fineSpectrum: mean power in dBFS; silence where nothing was measured
    /// (above the Nyquist frequency, or on less than one window).
    void finish(TrackAnalysis& analysis);

  private:
    struct Fft;

    void transform();
    void foldRow();
    double powerBetween(const std::vector<double>& powers, double lowHz, double highHz) const;
    double bandPower(const std::vector<double>& powers, int band) const;
    double dbOf(double power, std::int64_t transforms) const;

    int sampleRateHz_;
    int size_;
    std::unique_ptr<Fft> mid_, side_;
    int filled_ = 0;
    std::int64_t count_ = 0;    // transforms, without those of the row
    std::int64_t rowCount_ = 0; // of the row
    std::vector<float> window_;
};

} // namespace segue::analysis
