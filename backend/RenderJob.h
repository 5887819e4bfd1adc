#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backend/InFlightChunk.h"
#include "backend/RenderTask.h"

namespace segue::backend {

/// One chunk that is to be rendered or is being rendered, for everybody who asked. A part of
/// RenderScheduler, which runs it, and of RenderPolicy, which says when.
/// @thread under the scheduler's mutex, but for `task`, which is const while it runs, `chunk`, and
/// what is atomic
struct RenderJob {
    enum class Stage {
        Queued,
        Running,
        Still, ///< it has begun, and waits until it may go on
        Done,
    };
    /// What a party lacks.
    enum class Need {
        Nothing,
        More,     ///< it was served before
        Anything, ///< it has been silent since it asked
    };
    struct Party {
        std::uint64_t id;
        RenderClass renderClass;
        Clock::time_point deadline;
        std::string client;
        Need need = needOf(renderClass);

        static Need needOf(RenderClass renderClass) {
            return renderClass == RenderClass::Blocked ? Need::Anything : Need::Nothing;
        }
        /// It asks for something else from now on. As Blocked: it waits for more.
        void hurry(RenderClass newClass, Clock::time_point newDeadline);
    };

    /// For its first party.
    RenderJob(RenderTask task, Party first, std::uint64_t sequence);

    void served(std::uint64_t party, Clock::time_point now);
    /// Goes by the most urgent of its parties; stays as it is where there is none.
    void followParties();
    /// Until when who began to listen then has audio.
    Clock::time_point suppliedUntil() const;

    RenderTask task;
    InFlightChunk chunk;
    std::atomic<bool> cancel{false};
    std::atomic<bool> complete{false};    ///< rendered; only publishing is left
    std::atomic<std::int64_t> written{0}; ///< payload bytes

    Stage stage = Stage::Queued;
    RenderClass renderClass;    ///< of its most urgent party
    Need need;                  ///< the greatest of its parties'
    Clock::time_point deadline; ///< of its most urgent party
    std::string client;         ///< of its most urgent party
    std::uint64_t sequence;     ///< in which the jobs came
    std::vector<Party> parties;
    std::condition_variable mayGoOn;
    Clock::time_point chargedUntil; ///< while it runs
    double seconds = 0;             ///< that it has run
    std::int64_t servedBytes = -1;  ///< written when a reader last had its first bytes
    Clock::time_point servedAt;
};

using RenderJobs = std::vector<std::shared_ptr<RenderJob>>;

} // namespace segue::backend
