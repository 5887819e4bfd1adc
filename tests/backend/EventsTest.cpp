// What happens reaches every listener once and in order; who fell behind is told so.
#include "backend/Events.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/backend/ApplicationFixture.h"

namespace segue::backend {
namespace {

using test::eventually;
using test::get;
using test::RawClient;
using ::testing::HasSubstr;

std::vector<std::string> textsOf(const std::optional<std::vector<EventHub::Event>>& events) {
    std::vector<std::string> texts;
    for (const EventHub::Event& event : events.value())
        texts.push_back(event.name + event.json);
    return texts;
}

TEST(EventHub, GivesWhatCameAfterInOrder) {
    EventHub hub;
    hub.publish("a", "1");
    hub.publish("b", "2");
    EXPECT_EQ(hub.last(), 2u);
    EXPECT_THAT(textsOf(hub.wait(0, Clock::now())), ::testing::ElementsAre("a1", "b2"));
    EXPECT_THAT(textsOf(hub.wait(1, Clock::now())), ::testing::ElementsAre("b2"));
    EXPECT_THAT(textsOf(hub.wait(2, Clock::now())), ::testing::ElementsAre());
}

TEST(EventHub, WakesWhoWaits) {
    EventHub hub;
    std::thread publisher([&] { hub.publish("a", "1"); });
    const auto events = hub.wait(0, Clock::now() + std::chrono::seconds(20));
    publisher.join();
    EXPECT_THAT(textsOf(events), ::testing::ElementsAre("a1"));
}

TEST(EventHub, KeepsABoundedNumberAndSaysWhatIsLost) {
    EventHub hub;
    for (std::size_t i = 0; i < EventHub::kKept + 5; ++i)
        hub.publish("a", std::to_string(i));
    EXPECT_FALSE(hub.wait(4, Clock::now()));
    EXPECT_EQ(hub.wait(5, Clock::now())->size(), EventHub::kKept);
}

TEST(EventRoutes, AListenerGoesOnWhereHeWas) {
    EventHub hub;
    EventRoutes routes(hub, "77");
    for (int i = 0; i < 3; ++i)
        hub.publish("a", "{}");
    EXPECT_EQ(routes.eventText({2, "a", "{}"}), "id: 77-2\nevent: a\ndata: {}\n\n");
    const auto place = [&](const std::optional<std::string>& id) { return routes.placeOf(id); };
    EXPECT_EQ(place("77-2").after, 2u);
    EXPECT_FALSE(place("77-2").missed);
    EXPECT_EQ(place(std::nullopt).after, 3u);
    EXPECT_FALSE(place(std::nullopt).missed);
    for (const char* foreign : {"76-2", "77-9", "77-", "77-2x", "", "77--1"}) {
        EXPECT_TRUE(place(foreign).missed) << foreign;
        EXPECT_EQ(place(foreign).after, 3u) << foreign;
    }
    for (std::size_t i = 0; i < EventHub::kKept; ++i)
        hub.publish("a", "{}");
    EXPECT_TRUE(place("77-2").missed);
}

using EventsApiTest = test::ApplicationFixture;

TEST_F(EventsApiTest, PlaysAndScansAreTold) {
    start();
    RawClient listener(port_);
    listener.send(get("/api/events"));
    EXPECT_THAT(until(listener, ": segue"), HasSubstr("text/event-stream"));
    EXPECT_EQ(
        send("POST", "/api/plays", R"({"trackId": ")" + long_ + R"(", "secondsHeard": 40})").status,
        200);
    EXPECT_THAT(until(listener, "event: play"), HasSubstr("event: play"));
    EXPECT_THAT(until(listener, "\"counted\":true"), HasSubstr("\"counted\":true"));
    test::writeWav(music() / "new.wav", test::noise(1, kRateHz, 0.2), kRateHz);
    EXPECT_EQ(send("POST", "/api/library/scan", "").status, 202);
    EXPECT_THAT(until(listener, "event: library"), HasSubstr("event: scan"));
    EXPECT_THAT(until(listener, "\"added\":1"), HasSubstr("\"added\":1"));
}

TEST_F(EventsApiTest, WhoComesFromAnotherRunStartsAnew) {
    start();
    RawClient listener(port_);
    listener.send(get("/api/events", "Last-Event-ID: 1-1\r\n"));
    EXPECT_THAT(until(listener, "event: reset"), HasSubstr("event: reset"));
}

TEST_F(EventsApiTest, TheServerEndsThoughSomebodyListens) {
    start();
    RawClient listener(port_);
    listener.send(get("/api/events"));
    until(listener, ": segue");
    stop();
    while (listener.receive()) {
    }
    EXPECT_TRUE(true); // neither of the two hangs
}

TEST_F(EventsApiTest, MoreThanSomeAreRefused) {
    start();
    std::vector<std::unique_ptr<RawClient>> listeners;
    for (int i = 0; i < EventRoutes::kMostListeners; ++i) {
        listeners.push_back(std::make_unique<RawClient>(port_));
        listeners.back()->send(get("/api/events"));
        EXPECT_THAT(until(*listeners.back(), ": segue"), HasSubstr("200"));
    }
    expectProblem(fetch("/api/events"), 503, "busy", "64");
    listeners.clear();
    EXPECT_TRUE(eventually([&] {
        RawClient again(port_);
        again.send(get("/api/events"));
        return again.receive() && again.received().starts_with("HTTP/1.1 200");
    }));
}

} // namespace
} // namespace segue::backend
