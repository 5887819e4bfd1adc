// The RIFF side of a WAV stream whose length is known before its first sample is rendered: the
// server answers byte ranges from it, so every size is exact. Pure functions, any thread.

#include "processing/encode/WavHeader.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <string_view>

#include "processing/types/Audio.h"

namespace segue::encode {
namespace {

constexpr std::uint16_t kFormatPcm = 1;
constexpr std::uint16_t kFormatFloat = 3;
constexpr std::uint16_t kFormatExtensible = 0xFFFE;
constexpr std::uint32_t kSizeInDs64 = 0xFFFF'FFFF;

constexpr std::int64_t kChunkHeadBytes = 8;
constexpr std::int64_t kRiffHeadBytes = 12;
constexpr std::int64_t kDs64Bytes = 28;
constexpr std::int64_t kFactBytes = 4;

// SPEAKER_* masks by channel count, the layouts that FLAC and libsndfile give to a bare count:
// mono, stereo, 3.0, quad, 5.0, 5.1, 6.1, 7.1.
constexpr std::array<std::uint32_t, kMaxChannels> kChannelMasks = {0x4,  0x3,  0x7,   0x33,
                                                                   0x37, 0x3F, 0x70F, 0x63F};

class Bytes {
  public:
    void tag(std::string_view fourCc) {
        for (char c : fourCc)
            bytes_.push_back(static_cast<std::byte>(c));
    }
    void u16(std::uint16_t value) { little(value, 2); }
    void u32(std::uint32_t value) { little(value, 4); }
    void u64(std::uint64_t value) { little(value, 8); }

    std::vector<std::byte> take() && { return std::move(bytes_); }

  private:
    void little(std::uint64_t value, int numBytes) {
        for (int i = 0; i < numBytes; ++i)
            bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFF));
    }

    std::vector<std::byte> bytes_;
};

void appendFormatChunk(Bytes& out, const StreamFormat& format) {
    const bool extensible = format.pcm != PcmFormat::Int16 || format.numChannels > 2;
    const std::uint16_t coding = format.pcm == PcmFormat::Float32 ? kFormatFloat : kFormatPcm;
    const auto bits = static_cast<std::uint16_t>(bitsPerSample(format.pcm));

    out.tag("fmt ");
    out.u32(extensible ? 40 : 16);
    out.u16(extensible ? kFormatExtensible : coding);
    out.u16(static_cast<std::uint16_t>(format.numChannels));
    out.u32(static_cast<std::uint32_t>(format.sampleRateHz));
    out.u32(static_cast<std::uint32_t>(format.sampleRateHz * format.bytesPerFrame()));
    out.u16(static_cast<std::uint16_t>(format.bytesPerFrame()));
    out.u16(bits);
    if (!extensible)
        return;
    out.u16(22); // bytes of the extension
    out.u16(bits);
    out.u32(kChannelMasks[static_cast<std::size_t>(format.numChannels - 1)]);
    // KSDATAFORMAT_SUBTYPE_*: {0000xxxx-0000-0010-8000-00AA00389B71}
    out.u16(coding);
    out.u16(0);
    out.u32(0x0010'0000);
    out.u32(0xAA00'0080);
    out.u32(0x719B'3800);
}

} // namespace

std::vector<std::byte> wavHeader(const StreamFormat& format, std::int64_t numFrames) {
    assert(format.numChannels >= 1 && format.numChannels <= kMaxChannels);
    assert(format.sampleRateHz > 0 && numFrames >= 0);

    // Readers of non-PCM formats look for a fact chunk.
    const bool hasFact = format.pcm == PcmFormat::Float32;
    const bool extensible = format.pcm != PcmFormat::Int16 || format.numChannels > 2;
    const std::int64_t dataBytes = numFrames * format.bytesPerFrame();
    std::int64_t riffBytes = kRiffHeadBytes - kChunkHeadBytes;  // "WAVE"
    riffBytes += kChunkHeadBytes + (extensible ? 40 : 16);      // fmt
    riffBytes += hasFact ? kChunkHeadBytes + kFactBytes : 0;    // fact
    riffBytes += kChunkHeadBytes + dataBytes + (dataBytes & 1); // data
    const bool rf64 = riffBytes >= std::int64_t{kSizeInDs64};
    if (rf64)
        riffBytes += kChunkHeadBytes + kDs64Bytes;

    Bytes out;
    out.tag(rf64 ? "RF64" : "RIFF");
    out.u32(rf64 ? kSizeInDs64 : static_cast<std::uint32_t>(riffBytes));
    out.tag("WAVE");
    if (rf64) {
        out.tag("ds64");
        out.u32(kDs64Bytes);
        out.u64(static_cast<std::uint64_t>(riffBytes));
        out.u64(static_cast<std::uint64_t>(dataBytes));
        out.u64(static_cast<std::uint64_t>(numFrames));
        out.u32(0); // no table of further chunk sizes
    }
    appendFormatChunk(out, format);
    if (hasFact) {
        out.tag("fact");
        out.u32(kFactBytes);
        out.u32(rf64 ? kSizeInDs64 : static_cast<std::uint32_t>(numFrames));
    }
    out.tag("data");
    out.u32(rf64 ? kSizeInDs64 : static_cast<std::uint32_t>(dataBytes));
    return std::move(out).take();
}

std::vector<std::byte> openWavHeader(const StreamFormat& format) {
    std::vector<std::byte> header = wavHeader(format, 0);
    const auto leaveOpen = [&](std::size_t offset) {
        std::fill_n(header.begin() + static_cast<std::ptrdiff_t>(offset), 4, std::byte{0xFF});
    };
    leaveOpen(4); // of RIFF
    if (format.pcm == PcmFormat::Float32)
        leaveOpen(header.size() - 12); // of fact, before the data chunk's head
    leaveOpen(header.size() - 4);      // of data
    return header;
}

std::int64_t wavTrailerBytes(const StreamFormat& format, std::int64_t numFrames) {
    return numFrames * format.bytesPerFrame() & 1;
}

} // namespace segue::encode
