// What is counted, and under which name.
#include "backend/Metrics.h"

#include <gtest/gtest.h>

#include <string>

namespace segue::backend {
namespace {

TEST(Metrics, ClientsThatLeaveBeforeTheFirstByteAreNoServerErrors) {
    Metrics metrics;
    http::RequestRecord record;
    record.status = 200;
    metrics.countRequest(record);
    record.status = 503;
    record.abandoned = true;
    metrics.countRequest(record);
    metrics.countRequest(record);
    const auto text = [&] { return metrics.text({}, {}, {}, 0); };
    const auto has = [&](const std::string& line) {
        return text().find("\nsegue_http_responses_total{status=\"" + line + "\n") !=
               std::string::npos;
    };
    EXPECT_TRUE(has("200\"} 1"));
    EXPECT_TRUE(has("cancelled\"} 2"));
    EXPECT_EQ(text().find("status=\"503\""), std::string::npos);
    record.abandoned = false;
    metrics.countRequest(record);
    EXPECT_TRUE(has("503\"} 1"));
}

} // namespace
} // namespace segue::backend
