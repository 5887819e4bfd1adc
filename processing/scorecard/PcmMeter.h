#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "processing/analysis/Analyzer.h"
#include "processing/encode/PcmFormat.h"
#include "processing/types/Audio.h"

namespace segue::scorecard {

/// Measures delivered PCM as it leaves: what a listener's player gets, not what the chain computed.
/// @thread one at a time
class PcmMeter {
  public:
    PcmMeter(const encode::StreamFormat& format, std::int64_t numFrames);

    /// @param bytes  the next whole frames of the stream
    void add(std::span<const std::byte> bytes);
    analysis::TrackAnalysis finish();

  private:
    const encode::StreamFormat format_;
    analysis::Analyzer analyzer_;
    AudioBuffer buffer_;
};

} // namespace segue::scorecard
