// The shared state of a session: short critical sections and one condition variable, between the
// connection threads of those who change it and that of its listener. The listener is told by
// ticket whether it is still the one; what an older one reports is dropped.
#include "backend/live/LiveSession.h"

#include <algorithm>
#include <utility>

namespace segue::backend::live {

LiveSession::LiveSession(Fixed fixed, Selection selection, std::int64_t startFrame, Paused paused)
    : fixed_(std::move(fixed)), format_(selection.spec.format), content_(selection.spec.content),
      numFrames_(selection.spec.numFrames), wanted_(selection), paused_(paused),
      playing_(std::move(selection)), restFrame_(startFrame) {}

LiveSession::Wish LiveSession::newest() const {
    std::lock_guard lock(mutex_);
    return {revision_, wanted_.settings};
}

bool LiveSession::change(const Wish& after, Selection selection,
                         std::optional<std::int64_t> seekFrame, std::optional<Paused> paused) {
    std::lock_guard lock(mutex_);
    if (revision_ != after.revision)
        return false;
    ++revision_;
    wanted_ = std::move(selection);
    paused_ = paused.value_or(paused_);
    if (seekFrame) {
        seekFrame_ = seekFrame;
        seekRevision_ = revision_;
        hasEnded_ = false;
    }
    if (!isListeningLocked()) { // nobody hears the old
        playing_ = wanted_;
        playingRevision_ = revision_;
        restFrame_ = std::exchange(seekFrame_, std::nullopt).value_or(restFrame_);
        lastError_.reset();
    }
    news_.notify_all();
    return true;
}

void LiveSession::noteError(Error error) {
    std::lock_guard lock(mutex_);
    lastError_ = std::move(error);
}

void LiveSession::close() {
    std::lock_guard lock(mutex_);
    isClosed_ = true;
    news_.notify_all();
}

std::int64_t LiveSession::heardFrameLocked(Clock::time_point now) const {
    return isListeningLocked() && pacer_ ? timeline_.trackFrameAt(pacer_->heard(now)) : restFrame_;
}

LiveSession::Status LiveSession::status(Clock::time_point now) const {
    std::lock_guard lock(mutex_);
    return {.revision = revision_,
            .playingRevision = playingRevision_,
            .settings = wanted_.settings,
            .playingSettings = playing_.settings,
            .planId = playing_.spec.planId,
            .isProvisional = playing_.isProvisional,
            .heardFrame = heardFrameLocked(now),
            .numFrames = numFrames_,
            .changedAtFrame = changedAtFrame_,
            .paused = paused_,
            .isListening = isListeningLocked(),
            .hasEnded = hasEnded_,
            .lastError = lastError_};
}

std::optional<Clock::time_point> LiveSession::idleSince() const {
    std::lock_guard lock(mutex_);
    if (isListeningLocked())
        return std::nullopt;
    return lastUsed_;
}

void LiveSession::touch(Clock::time_point now) {
    std::lock_guard lock(mutex_);
    lastUsed_ = now;
}

Result<LiveSession::Attached> LiveSession::attach(Clock::time_point now) {
    std::lock_guard lock(mutex_);
    if (isClosed_)
        return fail(ErrorCode::NotFound, "session: it has ended");
    restFrame_ = heardFrameLocked(now);
    if (seekFrame_)
        restFrame_ = *std::exchange(seekFrame_, std::nullopt);
    listener_ = ++lastTicket_;
    timeline_ = {};
    pacer_.reset();
    hasEnded_ = false;
    playing_ = wanted_;
    playingRevision_ = revision_;
    lastUsed_ = now;
    news_.notify_all(); // for whoever listened before
    return Attached{
        listener_,
        {.change = {.revision = revision_, .spec = wanted_.spec, .seekFrame = restFrame_},
         .paused = paused_,
         .selection = wanted_}};
}

LiveSession::Standing LiveSession::standing(std::uint64_t ticket) const {
    std::lock_guard lock(mutex_);
    if (isClosed_)
        return Standing::Closed;
    return listener_ == ticket ? Standing::Listening : Standing::TakenOver;
}

std::optional<LiveSession::Orders> LiveSession::takeOrders(std::uint64_t ticket,
                                                           std::uint64_t known) const {
    std::lock_guard lock(mutex_);
    if (listener_ != ticket || revision_ == known)
        return std::nullopt;
    return Orders{.change = {.revision = revision_, .spec = wanted_.spec, .seekFrame = seekFrame_},
                  .paused = paused_,
                  .selection = wanted_};
}

void LiveSession::waitForOrders(std::uint64_t ticket, std::uint64_t known,
                                Clock::time_point until) const {
    std::unique_lock lock(mutex_);
    news_.wait_until(lock, until,
                     [&] { return isClosed_ || listener_ != ticket || revision_ != known; });
}

void LiveSession::reportPiece(std::uint64_t ticket, const Pacer& pacer,
                              const LivePlayback::Piece& piece, Clock::time_point now) {
    using Kind = LivePlayback::Piece::Kind;
    std::lock_guard lock(mutex_);
    if (listener_ != ticket)
        return;
    timeline_.forgetBefore(pacer.heard(now));
    timeline_.append(pacer.framesSent(), piece.trackFrame,
                     piece.kind == Kind::Audio ? Timeline::Moves::Yes : Timeline::Moves::No);
    pacer_ = pacer;
    pacer_->sent(piece.frames);
    hasEnded_ = piece.kind == Kind::End;
}

void LiveSession::reportChange(std::uint64_t ticket, const Orders& heard, std::int64_t trackFrame) {
    std::lock_guard lock(mutex_);
    if (listener_ != ticket)
        return;
    if (heard.change.seekFrame || heard.selection.spec.planId != playing_.spec.planId)
        changedAtFrame_ = trackFrame;
    playing_ = heard.selection;
    playingRevision_ = heard.change.revision;
    lastError_.reset();
    if (seekRevision_ <= heard.change.revision)
        seekFrame_.reset();
}

void LiveSession::reportFailure(std::uint64_t ticket, std::uint64_t revision, Error error) {
    std::lock_guard lock(mutex_);
    if (listener_ != ticket)
        return;
    lastError_ = std::move(error);
    if (revision_ != revision)
        return; // another one is on its way
    wanted_ = playing_;
    seekFrame_.reset();
}

void LiveSession::detach(std::uint64_t ticket, Clock::time_point now) {
    std::lock_guard lock(mutex_);
    if (listener_ != ticket)
        return;
    restFrame_ = hasEnded_ ? numFrames_ : heardFrameLocked(now);
    if (seekFrame_)
        restFrame_ = *std::exchange(seekFrame_, std::nullopt);
    listener_ = 0;
    playing_ = wanted_;
    playingRevision_ = revision_;
    lastUsed_ = now;
}

} // namespace segue::backend::live
