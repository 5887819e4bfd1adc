// Presets, references, bodies and parameters as arbitrary text: what is accepted lies in its ranges
// and says the same after it was written and read again.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>

#include "backend/EnhanceRequest.h"
#include "backend/PlayRoutes.h"
#include "backend/PrewarmRequest.h"
#include "backend/ReferenceRequest.h"
#include "backend/ServerNote.h"
#include "backend/StreamParameters.h"
#include "processing/mastering/Preset.h"
#include "processing/mastering/ReferenceProfile.h"

namespace {

using namespace segue;

void require(bool holds) {
    if (!holds)
        std::abort();
}

void readPreset(const std::string& text) {
    auto preset = mastering::presetFromJson(text);
    if (!preset)
        return;
    require(preset->name.empty() || mastering::isPresetName(preset->name));
    require(preset->targetLufs >= mastering::kMinTargetLufs &&
            preset->targetLufs <= mastering::kMaxTargetLufs);
    require(std::isfinite(mastering::presetToneDb(*preset, 1000)));
    if (preset->name.empty())
        preset->name = "named";
    const auto again = mastering::presetFromJson(mastering::toJson(*preset));
    require(again && *again == *preset);
}

void readReference(const std::string& text) {
    const auto profile = mastering::referenceFromJson(text);
    if (!profile)
        return;
    const auto again = mastering::referenceFromJson(mastering::toJson(*profile));
    require(again && mastering::hashOf(*again) == mastering::hashOf(*profile));
}

void readRequest(const std::string& text) {
    const auto request = backend::parseReferenceRequest(text);
    if (!request)
        return;
    require(!request->name.empty() &&
            request->name.size() <= backend::ReferenceRequest::kMostNameBytes);
    require(request->trackIds.size() <= backend::ReferenceRequest::kMostTracks &&
            request->referenceIds.size() <= backend::ReferenceRequest::kMostTracks);
    require(!request->trackIds.empty() || !request->referenceIds.empty());
    for (const library::TrackId id : request->trackIds)
        require(id > 0);
    for (const std::string& id : request->referenceIds)
        require(Hash128::fromHex(id).has_value());
}

/// Lines of `name=value`.
void readParameters(const std::string& text) {
    std::map<std::string, std::string> given;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        const std::size_t equals = std::min(line.find('='), line.size());
        given.emplace(line.substr(0, equals),
                      equals < line.size() ? line.substr(equals + 1) : std::string());
        at = end + 1;
    }
    const auto parameters =
        backend::parseStreamParameters([&](const std::string& name) -> std::optional<std::string> {
            const auto it = given.find(name);
            return it == given.end() ? std::nullopt : std::optional(it->second);
        });
    if (!parameters) {
        require(parameters.error().message.size() < 400);
        return;
    }
    const mastering::PlanRequest& request = parameters->request;
    require(request.intensity >= 0 && request.intensity <= 1 && request.blend >= 0 &&
            request.blend <= 1);
    require(!request.targetLufs || (*request.targetLufs >= mastering::kMinTargetLufs &&
                                    *request.targetLufs <= mastering::kMaxTargetLufs));
    require(!request.ceilingDbtp || (*request.ceilingDbtp >= mastering::kMinCeilingDbtp &&
                                     *request.ceilingDbtp <= mastering::kMaxCeilingDbtp));
}

void readPrewarm(const std::string& text) {
    const auto request = backend::parsePrewarmRequest(text);
    if (!request)
        return;
    require(request->jobs >= 1 && request->jobs <= backend::PrewarmRequest::kMostJobs);
    require(request->selection.limit >= 1 &&
            request->selection.limit <= backend::PrewarmRequest::kMostLimit);
    const auto again = backend::parsePrewarmRequest(backend::toJson(*request));
    require(again && backend::toJson(*again) == backend::toJson(*request));
}

void readEnhance(const std::string& text) {
    const auto request = backend::parseEnhanceRequest(text);
    if (!request)
        return;
    require(encode::check(request->target).has_value());
    require(request->selection.trackIds.size() <= backend::EnhanceRequest::kMostTracks);
    const auto again = backend::parseEnhanceRequest(backend::toJson(*request));
    require(again && backend::toJson(*again) == backend::toJson(*request));
    (void)backend::voiceOf(*request, {});
}

void readPlay(const std::string& text) {
    constexpr std::int64_t kNow = 1'700'000'000'000;
    const auto play = backend::parsePlay(text, kNow);
    require(!play || (play->track > 0 && play->secondsHeard >= 0));
    (void)backend::parseServerNote(text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
    switch (data[0] % 7) {
    case 0:
        readPreset(text);
        break;
    case 1:
        readReference(text);
        break;
    case 2:
        readRequest(text);
        break;
    case 3:
        readPrewarm(text);
        break;
    case 4:
        readPlay(text);
        break;
    case 5:
        readEnhance(text);
        break;
    default:
        readParameters(text);
    }
    return 0;
}
