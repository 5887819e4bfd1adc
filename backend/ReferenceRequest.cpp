// The body of POST /api/references. A pure function; the JSON library is used without exceptions.
#include "backend/ReferenceRequest.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "backend/StreamParameters.h"
#include "processing/types/Hash.h"
#include "processing/types/JsonMembers.h"

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

Result<std::string> readReferenceId(const Json& value) {
    if (value.is_string())
        if (const auto id = Hash128::fromHex(value.get_ref<const std::string&>()))
            return id->hex();
    return fail(ErrorCode::InvalidArgument, "reference id: not 32 hexadecimal digits");
}

template <typename Id>
Result<std::vector<Id>> readIds(const std::string& member, const char* what, const Json& value,
                                Result<Id> (*read)(const Json&)) {
    const std::string allowed =
        "a list of 1 to " + std::to_string(ReferenceRequest::kMostTracks) + what;
    if (!value.is_array() || value.empty() || value.size() > ReferenceRequest::kMostTracks)
        return wrong(member, allowed);
    std::vector<Id> ids;
    for (const Json& one : value) {
        auto id = read(one);
        if (!id)
            return wrong(member, allowed + "; " + id.error().message);
        if (std::find(ids.begin(), ids.end(), *id) != ids.end())
            return wrong(member, allowed + ", each once");
        ids.push_back(std::move(*id));
    }
    return ids;
}

/// One member of the object. @errors InvalidArgument
Result<void> readMember(const std::string& key, const Json& value, ReferenceRequest& request) {
    if (key == "name") {
        if (!value.is_string())
            return checkReferenceName("");
        request.name = value.get<std::string>();
        return checkReferenceName(request.name);
    }
    if (key == "trackIds")
        return readIds(key, " track ids", value, readId).map([&](auto ids) {
            request.trackIds = std::move(ids);
        });
    if (key == "referenceIds")
        return readIds(key, " reference ids", value, readReferenceId).map([&](auto ids) {
            request.referenceIds = std::move(ids);
        });
    return fail(ErrorCode::InvalidArgument, "reference: unknown member '" + key.substr(0, 64) +
                                                "'; there are name, trackIds, referenceIds");
}

} // namespace

Result<void> checkReferenceName(std::string_view name) {
    if (name.empty() || name.size() > ReferenceRequest::kMostNameBytes)
        return wrong("name", "a text of 1 to 200 bytes");
    return {};
}

Result<ReferenceRequest> parseReferenceRequest(std::string_view text) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        return fail(ErrorCode::InvalidArgument, "reference: not a JSON object");
    if (const auto twice = memberGivenTwice(text))
        return fail(ErrorCode::InvalidArgument, "reference: '" + *twice + "' is given twice");
    ReferenceRequest request;
    for (const auto& [key, value] : json.items())
        if (auto read = readMember(key, value, request); !read)
            return fail(read.error());
    if (request.name.empty())
        return wrong("name", "given");
    if (request.trackIds.empty() && request.referenceIds.empty())
        return wrong("trackIds' or 'referenceIds", "given");
    return request;
}

} // namespace segue::backend
