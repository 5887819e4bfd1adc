// Encoders and containers of FFmpeg's libraries: PCM becomes planar float, which holds 24 bits
// exactly, then what the encoder wants, in frames of the length that it wants. The same PCM gives
// the same file. Runs on the thread that appends; the file is written through NewFile's descriptor.

#include "processing/encode/LibavWriter.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
}

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "processing/encode/LibavModule.h"
#include "processing/encode/PcmReader.h"

namespace segue::encode {

namespace {

constexpr int kPieceFrames = 4096;
// SoX's "very high quality": passband to 0.91 of the lower Nyquist frequency and beyond, images and
// aliases below -170 dB.
constexpr int kResamplerBits = 28;
// FLAC's usual effort: higher ones gain a per cent and take twice as long.
constexpr int kFlacLevel = 5;

struct Encoder {
    FileFormat format;
    const char* muxer;
    const char* codec;
    AVSampleFormat sampleFormat;   ///< of 16 bits, or of float
    AVSampleFormat sampleFormat24; ///< of 24
};

constexpr std::array<Encoder, 5> kEncoders = {{
    {FileFormat::Flac, "flac", "flac", AV_SAMPLE_FMT_S16, AV_SAMPLE_FMT_S32},
    {FileFormat::Mp3, "mp3", "libmp3lame", AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_FLTP},
    {FileFormat::Opus, "opus", "libopus", AV_SAMPLE_FMT_FLT, AV_SAMPLE_FMT_FLT},
    {FileFormat::Aac, "ipod", "aac", AV_SAMPLE_FMT_FLTP, AV_SAMPLE_FMT_FLTP},
    {FileFormat::Alac, "ipod", "alac", AV_SAMPLE_FMT_S16P, AV_SAMPLE_FMT_S32P},
}};

/// WAVE_FORMAT_EXTENSIBLE's default layouts, in which our channels come.
constexpr std::array<std::uint64_t, kMaxChannels> kLayouts = {
    AV_CH_LAYOUT_MONO,    AV_CH_LAYOUT_STEREO,       AV_CH_LAYOUT_SURROUND,
    AV_CH_LAYOUT_QUAD,    AV_CH_LAYOUT_5POINT0_BACK, AV_CH_LAYOUT_5POINT1_BACK,
    AV_CH_LAYOUT_6POINT1, AV_CH_LAYOUT_7POINT1};

const Encoder& encoderOf(FileFormat format) {
    return *std::find_if(kEncoders.begin(), kEncoders.end(),
                         [&](const Encoder& encoder) { return encoder.format == format; });
}

/// What is asked for holds for two channels.
std::int64_t bitRate(const FileTarget& target, int numChannels) {
    const FormatTraits& traits = traitsOf(target.format);
    const int kbps = target.kbps != 0 ? target.kbps : traits.defaultKbps;
    // MP3 has a few rates only, whatever the number of channels.
    const int half = target.format == FileFormat::Mp3 ? 2 : numChannels;
    return std::int64_t{1000} * kbps * half / 2;
}

} // namespace

void LibavWriter::FreeMuxer::operator()(AVFormatContext* context) const {
    if (context->pb) {
        av_freep(&context->pb->buffer);
        avio_context_free(&context->pb);
    }
    avformat_free_context(context);
}

LibavWriter::LibavWriter(NewFile file, const FileTarget& target, const StreamFormat& format,
                         std::int64_t numFrames)
    : AudioFileWriter(std::move(file)), target_(target), format_(format),
      rateHz_(sampleRateFor(target.format, format.sampleRateHz)),
      framesLeft_(av_rescale(numFrames, rateHz_, format.sampleRateHz)),
      input_(format.numChannels, kPieceFrames) {}

LibavWriter::~LibavWriter() = default;

Error LibavWriter::error(const std::string& what, int code) const {
    if (writeError_)
        return *writeError_;
    std::array<char, AV_ERROR_MAX_STRING_SIZE> reason{};
    av_strerror(code, reason.data(), reason.size());
    const bool refused = code == AVERROR(EINVAL) || code == AVERROR(ENOSYS);
    return {refused ? ErrorCode::Unsupported : ErrorCode::Internal,
            "encode '" + file_.path().string() + "': " + what + ": " + reason.data()};
}

Result<void> LibavWriter::open() {
    if (auto opened = openEncoder(); !opened)
        return opened;
    if (auto opened = openConverter(); !opened)
        return opened;
    return openFile();
}

Result<void> LibavWriter::openEncoder() {
    const Encoder& wanted = encoderOf(target_.format);
    const AVCodec* codec = avcodec_find_encoder_by_name(wanted.codec);
    if (!codec)
        return fail(ErrorCode::Unsupported,
                    std::string("FFmpeg's libraries have no encoder '") + wanted.codec + "' here");
    encoder_.reset(avcodec_alloc_context3(codec));
    encoder_->sample_rate = rateHz_;
    encoder_->time_base = {1, rateHz_};
    av_channel_layout_from_mask(&encoder_->ch_layout,
                                kLayouts[static_cast<std::size_t>(format_.numChannels - 1)]);
    const bool is24 = pcmFor(target_) == PcmFormat::Int24;
    encoder_->sample_fmt = is24 ? wanted.sampleFormat24 : wanted.sampleFormat;
    if (is24)
        encoder_->bits_per_raw_sample = 24;
    // No names of versions in the file, no random serial numbers.
    encoder_->flags |= AV_CODEC_FLAG_BITEXACT;
    if (target_.format == FileFormat::Aac || target_.format == FileFormat::Alac)
        encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (target_.format == FileFormat::Mp3 && target_.kbps == 0) {
        encoder_->flags |= AV_CODEC_FLAG_QSCALE;
        encoder_->global_quality = 0; // V0
    } else if (!traitsOf(target_.format).lossless) {
        encoder_->bit_rate = bitRate(target_, format_.numChannels);
    }
    if (target_.format == FileFormat::Flac)
        encoder_->compression_level = kFlacLevel;
    if (const int code = avcodec_open2(encoder_.get(), codec, nullptr); code < 0)
        return fail(error(std::string("the encoder of ") +
                              std::string(traitsOf(target_.format).name) + " refuses " +
                              std::to_string(format_.numChannels) + " channels at " +
                              std::to_string(rateHz_) + " Hz",
                          code));
    frameSize_ = encoder_->frame_size > 0 ? encoder_->frame_size : kPieceFrames;
    return {};
}

Result<void> LibavWriter::openConverter() {
    AVChannelLayout& layout = encoder_->ch_layout;
    SwrContext* converter = nullptr;
    int code = swr_alloc_set_opts2(&converter, &layout, encoder_->sample_fmt, rateHz_, &layout,
                                   AV_SAMPLE_FMT_FLTP, format_.sampleRateHz, 0, nullptr);
    converter_.reset(converter);
    if (code >= 0 && rateHz_ != format_.sampleRateHz) {
        av_opt_set_int(converter, "resampler", SWR_ENGINE_SOXR, 0);
        av_opt_set_int(converter, "precision", kResamplerBits, 0);
    }
    if (code >= 0)
        code = swr_init(converter);
    if (code < 0)
        return fail(error("the converter", code));
    queue_.reset(av_audio_fifo_alloc(encoder_->sample_fmt, layout.nb_channels, 2 * frameSize_));
    frame_.reset(av_frame_alloc());
    converted_.reset(av_frame_alloc());
    packet_.reset(av_packet_alloc());
    if (!queue_ || !frame_ || !converted_ || !packet_)
        return fail(error("buffers", AVERROR(ENOMEM)));
    for (AVFrame* frame : {frame_.get(), converted_.get()}) {
        frame->format = encoder_->sample_fmt;
        frame->sample_rate = rateHz_;
        av_channel_layout_copy(&frame->ch_layout, &layout);
    }
    frame_->nb_samples = frameSize_;
    converted_->nb_samples =
        static_cast<int>(av_rescale_rnd(kPieceFrames, rateHz_, format_.sampleRateHz, AV_ROUND_UP)) +
        kPieceFrames;
    for (AVFrame* frame : {frame_.get(), converted_.get()})
        if (code = av_frame_get_buffer(frame, 0); code < 0)
            return fail(error("buffers", code));
    return {};
}

Result<void> LibavWriter::openFile() {
    constexpr int kBufferBytes = 1 << 16;
    AVFormatContext* muxer = nullptr;
    int code =
        avformat_alloc_output_context2(&muxer, nullptr, encoderOf(target_.format).muxer, nullptr);
    if (code < 0)
        return fail(error("the container", code));
    muxer_.reset(muxer);
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
    muxer->pb = avio_alloc_context(buffer, kBufferBytes, 1, this, nullptr, &writeBytes, &seekBytes);
    muxer->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
    AVStream* stream = avformat_new_stream(muxer, nullptr);
    if (!muxer->pb || !stream)
        return fail(error("the container", AVERROR(ENOMEM)));
    code = avcodec_parameters_from_context(stream->codecpar, encoder_.get());
    stream->time_base = encoder_->time_base;
    AVDictionary* options = nullptr;
    if (target_.format == FileFormat::Mp3)
        av_dict_set(&options, "id3v2_version", "0", 0); // tags come from somebody else
    // In MPEG-4, where the sound begins and ends counts in these units: so, to the frame.
    if (target_.format == FileFormat::Aac || target_.format == FileFormat::Alac)
        av_dict_set_int(&options, "movie_timescale", rateHz_, 0);
    if (code >= 0)
        code = avformat_write_header(muxer, &options);
    av_dict_free(&options);
    if (code < 0)
        return fail(error("the file's head", code));
    return {};
}

Result<void> LibavWriter::append(std::span<const std::byte> bytes) {
    const auto frameBytes = static_cast<std::size_t>(format_.bytesPerFrame());
    while (!bytes.empty()) {
        const auto count = std::min<std::size_t>(kPieceFrames, bytes.size() / frameBytes);
        const AudioBlock block = input_.block(static_cast<std::int64_t>(count));
        readPcm(bytes.data(), format_.pcm, block);
        if (auto done = convert(&block); !done)
            return done;
        bytes = bytes.subspan(count * frameBytes);
    }
    return {};
}

Result<void> LibavWriter::convert(const AudioBlock* input) {
    std::array<const std::uint8_t*, kMaxChannels> channels{};
    for (int c = 0; input && c < input->numChannels; ++c)
        channels[static_cast<std::size_t>(c)] =
            reinterpret_cast<const std::uint8_t*>(input->channels[c]);
    const std::uint8_t** planes = input ? channels.data() : nullptr;
    int offered = input ? static_cast<int>(input->numFrames) : 0;
    for (;;) {
        const int count = swr_convert(converter_.get(), converted_->extended_data,
                                      converted_->nb_samples, planes, offered);
        if (count < 0)
            return fail(error("converting", count));
        if (auto queued = queue(count); !queued)
            return queued;
        if (count < converted_->nb_samples)
            break;
        offered = 0; // the converter has taken all of it
    }
    return encodeQueued(frameSize_);
}

/// What the converter has just given, as far as it belongs to the file.
Result<void> LibavWriter::queue(int numFrames) {
    const int count = static_cast<int>(std::min<std::int64_t>(numFrames, framesLeft_));
    const int written = av_audio_fifo_write(
        queue_.get(), reinterpret_cast<void**>(converted_->extended_data), count);
    if (written < count)
        return fail(error("buffers", AVERROR(ENOMEM)));
    framesLeft_ -= count;
    return {};
}

Result<void> LibavWriter::encodeQueued(int atLeast) {
    while (av_audio_fifo_size(queue_.get()) >= atLeast) {
        if (const int code = av_frame_make_writable(frame_.get()); code < 0)
            return fail(error("buffers", code));
        frame_->nb_samples = std::min(frameSize_, av_audio_fifo_size(queue_.get()));
        av_audio_fifo_read(queue_.get(), reinterpret_cast<void**>(frame_->extended_data),
                           frame_->nb_samples);
        frame_->pts = nextFrame_;
        nextFrame_ += frame_->nb_samples;
        if (auto done = encode(frame_.get()); !done)
            return done;
    }
    return {};
}

Result<void> LibavWriter::encode(const AVFrame* frame) {
    if (const int code = avcodec_send_frame(encoder_.get(), frame); code < 0)
        return fail(error("encoding", code));
    for (;;) {
        int code = avcodec_receive_packet(encoder_.get(), packet_.get());
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
            return {};
        if (code < 0)
            return fail(error("encoding", code));
        av_packet_rescale_ts(packet_.get(), encoder_->time_base, muxer_->streams[0]->time_base);
        packet_->stream_index = 0;
        code = av_write_frame(muxer_.get(), packet_.get());
        av_packet_unref(packet_.get());
        if (code < 0 || writeError_)
            return fail(error("writing", code));
    }
}

Result<void> LibavWriter::complete() {
    if (auto flushed = convert(nullptr); !flushed)
        return flushed;
    // A resampler may end a frame early.
    while (framesLeft_ > 0) {
        const int count =
            static_cast<int>(std::min<std::int64_t>(framesLeft_, converted_->nb_samples));
        av_samples_set_silence(converted_->extended_data, 0, count, format_.numChannels,
                               encoder_->sample_fmt);
        if (auto queued = queue(count); !queued)
            return queued;
    }
    if (auto done = encodeQueued(1); !done)
        return done;
    if (auto done = encode(nullptr); !done)
        return done;
    const int code = av_write_trailer(muxer_.get());
    avio_flush(muxer_->pb);
    if (code < 0 || writeError_)
        return fail(error("the file's end", code));
    // An album's files wait for the last one before they get their names.
    queue_.reset();
    converter_.reset();
    encoder_.reset();
    return {};
}

int LibavWriter::writeBytes(void* self, std::uint8_t* bytes, int count) {
    auto& writer = *static_cast<LibavWriter*>(self);
    auto written =
        writer.file_.write(std::as_bytes(std::span(bytes, static_cast<std::size_t>(count))));
    if (written)
        return count;
    if (!writer.writeError_)
        writer.writeError_ = std::move(written.error());
    return AVERROR(EIO);
}

std::int64_t LibavWriter::seekBytes(void* self, std::int64_t offset, int whence) {
    const int file = static_cast<LibavWriter*>(self)->file_.descriptor();
    if ((whence & AVSEEK_SIZE) != 0) {
        struct stat status {};
        return ::fstat(file, &status) == 0 ? status.st_size : AVERROR(errno);
    }
    const off_t position = ::lseek(file, offset, whence & ~AVSEEK_FORCE);
    return position >= 0 ? position : AVERROR(errno);
}

} // namespace segue::encode

extern "C" void
segueCreateLibavWriter(segue::encode::NewFile file, const segue::encode::FileTarget& target,
                       const segue::encode::StreamFormat& format, std::int64_t numFrames,
                       segue::Result<std::unique_ptr<segue::encode::AudioFileWriter>>& writer) {
    av_log_set_level(AV_LOG_QUIET); // errors come back as values
    auto made =
        std::make_unique<segue::encode::LibavWriter>(std::move(file), target, format, numFrames);
    if (auto opened = made->open(); !opened)
        writer = segue::fail(opened.error());
    else
        writer = std::move(made);
}
