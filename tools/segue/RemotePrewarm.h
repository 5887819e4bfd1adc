#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "backend/PrewarmRequest.h"
#include "backend/Prewarmer.h"
#include "processing/types/Error.h"

namespace segue::tools {

/// What GET /api/prewarm/{id} says. @errors Corrupt
Result<backend::PrewarmProgress> parsePrewarmProgress(const std::string& text);

/// Has a running server pre-warm, and waits for the end; a cancel ends it there too.
/// @param address  "http://127.0.0.1:8080"
/// @errors InvalidArgument (the server says that the request is wrong), Io (it says that something
/// else is, or does not answer)
Result<backend::PrewarmProgress>
prewarmRemotely(const std::string& address, const backend::PrewarmRequest& request,
                const std::function<void(const backend::PrewarmProgress&)>& report,
                const std::atomic<bool>& cancel);

} // namespace segue::tools
