// What the process asks of the system before its work begins. Main thread.
#include "tools/segue/ProcessLimits.h"

#include <sys/resource.h>

namespace segue::tools {

void raiseDescriptorLimit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

} // namespace segue::tools
