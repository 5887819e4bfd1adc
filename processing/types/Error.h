#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace segue {

/// What kind of thing went wrong. One function of the backend maps a code to an HTTP status.
enum class ErrorCode {
    InvalidArgument, ///< the caller asked for something that has no meaning
    NotFound,        ///< no such track, file, row
    Unsupported,     ///< a format or feature that Segue does not read
    Corrupt,         ///< bytes that contradict themselves
    Changed,         ///< the source file is no longer the one that was asked for
    Io,              ///< the operating system refused a read or write
    NoSpace,         ///< the disk is full or over quota
    Busy,            ///< a bounded queue is full; try again later
    Cancelled,       ///< nobody waits for the result any more
    Timeout,         ///< a deadline passed
    Internal,        ///< a bug, reported instead of hidden
};

/// Stable lower-case name, e.g. "not-found"; part of the API's problem types.
std::string_view nameOf(ErrorCode code) noexcept;

/// A failure with a message that says what failed, on what, and where:
/// `decode 'a.flac' at frame 8192: bad CRC`.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message;
    int retryAfterSeconds = 0; ///< of Busy: when it may be worth another try; 0: not known
};

/// A value or an Error. A miss or "not ready yet" is a value, not an Error.
template <typename T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::Io, "...")` from any function that returns a Result.
inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message), 0});
}

/// Passes an Error on unchanged.
inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

/// The text and code of `errno` as an Error: `what: No space left on device`.
Error errnoError(std::string what, int errnoValue);

} // namespace segue
