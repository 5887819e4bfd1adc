#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <httplib.h>

#include "backend/http/Liveness.h"
#include "backend/http/RequestContext.h"
#include "processing/types/Error.h"

namespace segue::http {

/// A representation of known length whose bytes can be had from any position.
struct RangedResource {
    /// Fills the front of `out` from byte `offset` on, offset + out.size() <= length. May block,
    /// and then polls the Liveness.
    /// @return  bytes written, at least one: as soon as some are there, since the client waits
    /// @errors  any; before the first byte was sent the client gets a problem, afterwards a
    /// connection that closes short of Content-Length
    using Read = std::function<Result<std::size_t>(std::int64_t offset, std::span<std::byte> out,
                                                   const Liveness& liveness)>;

    std::int64_t length = 0;
    std::string contentType;
    /// Strong, with its quotes; "" for none.
    std::string etag;
    std::optional<std::chrono::sys_seconds> lastModified;
    std::string cacheControl = "no-cache";
    /// Further headers of 200, 206 and 304 answers.
    std::vector<std::pair<std::string, std::string>> headers;
    Read read;
};

/// Answers a GET or HEAD with the resource or the range of it that was asked for: 200, 206, 304,
/// 412 or 416.
///
/// The first bytes are read before the headers go out, so that a resource that fails at once gives
/// a problem and not half an answer. `read` is called on the connection's thread and is destroyed
/// when the response ends, however it ends.
void serveRanged(const RequestContext& ctx, httplib::Response& res, RangedResource resource);

} // namespace segue::http
