#pragma once

#include <string_view>

namespace segue::backend {

/// "0.1.0"
std::string_view version() noexcept;

} // namespace segue::backend
