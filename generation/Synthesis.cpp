// The elements that instruments and mixes are made of: filters and the stereo bus. One piece is
// rendered on one thread; nothing here is shared between pieces.

#include "generation/Synthesis.h"

#include <cassert>

namespace segue::generation {
namespace {

struct Angle {
    Angle(double hz, double q) {
        const double w = 2.0 * std::numbers::pi * hz / kSampleRateHz;
        cosine = std::cos(w);
        alpha = std::sin(w) / (2.0 * q);
    }
    double cosine, alpha;
};

} // namespace

Biquad Biquad::lowPass(double hz, double q) {
    const Angle w(hz, q);
    const double b = 1.0 - w.cosine;
    return {b / 2, b, b / 2, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha};
}

Biquad Biquad::highPass(double hz, double q) {
    const Angle w(hz, q);
    const double b = 1.0 + w.cosine;
    return {b / 2, -b, b / 2, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha};
}

Biquad Biquad::bandPass(double hz, double q) {
    const Angle w(hz, q);
    return {w.alpha, 0, -w.alpha, 1 + w.alpha, -2 * w.cosine, 1 - w.alpha};
}

Biquad Biquad::peak(double hz, double q, double gainDb) {
    const Angle w(hz, q);
    const double a = std::pow(10.0, gainDb / 40.0);
    return {1 + w.alpha * a, -2 * w.cosine, 1 - w.alpha * a,
            1 + w.alpha / a, -2 * w.cosine, 1 - w.alpha / a};
}

Biquad Biquad::lowShelf(double hz, double gainDb) {
    const Angle w(hz, 0.7071);
    const double a = std::pow(10.0, gainDb / 40.0);
    const double k = 2.0 * std::sqrt(a) * w.alpha;
    return {a * ((a + 1) - (a - 1) * w.cosine + k), 2 * a * ((a - 1) - (a + 1) * w.cosine),
            a * ((a + 1) - (a - 1) * w.cosine - k), (a + 1) + (a - 1) * w.cosine + k,
            -2 * ((a - 1) + (a + 1) * w.cosine),    (a + 1) + (a - 1) * w.cosine - k};
}

Biquad Biquad::highShelf(double hz, double gainDb) {
    const Angle w(hz, 0.7071);
    const double a = std::pow(10.0, gainDb / 40.0);
    const double k = 2.0 * std::sqrt(a) * w.alpha;
    return {a * ((a + 1) + (a - 1) * w.cosine + k), -2 * a * ((a - 1) + (a + 1) * w.cosine),
            a * ((a + 1) + (a - 1) * w.cosine - k), (a + 1) - (a - 1) * w.cosine + k,
            2 * ((a - 1) - (a + 1) * w.cosine),     (a + 1) - (a - 1) * w.cosine - k};
}

Bus& Bus::filter(const Biquad& filter) {
    for (int c = 0; c < 2; ++c) {
        Biquad own = filter;
        float* samples = buffer_.channel(c);
        for (std::int64_t i = 0; i < frames(); ++i)
            samples[i] = own.process(samples[i]);
    }
    return *this;
}

Bus& Bus::gainDb(double db) {
    const auto gain = static_cast<float>(linearOfDb(db));
    for (int c = 0; c < 2; ++c)
        for (std::int64_t i = 0; i < frames(); ++i)
            buffer_.channel(c)[i] *= gain;
    return *this;
}

Bus& Bus::add(Bus& other, double db) {
    assert(other.frames() == frames());
    const auto gain = static_cast<float>(linearOfDb(db));
    for (int c = 0; c < 2; ++c) {
        float* to = buffer_.channel(c);
        const float* from = other.buffer_.channel(c);
        for (std::int64_t i = 0; i < frames(); ++i)
            to[i] += gain * from[i];
    }
    return *this;
}

} // namespace segue::generation
