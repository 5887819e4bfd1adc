#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cache/ChunkStore.h"

namespace segue::cache {

/// The bytes of a chunk file; FORMAT.md documents them. Pure functions, any thread.

inline constexpr std::int64_t kHeaderBytes = 160;
/// Of them, what ChunkAbout says.
inline constexpr std::int64_t kAboutBytes = 96;
/// Unit of payload checksums. Small enough that a reader who wants one byte pays microseconds,
/// large enough that hashing runs at memory speed and the footer stays under 1/8000 of the file.
inline constexpr std::int64_t kBlockBytes = 64 * 1024;
/// Thirty seconds at 192 kHz in 8 channels of float, with its seams, take 200 MB.
inline constexpr std::int64_t kMaxPayloadBytes = std::int64_t{1} << 30;

struct ChunkHeader {
    ChunkKey key;
    std::int64_t payloadBytes = 0;
    Budget budget = Budget::General;
    ChunkAbout about = {};

    bool operator==(const ChunkHeader&) const = default;
};

using HeaderBytes = std::array<std::byte, static_cast<std::size_t>(kHeaderBytes)>;
/// XXH3-64 of every payload block, in order.
using BlockHashes = std::vector<std::uint64_t>;

std::int64_t numBlocks(std::int64_t payloadBytes);
std::int64_t footerBytes(std::int64_t payloadBytes);
/// Header, payload and footer: the exact size of a published file.
std::int64_t fileBytes(std::int64_t payloadBytes);

using AboutBytes = std::array<std::byte, static_cast<std::size_t>(kAboutBytes)>;
AboutBytes encodeAbout(const ChunkAbout& about);
/// @errors Corrupt
Result<ChunkAbout> decodeAbout(std::span<const std::byte, kAboutBytes> bytes);

HeaderBytes encodeHeader(const ChunkHeader& header);
/// @errors Corrupt
Result<ChunkHeader> decodeHeader(const HeaderBytes& bytes);

std::vector<std::byte> encodeFooter(const HeaderBytes& header, const BlockHashes& hashes);
/// @param footer  footerBytes() of the header's payload length  @errors Corrupt
Result<BlockHashes> decodeFooter(const HeaderBytes& header, std::span<const std::byte> footer);

} // namespace segue::cache
