// What the tags of a result say of its loudness, and what the scorecard says of it. Runs on the
// thread that joins the chunks.
#include "enhance/ResultMeter.h"

#include <algorithm>

#include "processing/encode/PcmReader.h"

namespace segue::enhance {

ResultMeter::ResultMeter(const encode::StreamFormat& format, std::int64_t numFrames, bool details)
    : format_(format), loudness_(format.sampleRateHz, format.numChannels),
      buffer_(format.numChannels, analysis::LoudnessMeter::kMaxBlockFrames) {
    if (details)
        details_.emplace(format, numFrames);
}

void ResultMeter::add(std::span<const std::byte> bytes) {
    if (details_)
        details_->add(bytes);
    const auto frameBytes = static_cast<std::size_t>(format_.bytesPerFrame());
    const std::size_t most = static_cast<std::size_t>(buffer_.numFrames()) * frameBytes;
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(most, bytes.size()));
        const AudioBlock block =
            buffer_.block(static_cast<std::int64_t>(piece.size() / frameBytes));
        encode::readPcm(piece.data(), format_.pcm, block);
        loudness_.add(block);
        bytes = bytes.subspan(piece.size());
    }
}

ResultMeasures ResultMeter::finish() {
    ResultMeasures measures{loudness_.finish(), std::nullopt};
    if (details_)
        measures.details = details_->finish();
    return measures;
}

} // namespace segue::enhance
