// Stored corridors come from a file that anything may have damaged.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "processing/mastering/LearnedCorridor.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto corridor =
        segue::mastering::LearnedCorridor::deserialize({reinterpret_cast<const char*>(data), size});
    if (corridor) {
        segue::analysis::TrackAnalysis analysis;
        analysis.sampleRateHz = 44100;
        analysis.numChannels = 2;
        analysis.integratedLufs = -20;
        analysis.midDb.fill(-40);
        analysis.sideDb.fill(-50);
        corridor->correctionFor(analysis);
    }
    return 0;
}
