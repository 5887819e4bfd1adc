#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>
}

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "processing/encode/AudioFileWriter.h"
#include "processing/types/Audio.h"

namespace segue::encode {

/// FLAC, MP3, Opus, AAC and ALAC through FFmpeg's libraries; part of the module that LibavModule.h
/// is about.
class LibavWriter : public AudioFileWriter {
  public:
    LibavWriter(NewFile file, const FileTarget& target, const StreamFormat& format,
                std::int64_t numFrames);
    ~LibavWriter() override;

    /// Before everything else. @errors Unsupported, Internal, Io, NoSpace
    Result<void> open();
    Result<void> append(std::span<const std::byte> bytes) override;

  private:
    Result<void> complete() override;
    Result<void> openEncoder();
    Result<void> openConverter();
    Result<void> openFile();
    /// Through the converter into the queue. @param input  null: what the converter still holds
    Result<void> convert(const AudioBlock* input);
    Result<void> queue(int numFrames);
    Result<void> encodeQueued(int atLeast);
    /// @param frame  null: there will be no more
    Result<void> encode(const AVFrame* frame);
    Error error(const std::string& what, int code) const;

    static int writeBytes(void* self, std::uint8_t* bytes, int count);
    static std::int64_t seekBytes(void* self, std::int64_t offset, int whence);

    template <auto Free>
    struct Freed {
        template <typename T>
        void operator()(T* pointer) const {
            Free(&pointer);
        }
    };
    struct FreeMuxer {
        void operator()(AVFormatContext* context) const;
    };
    struct FreeQueue {
        void operator()(AVAudioFifo* queue) const { av_audio_fifo_free(queue); }
    };

    const FileTarget target_;
    const StreamFormat format_;
    const int rateHz_;        ///< of the file
    std::int64_t framesLeft_; ///< of the file's, still to be queued
    std::int64_t nextFrame_ = 0;
    int frameSize_ = 0;               ///< that the encoder wants
    std::optional<Error> writeError_; ///< the first one

    std::unique_ptr<AVFormatContext, FreeMuxer> muxer_;
    std::unique_ptr<AVCodecContext, Freed<avcodec_free_context>> encoder_;
    std::unique_ptr<SwrContext, Freed<swr_free>> converter_;
    std::unique_ptr<AVAudioFifo, FreeQueue> queue_;
    std::unique_ptr<AVFrame, Freed<av_frame_free>> frame_;     ///< what goes to the encoder
    std::unique_ptr<AVFrame, Freed<av_frame_free>> converted_; ///< what leaves the converter
    std::unique_ptr<AVPacket, Freed<av_packet_free>> packet_;
    AudioBuffer input_;
};

} // namespace segue::encode
