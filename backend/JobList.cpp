// What the lists of jobs have in common and no template needs.
#include "backend/JobList.h"

#include <spdlog/spdlog.h>

namespace segue::backend {

void logJobEnd(const std::string& line) {
    spdlog::info("{}", line);
}

} // namespace segue::backend
