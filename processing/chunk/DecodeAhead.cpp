// Pads what is decoded, here or by a thread of its own (decode::ReadAhead). One thread at a time.

#include "processing/chunk/DecodeAhead.h"

#include <algorithm>
#include <cassert>

namespace segue::chunk {

DecodeAhead::DecodeAhead(decode::AudioSource& source, std::int64_t fromSource, std::int64_t total,
                         DecodeOn where)
    : source_(source), fromSource_(std::min(fromSource, total)), total_(total) {
    own_.resize(source.info().numChannels, kBlockFrames);
    if (where == DecodeOn::OwnThread && fromSource_ > 0)
        ahead_.emplace(source, fromSource_);
}

Result<AudioBlock> DecodeAhead::fromSource(std::int64_t most) {
    if (ahead_)
        return ahead_->next();
    const auto count = decode::readFully(source_, own_.block(most));
    if (!count)
        return fail(count.error());
    return own_.block(*count);
}

Result<AudioBlock> DecodeAhead::next() {
    assert(total_ > 0);
    const std::int64_t wanted = std::min(kBlockFrames, total_);
    total_ -= wanted;
    AudioBlock block = own_.block(0);
    if (fromSource_ > 0) {
        const std::int64_t most = std::min(wanted, fromSource_);
        auto got = fromSource(most);
        // A source that turns corrupt was analysed up to there: what follows is silence, not an
        // error in mid-stream.
        if (!got && got.error().code != ErrorCode::Corrupt)
            return got;
        if (got)
            block = *got;
        fromSource_ = block.numFrames < most ? 0 : fromSource_ - most;
    }
    for (int c = 0; c < block.numChannels; ++c)
        std::fill(block.channels[c] + block.numFrames, block.channels[c] + wanted, 0.0f);
    block.numFrames = wanted;
    return block;
}

} // namespace segue::chunk
