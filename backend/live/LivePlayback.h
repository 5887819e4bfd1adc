#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "backend/live/PcmCursor.h"
#include "processing/types/Audio.h"

namespace segue::backend::live {

/// Another stream to go over to.
struct Change {
    std::uint64_t revision = 0; ///< the caller's name for it
    StreamSpec spec;            ///< of the format that is playing
    /// Where to go on in the track; without it there is no jump.
    std::optional<std::int64_t> seekFrame;
};

/// What a listener hears: one stream after the other, joined by crossfades.
///
/// The stream that plays goes on until the next one's frames are there, then both are crossfaded
/// over kFadeSeconds: frame n of one with frame n of the other, or with the frame that a seek leads
/// to. Outside of fades the bytes are those of the streams. A pause fades out, gives zeros and goes
/// on with the frame after the last one that was heard. It knows no clock but for giving up.
/// @thread one at a time; never renders, waits no longer than it is told
class LivePlayback {
  public:
    static constexpr double kFadeSeconds = 0.05;
    static constexpr double kPauseFadeSeconds = 0.02;

    enum class Paused { No, Yes };
    /// @param provider  outlives it  @param change  what to begin with; seekFrame says where
    LivePlayback(const ChunkProvider& provider, const Change& change, Paused paused);

    /// Lets go of a change that is not heard yet and prepares this one, unless it is what plays.
    void changeTo(const Change& change);
    void setPaused(Paused paused) noexcept { paused_ = paused; }

    /// Waits for the frames that a change needs. @return whether it needs more
    bool prepare(const ReadLimits& limits);

    struct Piece {
        enum class Kind {
            None, ///< nothing in time
            Audio,
            Silence, ///< of a pause: the track stands still
            End,     ///< of the track
        };
        Kind kind = Kind::None;
        std::int64_t frames = 0;
        std::int64_t trackFrame = 0;        ///< of the first one; in a fade, of the newer stream
        std::span<const std::byte> bytes{}; ///< valid until the next call
    };
    /// The next frames, at most `mostFrames`, as many as are there at the deadline.
    /// @errors those of EnhancedStream::read: what plays cannot go on, and nothing else comes
    Result<Piece> produce(std::int64_t mostFrames, const ReadLimits& limits);

    /// The change that is heard, or was heard last.
    std::uint64_t revision() const noexcept { return revision_; }
    const StreamSpec& spec() const noexcept { return current_->spec(); }
    /// A change that came to nothing, once.
    std::optional<std::pair<std::uint64_t, Error>> takeFailure();

  private:
    bool isFading() const noexcept { return fadedFrames_ < fadeFrames_; }
    bool isSilent() const noexcept { return paused_ == Paused::Yes && level_ == 0; }
    bool isLevel() const noexcept { return level_ == (paused_ == Paused::Yes ? 0 : pauseFrames_); }
    bool isNextReady() const noexcept;
    void goOver();
    void giveUp(Error error);
    Result<std::int64_t> fillBoth(std::int64_t frames, const ReadLimits& limits);
    Result<Piece> playOn(std::int64_t mostFrames, const ReadLimits& limits);
    Result<Piece> nothing(std::optional<Error> error);
    Piece mix(std::int64_t frames);
    Piece silence(std::int64_t frames);

    const ChunkProvider& provider_;
    const encode::StreamFormat format_;
    const std::int64_t fadeFrames_;
    const std::int64_t pauseFrames_;

    std::unique_ptr<PcmCursor> from_;    ///< in a fade, what goes; null: silence
    std::unique_ptr<PcmCursor> current_; ///< what plays, or is coming in
    std::unique_ptr<PcmCursor> next_;    ///< what is being prepared; null: nothing
    std::int64_t fadedFrames_;           ///< fadeFrames_ outside of fades
    std::int64_t settledFrames_ = 0;     ///< played since the last change
    std::uint64_t revision_;

    std::optional<std::int64_t> nextSeekFrame_; ///< next_ has a place of its own
    std::int64_t nextHeld_ = 0;                 ///< its frames that are there
    std::uint64_t nextRevision_ = 0;
    Clock::time_point giveUpAt_; ///< preparing next_

    std::optional<Clock::time_point> dryUntil_; ///< nothing has come for a while; when to give up
    std::optional<Error> broken_;               ///< why current_ gives nothing any more
    std::optional<std::pair<std::uint64_t, Error>> failure_;

    Paused paused_;
    std::int64_t level_; ///< of the pause's fade, 0 .. pauseFrames_

    std::vector<std::byte> bytes_;
    AudioBuffer mixed_, other_;
};

} // namespace segue::backend::live
