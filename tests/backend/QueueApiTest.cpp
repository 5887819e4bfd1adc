// The queue as one client leaves it and another one finds it.
#include <gtest/gtest.h>

#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

class QueueApiTest : public test::ApplicationFixture {
  protected:
    test::RawResponse put(const Json& queue, const std::string& ifMatch = {}) const {
        return send("PUT", "/api/queue", queue.dump(), "application/json", condition(ifMatch));
    }
    test::RawResponse move(const Json& place, const std::string& ifMatch = {}) const {
        return send("PATCH", "/api/queue", place.dump(), "application/json", condition(ifMatch));
    }
    static std::string condition(const std::string& tag) {
        return tag.empty() ? "" : "If-Match: " + tag + "\r\n";
    }
};

TEST_F(QueueApiTest, AnotherClientGoesOnWhereTheFirstOneStopped) {
    start();
    EXPECT_EQ(json("/api/queue")["trackIds"], Json::array());
    EXPECT_EQ(json("/api/queue")["revision"], 0);
    const auto kept = put({{"trackIds", {long_, short_, long_}},
                           {"currentIndex", 1},
                           {"positionSeconds", 0.25},
                           {"client", "phone"}});
    ASSERT_EQ(kept.status, 200) << kept.body;
    EXPECT_EQ(move({{"currentIndex", 2}, {"client", "phone"}}).status, 200);
    stop();
    start();
    const Json queue = json("/api/queue");
    EXPECT_EQ(queue["trackIds"], (Json{long_, short_, long_}));
    EXPECT_EQ(queue["currentIndex"], 2);
    EXPECT_EQ(queue["positionSeconds"], 0.25);
    EXPECT_EQ(queue["changedBy"], "phone");
    EXPECT_EQ(queue["revision"], 2);
}

TEST_F(QueueApiTest, OfTwoWritersTheSecondIsTold) {
    start();
    const std::string first(put({{"trackIds", {long_}}}).header("etag"));
    EXPECT_EQ(fetch("/api/queue").header("etag"), first);
    EXPECT_EQ(fetch("/api/queue", "If-None-Match: " + first + "\r\n").status, 304);
    const std::string second(put({{"trackIds", {short_}}}, first).header("etag"));
    EXPECT_NE(second, first);
    expectProblem(put({{"trackIds", {long_, long_}}}, first), 412, "precondition-failed");
    expectProblem(move({{"positionSeconds", 1}}, first), 412, "precondition-failed");
    EXPECT_EQ(json("/api/queue")["trackIds"], Json{short_});
    EXPECT_EQ(move({{"positionSeconds", 1}}, second).status, 200);
}

TEST_F(QueueApiTest, NonsenseIsRefusedAndChangesNothing) {
    start();
    ASSERT_EQ(put({{"trackIds", {long_, short_}}}).status, 200);
    const Json before = json("/api/queue");
    expectProblem(put({{"trackIds", {long_, "99"}}}), 404, "not-found", "99");
    const Json wrong[] = {{{"trackIds", "all"}},
                          {{"trackIds", {Json::array()}}},
                          {{"trackIds", {long_}}, {"currentIndex", 1}},
                          {{"trackIds", {long_}}, {"currentIndex", -1}},
                          {{"trackIds", {long_}}, {"positionSeconds", -1}},
                          {{"trackIds", {long_}}, {"client", std::string(201, 'x')}},
                          {{"trackIds", Json(std::vector<int>(10'001, 1))}},
                          {{"tracks", {long_}}}};
    for (const Json& body : wrong)
        expectProblem(put(body), 400, "invalid-argument", "queue");
    expectProblem(move({{"currentIndex", 2}}), 400, "invalid-argument", "queue");
    expectProblem(move({{"trackIds", {long_}}}), 400, "invalid-argument", "trackIds");
    expectProblem(send("PUT", "/api/queue", "{}", "text/plain"), 415, "unsupported");
    EXPECT_EQ(json("/api/queue"), before);
}

TEST_F(QueueApiTest, OthersHearOfIt) {
    start();
    test::RawClient listener(port_);
    listenWith(listener);
    put({{"trackIds", {long_}}, {"client", "phone"}});
    const std::string heard = until(listener, "\"changedBy\":\"phone\"");
    EXPECT_NE(heard.find("event: queue"), std::string::npos) << heard;
}

} // namespace
} // namespace segue::backend
