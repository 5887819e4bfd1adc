// WAV and AIFF through libsndfile, whose seeks in these formats are exact. Runs on the reader's
// thread.

#include "processing/decode/SndfileDecoder.h"

#include <sndfile.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "processing/decode/Samples.h"

namespace segue::decode {
namespace {

// Interleaved frames per library call: 8 channels of float fit in L2.
constexpr std::int64_t kPieceFrames = 4096;

sf_count_t fileLength(void* user) {
    return static_cast<SourceFile*>(user)->size();
}
sf_count_t fileSeek(sf_count_t offset, int whence, void* user) {
    auto& file = *static_cast<SourceFile*>(user);
    return file.seek(offset, whence) ? file.position() : -1;
}
sf_count_t fileRead(void* out, sf_count_t count, void* user) {
    return static_cast<SourceFile*>(user)->read(out, count);
}
sf_count_t fileWrite(const void*, sf_count_t, void*) {
    return 0;
}
sf_count_t fileTell(void* user) {
    return static_cast<SourceFile*>(user)->position();
}

struct CloseSndfile {
    void operator()(SNDFILE* file) const noexcept { sf_close(file); }
};
using SndfileHandle = std::unique_ptr<SNDFILE, CloseSndfile>;

/// What libsndfile noted while parsing: its last words, in one line.
std::string logOf(SNDFILE* sndfile) {
    std::array<char, 2048> text{};
    sf_command(sndfile, SFC_GET_LOG_INFO, text.data(), static_cast<int>(text.size()));
    std::string log(text.data());
    constexpr std::size_t kLongest = 300;
    if (log.size() > kLongest)
        log.erase(0, log.size() - kLongest);
    for (char& c : log)
        if (c == '\n')
            c = ';';
        else if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7F)
            c = ' ';
    return log;
}

/// Bits of the stored integers, 0 for float and companded samples; nothing for codings that Segue
/// does not read (ADPCM, GSM and the like, whose seeks are not exact).
std::optional<int> bitsOf(int format) {
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
        return 8;
    case SF_FORMAT_PCM_16:
        return 16;
    case SF_FORMAT_PCM_24:
        return 24;
    case SF_FORMAT_PCM_32:
        return 32;
    case SF_FORMAT_FLOAT:
    case SF_FORMAT_DOUBLE:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
        return 0;
    default:
        return std::nullopt;
    }
}

std::optional<std::string> codecOf(int format) {
    switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_RF64:
        return "wav";
    case SF_FORMAT_AIFF:
        return "aiff";
    default:
        return std::nullopt;
    }
}

class SndfileDecoder : public Decoder {
  public:
    explicit SndfileDecoder(SourceFile file) : file_(std::move(file)) {}

    Result<void> open();

    const SourceInfo& info() const noexcept override { return info_; }
    std::int64_t cellFrames() const noexcept override { return 0; }
    Result<void> restart(std::int64_t frame) override;
    Result<std::int64_t> decode(const AudioBlock& block) override;

  private:
    Error openError(int code);

    SourceFile file_;
    SndfileHandle sndfile_;
    SourceInfo info_;
    std::vector<float> interleaved_;
    std::int64_t position_ = 0;
};

Error SndfileDecoder::openError(int code) {
    if (auto error = file_.takeError())
        return *error;
    const ErrorCode kind = code == SF_ERR_UNRECOGNISED_FORMAT || code == SF_ERR_UNSUPPORTED_ENCODING
                               ? ErrorCode::Unsupported
                               : ErrorCode::Corrupt;
    return file_.error(kind, std::string(sf_error_number(code)) + " (" + logOf(nullptr) + ")");
}

Result<void> SndfileDecoder::open() {
    SF_VIRTUAL_IO io{fileLength, fileSeek, fileRead, fileWrite, fileTell};
    SF_INFO sf{};
    {
        // A failing open leaves its reason in globals of libsndfile.
        static std::mutex openMutex;
        const std::lock_guard lock(openMutex);
        sndfile_.reset(sf_open_virtual(&io, SFM_READ, &sf, &file_));
        if (!sndfile_)
            return fail(openError(sf_error(nullptr)));
    }
    const auto bits = bitsOf(sf.format);
    const auto codec = codecOf(sf.format);
    if (!bits || !codec)
        return fail(file_.error(ErrorCode::Unsupported, "sample coding that Segue does not read (" +
                                                            logOf(sndfile_.get()) + ")"));
    if (!sf.seekable)
        return fail(file_.error(ErrorCode::Unsupported, "cannot be seeked"));
    info_.sampleRateHz = sf.samplerate;
    info_.numChannels = sf.channels;
    info_.numFrames = std::max<sf_count_t>(sf.frames, 0);
    info_.bitsPerSample = *bits;
    info_.codec = *codec;
    info_.stamp = file_.stamp();
    if (info_.numChannels >= 1 && info_.numChannels <= kMaxChannels)
        interleaved_.resize(static_cast<std::size_t>(kPieceFrames * info_.numChannels));
    return {};
}

Result<void> SndfileDecoder::restart(std::int64_t frame) {
    if (sf_seek(sndfile_.get(), frame, SEEK_SET) != frame) {
        if (auto error = file_.takeError())
            return fail(std::move(*error));
        return fail(file_.error(ErrorCode::Corrupt, "at frame " + std::to_string(frame) + ": " +
                                                        sf_strerror(sndfile_.get())));
    }
    position_ = frame;
    return {};
}

Result<std::int64_t> SndfileDecoder::decode(const AudioBlock& block) {
    std::int64_t done = 0;
    while (done < block.numFrames) {
        const sf_count_t got = sf_readf_float(sndfile_.get(), interleaved_.data(),
                                              std::min(kPieceFrames, block.numFrames - done));
        if (auto error = file_.takeError())
            return fail(std::move(*error));
        if (got <= 0)
            break;
        std::array<float*, kMaxChannels> planes{};
        for (int c = 0; c < block.numChannels; ++c)
            planes[static_cast<std::size_t>(c)] = block.channels[c] + done;
        deinterleave(interleaved_.data(), block.numChannels, identityChannelMap(), got,
                     planes.data());
        done += got;
        position_ += got;
    }
    if (done == 0 && sf_error(sndfile_.get()) != SF_ERR_NO_ERROR)
        return fail(file_.error(ErrorCode::Corrupt, "at frame " + std::to_string(position_) + ": " +
                                                        sf_strerror(sndfile_.get())));
    return done;
}

} // namespace

Result<std::unique_ptr<Decoder>> openSndfile(SourceFile file) {
    return openedDecoder<SndfileDecoder>(std::move(file));
}

} // namespace segue::decode
