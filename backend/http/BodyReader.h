#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include <tl/expected.hpp>

#include "backend/http/Problem.h"
#include "backend/http/RequestHead.h"
#include "backend/http/Socket.h"
#include "processing/types/Error.h"

namespace segue::http {

struct BodyLimits {
    std::uint64_t maxBytes = 0;
    std::chrono::milliseconds timeout{};
    /// 0: `timeout` is for the whole body. Else it is for a silence, and besides so much must come
    /// on the average.
    std::int64_t leastBytesPerSecond = 0;
};

/// Why a body did not come whole: the client was silent or has left, or has sent what cannot be
/// taken, or whoever takes it has failed.
using BodyFailure = std::variant<Socket::Outcome, Problem, Error>;

/// Reads the body that `head` announces, after a 100 (Continue) where one is expected, in little
/// memory however long it is.
///
/// @param input  what was received after the header; then what follows the body
/// @param take  called with one piece after the other; its error ends the reading
/// @thread a connection's; blocks within the limits
tl::expected<void, BodyFailure> readBody(const RequestHead& head, const Socket& socket,
                                         std::string& input, const BodyLimits& limits,
                                         const std::function<Result<void>(std::string_view)>& take);

} // namespace segue::http
