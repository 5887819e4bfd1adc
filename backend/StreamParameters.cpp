// The strict reading of what clients ask for: every value is used exactly as written or refused
// with a message that says what is allowed. Pure functions.
#include "backend/StreamParameters.h"

#include <charconv>
#include <cmath>
#include <limits>

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

Result<Enhanced> parseEnhanced(const std::string& text) {
    if (text == "true")
        return Enhanced::Yes;
    if (text == "false")
        return Enhanced::No;
    return fail(ErrorCode::InvalidArgument,
                "enhanced: " + inQuotes(text) + " is neither 'true' nor 'false'");
}

Result<mastering::Preset> parsePreset(const std::string& text) {
    if (const mastering::Preset* preset = mastering::findBuiltInPreset(text))
        return *preset;
    std::string allowed;
    for (const mastering::Preset& preset : mastering::builtInPresets())
        allowed += (allowed.empty() ? "" : ", ") + preset.name;
    return fail(ErrorCode::InvalidArgument, "preset: " + inQuotes(text) + " is none of " + allowed);
}

Result<double> parseIntensity(const std::string& text) {
    const auto intensity = wholeNumber<double>(text);
    if (!intensity || !std::isfinite(*intensity) || *intensity < 0 || *intensity > 1)
        return fail(ErrorCode::InvalidArgument,
                    "intensity: " + inQuotes(text) + " is not a number from 0 to 1");
    return *intensity == 0 ? 0.0 : *intensity; // -0 is 0
}

Result<encode::PcmFormat> parseBits(const std::string& text) {
    if (const auto bits = wholeNumber<int>(text))
        if (const auto pcm = encode::pcmFormatOfBits(*bits))
            return *pcm;
    return fail(ErrorCode::InvalidArgument,
                "bits: " + inQuotes(text) + " is none of 16, 24, 32 (float)");
}

} // namespace

Result<StreamParameters> parseStreamParameters(const Query& query) {
    StreamParameters parameters;
    if (const auto text = query("enhanced")) {
        const auto enhanced = parseEnhanced(*text);
        if (!enhanced)
            return fail(enhanced.error());
        parameters.enhanced = *enhanced;
    }
    if (const auto text = query("preset")) {
        const auto preset = parsePreset(*text);
        if (!preset)
            return fail(preset.error());
        parameters.request.preset = *preset;
    }
    if (const auto text = query("intensity")) {
        const auto intensity = parseIntensity(*text);
        if (!intensity)
            return fail(intensity.error());
        parameters.request.intensity = *intensity;
    }
    if (const auto text = query("format"); text && *text != "wav")
        return fail(ErrorCode::InvalidArgument, "format: " + inQuotes(*text) + " is not 'wav'");
    if (const auto text = query("bits")) {
        const auto pcm = parseBits(*text);
        if (!pcm)
            return fail(pcm.error());
        parameters.pcm = *pcm;
    }
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
