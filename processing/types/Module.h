#pragma once

#include <string>

#include "processing/types/Error.h"

namespace segue {

/// A function of a module that was built with the program and lies beside it. The module stays
/// loaded for good, so callers keep what they got.
/// @errors Unsupported
/// @thread any
Result<void*> moduleFunction(const std::string& moduleFile, const std::string& function);

} // namespace segue
