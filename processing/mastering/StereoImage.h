#pragma once

#include "processing/dsp/MultibandProcessor.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::analysis {
struct TrackAnalysis;
}

namespace segue::mastering {

/// Side's share of the power of a band, 0 .. 1, from the long-term spectrum.
double sideShare(const analysis::TrackAnalysis& analysis, int band);

/// How wide a track is, as far as its long-term spectrum tells.
struct StereoWidth {
    double monoFoldLossLu; ///< loudness lost when folded to mono
    double correlation;    ///< of left and right, taken as equally loud
};
StereoWidth widthOf(const analysis::TrackAnalysis& analysis, const ToneCurve& tone,
                    const dsp::MultibandSettings& dynamics);

/// Most that mastering may take from a track's mono compatibility; the scorecard allows 0.5 and
/// 0.1.
inline constexpr double kMaxMonoFoldLossLu = 0.45;
inline constexpr double kMaxCorrelationLoss = 0.085;

/// Scales down what widens (side gains above the mid's) until a fold to mono loses no more than
/// `extraFoldLossLu` + kMaxMonoFoldLossLu against the source, and correlation falls by no more than
/// kMaxCorrelationLoss.
/// @param extraFoldLossLu  what a reference is wider than the source, >= 0; with it the correlation
///                         is the reference's affair
/// @return  whether anything had to be scaled down
bool keepMonoCompatible(const analysis::TrackAnalysis& analysis, double extraFoldLossLu,
                        ToneCurve& tone, dsp::MultibandSettings& dynamics);

/// Sets the side's gains: the mid's and, on top, `wider` (dB per band). Widening stops at the
/// limits above, and is given up first where it costs most: what is withheld of a band is in
/// proportion to the side power that its last decibel adds. So air is restored when the body cannot
/// be.
/// @param tone  its mid is kept
/// @return  the most that a band was denied, dB
double widenWithinBudget(const analysis::TrackAnalysis& analysis, const ToneGains& wider,
                         ToneCurve& tone);

} // namespace segue::mastering
