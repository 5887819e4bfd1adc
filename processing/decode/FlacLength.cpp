// The length of a FLAC file by its own last frame (RFC 9639, section 9): frame headers carry their
// position and a CRC, so the last one tells where the audio ends. A pure function of the file.

#include "processing/decode/FlacLength.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "processing/decode/Id3.h"

namespace segue::decode {
namespace {

// Large frames (8 channels of 24 bits, 4608 frames) are about 100 KiB; a window of 512 KiB holds
// the last frame of any file that real encoders make.
constexpr std::int64_t kTailBytes = 512 * 1024;
constexpr std::int64_t kSmallTailBytes = 64 * 1024; // enough for stereo at CD quality
constexpr std::int64_t kId3v1Bytes = 128;
constexpr std::size_t kMaxHeaderBytes = 16;

struct StreamInfo {
    int minBlockFrames = 0;
    int maxBlockFrames = 0;
    int sampleRateHz = 0;
    int numChannels = 0;
    std::int64_t numFrames = 0;
    std::int64_t totalAt = 0; ///< offset of the byte whose low half begins the 36-bit total
    std::int64_t audioAt = 0;
};

struct FrameHeader {
    std::int64_t firstFrame = 0;
    int numFrames = 0;

    std::int64_t end() const { return firstFrame + numFrames; }
};

struct FoundFrame {
    FrameHeader header;
    bool whole = false; ///< it ends where the audio ends
};

std::uint8_t crc8(const std::uint8_t* bytes, std::size_t count) {
    unsigned crc = 0;
    for (std::size_t i = 0; i < count; ++i) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc << 1 ^ (crc & 0x80 ? 0x07u : 0u)) & 0xFF;
    }
    return static_cast<std::uint8_t>(crc);
}

std::uint16_t crc16(const std::uint8_t* bytes, std::int64_t count) {
    unsigned crc = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        crc ^= static_cast<unsigned>(bytes[i]) << 8;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc << 1 ^ (crc & 0x8000 ? 0x8005u : 0u)) & 0xFFFF;
    }
    return static_cast<std::uint16_t>(crc);
}

std::optional<StreamInfo> streamInfoOf(SourceFile& file) {
    const std::int64_t start = id3v2Bytes(file, 0);
    std::array<std::uint8_t, 42> head{};
    if (file.readAt(start, head.data(), head.size()) != std::int64_t{head.size()} ||
        std::memcmp(head.data(), "fLaC", 4) != 0 || (head[4] & 0x7F) != 0)
        return std::nullopt;
    const std::uint8_t* s = head.data() + 8;
    StreamInfo info;
    info.minBlockFrames = s[0] << 8 | s[1];
    info.maxBlockFrames = s[2] << 8 | s[3];
    info.sampleRateHz = s[10] << 12 | s[11] << 4 | s[12] >> 4;
    info.numChannels = (s[12] >> 1 & 7) + 1;
    info.numFrames = std::int64_t{s[13] & 0x0F} << 32 | std::int64_t{s[14]} << 24 | s[15] << 16 |
                     s[16] << 8 | s[17];
    info.totalAt = start + 8 + 13;
    info.audioAt = start + 4;
    // Each metadata block moves at least four bytes on, so this ends.
    for (bool last = false; !last;) {
        std::array<std::uint8_t, 4> block{};
        if (file.readAt(info.audioAt, block.data(), 4) != 4)
            return std::nullopt;
        last = block[0] & 0x80;
        info.audioAt += 4 + (block[1] << 16 | block[2] << 8 | block[3]);
    }
    return info;
}

/// The UTF-8-like number of a frame header. @return bytes used, 0 if malformed
std::size_t codedNumber(const std::uint8_t* bytes, std::uint64_t& value) {
    std::size_t count = 0;
    while (count < 7 && (bytes[0] << count & 0x80))
        ++count;
    if (count == 0) {
        value = bytes[0];
        return 1;
    }
    if (count == 1)
        return 0;
    value = bytes[0] & (0x7Fu >> count);
    for (std::size_t i = 1; i < count; ++i) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3F);
    }
    return count;
}

/// @param bytes  at least kMaxHeaderBytes
std::optional<FrameHeader> frameHeaderAt(const std::uint8_t* bytes, const StreamInfo& info) {
    if (bytes[0] != 0xFF || (bytes[1] & 0xFE) != 0xF8)
        return std::nullopt;
    const bool variable = bytes[1] & 1;
    const int blockCode = bytes[2] >> 4, rateCode = bytes[2] & 15, channelCode = bytes[3] >> 4;
    if (blockCode == 0 || rateCode == 15 || channelCode > 10 || (bytes[3] & 1))
        return std::nullopt;
    if ((channelCode < 8 ? channelCode + 1 : 2) != info.numChannels)
        return std::nullopt;
    std::uint64_t number = 0;
    std::size_t used = codedNumber(bytes + 4, number);
    if (used == 0)
        return std::nullopt;
    used += 4;
    FrameHeader header;
    if (blockCode == 6)
        header.numFrames = bytes[used++] + 1;
    else if (blockCode == 7) {
        header.numFrames = (bytes[used] << 8 | bytes[used + 1]) + 1;
        used += 2;
    } else if (blockCode == 1)
        header.numFrames = 192;
    else
        header.numFrames = blockCode < 6 ? 576 << (blockCode - 2) : 256 << (blockCode - 8);
    used += rateCode == 12 ? 1 : rateCode == 13 || rateCode == 14 ? 2 : 0;
    if (crc8(bytes, used) != bytes[used] || header.numFrames > info.maxBlockFrames)
        return std::nullopt;
    header.firstFrame =
        static_cast<std::int64_t>(variable ? number : number * std::uint64_t(info.maxBlockFrames));
    return header;
}

/// All frame headers in the last `windowBytes` before `end`, last one first. By its CRC of 8 bits,
/// a few may be chance.
std::vector<FoundFrame> framesBefore(SourceFile& file, const StreamInfo& info, std::int64_t end,
                                     std::int64_t windowBytes) {
    const std::int64_t begin = std::max(info.audioAt, end - windowBytes);
    std::vector<std::uint8_t> tail(static_cast<std::size_t>(end - begin) + kMaxHeaderBytes);
    std::vector<FoundFrame> found;
    if (file.readAt(begin, tail.data(), end - begin) != end - begin)
        return found;
    for (std::int64_t at = end - begin - 1; at >= 0; --at)
        if (const auto header = frameHeaderAt(tail.data() + at, info)) {
            // Zero over the whole frame, its CRC included, shows that it is there to the last byte.
            const bool whole = found.empty() && crc16(tail.data() + at, end - begin - at) == 0;
            found.push_back({*header, whole});
        }
    return found;
}

/// Where the audio ends.
std::optional<std::int64_t> endOf(const std::vector<FoundFrame>& found, const StreamInfo& info) {
    for (const FoundFrame& frame : found)
        if (frame.header.end() == info.numFrames)
            return info.numFrames;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const FrameHeader& header = found[i].header;
        if (found[i].whole)
            return header.end();
        // A real header continues an earlier one; of an incomplete last frame nothing is heard.
        for (std::size_t k = i + 1; k < found.size(); ++k)
            if (found[k].header.end() == header.firstFrame)
                return header.firstFrame;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::int64_t> mendedFlacLength(SourceFile& file) {
    const auto info = streamInfoOf(file);
    if (!info || info->audioAt >= file.size())
        return std::nullopt;
    std::array<char, 3> tag{};
    std::int64_t end = file.size();
    if (end - kId3v1Bytes > info->audioAt && file.readAt(end - kId3v1Bytes, tag.data(), 3) == 3 &&
        std::memcmp(tag.data(), "TAG", 3) == 0)
        end -= kId3v1Bytes;
    std::optional<std::int64_t> numFrames;
    for (const std::int64_t window : {kSmallTailBytes, kTailBytes})
        if (!numFrames)
            numFrames = endOf(framesBefore(file, *info, end, window), *info);
    if (!numFrames || *numFrames == info->numFrames)
        return numFrames;

    std::vector<std::uint8_t> total(5);
    file.readAt(info->totalAt, total.data(), 1);
    total[0] = static_cast<std::uint8_t>((total[0] & 0xF0) | (*numFrames >> 32 & 0x0F));
    for (int i = 1; i < 5; ++i)
        total[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(*numFrames >> (8 * (4 - i)));
    file.overlay(info->totalAt, std::move(total));
    return numFrames;
}

} // namespace segue::decode
