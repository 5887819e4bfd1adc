#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "library/Library.h"
#include "processing/types/Hash.h"

namespace segue::backend {

/// Writes leases to the library on a thread of its own, so that no stream waits for a database that
/// is busy with a scan. Of one content only the newest waits.
/// @thread put() from any thread
class LeaseWriter {
  public:
    /// @param library  outlives the writer
    explicit LeaseWriter(library::Library& library);
    /// Writes what waits.
    ~LeaseWriter();
    LeaseWriter(const LeaseWriter&) = delete;
    LeaseWriter& operator=(const LeaseWriter&) = delete;

    void put(const Hash128& content, const library::PlanLease& lease);

  private:
    using Leases = std::unordered_map<Hash128, library::PlanLease, Hash128Hasher>;
    void work();
    void write(const Leases& leases);

    library::Library& library_;
    std::mutex mutex_;
    std::condition_variable changed_;
    // GUARDED_BY(mutex_)
    Leases waiting_;
    bool stopping_ = false;
    std::thread thread_; ///< begins last, when the rest is there
};

} // namespace segue::backend
