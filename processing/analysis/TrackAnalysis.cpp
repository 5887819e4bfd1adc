// Running an analysis over a source, and its two spellings: CBOR for storage, JSON for people.
// Blocking reads; any thread that may block.

#include "processing/analysis/TrackAnalysis.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "processing/analysis/Analyzer.h"
#include "processing/analysis/Loudness.h"

namespace segue::analysis {

namespace {

using nlohmann::json;

/// How a quick analysis samples a track.
struct QuickWindows {
    int count;
    double seconds; ///< of each
};

// Many short windows tell more than few long ones: over 41 orchestral tracks 40 of 0.5 s miss the
// integrated loudness by 0.3 LU (RMS), 10 of 2 s by 0.9. Where a seek is dear (an Opus decoder
// needs a long pre-roll) there are fewer. Sources with more samples per second get shorter ones, so
// that the cost stays about 80 ms.
QuickWindows quickWindows(const decode::SourceInfo& info) {
    const double density = info.sampleRateHz * info.numChannels / 88200.0;
    const double share = std::min(1.0, 1.0 / density);
    if (info.codec == "opus")
        return {8, 1.0 * share};
    return {40, 0.5 * share};
}

// A tenth of a second settles the K weighting and the crossover to better than -60 dB.
constexpr double kQuickSettleSeconds = 0.1;
// Below this length a full pass costs hardly more.
constexpr double kQuickFromSeconds = 30.0;

Result<TrackAnalysis> analyseAll(decode::AudioSource& source, const std::atomic<bool>& cancel,
                                 const std::function<void(double)>& progress) {
    const decode::SourceInfo info = source.info();
    Analyzer analyzer(info);
    AudioBuffer buffer(info.numChannels, Analyzer::kMaxBlockFrames);
    std::int64_t done = 0;
    for (;;) {
        if (cancel.load(std::memory_order_relaxed))
            return fail(ErrorCode::Cancelled, "analysis cancelled");
        const auto count = source.read(buffer.block());
        if (!count && done == 0)
            return fail(count.error());
        if (!count || *count == 0)
            break;
        analyzer.add(buffer.block(*count));
        done += *count;
        if (progress && info.numFrames > 0)
            progress(
                std::min(1.0, static_cast<double>(done) / static_cast<double>(info.numFrames)));
    }
    return analyzer.finish(Coverage::Full);
}

Result<TrackAnalysis> analyseWindows(decode::AudioSource& source, const std::atomic<bool>& cancel) {
    const decode::SourceInfo info = source.info();
    Analyzer analyzer(info);
    AudioBuffer buffer(info.numChannels, Analyzer::kMaxBlockFrames);
    const auto settle = static_cast<std::int64_t>(kQuickSettleSeconds * info.sampleRateHz);
    const QuickWindows windows = quickWindows(info);
    // Whole hops: what is left over at the end of a window would count for nothing.
    const std::int64_t hop = info.sampleRateHz / 10;
    const std::int64_t length =
        std::max<std::int64_t>(std::llround(windows.seconds * 10), 1) * hop + settle;
    for (int window = 0; window < windows.count; ++window) {
        // Centres at 1/80, 3/80, ... of the track.
        const std::int64_t start = std::clamp<std::int64_t>(
            info.numFrames * (2 * window + 1) / (2 * windows.count) - length / 2, 0,
            info.numFrames - length);
        if (const auto moved = source.seek(start); !moved)
            return fail(moved.error());
        analyzer.beginWindow(settle);
        for (std::int64_t done = 0; done < length;) {
            if (cancel.load(std::memory_order_relaxed))
                return fail(ErrorCode::Cancelled, "analysis cancelled");
            const auto count =
                source.read(buffer.block(std::min(length - done, Analyzer::kMaxBlockFrames)));
            if (!count)
                return fail(count.error());
            if (*count == 0)
                return fail(ErrorCode::Corrupt, "the file ends before its declared length");
            analyzer.add(buffer.block(*count));
            done += *count;
        }
    }
    return analyzer.finish(Coverage::Quick);
}

json numbers(const TrackAnalysis& a) {
    return {{"coverage", a.coverage == Coverage::Full ? "full" : "quick"},
            {"sampleRateHz", a.sampleRateHz},
            {"channels", a.numChannels},
            {"bitsPerSample", a.bitsPerSample},
            {"frames", a.numFrames},
            {"truncated", a.truncated},
            {"integratedLufs", a.integratedLufs},
            {"loudnessRangeLu", a.loudnessRangeLu},
            {"maxMomentaryLufs", a.maxMomentaryLufs},
            {"maxShortTermLufs", a.maxShortTermLufs},
            {"truePeakDbtp", a.truePeakDbtp},
            {"samplePeakDbfs", a.samplePeakDbfs},
            {"crestFactorDb", a.crestFactorDb},
            {"noiseFloorLufs", a.noiseFloorLufs},
            {"leadingSilenceSeconds", a.leadingSilenceSeconds},
            {"trailingSilenceSeconds", a.trailingSilenceSeconds},
            {"dcOffset", a.dcOffset},
            {"clippedRuns", a.clippedRuns},
            {"correlation", a.correlation},
            {"monoFoldLossLu", a.monoFoldLossLu},
            {"midDb", a.midDb},
            {"sideDb", a.sideDb}};
}

json binary(const std::vector<CurveByte>& curve) {
    return json::binary(curve);
}

} // namespace

Result<TrackAnalysis> analyse(decode::AudioSource& source, Coverage coverage,
                              const std::atomic<bool>& cancel,
                              const std::function<void(double)>& progress) {
    const decode::SourceInfo& info = source.info();
    const double seconds = static_cast<double>(info.numFrames) / info.sampleRateHz;
    if (coverage == Coverage::Quick && seconds >= kQuickFromSeconds)
        return analyseWindows(source, cancel);
    if (const auto moved = source.seek(0); !moved)
        return fail(moved.error());
    return analyseAll(source, cancel, progress);
}

std::string serialize(const TrackAnalysis& analysis) {
    json all = numbers(analysis);
    all["version"] = kAnalysisVersion;
    all["loudnessCurve"] = binary(analysis.loudnessCurve);
    all["peakCurve"] = binary(analysis.peakCurve);
    json& bands = all["bandCurves"] = json::array();
    for (const auto& curve : analysis.bandCurves)
        bands.push_back(binary(curve));
    std::string bytes;
    json::to_cbor(all, bytes);
    return bytes;
}

Result<TrackAnalysis> deserialize(std::string_view bytes) {
    try {
        const json all = json::from_cbor(bytes);
        if (all.at("version") != kAnalysisVersion)
            return fail(ErrorCode::Unsupported, "the stored analysis is of another version");
        TrackAnalysis a;
        a.coverage = all.at("coverage") == "full" ? Coverage::Full : Coverage::Quick;
        all.at("sampleRateHz").get_to(a.sampleRateHz);
        all.at("channels").get_to(a.numChannels);
        all.at("bitsPerSample").get_to(a.bitsPerSample);
        all.at("frames").get_to(a.numFrames);
        all.at("truncated").get_to(a.truncated);
        all.at("integratedLufs").get_to(a.integratedLufs);
        all.at("loudnessRangeLu").get_to(a.loudnessRangeLu);
        all.at("maxMomentaryLufs").get_to(a.maxMomentaryLufs);
        all.at("maxShortTermLufs").get_to(a.maxShortTermLufs);
        all.at("truePeakDbtp").get_to(a.truePeakDbtp);
        all.at("samplePeakDbfs").get_to(a.samplePeakDbfs);
        all.at("crestFactorDb").get_to(a.crestFactorDb);
        all.at("noiseFloorLufs").get_to(a.noiseFloorLufs);
        all.at("leadingSilenceSeconds").get_to(a.leadingSilenceSeconds);
        all.at("trailingSilenceSeconds").get_to(a.trailingSilenceSeconds);
        all.at("dcOffset").get_to(a.dcOffset);
        all.at("clippedRuns").get_to(a.clippedRuns);
        all.at("correlation").get_to(a.correlation);
        all.at("monoFoldLossLu").get_to(a.monoFoldLossLu);
        all.at("midDb").get_to(a.midDb);
        all.at("sideDb").get_to(a.sideDb);
        a.loudnessCurve = all.at("loudnessCurve").get_binary();
        a.peakCurve = all.at("peakCurve").get_binary();
        for (std::size_t band = 0; band < a.bandCurves.size(); ++band)
            a.bandCurves[band] = all.at("bandCurves").at(band).get_binary();

        const bool sane =
            a.sampleRateHz >= kMinSampleRateHz && a.sampleRateHz <= kMaxSampleRateHz &&
            a.numChannels >= 1 && a.numChannels <= kMaxChannels && a.numFrames >= 0 &&
            a.dcOffset.size() == static_cast<std::size_t>(a.numChannels) &&
            std::all_of(a.bandCurves.begin(), a.bandCurves.end(),
                        [&](const auto& curve) { return curve.size() == a.loudnessCurve.size(); });
        if (!sane)
            return fail(ErrorCode::Corrupt, "the stored analysis contradicts itself");
        return a;
    } catch (const json::exception& problem) {
        return fail(ErrorCode::Corrupt,
                    std::string("the stored analysis cannot be read: ") + problem.what());
    }
}

std::string toJson(const TrackAnalysis& analysis) {
    // A picture a thousand points wide shows everything; peaks by their maximum, so that none is
    // lost.
    constexpr std::size_t kWaveformPoints = 1000;
    constexpr std::size_t kHopsPerSecond = 10;
    json all = numbers(analysis);
    all["plrDb"] = analysis.plrDb();
    json waveform = json::array();
    const std::size_t steps = analysis.peakCurve.size();
    const std::size_t points = std::min(kWaveformPoints, steps);
    for (std::size_t i = 0; i < points; ++i) {
        const auto from =
            analysis.peakCurve.begin() + static_cast<std::ptrdiff_t>(i * steps / points);
        const auto to =
            analysis.peakCurve.begin() + static_cast<std::ptrdiff_t>((i + 1) * steps / points);
        waveform.push_back(
            std::round(1000 * std::pow(10.0, curveDb(*std::max_element(from, to)) / 20)) / 1000);
    }
    all["waveform"] = std::move(waveform);
    json curve = json::array();
    for (std::size_t at = 0; at < analysis.loudnessCurve.size(); at += kHopsPerSecond) {
        const std::size_t end = std::min(at + kHopsPerSecond, analysis.loudnessCurve.size());
        double power = 0;
        for (std::size_t i = at; i < end; ++i)
            power += std::pow(10.0, curveDb(analysis.loudnessCurve[i]) / 10);
        curve.push_back(std::round(100 * 10 * std::log10(power / static_cast<double>(end - at))) /
                        100);
    }
    all["loudnessPerSecondLufs"] = std::move(curve);
    json bands = json::array();
    for (int band = 0; band < kNumThirdOctaves; ++band)
        bands.push_back(std::round(thirdOctaveHz(band) * 10) / 10);
    all["thirdOctaveHz"] = std::move(bands);
    return all.dump();
}

} // namespace segue::analysis
