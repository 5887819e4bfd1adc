#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "processing/mastering/MasteringPlan.h"

namespace segue::mastering {

/// Where a preset states its tone, Hz.
inline constexpr std::array<double, 5> kPresetToneHz{60, 250, 1000, 4000, 12000};

/// One row of the table in docs/MASTERING.md.
struct PresetRow {
    std::string_view name, intent;
    std::array<double, 5> toneDb; ///< on top of the adaptive correction, at kPresetToneHz
    double correction;            ///< part of the adaptive correction that is applied
    std::optional<double> ratio;  ///< nothing: from the content, up to kMaxAdaptiveRatio
    double attackMs, releaseMs;
    std::optional<double> width; ///< side gain above 120 Hz; nothing: from the content
    double evenHarmonics;        ///< x^2 coefficient at the output's level
    double targetLufs, ceilingDbtp;
};

const PresetRow& rowOf(Preset preset);

/// The preset's tone in dB at any frequency: straight lines over log frequency, level beyond the
/// ends.
double presetToneDb(const PresetRow& row, double frequencyHz);

} // namespace segue::mastering
