#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <vector>

#include "backend/DataFolder.h"
#include "backend/Prewarmer.h"
#include "processing/types/Error.h"

namespace segue::backend {

/// What pre-warming needs, opened by a command where no server runs: library, cache, engine. The
/// bytes are those that a server with the same defaults asks for. A server may start meanwhile; the
/// two share library and cache.
/// @thread one owner
class LocalPrewarmer {
  public:
    struct Options {
        std::vector<std::filesystem::path> roots;
        StreamDefaults defaults;
        int jobs = 1;
    };
    /// @errors those of Library::open
    static Result<std::unique_ptr<LocalPrewarmer>> open(DataFolder folder, const Options& options);
    ~LocalPrewarmer();

    /// Has the library know its files. One that is being scanned by another process is fine.
    Result<void> scan(const std::atomic<bool>& cancel);
    /// As Prewarmer::run. @errors those of Prewarmer::check
    Result<PrewarmProgress> run(const PrewarmRequest& request, const Prewarmer::Report& report,
                                std::stop_token stop);

  private:
    struct Parts;
    explicit LocalPrewarmer(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace segue::backend
