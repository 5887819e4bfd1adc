// The sessions of the server. Idle ones are forgotten whenever somebody asks for one; they hold
// nothing but a few kilobytes, so no thread needs to look for them.
#include "backend/live/LiveSessions.h"

#include <array>
#include <cerrno>
#include <utility>

#include <sys/random.h>

namespace segue::backend::live {

namespace {

Result<std::string> newId() {
    std::array<unsigned char, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return fail(errnoError("session: no random numbers", errno));
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string id;
    for (const unsigned byte : bytes) {
        id += kDigits[byte >> 4];
        id += kDigits[byte & 15U];
    }
    return id;
}

tl::unexpected<Error> unknown() {
    return fail(ErrorCode::NotFound, "session: there is none of this id, or it has ended");
}

} // namespace

void LiveSessions::forgetIdleLocked(Clock::time_point now) {
    std::erase_if(sessions_, [&](const auto& entry) {
        const auto since = entry.second->idleSince();
        return since && now - *since >= limits_.idle;
    });
}

Result<std::shared_ptr<LiveSession>> LiveSessions::begin(LiveSession::Fixed fixed,
                                                         Selection selection,
                                                         std::int64_t startFrame,
                                                         LiveSession::Paused paused) {
    auto id = newId();
    if (!id)
        return fail(std::move(id.error()));
    fixed.id = std::move(*id);
    auto session =
        std::make_shared<LiveSession>(std::move(fixed), std::move(selection), startFrame, paused);
    const auto now = limits_.now();
    session->touch(now);
    std::lock_guard lock(mutex_);
    forgetIdleLocked(now);
    if (sessions_.size() >= limits_.most)
        return fail(ErrorCode::Busy, "session: there are " + std::to_string(limits_.most) +
                                         " already; end one, or wait until one has expired");
    sessions_.emplace(session->fixed().id, session);
    return session;
}

Result<std::shared_ptr<LiveSession>> LiveSessions::find(const std::string& id) {
    const auto now = limits_.now();
    std::lock_guard lock(mutex_);
    forgetIdleLocked(now);
    const auto it = sessions_.find(id);
    if (it == sessions_.end())
        return unknown();
    it->second->touch(now);
    return it->second;
}

Result<void> LiveSessions::end(const std::string& id) {
    std::shared_ptr<LiveSession> session;
    {
        std::lock_guard lock(mutex_);
        const auto it = sessions_.find(id);
        if (it == sessions_.end())
            return unknown();
        session = std::move(it->second);
        sessions_.erase(it);
    }
    session->close();
    return {};
}

} // namespace segue::backend::live
