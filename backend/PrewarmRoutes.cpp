// The API of pre-warming. Connection threads.
#include "backend/PrewarmRoutes.h"

#include "backend/PrewarmRequest.h"

namespace segue::backend {

JobRoutes<PrewarmJobs> prewarmRoutes(PrewarmJobs& jobs, const Prewarmer& prewarmer) {
    return {"/api/prewarm", "prewarm_id", jobs,
            [&prewarmer](std::string_view body) -> Result<PrewarmRequest> {
                auto request = parsePrewarmRequest(body);
                if (!request)
                    return request;
                if (const auto checked = prewarmer.check(*request); !checked)
                    return fail(checked.error());
                return request;
            }};
}

} // namespace segue::backend
