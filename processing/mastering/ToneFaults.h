#pragma once

#include <array>
#include <string>
#include <vector>

#include "processing/mastering/ToneFeatures.h"

namespace segue::mastering {

/// A way in which the balance of a recording goes wrong, and how far it usually does.
struct ToneFault {
    std::string name;
    ToneGains shape{};      ///< of mid and side alike, dB for an amount of 1
    double side = 0;        ///< of side against mid, dB for an amount of 1
    double usualAmount = 1; ///< either way; half of it is the standard deviation
    double weight = 1;      ///< how often, against the others and kNoFaultWeight
};

/// How often a track has no fault.
inline constexpr double kNoFaultWeight = 2;

/// Tilts, humps at the octaves, a step at the top, a side too weak or too strong.
const std::vector<ToneFault>& toneFaults();

} // namespace segue::mastering
