#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "processing/analysis/LoudnessMeter.h"
#include "processing/encode/PcmFormat.h"
#include "processing/scorecard/PcmMeter.h"
#include "processing/types/Audio.h"

namespace segue::enhance {

struct ResultMeasures {
    analysis::LoudnessMeasures loudness;
    std::optional<analysis::TrackAnalysis> details;
};

/// Measures the PCM of a result on its way to the encoder.
/// @thread one at a time
class ResultMeter {
  public:
    /// @param details  a whole analysis, not only the loudness
    ResultMeter(const encode::StreamFormat& format, std::int64_t numFrames, bool details);

    /// @param bytes  the next whole frames
    void add(std::span<const std::byte> bytes);
    ResultMeasures finish();

  private:
    const encode::StreamFormat format_;
    analysis::LoudnessMeter loudness_;
    std::optional<scorecard::PcmMeter> details_;
    AudioBuffer buffer_;
};

} // namespace segue::enhance
