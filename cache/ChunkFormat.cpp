// Encodes and decodes header and footer of a chunk file. Whatever the bytes are, decoding gives a
// value that is consistent in itself or Corrupt; lengths are checked before anything is allocated.

#include "cache/ChunkFormat.h"

#include <cassert>
#include <cstring>

namespace segue::cache {

namespace {

constexpr std::array<std::byte, 8> kMagic = {
    std::byte{'S'}, std::byte{'E'}, std::byte{'G'}, std::byte{'U'},
    std::byte{'E'}, std::byte{'C'}, std::byte{'H'}, std::byte{'K'},
};
constexpr std::uint64_t kVersion = 1;

template <typename T>
void put(std::byte* at, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
        at[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * i));
}

template <typename T>
T take(const std::byte* at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value |= std::to_integer<std::uint64_t>(at[i]) << (8 * i);
    return static_cast<T>(value);
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

HeaderBytes encodeHeader(const ChunkHeader& header) {
    HeaderBytes bytes{};
    std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
    put<std::uint32_t>(&bytes[8], kVersion);
    put<std::uint32_t>(&bytes[12], kBlockBytes);
    put<std::uint64_t>(&bytes[16], header.key.high);
    put<std::uint64_t>(&bytes[24], header.key.low);
    put<std::uint64_t>(&bytes[32], header.payloadBytes);
    put<std::uint8_t>(&bytes[40], static_cast<std::uint8_t>(header.budget));
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
    return ChunkHeader{
        .key = {.high = take<std::uint64_t>(&bytes[16]), .low = take<std::uint64_t>(&bytes[24])},
        .payloadBytes = static_cast<std::int64_t>(payloadBytes),
        .budget = static_cast<Budget>(budget),
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
