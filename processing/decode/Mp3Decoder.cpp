// MP3 through libmpg123, which is fed with the frames that Mp3Frames found: libsndfile 1.2 believes
// a wrong length for VBR files without a Xing header and cuts them off. Runs on the reader's
// thread.
//
// libmpg123's synthesis window keeps its phase over a seek, which changes the order of its sums (by
// 1e-7), and the bit reservoir reaches back up to 511 bytes, dozens of frames at low rates. So
// decoding is cut into cells of whole MP3 frames, each from a fresh decoder that begins early
// enough to have the reservoir filled.

#include "processing/decode/Mp3Decoder.h"

#include <mpg123.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "processing/decode/Mp3Frames.h"
#include "processing/decode/Samples.h"

namespace segue::decode {
namespace {

// 3.3 s at 44.1 kHz: a seek decodes 4 ms at most, and the pre-roll of a cell costs about 3 %.
constexpr std::int64_t kCellMp3Frames = 128;

// The decoder's own delay (ISO 11172-3 filterbanks), which encoders' tags leave out.
constexpr std::int64_t kDecoderDelay = 529;

// The reservoir pointer has 9 bits in MPEG-1 and 8 in MPEG-2.
constexpr int kReservoirBytes1 = 511;
constexpr int kReservoirBytes2 = 255;

// After the reservoir is full: one frame for the overlap of the hybrid filterbank, one for the
// synthesis window.
constexpr std::int64_t kWarmUpMp3Frames = 2;

// The reservoir of the smallest frames (8 kbit/s at 24 kHz in stereo: 3 bytes each) reaches back
// 85 frames.
constexpr std::int64_t kMostPrerollMp3Frames = 96;

struct DeleteMpg123 {
    void operator()(mpg123_handle* handle) const noexcept { mpg123_delete(handle); }
};

class Mp3Decoder : public Decoder {
  public:
    explicit Mp3Decoder(SourceFile file) : file_(std::move(file)) {}

    Result<void> open();

    const SourceInfo& info() const noexcept override { return info_; }
    std::int64_t cellFrames() const noexcept override { return cellFrames_; }
    Result<void> restart(std::int64_t frame) override;
    Result<std::int64_t> decode(const AudioBlock& block) override;

  private:
    /// Where decoding must begin so that MP3 frame `first` comes out as it should.
    std::int64_t prerollStart(std::int64_t first);
    /// Decodes MP3 frame nextMp3Frame_ into pcm_; silence where it is broken.
    Result<void> decodeMp3Frame();

    SourceFile file_;
    std::unique_ptr<mpg123_handle, DeleteMpg123> mpg123_;
    std::optional<Mp3Frames> frames_;
    SourceInfo info_;
    std::int64_t cellFrames_ = 0;
    std::int64_t skippedFrames_ = 0; ///< before frame 0: encoder and decoder delay
    std::vector<std::uint8_t> bytes_;
    std::vector<Mp3Frames::Place> places_; ///< of MP3 frames from placesBegin_ on
    std::int64_t placesBegin_ = 0;
    std::vector<float> pcm_; ///< interleaved, the last decoded MP3 frame
    std::int64_t pcmBegin_ = 0;
    std::int64_t pcmEnd_ = 0;
    std::int64_t nextMp3Frame_ = 0;
};

Result<void> Mp3Decoder::open() {
    static std::once_flag initialised;
    std::call_once(initialised, [] { mpg123_init(); });

    frames_ = Mp3Frames::scan(file_);
    if (auto error = file_.takeError())
        return fail(std::move(*error));
    if (!frames_)
        return fail(file_.error(ErrorCode::Unsupported, "no audio format that Segue reads"));
    if (frames_->count() == 0)
        return fail(file_.error(ErrorCode::Corrupt, "no audio after the MP3 header"));

    int code = MPG123_OK;
    mpg123_.reset(mpg123_new(nullptr, &code));
    if (!mpg123_)
        return fail(file_.error(ErrorCode::Internal, mpg123_plain_strerror(code)));
    constexpr long kAdd = MPG123_FORCE_FLOAT | MPG123_QUIET | MPG123_NO_READAHEAD |
                          MPG123_IGNORE_INFOFRAME | MPG123_IGNORE_STREAMLENGTH;
    mpg123_param(mpg123_.get(), MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE | MPG123_GAPLESS, 0);
    mpg123_param(mpg123_.get(), MPG123_ADD_FLAGS, kAdd, 0);
    mpg123_param(mpg123_.get(), MPG123_RVA, MPG123_RVA_OFF, 0);
    mpg123_format_none(mpg123_.get());
    const Mp3Header& first = frames_->first();
    if (mpg123_format(mpg123_.get(), first.sampleRateHz,
                      first.numChannels == 1 ? MPG123_MONO : MPG123_STEREO,
                      MPG123_ENC_FLOAT_32) != MPG123_OK)
        return fail(file_.error(ErrorCode::Internal, mpg123_strerror(mpg123_.get())));

    const std::int64_t raw = frames_->count() * first.numFrames;
    std::int64_t paddingFrames = 0;
    if (frames_->hasEncoderTag()) {
        skippedFrames_ = std::min(raw, frames_->encoderDelay() + kDecoderDelay);
        paddingFrames = std::max<std::int64_t>(frames_->encoderPadding() - kDecoderDelay, 0);
    }
    cellFrames_ = kCellMp3Frames * first.numFrames;
    info_.sampleRateHz = first.sampleRateHz;
    info_.numChannels = first.numChannels;
    info_.numFrames = std::max<std::int64_t>(raw - skippedFrames_ - paddingFrames, 0);
    info_.codec = "mp3";
    info_.stamp = file_.stamp();
    pcm_.resize(static_cast<std::size_t>(first.numFrames * first.numChannels));
    return {};
}

std::int64_t Mp3Decoder::prerollStart(std::int64_t first) {
    const std::int64_t earliest = std::max<std::int64_t>(first - kMostPrerollMp3Frames, 0);
    const auto before = frames_->places(file_, earliest, first);
    const int wanted = frames_->first().versionBits == 3 ? kReservoirBytes1 : kReservoirBytes2;
    std::int64_t start = first - std::min(first, kWarmUpMp3Frames);
    for (int filled = 0; filled < wanted && start > earliest;) {
        --start;
        const auto at = static_cast<std::size_t>(start - earliest);
        if (at >= before.size())
            break;
        filled += before[at].header.numBytes - before[at].header.sideBytes;
    }
    return start;
}

Result<void> Mp3Decoder::restart(std::int64_t frame) {
    // Cells are cut on the timeline that begins with the first MP3 frame's first sample.
    const std::int64_t mp3FrameFrames = frames_->first().numFrames;
    const std::int64_t raw = frame + skippedFrames_;
    const std::int64_t target = raw / mp3FrameFrames;
    if (mpg123_open_feed(mpg123_.get()) != MPG123_OK)
        return fail(file_.error(ErrorCode::Internal, mpg123_strerror(mpg123_.get())));
    nextMp3Frame_ = prerollStart(target);
    places_.clear();
    while (nextMp3Frame_ <= target)
        if (auto decoded = decodeMp3Frame(); !decoded)
            return decoded;
    pcmBegin_ = raw - target * mp3FrameFrames;
    return {};
}

Result<void> Mp3Decoder::decodeMp3Frame() {
    const std::int64_t frame = nextMp3Frame_;
    if (frame < placesBegin_ || frame >= placesBegin_ + static_cast<std::int64_t>(places_.size())) {
        places_ = frames_->places(file_, frame, std::min(frame + kCellMp3Frames, frames_->count()));
        placesBegin_ = frame;
    }
    const auto at = static_cast<std::size_t>(frame - placesBegin_);
    bool whole = false;
    if (at < places_.size()) {
        const auto& place = places_[at];
        bytes_.resize(static_cast<std::size_t>(place.header.numBytes));
        whole = file_.readAt(place.offset, bytes_.data(), place.header.numBytes) ==
                place.header.numBytes;
    }
    if (auto error = file_.takeError())
        return fail(std::move(*error));
    if (!whole)
        return fail(file_.error(ErrorCode::Corrupt, "at MP3 frame " + std::to_string(frame) +
                                                        ": the file became shorter"));
    mpg123_feed(mpg123_.get(), bytes_.data(), bytes_.size());

    const std::int64_t numFrames = frames_->first().numFrames;
    std::fill(pcm_.begin(), pcm_.end(), 0.0f);
    // The first frame reports the format before it decodes.
    for (int attempt = 0; attempt < 3; ++attempt) {
        unsigned char* audio = nullptr;
        std::size_t numBytes = 0;
        off_t number = 0;
        const int code = mpg123_decode_frame(mpg123_.get(), &number, &audio, &numBytes);
        if (numBytes > 0 && audio != nullptr)
            std::memcpy(pcm_.data(), audio, std::min(numBytes, pcm_.size() * sizeof(float)));
        if (code != MPG123_NEW_FORMAT)
            break;
    }
    ++nextMp3Frame_;
    pcmBegin_ = 0;
    pcmEnd_ = numFrames;
    return {};
}

Result<std::int64_t> Mp3Decoder::decode(const AudioBlock& block) {
    std::int64_t done = 0;
    while (done < block.numFrames) {
        if (pcmBegin_ == pcmEnd_) {
            if (nextMp3Frame_ == frames_->count())
                break;
            if (auto decoded = decodeMp3Frame(); !decoded) {
                if (done > 0)
                    break;
                return fail(std::move(decoded.error()));
            }
        }
        const std::int64_t piece = std::min(block.numFrames - done, pcmEnd_ - pcmBegin_);
        std::array<float*, kMaxChannels> planes{};
        for (int c = 0; c < block.numChannels; ++c)
            planes[static_cast<std::size_t>(c)] = block.channels[c] + done;
        deinterleave(pcm_.data() + pcmBegin_ * block.numChannels, block.numChannels,
                     identityChannelMap(), piece, planes.data());
        pcmBegin_ += piece;
        done += piece;
    }
    return done;
}

} // namespace

Result<std::unique_ptr<Decoder>> openMp3(SourceFile file) {
    return openedDecoder<Mp3Decoder>(std::move(file));
}

} // namespace segue::decode
