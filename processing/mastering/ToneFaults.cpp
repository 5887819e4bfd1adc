// The faults that a learned corridor looks for. A constant table, any thread.

#include "processing/mastering/ToneFaults.h"

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdio>

namespace segue::mastering {

namespace {

double octavesFrom(double hz, int band) {
    return std::log2(toneBandHz(band) / hz);
}

ToneGains shapeOf(auto&& gainAt) {
    ToneGains shape{};
    for (int band = 0; band < kNumToneBands; ++band)
        shape[static_cast<std::size_t>(band)] = gainAt(band);
    return shape;
}

/// A peaking filter of Q 1, 6 dB high, divided by 6.
double hump(double hz, int band) {
    constexpr double kDb = 6;
    const double root = std::pow(10.0, kDb / 40);
    const std::complex<double> s(0, toneBandHz(band) / hz);
    return 20 * std::log10(std::abs((s * s + s * root + 1.0) / (s * s + s / root + 1.0))) / kDb;
}

/// 0 below, 1 above, over a third of an octave.
double step(double hz, int band) {
    return 1 / (1 + std::exp(-10 * octavesFrom(hz, band)));
}

std::string named(const char* what, double hz) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%s %.0f Hz", what, hz);
    return text.data();
}

std::vector<ToneFault> makeFaults() {
    // Tilts are what rooms, loudspeakers and tastes differ by, so they are the most common. Amounts
    // are those of faults worth correcting, several dB; a side lost half its level or got twice.
    // Nothing at the bottom: what bass there is differs from piece to piece by more than any fault.
    constexpr double kTiltDbPerOctave = 1.5;
    constexpr double kUsualDb = 5;
    constexpr double kSideDb = 6;
    constexpr double kTiltWeight = 3;
    constexpr double kHumpsWeight = 2;
    constexpr double kTopWeight = 2;
    constexpr double kSideWeight = 1;
    constexpr std::array<double, 7> kHumpsHz{63, 125, 250, 500, 1000, 2000, 4000};
    constexpr std::array<double, 4> kTopHz{2000, 4000, 6300, 10000};

    std::vector<ToneFault> faults;
    faults.push_back({"tilt", shapeOf([](int band) { return octavesFrom(1000, band); }), 0,
                      kTiltDbPerOctave, kTiltWeight});
    for (const double hz : kHumpsHz)
        faults.push_back({named("hump at", hz), shapeOf([&](int band) { return hump(hz, band); }),
                          0, kUsualDb, kHumpsWeight / kHumpsHz.size()});
    for (const double hz : kTopHz)
        faults.push_back({named("level above", hz),
                          shapeOf([&](int band) { return step(hz, band); }), 0, kUsualDb,
                          kTopWeight / kTopHz.size()});
    faults.push_back({"side", {}, 1, kSideDb, kSideWeight});
    return faults;
}

} // namespace

const std::vector<ToneFault>& toneFaults() {
    static const std::vector<ToneFault> faults = makeFaults();
    return faults;
}

} // namespace segue::mastering
