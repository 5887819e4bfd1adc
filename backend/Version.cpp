// The project's version, as CMake knows it.
#include "backend/Version.h"

namespace segue::backend {

std::string_view version() noexcept {
    return SEGUE_VERSION;
}

} // namespace segue::backend
