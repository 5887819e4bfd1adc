// Profiles of reference tracks, and their JSON. Pure functions, any thread.

#include "processing/mastering/ReferenceProfile.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "processing/types/Decibels.h"
#include "processing/types/JsonMembers.h"

namespace segue::mastering {

namespace {

using analysis::TrackAnalysis;
using Json = nlohmann::ordered_json;

bool sane(const ReferenceProfile& profile) {
    const auto level = [](double db) { return std::isfinite(db) && std::abs(db) <= 200; };
    return std::all_of(profile.midDb.begin(), profile.midDb.end(), level) &&
           std::all_of(profile.sideDb.begin(), profile.sideDb.end(), level) &&
           level(profile.integratedLufs) && level(profile.loudnessRangeLu) &&
           level(profile.plrDb) && level(profile.monoFoldLossLu);
}

/// What one track, or several that were put together before, brings in.
struct Share {
    double tracks;
    bool stereo;
    const std::array<double, analysis::kNumThirdOctaves>*midDb, *sideDb;
    double integratedLufs, loudnessRangeLu, plrDb, monoFoldLossLu;
};

Share shareOf(const TrackAnalysis& a) {
    return {1,         a.numChannels == 2, &a.midDb, &a.sideDb, a.integratedLufs, a.loudnessRangeLu,
            a.plrDb(), a.monoFoldLossLu};
}

Share shareOf(const ReferenceProfile& p) {
    // A file that somebody has edited may name no sources.
    return {static_cast<double>(std::max<std::size_t>(p.sources.size(), 1)),
            p.stereo,
            &p.midDb,
            &p.sideDb,
            p.integratedLufs,
            p.loudnessRangeLu,
            p.plrDb,
            p.monoFoldLossLu};
}

/// A mean of means by their weights is the mean of all tracks: of levels in dB as such, of spectra
/// as powers at the mean loudness.
void takeMean(const std::vector<Share>& shares, ReferenceProfile& profile) {
    double count = 0;
    for (const Share& share : shares)
        count += share.tracks;
    profile.stereo = false;
    for (const Share& share : shares) {
        profile.stereo = profile.stereo || share.stereo;
        profile.integratedLufs += share.integratedLufs * share.tracks / count;
        profile.loudnessRangeLu += share.loudnessRangeLu * share.tracks / count;
        profile.plrDb += share.plrDb * share.tracks / count;
        profile.monoFoldLossLu += share.monoFoldLossLu * share.tracks / count;
    }
    const double silence = powerOf(TrackAnalysis::kSilenceDb);
    for (std::size_t band = 0; band < profile.midDb.size(); ++band) {
        double mid = 0;
        double side = 0;
        for (const Share& share : shares) {
            const double toCommonLoudness = profile.integratedLufs - share.integratedLufs;
            mid += powerOf((*share.midDb)[band] + toCommonLoudness) * share.tracks / count;
            side += powerOf((*share.sideDb)[band] + toCommonLoudness) * share.tracks / count;
        }
        profile.midDb[band] = 10 * std::log10(std::max(mid, silence));
        profile.sideDb[band] = 10 * std::log10(std::max(side, silence));
    }
}

} // namespace

Result<ReferenceProfile> makeReference(std::string name, std::span<const ReferenceSource> sources,
                                       std::span<const ReferenceProfile> profiles) {
    std::vector<Share> shares;
    ReferenceProfile profile;
    profile.name = std::move(name);
    for (const auto& [title, a] : sources) {
        if (a->silent())
            return fail(ErrorCode::InvalidArgument,
                        "'" + title + "' is silent and cannot be a reference");
        profile.sources.push_back(title);
        shares.push_back(shareOf(*a));
    }
    for (const ReferenceProfile& one : profiles) {
        profile.sources.insert(profile.sources.end(), one.sources.begin(), one.sources.end());
        shares.push_back(shareOf(one));
    }
    if (shares.empty())
        return fail(ErrorCode::InvalidArgument, "a reference needs at least one track");
    takeMean(shares, profile);
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
        if (const auto twice = memberGivenTwice(text))
            return fail(ErrorCode::Corrupt,
                        "the reference profile: '" + *twice + "' is given twice");
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
