// The leases that keep a playback's plan over a restart. A lease that could not be written costs a
// change of plan after a restart, so a failure is a line in the log.
#include "backend/LeaseWriter.h"

#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "backend/ThreadName.h"
#include "processing/analysis/TrackAnalysis.h"

namespace segue::backend {

LeaseWriter::LeaseWriter(library::Library& library)
    : library_(library), thread_([this] { work(); }) {}

LeaseWriter::~LeaseWriter() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void LeaseWriter::put(const Hash128& content, const library::PlanLease& lease) {
    {
        std::lock_guard lock(mutex_);
        waiting_.insert_or_assign(content, lease);
    }
    changed_.notify_one();
}

void LeaseWriter::work() {
    nameThisThread("segue-lease");
    std::unique_lock lock(mutex_);
    for (;;) {
        changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
        if (waiting_.empty())
            return;
        const Leases leases = std::exchange(waiting_, {});
        lock.unlock();
        try {
            write(leases);
        } catch (const std::exception& exception) {
            spdlog::error("write leases: {}", exception.what());
        }
        lock.lock();
    }
}

void LeaseWriter::write(const Leases& leases) {
    for (const auto& [content, lease] : leases)
        if (const auto written = library_.putPlanLease(content, analysis::kAnalysisVersion, lease);
            !written)
            spdlog::warn("keep the plan of {} over a restart: {}", content.hex(),
                         written.error().message);
}

} // namespace segue::backend
