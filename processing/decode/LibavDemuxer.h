#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/vorbis_parser.h>
#include <libavformat/avformat.h>
}

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "processing/decode/LibavModule.h"
#include "processing/decode/Mp4Edit.h"
#include "processing/decode/SourceFile.h"

namespace segue::decode {

template <auto Free>
struct LibavFreed {
    template <typename T>
    void operator()(T* pointer) const {
        Free(&pointer);
    }
};
using LibavPacket = std::unique_ptr<AVPacket, LibavFreed<av_packet_free>>;

/// A packet and the frames of the stream that decoding it completes, the encoder's delay and
/// padding included.
struct TimedPacket {
    LibavPacket packet;
    std::int64_t number = 0;
    std::int64_t begin = 0, end = 0;
};

/// The packets of one file's sound, each with its place in the stream.
///
/// Places are counted, not taken from time stamps: those of many containers are rounded to
/// milliseconds.
class LibavDemuxer {
  public:
    LibavDemuxer(SourceFile file, LibavContainer container);
    ~LibavDemuxer();

    /// Before everything else. @errors Unsupported, Corrupt, Io
    Result<void> open();

    const SourceFile& file() const { return file_; }
    AVFormatContext& format() { return *format_; }
    /// Of MPEG-4.
    const std::optional<Mp4Edit>& edit() const { return edit_; }
    const AVStream& stream() const { return *format_->streams[streamIndex_]; }

    /// Counts the frames of all packets; from the container's index where that is the whole truth.
    /// Afterwards the next packet is the first.
    /// @param packetFrames  of every packet of a codec whose packets do not tell; for WMA, of each
    /// frame of a packet
    /// @errors Corrupt (no packets), Io
    Result<void> measure(std::int64_t packetFrames, int sampleRateHz);
    std::int64_t numFrames() const { return numFrames_; }
    std::int64_t packetFrames() const { return packetFrames_; }
    /// What Matroska, or a fragment of MPEG-4, says is to be left out of the last packet.
    std::int64_t padding() const { return padding_; }

    /// Nothing at the end. WMA's last packet is empty: the codec gives what it holds back. Before
    /// measure() without a place. @errors Io
    Result<std::optional<TimedPacket>> next();
    /// The next packet is one that begins at or before `frame`, not much before it.
    /// @errors Corrupt, Io
    Result<void> seek(std::int64_t frame);
    /// The next packet is the first. @errors as open()
    Result<void> rewind();
    /// How often a seek had to read from the start since the container did not find the place.
    std::int64_t numSlowSeeks() const { return numSlowSeeks_; }

  private:
    struct Place {
        std::int64_t number = 0, begin = 0, end = 0;
        std::int64_t timestamp = 0, offset = 0;
        int size = 0;
    };
    struct CloseFormat {
        void operator()(AVFormatContext* format) const;
    };

    bool measureByIndex();
    Result<void> measureByPackets();
    Result<LibavPacket> readPacket();
    void place(TimedPacket& packet);
    std::int64_t framesOf(const AVPacket& packet, std::int64_t number);
    void note(const Place& place);
    static bool isAt(const AVPacket& packet, const Place& place);

    static int readBytes(void* self, std::uint8_t* bytes, int count);
    static std::int64_t seekBytes(void* self, std::int64_t offset, int whence);

    SourceFile file_;
    const LibavContainer container_;
    std::int64_t bytesLeft_ = 0; ///< that may be read while the file is measured
    std::unique_ptr<AVFormatContext, CloseFormat> format_;
    struct FreeVorbis {
        void operator()(AVVorbisParseContext* parser) const { av_vorbis_parse_free(&parser); }
    };
    std::unique_ptr<AVVorbisParseContext, FreeVorbis> vorbis_;
    std::optional<Mp4Edit> edit_;
    unsigned streamIndex_ = 0;
    std::int64_t packetFrames_ = 0;
    int sampleRateHz_ = 0;
    std::int64_t nextNumber_ = 0, nextBegin_ = 0;
    std::optional<TimedPacket> found_; ///< by a seek: the next packet
    bool untouched_ = false;           ///< nothing has been read since the file was opened
    bool drained_ = false;             ///< the empty packet has been given
    bool measured_ = false;
    std::int64_t numFrames_ = 0, padding_ = 0;
    std::vector<Place> places_; ///< some of them, in order; the first is that of the first packet
    std::int64_t numSlowSeeks_ = 0;
};

} // namespace segue::decode
