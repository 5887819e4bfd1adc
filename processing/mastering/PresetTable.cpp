// The built-in presets. Constants and pure functions, any thread.

#include "processing/mastering/PresetTable.h"

#include <algorithm>
#include <cmath>

namespace segue::mastering {

namespace {

constexpr std::array<PresetRow, 6> kRows{{
    {"adaptive",
     "what this track needs",
     {0, 0, 0, 0, 0},
     1.0,
     std::nullopt,
     20,
     200,
     std::nullopt,
     0,
     -14,
     -1},
    {"gentle",
     "a light touch: half the correction",
     {0, 0, 0, 0, 0},
     0.5,
     1.3,
     20,
     200,
     1.0,
     0,
     -16,
     -1},
    // 0.025 x^2 puts the second harmonic of a passage at -14 LUFS about 50 dB below it.
    {"warm",
     "fuller lows, softer top",
     {1.5, 1.0, 0, -0.5, -1.0},
     1.0,
     1.5,
     20,
     200,
     1.0,
     0.025,
     -14,
     -1},
    {"bright",
     "air and detail, no harshness",
     {0, -0.5, 0, 1.5, 2.0},
     1.0,
     1.5,
     10,
     120,
     1.05,
     0,
     -14,
     -1},
    {"punchy", "transients forward", {1.5, 0, 0, 1.0, 0.5}, 1.0, 2.0, 30, 80, 1.05, 0, -13, -1},
    {"live",
     "clears mud, adds presence to room recordings",
     {0.5, -1.0, 0, 1.5, 1.0},
     1.0,
     1.5,
     15,
     180,
     1.1,
     0,
     -14,
     -1},
}};

} // namespace

const PresetRow& rowOf(Preset preset) {
    return kRows[static_cast<std::size_t>(preset)];
}

std::string_view nameOf(Preset preset) {
    return rowOf(preset).name;
}

std::string_view intentOf(Preset preset) {
    return rowOf(preset).intent;
}

std::optional<Preset> presetOf(std::string_view name) {
    for (const Preset preset : allPresets())
        if (nameOf(preset) == name)
            return preset;
    return std::nullopt;
}

std::vector<Preset> allPresets() {
    return {Preset::Adaptive, Preset::Gentle, Preset::Warm,
            Preset::Bright,   Preset::Punchy, Preset::Live};
}

double presetToneDb(const PresetRow& row, double frequencyHz) {
    if (frequencyHz <= kPresetToneHz.front())
        return row.toneDb.front();
    for (std::size_t i = 1; i < kPresetToneHz.size(); ++i) {
        if (frequencyHz > kPresetToneHz[i])
            continue;
        const double part = std::log(frequencyHz / kPresetToneHz[i - 1]) /
                            std::log(kPresetToneHz[i] / kPresetToneHz[i - 1]);
        return row.toneDb[i - 1] + part * (row.toneDb[i] - row.toneDb[i - 1]);
    }
    return row.toneDb.back();
}

} // namespace segue::mastering
