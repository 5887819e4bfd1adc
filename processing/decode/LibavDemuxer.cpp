// FFmpeg's demuxers behind a file that we hold open: the container is the one that its first bytes
// name, and nothing else is opened on its behalf. Runs on the reader's thread. Always holds: the
// place of a packet is the sum of what comes before it, so it does not depend on the way there; a
// seek that cannot prove where it has arrived reads from the start instead.

#include "processing/decode/LibavDemuxer.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>

namespace segue::decode {
namespace {

constexpr int kBufferBytes = 32 * 1024;
// Songs have one stream of sound and one of pictures; films some more.
constexpr int kMostStreams = 32;
// Reading a file through, again and again where a container points back: enough for any that is
// sound, an end for those that are made to keep us busy.
constexpr std::int64_t kReadingsOfFile = 4, kReadingsMore = std::int64_t{8} << 20;
// A place every half second or so makes a seek cheap; long files have fewer.
constexpr std::int64_t kPlaceFrames = 22'050;
// No packet of music is longer: Monkey's Audio has 1,179,648.
constexpr std::int64_t kMostPacketFrames = std::int64_t{1} << 21;
// A seek arrives at most so many packets before its target: Matroska's cues may be 5 s apart.
constexpr int kMostPacketsOnWay = 4000;

struct Container {
    LibavContainer container;
    const char* demuxer;
};
constexpr std::array<Container, 8> kContainers = {{
    {LibavContainer::Mp4, "mov"},
    {LibavContainer::Adts, "aac"},
    {LibavContainer::Asf, "asf"},
    {LibavContainer::Ape, "ape"},
    {LibavContainer::WavPack, "wv"},
    {LibavContainer::Tta, "tta"},
    {LibavContainer::Matroska, "matroska"},
    {LibavContainer::Ogg, "ogg"},
}};

int refuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
    return AVERROR(EPERM);
}

/// By the table of contents, RFC 6716 section 3.1; at 48 kHz.
std::int64_t opusFrames(const AVPacket& packet) {
    if (packet.size < 1)
        return 0;
    const int toc = packet.data[0];
    const int config = toc >> 3;
    int frame = 0;
    if (config < 12)
        frame = (config & 3) == 3 ? 2880 : 480 << (config & 3);
    else if (config < 16)
        frame = 480 << (config & 1);
    else
        frame = 120 << (config & 3);
    const int code = toc & 3;
    const int count = code == 0 ? 1 : code < 3 ? 2 : packet.size > 1 ? packet.data[1] & 0x3F : 0;
    return count * frame <= 5760 ? count * frame : 0;
}

/// The number of frames may stand in the packet, as in the last one of a file.
std::int64_t alacFrames(const AVPacket& packet, std::int64_t usual) {
    if (packet.size < 7 || (packet.data[2] & 0x10) == 0)
        return usual;
    return std::int64_t{AV_RB32(packet.data + 3) >> 1} | std::int64_t{packet.data[2] & 1} << 31;
}

/// RFC 9639, 9.1.
std::int64_t flacFrames(const AVPacket& packet) {
    if (packet.size < 8 || packet.data[0] != 0xFF || (packet.data[1] & 0xFC) != 0xF8)
        return 0;
    const int code = packet.data[2] >> 4;
    if (code == 1)
        return 192;
    if (code >= 2 && code <= 5)
        return 576 << (code - 2);
    if (code >= 8)
        return 256 << (code - 8);
    if (code == 0)
        return 0;
    const int first = packet.data[4];
    int numBytes = 1;
    for (int bit = 0x80; (first & bit) != 0 && numBytes < 8; bit >>= 1)
        ++numBytes;
    const int at = 4 + std::max(1, numBytes - 1);
    if (at + 2 > packet.size)
        return 0;
    return code == 6 ? packet.data[at] + 1 : AV_RB16(packet.data + at) + 1;
}

/// WMA 1 and 2 put frames into blocks that tell how many end in them; a file's first block has no
/// end of one before it.
std::int64_t wmaFrames(const AVPacket& packet, const AVCodecParameters& codec, std::int64_t frame,
                       bool first) {
    const int version = codec.codec_id == AV_CODEC_ID_WMAV1 ? 1 : 2;
    int flags = 0;
    if (version == 1 && codec.extradata_size >= 4)
        flags = AV_RL16(codec.extradata + 2);
    if (version == 2 && codec.extradata_size >= 6)
        flags = AV_RL16(codec.extradata + 4);
    const int block = codec.block_align;
    if (block < 2)
        return 0;
    if ((flags & 2) == 0)
        return packet.size / block * frame;
    std::int64_t count = 0;
    for (int at = 0; at + block <= packet.size; at += block)
        count += packet.data[at + 0] & 0x0F;
    return std::max<std::int64_t>(count - (first ? 1 : 0), 0) * frame;
}

/// The first stream of sound, or the first that the file marks as its main one.
std::optional<unsigned> firstSound(const AVFormatContext& format) {
    std::optional<unsigned> first;
    for (unsigned i = 0; i < format.nb_streams; ++i) {
        const AVStream& stream = *format.streams[i];
        if (stream.codecpar->codec_type != AVMEDIA_TYPE_AUDIO)
            continue;
        if ((stream.disposition & AV_DISPOSITION_DEFAULT) != 0)
            return i;
        if (!first)
            first = i;
    }
    return first;
}

} // namespace

void LibavDemuxer::CloseFormat::operator()(AVFormatContext* format) const {
    AVIOContext* io = format->pb;
    avformat_close_input(&format);
    if (io) {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
}

LibavDemuxer::LibavDemuxer(SourceFile file, LibavContainer container)
    : file_(std::move(file)), container_(container) {}

LibavDemuxer::~LibavDemuxer() = default;

int LibavDemuxer::readBytes(void* self, std::uint8_t* bytes, int count) {
    auto& demuxer = *static_cast<LibavDemuxer*>(self);
    if (!demuxer.measured_ && (demuxer.bytesLeft_ -= count) < 0)
        return AVERROR(EIO);
    const auto got = static_cast<int>(demuxer.file_.read(bytes, count));
    return got > 0 ? got : AVERROR_EOF;
}

std::int64_t LibavDemuxer::seekBytes(void* self, std::int64_t offset, int whence) {
    SourceFile& file = static_cast<LibavDemuxer*>(self)->file_;
    if ((whence & AVSEEK_SIZE) != 0)
        return file.size();
    return file.seek(offset, whence & ~AVSEEK_FORCE) ? file.position() : AVERROR(EINVAL);
}

Result<void> LibavDemuxer::open() {
    if (container_ == LibavContainer::Mp4)
        edit_ = mp4EditOf(file_);
    bytesLeft_ = file_.size() * kReadingsOfFile + kReadingsMore;
    return rewind();
}

Result<void> LibavDemuxer::rewind() {
    nextNumber_ = nextBegin_ = 0;
    drained_ = false;
    found_.reset();
    if (untouched_)
        return {};
    format_.reset();
    file_.seekTo(0);
    AVFormatContext* format = avformat_alloc_context();
    auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
    if (!format || !buffer)
        return fail(file_.error(ErrorCode::Internal, "out of memory"));
    format->pb = avio_alloc_context(buffer, kBufferBytes, 0, this, &readBytes, nullptr, &seekBytes);
    format->flags |= AVFMT_FLAG_CUSTOM_IO;
    format->io_open = &refuseToOpen;
    format->max_streams = kMostStreams;
    const auto* container =
        std::find_if(kContainers.begin(), kContainers.end(),
                     [&](const Container& c) { return c.container == container_; });
    AVDictionary* options = nullptr;
    // Mp4Edit reads the edits, to the frame; FFmpeg would drop packets that decoding needs.
    if (container_ == LibavContainer::Mp4)
        av_dict_set(&options, "ignore_editlist", "1", 0);
    AVIOContext* io = format->pb;
    const int code =
        avformat_open_input(&format, "", av_find_input_format(container->demuxer), &options);
    av_dict_free(&options);
    if (code < 0) { // `format` is gone
        av_freep(&io->buffer);
        avio_context_free(&io);
        if (auto error = file_.takeError())
            return fail(std::move(*error));
        std::array<char, AV_ERROR_MAX_STRING_SIZE> reason{};
        av_strerror(code, reason.data(), reason.size());
        return fail(file_.error(ErrorCode::Corrupt, reason.data()));
    }
    format_.reset(format);
    const auto chosen = firstSound(*format);
    if (!chosen)
        return fail(file_.error(ErrorCode::Unsupported, "there is no sound in it"));
    streamIndex_ = *chosen;
    for (unsigned i = 0; i < format->nb_streams; ++i) {
        AVStream& stream = *format->streams[i];
        stream.discard = i == streamIndex_ ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
        av_packet_unref(&stream.attached_pic); // pictures of any size
        stream.disposition &= ~AV_DISPOSITION_ATTACHED_PIC;
    }
    const AVCodecParameters& codec = *stream().codecpar;
    vorbis_.reset(codec.codec_id == AV_CODEC_ID_VORBIS && codec.extradata_size > 0
                      ? av_vorbis_parse_init(codec.extradata, codec.extradata_size)
                      : nullptr);
    untouched_ = true;
    return {};
}

Result<LibavPacket> LibavDemuxer::readPacket() {
    untouched_ = false;
    if (!format_)
        return fail(file_.error(ErrorCode::Corrupt, "it has changed"));
    LibavPacket packet(av_packet_alloc());
    while (packet) {
        const int code = av_read_frame(format_.get(), packet.get());
        if (auto error = file_.takeError())
            return fail(std::move(*error));
        // A file that is cut off or damaged ends there, before a packet that is not whole.
        if (code < 0 || ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0 && avio_feof(format_->pb) != 0))
            return LibavPacket();
        if (packet->stream_index == static_cast<int>(streamIndex_) && packet->size > 0)
            return packet;
        av_packet_unref(packet.get());
    }
    return fail(file_.error(ErrorCode::Internal, "out of memory"));
}

std::int64_t LibavDemuxer::framesOf(const AVPacket& packet, std::int64_t number) {
    const AVCodecParameters& codec = *stream().codecpar;
    switch (codec.codec_id) {
    case AV_CODEC_ID_ALAC:
        return alacFrames(packet, packetFrames_);
    case AV_CODEC_ID_APE: // as FFmpeg's demuxer begins it
    case AV_CODEC_ID_WAVPACK: {
        const int at = codec.codec_id == AV_CODEC_ID_APE ? 0 : 20;
        return packet.size >= at + 4 ? std::int64_t{AV_RL32(packet.data + at)} : 0;
    }
    case AV_CODEC_ID_TTA:
        return std::max<std::int64_t>(packet.duration, 0);
    case AV_CODEC_ID_FLAC:
        return flacFrames(packet);
    case AV_CODEC_ID_OPUS:
        return opusFrames(packet);
    case AV_CODEC_ID_VORBIS: {
        const int count =
            vorbis_ ? av_vorbis_parse_frame(vorbis_.get(), packet.data, packet.size) : 0;
        return number > 0 ? std::max(count, 0) : 0; // the first one only begins
    }
    case AV_CODEC_ID_WMAV1:
    case AV_CODEC_ID_WMAV2:
        if (packet.size == 0)
            return packetFrames_;
        return wmaFrames(packet, codec, packetFrames_, number == 0);
    default: {
        const int bits = av_get_exact_bits_per_sample(codec.codec_id);
        const int frameBits = bits * codec.ch_layout.nb_channels;
        return frameBits > 0 ? std::int64_t{8} * packet.size / frameBits : packetFrames_;
    }
    }
}

void LibavDemuxer::place(TimedPacket& packet) {
    packet.number = nextNumber_++;
    packet.begin = nextBegin_;
    nextBegin_ +=
        std::clamp<std::int64_t>(framesOf(*packet.packet, packet.number), 0, kMostPacketFrames);
    packet.end = nextBegin_;
}

Result<std::optional<TimedPacket>> LibavDemuxer::next() {
    if (found_)
        return std::exchange(found_, std::nullopt);
    auto packet = readPacket();
    if (!packet)
        return fail(std::move(packet.error()));
    if (!*packet) {
        const AVCodecID codec = stream().codecpar->codec_id;
        if (drained_ || (codec != AV_CODEC_ID_WMAV1 && codec != AV_CODEC_ID_WMAV2))
            return std::optional<TimedPacket>();
        drained_ = true;
        packet->reset(av_packet_alloc());
    }
    TimedPacket timed{std::move(*packet), 0, 0, 0};
    place(timed);
    return std::optional<TimedPacket>(std::move(timed));
}

void LibavDemuxer::note(const Place& place) {
    const std::int64_t apart = std::max(kPlaceFrames, numFrames_ / 10'000);
    if (places_.empty() || place.begin - places_.back().begin >= apart)
        places_.push_back(place);
}

Result<void> LibavDemuxer::measure(std::int64_t packetFrames, int sampleRateHz) {
    packetFrames_ = packetFrames;
    sampleRateHz_ = sampleRateHz;
    if (auto rewound = rewind(); !rewound)
        return rewound;
    if (!measureByIndex())
        if (auto done = measureByPackets(); !done)
            return done;
    if (places_.empty())
        return fail(file_.error(ErrorCode::Corrupt, "there is no sound in it"));
    measured_ = true;
    return rewind();
}

/// MPEG-4's tables tell every packet of AAC and ALAC.
bool LibavDemuxer::measureByIndex() {
    AVStream* stream = format_->streams[streamIndex_];
    const AVCodecID codec = stream->codecpar->codec_id;
    const bool inFrames =
        stream->time_base.num == 1 && stream->time_base.den == stream->codecpar->sample_rate;
    if (!edit_ || edit_->fragmented ||
        (codec != AV_CODEC_ID_AAC && (codec != AV_CODEC_ID_ALAC || !inFrames)))
        return false;
    const int count = avformat_index_get_entries_count(stream);
    if (count <= 0)
        return false;
    const std::int64_t first = avformat_index_get_entry(stream, 0)->timestamp;
    for (int i = 0; i < count; ++i) {
        const AVIndexEntry& entry = *avformat_index_get_entry(stream, i);
        if (entry.pos + entry.size > file_.size()) // cut off
            break;
        if (entry.size <= 0)
            continue;
        std::int64_t frames = packetFrames_;
        if (codec == AV_CODEC_ID_ALAC) {
            const std::int64_t end = i + 1 < count
                                         ? avformat_index_get_entry(stream, i + 1)->timestamp
                                         : first + stream->duration;
            frames = std::clamp<std::int64_t>(end - entry.timestamp, 0, packetFrames_);
        }
        note({i, numFrames_, numFrames_ + frames, entry.timestamp, entry.pos, entry.size});
        numFrames_ += frames;
    }
    return true;
}

Result<void> LibavDemuxer::measureByPackets() {
    for (;;) {
        auto packet = next();
        if (!packet)
            return fail(std::move(packet.error()));
        if (!*packet)
            break;
        const AVPacket& data = *(*packet)->packet;
        if (data.size > 0)
            note({(*packet)->number, (*packet)->begin, (*packet)->end, data.dts, data.pos,
                  data.size});
        numFrames_ = (*packet)->end;
        std::size_t size = 0;
        const auto* skip = av_packet_get_side_data(&data, AV_PKT_DATA_SKIP_SAMPLES, &size);
        padding_ = skip && size >= 8 ? std::int64_t{AV_RL32(skip + 4)} : 0;
    }
    // Fragments of MPEG-4 have told by now how long the last packet is to be heard.
    if (container_ == LibavContainer::Mp4 && stream().duration > 0)
        padding_ = std::max<std::int64_t>(
            numFrames_ - av_rescale_q(stream().duration, stream().time_base, {1, sampleRateHz_}),
            0);
    return {};
}

bool LibavDemuxer::isAt(const AVPacket& packet, const Place& place) {
    return packet.pos == place.offset && packet.dts == place.timestamp && packet.size == place.size;
}

Result<void> LibavDemuxer::seek(std::int64_t frame) {
    const auto after =
        std::upper_bound(places_.begin(), places_.end(), frame,
                         [](std::int64_t at, const Place& place) { return at < place.begin; });
    const Place& target = after == places_.begin() ? *after : *(after - 1);
    if (target.number == 0)
        return rewind();
    if (!format_) // a file that has changed could not be opened again
        if (auto opened = rewind(); !opened)
            return opened;
    found_.reset();
    untouched_ = drained_ = false;
    const int code = av_seek_frame(format_.get(), static_cast<int>(streamIndex_), target.timestamp,
                                   AVSEEK_FLAG_BACKWARD);
    for (int i = 0; code >= 0 && i < kMostPacketsOnWay; ++i) {
        auto packet = readPacket();
        if (!packet)
            return fail(std::move(packet.error()));
        if (!*packet)
            break;
        if (!isAt(**packet, target))
            continue;
        framesOf(**packet, target.number); // Vorbis goes by the packet before
        found_ = TimedPacket{std::move(*packet), target.number, target.begin, target.end};
        nextNumber_ = target.number + 1;
        nextBegin_ = target.end;
        return {};
    }
    ++numSlowSeeks_;
    if (auto rewound = rewind(); !rewound)
        return rewound;
    while (nextNumber_ < target.number) {
        auto packet = next();
        if (!packet)
            return fail(std::move(packet.error()));
        if (!*packet)
            break;
    }
    return {};
}

} // namespace segue::decode
