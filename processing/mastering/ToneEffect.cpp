// What a tone curve does to a track, by its long-term spectrum. Pure functions, any thread.

#include "processing/mastering/ToneEffect.h"

#include <algorithm>
#include <cmath>

#include "processing/types/Decibels.h"

namespace segue::mastering {

std::array<double, dsp::kNumBands> bandShares(double hz) {
    const auto [lower, middle, upper] = dsp::kCrossoverHz;
    const auto below = [hz](double border) { return 1 / (1 + std::pow(hz / border, 4)); };
    const double low = below(middle);
    return {low * below(lower), low * (1 - below(lower)), (1 - low) * below(upper),
            (1 - low) * (1 - below(upper))};
}

double meanPowerGain(const analysis::TrackAnalysis& a, const std::vector<dsp::Biquad>& filters,
                     std::size_t third) {
    const double rate = a.sampleRateHz;
    double before = 0;
    double after = 0;
    for (int i = 0; i < analysis::kFinePerThird; ++i) {
        const int band = static_cast<int>(third) * analysis::kFinePerThird + i;
        const double hz = std::min(analysis::fineBandHz(band), 0.495 * rate);
        const double power =
            powerOf(analysis::curveDb(a.fineSpectrum[static_cast<std::size_t>(band)]));
        before += power;
        after += power * powerOf(magnitudeDb(filters, hz, rate));
    }
    return after / before;
}

ToneGains toneErrorDb(const analysis::TrackAnalysis& a, const ToneCurve& tone,
                      const dsp::MultibandSettings& dynamics, const ToneCurve& wanted) {
    const double rate = a.sampleRateHz;
    const std::vector<dsp::Biquad> midFilters = designTone(rate, tone.mid);
    const std::vector<dsp::Biquad> sideFilters =
        tone.side == tone.mid ? midFilters : designTone(rate, tone.side);
    ToneGains error{};
    for (std::size_t i = 0; i < error.size(); ++i) {
        const double hz = toneBandHz(static_cast<int>(i));
        if (hz >= 0.49 * rate)
            break;
        const std::array<double, dsp::kNumBands> share = bandShares(hz);
        double sideGain = share[0];
        for (std::size_t band = 1; band < share.size(); ++band)
            sideGain += share[band] * dynamics.bands[band].sideGain;
        const double mid = powerOf(a.midDb[i]);
        const double side = powerOf(a.sideDb[i]);
        const double after = mid * meanPowerGain(a, midFilters, i) +
                             side * meanPowerGain(a, sideFilters, i) * sideGain * sideGain;
        const double stated = mid * powerOf(wanted.mid[i]) + side * powerOf(wanted.side[i]);
        error[i] = 10 * std::log10(after / stated);
    }
    return error;
}

} // namespace segue::mastering
