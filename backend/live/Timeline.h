#pragma once

#include <cstdint>
#include <deque>

namespace segue::backend::live {

/// Which frame of the track lies at which frame of a session's stream, where seeks and pauses are.
/// @thread one at a time
class Timeline {
  public:
    enum class Moves { No, Yes };

    /// Frames of the stream from `streamFrame` on, behind all that came before.
    void append(std::int64_t streamFrame, std::int64_t trackFrame, Moves moves) {
        if (pieces_.empty() || pieces_.back().moves != moves ||
            at(pieces_.back(), streamFrame) != trackFrame)
            pieces_.push_back({streamFrame, trackFrame, moves});
    }
    /// What lies before is not asked for any more.
    void forgetBefore(std::int64_t streamFrame) {
        while (pieces_.size() > 1 && pieces_[1].streamFrame <= streamFrame)
            pieces_.pop_front();
    }
    /// @return 0 before anything was appended
    std::int64_t trackFrameAt(std::int64_t streamFrame) const {
        for (auto piece = pieces_.rbegin(); piece != pieces_.rend(); ++piece)
            if (piece->streamFrame <= streamFrame)
                return at(*piece, streamFrame);
        return pieces_.empty() ? 0 : pieces_.front().trackFrame;
    }

  private:
    struct Piece {
        std::int64_t streamFrame = 0;
        std::int64_t trackFrame = 0;
        Moves moves = Moves::Yes;
    };
    static std::int64_t at(const Piece& piece, std::int64_t streamFrame) {
        return piece.trackFrame + (piece.moves == Moves::Yes ? streamFrame - piece.streamFrame : 0);
    }

    std::deque<Piece> pieces_;
};

} // namespace segue::backend::live
