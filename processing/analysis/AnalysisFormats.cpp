// The two spellings of an analysis: CBOR for storage, JSON for people. Pure functions, any thread.

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/types/Decibels.h"

namespace segue::analysis {

namespace {

using nlohmann::json;

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

constexpr std::size_t kHopsPerSecond = 10;
constexpr std::size_t kShortTermHops = 30; // 3 s

/// Rounded: nobody reads more, and answers stay small.
double rounded(double value, double steps) {
    return std::round(value * steps) / steps;
}

double dbOf(double power) {
    return std::max(10 * std::log10(std::max(power, 1e-30)), TrackAnalysis::kSilenceDb);
}

/// Amplitudes of at most `points` pieces of equal length; by their maximum, so that no peak is
/// lost.
json waveform(const std::vector<CurveByte>& peaks, std::size_t points) {
    json result = json::array();
    const std::size_t steps = peaks.size();
    points = std::min(points, steps);
    for (std::size_t i = 0; i < points; ++i) {
        const auto from = peaks.begin() + static_cast<std::ptrdiff_t>(i * steps / points);
        const auto to = peaks.begin() + static_cast<std::ptrdiff_t>((i + 1) * steps / points);
        result.push_back(rounded(std::pow(10.0, curveDb(*std::max_element(from, to)) / 20), 1000));
    }
    return result;
}

/// One value per second: of the `window` hops that end with it, or as many as there are.
json loudness(const std::vector<CurveByte>& hops, std::size_t window) {
    json result = json::array();
    for (std::size_t second = 0; second < hops.size(); second += kHopsPerSecond) {
        const std::size_t end = std::min(second + kHopsPerSecond, hops.size());
        const std::size_t from = end - std::min(window, end);
        double power = 0;
        for (std::size_t i = from; i < end; ++i)
            power += powerOf(curveDb(hops[i]));
        result.push_back(rounded(dbOf(power / static_cast<double>(end - from)), 100));
    }
    return result;
}

/// Null where there is neither.
json levelDifference(double a, double b) {
    if (std::max(a, b) <= TrackAnalysis::kSilenceDb)
        return nullptr;
    return rounded(a - b, 100);
}

/// Mid and side in the bands of the mastering chain, from the third octaves whose centres lie
/// there.
json bands(const TrackAnalysis& analysis) {
    json result = json::array();
    for (std::size_t band = 0; band < dsp::kNumBands; ++band) {
        const double low = band == 0 ? 0 : dsp::kCrossoverHz[band - 1];
        const bool last = band + 1 == dsp::kNumBands;
        const double high = last ? analysis.sampleRateHz / 2.0 : dsp::kCrossoverHz[band];
        double mid = 0;
        double side = 0;
        for (int i = 0; i < kNumThirdOctaves; ++i)
            if (const double hz = thirdOctaveHz(i); hz >= low && (last || hz < high)) {
                mid += powerOf(analysis.midDb[static_cast<std::size_t>(i)]);
                side += powerOf(analysis.sideDb[static_cast<std::size_t>(i)]);
            }
        // Silent third octaves add up to a little more than one of them.
        const auto level = [](double power) {
            const double db = dbOf(power);
            return db < TrackAnalysis::kSilenceDb + 15 ? TrackAnalysis::kSilenceDb : db;
        };
        result.push_back({{"fromHz", low},
                          {"toHz", high},
                          {"midDb", rounded(level(mid), 100)},
                          {"sideDb", rounded(level(side), 100)},
                          {"sideToMidDb", levelDifference(level(side), level(mid))}});
    }
    return result;
}

} // namespace

std::string serialize(const TrackAnalysis& analysis) {
    json all = numbers(analysis);
    all["version"] = kAnalysisVersion;
    all["loudnessCurve"] = binary(analysis.loudnessCurve);
    all["peakCurve"] = binary(analysis.peakCurve);
    all["chainPeakCurve"] = binary(analysis.chainPeakCurve);
    all["centredPeakDbfs"] = analysis.centredPeakDbfs;
    all["spectrumCurve"] = binary(analysis.spectrumCurve);
    all["fineSpectrum"] = json::binary(
        std::vector<CurveByte>(analysis.fineSpectrum.begin(), analysis.fineSpectrum.end()));
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
        a.chainPeakCurve = all.at("chainPeakCurve").get_binary();
        all.at("centredPeakDbfs").get_to(a.centredPeakDbfs);
        a.spectrumCurve = all.at("spectrumCurve").get_binary();
        const std::vector<CurveByte>& fine = all.at("fineSpectrum").get_binary();
        std::copy_n(fine.begin(), std::min(fine.size(), a.fineSpectrum.size()),
                    a.fineSpectrum.begin());
        for (std::size_t band = 0; band < a.bandCurves.size(); ++band)
            a.bandCurves[band] = all.at("bandCurves").at(band).get_binary();

        const bool sane =
            a.sampleRateHz >= kMinSampleRateHz && a.sampleRateHz <= kMaxSampleRateHz &&
            a.numChannels >= 1 && a.numChannels <= kMaxChannels && a.numFrames >= 0 &&
            a.dcOffset.size() == static_cast<std::size_t>(a.numChannels) &&
            a.spectrumCurve.size() % kNumThirdOctaves == 0 &&
            a.chainPeakCurve.size() == a.peakCurve.size() && fine.size() == a.fineSpectrum.size() &&
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

std::string toJson(const TrackAnalysis& analysis, int waveformPoints) {
    json all = numbers(analysis);
    all["plrDb"] = analysis.plrDb();
    all["waveform"] = waveform(analysis.peakCurve, static_cast<std::size_t>(waveformPoints));
    all["loudnessPerSecondLufs"] = loudness(analysis.loudnessCurve, kHopsPerSecond);
    // Windows of a quick analysis lie far apart: three of their seconds are not three of the track.
    if (analysis.coverage == Coverage::Full)
        all["shortTermLufs"] = loudness(analysis.loudnessCurve, kShortTermHops);
    else
        all["shortTermLufs"] = nullptr;
    all["shortTermStepSeconds"] = 1;
    json frequencies = json::array();
    json sideToMid = json::array();
    for (int i = 0; i < kNumThirdOctaves; ++i) {
        const auto index = static_cast<std::size_t>(i);
        frequencies.push_back(std::round(thirdOctaveHz(i) * 10) / 10);
        sideToMid.push_back(levelDifference(analysis.sideDb[index], analysis.midDb[index]));
    }
    all["thirdOctaveHz"] = std::move(frequencies);
    all["sideToMidDb"] = std::move(sideToMid);
    all["bands"] = bands(analysis);
    return all.dump();
}

} // namespace segue::analysis
