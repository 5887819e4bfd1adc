// The rows of the scorecard and their limits, and how they read over many tracks. Pure functions of
// what was measured.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

#include <nlohmann/json.hpp>

#include "processing/scorecard/Scorecard.h"

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

std::string text(const char* format, auto... values) {
    std::array<char, 200> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format, values...);
    return buffer.data();
}

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

double percentile(const std::vector<double>& sorted, double part) {
    const auto rank = static_cast<std::size_t>(
        std::max(1.0, std::ceil(part * static_cast<double>(sorted.size()))));
    return sorted[rank - 1];
}

struct Collected {
    Check first;
    std::vector<double> badness; ///< larger is worse
    int failed = 0;
    std::string worstWhere;
};

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
    const TrackAnalysis& before = track.before;
    const TrackAnalysis& after = master.after;
    std::vector<Check> checks;
    const auto add = [&](Check check) { checks.push_back(judged(std::move(check))); };
    const bool bypass = master.intensity == 0;
    if (before.silent()) {
        add({.name = "silence",
             .title = "silence, sample peak, dBFS",
             .value = after.samplePeakDbfs,
             .limit = 20 * std::log10(std::pow(10, before.samplePeakDbfs / 20) +
                                      std::pow(10, kDitherDbfs / 20))});
    } else {
        if (!bypass) {
            checks.push_back(loudnessCheck(master));
            add({.name = "true-peak",
                 .title = "true peak over the ceiling, dB",
                 .value = after.truePeakDbtp - master.ceilingDbtp,
                 .limit = kOverCeilingDb});
        }
        add({.name = "plr",
             .title = "PLR over its floor, dB",
             .value = after.plrDb() - std::min(kMinPlrDb, before.plrDb()),
             .limit = -kPlrToleranceDb,
             .worse = Check::Worse::Lower});
        add({.name = "lra",
             .title = "LRA over half of the source's, LU",
             .value = after.loudnessRangeLu - kLeastPartOfRange * before.loudnessRangeLu,
             .limit = 0,
             .worse = Check::Worse::Lower});
        if (before.numChannels == 2) {
            add({.name = "correlation",
                 .title = "correlation lost",
                 .value = before.correlation - after.correlation,
                 .limit = kCorrelationLoss});
            add({.name = "mono-fold",
                 .title = "mono-fold loss over the source's, LU",
                 .value = after.monoFoldLossLu - before.monoFoldLossLu,
                 .limit = kMonoFoldLossLu});
        }
        if (std::any_of(master.tone.begin(), master.tone.end(), [](const ToneMeasure& tone) {
                return tone.audible && std::abs(tone.statedDb) >= kLeastStatedDb;
            }))
            checks.push_back(toneCheck(master));
        if (!bypass)
            addForesight(master.foresight, checks);
    }
    if (master.residualDbfs)
        add({.name = "residual",
             .title = "chunked against one pass, dBFS",
             .value = *master.residualDbfs,
             .limit = kResidualDbfs});
    if (master.sameInOtherOrder)
        add({.name = "order",
             .title = "other bytes in another order",
             .value = *master.sameInOtherOrder ? 0.0 : 1.0,
             .limit = 0});
    if (track.bypassIsSource && &master == &track.masters.front())
        add({.name = "bypass",
             .title = "other bits at intensity 0",
             .value = *track.bypassIsSource ? 0.0 : 1.0,
             .limit = 0});
    add({.name = "speed",
         .title = "render, times real time per core",
         .value = master.timesRealTime,
         .worse = Check::Worse::Lower});
    return checks;
}

std::vector<Summary> summarise(const std::vector<TrackScore>& tracks) {
    std::vector<std::string> order;
    std::map<std::string, Collected> rows;
    int usualErrors = 0;
    int errors = 0;
    int equalPairs = 0;
    for (const TrackScore& track : tracks)
        for (std::size_t m = 0; m < track.masters.size(); ++m) {
            const MasterScore& master = track.masters[m];
            for (const Check& check : checksOf(track, master)) {
                // What a rule held back tells nothing about how well targets are met.
                if (check.name == "loudness-error" && !loudnessRuleOf(master).empty())
                    continue;
                auto [row, fresh] = rows.try_emplace(check.name);
                if (fresh) {
                    order.push_back(check.name);
                    row->second.first = check;
                }
                const double badness =
                    check.worse == Check::Worse::Higher ? check.value : -check.value;
                Collected& all = row->second;
                all.failed += check.passed ? 0 : 1;
                if (all.badness.empty() ||
                    badness > *std::max_element(all.badness.begin(), all.badness.end()))
                    all.worstWhere = track.path.filename().string() + ", " + master.preset +
                                     (check.note.empty() ? "" : ", " + check.note);
                all.badness.push_back(badness);
                if (check.name == "loudness-error") {
                    ++errors;
                    usualErrors += check.value <= kUsualLoudnessErrorLu ? 1 : 0;
                }
            }
            for (std::size_t other = 0; other < m && !track.before.silent(); ++other)
                equalPairs += master.pcm == track.masters[other].pcm &&
                                      master.preset != track.masters[other].preset &&
                                      master.intensity > 0
                                  ? 1
                                  : 0;
        }
    std::vector<Summary> summaries;
    for (const std::string& name : order) {
        Collected& row = rows[name];
        std::sort(row.badness.begin(), row.badness.end());
        const double sign = row.first.worse == Check::Worse::Higher ? 1 : -1;
        summaries.push_back({.name = name,
                             .title = row.first.title,
                             .limit = row.first.limit,
                             .count = static_cast<int>(row.badness.size()),
                             .failed = row.failed,
                             .worst = sign * row.badness.back(),
                             .p95 = sign * percentile(row.badness, kUsualPart),
                             .median = sign * percentile(row.badness, 0.5),
                             .worstWhere = row.worstWhere,
                             .passed = row.failed == 0});
    }
    if (errors > 0) {
        const double part = static_cast<double>(usualErrors) / errors;
        summaries.push_back({.name = "loudness-usual",
                             .title = "part of the loudness errors up to 0.3 LU",
                             .limit = kUsualPart,
                             .count = errors,
                             .failed = part < kUsualPart ? 1 : 0,
                             .worst = part,
                             .p95 = part,
                             .median = part,
                             .passed = part >= kUsualPart});
    }
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
