#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "backend/RenderScheduler.h"

namespace segue::backend::live {

/// How much of a stream may be sent when: never more than a lead beyond what a listener has heard
/// who plays what arrives.
///
/// Whoever was late with sending, or could not send, has let that listener run dry; then time
/// counts anew from there and the lead is given once more, not the time that was lost.
/// @thread one at a time
class Pacer {
  public:
    /// How much of the lead is used.
    enum class Lead {
        Whole,
        Short ///< half of it, or 50 ms if that is more: what is not sent yet can still change
    };

    Pacer(int rateHz, std::chrono::milliseconds lead)
        : rateHz_(rateHz), leadFrames_(lead.count() * rateHz / 1000),
          shortLeadFrames_(std::max<std::int64_t>(
              leadFrames_ / 2, std::min<std::int64_t>(leadFrames_, rateHz / 20))) {}

    /// Frames that may be sent now; less than none after a change to Lead::Short.
    std::int64_t due(Clock::time_point now, Lead lead = Lead::Whole) {
        if (heardExactly(now) > static_cast<double>(sent_))
            anchor_ = now - durationOf(sent_);
        return heard(now) + framesOf(lead) - sent_;
    }
    void sent(std::int64_t frames) { sent_ += frames; }
    std::int64_t framesSent() const noexcept { return sent_; }
    /// When due() reaches `frames`.
    Clock::time_point whenDue(std::int64_t frames, Lead lead = Lead::Whole) const {
        return anchor_ + durationOf(sent_ + frames - framesOf(lead));
    }
    /// Frames that a listener who plays what arrives has played.
    std::int64_t heard(Clock::time_point now) const {
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(heardExactly(now)), 0, sent_);
    }

  private:
    std::int64_t framesOf(Lead lead) const {
        return lead == Lead::Whole ? leadFrames_ : shortLeadFrames_;
    }
    double heardExactly(Clock::time_point now) const {
        return std::chrono::duration<double>(now - anchor_).count() * rateHz_;
    }
    Clock::duration durationOf(std::int64_t frames) const {
        return std::chrono::duration_cast<Clock::duration>(
            std::chrono::duration<double>(static_cast<double>(frames) / rateHz_));
    }

    int rateHz_;
    std::int64_t leadFrames_;
    std::int64_t shortLeadFrames_;
    Clock::time_point anchor_{}; ///< when frame 0 was heard, or would have been
    std::int64_t sent_ = 0;
};

} // namespace segue::backend::live
