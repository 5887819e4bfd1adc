#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "backend/live/LivePlayback.h"
#include "backend/live/Pacer.h"
#include "backend/live/SessionRequest.h"
#include "backend/live/Timeline.h"

namespace segue::backend::live {

/// What a session plays, or is to play.
struct Selection {
    Settings settings;
    StreamSpec spec;
    bool isProvisional = false; ///< the plan rests on a quick analysis
};

/// What those who change a session and the one who listens to it tell each other.
///
/// Changes are numbered; each says all that is wanted, so that only the newest counts. The listener
/// takes it when it can and reports what is heard. It holds no stream itself.
/// @thread all members from any thread; none waits for I/O or a render
class LiveSession {
  public:
    using Paused = LivePlayback::Paused;

    struct Fixed {
        std::string id{};
        library::TrackId trackId = 0;
        std::chrono::milliseconds lead{0};
    };
    LiveSession(Fixed fixed, Selection selection, std::int64_t startFrame, Paused paused);

    const Fixed& fixed() const noexcept { return fixed_; }
    /// Stays the same for the life of the session, as does the content.
    encode::StreamFormat format() const noexcept { return format_; }
    const Hash128& content() const noexcept { return content_; }

    // For who changes it.

    struct Wish {
        std::uint64_t revision = 0;
        Settings settings;
    };
    /// The newest change, for who makes another one of it.
    Wish newest() const;
    /// Asks for all of this instead. @param after  what newest() gave
    /// @return false when another change came between: ask anew
    bool change(const Wish& after, Selection selection, std::optional<std::int64_t> seekFrame,
                std::optional<Paused> paused);
    /// For all to see until a change is heard.
    void noteError(Error error);
    /// Ends the listener, now and for good.
    void close();

    struct Status {
        std::uint64_t revision = 0;        ///< of the newest change
        std::uint64_t playingRevision = 0; ///< of the one that is heard
        Settings settings;                 ///< of the newest change
        Settings playingSettings;
        Hash128 planId; ///< that plays
        bool isProvisional = false;
        std::int64_t heardFrame = 0; ///< of the track; an estimate
        std::int64_t numFrames = 0;
        std::optional<std::int64_t> changedAtFrame; ///< of the track, where the last change begins
        Paused paused = Paused::No;
        bool isListening = false;
        bool hasEnded = false;
        std::optional<Error> lastError;
    };
    Status status(Clock::time_point now) const;
    /// Since when nobody listens; nothing while somebody does.
    std::optional<Clock::time_point> idleSince() const;
    void touch(Clock::time_point now);

    // For the listener.

    struct Orders {
        Change change;
        Paused paused = Paused::No;
        Selection selection;
    };
    struct Attached {
        std::uint64_t ticket = 0;
        Orders orders;
    };
    /// Begins to listen; whoever listened before is let go. Begins where was heard last.
    /// @errors NotFound (closed)
    Result<Attached> attach(Clock::time_point now);
    enum class Standing { Listening, TakenOver, Closed };
    Standing standing(std::uint64_t ticket) const;
    /// A change that is newer than `known`, once.
    std::optional<Orders> takeOrders(std::uint64_t ticket, std::uint64_t known) const;
    /// Returns at `until`, or before when there is something new.
    void waitForOrders(std::uint64_t ticket, std::uint64_t known, Clock::time_point until) const;
    /// What was sent. @param pacer  before the piece was counted
    void reportPiece(std::uint64_t ticket, const Pacer& pacer, const LivePlayback::Piece& piece,
                     Clock::time_point now);
    /// From `trackFrame` on, these are heard.
    void reportChange(std::uint64_t ticket, const Orders& heard, std::int64_t trackFrame);
    void reportFailure(std::uint64_t ticket, std::uint64_t revision, Error error);
    void detach(std::uint64_t ticket, Clock::time_point now);

  private:
    bool isListeningLocked() const { return listener_ != 0; }
    std::int64_t heardFrameLocked(Clock::time_point now) const;

    const Fixed fixed_;
    const encode::StreamFormat format_;
    const Hash128 content_;
    const std::int64_t numFrames_;

    mutable std::mutex mutex_;
    mutable std::condition_variable news_;
    // GUARDED_BY(mutex_)
    Selection wanted_;
    std::uint64_t revision_ = 1;
    std::optional<std::int64_t> seekFrame_; ///< not heard yet
    std::uint64_t seekRevision_ = 0;        ///< that asked for it
    Paused paused_;
    Selection playing_;
    std::uint64_t playingRevision_ = 1;
    std::optional<std::int64_t> changedAtFrame_;
    std::optional<Error> lastError_;
    bool isClosed_ = false;
    bool hasEnded_ = false;

    std::uint64_t lastTicket_ = 0;
    std::uint64_t listener_ = 0; ///< 0: nobody
    Timeline timeline_;
    std::optional<Pacer> pacer_; ///< of the listener, as of its last piece
    std::int64_t restFrame_;     ///< of the track, while nobody listens
    Clock::time_point lastUsed_{};
};

} // namespace segue::backend::live
