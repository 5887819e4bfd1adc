#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "processing/decode/AudioSource.h"
#include "processing/dsp/BandSplitter.h"
#include "processing/types/Error.h"

namespace segue::analysis {

/// Raised whenever the same source gives another analysis; stored analyses of other versions are
/// made anew.
inline constexpr std::uint32_t kAnalysisVersion = 6;

enum class Coverage {
    Full,  ///< every frame: exact
    Quick, ///< some sparse windows: an estimate within about 100 ms, for a first playback
};

/// Third-octave bands 20 Hz .. 20 kHz (IEC 61260 nominal: base ten, 1 kHz is index 17).
inline constexpr int kNumThirdOctaves = 31;
double thirdOctaveHz(int index);

/// Levels over time are kept in half decibels: 0 is silence, 1 is -127 dB, 255 is 0 dB.
using CurveByte = std::uint8_t;
double curveDb(CurveByte value);
CurveByte curveByte(double db);

/// Parts of equal width, in octaves, of each third octave in TrackAnalysis::fineSpectrum.
inline constexpr int kFinePerThird = 4;
inline constexpr int kNumFineBands = kNumThirdOctaves * kFinePerThird;
double fineBandHz(int index);

/// A mean sample that is worth taking off: -86 dBFS.
inline constexpr double kAudibleOffset = 5e-5;

/// Phases carry a clipped master up to 8 dB beyond full scale.
inline constexpr double kChainPeaksAboveDb = 12;

/// Hops of 100 ms that share a row of TrackAnalysis::spectrumCurve.
inline constexpr int kHopsPerSpectrum = 10;

/// What one pass over a source measured. Loudness by ITU-R BS.1770-4 and EBU R 128; maxima from
/// windows that slide in steps of 10 ms.
struct TrackAnalysis {
    /// What silence measures, in LUFS or dB; nothing below it is told apart.
    static constexpr double kSilenceDb = -120;

    Coverage coverage = Coverage::Full;
    int sampleRateHz = 0;
    int numChannels = 0;
    int bitsPerSample = 0;      ///< of stored integers; 0: float or lossy
    std::int64_t numFrames = 0; ///< decoded (Full) or declared (Quick)
    bool truncated = false;     ///< the source ended before its declared length

    double integratedLufs = kSilenceDb;
    double loudnessRangeLu = 0;
    double maxMomentaryLufs = kSilenceDb;
    double maxShortTermLufs = kSilenceDb;
    double truePeakDbtp = kSilenceDb;
    double samplePeakDbfs = kSilenceDb;
    double crestFactorDb = 0;           ///< sample peak over RMS of all channels
    double noiseFloorLufs = kSilenceDb; ///< 5th percentile of momentary loudness inside the music
    /// Below -60 dBFS, to 10 ms; Full only.
    double leadingSilenceSeconds = 0, trailingSilenceSeconds = 0;

    std::vector<double> dcOffset;        ///< per channel, mean sample
    double centredPeakDbfs = kSilenceDb; ///< largest sample magnitude without it
    std::int64_t clippedRuns = 0;        ///< runs of at least 3 samples at one end of the scale

    double correlation = 1;    ///< of left and right, -1 .. 1; 1 when not stereo
    double monoFoldLossLu = 0; ///< loudness lost when folded to mono, >= 0
    /// Long-term spectrum: mean power per third octave, dBFS (a full-scale sine reads -3); silent
    /// for less than 0.19 s of sound. Side is silent when not stereo.
    std::array<double, kNumThirdOctaves> midDb{}, sideDb{};
    /// The same of mid and side together in quarters of third octaves: where in a band its power
    /// lies. In the bass that is a note or two, and a tone curve may be steep there.
    std::array<CurveByte, kNumFineBands> fineSpectrum{};

    /// Curves over the analysed time. One value per whole hop of 100 ms: K-weighted loudness of the
    /// hop, and of each of the multiband processor's bands; one per 20 ms, begun ones too: largest
    /// sample magnitude.
    std::vector<CurveByte> loudnessCurve;
    std::array<std::vector<CurveByte>, dsp::kNumBands> bandCurves;
    std::vector<CurveByte> peakCurve;
    /// The same of what the mastering chain makes of the track where it changes nothing else: each
    /// channel without its offset, and in the phases of the crossover, which raise the peaks of
    /// what is clipped or square. Kept kChainPeaksAboveDb lower.
    std::vector<CurveByte> chainPeakCurve;
    /// [rows][kNumThirdOctaves]: power of mid and side together per third octave, dBFS; one row per
    /// kHopsPerSpectrum hops, begun ones too. What a tone does to loudness depends on the moment.
    std::vector<CurveByte> spectrumCurve;

    /// Peak to loudness ratio, dB.
    double plrDb() const { return truePeakDbtp - integratedLufs; }
    /// plrDb() without the offset.
    double centredPlrDb() const;
    /// What lies between samples and above all of them, dB, as far as music goes.
    double betweenSamplesDb() const;
    bool hasOffset() const; ///< one that is worth taking off
    bool silent() const { return integratedLufs <= -70; }
};

/// @param progress  called with 0 .. 1 now and then; may be empty
/// @errors Cancelled, and those of AudioSource when not even one frame could be read; a source that
/// turns corrupt later
///         is analysed up to there (Full), or is an error of Quick: use Full then
Result<TrackAnalysis> analyse(decode::AudioSource& source, Coverage coverage,
                              const std::atomic<bool>& cancel,
                              const std::function<void(double)>& progress = {});

/// Compact bytes for storage (CBOR), with a version; any bytes may be given to deserialize.
std::string serialize(const TrackAnalysis& analysis);
/// @errors Corrupt, Unsupported (another version)
Result<TrackAnalysis> deserialize(std::string_view bytes);

/// Of the waveform that toJson() gives. The curve behind it has 50 points per second.
inline constexpr int kLeastWaveformPoints = 16, kMostWaveformPoints = 10'000,
                     kDefaultWaveformPoints = 1'000;

/// For people and programs: units in the names; curves thinned for pictures; what can be derived
/// (PLR, short-term loudness every second, side to mid in bands and third octaves).
/// @param waveformPoints  at most that many, evenly spaced over the track
std::string toJson(const TrackAnalysis& analysis, int waveformPoints = kDefaultWaveformPoints);

} // namespace segue::analysis
