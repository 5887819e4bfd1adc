#pragma once

#include <array>
#include <cstdint>

#include "processing/dsp/SectionBank.h"

namespace segue::dsp {

inline constexpr int kNumBands = 4;
/// Linkwitz-Riley 24 dB/octave borders. 120 Hz: below it bass is one source; 1 kHz and 5 kHz part
/// body, presence, air.
inline constexpr std::array<double, kNumBands - 1> kCrossoverHz{120.0, 1000.0, 5000.0};

enum class Weighting {
    None,
    K, ///< ITU-R BS.1770 before the split, so that band energies are loudness
};

enum class ChannelLayout {
    Plain,   ///< any channels
    MidSide, ///< two channels: mid and side
};

/// What the bands of a pair add up to, without splitting it.
struct BandSum {
    SectionBankOf<8> bank; ///< all-passes of the three borders in a row
    /// Parts of a channel, and of the other one, in what is heard.
    float own[8] = {}, other = 0;
};

/// Splits a pair of channels into four bands that sum to an all-pass of the input (flat magnitude).
///
/// A tree of Linkwitz-Riley fourth-order crossovers: first at the middle border, then each half at
/// its own; each half passes the other half's all-pass so that all bands share one phase.
/// @thread one at a time; no allocation
class BandSplitter {
  public:
    /// Delay of the bands against the input: one frame per filter section in a row but the first. K
    /// weighting adds 2.
    static constexpr int kLatencyFrames = 4;

    /// @param layout  of a and b, for measure()
    void prepare(double sampleRateHz, Weighting weighting,
                 ChannelLayout layout = ChannelLayout::Plain);
    void reset() noexcept;

    /// @param bands  [numFrames][8]: a and b of band 0, of band 1, ...
    /// @param energy  [8], in and out: the squares of every lane are added, frame by frame
    void split(const float* a, const float* b, std::int64_t numFrames, float* bands,
               float* energy) noexcept;

    struct Measures {
        std::array<float, 2 * kNumBands> bands; ///< sum of squares per lane as in split()
        float fullA, fullB;                     ///< sum of squares of the weighted input
        /// Extremes of the sum of the bands, unweighted, of each channel: left and right of mid and
        /// side. The input's magnitudes, but other phases. Of no frames: in the wrong order.
        std::array<float, 2> lowest, highest;
    };
    /// Only measures; K weighting.
    Measures measure(const float* a, const float* b, std::int64_t numFrames) noexcept;

  private:
    SectionBank first_;  ///< middle border (lanes 0-7), all-passes (8-11), K weighting (12-15)
    SectionBank second_; ///< outer borders, both orders
    BandSum sum_;
};

} // namespace segue::dsp
