#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "backend/AnalysisStore.h"
#include "backend/ChunkProvider.h"
#include "backend/Metrics.h"
#include "backend/http/Liveness.h"
#include "backend/live/LivePlayback.h"
#include "backend/live/LiveSession.h"
#include "backend/live/Pacer.h"

namespace segue::backend::live {

/// One answer that plays a session: carries out its orders and hands out bytes in time.
/// @thread one at a time
class LiveListener {
  public:
    /// Begins to listen. All outlive it, `liveness` too.
    LiveListener(std::shared_ptr<LiveSession> session, const LiveSession::Attached& attached,
                 const ChunkProvider& provider, AnalysisStore& analyses, Metrics& metrics,
                 const http::Liveness& liveness);
    ~LiveListener();
    LiveListener(const LiveListener&) = delete;
    LiveListener& operator=(const LiveListener&) = delete;

    /// Waits for the first frames, so that what is wrong still becomes a problem.
    /// @errors those of EnhancedStream::read
    Result<void> prime();

    enum class Next {
        Bytes, ///< send them and come again
        Done,  ///< the track is over, or the session
        Gone   ///< nobody listens here any more, or nothing can be played: break off
    };
    /// Waits until more may be sent. @param bytes  valid until the next call
    Next next(std::span<const std::byte>& bytes);

  private:
    void followOrders();
    ReadLimits until(Clock::time_point deadline) const;
    Result<LivePlayback::Piece> produce(std::int64_t mostFrames, Clock::time_point deadline);
    void keepLease(Clock::time_point now);

    const std::shared_ptr<LiveSession> session_;
    const std::uint64_t ticket_;
    AnalysisStore& analyses_;
    const http::Liveness& liveness_;
    Metrics::ActiveStream active_;

    LiveSession::Orders orders_; ///< the newest that were taken
    std::uint64_t heardRevision_;
    LivePlayback playback_;
    Pacer pacer_;
    const std::int64_t stepFrames_;
    std::vector<std::byte> first_; ///< header and first frames; empty once they are sent
    std::vector<std::byte> sending_;
    bool hasEnded_ = false;
    Clock::time_point nextSign_;
};

} // namespace segue::backend::live
