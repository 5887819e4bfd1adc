// The strict reading of what clients ask for: every value is used exactly as written or refused
// with a message that says what is allowed. Pure functions.
#include "backend/StreamParameters.h"

#include <charconv>
#include <cstdio>
#include <utility>

#include <spdlog/spdlog.h>

namespace segue::backend {

namespace {

/// Values come from anywhere; what is quoted back stays short.
std::string inQuotes(std::string_view value) {
    constexpr std::size_t kMost = 64;
    return "'" + std::string(value.substr(0, kMost)) + (value.size() > kMost ? "...'" : "'");
}

template <typename Number>
std::optional<Number> wholeNumber(std::string_view text) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped != end)
        return std::nullopt;
    return number;
}

Result<bool> parseTruth(const Query& query, const std::string& name, bool fallback) {
    const auto text = query(name);
    if (!text)
        return fallback;
    if (*text != "true" && *text != "false")
        return fail(ErrorCode::InvalidArgument,
                    name + ": " + inQuotes(*text) + " is neither 'true' nor 'false'");
    return *text == "true";
}

struct Range {
    double least, most;
};

std::string shortNumber(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", number);
    return text;
}

/// Nothing when absent.
Result<std::optional<double>> parseNumber(const Query& query, const std::string& name,
                                          Range range) {
    const auto text = query(name);
    if (!text)
        return std::nullopt;
    const auto number = wholeNumber<double>(*text);
    if (!number || !(*number >= range.least && *number <= range.most))
        return fail(ErrorCode::InvalidArgument,
                    name + ": " + inQuotes(*text) + " is not a number from " +
                        shortNumber(range.least) + " to " + shortNumber(range.most));
    return *number == 0 ? 0.0 : *number; // -0 is 0
}

Result<mastering::Preset> builtInPreset(const std::string& name) {
    if (const mastering::Preset* preset = mastering::findBuiltInPreset(name))
        return *preset;
    std::string allowed;
    for (const mastering::Preset& preset : mastering::builtInPresets())
        allowed += (allowed.empty() ? "" : ", ") + preset.name;
    return fail(ErrorCode::NotFound, inQuotes(name) + " is none of " + allowed);
}

/// A name that stands for nothing is a wrong parameter, not a missing resource.
Error wrongName(const std::string& parameter, const Error& error) {
    const bool names = error.code == ErrorCode::NotFound || error.code == ErrorCode::Corrupt ||
                       error.code == ErrorCode::Unsupported;
    return {names ? ErrorCode::InvalidArgument : error.code, parameter + ": " + error.message};
}

Result<mastering::Preset> parsePreset(const Query& query, const StreamVocabulary& vocabulary) {
    const auto find = [&](const std::string& name) {
        return vocabulary.preset ? vocabulary.preset(name) : builtInPreset(name);
    };
    if (const auto name = query("preset")) {
        auto preset = find(*name);
        return preset ? std::move(preset) : fail(wrongName("preset", preset.error()));
    }
    if (auto preset = find(vocabulary.defaults.preset))
        return preset;
    // It was there when Segue started. Music that plays another way is better than none.
    spdlog::warn("the preset '{}', this server's default, cannot be used; 'adaptive' takes its "
                 "place",
                 vocabulary.defaults.preset);
    return mastering::builtInPresets().front();
}

Result<std::shared_ptr<const mastering::ReferenceProfile>>
parseReference(const Query& query, const StreamVocabulary& vocabulary) {
    const auto id = query("reference");
    if (!id)
        return nullptr;
    if (!vocabulary.reference)
        return fail(ErrorCode::InvalidArgument,
                    "reference: " + inQuotes(*id) + " is none that there is");
    auto reference = vocabulary.reference(*id);
    return reference ? std::move(reference) : fail(wrongName("reference", reference.error()));
}

/// What fixes the plan. Asks for every name, whatever it finds, so that a caller can learn which
/// there are.
Result<mastering::PlanRequest> parsePlanRequest(const Query& query,
                                                const StreamVocabulary& vocabulary) {
    mastering::PlanRequest request;
    auto preset = parsePreset(query, vocabulary);
    const auto intensity = parseNumber(query, "intensity", {0, 1});
    const auto target =
        parseNumber(query, "target", {mastering::kMinTargetLufs, mastering::kMaxTargetLufs});
    const auto ceiling =
        parseNumber(query, "ceiling", {mastering::kMinCeilingDbtp, mastering::kMaxCeilingDbtp});
    auto reference = parseReference(query, vocabulary);
    const auto blend = parseNumber(query, "blend", {0, 1});
    if (!preset)
        return fail(preset.error());
    if (!reference)
        return fail(reference.error());
    for (const auto* number : {&intensity, &target, &ceiling, &blend})
        if (!*number)
            return fail(number->error());
    request.preset = std::move(*preset);
    request.intensity = intensity->value_or(request.intensity);
    request.targetLufs = *target ? *target : vocabulary.defaults.targetLufs;
    request.ceilingDbtp = *ceiling ? *ceiling : vocabulary.defaults.ceilingDbtp;
    request.reference = std::move(*reference);
    request.blend = blend->value_or(request.blend);
    return request;
}

Result<encode::PcmFormat> parseBits(const std::string& text) {
    if (const auto bits = wholeNumber<int>(text))
        if (const auto pcm = encode::pcmFormatOfBits(*bits))
            return *pcm;
    return fail(ErrorCode::InvalidArgument,
                "bits: " + inQuotes(text) + " is none of 16, 24, 32 (float)");
}

} // namespace

Result<StreamParameters> parseStreamParameters(const Query& query,
                                               const StreamVocabulary& vocabulary) {
    StreamParameters parameters;
    const auto enhanced = parseTruth(query, "enhanced", true);
    const auto matchLoudness = parseTruth(query, "matchLoudness", false);
    auto request = parsePlanRequest(query, vocabulary);
    const auto format = query("format");
    const auto bits = query("bits");
    for (const auto* truth : {&enhanced, &matchLoudness})
        if (!*truth)
            return fail(truth->error());
    if (!request)
        return fail(request.error());
    if (format && *format != "wav")
        return fail(ErrorCode::InvalidArgument, "format: " + inQuotes(*format) + " is not 'wav'");
    if (bits) {
        const auto pcm = parseBits(*bits);
        if (!pcm)
            return fail(pcm.error());
        parameters.pcm = *pcm;
    }
    parameters.enhanced = *enhanced ? Enhanced::Yes : Enhanced::No;
    parameters.request = std::move(*request);
    parameters.request.originalAtSameLoudness = !*enhanced && *matchLoudness;
    return parameters;
}

Result<std::int64_t> parseInteger(const Query& query, const std::string& name, std::int64_t least,
                                  std::int64_t most, std::int64_t fallback) {
    const auto text = query(name);
    if (!text)
        return fallback;
    const auto number = wholeNumber<std::int64_t>(*text);
    if (!number || *number < least || *number > most)
        return fail(ErrorCode::InvalidArgument,
                    name + ": " + inQuotes(*text) + " is not a whole number from " +
                        std::to_string(least) + " to " + std::to_string(most));
    return *number;
}

Result<library::TrackId> parseTrackId(std::string_view text) {
    const auto id = wholeNumber<library::TrackId>(text);
    if (!id || *id < 1)
        return fail(ErrorCode::InvalidArgument,
                    "track id: " + inQuotes(text) + " is not a positive whole number");
    return *id;
}

} // namespace segue::backend
