// Graphic-equaliser design. Double precision, once per plan; any thread.

#include "processing/mastering/ToneCurve.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace segue::mastering {

namespace {

using Matrix = std::vector<std::vector<double>>;

bool inUse(int band, double sampleRateHz) {
    return toneBandHz(band) < 0.42 * sampleRateHz;
}

/// Gaussian elimination with partial pivoting; the interaction matrix is diagonally dominant, so it
/// has a solution.
std::vector<double> solve(Matrix a, std::vector<double> b) {
    const std::size_t n = b.size();
    for (std::size_t column = 0; column < n; ++column) {
        std::size_t pivot = column;
        for (std::size_t row = column + 1; row < n; ++row)
            if (std::abs(a[row][column]) > std::abs(a[pivot][column]))
                pivot = row;
        std::swap(a[column], a[pivot]);
        std::swap(b[column], b[pivot]);
        for (std::size_t row = column + 1; row < n; ++row) {
            const double factor = a[row][column] / a[column][column];
            for (std::size_t k = column; k < n; ++k)
                a[row][k] -= factor * a[column][k];
            b[row] -= factor * b[column];
        }
    }
    std::vector<double> x(n);
    for (std::size_t row = n; row-- > 0;) {
        double sum = b[row];
        for (std::size_t k = row + 1; k < n; ++k)
            sum -= a[row][k] * x[k];
        x[row] = sum / a[row][row];
    }
    return x;
}

} // namespace

ToneCurve& ToneCurve::operator+=(const ToneCurve& other) {
    for (std::size_t band = 0; band < mid.size(); ++band) {
        mid[band] += other.mid[band];
        side[band] += other.side[band];
    }
    return *this;
}

ToneCurve operator*(double factor, ToneCurve curve) {
    for (ToneGains* gains : {&curve.mid, &curve.side})
        for (double& gain : *gains)
            gain *= factor;
    return curve;
}

double toneBandHz(int band) {
    return analysis::thirdOctaveHz(band);
}

namespace {

/// The filters at every `step`-th band in use, and at the last one.
class Cascade {
  public:
    Cascade(int step, double sampleRateHz) : step_(step), sampleRateHz_(sampleRateHz) {
        int last = 0;
        for (int band = 0; band < kNumToneBands && inUse(band, sampleRateHz); ++band) {
            if (band % step == 0)
                bands_.push_back(band);
            last = band;
        }
        if (bands_.back() != last)
            bands_.push_back(last);
    }

    std::size_t size() const { return bands_.size(); }
    int bandAt(std::size_t index) const { return bands_[index]; }

    dsp::Biquad filter(std::size_t index, double gainDb) const {
        constexpr double kShelfQ = 0.55;
        const double hz = toneBandHz(bands_[index]);
        const double reach = std::pow(2.0, step_ / 3.0);
        if (index == 0)
            return dsp::lowShelf(sampleRateHz_, hz * reach, kShelfQ, gainDb);
        if (index + 1 == bands_.size())
            return dsp::highShelf(sampleRateHz_, hz / reach, kShelfQ, gainDb);
        // The bilinear transform squeezes peaks near the Nyquist frequency; w / sin(w) widens them
        // again (R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter
        // coefficients").
        constexpr double kBandwidthSteps = 1.65; // the smoothest sums of neighbours, by trial
        const double w = 2 * std::numbers::pi * hz / sampleRateHz_;
        const double q =
            1 /
            (2 * std::sinh(std::numbers::ln2 / 2 * kBandwidthSteps * step_ / 3 * w / std::sin(w)));
        return dsp::peak(sampleRateHz_, hz, q, gainDb);
    }

    /// With the gains that meet `wantedDb` at the cascade's own bands.
    std::vector<dsp::Biquad> solved(const ToneGains& wantedDb) const;

  private:
    int step_;
    double sampleRateHz_;
    std::vector<int> bands_;
};

std::vector<dsp::Biquad> Cascade::solved(const ToneGains& wantedDb) const {
    const std::size_t n = size();
    std::vector<double> wanted(n);
    for (std::size_t i = 0; i < n; ++i)
        wanted[i] = wantedDb[static_cast<std::size_t>(bandAt(i))];
    // The interaction depends a little on the gains themselves: linearise, solve, and linearise
    // once more there.
    std::vector<double> gains(n, 3.0);
    for (int pass = 0; pass < 3; ++pass) {
        Matrix interaction(n, std::vector<double>(n));
        for (std::size_t i = 0; i < n; ++i) {
            const double prototypeDb = std::abs(gains[i]) < 0.1 ? 0.1 : gains[i];
            const dsp::Biquad section = filter(i, prototypeDb);
            for (std::size_t at = 0; at < n; ++at)
                interaction[at][i] =
                    section.magnitudeDbAt(toneBandHz(bandAt(at)), sampleRateHz_) / prototypeDb;
        }
        gains = solve(std::move(interaction), wanted);
    }
    std::vector<dsp::Biquad> sections;
    for (std::size_t i = 0; i < n; ++i)
        sections.push_back(filter(i, gains[i]));
    return sections;
}

} // namespace

std::vector<dsp::Biquad> designTone(double sampleRateHz, const ToneGains& gainsDb) {
    if (std::all_of(gainsDb.begin(), gainsDb.end(),
                    [](double gain) { return std::abs(gain) < 1e-6; }))
        return {};
    std::vector<dsp::Biquad> coarse = Cascade(2, sampleRateHz).solved(gainsDb);
    bool follows = true;
    for (int band = 0; band < kNumToneBands && inUse(band, sampleRateHz); ++band)
        follows = follows && std::abs(magnitudeDb(coarse, toneBandHz(band), sampleRateHz) -
                                      gainsDb[static_cast<std::size_t>(band)]) <= kToneToleranceDb;
    return follows ? coarse : Cascade(1, sampleRateHz).solved(gainsDb);
}

double magnitudeDb(const std::vector<dsp::Biquad>& sections, double frequencyHz,
                   double sampleRateHz) {
    const double phi = dsp::Biquad::phiOf(frequencyHz, sampleRateHz);
    double power = 1;
    for (const dsp::Biquad& section : sections)
        power *= section.powerAt(phi);
    return 10 * std::log10(power);
}

} // namespace segue::mastering
