// Graphic-equaliser design. Double precision, once per plan; any thread.

#include "processing/mastering/ToneCurve.h"

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>

namespace segue::mastering {

namespace {

using Matrix = std::vector<std::vector<double>>;

/// Peak of a given bandwidth between its half-gain points. The bilinear transform squeezes peaks
/// near the Nyquist frequency; the last factor widens them again (R. Bristow-Johnson, "Cookbook
/// formulae for audio equalizer biquad filter coefficients").
dsp::Biquad filterOf(int band, double sampleRateHz, double gainDb) {
    constexpr double kBandwidthOctaves = 0.55; // the smoothest sums of neighbours, by trial
    const double hz = toneBandHz(band);
    const double w = 2 * std::numbers::pi * hz / sampleRateHz;
    const double q =
        1 / (2 * std::sinh(std::numbers::ln2 / 2 * kBandwidthOctaves * w / std::sin(w)));
    return dsp::peak(sampleRateHz, hz, q, gainDb);
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

std::vector<dsp::Biquad> designTone(double sampleRateHz, const ToneGains& gainsDb) {
    std::vector<int> bands;
    for (int band = 0; band < kNumToneBands; ++band)
        if (toneBandHz(band) < 0.42 * sampleRateHz)
            bands.push_back(band);
    const std::size_t n = bands.size();
    std::vector<double> wanted(n);
    bool flat = true;
    for (std::size_t i = 0; i < n; ++i) {
        wanted[i] = gainsDb[static_cast<std::size_t>(bands[i])];
        flat = flat && std::abs(wanted[i]) < 1e-6;
    }
    if (flat)
        return {};

    // The interaction depends a little on the gains themselves: linearise, solve, and linearise
    // once more there.
    std::vector<double> gains(n, 3.0);
    for (int pass = 0; pass < 3; ++pass) {
        Matrix interaction(n, std::vector<double>(n));
        for (std::size_t filter = 0; filter < n; ++filter) {
            const double prototypeDb = std::abs(gains[filter]) < 0.1 ? 0.1 : gains[filter];
            const dsp::Biquad section = filterOf(bands[filter], sampleRateHz, prototypeDb);
            for (std::size_t at = 0; at < n; ++at)
                interaction[at][filter] =
                    section.magnitudeDbAt(toneBandHz(bands[at]), sampleRateHz) / prototypeDb;
        }
        gains = solve(std::move(interaction), wanted);
    }
    std::vector<dsp::Biquad> sections;
    for (std::size_t i = 0; i < n; ++i)
        sections.push_back(filterOf(bands[i], sampleRateHz, gains[i]));
    return sections;
}

double magnitudeDb(const std::vector<dsp::Biquad>& sections, double frequencyHz,
                   double sampleRateHz) {
    double sum = 0;
    for (const dsp::Biquad& section : sections)
        sum += section.magnitudeDbAt(frequencyHz, sampleRateHz);
    return sum;
}

} // namespace segue::mastering
