// From chunks in the cache to files. What a chunk says about itself is enough: no plan is made and
// nothing is rendered, so the file is what was heard, also when the same settings would give
// something else today.
#include "tools/segue/CacheExport.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "processing/chunk/ChunkGeometry.h"
#include "processing/chunk/ChunkLayout.h"
#include "processing/chunk/StreamAssembler.h"
#include "processing/encode/PcmFormat.h"

namespace segue::tools {
namespace {

/// What most file systems take is 255 bytes; a temporary name beside it is longer.
constexpr std::size_t kLongestName = 180;
constexpr std::size_t kPieceBytes = 256 * 1024;
/// Of any stream that Segue renders; what says otherwise was not written by it.
constexpr int kMostChannels = 8;
constexpr int kLowestRateHz = 1000, kHighestRateHz = 768'000;
constexpr std::int64_t kMostFrames = std::int64_t{1} << 36;

std::optional<encode::StreamFormat> formatOf(const cache::ChunkAbout& about) {
    const auto pcm = encode::pcmFormatOfBits(about.bitsPerSample);
    if (!pcm || about.sampleRateHz < kLowestRateHz || about.sampleRateHz > kHighestRateHz ||
        about.numChannels < 1 || about.numChannels > kMostChannels || about.numFrames < 1 ||
        about.numFrames > kMostFrames)
        return std::nullopt;
    return encode::StreamFormat{about.sampleRateHz, about.numChannels, *pcm};
}

/// No folder, no hidden file, nothing that a shell or another system trips over; cut between
/// characters.
std::string fileName(std::string text) {
    for (char& byte : text)
        if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F ||
            std::string_view("/\\:*?\"<>|").find(byte) != std::string_view::npos)
            byte = '_';
    if (text.size() > kLongestName) {
        std::size_t end = kLongestName;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
            --end;
        text.resize(end);
    }
    if (text.starts_with('.'))
        text.front() = '_';
    return text;
}

Result<void> addChunk(cache::ChunkStore& store, const cache::ChunkKey& key,
                      std::int64_t payloadBytes, std::int64_t chunk,
                      chunk::StreamAssembler& assembler) {
    const std::shared_ptr<const cache::ChunkBlob> blob = store.find(key);
    if (!blob)
        return fail(ErrorCode::NotFound, "chunk " + key.hex() + " has left the cache meanwhile");
    if (blob->watermark() != payloadBytes)
        return fail(ErrorCode::Corrupt, "chunk " + key.hex() + ": " +
                                            std::to_string(blob->watermark()) +
                                            " bytes instead of " + std::to_string(payloadBytes));
    std::vector<std::byte> buffer(kPieceBytes);
    for (std::int64_t at = 0; at < payloadBytes;) {
        const auto piece = std::span(buffer).first(
            std::min(buffer.size(), static_cast<std::size_t>(payloadBytes - at)));
        if (auto read = blob->read(at, piece); !read) {
            if (read.error().code == ErrorCode::Corrupt)
                store.discard(key, read.error().message);
            return read;
        }
        if (auto added = assembler.add(chunk, piece); !added)
            return added;
        at += static_cast<std::int64_t>(piece.size());
    }
    return {};
}

} // namespace

std::int64_t CachedStream::present() const {
    return std::count_if(chunks.begin(), chunks.end(),
                         [](const cache::ChunkKey& key) { return key != cache::ChunkKey{}; });
}

std::vector<CachedStream> streamsOf(const std::vector<cache::ChunkInfo>& chunks) {
    std::map<Hash128, CachedStream> streams;
    for (const cache::ChunkInfo& chunk : chunks) {
        const cache::ChunkAbout& about = chunk.about;
        if (!formatOf(about))
            continue;
        const std::int64_t count =
            chunk::ChunkGeometry(about.sampleRateHz, about.numFrames).numChunks();
        if (about.chunk >= count)
            continue;
        CachedStream& stream = streams[about.stream];
        stream.about = about;
        stream.chunks.resize(static_cast<std::size_t>(count));
        stream.chunks[about.chunk] = chunk.key;
        stream.lastUsedNs = std::max(stream.lastUsedNs, chunk.lastUsedNs);
    }
    std::map<std::tuple<Hash128, std::string, double, int>, CachedStream> newest;
    for (auto& [id, stream] : streams) {
        const cache::ChunkAbout& about = stream.about;
        CachedStream& kept =
            newest[{about.source, about.preset, about.intensity, about.bitsPerSample}];
        if (kept.chunks.empty() || stream.lastUsedNs > kept.lastUsedNs)
            kept = std::move(stream);
    }
    std::vector<CachedStream> all;
    all.reserve(newest.size());
    for (auto& [key, stream] : newest)
        all.push_back(std::move(stream));
    return all;
}

std::string exportName(const CachedStream& stream, const library::Track* track) {
    const cache::ChunkAbout& about = stream.about;
    std::string name = about.source.hex().substr(0, 12);
    if (track)
        name = (track->artist.empty() ? "" : track->artist + " - ") +
               (track->title.empty() ? track->path.stem().string() : track->title);
    std::string how = about.preset;
    if (about.intensity < 1)
        how += " " + std::to_string(std::lround(100 * about.intensity));
    if (about.bitsPerSample != 16)
        how += ", " + std::to_string(about.bitsPerSample) + " bit";
    return fileName(name) + fileName(" (" + how + ")") + ".wav";
}

Result<void> exportStream(cache::ChunkStore& store, const CachedStream& stream,
                          const std::filesystem::path& path, encode::Overwrite overwrite,
                          const std::function<void(double)>& progress,
                          const std::atomic<bool>& cancel) {
    const std::optional<encode::StreamFormat> format = formatOf(stream.about);
    if (!format)
        return fail(ErrorCode::Unsupported, "a stream of an unknown format");
    const chunk::ChunkGeometry geometry(format->sampleRateHz, stream.about.numFrames);
    auto writer = encode::WavFileWriter::create(path, *format, stream.about.numFrames, overwrite);
    if (!writer)
        return fail(writer.error());
    chunk::StreamAssembler assembler(
        geometry, *format, stream.about.dithered ? encode::Dither::Tpdf : encode::Dither::No,
        [&](std::int64_t, std::span<const std::byte> bytes) { return (*writer)->append(bytes); });
    for (std::size_t i = 0; i < stream.chunks.size(); ++i) {
        if (cancel)
            return fail(ErrorCode::Cancelled, "interrupted");
        const auto chunk = static_cast<std::int64_t>(i);
        if (auto added = addChunk(store, stream.chunks[i],
                                  chunk::ChunkLayout(geometry, *format, chunk).payloadBytes(),
                                  chunk, assembler);
            !added)
            return added;
        progress(static_cast<double>(i + 1) / static_cast<double>(stream.chunks.size()));
    }
    return (*writer)->commit();
}

} // namespace segue::tools
