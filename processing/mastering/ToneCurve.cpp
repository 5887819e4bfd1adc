// Graphic-equaliser design. Double precision, once per plan; any thread.

#include "processing/mastering/ToneCurve.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <utility>

#include "processing/mastering/Cholesky.h"

namespace segue::mastering {

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

/// @param phi  Biquad::phiOf() the frequency
double magnitudeAtDb(const std::vector<dsp::Biquad>& sections, double phi) {
    double power = 1;
    for (const dsp::Biquad& section : sections)
        power *= section.powerAt(phi);
    return 10 * std::log10(power);
}

std::vector<int> bandsInUse(double sampleRateHz) {
    std::vector<int> bands;
    for (int band = 0; band < kNumToneBands && toneBandHz(band) < 0.42 * sampleRateHz; ++band)
        bands.push_back(band);
    return bands;
}

/// A curve on all bands in use and what cascades make of it.
class Fit {
  public:
    Fit(double sampleRateHz, const ToneGains& gainsDb)
        : sampleRateHz_(sampleRateHz), all_(bandsInUse(sampleRateHz)) {
        for (const int band : all_) {
            phis_.push_back(dsp::Biquad::phiOf(toneBandHz(band), sampleRateHz));
            wanted_.push_back(gainsDb[static_cast<std::size_t>(band)]);
        }
    }

    /// Filters at no more than `most` bands.
    std::vector<dsp::Biquad> cascade(std::size_t most) const;
    bool follows(const std::vector<dsp::Biquad>& sections, double toleranceDb) const;

  private:
    std::vector<int> chosen(std::size_t most) const;
    double besideLine(int before, int after) const;
    std::vector<double> solved(const std::vector<double>& reach,
                               const std::vector<double>& weights) const;
    dsp::Biquad filter(const std::vector<int>& bands, std::size_t index, double gainDb) const;

    double sampleRateHz_;
    std::vector<int> all_;
    std::vector<double> phis_; ///< Biquad::phiOf() the bands
    std::vector<double> wanted_;
};

/// How far a line between two bands passes by those between them, dB.
double Fit::besideLine(int before, int after) const {
    const auto at = [this](int b) { return wanted_[static_cast<std::size_t>(b)]; };
    double farthest = 0;
    for (int b = before + 1; b < after; ++b) {
        const double line = at(before) + (at(after) - at(before)) * (b - before) / (after - before);
        farthest = std::max(farthest, std::abs(at(b) - line));
    }
    return farthest;
}

/// Leaves out, one by one, the band without which lines between the others pass nearest.
std::vector<int> Fit::chosen(std::size_t most) const {
    constexpr int kWidestSteps = 4; // wider filters would not be smooth between the centres
    std::vector<int> bands = all_;
    while (bands.size() > most) {
        double nearest = std::numeric_limits<double>::infinity();
        std::size_t leftOut = 0;
        for (std::size_t i = 1; i + 1 < bands.size(); ++i) {
            if (bands[i + 1] - bands[i - 1] > kWidestSteps)
                continue;
            const double distance = besideLine(bands[i - 1], bands[i + 1]);
            if (distance < nearest) {
                nearest = distance;
                leftOut = i;
            }
        }
        if (leftOut == 0)
            break;
        bands.erase(bands.begin() + static_cast<std::ptrdiff_t>(leftOut));
    }
    return bands;
}

dsp::Biquad Fit::filter(const std::vector<int>& bands, std::size_t index, double gainDb) const {
    constexpr double kShelfQ = 0.55;
    const std::size_t before = index == 0 ? 0 : index - 1;
    const std::size_t after = std::min(index + 1, bands.size() - 1);
    const double octaves = (bands[after] - bands[before]) / 3.0;
    const double hz = toneBandHz(bands[index]);
    if (index == 0)
        return dsp::lowShelf(sampleRateHz_, hz * std::exp2(octaves), kShelfQ, gainDb);
    if (index == after)
        return dsp::highShelf(sampleRateHz_, hz / std::exp2(octaves), kShelfQ, gainDb);
    // The bilinear transform squeezes peaks near the Nyquist frequency; w / sin(w) widens them
    // again (R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter
    // coefficients").
    constexpr double kBandwidthSteps = 1.65; // the smoothest sums of neighbours, by trial
    const double w = 2 * std::numbers::pi * hz / sampleRateHz_;
    const double q =
        1 /
        (2 * std::sinh(std::numbers::ln2 / 2 * kBandwidthSteps * octaves / 2 * w / std::sin(w)));
    return dsp::peak(sampleRateHz_, hz, q, gainDb);
}

/// Weighted least squares.
/// @param reach  [bands][filters]: dB at a band per dB of a filter's gain
std::vector<double> Fit::solved(const std::vector<double>& reach,
                                const std::vector<double>& weights) const {
    const std::size_t n = reach.size() / wanted_.size();
    std::vector<double> normal(n * n);
    std::vector<double> right(n);
    for (std::size_t band = 0; band < wanted_.size(); ++band) {
        const double* row = reach.data() + band * n;
        for (std::size_t i = 0; i < n; ++i) {
            const double weighted = weights[band] * row[i];
            right[i] += weighted * wanted_[band];
            for (std::size_t k = 0; k <= i; ++k)
                normal[i * n + k] += weighted * row[k];
        }
    }
    const auto factor = Cholesky::of(normal, n);
    // Every filter reaches its own band most, so the columns are independent.
    assert(factor);
    return factor->solve(std::move(right));
}

std::vector<dsp::Biquad> Fit::cascade(std::size_t most) const {
    const std::vector<int> bands = chosen(most);
    const std::size_t n = bands.size();
    // What a filter reaches depends a little on its gain: linearise, solve, and linearise there
    // again.
    constexpr int kLinearisations = 3;
    // Between fewer filters the largest error is made smaller by giving weight to where it is (C.
    // Lawson, 1961); three times, for more would forget all other bands.
    constexpr int kReweightings = 3;
    constexpr double kLeastWeight = 0.3;
    std::vector<double> gains(n, 3.0);
    std::vector<double> weights(all_.size(), 1.0);
    for (int pass = 0; pass < kLinearisations; ++pass) {
        std::vector<double> reach(all_.size() * n);
        for (std::size_t i = 0; i < n; ++i) {
            const double prototypeDb = std::abs(gains[i]) < 0.1 ? 0.1 : gains[i];
            const dsp::Biquad section = filter(bands, i, prototypeDb);
            for (std::size_t band = 0; band < all_.size(); ++band)
                reach[band * n + i] = 10 * std::log10(section.powerAt(phis_[band])) / prototypeDb;
        }
        gains = solved(reach, weights);
        for (int i = 1; n < all_.size() && i < kReweightings && pass > 0; ++i) {
            std::vector<double> errors = wanted_;
            for (std::size_t band = 0; band < all_.size(); ++band)
                for (std::size_t k = 0; k < n; ++k)
                    errors[band] -= reach[band * n + k] * gains[k];
            double largest = 1e-9;
            for (double& error : errors)
                largest = std::max(largest, error = std::abs(error));
            double sum = 0;
            for (std::size_t band = 0; band < all_.size(); ++band)
                sum += weights[band] *= errors[band] / largest + kLeastWeight;
            for (double& weight : weights)
                weight *= static_cast<double>(all_.size()) / sum;
            gains = solved(reach, weights);
        }
    }
    std::vector<dsp::Biquad> sections;
    for (std::size_t i = 0; i < n; ++i)
        sections.push_back(filter(bands, i, gains[i]));
    return sections;
}

bool Fit::follows(const std::vector<dsp::Biquad>& sections, double toleranceDb) const {
    for (std::size_t band = 0; band < all_.size(); ++band)
        if (std::abs(magnitudeAtDb(sections, phis_[band]) - wanted_[band]) > toleranceDb)
            return false;
    return true;
}

} // namespace

std::vector<dsp::Biquad> designTone(double sampleRateHz, const ToneGains& gainsDb) {
    if (std::all_of(gainsDb.begin(), gainsDb.end(),
                    [](double gain) { return std::abs(gain) < 1e-6; }))
        return {};
    const Fit fit(sampleRateHz, gainsDb);
    // The vectors of dsp::ToneEqualizer hold 16 or 24, and the chain may need one itself.
    constexpr double kCloselyDb = 0.1;
    for (const auto& [most, toleranceDb] :
         {std::pair<std::size_t, double>{15, kToneToleranceDb}, {23, kCloselyDb}}) {
        std::vector<dsp::Biquad> sections = fit.cascade(most);
        if (fit.follows(sections, toleranceDb))
            return sections;
    }
    return fit.cascade(kNumToneBands);
}

double magnitudeDb(const std::vector<dsp::Biquad>& sections, double frequencyHz,
                   double sampleRateHz) {
    return magnitudeAtDb(sections, dsp::Biquad::phiOf(frequencyHz, sampleRateHz));
}

} // namespace segue::mastering
