// The frame structure of an MP3 file (ISO 11172-3, 13818-3), read without decoding: about 60 ns a
// frame. Runs on the thread that opens the source. Always holds: walking on from a recorded offset
// meets the same frames as walking from the start.

#include "processing/decode/Mp3Frames.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "processing/decode/Id3.h"

namespace segue::decode {
namespace {

// One offset per 32 frames: 3 kB for a song, and a walk of at most 31 headers to any frame.
constexpr std::int64_t kStep = 32;

// Junk before the first frame that is tolerated, as players do.
constexpr std::int64_t kSearchBytes = 64 * 1024;

constexpr std::int64_t kId3v1Bytes = 128;

constexpr int kRatesHz[] = {44'100, 48'000, 32'000};
constexpr int kKbps1[] = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320};
constexpr int kKbps2[] = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160};

std::uint32_t bigEndian(const std::uint8_t* bytes) {
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
           std::uint32_t{bytes[2]} << 8 | bytes[3];
}

} // namespace

std::optional<Mp3Header> parseMp3Header(std::uint32_t bits) {
    const auto version = static_cast<int>(bits >> 19 & 3);
    const auto layer = static_cast<int>(bits >> 17 & 3);
    const auto bitrate = static_cast<int>(bits >> 12 & 15);
    const auto rate = static_cast<int>(bits >> 10 & 3);
    const auto mode = static_cast<int>(bits >> 6 & 3);
    const auto emphasis = static_cast<int>(bits & 3);
    if (bits >> 21 != 0x7FF || version == 1 || layer != 1 || bitrate == 0 || bitrate == 15 ||
        rate == 3 || emphasis == 2)
        return std::nullopt;
    const bool mpeg1 = version == 3;
    Mp3Header header;
    header.versionBits = version;
    header.sampleRateHz = kRatesHz[rate] >> (mpeg1 ? 0 : version == 2 ? 1 : 2);
    header.numChannels = mode == 3 ? 1 : 2;
    header.numFrames = mpeg1 ? 1152 : 576;
    const int kbps = mpeg1 ? kKbps1[bitrate] : kKbps2[bitrate];
    header.numBytes =
        header.numFrames / 8 * kbps * 1000 / header.sampleRateHz + static_cast<int>(bits >> 9 & 1);
    const bool hasCrc = (bits >> 16 & 1) == 0;
    const int sideInfo = mpeg1 ? (mode == 3 ? 17 : 32) : (mode == 3 ? 9 : 17);
    header.sideBytes = 4 + (hasCrc ? 2 : 0) + sideInfo;
    return header;
}

std::optional<Mp3Header> Mp3Frames::headerAt(SourceFile& file, std::int64_t offset) const {
    std::array<std::uint8_t, 4> bytes{};
    if (offset + 4 > audioEnd_ || file.readAt(offset, bytes.data(), 4) != 4)
        return std::nullopt;
    auto header = parseMp3Header(bigEndian(bytes.data()));
    const bool known = first_.numBytes > 0;
    if (!header || (known && (header->versionBits != first_.versionBits ||
                              header->sampleRateHz != first_.sampleRateHz)))
        return std::nullopt;
    return header;
}

std::optional<Mp3Frames::Place> Mp3Frames::next(SourceFile& file, std::int64_t offset) const {
    // Where the last frame ended, a matching header is enough; anywhere else it takes two in a row.
    if (const auto header = headerAt(file, offset))
        return offset + header->numBytes <= audioEnd_ ? std::optional(Place{offset, *header})
                                                      : std::nullopt;
    for (std::int64_t at = offset + 1; at + 4 <= audioEnd_; ++at) {
        std::uint8_t byte = 0;
        if (file.readAt(at, &byte, 1) != 1)
            return std::nullopt;
        if (byte != 0xFF)
            continue;
        const auto header = headerAt(file, at);
        if (header && at + header->numBytes <= audioEnd_ &&
            (at + header->numBytes == audioEnd_ || headerAt(file, at + header->numBytes)))
            return Place{at, *header};
    }
    return std::nullopt;
}

void Mp3Frames::readEncoderTag(SourceFile& file, const Place& place, bool& isTag) {
    std::array<std::uint8_t, 160> tag{};
    // The tag takes the place of the main data; some encoders count it without the CRC.
    for (const int at :
         {place.header.sideBytes,
          4 + (place.header.versionBits == 3 ? (place.header.numChannels == 1 ? 17 : 32)
                                             : (place.header.numChannels == 1 ? 9 : 17))}) {
        const auto length = std::min<std::int64_t>(tag.size(), place.header.numBytes - at);
        if (length < 8 || file.readAt(place.offset + at, tag.data(), length) != length ||
            (std::memcmp(tag.data(), "Xing", 4) != 0 && std::memcmp(tag.data(), "Info", 4) != 0))
            continue;
        isTag = true;
        const std::uint32_t flags = bigEndian(tag.data() + 4);
        const std::int64_t lame = 8 + (flags & 1 ? 4 : 0) + (flags & 2 ? 4 : 0) +
                                  (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
        if (lame + 24 > length || tag[static_cast<std::size_t>(lame)] == 0)
            return;
        const std::uint8_t* delays = tag.data() + lame + 21;
        hasEncoderTag_ = true;
        encoderDelay_ = delays[0] << 4 | delays[1] >> 4;
        encoderPadding_ = (delays[1] & 15) << 8 | delays[2];
        return;
    }
}

std::optional<Mp3Frames> Mp3Frames::scan(SourceFile& file) {
    Mp3Frames frames;
    frames.audioEnd_ = file.size();
    std::array<char, 3> tag{};
    if (file.size() > kId3v1Bytes && file.readAt(file.size() - kId3v1Bytes, tag.data(), 3) == 3 &&
        std::memcmp(tag.data(), "TAG", 3) == 0)
        frames.audioEnd_ -= kId3v1Bytes;

    // The first frame is believed when two more follow it, or when nothing else follows.
    const std::int64_t begin = id3v2Bytes(file, 0);
    std::optional<Place> place;
    for (std::int64_t at = begin; at < begin + kSearchBytes && !place; ++at) {
        frames.first_ = {};
        const auto header = frames.headerAt(file, at);
        if (!header || at + header->numBytes > frames.audioEnd_)
            continue;
        frames.first_ = *header;
        std::int64_t after = at + header->numBytes;
        bool believable = true;
        for (int i = 0; i < 2 && believable && after < frames.audioEnd_; ++i) {
            const auto follower = frames.headerAt(file, after);
            believable = follower.has_value();
            after += follower ? follower->numBytes : 0;
        }
        if (believable)
            place = Place{at, *header};
    }
    if (!place)
        return std::nullopt;

    bool isTag = false;
    frames.readEncoderTag(file, *place, isTag);
    if (isTag)
        place = frames.next(file, place->offset + place->header.numBytes);
    while (place) {
        if (frames.count_ == 0)
            frames.first_ = place->header;
        if (frames.count_ % kStep == 0)
            frames.offsets_.push_back(place->offset);
        ++frames.count_;
        place = frames.next(file, place->offset + place->header.numBytes);
    }
    return frames;
}

std::vector<Mp3Frames::Place> Mp3Frames::places(SourceFile& file, std::int64_t begin,
                                                std::int64_t end) const {
    std::vector<Place> found;
    if (begin >= end || begin < 0 || end > count_)
        return found;
    std::int64_t frame = begin / kStep * kStep;
    auto place = next(file, offsets_[static_cast<std::size_t>(begin / kStep)]);
    for (; place && frame < end; ++frame) {
        if (frame >= begin)
            found.push_back(*place);
        place = next(file, place->offset + place->header.numBytes);
    }
    return found;
}

} // namespace segue::decode
