#pragma once

#include <cmath>

namespace segue {

/// What a level in dB is as a factor of power.
inline double powerOf(double db) {
    return std::pow(10.0, db / 10);
}

/// What a level in dB is as a factor of amplitude.
inline double amplitudeOf(double db) {
    return std::pow(10.0, db / 20);
}

} // namespace segue
