// The body of POST /api/references. A pure function; the JSON library is used without exceptions.
#include "backend/ReferenceRequest.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/StreamParameters.h"

namespace segue::backend {

namespace {

using Json = nlohmann::json;

tl::unexpected<Error> wrong(const std::string& member, const std::string& allowed) {
    return fail(ErrorCode::InvalidArgument, "reference: '" + member + "' must be " + allowed);
}

/// Ids are strings wherever Segue tells them; numbers are understood too.
Result<library::TrackId> readId(const Json& value) {
    if (value.is_string())
        return parseTrackId(value.get_ref<const std::string&>());
    if (value.is_number_integer())
        return parseTrackId(value.dump());
    return fail(ErrorCode::InvalidArgument, "track id: neither a number nor a string");
}

Result<std::vector<library::TrackId>> readIds(const Json& value) {
    const std::string allowed =
        "a list of 1 to " + std::to_string(ReferenceRequest::kMostTracks) + " track ids";
    if (!value.is_array() || value.empty() || value.size() > ReferenceRequest::kMostTracks)
        return wrong("trackIds", allowed);
    std::vector<library::TrackId> ids;
    for (const Json& one : value) {
        const auto id = readId(one);
        if (!id)
            return wrong("trackIds", allowed + "; " + id.error().message);
        if (std::find(ids.begin(), ids.end(), *id) != ids.end())
            return wrong("trackIds", allowed + ", each once");
        ids.push_back(*id);
    }
    return ids;
}

} // namespace

Result<ReferenceRequest> parseReferenceRequest(std::string_view text) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        return fail(ErrorCode::InvalidArgument, "reference: not a JSON object");
    ReferenceRequest request;
    for (const auto& [key, value] : json.items()) {
        if (key == "name") {
            if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
                value.get_ref<const std::string&>().size() > ReferenceRequest::kMostNameBytes)
                return wrong(key, "a text of 1 to 200 bytes");
            request.name = value.get<std::string>();
        } else if (key == "trackIds") {
            auto ids = readIds(value);
            if (!ids)
                return fail(ids.error());
            request.trackIds = std::move(*ids);
        } else {
            return fail(ErrorCode::InvalidArgument, "reference: unknown member '" +
                                                        key.substr(0, 64) +
                                                        "'; there are name, trackIds");
        }
    }
    if (request.name.empty())
        return wrong("name", "given");
    if (request.trackIds.empty())
        return wrong("trackIds", "given");
    return request;
}

} // namespace segue::backend
