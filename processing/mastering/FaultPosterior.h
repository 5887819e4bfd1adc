#pragma once

#include <cstddef>
#include <vector>

namespace segue::mastering {

/// What a track may have: one fault of an amount that is known up to a spread.
struct FaultHypothesis {
    std::size_t fault = 0; ///< index into toneFaults()
    double amount = 0;     ///< mean, in units of the fault's shape
    double spread = 0;     ///< standard deviation
    double probability = 0;
};

/// All that a track may have. The probabilities and `none` add up to 1.
struct FaultPosterior {
    std::vector<FaultHypothesis> hypotheses;
    double none = 1; ///< probability that there is no fault
};

/// The repair that can be hoped for most: the amount of every fault to take back, chosen among
/// none, the hypotheses (half and whole) and parts of their mean. A repair is worth the probability
/// that it takes back a good part of the fault (all of it counts from a half on, nothing below
/// three tenths), less what it would do to a track without fault.
///
/// @param products  for every two faults (by rows) the mean product of their level-free shapes over
///                  the bands that sound: the change by amounts x is sqrt(x' products x) dB
/// @param mostDb  what a repair may change the balance by: a larger one is judged by what is done
/// of it
/// @return  one amount for each fault, whole
std::vector<double> bestRepair(const FaultPosterior& posterior, const std::vector<double>& products,
                               double mostDb);

} // namespace segue::mastering
