#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/StreamSpec.h"
#include "processing/chunk/ChunkRenderer.h"
#include "processing/encode/WavHeader.h"

namespace segue::test {

/// A track whose chunks are made of numbers that depend on (chunk, section, offset) alone: the
/// tail of a chunk differs from the head of the next on purpose, so that a stream which does not
/// blend, or blends the wrong frames, shows.
class FakeTrack {
  public:
    FakeTrack(std::int64_t numFrames, encode::StreamFormat format, std::uint64_t content = 1) {
        spec_.content = {.high = 7, .low = content};
        spec_.path = "/music/fake.flac";
        spec_.plan = std::make_shared<const mastering::MasteringPlan>();
        spec_.planId = {.high = 8, .low = 8};
        spec_.format = format;
        spec_.numFrames = numFrames;
    }

    const backend::StreamSpec& spec() const { return spec_; }

    static std::vector<std::byte> payload(const backend::StreamSpec& spec, std::int64_t chunk) {
        const chunk::ChunkLayout layout = spec.layout(chunk);
        std::vector<std::byte> bytes(static_cast<std::size_t>(layout.payloadBytes()));
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] =
                static_cast<std::byte>((i * 31 + i / 251 + static_cast<std::size_t>(chunk) * 97));
        fillFloats(bytes, 0, layout.midOffset(), chunk * 2);
        fillFloats(bytes, layout.tailOffset(), layout.payloadBytes(), chunk * 2 + 1);
        return bytes;
    }

    /// The whole stream, put together without EnhancedStream.
    std::vector<std::byte> body() const {
        const chunk::ChunkGeometry geometry = spec_.geometry();
        std::vector<std::byte> all = encode::wavHeader(spec_.format, spec_.numFrames);
        std::vector<std::byte> before;
        for (std::int64_t chunk = 0; chunk < geometry.numChunks(); ++chunk) {
            const chunk::ChunkLayout layout = spec_.layout(chunk);
            std::vector<std::byte> here = payload(spec_, chunk);
            if (const chunk::FrameRange seam = geometry.seam(chunk); seam.length() > 0) {
                const std::span<const std::byte> tail(before.data() +
                                                          spec_.layout(chunk - 1).tailOffset(),
                                                      static_cast<std::size_t>(layout.midOffset()));
                std::vector<std::byte> blended(
                    static_cast<std::size_t>(seam.length() * spec_.format.bytesPerFrame()));
                chunk::blendSeam(seam, seam, tail,
                                 {here.data(), static_cast<std::size_t>(layout.midOffset())},
                                 spec_.format, chunk::ditherOf(*spec_.plan), blended.data());
                all.insert(all.end(), blended.begin(), blended.end());
            }
            all.insert(all.end(), here.begin() + layout.midOffset(),
                       here.begin() + layout.tailOffset());
            before = std::move(here);
        }
        all.resize(all.size() + static_cast<std::size_t>(
                                    encode::wavTrailerBytes(spec_.format, spec_.numFrames)));
        return all;
    }

  private:
    static void fillFloats(std::vector<std::byte>& bytes, std::int64_t begin, std::int64_t end,
                           std::int64_t seed) {
        for (std::int64_t at = begin; at + 4 <= end; at += 4) {
            const auto n = static_cast<std::uint32_t>((at - begin) / 4 * 2654435761 + seed * 40503);
            const float value = static_cast<float>(n % 65536) / 65536.0f - 0.5f;
            std::memcpy(bytes.data() + at, &value, 4);
        }
    }

    backend::StreamSpec spec_;
};

/// Renders FakeTracks, counts, and does what a test tells it between pieces.
class FakeRenderer {
  public:
    /// Called before the piece that begins at `offset`, and then sees to cancellation; an Error
    /// ends the render.
    std::function<Result<void>(std::int64_t chunk, std::int64_t offset,
                               const std::atomic<bool>& cancel)>
        beforePiece;

    Result<void> operator()(const backend::StreamSpec& spec, const chunk::RenderRequest& request,
                            const chunk::PayloadSink& sink, const std::atomic<bool>& cancel) {
        {
            std::lock_guard lock(mutex_);
            ++renders_[request.chunk];
        }
        const std::vector<std::byte> payload = FakeTrack::payload(spec, request.chunk);
        constexpr std::size_t kPiece = 9973;
        for (std::size_t at = 0; at < payload.size(); at += kPiece) {
            if (beforePiece) {
                if (auto go = beforePiece(request.chunk, static_cast<std::int64_t>(at), cancel);
                    !go)
                    return go;
            } else if (cancel) {
                return fail(ErrorCode::Cancelled, "render: cancelled");
            }
            const std::size_t count = std::min(kPiece, payload.size() - at);
            if (auto written = sink({payload.data() + at, count}); !written)
                return written;
        }
        return {};
    }

    int rendersOf(std::int64_t chunk) const {
        std::lock_guard lock(mutex_);
        const auto it = renders_.find(chunk);
        return it == renders_.end() ? 0 : it->second;
    }
    int renders() const {
        std::lock_guard lock(mutex_);
        int sum = 0;
        for (const auto& [chunk, count] : renders_)
            sum += count;
        return sum;
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::int64_t, int> renders_;
};

} // namespace segue::test
