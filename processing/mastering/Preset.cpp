// Presets as values, and their JSON. Pure functions, any thread.

#include "processing/mastering/Preset.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include <nlohmann/json.hpp>

#include "processing/types/JsonMembers.h"

namespace segue::mastering {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxNameLength = 40;
constexpr std::size_t kMaxIntentLength = 200;
constexpr double kMaxToneDb = 6;

std::vector<Preset> makeBuiltIn() {
    Preset adaptive;
    adaptive.name = "adaptive";
    adaptive.intent = "what this track needs";

    Preset gentle;
    gentle.name = "gentle";
    gentle.intent = "a light touch: half the correction";
    gentle.correction = 0.5;
    gentle.ratio = 1.3;
    gentle.width = 1.0;
    gentle.targetLufs = -16;

    Preset warm;
    warm.name = "warm";
    warm.intent = "fuller lows, softer top";
    warm.toneDb = {1.5, 1.0, 0, -0.5, -1.0};
    warm.ratio = 1.5;
    warm.width = 1.0;
    // Puts the second harmonic of a passage at -14 LUFS about 50 dB below it.
    warm.evenHarmonics = 0.025;

    Preset bright;
    bright.name = "bright";
    bright.intent = "air and detail, no harshness";
    bright.toneDb = {0, -0.5, 0, 1.5, 2.0};
    bright.ratio = 1.5;
    bright.attackMs = 10;
    bright.releaseMs = 120;
    bright.width = 1.05;

    Preset punchy;
    punchy.name = "punchy";
    punchy.intent = "transients forward";
    punchy.toneDb = {1.5, 0, 0, 1.0, 0.5};
    punchy.ratio = 2.0;
    punchy.attackMs = 30;
    punchy.releaseMs = 80;
    punchy.width = 1.05;
    punchy.targetLufs = -13;

    Preset live;
    live.name = "live";
    live.intent = "clears mud, adds presence to room recordings";
    live.toneDb = {0.5, -1.0, 0, 1.5, 1.0};
    live.ratio = 1.5;
    live.attackMs = 15;
    live.releaseMs = 180;
    live.width = 1.1;

    return {adaptive, gentle, warm, bright, punchy, live};
}

Error wrong(const std::string& member, const std::string& allowed) {
    return {ErrorCode::InvalidArgument, "preset: '" + member + "' must be " + allowed};
}

std::string rangeText(double least, double most) {
    char text[80];
    std::snprintf(text, sizeof text, "a number from %g to %g", least, most);
    return text;
}

/// A member that is a number, or null where the content decides.
struct NumberMember {
    const char* name;
    double least, most;
    double Preset::*value = nullptr;
    std::optional<double> Preset::*optional = nullptr;
};

constexpr NumberMember kNumbers[] = {
    {"correction", 0, 1, &Preset::correction, nullptr},
    {"ratio", 1, 4, nullptr, &Preset::ratio},
    {"attackMs", 1, 100, &Preset::attackMs, nullptr},
    {"releaseMs", 20, 400, &Preset::releaseMs, nullptr},
    {"width", 0.5, 1.5, nullptr, &Preset::width},
    {"evenHarmonics", 0, 0.1, &Preset::evenHarmonics, nullptr},
    {"targetLufs", kMinTargetLufs, kMaxTargetLufs, &Preset::targetLufs, nullptr},
    {"ceilingDbtp", kMinCeilingDbtp, kMaxCeilingDbtp, &Preset::ceilingDbtp, nullptr},
};

Result<void> readNumber(const Json& value, const NumberMember& member, Preset& preset) {
    if (value.is_null() && member.optional) {
        preset.*member.optional = std::nullopt;
        return {};
    }
    const double number = value.is_number() ? value.get<double>() : NAN;
    if (!(number >= member.least && number <= member.most))
        return fail(wrong(member.name, rangeText(member.least, member.most) +
                                           (member.optional ? ", or null" : "")));
    if (member.optional)
        preset.*member.optional = number;
    else
        preset.*member.value = number;
    return {};
}

Result<void> readTone(const Json& value, Preset& preset) {
    const bool five = value.is_array() && value.size() == preset.toneDb.size();
    for (std::size_t i = 0; five && i < preset.toneDb.size(); ++i) {
        const double gain = value[i].is_number() ? value[i].get<double>() : NAN;
        if (!(std::abs(gain) <= kMaxToneDb))
            return fail(wrong("toneDb", "five numbers from -6 to 6"));
        preset.toneDb[i] = gain;
    }
    return five ? Result<void>{} : fail(wrong("toneDb", "five numbers from -6 to 6"));
}

Result<void> readMember(const std::string& key, const Json& value, Preset& preset) {
    for (const NumberMember& member : kNumbers)
        if (key == member.name)
            return readNumber(value, member, preset);
    if (key == "toneDb")
        return readTone(value, preset);
    if (key == "name") {
        if (!value.is_string() || !isPresetName(value.get_ref<const std::string&>()))
            return fail(wrong(key, "1 to 40 of a-z, 0-9 and '-', beginning with a letter"));
        preset.name = value.get<std::string>();
        return {};
    }
    if (key == "intent") {
        if (!value.is_string() || value.get_ref<const std::string&>().size() > kMaxIntentLength)
            return fail(wrong(key, "a text of at most 200 bytes"));
        preset.intent = value.get<std::string>();
        return {};
    }
    if (key == "toneHz" || key == "builtIn") // what toJson() and the API add for readers
        return {};
    std::string known = "name, intent, toneDb";
    for (const NumberMember& member : kNumbers)
        known += std::string(", ") + member.name;
    return fail(ErrorCode::InvalidArgument,
                "preset: unknown member '" + key.substr(0, 64) + "'; there are " + known);
}

} // namespace

std::span<const Preset> builtInPresets() {
    static const std::vector<Preset> presets = makeBuiltIn();
    return presets;
}

const Preset* findBuiltInPreset(std::string_view name) {
    for (const Preset& preset : builtInPresets())
        if (preset.name == name)
            return &preset;
    return nullptr;
}

double presetToneDb(const Preset& preset, double frequencyHz) {
    // What is stated at a point holds for the bands around it: notes are there, not at the point.
    constexpr double kLevelOctaves = 1.0 / 3;
    if (frequencyHz <= kPresetToneHz.front())
        return preset.toneDb.front();
    for (std::size_t i = 1; i < kPresetToneHz.size(); ++i) {
        if (frequencyHz > kPresetToneHz[i])
            continue;
        const double octaves = std::log2(frequencyHz / kPresetToneHz[i - 1]);
        const double between = std::log2(kPresetToneHz[i] / kPresetToneHz[i - 1]);
        const double part =
            std::clamp((octaves - kLevelOctaves) / (between - 2 * kLevelOctaves), 0.0, 1.0);
        const double eased = part * part * (3 - 2 * part);
        return preset.toneDb[i - 1] + eased * (preset.toneDb[i] - preset.toneDb[i - 1]);
    }
    return preset.toneDb.back();
}

bool isPresetName(std::string_view name) {
    const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && name.size() <= kMaxNameLength && letter(name.front()) &&
           std::all_of(name.begin(), name.end(),
                       [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

Result<Preset> presetFromJson(std::string_view text) {
    const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object())
        return fail(ErrorCode::InvalidArgument, "preset: not a JSON object");
    if (const auto twice = memberGivenTwice(text))
        return fail(ErrorCode::InvalidArgument, "preset: '" + *twice + "' is given twice");
    Preset preset;
    for (const auto& [key, value] : json.items())
        if (const auto read = readMember(key, value, preset); !read)
            return fail(read.error());
    return preset;
}

std::string toJson(const Preset& preset) {
    Json json{{"name", preset.name},
              {"intent", preset.intent},
              {"toneHz", kPresetToneHz},
              {"toneDb", preset.toneDb}};
    for (const NumberMember& member : kNumbers) {
        if (member.value)
            json[member.name] = preset.*member.value;
        else if (const auto& number = preset.*member.optional)
            json[member.name] = *number;
        else
            json[member.name] = nullptr;
    }
    return json.dump();
}

} // namespace segue::mastering
