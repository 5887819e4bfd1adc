// Ogg Opus through libopusfile. Runs on the reader's thread. An Opus decoder dropped into the
// stream converges on its own: within 0.7 s to the last bit at 16 kbit/s and above, but in the
// speech modes below that the long-term predictor may keep a difference (up to 0.005) for many
// seconds. So decoding is cut into cells, each from a fresh decoder. Always holds: frame n is the
// one with granule position n, and holes become silence.

#include "processing/decode/OpusDecoder.h"

#include <opusfile.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "processing/decode/Samples.h"

namespace segue::decode {
namespace {

constexpr int kRateHz = 48'000;

// A seek decodes half a cell on average, at about 300x real time: 17 ms at most.
constexpr std::int64_t kCellFrames = 5 * kRateHz;

// Measured on music from 6 to 256 kbit/s: after 0.66 s (33 packets of 20 ms) 199 of 200 places at
// 16 kbit/s and above are exact to the last bit, where the 80 ms of the specification leave 0.05.
constexpr std::int64_t kPrerollFrames = 66 * kRateHz / 100;

// The longest Opus packet is 120 ms.
constexpr int kPieceFrames = 12 * kRateHz / 100;

int fileRead(void* user, unsigned char* out, int count) {
    return static_cast<int>(static_cast<SourceFile*>(user)->read(out, count));
}
int fileSeek(void* user, opus_int64 offset, int whence) {
    return static_cast<SourceFile*>(user)->seek(offset, whence) ? 0 : -1;
}
opus_int64 fileTell(void* user) {
    return static_cast<SourceFile*>(user)->position();
}

struct FreeOpus {
    void operator()(OggOpusFile* file) const noexcept { op_free(file); }
};

class OpusDecoder : public Decoder {
  public:
    explicit OpusDecoder(SourceFile file) : file_(std::move(file)) {}

    Result<void> open();

    const SourceInfo& info() const noexcept override { return info_; }
    std::int64_t cellFrames() const noexcept override { return kCellFrames; }
    Result<void> restart(std::int64_t frame) override;
    Result<std::int64_t> decode(const AudioBlock& block) override;

  private:
    Result<void> reopen();
    Error errorAt(std::int64_t frame, int code);
    /// Fills pending_ with the next frames. False at the end.
    Result<bool> refill();

    SourceFile file_;
    std::unique_ptr<OggOpusFile, FreeOpus> opus_;
    SourceInfo info_;
    const int* map_ = identityChannelMap();
    std::vector<float> pending_; ///< interleaved, decoded and not yet given
    std::int64_t pendingBegin_ = 0;
    std::int64_t pendingEnd_ = 0;
    std::int64_t pendingPosition_ = 0; ///< of frame pendingBegin_
    std::int64_t position_ = 0;        ///< of the next frame that decode() gives
};

Error OpusDecoder::errorAt(std::int64_t frame, int code) {
    if (auto error = file_.takeError())
        return *error;
    return file_.error(ErrorCode::Corrupt, "at frame " + std::to_string(frame) + ": Opus error " +
                                               std::to_string(code));
}

Result<void> OpusDecoder::reopen() {
    const OpusFileCallbacks callbacks{fileRead, fileSeek, fileTell, nullptr};
    opus_.reset();
    file_.seekTo(0);
    int code = 0;
    opus_.reset(op_open_callbacks(&file_, &callbacks, nullptr, 0, &code));
    if (opus_)
        return {};
    if (auto error = file_.takeError())
        return fail(std::move(*error));
    const ErrorCode kind =
        code == OP_EIMPL || code == OP_EVERSION ? ErrorCode::Unsupported : ErrorCode::Corrupt;
    return fail(file_.error(kind, "Opus error " + std::to_string(code)));
}

Result<void> OpusDecoder::open() {
    if (auto opened = reopen(); !opened)
        return opened;
    const int numChannels = op_channel_count(opus_.get(), 0);
    for (int link = 1; link < op_link_count(opus_.get()); ++link)
        if (op_channel_count(opus_.get(), link) != numChannels)
            return fail(file_.error(ErrorCode::Unsupported,
                                    "chained Opus whose channels change on the way"));
    info_.sampleRateHz = kRateHz;
    info_.numChannels = numChannels;
    info_.numFrames = std::max<std::int64_t>(op_pcm_total(opus_.get(), -1), 0);
    info_.codec = "opus";
    info_.stamp = file_.stamp();
    if (numChannels <= kMaxChannels) {
        pending_.resize(static_cast<std::size_t>(kPieceFrames * numChannels));
        if (op_head(opus_.get(), 0)->mapping_family == 1)
            map_ = vorbisChannelMap(numChannels);
    }
    return {};
}

Result<void> OpusDecoder::restart(std::int64_t frame) {
    // A new handle: a seek to a place a little ahead would go on with the old decoder state.
    if (auto opened = reopen(); !opened)
        return opened;
    // libopusfile cannot seek into a hole; from before it, reading on finds what is behind.
    int code = OP_FALSE;
    for (std::int64_t back = kPrerollFrames; code != 0; back *= 4) {
        code = op_pcm_seek(opus_.get(), std::max<std::int64_t>(frame - back, 0));
        if (code != 0 && back >= frame)
            return fail(errorAt(frame, code));
    }
    pendingBegin_ = pendingEnd_ = 0;
    position_ = frame;
    return {};
}

Result<bool> OpusDecoder::refill() {
    for (;;) {
        int link = 0;
        const int got =
            op_read_float(opus_.get(), pending_.data(), static_cast<int>(pending_.size()), &link);
        if (got == OP_HOLE)
            continue;
        if (auto error = file_.takeError())
            return fail(std::move(*error));
        if (got < 0)
            return fail(errorAt(position_, got));
        pendingBegin_ = 0;
        pendingEnd_ = got;
        pendingPosition_ = op_pcm_tell(opus_.get()) - got;
        return got > 0;
    }
}

Result<std::int64_t> OpusDecoder::decode(const AudioBlock& block) {
    std::int64_t done = 0;
    while (done < block.numFrames) {
        if (pendingBegin_ == pendingEnd_) {
            auto more = refill();
            if (!more && done == 0)
                return fail(std::move(more.error()));
            if (!more || !*more)
                break;
        }
        const std::int64_t wanted = block.numFrames - done;
        if (pendingPosition_ > position_) { // a hole
            const std::int64_t silent = std::min(wanted, pendingPosition_ - position_);
            for (int c = 0; c < block.numChannels; ++c)
                std::fill_n(block.channels[c] + done, silent, 0.0f);
            done += silent;
            position_ += silent;
            continue;
        }
        const std::int64_t known =
            std::min(pendingEnd_ - pendingBegin_, position_ - pendingPosition_);
        pendingBegin_ += known;
        pendingPosition_ += known;
        const std::int64_t piece = std::min(wanted, pendingEnd_ - pendingBegin_);
        std::array<float*, kMaxChannels> planes{};
        for (int c = 0; c < block.numChannels; ++c)
            planes[static_cast<std::size_t>(c)] = block.channels[c] + done;
        deinterleave(pending_.data() + pendingBegin_ * block.numChannels, block.numChannels, map_,
                     piece, planes.data());
        pendingBegin_ += piece;
        pendingPosition_ += piece;
        position_ += piece;
        done += piece;
    }
    return done;
}

} // namespace

Result<std::unique_ptr<Decoder>> openOpus(SourceFile file) {
    return openedDecoder<OpusDecoder>(std::move(file));
}

} // namespace segue::decode
