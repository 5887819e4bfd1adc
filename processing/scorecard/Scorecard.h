#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/encode/PcmFormat.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/scorecard/Foresight.h"
#include "processing/types/Error.h"
#include "processing/types/Hash.h"

namespace segue::scorecard {

/// What a preset's tone did at one of the frequencies where it is stated, against the adaptive
/// preset: third octaves of the delivered PCM, mid and side together.
struct ToneMeasure {
    double frequencyHz = 0;
    double statedDb = 0;   ///< by the preset, at this intensity
    double measuredDb = 0; ///< both brought to one loudness
    /// Both brought to the level at which the preset's points agree best on average: a change of
    /// loudness moves all bands alike, and what a preset states is the shape.
    double alignedDb = 0;
    bool audible = true; ///< false: the band holds no more than dither
};

/// One master of a track: measured on the 16-bit PCM that a listener gets.
struct MasterScore {
    std::string preset;
    double intensity = 1;
    Hash128 planId;
    std::vector<std::string> heldBackBy;
    double targetLufs = 0, predictedLufs = 0, ceilingDbtp = 0;
    analysis::TrackAnalysis after;
    Hash128 pcm;                   ///< of the delivered bytes
    double timesRealTime = 0;      ///< decode, chain, 16-bit output on one thread, of its CPU time
    std::vector<ToneMeasure> tone; ///< empty for presets that state nothing else than adaptive
    ForesightError foresight;

    /// Null tests; nothing where they were not asked for.
    std::optional<double> residualDbfs; ///< chunked against one pass; kNoResidualDbfs: none at all
    std::optional<bool> sameInOtherOrder; ///< last chunk first: the same bytes
};

struct TrackScore {
    std::filesystem::path path;
    analysis::TrackAnalysis before;
    std::optional<bool> bypassIsSource; ///< intensity 0, null test
    std::vector<MasterScore> masters;   ///< one for each request, in their order
};

inline constexpr double kNoResidualDbfs = -400;
inline constexpr double kLeastStatedDb = 0.25;

/// Takes the delivered PCM of one master, in order; for whoever wants to keep it.
using PcmKeeper = std::function<Result<void>(std::span<const std::byte>)>;

struct ScoreOptions {
    std::vector<mastering::PlanRequest> requests;
    /// Which requests get null tests: (index of the request); empty: all.
    std::function<bool(std::size_t)> nullTested = {};
    /// Called before a master is rendered: (request, its format, its frames). May be empty.
    std::function<Result<PcmKeeper>(const mastering::PlanRequest&, const encode::StreamFormat&,
                                    std::int64_t numFrames)>
        keep = {};
};

/// Analyses a track, masters it for every request through the shipped path (decode, chunks, seams,
/// 16 bits) and measures what comes out.
/// @param progress  told 0 .. 1; may be empty
/// @errors those of decoding, of rendering and of `keep`
/// @thread any; works on the calling one
Result<TrackScore> score(const std::filesystem::path& path, const ScoreOptions& options,
                         const std::atomic<bool>& cancel,
                         const std::function<void(double)>& progress = {});

/// A row of the scorecard for one master (or, the bypass, for one track).
struct Check {
    enum class Worse { Higher, Lower };

    std::string name = {};  ///< stable, e.g. "loudness-error"
    std::string title = {}; ///< with its unit
    double value = 0;
    std::optional<double> limit = {}; ///< nothing: it is only told
    Worse worse = Worse::Higher;
    bool passed = true;
    std::string note = {}; ///< why it passed all the same, or where it failed
};

/// The rows of one master, in the order of the table.
std::vector<Check> checksOf(const TrackScore& track, const MasterScore& master);

/// One row over all masters.
struct Summary {
    std::string name = {}, title = {};
    std::optional<double> limit = {};
    int count = 0, failed = 0;
    double worst = 0, p95 = 0, median = 0; ///< p95: 95 % are at least as good
    std::string worstWhere = {};           ///< track and preset
    bool passed = true;
};

/// Over all tracks and masters; adds the rows that only a whole set has: 95 % of the loudness
/// errors, and no two presets with the same bytes.
std::vector<Summary> summarise(const std::vector<TrackScore>& tracks);

/// One JSON object on one line: what was measured, before and after, and every check.
std::string toJson(const TrackScore& track);
std::string toJson(const std::vector<Summary>& summaries);

} // namespace segue::scorecard
