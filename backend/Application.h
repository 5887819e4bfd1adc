#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/PrewarmJobs.h"
#include "backend/Routes.h"
#include "backend/StreamParameters.h"
#include "backend/http/HttpServer.h"
#include "library/Watcher.h"
#include "processing/types/Error.h"

namespace segue::backend {

struct ApplicationOptions {
    std::vector<std::filesystem::path> roots; ///< music folders
    std::filesystem::path data;               ///< made if it is not there
    std::filesystem::path webRoot;            ///< the web player's files
    int workers = 0;                          ///< render threads; 0: one per core
    std::int64_t cacheBytes = std::int64_t{1} << 30;
    StreamDefaults defaults; ///< its preset must be there
    std::optional<PrewarmSchedule> prewarm = {};
    library::Watcher::Watching watch = library::Watcher::Watching::Yes;
    std::chrono::minutes rescanEvery{0};  ///< 0: only where changes cannot be watched
    std::filesystem::path enhanceTo = {}; ///< where enhanced files go; empty: into the data folder
    http::ServerOptions http;
};

/// The whole server: opens a data folder, puts the parts together, serves until it is stopped.
/// Only one at a time uses a data folder.
/// @thread one owner; the parts have threads of their own
class Application {
  public:
    /// Opens everything; listens to nothing yet.
    /// @errors Busy (another one uses the data folder), InvalidArgument (enhanceTo holds a music
    /// folder), NotFound (the default
    /// preset), Io, Corrupt, NoSpace, Unsupported
    static Result<std::unique_ptr<Application>> open(const ApplicationOptions& options);
    /// As stop().
    ~Application();

    /// Listens, begins a scan in the background and to watch the folders. @return the port
    Result<int> start();
    /// Ends every stream, render and scan and returns when all threads are done, within about a
    /// second whatever clients do. May be called twice.
    void stop();

    /// What the API consists of, for whoever compares it with its description.
    std::vector<std::pair<std::string, std::string>> methodsAndPatterns() const;

  private:
    struct Parts;
    explicit Application(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

} // namespace segue::backend
