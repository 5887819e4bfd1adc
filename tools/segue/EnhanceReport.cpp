// What `segue enhance` tells of a file. Pure functions.
#include "tools/segue/EnhanceReport.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "library/Text.h"
#include "processing/types/Text.h"
#include "tools/segue/AudioFiles.h"

namespace segue::tools {
namespace {

using analysis::TrackAnalysis;
using enhance::Enhanced;
using enhance::EnhanceJob;
using nlohmann::json;

std::string row(const char* name, double before, double after, const char* unit,
                const std::string& note = "", int digits = 1) {
    return text("  %-10s %7.*f -> %5.*f %s", name, digits, before, digits, after, unit) + note +
           "\n";
}

std::string list(const char* name, const std::vector<std::string>& lines) {
    std::string result;
    for (const std::string& line : lines)
        result += text("  %-10s ", std::exchange(name, "")) + printable(line) + "\n";
    return result;
}

/// @param a  of the source or, with details, of the result
json figures(const TrackAnalysis& a) {
    return {{"integratedLufs", a.integratedLufs},
            {"loudnessRangeLu", a.loudnessRangeLu},
            {"maxMomentaryLufs", a.maxMomentaryLufs},
            {"maxShortTermLufs", a.maxShortTermLufs},
            {"truePeakDbtp", a.truePeakDbtp},
            {"plrDb", a.plrDb()},
            {"crestFactorDb", a.crestFactorDb},
            {"correlation", a.correlation},
            {"monoFoldLossLu", a.monoFoldLossLu},
            {"clippedRuns", a.clippedRuns},
            {"midDb", a.midDb},
            {"sideDb", a.sideDb}};
}

json head(const EnhanceJob& job, const std::string& status) {
    return {{"source", library::displayText(job.in.native())},
            {"result", library::displayText(job.out.native())},
            {"status", status}};
}

} // namespace

std::string reportText(const EnhanceJob& job, const Enhanced& result) {
    const mastering::MasteringPlan& plan = result.plan;
    const TrackAnalysis& before = result.before;
    const analysis::LoudnessMeasures& loudness = result.after.loudness;
    std::string report =
        printable(job.in.filename().string()) + " -> " + printable(job.out.string()) + "\n";
    report += text("  %-10s %s, intensity %g\n", "Preset", printable(plan.preset).c_str(),
                   plan.intensity);
    report += list("Plan", plan.summary) + list("Held back", plan.heldBackBy);
    if (before.silent())
        return report + text("  %-10s silent\n", "Loudness");
    const bool bypass = plan.bypass();
    report += row("Loudness", before.integratedLufs, loudness.integratedLufs, "LUFS",
                  bypass ? "" : text(", target %.1f", plan.targetLufs));
    report += row("True peak", before.truePeakDbtp, loudness.truePeakDbtp, "dBTP",
                  bypass ? "" : text(", ceiling %.1f", plan.limiter.ceilingDbtp));
    report += row("PLR", before.plrDb(), loudness.plrDb(), "dB");
    report += row("LRA", before.loudnessRangeLu, loudness.loudnessRangeLu, "LU");
    if (!result.after.details)
        return report;
    const TrackAnalysis& after = *result.after.details;
    report += row("Momentary", before.maxMomentaryLufs, after.maxMomentaryLufs, "LUFS, largest");
    report += row("Short term", before.maxShortTermLufs, after.maxShortTermLufs, "LUFS, largest");
    report += row("Crest", before.crestFactorDb, after.crestFactorDb, "dB");
    if (before.numChannels == 2) {
        report += row("Correlation", before.correlation, after.correlation, "", "", 2);
        report += row("Mono fold", before.monoFoldLossLu, after.monoFoldLossLu, "LU lost");
    }
    return report;
}

std::string reportJson(const EnhanceJob& job, const Enhanced& result) {
    json report = head(job, "mastered");
    const auto& before = result.before;
    report["durationSeconds"] =
        static_cast<double>(before.numFrames) / std::max(before.sampleRateHz, 1);
    report["preset"] = result.plan.preset;
    report["intensity"] = result.plan.intensity;
    report["plan"] = result.plan.summary;
    report["heldBackBy"] = result.plan.heldBackBy;
    report["targetLufs"] = result.plan.targetLufs;
    report["ceilingDbtp"] = result.plan.limiter.ceilingDbtp;
    report["gainDb"] = result.plan.limiter.inputGainDb;
    report["before"] = figures(before);
    report["after"] = figures(*result.after.details);
    return report.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string reportJson(const EnhanceJob& job, const std::string& status,
                       const std::string& message) {
    json report = head(job, status);
    if (!message.empty())
        report["message"] = library::displayText(message);
    return report.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace segue::tools
