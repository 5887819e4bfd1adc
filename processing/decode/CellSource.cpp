// From a Decoder, which restarts at some positions and then runs forward, to the AudioSource that
// everybody reads. Runs on the reader's thread. Always holds: what frame n gives depends on the
// file and n only, for decoding to n starts at a place that n alone determines, or, for codecs
// whose restarts are exact, at any place.

#include "processing/decode/CellSource.h"

#include <algorithm>
#include <array>
#include <utility>

namespace segue::decode {
namespace {

// Frames per skipping decode; only its cost depends on it.
constexpr std::int64_t kDiscardFrames = 4096;

// An exact codec decodes forward to a target this near rather than restart: about what a restart
// costs.
constexpr std::int64_t kNearFrames = 4096;

/// `block` from frame `offset` on.
struct Shifted {
    std::array<float*, kMaxChannels> channels{};
    AudioBlock block;

    Shifted(const AudioBlock& whole, std::int64_t offset, std::int64_t numFrames) {
        for (int c = 0; c < whole.numChannels; ++c)
            channels[static_cast<std::size_t>(c)] = whole.channels[c] + offset;
        block = {channels.data(), whole.numChannels, numFrames};
    }
};

} // namespace

CellSource::CellSource(std::unique_ptr<Decoder> decoder) : decoder_(std::move(decoder)) {}

Result<void> CellSource::seek(std::int64_t frame) {
    if (frame < 0 || frame > info().numFrames)
        return fail(ErrorCode::InvalidArgument, "seek to frame " + std::to_string(frame) + " of " +
                                                    std::to_string(info().numFrames));
    position_ = frame;
    return {};
}

Result<bool> CellSource::prepare() {
    const std::int64_t cell = decoder_->cellFrames();
    const std::int64_t start = cell > 0 ? position_ / cell * cell : position_;
    // Running forward never crosses a cell's start.
    const bool reachable =
        decoderPosition_ >= 0 && decoderPosition_ <= position_ &&
        (cell > 0 ? decoderPosition_ > start : position_ - decoderPosition_ <= kNearFrames);
    if (!reachable) {
        decoderPosition_ = -1;
        ended_ = false;
        if (auto restarted = decoder_->restart(start); !restarted)
            return fail(std::move(restarted.error()));
        decoderPosition_ = start;
    }
    while (decoderPosition_ < position_ && !ended_) {
        if (discarded_.numFrames() == 0)
            discarded_.resize(info().numChannels, kDiscardFrames);
        auto got = decoder_->decode(
            discarded_.block(std::min(kDiscardFrames, position_ - decoderPosition_)));
        if (!got) {
            decoderPosition_ = -1;
            return fail(std::move(got.error()));
        }
        decoderPosition_ += *got;
        ended_ = *got == 0;
    }
    return !ended_;
}

Result<std::int64_t> CellSource::read(const AudioBlock& block) {
    if (block.numChannels != info().numChannels)
        return fail(ErrorCode::InvalidArgument, "read of another number of channels");
    const std::int64_t wanted = std::min(block.numFrames, info().numFrames - position_);
    const std::int64_t cell = decoder_->cellFrames();
    std::int64_t done = 0;
    while (done < wanted) {
        auto ready = prepare();
        if (ready && !*ready)
            break;
        Result<std::int64_t> got = 0;
        if (ready) {
            std::int64_t piece = wanted - done;
            if (cell > 0)
                piece = std::min(piece, (position_ / cell + 1) * cell - position_);
            got = decoder_->decode(Shifted(block, done, piece).block);
        }
        if (!ready || !got) {
            decoderPosition_ = -1;
            // What came before the damage is given first; the next call meets the error again.
            if (done > 0)
                break;
            return fail(ready ? std::move(got.error()) : std::move(ready.error()));
        }
        ended_ = *got == 0;
        if (ended_)
            break;
        done += *got;
        position_ += *got;
        decoderPosition_ = position_;
    }
    return done;
}

} // namespace segue::decode
