#pragma once

namespace segue::backend {

/// Whether JSON holds lists that may be long.
enum class Detail { No, Yes };

} // namespace segue::backend
