#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <utility>

#include "generation/Score.h"
#include "generation/Synthesis.h"

namespace segue::generation {

/// What a piece asks while it is rendered: whether anybody still wants it.
class Session {
  public:
    Session(const std::atomic<bool>& cancel, std::function<void(double)> progress)
        : cancel_(cancel), progress_(std::move(progress)) {}

    /// Reports how much of the piece is done, 0..1. @return false once cancelled
    bool proceed(double fraction) {
        if (!cancelled() && progress_)
            progress_(fraction);
        return !cancelled();
    }
    bool cancelled() const noexcept { return cancel_.load(std::memory_order_relaxed); }

  private:
    const std::atomic<bool>& cancel_;
    std::function<void(double)> progress_;
};

/// A finished composition. render() gives the finished mix; its content is meaningless once the
/// session was cancelled.
struct Piece {
    const char* title;
    const char* genre;
    int trackNumber;
    Bus (*render)(Session&);
};

/// In the order of the album.
std::span<const Piece> demoPieces();

Bus renderLamplight(Session& session);
Bus renderOrchardPath(Session& session);
Bus renderNeonTide(Session& session);
Bus renderLongWater(Session& session);

/// Calls `play(note, startSeconds, durationSeconds)` for every note as the tempo map places it, and
/// reports progress from `from` to `to`.
template <typename Play>
void perform(Session& session, const std::vector<Note>& notes, const TempoMap& tempo, double from,
             double to, const Play& play) {
    constexpr std::size_t kNotesPerReport = 16;
    for (std::size_t i = 0; i < notes.size(); ++i) {
        const double share = static_cast<double>(i) / static_cast<double>(notes.size());
        if (i % kNotesPerReport == 0 && !session.proceed(from + (to - from) * share))
            return;
        const double start = tempo.secondsAt(notes[i].beat);
        play(notes[i], start, tempo.secondsAt(notes[i].beat + notes[i].beats) - start);
    }
}

} // namespace segue::generation
