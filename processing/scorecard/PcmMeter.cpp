// The analysis of a track, over bytes instead of a file. Runs wherever the bytes are written.

#include "processing/scorecard/PcmMeter.h"

#include <algorithm>
#include <cassert>

#include "processing/encode/PcmReader.h"

namespace segue::scorecard {

namespace {

decode::SourceInfo infoOf(const encode::StreamFormat& format, std::int64_t numFrames) {
    decode::SourceInfo info;
    info.sampleRateHz = format.sampleRateHz;
    info.numChannels = format.numChannels;
    info.numFrames = numFrames;
    info.bitsPerSample =
        format.pcm == encode::PcmFormat::Float32 ? 0 : encode::bitsPerSample(format.pcm);
    info.codec = "wav";
    return info;
}

} // namespace

PcmMeter::PcmMeter(const encode::StreamFormat& format, std::int64_t numFrames)
    : format_(format), analyzer_(infoOf(format, numFrames)),
      buffer_(format.numChannels, analysis::Analyzer::kMaxBlockFrames) {}

void PcmMeter::add(std::span<const std::byte> bytes) {
    const auto frameBytes = static_cast<std::size_t>(format_.bytesPerFrame());
    assert(bytes.size() % frameBytes == 0);
    const auto most = static_cast<std::size_t>(buffer_.numFrames()) * frameBytes;
    while (!bytes.empty()) {
        const auto piece = bytes.first(std::min(most, bytes.size()));
        const AudioBlock block =
            buffer_.block(static_cast<std::int64_t>(piece.size() / frameBytes));
        encode::readPcm(piece.data(), format_.pcm, block);
        analyzer_.add(block);
        bytes = bytes.subspan(piece.size());
    }
}

analysis::TrackAnalysis PcmMeter::finish() {
    return analyzer_.finish(analysis::Coverage::Full);
}

} // namespace segue::scorecard
