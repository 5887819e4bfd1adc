// Profiles of reference tracks, and their JSON. Pure functions, any thread.

#include "processing/mastering/ReferenceProfile.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;
using Json = nlohmann::ordered_json;

double powerOf(double db) {
    return std::pow(10.0, db / 10);
}

bool sane(const ReferenceProfile& profile) {
    const auto level = [](double db) { return std::isfinite(db) && std::abs(db) <= 200; };
    return std::all_of(profile.midDb.begin(), profile.midDb.end(), level) &&
           std::all_of(profile.sideDb.begin(), profile.sideDb.end(), level) &&
           level(profile.integratedLufs) && level(profile.loudnessRangeLu) &&
           level(profile.plrDb) && level(profile.monoFoldLossLu);
}

} // namespace

Result<ReferenceProfile> makeReference(std::string name, std::span<const ReferenceSource> sources) {
    if (sources.empty())
        return fail(ErrorCode::InvalidArgument, "a reference needs at least one track");
    ReferenceProfile profile;
    profile.name = std::move(name);
    profile.stereo = false;
    const double count = static_cast<double>(sources.size());
    for (const auto& [title, a] : sources) {
        if (a->silent())
            return fail(ErrorCode::InvalidArgument,
                        "'" + title + "' is silent and cannot be a reference");
        profile.sources.push_back(title);
        profile.stereo = profile.stereo || a->numChannels == 2;
        profile.integratedLufs += a->integratedLufs / count;
        profile.loudnessRangeLu += a->loudnessRangeLu / count;
        profile.plrDb += a->plrDb() / count;
        profile.monoFoldLossLu += a->monoFoldLossLu / count;
    }
    std::array<double, analysis::kNumThirdOctaves> mid{};
    std::array<double, analysis::kNumThirdOctaves> side{};
    for (const auto& [title, a] : sources) {
        const double toCommonLoudness = profile.integratedLufs - a->integratedLufs;
        for (std::size_t band = 0; band < mid.size(); ++band) {
            mid[band] += powerOf(a->midDb[band] + toCommonLoudness) / count;
            side[band] += powerOf(a->sideDb[band] + toCommonLoudness) / count;
        }
    }
    const double silence = powerOf(TrackAnalysis::kSilenceDb);
    for (std::size_t band = 0; band < mid.size(); ++band) {
        profile.midDb[band] = 10 * std::log10(std::max(mid[band], silence));
        profile.sideDb[band] = 10 * std::log10(std::max(side[band], silence));
    }
    return profile;
}

Hash128 hashOf(const ReferenceProfile& profile) {
    Hasher hasher;
    hasher.number(profile.stereo ? 1 : 0);
    for (const auto* spectrum : {&profile.midDb, &profile.sideDb})
        for (const double level : *spectrum)
            hasher.real(level);
    return hasher.real(profile.integratedLufs)
        .real(profile.loudnessRangeLu)
        .real(profile.plrDb)
        .real(profile.monoFoldLossLu)
        .finish();
}

std::string toJson(const ReferenceProfile& profile) {
    return Json{{"name", profile.name},
                {"sources", profile.sources},
                {"stereo", profile.stereo},
                {"integratedLufs", profile.integratedLufs},
                {"loudnessRangeLu", profile.loudnessRangeLu},
                {"plrDb", profile.plrDb},
                {"monoFoldLossLu", profile.monoFoldLossLu},
                {"midDb", profile.midDb},
                {"sideDb", profile.sideDb}}
        .dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<ReferenceProfile> referenceFromJson(std::string_view text) {
    try {
        const Json json = Json::parse(text);
        ReferenceProfile profile;
        json.at("name").get_to(profile.name);
        json.at("sources").get_to(profile.sources);
        json.at("stereo").get_to(profile.stereo);
        json.at("integratedLufs").get_to(profile.integratedLufs);
        json.at("loudnessRangeLu").get_to(profile.loudnessRangeLu);
        json.at("plrDb").get_to(profile.plrDb);
        json.at("monoFoldLossLu").get_to(profile.monoFoldLossLu);
        json.at("midDb").get_to(profile.midDb);
        json.at("sideDb").get_to(profile.sideDb);
        if (!sane(profile))
            return fail(ErrorCode::Corrupt, "the reference profile holds impossible levels");
        return profile;
    } catch (const Json::exception& problem) {
        return fail(ErrorCode::Corrupt,
                    std::string("the reference profile cannot be read: ") + problem.what());
    }
}

} // namespace segue::mastering
