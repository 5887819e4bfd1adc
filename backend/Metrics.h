#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "backend/RenderScheduler.h"
#include "backend/http/HttpServer.h"
#include "cache/ChunkStore.h"

namespace segue::backend {

/// What Segue counts about itself, in the text format of Prometheus.
/// @thread all members from any thread
class Metrics {
  public:
    /// Counts a stream as active while it lives.
    class ActiveStream {
      public:
        explicit ActiveStream(Metrics& metrics) : metrics_(metrics) { ++metrics_.activeStreams_; }
        ~ActiveStream() { --metrics_.activeStreams_; }
        ActiveStream(const ActiveStream&) = delete;
        ActiveStream& operator=(const ActiveStream&) = delete;

      private:
        Metrics& metrics_;
    };

    void countRequest(const http::RequestRecord& record);
    /// From a whole request to the first byte of its stream.
    void countFirstByte(std::chrono::microseconds time);
    std::int64_t activeStreams() const noexcept { return activeStreams_; }

    std::string text(const SchedulerStats& scheduler, const cache::StoreStats& store,
                     const http::ServerStats& server, std::int64_t analysesPending) const;

  private:
    /// Upper bounds of the histogram's buckets, seconds; around the promises: 3 ms cached, 50 ms
    /// analysed, 150 ms never seen.
    static constexpr std::array kBucketSeconds{0.001, 0.003, 0.01, 0.025, 0.05, 0.08,
                                               0.15,  0.3,   1.0,  3.0,   10.0};

    std::atomic<std::int64_t> activeStreams_{0};

    mutable std::mutex mutex_;
    // GUARDED_BY(mutex_)
    std::map<int, std::int64_t> responsesByStatus_;
    std::int64_t cancelled_ = 0; ///< whose clients left before the first byte
    std::int64_t bytesSent_ = 0;
    std::int64_t incomplete_ = 0;
    std::array<std::int64_t, kBucketSeconds.size() + 1> firstBytes_{};
    double firstByteSeconds_ = 0;
};

} // namespace segue::backend
