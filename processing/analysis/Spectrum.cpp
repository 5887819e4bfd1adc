// The long-term spectrum by FFTW. One thread at a time; allocates only when made.

#include "processing/analysis/Spectrum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <new>
#include <numbers>

#include <fftw3.h>

#include "processing/dsp/SimdVector.h"

namespace segue::analysis {

namespace {

// 8192 frames at 44.1 and 48 kHz: bins of 5.4 Hz, a quarter of the third octave at 63 Hz.
int sizeFor(int sampleRateHz) {
    return static_cast<int>(std::bit_ceil(static_cast<unsigned>(sampleRateHz) / 6U));
}

// FFTW plans one at a time. Nothing else in the program uses it.
std::mutex& planner() {
    static std::mutex mutex;
    return mutex;
}

SEGUE_HOT_LOOP void multiply(const float* a, const float* b, int count, float* out) {
    for (int i = 0; i < count; ++i)
        out[i] = a[i] * b[i];
}

SEGUE_HOT_LOOP void addPowers(const float (*bins)[2], int count, double* powers) {
    for (int i = 0; i < count; ++i)
        powers[i] += static_cast<double>(bins[i][0] * bins[i][0] + bins[i][1] * bins[i][1]);
}

struct Free {
    void operator()(void* memory) const { fftwf_free(memory); }
};

} // namespace

/// The transform of one channel, and the power that it found in each bin.
struct Spectrum::Fft {
    explicit Fft(int size)
        : frames(fftwf_alloc_real(static_cast<std::size_t>(size))),
          bins(fftwf_alloc_complex(static_cast<std::size_t>(size / 2 + 1))),
          row(static_cast<std::size_t>(size / 2 + 1)), powers(row.size()) {
        if (!frames || !bins)
            throw std::bad_alloc();
        std::lock_guard lock(planner());
        plan = fftwf_plan_dft_r2c_1d(size, frames.get(), bins.get(),
                                     FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
        if (!plan)
            throw std::bad_alloc();
    }
    ~Fft() {
        std::lock_guard lock(planner());
        fftwf_destroy_plan(plan);
    }
    Fft(const Fft&) = delete;
    Fft& operator=(const Fft&) = delete;

    std::unique_ptr<float, Free> frames; ///< windowed
    std::unique_ptr<fftwf_complex, Free> bins;
    std::vector<double> row, powers; ///< since the last endRow(); before it
    fftwf_plan plan = nullptr;
};

double thirdOctaveHz(int index) {
    return 1000.0 * std::pow(10.0, (index - 17) / 10.0);
}

double fineBandHz(int index) {
    const double thirds = (index + 0.5) / kFinePerThird - 0.5; // from the first one's centre
    return 1000.0 * std::pow(10.0, (thirds - 17) / 10.0);
}

Spectrum::Spectrum(int sampleRateHz)
    : sampleRateHz_(sampleRateHz), size_(sizeFor(sampleRateHz)), mid_(std::make_unique<Fft>(size_)),
      side_(std::make_unique<Fft>(size_)), window_(static_cast<std::size_t>(size_)) {
    for (std::size_t i = 0; i < window_.size(); ++i)
        window_[i] = static_cast<float>(
            0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / size_));
}

Spectrum::~Spectrum() = default;

void Spectrum::add(const float* mid, const float* side, std::int64_t numFrames) {
    while (numFrames > 0) {
        const auto count = static_cast<int>(std::min<std::int64_t>(numFrames, size_ - filled_));
        const float* window = window_.data() + filled_;
        multiply(mid, window, count, mid_->frames.get() + filled_);
        multiply(side, window, count, side_->frames.get() + filled_);
        mid += count;
        side += count;
        filled_ += count;
        numFrames -= count;
        if (filled_ == size_)
            transform();
    }
}

void Spectrum::transform() {
    for (Fft* fft : {mid_.get(), side_.get()}) {
        fftwf_execute(fft->plan);
        addPowers(fft->bins.get(), size_ / 2 + 1, fft->row.data());
    }
    ++rowCount_;
    filled_ = 0;
}

void Spectrum::foldRow() {
    for (Fft* fft : {mid_.get(), side_.get()}) {
        for (std::size_t bin = 0; bin < fft->row.size(); ++bin)
            fft->powers[bin] += fft->row[bin];
        std::fill(fft->row.begin(), fft->row.end(), 0.0);
    }
    count_ += rowCount_;
    rowCount_ = 0;
}

void Spectrum::endRow(std::vector<CurveByte>& curve) {
    for (int band = 0; band < kNumThirdOctaves; ++band) {
        const double power = bandPower(mid_->row, band) + bandPower(side_->row, band);
        curve.push_back(rowCount_ == 0 ? CurveByte{0} : curveByte(dbOf(power, rowCount_)));
    }
    foldRow();
}

double Spectrum::bandPower(const std::vector<double>& powers, int band) const {
    const double edge = std::pow(10.0, 0.05);
    return powerBetween(powers, thirdOctaveHz(band) / edge, thirdOctaveHz(band) * edge);
}

double Spectrum::powerBetween(const std::vector<double>& powers, double lowHz,
                              double highHz) const {
    const double binHz = static_cast<double>(sampleRateHz_) / size_;
    const double low = lowHz;
    const double high = std::min(highHz, sampleRateHz_ / 2.0);
    const auto first = static_cast<std::int64_t>(std::floor(low / binHz - 0.5));
    const auto last =
        std::min<std::int64_t>(static_cast<std::int64_t>(std::ceil(high / binHz + 0.5)), size_ / 2);
    double power = 0;
    for (std::int64_t bin = std::max<std::int64_t>(first, 1); bin <= last; ++bin) {
        // The part of the bin's width that lies inside the band.
        const double from = std::max(low, (static_cast<double>(bin) - 0.5) * binHz);
        const double to = std::min(high, (static_cast<double>(bin) + 0.5) * binHz);
        if (to > from)
            power += powers[static_cast<std::size_t>(bin)] * (to - from) / binHz;
    }
    return power;
}

double Spectrum::dbOf(double power, std::int64_t transforms) const {
    // Power of a bin in mean squares of the signal: twice for the negative frequencies, over the
    // window's own power.
    const double scale =
        transforms == 0 ? 0 : 2.0 / (static_cast<double>(transforms) * size_ * 0.375 * size_);
    return std::max(10.0 * std::log10(power * scale + 1e-30), TrackAnalysis::kSilenceDb);
}

void Spectrum::finish(TrackAnalysis& analysis) {
    foldRow();
    for (int band = 0; band < kNumThirdOctaves; ++band) {
        const auto index = static_cast<std::size_t>(band);
        analysis.midDb[index] = dbOf(bandPower(mid_->powers, band), count_);
        analysis.sideDb[index] = dbOf(bandPower(side_->powers, band), count_);
    }
    const double edge = std::pow(10.0, 0.05 / kFinePerThird);
    for (int band = 0; band < kNumFineBands; ++band) {
        const double low = fineBandHz(band) / edge;
        const double high = fineBandHz(band) * edge;
        const double power =
            powerBetween(mid_->powers, low, high) + powerBetween(side_->powers, low, high);
        analysis.fineSpectrum[static_cast<std::size_t>(band)] = curveByte(dbOf(power, count_));
    }
}

} // namespace segue::analysis
