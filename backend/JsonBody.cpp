// The strict reading of JSON bodies, in pieces that routes put together. Pure functions; the JSON
// library is used without exceptions. Nesting is bounded before anything is parsed, since walking a
// value takes stack for each level and connection threads have little.
#include "backend/JsonBody.h"

#include <cmath>

#include "backend/StreamParameters.h"
#include "processing/types/JsonMembers.h"

namespace segue::backend {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostQuotedBytes = 64;
/// Nobody means a later second of anything.
constexpr double kMostSeconds = 1e7;

int deepestNesting(std::string_view text) {
    int depth = 0;
    int deepest = 0;
    bool inString = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString && c == '\\')
            ++i;
        else if (c == '"')
            inString = !inString;
        else if (!inString && (c == '{' || c == '['))
            deepest = std::max(deepest, ++depth);
        else if (!inString && (c == '}' || c == ']'))
            --depth;
    }
    return deepest;
}

std::optional<std::string> readText(const Json& value, std::size_t mostBytes, std::string& to) {
    if (!value.is_string() || value.get_ref<const std::string&>().size() > mostBytes)
        return "a text of at most " + std::to_string(mostBytes) + " bytes";
    to = value.get<std::string>();
    return std::nullopt;
}

std::string namesOf(const MemberReaders& readers) {
    std::string all;
    for (const auto& [name, reader] : readers)
        all += (all.empty() ? "" : ", ") + name;
    return all;
}

} // namespace

Result<Json> parseObject(std::string_view text, const std::string& what) {
    if (deepestNesting(text) > kDeepestJson)
        return fail(ErrorCode::InvalidArgument,
                    what + ": nested deeper than " + std::to_string(kDeepestJson) + " levels");
    Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        return fail(ErrorCode::InvalidArgument, what + ": not a JSON object");
    if (const auto twice = memberGivenTwice(text))
        return fail(ErrorCode::InvalidArgument, what + ": '" + *twice + "' is given twice");
    return json;
}

Result<void> readMembers(const Json& object, const std::string& what,
                         const MemberReaders& readers) {
    for (const auto& member : object.items()) {
        const std::string& name = member.key();
        const auto known = std::find_if(readers.begin(), readers.end(),
                                        [&](const auto& one) { return one.first == name; });
        if (known == readers.end())
            return fail(ErrorCode::InvalidArgument, what + ": unknown member '" +
                                                        name.substr(0, kMostQuotedBytes) +
                                                        "'; there are " + namesOf(readers));
        if (const auto allowed = known->second(member.value()))
            return fail(ErrorCode::InvalidArgument, what + ": '" + name + "' must be " + *allowed);
    }
    return {};
}

Result<void> readObject(std::string_view text, const std::string& what,
                        const MemberReaders& readers) {
    const auto object = parseObject(text, what);
    if (!object)
        return fail(object.error());
    return readMembers(*object, what, readers);
}

std::optional<std::int64_t> idOf(const Json& value) {
    if (!value.is_string() && !value.is_number_integer())
        return std::nullopt;
    const auto id = parseTrackId(value.is_string() ? value.get<std::string>() : value.dump());
    return id ? std::optional(*id) : std::nullopt;
}

MemberReader textMember(std::string& to, std::size_t mostBytes) {
    return [&to, mostBytes](const Json& value) { return readText(value, mostBytes, to); };
}

MemberReader textMember(std::optional<std::string>& to, std::size_t mostBytes) {
    return [&to, mostBytes](const Json& value) { return readText(value, mostBytes, to.emplace()); };
}

MemberReader integerMember(std::int64_t& to, std::int64_t least, std::int64_t most) {
    return [&to, least, most](const Json& value) -> std::optional<std::string> {
        const bool tooLarge = value.is_number_unsigned() &&
                              value.get<std::uint64_t>() > static_cast<std::uint64_t>(most);
        if (!value.is_number_integer() || tooLarge || value.get<std::int64_t>() < least ||
            value.get<std::int64_t>() > most)
            return "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
        to = value.get<std::int64_t>();
        return std::nullopt;
    };
}

MemberReader secondsMember(double& to) {
    return [&to](const Json& value) -> std::optional<std::string> {
        const double seconds = value.is_number() ? value.get<double>() : -1;
        if (!std::isfinite(seconds) || seconds < 0 || seconds > kMostSeconds)
            return "a number of seconds, 0 or more";
        to = seconds;
        return std::nullopt;
    };
}

MemberReader idsMember(std::vector<std::int64_t>& to, std::size_t most) {
    return [&to, most](const Json& value) -> std::optional<std::string> {
        const std::string allowed = "a list of at most " + std::to_string(most) + " ids";
        if (!value.is_array() || value.size() > most)
            return allowed;
        for (const Json& one : value) {
            const auto id = idOf(one);
            if (!id)
                return allowed;
            to.push_back(*id);
        }
        return std::nullopt;
    };
}

MemberReader idMember(std::optional<std::int64_t>& to) {
    return [&to](const Json& value) -> std::optional<std::string> {
        to = idOf(value);
        return to || value.is_null() ? std::nullopt : std::optional<std::string>("an id, or null");
    };
}

} // namespace segue::backend
