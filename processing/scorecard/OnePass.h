#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "processing/decode/AudioSource.h"
#include "processing/mastering/MasteringChain.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Audio.h"
#include "processing/types/Error.h"

namespace segue::scorecard {

/// The chain over a whole track in one go, without chunks: what a chunked stream must sound like.
/// @thread one at a time
class OnePass {
  public:
    /// @errors those of openSource
    static Result<std::unique_ptr<OnePass>> open(const std::filesystem::path& path,
                                                 const mastering::MasteringPlan& plan);

    /// Fills the block with the next mastered frames; the source is followed by silence.
    /// @errors those of AudioSource::read
    Result<void> read(const AudioBlock& block);

  private:
    OnePass(std::unique_ptr<decode::AudioSource> source, const mastering::MasteringPlan& plan);

    Result<void> refill();

    std::unique_ptr<decode::AudioSource> source_;
    mastering::MasteringChain chain_;
    AudioBuffer buffer_;
    std::int64_t used_ = 0, filled_ = 0; ///< frames of buffer_
    std::int64_t skip_;                  ///< frames still to be dropped: the chain's latency
    bool ended_ = false;                 ///< the source has
};

} // namespace segue::scorecard
