#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/types/Error.h"
#include "processing/types/Hash.h"

namespace segue::mastering {

/// What reference mode matches a track to: the balance, width, loudness and dynamics of one or
/// several other tracks.
struct ReferenceProfile {
    std::string name;                 ///< for people
    std::vector<std::string> sources; ///< titles or file names, for people
    bool stereo = true;
    /// Mean power per third octave, dBFS, at `integratedLufs`; of several tracks the mean after all
    /// were brought to one loudness.
    std::array<double, analysis::kNumThirdOctaves> midDb{}, sideDb{};
    double integratedLufs = 0, loudnessRangeLu = 0, plrDb = 0, monoFoldLossLu = 0;
};

struct ReferenceSource {
    std::string title;
    const analysis::TrackAnalysis* analysis;
};

/// @param profiles  references that already are; one of n tracks counts as n tracks
/// @errors InvalidArgument: neither source nor profile, or a source that is silent
Result<ReferenceProfile> makeReference(std::string name, std::span<const ReferenceSource> sources,
                                       std::span<const ReferenceProfile> profiles = {});

/// Identity of every number; names do not count.
Hash128 hashOf(const ReferenceProfile& profile);

std::string toJson(const ReferenceProfile& profile);
/// Reads what toJson() wrote; any bytes may be given. @errors Corrupt
Result<ReferenceProfile> referenceFromJson(std::string_view json);

} // namespace segue::mastering
