// The join between streams, on the connection's thread of a session's listener. Two cursors at
// most: the one that plays, and the one that a change has asked for, which first catches up with
// the place that plays and then is faded to. Nothing here knows of sessions or sockets.
#include "backend/live/LivePlayback.h"

#include <algorithm>
#include <chrono>

#include "backend/live/Crossfade.h"
#include "processing/encode/PcmQuantizer.h"

namespace segue::backend::live {

namespace {

/// For frames that do not come; far beyond any render.
constexpr auto kPatience = std::chrono::seconds(30);
/// Played without another change, a stream is one that stays: only then is it rendered ahead, so
/// that somebody who tries one setting after the other does not have minutes of each rendered.
constexpr int kSettlesInFractionOfSecond = 2;

std::int64_t framesOf(double seconds, int rateHz) {
    return static_cast<std::int64_t>(seconds * rateHz);
}

ReadLimits withDeadline(ReadLimits limits, Clock::time_point deadline) {
    limits.deadline = deadline;
    return limits;
}

} // namespace

LivePlayback::LivePlayback(const ChunkProvider& provider, const Change& change, Paused paused)
    : provider_(provider), format_(change.spec.format),
      fadeFrames_(framesOf(kFadeSeconds, format_.sampleRateHz)),
      pauseFrames_(framesOf(kPauseFadeSeconds, format_.sampleRateHz)),
      current_(std::make_unique<PcmCursor>(provider, change.spec, change.seekFrame.value_or(0))),
      fadedFrames_(fadeFrames_), revision_(change.revision), paused_(paused),
      level_(paused == Paused::Yes ? 0 : pauseFrames_) {
    current_->setAhead(EnhancedStream::Ahead::No);
}

void LivePlayback::changeTo(const Change& change) {
    if (next_ && next_->spec().planId == change.spec.planId && nextSeekFrame_ == change.seekFrame) {
        nextRevision_ = change.revision; // it is on its way already
        return;
    }
    next_.reset();
    if (!change.seekFrame && change.spec.planId == spec().planId && !broken_) {
        revision_ = change.revision;
        return;
    }
    nextSeekFrame_ = change.seekFrame;
    next_ = std::make_unique<PcmCursor>(provider_, change.spec,
                                        change.seekFrame.value_or(current_->frame()));
    next_->setAhead(EnhancedStream::Ahead::No);
    current_->setAhead(EnhancedStream::Ahead::No);
    nextHeld_ = 0;
    nextRevision_ = change.revision;
    giveUpAt_ = Clock::now() + kPatience;
}

bool LivePlayback::prepare(const ReadLimits& limits) {
    if (!next_)
        return false;
    if (!nextSeekFrame_)
        next_->skipTo(current_->frame());
    auto held = next_->fill(fadeFrames_, limits);
    if (!held)
        giveUp(std::move(held.error()));
    else if (nextHeld_ = *held; !isNextReady() && Clock::now() >= giveUpAt_)
        giveUp({ErrorCode::Timeout,
                "'" + spec().path.string() + "': the change was not ready in time"});
    return next_ && !isNextReady();
}

bool LivePlayback::isNextReady() const noexcept {
    return next_ && nextHeld_ == std::min(fadeFrames_, next_->framesLeft());
}

void LivePlayback::giveUp(Error error) {
    next_.reset();
    failure_.emplace(nextRevision_, std::move(error));
}

std::optional<std::pair<std::uint64_t, Error>> LivePlayback::takeFailure() {
    return std::exchange(failure_, std::nullopt);
}

void LivePlayback::goOver() {
    const bool hasRunDry = broken_ || dryUntil_;
    from_ = hasRunDry || isSilent() ? nullptr : std::move(current_);
    current_ = std::move(next_);
    fadedFrames_ = isSilent() ? fadeFrames_ : 0;
    settledFrames_ = 0;
    revision_ = nextRevision_;
    broken_.reset();
    dryUntil_.reset();
}

Result<LivePlayback::Piece> LivePlayback::produce(std::int64_t mostFrames,
                                                  const ReadLimits& limits) {
    prepare(withDeadline(limits, Clock::now()));
    if (isSilent()) { // nobody hears the rest of a fade
        from_.reset();
        fadedFrames_ = fadeFrames_;
    }
    if (isNextReady() && !isFading())
        goOver();
    if (isSilent())
        return silence(mostFrames);
    if (broken_)
        return nothing({});
    return playOn(mostFrames, limits);
}

Result<LivePlayback::Piece> LivePlayback::nothing(std::optional<Error> error) {
    if (error)
        broken_ = std::move(error);
    if (broken_ && !next_)
        return fail(*broken_);
    return Piece{};
}

Result<std::int64_t> LivePlayback::fillBoth(std::int64_t frames, const ReadLimits& limits) {
    auto held = current_->fill(frames, limits);
    if (!held || !isFading() || !from_)
        return held;
    const auto alsoHeld = from_->fill(frames, limits);
    if (!alsoHeld) {
        from_.reset(); // it was going anyway
        return held;
    }
    const std::int64_t needed = std::min(frames, from_->framesLeft());
    return *alsoHeld < needed ? std::min(*held, *alsoHeld) : *held;
}

Result<LivePlayback::Piece> LivePlayback::playOn(std::int64_t mostFrames,
                                                 const ReadLimits& limits) {
    std::int64_t frames = std::min(mostFrames, current_->framesLeft());
    if (frames == 0)
        return next_ ? Piece{} : Piece{.kind = Piece::Kind::End, .trackFrame = current_->frame()};
    if (isFading())
        frames = std::min(frames, fadeFrames_ - fadedFrames_);
    if (!isLevel())
        frames = std::min(frames, paused_ == Paused::Yes ? level_ : pauseFrames_ - level_);
    const auto held = fillBoth(frames, limits);
    if (!held)
        return nothing(held.error());
    if (*held == 0) {
        if (!dryUntil_)
            dryUntil_ = Clock::now() + kPatience;
        if (Clock::now() < *dryUntil_)
            return Piece{};
        return nothing(Error{ErrorCode::Timeout,
                             "'" + spec().path.string() + "': the stream did not go on in time"});
    }
    dryUntil_.reset();
    frames = *held;
    settledFrames_ += frames;
    const bool stays =
        !next_ && settledFrames_ * kSettlesInFractionOfSecond >= format_.sampleRateHz;
    current_->setAhead(stays ? EnhancedStream::Ahead::Yes : EnhancedStream::Ahead::No);
    return mix(frames);
}

LivePlayback::Piece LivePlayback::mix(std::int64_t frames) {
    const auto pcm = current_->peek(frames);
    Piece piece{.kind = Piece::Kind::Audio, .frames = frames, .trackFrame = current_->frame()};
    bytes_.resize(pcm.size());
    piece.bytes = bytes_;
    if (!isFading() && isLevel()) {
        std::copy(pcm.begin(), pcm.end(), bytes_.begin());
        current_->drop(frames);
        return piece;
    }
    mixed_.resize(format_.numChannels, frames);
    decodePcm(pcm, format_.pcm, mixed_.block());
    if (isFading()) {
        other_.resize(format_.numChannels, frames); // silence where there is nothing to fade from
        if (from_) {
            const std::int64_t left = std::min(frames, from_->framesLeft());
            decodePcm(from_->peek(left), format_.pcm, other_.block(left));
            from_->drop(left);
        }
        crossfade(mixed_.block(), other_.block(), fadedFrames_, fadeFrames_);
        fadedFrames_ += frames;
        if (!isFading())
            from_.reset();
    }
    if (!isLevel()) {
        const int step = paused_ == Paused::Yes ? -1 : 1;
        ramp(mixed_.block(), level_, step, pauseFrames_);
        level_ += step * frames;
    }
    encode::quantize(mixed_.block(), piece.trackFrame, format_.pcm, encode::Dither::No,
                     bytes_.data());
    current_->drop(frames);
    return piece;
}

LivePlayback::Piece LivePlayback::silence(std::int64_t frames) {
    bytes_.assign(static_cast<std::size_t>(frames * format_.bytesPerFrame()), std::byte{0});
    return {Piece::Kind::Silence, frames, current_->frame(), bytes_};
}

} // namespace segue::backend::live
