// Encodes and decodes header and footer of a chunk file. Whatever the bytes are, decoding gives a
// value that is consistent in itself or Corrupt; lengths are checked before anything is allocated.

#include "cache/ChunkFormat.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <utility>

namespace segue::cache {

namespace {

constexpr std::array<std::byte, 8> kMagic = {
    std::byte{'S'}, std::byte{'E'}, std::byte{'G'}, std::byte{'U'},
    std::byte{'E'}, std::byte{'C'}, std::byte{'H'}, std::byte{'K'},
};
constexpr std::uint64_t kVersion = 2;
constexpr std::size_t kAboutOffset = 48;
/// Intensities are kept in steps that no listener sets.
constexpr double kIntensitySteps = 1e6;

/// The low bytes of `value`.
template <typename T>
void put(std::byte* at, std::uint64_t value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        at[i] = static_cast<std::byte>(value >> (8 * i));
}

template <typename T>
T take(const std::byte* at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
    return static_cast<T>(value);
}

void putHash(std::byte* at, const Hash128& hash) {
    put<std::uint64_t>(at, hash.high);
    put<std::uint64_t>(at + 8, hash.low);
}

Hash128 takeHash(const std::byte* at) {
    return {.high = take<std::uint64_t>(at), .low = take<std::uint64_t>(at + 8)};
}

std::uint64_t checksumOf(const HeaderBytes& header, std::span<const std::byte> hashes) {
    std::vector<std::byte> covered(header.begin(), header.end());
    covered.insert(covered.end(), hashes.begin(), hashes.end());
    return hash64(covered);
}

} // namespace

std::int64_t numBlocks(std::int64_t payloadBytes) {
    return (payloadBytes + kBlockBytes - 1) / kBlockBytes;
}

std::int64_t footerBytes(std::int64_t payloadBytes) {
    return (numBlocks(payloadBytes) + 1) * 8;
}

std::int64_t fileBytes(std::int64_t payloadBytes) {
    return kHeaderBytes + payloadBytes + footerBytes(payloadBytes);
}

AboutBytes encodeAbout(const ChunkAbout& about) {
    AboutBytes bytes{};
    putHash(&bytes[0], about.source);
    putHash(&bytes[16], about.stream);
    put<std::uint64_t>(&bytes[32], about.numFrames);
    put<std::uint32_t>(&bytes[40], about.sampleRateHz);
    put<std::uint32_t>(&bytes[44], about.chunk);
    put<std::uint32_t>(&bytes[48],
                       static_cast<std::uint64_t>(std::llround(about.intensity * kIntensitySteps)));
    put<std::uint8_t>(&bytes[52], about.numChannels);
    put<std::uint8_t>(&bytes[53], about.bitsPerSample);
    put<std::uint8_t>(&bytes[54], about.dithered ? 1 : 0);
    const std::size_t length = std::min(about.preset.size(), kMaxPresetBytes);
    put<std::uint8_t>(&bytes[55], length);
    std::memcpy(&bytes[56], about.preset.data(), length);
    return bytes;
}

Result<ChunkAbout> decodeAbout(std::span<const std::byte, kAboutBytes> bytes) {
    const auto length = take<std::uint8_t>(&bytes[55]);
    if (length > kMaxPresetBytes)
        return fail(ErrorCode::Corrupt, "impossible length of a preset's name");
    return ChunkAbout{
        .source = takeHash(&bytes[0]),
        .stream = takeHash(&bytes[16]),
        .preset = std::string(reinterpret_cast<const char*>(&bytes[56]), length),
        .intensity = take<std::uint32_t>(&bytes[48]) / kIntensitySteps,
        .chunk = take<std::uint32_t>(&bytes[44]),
        .sampleRateHz = static_cast<int>(take<std::uint32_t>(&bytes[40])),
        .numChannels = take<std::uint8_t>(&bytes[52]),
        .bitsPerSample = take<std::uint8_t>(&bytes[53]),
        .dithered = take<std::uint8_t>(&bytes[54]) != 0,
        .numFrames = static_cast<std::int64_t>(take<std::uint64_t>(&bytes[32])),
    };
}

HeaderBytes encodeHeader(const ChunkHeader& header) {
    HeaderBytes bytes{};
    std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
    put<std::uint32_t>(&bytes[8], kVersion);
    put<std::uint32_t>(&bytes[12], kBlockBytes);
    putHash(&bytes[16], header.key);
    put<std::uint64_t>(&bytes[32], header.payloadBytes);
    put<std::uint8_t>(&bytes[40], static_cast<std::uint8_t>(header.budget));
    const AboutBytes about = encodeAbout(header.about);
    std::copy(about.begin(), about.end(), bytes.begin() + kAboutOffset);
    return bytes;
}

Result<ChunkHeader> decodeHeader(const HeaderBytes& bytes) {
    if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
        return fail(ErrorCode::Corrupt, "not a chunk file");
    if (take<std::uint32_t>(&bytes[8]) != kVersion)
        return fail(ErrorCode::Corrupt,
                    "chunk format version " + std::to_string(take<std::uint32_t>(&bytes[8])));
    if (take<std::uint32_t>(&bytes[12]) != kBlockBytes)
        return fail(ErrorCode::Corrupt, "unknown block size");
    const auto payloadBytes = take<std::uint64_t>(&bytes[32]);
    if (payloadBytes > static_cast<std::uint64_t>(kMaxPayloadBytes))
        return fail(ErrorCode::Corrupt, "impossible payload length");
    const auto budget = take<std::uint8_t>(&bytes[40]);
    if (budget > static_cast<std::uint8_t>(Budget::FirstChunk))
        return fail(ErrorCode::Corrupt, "unknown budget");
    auto about = decodeAbout(std::span(bytes).subspan<kAboutOffset, kAboutBytes>());
    if (!about)
        return fail(about.error());
    return ChunkHeader{
        .key = takeHash(&bytes[16]),
        .payloadBytes = static_cast<std::int64_t>(payloadBytes),
        .budget = static_cast<Budget>(budget),
        .about = std::move(*about),
    };
}

std::vector<std::byte> encodeFooter(const HeaderBytes& header, const BlockHashes& hashes) {
    std::vector<std::byte> footer((hashes.size() + 1) * 8);
    for (std::size_t i = 0; i < hashes.size(); ++i)
        put<std::uint64_t>(&footer[i * 8], hashes[i]);
    const std::size_t end = hashes.size() * 8;
    put<std::uint64_t>(&footer[end], checksumOf(header, std::span(footer).first(end)));
    return footer;
}

Result<BlockHashes> decodeFooter(const HeaderBytes& header, std::span<const std::byte> footer) {
    assert(footer.size() >= 8 && footer.size() % 8 == 0);
    const std::size_t end = footer.size() - 8;
    if (take<std::uint64_t>(&footer[end]) != checksumOf(header, footer.first(end)))
        return fail(ErrorCode::Corrupt, "wrong checksum over header and footer");
    BlockHashes hashes(end / 8);
    for (std::size_t i = 0; i < hashes.size(); ++i)
        hashes[i] = take<std::uint64_t>(&footer[i * 8]);
    return hashes;
}

} // namespace segue::cache
