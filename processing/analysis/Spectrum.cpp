// The long-term spectrum by JUCE's FFT (on FFTW). One thread at a time; allocates only when made.

#include "processing/analysis/Spectrum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include <juce_dsp/juce_dsp.h>

namespace segue::analysis {

struct Spectrum::Fft {
    explicit Fft(int order) : fft(order) {}
    juce::dsp::FFT fft;
};

namespace {

// 8192 frames at 44.1 and 48 kHz: bins of 5.4 Hz, a quarter of the third octave at 63 Hz.
int sizeFor(int sampleRateHz) {
    return static_cast<int>(std::bit_ceil(static_cast<unsigned>(sampleRateHz) / 6U));
}

void accumulate(const std::vector<float>& bins, int size, std::vector<double>& power) {
    for (std::size_t k = 0; k <= static_cast<std::size_t>(size / 2); ++k) {
        const double re = static_cast<double>(bins[2 * k]);
        const double im = static_cast<double>(bins[2 * k + 1]);
        power[k] += re * re + im * im;
    }
}

} // namespace

double thirdOctaveHz(int index) {
    return 1000.0 * std::pow(10.0, (index - 17) / 10.0);
}

Spectrum::Spectrum(int sampleRateHz) : sampleRateHz_(sampleRateHz), size_(sizeFor(sampleRateHz)) {
    fft_ = std::make_unique<Fft>(std::countr_zero(static_cast<unsigned>(size_)));
    const auto size = static_cast<std::size_t>(size_);
    window_.resize(size);
    for (std::size_t i = 0; i < size; ++i)
        window_[i] = static_cast<float>(
            0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / size_));
    mid_.resize(size);
    side_.resize(size);
    work_.resize(2 * size);
    midPower_.assign(size / 2 + 1, 0.0);
    sidePower_.assign(size / 2 + 1, 0.0);
}

Spectrum::~Spectrum() = default;

void Spectrum::add(const float* mid, const float* side, std::int64_t numFrames) {
    while (numFrames > 0) {
        const auto count = static_cast<int>(std::min<std::int64_t>(numFrames, size_ - filled_));
        std::copy_n(mid, count, mid_.begin() + filled_);
        std::copy_n(side, count, side_.begin() + filled_);
        mid += count;
        side += count;
        filled_ += count;
        numFrames -= count;
        if (filled_ == size_)
            transform();
    }
}

void Spectrum::transform() {
    const auto size = static_cast<std::size_t>(size_);
    const auto run = [&](const std::vector<float>& input, std::vector<double>& power) {
        for (std::size_t i = 0; i < size; ++i)
            work_[i] = input[i] * window_[i];
        fft_->fft.performRealOnlyForwardTransform(work_.data(), true);
        accumulate(work_, size_, power);
    };
    run(mid_, midPower_);
    run(side_, sidePower_);
    ++count_;
    filled_ = 0;
}

void Spectrum::finish(std::array<double, kNumThirdOctaves>& midDb,
                      std::array<double, kNumThirdOctaves>& sideDb) const {
    // Power of a bin in mean squares of the signal: twice for the negative frequencies, over the
    // window's own power.
    const double scale =
        count_ == 0 ? 0 : 2.0 / (static_cast<double>(count_) * size_ * 0.375 * size_);
    const double binHz = static_cast<double>(sampleRateHz_) / size_;
    const double edge = std::pow(10.0, 0.05);
    for (int band = 0; band < kNumThirdOctaves; ++band) {
        const double low = thirdOctaveHz(band) / edge;
        const double high = std::min(thirdOctaveHz(band) * edge, sampleRateHz_ / 2.0);
        double mid = 0;
        double side = 0;
        const auto first = static_cast<std::int64_t>(std::floor(low / binHz - 0.5));
        const auto last = std::min<std::int64_t>(
            static_cast<std::int64_t>(std::ceil(high / binHz + 0.5)), size_ / 2);
        for (std::int64_t bin = std::max<std::int64_t>(first, 1); bin <= last; ++bin) {
            // The part of the bin's width that lies inside the band.
            const double from = std::max(low, (static_cast<double>(bin) - 0.5) * binHz);
            const double to = std::min(high, (static_cast<double>(bin) + 0.5) * binHz);
            if (to <= from)
                continue;
            mid += midPower_[static_cast<std::size_t>(bin)] * (to - from) / binHz;
            side += sidePower_[static_cast<std::size_t>(bin)] * (to - from) / binHz;
        }
        const auto db = [&](double power) {
            return std::max(10.0 * std::log10(power * scale + 1e-30), TrackAnalysis::kSilenceDb);
        };
        midDb[static_cast<std::size_t>(band)] = db(mid);
        sideDb[static_cast<std::size_t>(band)] = db(side);
    }
}

} // namespace segue::analysis
