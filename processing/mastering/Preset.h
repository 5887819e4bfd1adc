#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "processing/types/Error.h"

namespace segue::mastering {

/// Where a preset states its tone, Hz.
inline constexpr std::array<double, 5> kPresetToneHz{60, 250, 1000, 4000, 12000};

inline constexpr double kMinTargetLufs = -23, kMaxTargetLufs = -8;
inline constexpr double kMinCeilingDbtp = -9, kMaxCeilingDbtp = 0;

/// A taste, as the table in docs/MASTERING.md or a listener states it. Built-in ones and listeners'
/// own are the same kind of value.
struct Preset {
    std::string name;               ///< 1 .. 40 of a-z, 0-9 and '-'; begins with a letter
    std::string intent;             ///< what it is for, in a few words
    std::array<double, 5> toneDb{}; ///< -6 .. 6, on top of the correction, at kPresetToneHz
    double correction = 1;          ///< 0 .. 1: part of the correction that is applied
    std::optional<double> ratio;    ///< 1 .. 4; nothing: from the content
    double attackMs = 20;           ///< 1 .. 100
    double releaseMs = 200;         ///< 20 .. 400
    std::optional<double> width; ///< 0.5 .. 1.5, side gain above 120 Hz; nothing: from the content
    double evenHarmonics = 0;    ///< 0 .. 0.1: x^2 coefficient at the output's level
    double targetLufs = -14;     ///< kMinTargetLufs .. kMaxTargetLufs
    double ceilingDbtp = -1;     ///< kMinCeilingDbtp .. kMaxCeilingDbtp

    friend bool operator==(const Preset&, const Preset&) = default;
};

/// In the order in which people are offered them; the first is the default.
std::span<const Preset> builtInPresets();
/// Null when there is none of that name.
const Preset* findBuiltInPreset(std::string_view name);

/// The preset's tone in dB at any frequency: level a third octave around each point and beyond the
/// ends, smooth between.
double presetToneDb(const Preset& preset, double frequencyHz);

bool isPresetName(std::string_view name);
/// Reads a preset strictly: absent members take the defaults, unknown ones and values out of range
/// are refused. `name` may be absent and is empty then.
/// @errors InvalidArgument: names the member and what is allowed
Result<Preset> presetFromJson(std::string_view json);
std::string toJson(const Preset& preset);

} // namespace segue::mastering
