// How an analysis reads in a terminal.
#include "tools/segue/AnalysisText.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "processing/types/Text.h"
#include "tools/segue/AudioFiles.h"

namespace segue::tools {
namespace {

using analysis::TrackAnalysis;

constexpr const char* kIndent = "  ";

double secondsOf(const TrackAnalysis& a) {
    return static_cast<double>(a.numFrames) / a.sampleRateHz;
}

std::string channelsText(int count) {
    if (count == 1)
        return "mono";
    return count == 2 ? "stereo" : text("%d channels", count);
}

/// Silence is not a number of LUFS.
std::string level(double db, const char* unit) {
    return db <= TrackAnalysis::kSilenceDb + 0.5 ? "silent" : text("%.1f %s", db, unit);
}

double roundedUp(double value, double step) {
    return std::ceil(value / step) * step;
}

std::string spectrumPicture(const TrackAnalysis& a, Glyphs glyphs) {
    constexpr double kRangeDb = 64;
    BarPicture picture;
    picture.rows = 8;
    picture.barColumns = 2;
    double loudest = TrackAnalysis::kSilenceDb;
    for (std::size_t band = 0; band < a.midDb.size(); ++band) {
        const double power =
            std::pow(10.0, a.midDb[band] / 10) + std::pow(10.0, a.sideDb[band] / 10);
        picture.values.push_back(10 * std::log10(power));
        loudest = std::max(loudest, picture.values.back());
    }
    picture.top = roundedUp(loudest, 8);
    picture.bottom = picture.top - kRangeDb;
    // Third octaves of the nominal 31.5, 63, ... Hz.
    constexpr std::array<const char*, 10> kOctaves{"32", "63", "125", "250", "500",
                                                   "1k", "2k", "4k",  "8k",  "16k"};
    for (std::size_t octave = 0; octave < kOctaves.size(); ++octave)
        picture.labels.emplace_back(2 + 3 * octave, kOctaves[octave]);
    return "Third octaves, dBFS\n" + draw(picture, glyphs, kIndent);
}

std::string loudnessPicture(const TrackAnalysis& a, Glyphs glyphs) {
    constexpr std::size_t kMostColumns = 62;
    constexpr double kRangeLu = 36;
    const std::size_t hops = a.loudnessCurve.size();
    const std::size_t columns = std::min(kMostColumns, hops);
    BarPicture picture;
    picture.rows = 6;
    double loudest = TrackAnalysis::kSilenceDb;
    for (std::size_t i = 0; i < columns; ++i) {
        const std::size_t from = i * hops / columns;
        const std::size_t to = (i + 1) * hops / columns;
        double power = 0;
        for (std::size_t hop = from; hop < to; ++hop)
            power += std::pow(10.0, analysis::curveDb(a.loudnessCurve[hop]) / 10);
        picture.values.push_back(10 * std::log10(power / static_cast<double>(to - from)));
        loudest = std::max(loudest, picture.values.back());
    }
    picture.top = roundedUp(loudest, 6);
    picture.bottom = picture.top - kRangeLu;
    const double seconds = static_cast<double>(hops) / 10;
    for (int quarter = 0; quarter < 4; ++quarter)
        picture.labels.emplace_back(columns * static_cast<std::size_t>(quarter) / 4,
                                    durationText(seconds * quarter / 4));
    return "Loudness over time, LUFS\n" + draw(picture, glyphs, kIndent);
}

} // namespace

std::string durationText(double seconds) {
    const auto whole = static_cast<long>(std::lround(seconds));
    if (whole >= 3600)
        return text("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    return text("%ld:%02ld", whole / 60, whole % 60);
}

std::string analysisDetails(const std::filesystem::path& file, const std::string& codec,
                            const TrackAnalysis& a, Glyphs glyphs) {
    std::string out = printable(file.filename().string()) + "\n";
    const auto row = [&](const char* name, const std::string& value) {
        out += kIndent + text("%-10s ", name) + value + "\n";
    };
    std::string format = codec + ", " + text("%g kHz, ", a.sampleRateHz / 1000.0);
    if (a.bitsPerSample > 0)
        format += text("%d bits, ", a.bitsPerSample);
    format += channelsText(a.numChannels) + ", " + durationText(secondsOf(a));
    if (a.truncated)
        format += ", ends before its declared length";
    row("File", format);
    row("Loudness", level(a.integratedLufs, "LUFS") + text(", range %.1f LU", a.loudnessRangeLu));
    row("", "momentary up to " + level(a.maxMomentaryLufs, "LUFS") + ", short-term up to " +
                level(a.maxShortTermLufs, "LUFS"));
    row("", "noise floor " + level(a.noiseFloorLufs, "LUFS"));
    row("Peaks",
        "true " + level(a.truePeakDbtp, "dBTP") + ", sample " + level(a.samplePeakDbfs, "dBFS"));
    row("Dynamics",
        a.silent() ? "none"
                   : text("peak to loudness %.1f dB, crest %.1f dB", a.plrDb(), a.crestFactorDb));
    if (a.numChannels == 2)
        row("Stereo", text("correlation %.2f, folded to mono %.1f LU quieter", a.correlation,
                           a.monoFoldLossLu));
    row("Silence",
        text("%.1f s before, %.1f s after", a.leadingSilenceSeconds, a.trailingSilenceSeconds));
    double offset = 0;
    for (const double channel : a.dcOffset)
        offset = std::max(offset, std::abs(channel));
    row("Faults", text("constant offset %.4f %% of full scale, %lld clipped runs", 100 * offset,
                       static_cast<long long>(a.clippedRuns)));
    if (a.silent())
        return out;
    return out + "\n" + spectrumPicture(a, glyphs) + "\n" + loudnessPicture(a, glyphs);
}

std::string analysisHeading() {
    return "  LUFS    LRA   dBTP    PLR  corr  length  file";
}

std::string analysisLine(const std::filesystem::path& file, const TrackAnalysis& a) {
    const std::string name = printable(file.filename().string());
    if (a.silent())
        return text("silent %6s %6s %6s %5s %7s  ", "-", "-", "-", "-",
                    durationText(secondsOf(a)).c_str()) +
               name;
    return text("%6.1f %6.1f %6.1f %6.1f %5.2f %7s  ", a.integratedLufs, a.loudnessRangeLu,
                a.truePeakDbtp, a.plrDb(), a.correlation, durationText(secondsOf(a)).c_str()) +
           name;
}

} // namespace segue::tools
