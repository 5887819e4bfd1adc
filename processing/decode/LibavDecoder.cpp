// What FFmpeg's libraries decode, as the other decoders give it. Runs on the reader's thread.
// Always holds: a packet gives exactly as many frames as it stands for, whatever the codec makes of
// it (what is missing is silence), so damage moves nothing; a lossy codec begins every cell afresh,
// some packets before it, for its state is a matter of history (noise that it makes up, filters).

#include "processing/decode/LibavDecoder.h"

extern "C" {
#include <libavutil/log.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include "processing/decode/ContainerTags.h"
#include "processing/decode/Samples.h"

namespace segue::decode {

/// How a codec is read.
struct LibavCodec {
    AVCodecID id;
    const char* decoder; ///< of FFmpeg; null: its own choice
    const char* name;    ///< SourceInfo::codec
    int prerollMs;       ///< before a cell, of a lossy codec; 0: every packet stands for itself
    bool integers;       ///< whose width is worth telling
};

namespace {

constexpr std::int64_t kCellSeconds = 5; // as for Opus in Ogg

// AAC needs one packet of 23 ms, its band replication the next of its headers; Opus as in
// OpusDecoder; WMA its bit reservoir (a block is up to 0.4 s at low rates) and the frame before.
constexpr int kAacMs = 400, kOpusMs = 660, kVorbisMs = 400, kWmaMs = 1000, kMp3Ms = 400;

constexpr std::array<LibavCodec, 20> kCodecs = {{
    {AV_CODEC_ID_AAC, "aac", "aac", kAacMs, false},
    {AV_CODEC_ID_ALAC, nullptr, "alac", 0, true},
    {AV_CODEC_ID_APE, nullptr, "ape", 0, true},
    {AV_CODEC_ID_WAVPACK, nullptr, "wavpack", 0, true},
    {AV_CODEC_ID_TTA, nullptr, "tta", 0, true},
    {AV_CODEC_ID_FLAC, "flac", "flac", 0, true},
    {AV_CODEC_ID_OPUS, "libopus", "opus", kOpusMs, false},
    {AV_CODEC_ID_VORBIS, "vorbis", "vorbis", kVorbisMs, false},
    {AV_CODEC_ID_WMAV1, nullptr, "wma", kWmaMs, false},
    {AV_CODEC_ID_WMAV2, nullptr, "wma", kWmaMs, false},
    {AV_CODEC_ID_MP3, "mp3float", "mp3", kMp3Ms, false},
    {AV_CODEC_ID_PCM_U8, nullptr, "pcm", 0, true},
    {AV_CODEC_ID_PCM_S16LE, nullptr, "pcm", 0, true},
    {AV_CODEC_ID_PCM_S16BE, nullptr, "pcm", 0, true},
    {AV_CODEC_ID_PCM_S24LE, nullptr, "pcm", 0, true},
    {AV_CODEC_ID_PCM_S24BE, nullptr, "pcm", 0, true},
    {AV_CODEC_ID_PCM_S32LE, nullptr, "pcm", 0, true},
    {AV_CODEC_ID_PCM_S32BE, nullptr, "pcm", 0, true},
    {AV_CODEC_ID_PCM_F32LE, nullptr, "pcm", 0, false},
    {AV_CODEC_ID_PCM_F32BE, nullptr, "pcm", 0, false},
}};

// Packets in which a codec has to show what it is; some begin with silence of none.
constexpr int kProbedPackets = 64;
// A codec may find out late that its rate is doubled (AAC with band replication).
constexpr int kProbedFrames = 6;

template <typename Sample>
void appendPlane(const std::uint8_t* bytes, int stride, int numFrames, float scale, float offset,
                 std::vector<float>& out) {
    const auto* in = reinterpret_cast<const Sample*>(bytes);
    const std::size_t from = out.size();
    out.resize(from + static_cast<std::size_t>(numFrames));
    float* to = out.data() + from;
    for (int n = 0; n < numFrames; ++n)
        to[n] = static_cast<float>(in[n * stride]) * scale + offset;
    clean(to, numFrames, to);
}

} // namespace

LibavDecoder::LibavDecoder(SourceFile file, LibavContainer container)
    : demuxer_(std::move(file), container), frame_(av_frame_alloc()) {}

LibavDecoder::~LibavDecoder() = default;

Result<void> LibavDecoder::open() {
    if (auto opened = demuxer_.open(); !opened)
        return opened;
    const AVCodecID id = demuxer_.stream().codecpar->codec_id;
    codec_ = std::find_if(kCodecs.begin(), kCodecs.end(),
                          [&](const LibavCodec& codec) { return codec.id == id; });
    const bool knowsLengths =
        id != AV_CODEC_ID_TTA || std::strcmp(demuxer_.format().iformat->name, "tta") == 0;
    if (codec_ == kCodecs.end() || !knowsLengths)
        return fail(demuxer_.file().error(ErrorCode::Unsupported,
                                          std::string("a codec that Segue does not read (") +
                                              avcodec_get_name(id) + ")"));
    if (auto probed = probe(); !probed)
        return probed;
    info_.stamp = demuxer_.file().stamp();
    info_.codec = codec_->name;
    if (codec_->prerollMs > 0) {
        cellFrames_ = kCellSeconds * info_.sampleRateHz;
        prerollFrames_ = std::int64_t{codec_->prerollMs} * info_.sampleRateHz / 1000;
    }
    trim();
    return {};
}

Result<void> LibavDecoder::openCodec() {
    fresh_ = true;
    if (context_ && codec_->prerollMs == 0) {
        avcodec_flush_buffers(context_.get());
        return {};
    }
    const AVCodec* codec = codec_->decoder ? avcodec_find_decoder_by_name(codec_->decoder)
                                           : avcodec_find_decoder(codec_->id);
    if (!codec)
        return fail(demuxer_.file().error(ErrorCode::Unsupported,
                                          std::string("FFmpeg's libraries have no decoder of ") +
                                              codec_->name + " here"));
    context_.reset(avcodec_alloc_context3(codec));
    int code = context_ ? avcodec_parameters_to_context(context_.get(), demuxer_.stream().codecpar)
                        : AVERROR(ENOMEM);
    if (code >= 0) {
        context_->thread_count = 1;
        context_->request_sample_fmt = AV_SAMPLE_FMT_FLT; // of those that offer a choice
        context_->flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL;
        context_->pkt_timebase = demuxer_.stream().time_base;
        code = avcodec_open2(context_.get(), codec, nullptr);
    }
    if (code < 0)
        return fail(demuxer_.file().error(ErrorCode::Corrupt, std::string("the parameters of ") +
                                                                  codec_->name + " make no sense"));
    return {};
}

/// What the first packets give.
Result<void> LibavDecoder::probe() {
    if (auto opened = openCodec(); !opened)
        return opened;
    std::int64_t packetFrames = 0;
    int numFrames = 0;
    for (int i = 0; i < kProbedPackets && numFrames < kProbedFrames; ++i) {
        auto packet = demuxer_.next();
        if (!packet)
            return fail(std::move(packet.error()));
        if (!*packet)
            break;
        if (avcodec_send_packet(context_.get(), (*packet)->packet.get()) < 0)
            continue;
        while (avcodec_receive_frame(context_.get(), frame_.get()) >= 0) {
            if (frame_->sample_rate < info_.sampleRateHz)
                continue;
            ++numFrames;
            info_.sampleRateHz = frame_->sample_rate;
            info_.numChannels = frame_->ch_layout.nb_channels;
            packetFrames = std::max<std::int64_t>(packetFrames, frame_->nb_samples);
            if (codec_->integers && av_get_bytes_per_sample(context_->sample_fmt) > 0)
                info_.bitsPerSample = context_->bits_per_raw_sample > 0
                                          ? context_->bits_per_raw_sample
                                          : 8 * av_get_bytes_per_sample(context_->sample_fmt);
        }
    }
    if (numFrames == 0 || info_.numChannels <= 0)
        return fail(
            demuxer_.file().error(ErrorCode::Corrupt, "its beginning holds nothing that decodes"));
    const auto format = av_get_packed_sample_fmt(context_->sample_fmt);
    if (format == AV_SAMPLE_FMT_FLT || format == AV_SAMPLE_FMT_DBL)
        info_.bitsPerSample = 0;
    if (codec_->id == AV_CODEC_ID_ALAC && demuxer_.stream().codecpar->frame_size > 0)
        packetFrames = demuxer_.stream().codecpar->frame_size;
    return demuxer_.measure(packetFrames, info_.sampleRateHz);
}

/// Leaves out what the container says is not sound.
void LibavDecoder::trim() {
    const std::int64_t rate = info_.sampleRateHz;
    const std::int64_t all = demuxer_.numFrames();
    std::int64_t end = all - demuxer_.padding();
    if (const auto& edit = demuxer_.edit()) {
        const auto inFrames = [&](std::int64_t units, std::int64_t timescale) {
            return av_rescale(units, rate, timescale);
        };
        skipped_ = inFrames(edit->begin, edit->mediaTimescale);
        if (edit->mediaDuration > 0 && !edit->fragmented)
            end = std::min(end, inFrames(edit->mediaDuration, edit->mediaTimescale));
        // The edit's own length is often rounded to milliseconds; then the track's is meant.
        const std::int64_t edited = skipped_ + inFrames(edit->numUnits, edit->movieTimescale);
        const std::int64_t unit = rate / edit->movieTimescale + 1;
        if (edit->numUnits > 0 && edited < end - unit)
            end = edited;
        const AVDictionaryEntry* note =
            av_dict_get(demuxer_.format().metadata, "iTunSMPB", nullptr, 0);
        const auto gapless = note ? parseItunesGapless(note->value) : std::nullopt;
        if (gapless && gapless->numFrames > 0 && gapless->delay + gapless->numFrames <= all) {
            skipped_ = gapless->delay;
            end = gapless->delay + gapless->numFrames;
        }
    } else if (codec_->id == AV_CODEC_ID_WMAV1 || codec_->id == AV_CODEC_ID_WMAV2) {
        skipped_ = demuxer_.packetFrames(); // the transform's; how much more, no file tells
    } else {
        skipped_ = demuxer_.stream().codecpar->initial_padding;
    }
    skipped_ = std::clamp<std::int64_t>(skipped_, 0, all);
    info_.numFrames = std::max<std::int64_t>(std::min(end, all) - skipped_, 0);
}

Result<const TimedPacket*> LibavDecoder::nextPacket() {
    if (nextKept_ == kept_.size()) {
        auto packet = demuxer_.next();
        if (!packet)
            return fail(std::move(packet.error()));
        if (!*packet)
            return nullptr;
        kept_.push_back(std::move(**packet));
        ++nextKept_;
        const std::int64_t oldest = kept_.back().end - 2 * prerollFrames_;
        while (kept_.size() > 1 && kept_.front().end < oldest) {
            kept_.pop_front();
            --nextKept_;
        }
        return &kept_.back();
    }
    return &kept_[nextKept_++];
}

/// The next packet is the one that frame `frame` is in, or for the first the very first.
Result<void> LibavDecoder::goTo(std::int64_t frame) {
    const auto holds = [&](const TimedPacket& packet) {
        return frame == 0 ? packet.number == 0 : packet.begin <= frame && frame < packet.end;
    };
    const auto kept = std::find_if(kept_.begin(), kept_.end(), holds);
    if (kept != kept_.end()) {
        nextKept_ = static_cast<std::size_t>(kept - kept_.begin());
        return {};
    }
    kept_.clear();
    nextKept_ = 0;
    if (auto moved = frame == 0 ? demuxer_.rewind() : demuxer_.seek(frame); !moved)
        return moved;
    for (;;) {
        auto packet = demuxer_.next();
        if (!packet)
            return fail(std::move(packet.error()));
        if (!*packet)
            return {};
        if (holds(**packet)) {
            kept_.push_back(std::move(**packet));
            return {};
        }
    }
}

Result<void> LibavDecoder::restart(std::int64_t frame) {
    position_ = skipped_ + frame;
    pending_.assign(static_cast<std::size_t>(info_.numChannels), {});
    pendingBegin_ = 0;
    pendingAt_ = position_;
    if (auto there = goTo(std::max<std::int64_t>(position_ - prerollFrames_, 0)); !there)
        return there;
    return openCodec();
}

void LibavDecoder::append(const AVFrame& frame) {
    // What a codec gives before it knows better.
    if (frame.ch_layout.nb_channels != info_.numChannels || frame.sample_rate != info_.sampleRateHz)
        return;
    const auto format = static_cast<AVSampleFormat>(frame.format);
    const bool planar = av_sample_fmt_is_planar(format) != 0;
    const int numChannels = info_.numChannels;
    for (int c = 0; c < numChannels; ++c) {
        const int bytes = av_get_bytes_per_sample(format);
        const std::uint8_t* in =
            planar ? frame.extended_data[c] : frame.extended_data[0] + c * bytes;
        const int stride = planar ? 1 : numChannels;
        auto& out = pending_[static_cast<std::size_t>(c)];
        switch (av_get_packed_sample_fmt(format)) {
        case AV_SAMPLE_FMT_U8:
            appendPlane<std::uint8_t>(in, stride, frame.nb_samples, 1.0f / 128, -1.0f, out);
            break;
        case AV_SAMPLE_FMT_S16:
            appendPlane<std::int16_t>(in, stride, frame.nb_samples, 0x1p-15f, 0, out);
            break;
        case AV_SAMPLE_FMT_S32:
            appendPlane<std::int32_t>(in, stride, frame.nb_samples, 0x1p-31f, 0, out);
            break;
        case AV_SAMPLE_FMT_FLT:
            appendPlane<float>(in, stride, frame.nb_samples, 1, 0, out);
            break;
        case AV_SAMPLE_FMT_DBL:
            appendPlane<double>(in, stride, frame.nb_samples, 1, 0, out);
            break;
        default: // no decoder of ours
            break;
        }
    }
}

int LibavDecoder::receive() {
    for (;;) {
        const int code = avcodec_receive_frame(context_.get(), frame_.get());
        if (code < 0)
            return code;
        append(*frame_);
    }
}

/// Gives pending_ its length: what a codec that has just begun leaves out came first.
void LibavDecoder::settle(std::int64_t numFrames, bool first) {
    const auto wanted = static_cast<std::size_t>(numFrames);
    for (auto& plane : pending_) {
        if (first && plane.size() < wanted)
            plane.insert(plane.begin(), wanted - plane.size(), 0.0f);
        plane.resize(wanted, 0.0f);
    }
}

Result<bool> LibavDecoder::refill() {
    for (;;) {
        auto packet = nextPacket();
        if (!packet)
            return fail(std::move(packet.error()));
        if (!*packet)
            return false;
        const TimedPacket& timed = **packet;
        for (auto& plane : pending_)
            plane.clear();
        pendingBegin_ = 0;
        pendingAt_ = timed.begin;
        const bool first = std::exchange(fresh_, false) && codec_->prerollMs > 0;
        if (avcodec_send_packet(context_.get(), timed.packet.get()) >= 0)
            receive();
        settle(timed.end - timed.begin, first);
        if (timed.end > position_)
            return true;
    }
}

Result<std::int64_t> LibavDecoder::decode(const AudioBlock& block) {
    const std::int64_t end = skipped_ + info_.numFrames;
    std::int64_t done = 0;
    while (done < block.numFrames && position_ < end) {
        const auto decoded = static_cast<std::int64_t>(pending_[0].size());
        const std::int64_t skip = std::min(position_ - pendingAt_, decoded - pendingBegin_);
        pendingBegin_ += skip;
        pendingAt_ += skip;
        if (pendingBegin_ >= decoded) {
            auto more = refill();
            if (!more && done == 0)
                return fail(std::move(more.error()));
            if (!more || !*more)
                break;
            continue;
        }
        const std::int64_t piece =
            std::min({block.numFrames - done, decoded - pendingBegin_, end - position_});
        for (int c = 0; c < block.numChannels; ++c)
            std::copy_n(pending_[static_cast<std::size_t>(c)].data() + pendingBegin_, piece,
                        block.channels[c] + done);
        pendingBegin_ += piece;
        pendingAt_ += piece;
        position_ += piece;
        done += piece;
    }
    return done;
}

} // namespace segue::decode

extern "C" void
segueOpenLibavDecoder(segue::decode::SourceFile file, segue::decode::LibavContainer container,
                      segue::Result<std::unique_ptr<segue::decode::Decoder>>& decoder) {
    av_log_set_level(AV_LOG_QUIET); // errors come back as values
    auto made = std::make_unique<segue::decode::LibavDecoder>(std::move(file), container);
    if (auto opened = made->open(); !opened)
        decoder = segue::fail(opened.error());
    else
        decoder = std::move(made);
}

extern "C" void segueReadLibavTags(segue::decode::SourceFile file,
                                   std::vector<std::pair<std::string, std::string>>& tags) {
    // What FFmpeg or Matroska call otherwise.
    static constexpr const char* kNames[][2] = {
        {"TRACK", "TRACKNUMBER"}, {"DISC", "DISCNUMBER"}, {"DATERELEASED", "DATE"}};
    av_log_set_level(AV_LOG_QUIET);
    segue::decode::LibavDemuxer demuxer(std::move(file), segue::decode::LibavContainer::Matroska);
    if (!demuxer.open())
        return;
    for (const AVDictionary* all : {demuxer.format().metadata, demuxer.stream().metadata}) {
        const AVDictionaryEntry* entry = nullptr;
        while ((entry = av_dict_get(all, "", entry, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
            std::string key = entry->key;
            std::erase(key, '_');
            for (char& c : key)
                c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
            const auto* known = std::find_if(std::begin(kNames), std::end(kNames),
                                             [&](const auto& name) { return key == name[0]; });
            if (known != std::end(kNames))
                key = (*known)[1];
            tags.emplace_back(std::move(key), entry->value);
        }
    }
}
