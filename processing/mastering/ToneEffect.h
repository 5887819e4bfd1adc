#pragma once

#include <array>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/dsp/MultibandProcessor.h"
#include "processing/mastering/ToneCurve.h"

namespace segue::mastering {

/// Amplitude of a tone in each band of the crossover: Linkwitz-Riley halves add up to the whole.
std::array<double, dsp::kNumBands> bandShares(double hz);

/// What filters do to the power of a third octave, by where in it the track's power lies: music has
/// it where its notes are, and a curve may be steep there.
double meanPowerGain(const analysis::TrackAnalysis& analysis,
                     const std::vector<dsp::Biquad>& filters, std::size_t third);

/// What the filters of `tone` and the bands' side gains make of the power of each third octave of
/// mid and side together, dB, above what `wanted` says.
///
/// The bass counts as wide as it was: it is made narrow for its place, not for its level.
/// @param dynamics  only its side gains
ToneGains toneErrorDb(const analysis::TrackAnalysis& analysis, const ToneCurve& tone,
                      const dsp::MultibandSettings& dynamics, const ToneCurve& wanted);

} // namespace segue::mastering
