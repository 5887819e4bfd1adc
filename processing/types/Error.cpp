// Error codes and their names. Pure functions, any thread.

#include "processing/types/Error.h"

#include <cerrno>
#include <system_error>

namespace segue {

std::string_view nameOf(ErrorCode code) noexcept {
    switch (code) {
    case ErrorCode::InvalidArgument:
        return "invalid-argument";
    case ErrorCode::NotFound:
        return "not-found";
    case ErrorCode::Unsupported:
        return "unsupported";
    case ErrorCode::Corrupt:
        return "corrupt";
    case ErrorCode::Changed:
        return "changed";
    case ErrorCode::Io:
        return "io";
    case ErrorCode::NoSpace:
        return "no-space";
    case ErrorCode::Busy:
        return "busy";
    case ErrorCode::Cancelled:
        return "cancelled";
    case ErrorCode::Timeout:
        return "timeout";
    case ErrorCode::Internal:
        return "internal";
    }
    return "internal";
}

Error errnoError(std::string what, int errnoValue) {
    ErrorCode code = ErrorCode::Io;
    if (errnoValue == ENOENT || errnoValue == ENOTDIR)
        code = ErrorCode::NotFound;
    else if (errnoValue == ENOSPC || errnoValue == EDQUOT)
        code = ErrorCode::NoSpace;
    return Error{code, std::move(what) + ": " + std::generic_category().message(errnoValue)};
}

} // namespace segue
