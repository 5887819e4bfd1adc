// The rows of the scorecard and their limits, and how they read over many tracks. Pure functions of
// what was measured.

#include <algorithm>
#include <cmath>
#include <map>

#include <nlohmann/json.hpp>

#include "processing/scorecard/Scorecard.h"
#include "processing/types/Text.h"

namespace segue::scorecard {

namespace {

using analysis::TrackAnalysis;
using nlohmann::ordered_json;

// The limits of docs/MASTERING.md, "Scorecard".
constexpr double kLoudnessErrorLu = 0.5;
constexpr double kUsualLoudnessErrorLu = 0.3;
constexpr double kUsualPart = 0.95;
constexpr double kOverCeilingDb = 0.1;
constexpr double kMinPlrDb = 8;
constexpr double kPlrToleranceDb = 0.1; // between a plan's meter and this one
constexpr double kLeastPartOfRange = 0.5;
constexpr double kCorrelationLoss = 0.1;
constexpr double kMonoFoldLossLu = 0.5;
constexpr double kResidualDbfs = -90;
constexpr double kLeastPartOfTone = 0.5;
constexpr double kForeseenLoudnessLu = 0.5;
constexpr double kForeseenCurvePart = 0.9;
constexpr double kForeseenDb = 1;
constexpr double kDitherDbfs = -84; // two steps, on top of what the source itself holds

/// The do-no-harm rule that held the loudness back, or nothing.
std::string loudnessRuleOf(const MasterScore& master) {
    for (const std::string& rule : master.heldBackBy)
        if (rule.starts_with("loudness"))
            return rule;
    return {};
}

Check judged(Check check) {
    if (check.limit)
        check.passed = check.worse == Check::Worse::Higher ? check.value <= *check.limit
                                                           : check.value >= *check.limit;
    return check;
}

Check loudnessCheck(const MasterScore& master) {
    Check check = judged({.name = "loudness-error",
                          .title = "loudness against the target, LU",
                          .value = std::abs(master.after.integratedLufs - master.targetLufs),
                          .limit = kLoudnessErrorLu});
    if (const std::string rule = loudnessRuleOf(master); !check.passed && !rule.empty()) {
        check.passed = true;
        check.note = rule;
    }
    return check;
}

/// What pictures foresee; without the chain there is nothing to foresee.
void addForesight(const ForesightError& error, std::vector<Check>& checks) {
    checks.push_back(judged({.name = "foreseen-loudness",
                             .title = "loudness against what was foreseen, LU",
                             .value = error.loudnessLu,
                             .limit = kForeseenLoudnessLu}));
    checks.push_back(judged({.name = "foreseen-curve",
                             .title = "part of the short-term curve foreseen within 1 LU",
                             .value = error.shortTermPart,
                             .limit = kForeseenCurvePart,
                             .worse = Check::Worse::Lower}));
    checks.push_back(judged({.name = "foreseen-tone",
                             .title = "third octaves against what was foreseen, RMS, dB",
                             .value = error.thirdOctavesDb,
                             .limit = kForeseenDb}));
    checks.push_back(judged({.name = "foreseen-peaks",
                             .title = "waveform against what was foreseen, median, dB",
                             .value = error.peaksDb,
                             .limit = kForeseenDb}));
}

/// The smallest part of a stated change that was measured in the stated direction.
Check toneCheck(const MasterScore& master) {
    Check check{.name = "tone",
                .title = "tone, part of the stated change",
                .value = 1e9,
                .limit = kLeastPartOfTone,
                .worse = Check::Worse::Lower};
    for (const ToneMeasure& tone : master.tone) {
        if (!tone.audible || std::abs(tone.statedDb) < kLeastStatedDb)
            continue;
        const double part = tone.alignedDb / tone.statedDb;
        if (part >= check.value)
            continue;
        check.value = part;
        check.note =
            text("%g Hz: %+.2f dB of %+.2f", tone.frequencyHz, tone.measuredDb, tone.statedDb);
    }
    return judged(check);
}

void addSilence(const TrackAnalysis& before, const TrackAnalysis& after,
                std::vector<Check>& checks) {
    checks.push_back(judged({.name = "silence",
                             .title = "silence, sample peak, dBFS",
                             .value = after.samplePeakDbfs,
                             .limit = 20 * std::log10(std::pow(10, before.samplePeakDbfs / 20) +
                                                      std::pow(10, kDitherDbfs / 20))}));
}

void addDynamics(const TrackAnalysis& before, const TrackAnalysis& after,
                 std::vector<Check>& checks) {
    checks.push_back(judged({.name = "plr",
                             .title = "PLR over its floor, dB",
                             .value = after.plrDb() - std::min(kMinPlrDb, before.centredPlrDb()),
                             .limit = -kPlrToleranceDb,
                             .worse = Check::Worse::Lower}));
    checks.push_back(
        judged({.name = "lra",
                .title = "LRA over half of the source's, LU",
                .value = after.loudnessRangeLu - kLeastPartOfRange * before.loudnessRangeLu,
                .limit = 0,
                .worse = Check::Worse::Lower}));
}

void addImage(const TrackAnalysis& before, const TrackAnalysis& after, std::vector<Check>& checks) {
    checks.push_back(judged({.name = "correlation",
                             .title = "correlation lost",
                             .value = before.correlation - after.correlation,
                             .limit = kCorrelationLoss}));
    checks.push_back(judged({.name = "mono-fold",
                             .title = "mono-fold loss over the source's, LU",
                             .value = after.monoFoldLossLu - before.monoFoldLossLu,
                             .limit = kMonoFoldLossLu}));
}

void addSound(const TrackAnalysis& before, const MasterScore& master, std::vector<Check>& checks) {
    const TrackAnalysis& after = master.after;
    const bool bypass = master.intensity == 0;
    if (!bypass) {
        checks.push_back(loudnessCheck(master));
        checks.push_back(judged({.name = "true-peak",
                                 .title = "true peak over the ceiling, dB",
                                 .value = after.truePeakDbtp - master.ceilingDbtp,
                                 .limit = kOverCeilingDb}));
    }
    addDynamics(before, after, checks);
    if (before.numChannels == 2)
        addImage(before, after, checks);
    if (std::any_of(master.tone.begin(), master.tone.end(), [](const ToneMeasure& tone) {
            return tone.audible && std::abs(tone.statedDb) >= kLeastStatedDb;
        }))
        checks.push_back(toneCheck(master));
    if (!bypass)
        addForesight(master.foresight, checks);
}

/// @param bypassIsSource  of the track; nothing where another master tells it
void addNullTests(const MasterScore& master, std::optional<bool> bypassIsSource,
                  std::vector<Check>& checks) {
    if (master.residualDbfs)
        checks.push_back(judged({.name = "residual",
                                 .title = "chunked against one pass, dBFS",
                                 .value = *master.residualDbfs,
                                 .limit = kResidualDbfs}));
    if (master.sameInOtherOrder)
        checks.push_back(judged({.name = "order",
                                 .title = "other bytes in another order",
                                 .value = *master.sameInOtherOrder ? 0.0 : 1.0,
                                 .limit = 0}));
    if (bypassIsSource)
        checks.push_back(judged({.name = "bypass",
                                 .title = "other bits at intensity 0",
                                 .value = *bypassIsSource ? 0.0 : 1.0,
                                 .limit = 0}));
}

double percentile(const std::vector<double>& sorted, double part) {
    const auto rank = static_cast<std::size_t>(
        std::max(1.0, std::ceil(part * static_cast<double>(sorted.size()))));
    return sorted[rank - 1];
}

/// A row of many masters.
struct Collected {
    Check first;
    std::vector<double> badness; ///< larger is worse
    int failed = 0;
    std::string worstWhere;

    void add(const Check& check, const std::filesystem::path& path, const std::string& preset) {
        const double value = check.worse == Check::Worse::Higher ? check.value : -check.value;
        failed += check.passed ? 0 : 1;
        if (badness.empty() || value > *std::max_element(badness.begin(), badness.end()))
            worstWhere = path.filename().string() + ", " + preset +
                         (check.note.empty() ? "" : ", " + check.note);
        badness.push_back(value);
    }
    Summary summary() {
        std::sort(badness.begin(), badness.end());
        const double sign = first.worse == Check::Worse::Higher ? 1 : -1;
        return {.name = first.name,
                .title = first.title,
                .limit = first.limit,
                .count = static_cast<int>(badness.size()),
                .failed = failed,
                .worst = sign * badness.back(),
                .p95 = sign * percentile(badness, kUsualPart),
                .median = sign * percentile(badness, 0.5),
                .worstWhere = worstWhere,
                .passed = failed == 0};
    }
};

/// How many of the loudness errors are as small as they usually should be.
Summary usualLoudness(const std::vector<double>& errors) {
    const auto usual = std::count_if(errors.begin(), errors.end(),
                                     [](double error) { return error <= kUsualLoudnessErrorLu; });
    const double part = static_cast<double>(usual) / static_cast<double>(errors.size());
    return {.name = "loudness-usual",
            .title = "part of the loudness errors up to 0.3 LU",
            .limit = kUsualPart,
            .count = static_cast<int>(errors.size()),
            .failed = part < kUsualPart ? 1 : 0,
            .worst = part,
            .p95 = part,
            .median = part,
            .passed = part >= kUsualPart};
}

/// Pairs of masters of one track with the same bytes from different presets.
int equalPairsOf(const TrackScore& track) {
    int pairs = 0;
    for (std::size_t m = 0; m < track.masters.size() && !track.before.silent(); ++m)
        for (std::size_t other = 0; other < m; ++other) {
            const MasterScore& a = track.masters[m];
            const MasterScore& b = track.masters[other];
            pairs += a.pcm == b.pcm && a.preset != b.preset && a.intensity > 0 ? 1 : 0;
        }
    return pairs;
}

ordered_json measured(const TrackAnalysis& analysis) {
    ordered_json all = ordered_json::parse(analysis::toJson(analysis));
    for (const char* picture : {"waveform", "loudnessPerSecondLufs", "shortTermLufs",
                                "shortTermStepSeconds", "thirdOctaveHz"})
        all.erase(picture);
    return all;
}

ordered_json rounded(double value) {
    return std::round(value * 1e4) / 1e4;
}

std::string dumped(const ordered_json& json) {
    return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace

std::vector<Check> checksOf(const TrackScore& track, const MasterScore& master) {
    std::vector<Check> checks;
    if (track.before.silent())
        addSilence(track.before, master.after, checks);
    else
        addSound(track.before, master, checks);
    const bool first = &master == &track.masters.front();
    addNullTests(master, first ? track.bypassIsSource : std::nullopt, checks);
    checks.push_back({.name = "speed",
                      .title = "render, times real time per core",
                      .value = master.timesRealTime,
                      .worse = Check::Worse::Lower});
    return checks;
}

std::vector<Summary> summarise(const std::vector<TrackScore>& tracks) {
    std::vector<std::string> order;
    std::map<std::string, Collected> rows;
    std::vector<double> loudnessErrors;
    int equalPairs = 0;
    for (const TrackScore& track : tracks) {
        for (const MasterScore& master : track.masters)
            for (const Check& check : checksOf(track, master)) {
                // What a rule held back tells nothing about how well targets are met.
                if (check.name == "loudness-error" && !loudnessRuleOf(master).empty())
                    continue;
                auto [row, fresh] = rows.try_emplace(check.name);
                if (fresh) {
                    order.push_back(check.name);
                    row->second.first = check;
                }
                row->second.add(check, track.path, master.preset);
                if (check.name == "loudness-error")
                    loudnessErrors.push_back(check.value);
            }
        equalPairs += equalPairsOf(track);
    }
    std::vector<Summary> summaries;
    for (const std::string& name : order)
        summaries.push_back(rows[name].summary());
    if (!loudnessErrors.empty())
        summaries.push_back(usualLoudness(loudnessErrors));
    summaries.push_back({.name = "presets-differ",
                         .title = "pairs of presets with the same bytes",
                         .limit = 0,
                         .count = static_cast<int>(tracks.size()),
                         .failed = equalPairs,
                         .worst = static_cast<double>(equalPairs),
                         .passed = equalPairs == 0});
    return summaries;
}

std::string toJson(const TrackScore& track) {
    ordered_json all{{"file", track.path.string()}, {"before", measured(track.before)}};
    if (track.bypassIsSource)
        all["bypassIsSource"] = *track.bypassIsSource;
    ordered_json& masters = all["masters"] = ordered_json::array();
    for (const MasterScore& master : track.masters) {
        ordered_json one{{"preset", master.preset},
                         {"intensity", master.intensity},
                         {"planId", master.planId.hex()},
                         {"pcm", master.pcm.hex()},
                         {"targetLufs", rounded(master.targetLufs)},
                         {"predictedLufs", rounded(master.predictedLufs)},
                         {"ceilingDbtp", master.ceilingDbtp},
                         {"heldBackBy", master.heldBackBy},
                         {"timesRealTime", std::round(master.timesRealTime)},
                         {"after", measured(master.after)}};
        if (master.residualDbfs)
            one["residualDbfs"] = *master.residualDbfs <= kNoResidualDbfs
                                      ? ordered_json(nullptr)
                                      : rounded(*master.residualDbfs);
        if (master.sameInOtherOrder)
            one["sameInOtherOrder"] = *master.sameInOtherOrder;
        ordered_json& tone = one["tone"] = ordered_json::array();
        for (const ToneMeasure& measure : master.tone)
            tone.push_back({{"frequencyHz", measure.frequencyHz},
                            {"statedDb", rounded(measure.statedDb)},
                            {"measuredDb", rounded(measure.measuredDb)},
                            {"alignedDb", rounded(measure.alignedDb)},
                            {"audible", measure.audible}});
        ordered_json& checks = one["checks"] = ordered_json::array();
        for (const Check& check : checksOf(track, master)) {
            ordered_json row{
                {"name", check.name}, {"value", rounded(check.value)}, {"passed", check.passed}};
            if (check.limit)
                row["limit"] = *check.limit;
            if (!check.note.empty())
                row["note"] = check.note;
            checks.push_back(std::move(row));
        }
        masters.push_back(std::move(one));
    }
    return dumped(all);
}

std::string toJson(const std::vector<Summary>& summaries) {
    ordered_json rows = ordered_json::array();
    for (const Summary& summary : summaries) {
        ordered_json row{{"name", summary.name},
                         {"title", summary.title},
                         {"count", summary.count},
                         {"failed", summary.failed},
                         {"worst", rounded(summary.worst)},
                         {"p95", rounded(summary.p95)},
                         {"median", rounded(summary.median)},
                         {"passed", summary.passed}};
        if (summary.limit)
            row["limit"] = *summary.limit;
        if (!summary.worstWhere.empty())
            row["worstWhere"] = summary.worstWhere;
        rows.push_back(std::move(row));
    }
    return dumped(ordered_json{{"summary", rows}});
}

} // namespace segue::scorecard
