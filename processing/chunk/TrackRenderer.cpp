// A whole stream, for command lines and proofs. The calling thread joins the chunks and feeds the
// sink; with several workers, threads of their own render the chunks that come next into memory, a
// bounded number ahead of the one that is passed on.

#include "processing/chunk/TrackRenderer.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <pthread.h>

#include "processing/chunk/ChunkLayout.h"

namespace segue::chunk {

namespace {

using Bytes = std::vector<std::byte>;

RenderRequest requestOf(const RenderRequest& track, std::int64_t chunk) {
    RenderRequest request = track;
    request.chunk = chunk;
    return request;
}

/// Renders chunks on threads of its own, in order, never more than `workers` + 1 of them ahead of
/// what has been taken.
class ChunksAhead {
  public:
    ChunksAhead(const RenderRequest& track, const std::vector<std::int64_t>& order,
                const TrackRenderOptions& options, const std::atomic<bool>& cancel)
        : track_(track), order_(order), beforeEachBlock_(options.beforeEachBlock), cancel_(cancel),
          bound_(static_cast<std::size_t>(options.workers) + 1), payloads_(order.size()) {
        const auto count = std::min(static_cast<std::size_t>(options.workers), order.size());
        for (std::size_t i = 0; i < count; ++i)
            threads_.emplace_back([this] { run(); });
    }

    ~ChunksAhead() {
        stop_ = true;
        {
            const std::lock_guard lock(mutex_);
            taken_ = order_.size();
            next_ = order_.size();
        }
        changed_.notify_all();
        for (std::thread& thread : threads_)
            thread.join();
    }
    ChunksAhead(const ChunksAhead&) = delete;
    ChunksAhead& operator=(const ChunksAhead&) = delete;

    /// The payload of the next chunk of the order.
    Result<Bytes> take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return payloads_[taken_].has_value(); });
        Result<Bytes> payload = std::move(*payloads_[taken_]);
        payloads_[taken_++].reset();
        changed_.notify_all();
        return payload;
    }

  private:
    void run() noexcept {
        ::pthread_setname_np(::pthread_self(), "segue-chunk");
        for (;;) {
            std::size_t mine = 0;
            {
                std::unique_lock lock(mutex_);
                changed_.wait(lock,
                              [this] { return next_ >= order_.size() || next_ < taken_ + bound_; });
                if (next_ >= order_.size())
                    return;
                mine = next_++;
            }
            Result<Bytes> payload = render(order_[mine]);
            {
                const std::lock_guard lock(mutex_);
                payloads_[mine] = std::move(payload);
            }
            changed_.notify_all();
        }
    }

    Result<Bytes> render(std::int64_t chunk) noexcept {
        try {
            const ChunkLayout layout({track_.format.sampleRateHz, track_.numFrames}, track_.format,
                                     chunk);
            Bytes bytes;
            bytes.reserve(static_cast<std::size_t>(layout.payloadBytes()));
            const auto keep = [&](std::span<const std::byte> piece) -> Result<void> {
                if (beforeEachBlock_)
                    beforeEachBlock_();
                if (stop_)
                    return fail(ErrorCode::Cancelled, "render stopped");
                bytes.insert(bytes.end(), piece.begin(), piece.end());
                return {};
            };
            if (auto done = renderChunk(requestOf(track_, chunk), keep, cancel_); !done)
                return fail(done.error());
            return bytes;
        } catch (const std::exception& problem) {
            return fail(ErrorCode::Internal, std::string("rendering: ") + problem.what());
        }
    }

    const RenderRequest& track_;
    const std::vector<std::int64_t>& order_;
    const std::function<void()>& beforeEachBlock_;
    const std::atomic<bool>& cancel_;
    const std::size_t bound_;
    std::atomic<bool> stop_{false};

    std::mutex mutex_; // guards what follows
    std::condition_variable changed_;
    std::vector<std::optional<Result<Bytes>>> payloads_; // by place in the order
    std::size_t next_ = 0;                               // to be rendered
    std::size_t taken_ = 0;

    std::vector<std::thread> threads_; // last: they use all of the above
};

Result<std::vector<std::int64_t>> orderOf(const TrackRenderOptions& options,
                                          std::int64_t numChunks) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(numChunks));
    std::iota(all.begin(), all.end(), 0);
    if (options.order.empty())
        return all;
    std::vector<std::int64_t> sorted = options.order;
    std::sort(sorted.begin(), sorted.end());
    if (sorted != all)
        return fail(ErrorCode::InvalidArgument, "the order must name each of the " +
                                                    std::to_string(numChunks) + " chunks once");
    return options.order;
}

} // namespace

Result<void> renderTrack(const RenderRequest& track, const StreamSink& sink,
                         const std::atomic<bool>& cancel, const TrackRenderOptions& options) {
    const ChunkGeometry geometry(track.format.sampleRateHz, track.numFrames);
    const auto order = orderOf(options, geometry.numChunks());
    if (!order)
        return fail(order.error());
    const auto total = static_cast<double>(
        std::max<std::int64_t>(track.numFrames * track.format.bytesPerFrame(), 1));
    std::int64_t passedOn = 0;
    StreamAssembler assembler(
        geometry, track.format, ditherOf(*track.plan),
        [&](std::int64_t offset, std::span<const std::byte> bytes) -> Result<void> {
            if (auto sent = sink(offset, bytes); !sent)
                return sent;
            passedOn += static_cast<std::int64_t>(bytes.size());
            if (options.progress)
                options.progress(static_cast<double>(passedOn) / total);
            return {};
        });

    if (options.workers <= 1 || order->size() == 1) {
        for (const std::int64_t chunk : *order) {
            const auto join = [&](std::span<const std::byte> piece) {
                if (options.beforeEachBlock)
                    options.beforeEachBlock();
                return assembler.add(chunk, piece);
            };
            if (auto done = renderChunk(requestOf(track, chunk), join, cancel); !done)
                return done;
        }
        return {};
    }
    ChunksAhead ahead(track, *order, options, cancel);
    for (const std::int64_t chunk : *order) {
        const auto payload = ahead.take();
        if (!payload)
            return fail(payload.error());
        if (auto joined = assembler.add(chunk, *payload); !joined)
            return joined;
    }
    return {};
}

} // namespace segue::chunk
