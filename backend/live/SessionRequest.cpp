// The strict reading of the bodies that sessions are begun and changed with. Pure functions; the
// JSON library is used without exceptions. Which settings there are is known to
// parseStreamParameters() alone: a name that it does not ask for is none.
#include "backend/live/SessionRequest.h"

#include <cmath>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace segue::backend::live {

namespace {

using Json = nlohmann::json;

tl::unexpected<Error> wrong(const std::string& message) {
    return fail(ErrorCode::InvalidArgument, message);
}

/// A name or value as it may be quoted back: short, whatever was sent.
std::string shortened(std::string text) {
    constexpr std::size_t kMost = 64;
    if (text.size() > kMost) {
        std::size_t end = kMost;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
            --end; // not within a character
        text.resize(end);
        text += "...";
    }
    return text;
}

std::string dumped(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// One flat object whose members have different names, or what is wrong with it.
Result<Json> parseFlatObject(std::string_view body) {
    std::set<std::string> names;
    std::string repeated;
    bool nested = false;
    const auto look = [&](int depth, Json::parse_event_t event, Json& parsed) {
        if (depth == 1 && event == Json::parse_event_t::key &&
            !names.insert(parsed.get_ref<const std::string&>()).second)
            repeated = parsed.get_ref<const std::string&>();
        if (depth > 0 && (event == Json::parse_event_t::object_start ||
                          event == Json::parse_event_t::array_start))
            nested = true;
        return !nested; // what lies deeper is not kept
    };
    Json json = Json::parse(body, look, /*allow_exceptions=*/false);
    if (nested)
        return wrong("body: members are strings, numbers, true, false or null");
    if (!json.is_object())
        return wrong("body: not a JSON object");
    if (!repeated.empty())
        return wrong("'" + shortened(repeated) + "': given twice");
    return json;
}

Result<library::TrackId> readTrackId(const Json& value) {
    if (value.is_string() || value.is_number_integer())
        if (const auto id =
                parseTrackId(value.is_string() ? value.get<std::string>() : dumped(value)))
            return *id;
    return wrong("trackId: " + shortened(dumped(value)) + " is not a positive whole number");
}

Result<double> readPosition(const Json& value) {
    if (value.is_number())
        if (const double seconds = value.get<double>(); std::isfinite(seconds) && seconds >= 0)
            return seconds;
    return wrong("positionSeconds: " + shortened(dumped(value)) +
                 " is not a number of seconds, 0 or more");
}

Result<bool> readPaused(const Json& value) {
    if (value.is_boolean())
        return value.get<bool>();
    return wrong("paused: " + shortened(dumped(value)) + " is neither true nor false");
}

Result<int> readLead(const Json& value) {
    if (value.is_number_integer())
        if (const double lead = value.get<double>(); lead >= kLeastLeadMs && lead <= kMostLeadMs)
            return static_cast<int>(lead);
    return wrong("leadMs: " + shortened(dumped(value)) + " is not a whole number from " +
                 std::to_string(kLeastLeadMs) + " to " + std::to_string(kMostLeadMs));
}

template <typename T>
Result<void> keep(std::optional<T>& member, Result<T> read) {
    if (!read)
        return fail(std::move(read.error()));
    member = std::move(*read);
    return {};
}

Result<void> readMember(const std::string& name, const Json& value, RequestKind kind,
                        SessionRequest& request) {
    if (name == "positionSeconds")
        return keep(request.positionSeconds, readPosition(value));
    if (name == "paused")
        return keep(request.paused, readPaused(value));
    if (name == "trackId" || name == "leadMs") {
        if (kind == RequestKind::Change)
            return wrong(name + ": stays as it was when the session began");
        return name == "leadMs" ? keep(request.leadMs, readLead(value))
                                : keep(request.trackId, readTrackId(value));
    }
    Setting setting{std::nullopt, dumped(value)};
    if (!value.is_null())
        setting.text = value.is_string() ? value.get<std::string>() : setting.json;
    request.settings.emplace(name, std::move(setting));
    return {};
}

} // namespace

Result<SessionRequest> parseSessionRequest(std::string_view body, RequestKind kind) {
    if (body.size() > kMostBodyBytes)
        return wrong("body: longer than " + std::to_string(kMostBodyBytes) + " bytes");
    SessionRequest request;
    if (!body.empty()) {
        const auto json = parseFlatObject(body);
        if (!json)
            return fail(json.error());
        for (const auto& [name, value] : json->items())
            if (auto read = readMember(name, value, kind, request); !read)
                return fail(std::move(read.error()));
    }
    if (kind == RequestKind::Begin && !request.trackId)
        return wrong("trackId: is missing");
    return request;
}

Settings merged(Settings settings, const SessionRequest& request) {
    for (const auto& [name, setting] : request.settings)
        settings.insert_or_assign(name, setting);
    return settings;
}

Result<StreamParameters> parseSettings(const Settings& settings,
                                       const StreamVocabulary& vocabulary) {
    std::set<std::string> known;
    const auto query = [&](const std::string& name) -> std::optional<std::string> {
        known.insert(name);
        const auto it = settings.find(name);
        if (it != settings.end() && it->second.text)
            return it->second.text;
        // Who compares while it plays compares the sound, not the level.
        return name == "matchLoudness" ? std::optional<std::string>("true") : std::nullopt;
    };
    auto parameters = parseStreamParameters(query, vocabulary);
    if (!parameters)
        return parameters;
    for (const auto& [name, setting] : settings) {
        if (known.contains(name))
            continue;
        std::string allowed = "positionSeconds, paused";
        for (const std::string& one : known)
            allowed += ", " + one;
        return wrong("'" + shortened(name) + "': there is no such member; there are " + allowed);
    }
    return parameters;
}

} // namespace segue::backend::live
