#pragma once

#include <optional>

#include "processing/types/Error.h"

namespace segue::test {

/// The code of a failure; nothing when it did not fail. `error()` of a success is undefined.
template <typename T>
std::optional<ErrorCode> codeOf(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code);
}

} // namespace segue::test
