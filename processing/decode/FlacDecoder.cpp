// Native FLAC through libFLAC itself: libsndfile 1.2 lets the audio after a damaged frame slip
// forward, and its own copies cost an eighth of the decoding. Runs on the reader's thread. Always
// holds: a frame that is damaged or missing is silence, and every other one lies where its header
// says, however it was reached. Reading on from a damaged frame may lose the one after it, too,
// where a seek finds it.

#include "processing/decode/FlacDecoder.h"

#include <FLAC/stream_decoder.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "processing/decode/FlacLength.h"
#include "processing/decode/Id3.h"
#include "processing/decode/Samples.h"

namespace segue::decode {
namespace {

// libFLAC 1.4 takes 60 ms and more for a seek into the last few hundred frames, whose guessed place
// in the file lies behind the last frame's start; from here on it is cheaper to decode forward.
constexpr std::int64_t kTailFrames = 8192;

struct DeleteDecoder {
    void operator()(FLAC__StreamDecoder* decoder) const noexcept {
        FLAC__stream_decoder_delete(decoder);
    }
};

class FlacDecoder : public Decoder {
  public:
    explicit FlacDecoder(SourceFile file) : file_(std::move(file)) {}

    Result<void> open();

    const SourceInfo& info() const noexcept override { return info_; }
    std::int64_t cellFrames() const noexcept override { return 0; }
    Result<void> restart(std::int64_t frame) override;
    Result<std::int64_t> decode(const AudioBlock& block) override;

  private:
    /// What libFLAC calls, with this object as `user`.
    struct Callbacks;

    /// Takes one FLAC frame: what lies before position_ is left out, what is missing before it
    /// becomes silence; as much as fits goes into wanted_, the rest is kept. For a hole libFLAC
    /// gives silent frames, any number of them before the next real one.
    void take(const FLAC__Frame& frame, const FLAC__int32* const* samples);
    bool isSilent(const std::array<const FLAC__int32*, kMaxChannels>& planes,
                  std::int64_t numFrames) const;
    bool ended() const;
    Error errorHere(const std::string& what);

    SourceFile file_;
    std::int64_t start_ = 0; ///< of the stream in the file
    std::unique_ptr<FLAC__StreamDecoder, DeleteDecoder> flac_;
    SourceInfo info_;
    std::int64_t position_ = 0; ///< of the first frame that take() has not taken
    bool isDamaged_ = false;    ///< since the restart
    bool anyTaken_ = false;     ///< since the restart

    /// Where take() may write; empty outside of decode().
    std::array<float*, kMaxChannels> wanted_{};
    std::int64_t wantedFrames_ = 0;
    // What decode() gives next: silence, then frames [restBegin_, restEnd_).
    std::int64_t silentFrames_ = 0;
    AudioBuffer rest_;
    std::int64_t restBegin_ = 0;
    std::int64_t restEnd_ = 0;
};

struct FlacDecoder::Callbacks {
    static FlacDecoder& of(void* user) { return *static_cast<FlacDecoder*>(user); }

    static FLAC__StreamDecoderReadStatus read(const FLAC__StreamDecoder*, FLAC__byte* out,
                                              std::size_t* size, void* user) {
        *size =
            static_cast<std::size_t>(of(user).file_.read(out, static_cast<std::int64_t>(*size)));
        return *size == 0 ? FLAC__STREAM_DECODER_READ_STATUS_END_OF_STREAM
                          : FLAC__STREAM_DECODER_READ_STATUS_CONTINUE;
    }
    static FLAC__StreamDecoderSeekStatus seek(const FLAC__StreamDecoder*, FLAC__uint64 offset,
                                              void* user) {
        FlacDecoder& self = of(user);
        return offset <= static_cast<FLAC__uint64>(self.file_.size()) &&
                       self.file_.seekTo(self.start_ + static_cast<std::int64_t>(offset))
                   ? FLAC__STREAM_DECODER_SEEK_STATUS_OK
                   : FLAC__STREAM_DECODER_SEEK_STATUS_ERROR;
    }
    static FLAC__StreamDecoderTellStatus tell(const FLAC__StreamDecoder*, FLAC__uint64* offset,
                                              void* user) {
        const FlacDecoder& self = of(user);
        *offset = static_cast<FLAC__uint64>(self.file_.position() - self.start_);
        return FLAC__STREAM_DECODER_TELL_STATUS_OK;
    }
    static FLAC__StreamDecoderLengthStatus length(const FLAC__StreamDecoder*, FLAC__uint64* bytes,
                                                  void* user) {
        const FlacDecoder& self = of(user);
        *bytes = static_cast<FLAC__uint64>(self.file_.size() - self.start_);
        return FLAC__STREAM_DECODER_LENGTH_STATUS_OK;
    }
    static FLAC__bool isAtEnd(const FLAC__StreamDecoder*, void* user) {
        const FlacDecoder& self = of(user);
        return self.file_.position() >= self.file_.size();
    }
    static FLAC__StreamDecoderWriteStatus write(const FLAC__StreamDecoder*,
                                                const FLAC__Frame* frame,
                                                const FLAC__int32* const* samples, void* user) {
        of(user).take(*frame, samples);
        return FLAC__STREAM_DECODER_WRITE_STATUS_CONTINUE;
    }
    static void metadata(const FLAC__StreamDecoder*, const FLAC__StreamMetadata* block,
                         void* user) {
        SourceInfo& info = of(user).info_;
        if (block->type != FLAC__METADATA_TYPE_STREAMINFO || !info.codec.empty())
            return; // of no use, or read again
        const FLAC__StreamMetadata_StreamInfo& stream = block->data.stream_info;
        info.sampleRateHz = static_cast<int>(stream.sample_rate);
        info.numChannels = static_cast<int>(stream.channels);
        info.bitsPerSample = static_cast<int>(stream.bits_per_sample);
        info.numFrames = static_cast<std::int64_t>(stream.total_samples);
    }
    static void error(const FLAC__StreamDecoder*, FLAC__StreamDecoderErrorStatus, void* user) {
        of(user).isDamaged_ = true;
    }
};

Error FlacDecoder::errorHere(const std::string& what) {
    if (auto error = file_.takeError())
        return *error;
    return file_.error(ErrorCode::Corrupt, "at frame " + std::to_string(position_) + ": " + what);
}

Result<void> FlacDecoder::open() {
    const auto mended = mendedFlacLength(file_);
    start_ = id3v2Bytes(file_, 0);
    file_.seekTo(start_);
    flac_.reset(FLAC__stream_decoder_new());
    if (!flac_ || FLAC__stream_decoder_init_stream(
                      flac_.get(), Callbacks::read, Callbacks::seek, Callbacks::tell,
                      Callbacks::length, Callbacks::isAtEnd, Callbacks::write, Callbacks::metadata,
                      Callbacks::error, this) != FLAC__STREAM_DECODER_INIT_STATUS_OK)
        return fail(file_.error(ErrorCode::Internal, "libFLAC: out of memory"));
    const bool read = FLAC__stream_decoder_process_until_end_of_metadata(flac_.get());
    if (auto error = file_.takeError())
        return fail(std::move(*error));
    if (!read || info_.numChannels == 0)
        return fail(file_.error(ErrorCode::Corrupt, "no FLAC header that can be read"));
    if (mended)
        info_.numFrames = std::min(info_.numFrames, *mended);
    info_.codec = "flac";
    info_.stamp = file_.stamp();
    return {};
}

bool FlacDecoder::ended() const {
    return FLAC__stream_decoder_get_state(flac_.get()) >= FLAC__STREAM_DECODER_END_OF_STREAM;
}

void FlacDecoder::take(const FLAC__Frame& frame, const FLAC__int32* const* samples) {
    const FLAC__FrameHeader& header = frame.header;
    const auto begin = static_cast<std::int64_t>(header.number.sample_number);
    const std::int64_t end = std::min(begin + std::int64_t{header.blocksize}, info_.numFrames);
    if (header.number_type != FLAC__FRAME_NUMBER_TYPE_SAMPLE_NUMBER || begin < 0 ||
        end <= position_ || static_cast<int>(header.channels) != info_.numChannels)
        return;
    anyTaken_ = true;
    const std::int64_t from = std::max<std::int64_t>(position_ - begin, 0);
    const std::int64_t count = end - begin - from;
    const std::int64_t missing = std::max<std::int64_t>(begin - position_, 0);
    position_ = end;
    std::array<const FLAC__int32*, kMaxChannels> planes{};
    for (int c = 0; c < info_.numChannels; ++c)
        planes[static_cast<std::size_t>(c)] = samples[c] + from;
    const bool isFirst = restBegin_ == restEnd_;
    if (isFirst) {
        restBegin_ = restEnd_ = 0;
        silentFrames_ += missing;
        if (isDamaged_ && isSilent(planes, count)) {
            silentFrames_ += count;
            return;
        }
    }
    // Silence, if there is any, comes before what is kept.
    const std::int64_t direct = isFirst && silentFrames_ == 0 ? std::min(count, wantedFrames_) : 0;
    const std::int64_t kept = restEnd_;
    restEnd_ += count - direct;
    if (rest_.numFrames() < restEnd_) {
        AudioBuffer larger(info_.numChannels, std::max<std::int64_t>(restEnd_, header.blocksize));
        for (int c = 0; c < info_.numChannels && kept > 0; ++c)
            std::copy_n(rest_.channel(c), kept, larger.channel(c));
        rest_ = std::move(larger);
    }
    const auto bits = static_cast<int>(header.bits_per_sample);
    for (int c = 0; c < info_.numChannels; ++c) {
        const auto channel = static_cast<std::size_t>(c);
        if (direct > 0)
            fromIntegers(planes[channel], direct, bits, wanted_[channel]);
        if (count > direct)
            fromIntegers(planes[channel] + direct, count - direct, bits, rest_.channel(c) + kept);
    }
    wantedFrames_ -= direct;
}

bool FlacDecoder::isSilent(const std::array<const FLAC__int32*, kMaxChannels>& planes,
                           std::int64_t numFrames) const {
    return std::all_of(planes.begin(), planes.begin() + info_.numChannels,
                       [&](const FLAC__int32* plane) {
                           return std::all_of(plane, plane + numFrames,
                                              [](FLAC__int32 value) { return value == 0; });
                       });
}

Result<void> FlacDecoder::restart(std::int64_t frame) {
    silentFrames_ = restBegin_ = restEnd_ = 0;
    isDamaged_ = anyTaken_ = false;
    position_ = frame;
    if (FLAC__stream_decoder_get_state(flac_.get()) > FLAC__STREAM_DECODER_END_OF_STREAM)
        FLAC__stream_decoder_flush(flac_.get());
    // take() leaves out what lies before position_.
    const std::int64_t target =
        std::max<std::int64_t>(std::min(frame, info_.numFrames - kTailFrames), 0);
    if (FLAC__stream_decoder_seek_absolute(flac_.get(), static_cast<FLAC__uint64>(target)))
        return {};
    // Where damage is in the way of the search, it is found from the beginning on.
    silentFrames_ = restBegin_ = restEnd_ = 0;
    position_ = frame;
    const bool read = FLAC__stream_decoder_reset(flac_.get()) &&
                      FLAC__stream_decoder_process_until_end_of_metadata(flac_.get());
    if (auto error = file_.takeError())
        return fail(std::move(*error));
    if (!read)
        return fail(errorHere("no FLAC header that can be read"));
    return {};
}

Result<std::int64_t> FlacDecoder::decode(const AudioBlock& block) {
    std::int64_t done = 0;
    const auto planeAt = [&](int c) { return block.channels[c] + done; };
    while (done < block.numFrames) {
        const std::int64_t room = block.numFrames - done;
        if (silentFrames_ > 0) {
            const std::int64_t count = std::min(silentFrames_, room);
            for (int c = 0; c < block.numChannels; ++c)
                std::fill_n(planeAt(c), count, 0.0f);
            silentFrames_ -= count;
            done += count;
        } else if (restBegin_ < restEnd_) {
            const std::int64_t count = std::min(restEnd_ - restBegin_, room);
            for (int c = 0; c < block.numChannels; ++c)
                std::copy_n(rest_.channel(c) + restBegin_, count, planeAt(c));
            restBegin_ += count;
            done += count;
        } else if (ended()) {
            break;
        } else {
            for (int c = 0; c < block.numChannels; ++c)
                wanted_[static_cast<std::size_t>(c)] = planeAt(c);
            wantedFrames_ = room;
            const bool read = FLAC__stream_decoder_process_single(flac_.get());
            done += room - std::exchange(wantedFrames_, 0);
            if (auto error = file_.takeError())
                return fail(std::move(*error));
            if (!read)
                return fail(errorHere(FLAC__stream_decoder_get_resolved_state_string(flac_.get())));
        }
    }
    if (done == 0 && isDamaged_ && !anyTaken_)
        return fail(errorHere("no FLAC frame that is whole"));
    return done;
}

} // namespace

Result<std::unique_ptr<Decoder>> openFlac(SourceFile file) {
    return openedDecoder<FlacDecoder>(std::move(file));
}

} // namespace segue::decode
