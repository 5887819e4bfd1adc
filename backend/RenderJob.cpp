// What a render knows of those who wait for it. Nothing here decides or waits; the scheduler holds
// its mutex around every call.
#include "backend/RenderJob.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace segue::backend {

std::string_view nameOf(RenderClass renderClass) noexcept {
    switch (renderClass) {
    case RenderClass::Blocked:
        return "blocked";
    case RenderClass::Ahead:
        return "ahead";
    case RenderClass::Prewarm:
        return "prewarm";
    case RenderClass::Batch:
        break;
    }
    return "batch";
}

void RenderJob::Party::hurry(RenderClass newClass, Clock::time_point newDeadline) {
    const bool wasBlocked = renderClass == RenderClass::Blocked;
    const Need newNeed = needOf(newClass);
    need = wasBlocked && newNeed != Need::Nothing ? std::max(need, Need::More) : newNeed;
    renderClass = newClass;
    deadline = newDeadline;
}

RenderJob::RenderJob(RenderTask given, Party first, std::uint64_t number)
    : task(std::move(given)), renderClass(first.renderClass), need(first.need),
      deadline(first.deadline), client(first.client), sequence(number) {
    parties.push_back(std::move(first));
}

void RenderJob::served(std::uint64_t party, Clock::time_point now) {
    for (Party& p : parties) {
        if (p.id != party)
            continue;
        if (p.need == Need::Anything) {
            servedBytes = written;
            servedAt = now;
        }
        p.need = Need::Nothing;
    }
}

void RenderJob::followParties() {
    need = Need::Nothing;
    for (const Party& party : parties)
        need = std::max(need, party.need);
    const auto best =
        std::min_element(parties.begin(), parties.end(), [](const Party& a, const Party& b) {
            return std::tie(a.renderClass, a.deadline) < std::tie(b.renderClass, b.deadline);
        });
    if (best == parties.end())
        return;
    renderClass = best->renderClass;
    deadline = best->deadline;
    client = best->client;
}

Clock::time_point RenderJob::suppliedUntil() const {
    if (servedBytes < 0 || task.payloadBytes <= 0)
        return servedAt;
    const double part =
        static_cast<double>(written - servedBytes) / static_cast<double>(task.payloadBytes);
    return servedAt + std::chrono::duration_cast<Clock::duration>(
                          std::chrono::duration<double>(part * task.audioSeconds));
}

} // namespace segue::backend
