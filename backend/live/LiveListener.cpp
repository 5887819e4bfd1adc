// The listener of a session, on its connection's thread: looks for orders, sends what is due,
// and spends the time between in waiting for the frames of a change, or for the next order. While
// a change is prepared it sends less ahead, so that the change is heard sooner. Never
// waits longer than kSlice, so that it ends when the client, the session or the server does.
#include "backend/live/LiveListener.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include "processing/encode/WavHeader.h"

namespace segue::backend::live {

namespace {

using namespace std::chrono_literals;

/// What is sent at once: small against the lead, and some 50 sends a second.
constexpr auto kStep = 20ms;
/// What may go out in one piece when more is due, at the beginning and after a stall.
constexpr int kMostSteps = 5;
constexpr auto kSlice = 50ms;
constexpr auto kShortWait = 5ms;
/// For the first frames.
constexpr auto kPatience = 30s;
/// Keeps the plan of a long playback leased.
constexpr auto kSignInterval = 1min;

} // namespace

LiveListener::LiveListener(std::shared_ptr<LiveSession> session,
                           const LiveSession::Attached& attached, const ChunkProvider& provider,
                           AnalysisStore& analyses, Metrics& metrics,
                           const http::Liveness& liveness)
    : session_(std::move(session)), ticket_(attached.ticket), analyses_(analyses),
      liveness_(liveness), active_(metrics), orders_(attached.orders),
      heardRevision_(orders_.change.revision), playback_(provider, orders_.change, orders_.paused),
      pacer_(session_->format().sampleRateHz, session_->fixed().lead),
      stepFrames_(session_->format().sampleRateHz * kStep / 1s),
      nextSign_(Clock::now() + kSignInterval) {}

LiveListener::~LiveListener() {
    session_->detach(ticket_, Clock::now());
    analyses_.stillPlaying(session_->content());
}

void LiveListener::followOrders() {
    if (auto orders = session_->takeOrders(ticket_, orders_.change.revision)) {
        orders_ = std::move(*orders);
        playback_.setPaused(orders_.paused);
        playback_.changeTo(orders_.change);
    }
}

ReadLimits LiveListener::until(Clock::time_point deadline) const {
    return {.deadline = deadline,
            .stillWanted = [this] { return !liveness_.ended(); },
            .whenFull = ReadLimits::WhenFull::WaitForRoom,
            .client = liveness_.client()};
}

Result<LivePlayback::Piece> LiveListener::produce(std::int64_t mostFrames,
                                                  Clock::time_point deadline) {
    auto piece = playback_.produce(mostFrames, until(deadline));
    if (auto failed = playback_.takeFailure()) {
        spdlog::info("session of track {}: change given up: {}", session_->fixed().trackId,
                     failed->second.message);
        session_->reportFailure(ticket_, failed->first, std::move(failed->second));
    }
    if (!piece)
        return piece;
    if (heardRevision_ != playback_.revision()) {
        // What is prepared is always what was ordered last.
        heardRevision_ = playback_.revision();
        session_->reportChange(ticket_, orders_, piece->trackFrame);
    }
    if (piece->kind != LivePlayback::Piece::Kind::None) {
        session_->reportPiece(ticket_, pacer_, *piece, Clock::now());
        pacer_.sent(piece->frames);
    }
    return piece;
}

Result<void> LiveListener::prime() {
    const auto giveUpAt = Clock::now() + kPatience;
    first_ = encode::openWavHeader(session_->format());
    for (;;) {
        const auto now = Clock::now();
        if (liveness_.ended() || session_->standing(ticket_) != LiveSession::Standing::Listening)
            return fail(ErrorCode::Cancelled, "session: somebody else listens, or nobody");
        if (now >= giveUpAt)
            return fail(ErrorCode::Timeout, "session: the first frames were not ready in time");
        followOrders();
        pacer_.due(now); // time runs from the first frame on
        const auto piece = produce(stepFrames_, now + kSlice);
        if (!piece)
            return fail(piece.error());
        if (piece->kind == LivePlayback::Piece::Kind::None)
            continue;
        first_.insert(first_.end(), piece->bytes.begin(), piece->bytes.end());
        hasEnded_ = piece->kind == LivePlayback::Piece::Kind::End;
        return {};
    }
}

void LiveListener::keepLease(Clock::time_point now) {
    if (now < nextSign_)
        return;
    nextSign_ = now + kSignInterval;
    analyses_.stillPlaying(session_->content());
}

LiveListener::Next LiveListener::next(std::span<const std::byte>& bytes) {
    using Kind = LivePlayback::Piece::Kind;
    if (!first_.empty()) {
        sending_ = std::exchange(first_, {});
        bytes = sending_;
        return Next::Bytes;
    }
    while (!hasEnded_) {
        const auto standing = session_->standing(ticket_);
        if (liveness_.ended() || standing == LiveSession::Standing::TakenOver)
            return Next::Gone;
        if (standing == LiveSession::Standing::Closed)
            break;
        followOrders();
        const auto now = Clock::now();
        keepLease(now);
        // What is held back of the old stream while a change is prepared need not be heard first.
        const bool isPreparing = playback_.prepare(until(now));
        const auto lead = isPreparing ? Pacer::Lead::Short : Pacer::Lead::Whole;
        const std::int64_t due = pacer_.due(now, lead);
        auto wait = pacer_.whenDue(stepFrames_, lead);
        if (due >= stepFrames_) {
            // What plays must not hold up what is being prepared.
            const auto piece =
                produce(std::min(due, kMostSteps * stepFrames_), isPreparing ? now : now + kSlice);
            if (!piece) {
                if (!liveness_.ended())
                    spdlog::warn("session of track {}: breaks off: {}", session_->fixed().trackId,
                                 piece.error().message);
                session_->noteError(piece.error());
                return Next::Gone;
            }
            hasEnded_ = piece->kind == Kind::End;
            if (piece->kind != Kind::None && !hasEnded_) {
                bytes = piece->bytes;
                return Next::Bytes;
            }
            wait = now + kShortWait; // it has run dry
        }
        if (!hasEnded_ && !playback_.prepare(until(wait)))
            session_->waitForOrders(ticket_, orders_.change.revision, std::min(wait, now + kSlice));
    }
    return Next::Done;
}

} // namespace segue::backend::live
