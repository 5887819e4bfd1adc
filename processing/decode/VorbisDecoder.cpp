// Ogg Vorbis through libvorbisfile: libsndfile 1.2's own seeking in Vorbis lands on wrong frames
// within two seconds after the current position and in the last seconds of a file. Runs on the
// reader's thread. Always holds: a hole left by lost pages becomes silence, so that what follows
// stays in place (from the second page after the hole on; the library learns the position with a
// page's end).

#include "processing/decode/VorbisDecoder.h"

#include <vorbis/vorbisfile.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "processing/decode/Samples.h"

namespace segue::decode {
namespace {

constexpr std::int64_t kDiscardFrames = 4096;

std::size_t fileRead(void* out, std::size_t size, std::size_t count, void* user) {
    if (size == 0)
        return 0;
    const auto bytes = static_cast<std::int64_t>(size * count);
    return static_cast<std::size_t>(static_cast<SourceFile*>(user)->read(out, bytes)) / size;
}
int fileSeek(void* user, ogg_int64_t offset, int whence) {
    return static_cast<SourceFile*>(user)->seek(offset, whence) ? 0 : -1;
}
long fileTell(void* user) {
    return static_cast<long>(static_cast<SourceFile*>(user)->position());
}

std::string reasonOf(long code) {
    switch (code) {
    case OV_EREAD:
        return "a read failed";
    case OV_ENOTVORBIS:
        return "not Vorbis";
    case OV_EVERSION:
        return "unknown Vorbis version";
    case OV_EBADHEADER:
        return "bad Vorbis header";
    case OV_EBADLINK:
        return "bad link";
    default:
        return "Vorbis error " + std::to_string(code);
    }
}

class VorbisDecoder : public Decoder {
  public:
    explicit VorbisDecoder(SourceFile file) : file_(std::move(file)) {}
    ~VorbisDecoder() override {
        if (open_)
            ov_clear(&vorbis_);
    }
    VorbisDecoder(const VorbisDecoder&) = delete;
    VorbisDecoder& operator=(const VorbisDecoder&) = delete;

    Result<void> open();

    const SourceInfo& info() const noexcept override { return info_; }
    std::int64_t cellFrames() const noexcept override { return 0; }
    Result<void> restart(std::int64_t frame) override;
    Result<std::int64_t> decode(const AudioBlock& block) override;

  private:
    Error errorAt(std::int64_t frame, long code);

    SourceFile file_;
    OggVorbis_File vorbis_{};
    bool open_ = false;
    SourceInfo info_;
    std::int64_t position_ = 0; ///< of the next frame that decode() gives
    AudioBuffer discarded_;     ///< only used in damaged files
};

Error VorbisDecoder::errorAt(std::int64_t frame, long code) {
    if (auto error = file_.takeError())
        return *error;
    return file_.error(ErrorCode::Corrupt,
                       "at frame " + std::to_string(frame) + ": " + reasonOf(code));
}

Result<void> VorbisDecoder::open() {
    const ov_callbacks callbacks{fileRead, fileSeek, nullptr, fileTell};
    const int code = ov_open_callbacks(&file_, &vorbis_, nullptr, 0, callbacks);
    if (code != 0) {
        if (auto error = file_.takeError())
            return fail(std::move(*error));
        return fail(file_.error(ErrorCode::Corrupt, reasonOf(code)));
    }
    open_ = true;
    const vorbis_info* first = ov_info(&vorbis_, 0);
    for (int link = 0; link < ov_streams(&vorbis_); ++link) {
        vorbis_info* other = ov_info(&vorbis_, link);
        // libvorbis 1.3.7 remembers half-built codebooks: setting up a decoder a second time after
        // the first has failed succeeds, and divides by zero later. So the first time is here.
        vorbis_dsp_state probe{};
        const int failed = vorbis_synthesis_init(&probe, other);
        vorbis_dsp_clear(&probe);
        if (failed != 0)
            return fail(file_.error(ErrorCode::Corrupt, "bad Vorbis codebooks"));
        if (other->rate != first->rate || other->channels != first->channels)
            return fail(file_.error(ErrorCode::Unsupported,
                                    "chained Vorbis whose format changes on the way"));
    }
    if (first->rate > kMaxSampleRateHz || first->rate < 0)
        return fail(
            file_.error(ErrorCode::Unsupported, "sample rate " + std::to_string(first->rate)));
    info_.sampleRateHz = static_cast<int>(first->rate);
    info_.numChannels = first->channels;
    info_.numFrames = std::max<std::int64_t>(ov_pcm_total(&vorbis_, -1), 0);
    info_.codec = "vorbis";
    info_.stamp = file_.stamp();
    return {};
}

Result<void> VorbisDecoder::restart(std::int64_t frame) {
    // Right behind a hole, libvorbisfile may land anywhere, up to the end of the file: then reading
    // on from before it finds the place.
    std::int64_t from = frame;
    for (std::int64_t back = info_.sampleRateHz;; back *= 4) {
        const int code = ov_pcm_seek(&vorbis_, from);
        if (code != 0)
            return fail(errorAt(frame, code));
        if (ov_pcm_tell(&vorbis_) == from || from == 0)
            break;
        from = std::max<std::int64_t>(frame - back, 0);
    }
    position_ = from;
    if (discarded_.numFrames() == 0 && from < frame)
        discarded_.resize(info_.numChannels, kDiscardFrames);
    while (position_ < frame) {
        auto got = decode(discarded_.block(std::min(kDiscardFrames, frame - position_)));
        if (!got)
            return fail(std::move(got.error()));
        if (*got == 0)
            break;
    }
    return {};
}

Result<std::int64_t> VorbisDecoder::decode(const AudioBlock& block) {
    const int* map = vorbisChannelMap(block.numChannels);
    std::int64_t done = 0;
    while (done < block.numFrames) {
        // A seek into a hole lands behind it.
        if (const std::int64_t hole = ov_pcm_tell(&vorbis_) - position_; hole > 0) {
            const std::int64_t silent = std::min(hole, block.numFrames - done);
            for (int c = 0; c < block.numChannels; ++c)
                std::fill_n(block.channels[c] + done, silent, 0.0f);
            done += silent;
            position_ += silent;
            continue;
        }
        constexpr std::int64_t kMostFrames = 8192; // the largest block of Vorbis
        float** planes = nullptr;
        int link = 0;
        const long got =
            ov_read_float(&vorbis_, &planes,
                          static_cast<int>(std::min(kMostFrames, block.numFrames - done)), &link);
        if (got == OV_HOLE)
            continue;
        if (auto error = file_.takeError())
            return fail(std::move(*error));
        if (got < 0 && done == 0)
            return fail(errorAt(position_, got));
        if (got <= 0)
            break;
        // Only after the read does the library know where the page that it met belongs.
        const std::int64_t start = ov_pcm_tell(&vorbis_) - got;
        if (start > position_) {
            if (ov_pcm_seek(&vorbis_, start) != 0 || ov_pcm_tell(&vorbis_) <= position_)
                return fail(errorAt(position_, OV_EBADLINK));
            continue;
        }
        const std::int64_t known = std::min<std::int64_t>(got, position_ - start);
        for (int c = 0; c < block.numChannels; ++c)
            clean(planes[map[c]] + known, got - known, block.channels[c] + done);
        done += got - known;
        position_ += got - known;
    }
    return done;
}

} // namespace

Result<std::unique_ptr<Decoder>> openVorbis(SourceFile file) {
    return openedDecoder<VorbisDecoder>(std::move(file));
}

} // namespace segue::decode
