#include "backend/live/Pacer.h"

#include <gtest/gtest.h>

#include <utility>

#include "backend/live/Timeline.h"

namespace segue::backend::live {
namespace {

using namespace std::chrono_literals;
using Moves = Timeline::Moves;

TEST(Pacer, GivesTheLeadAtOnceAndThenWhatIsHeard) {
    const auto start = Clock::now();
    Pacer pacer(1000, 100ms);
    EXPECT_EQ(pacer.due(start), 100);
    pacer.sent(100);
    EXPECT_EQ(pacer.due(start), 0);
    EXPECT_EQ(pacer.due(start + 20ms), 20);
    EXPECT_EQ(pacer.whenDue(20), start + 20ms);
    EXPECT_EQ(pacer.heard(start + 20ms), 20);
    for (auto time = 20ms; time <= 2000ms; time += 20ms) {
        pacer.sent(pacer.due(start + time));
        EXPECT_EQ(pacer.framesSent(), 100 + time.count());
    }
}

TEST(Pacer, WhatWasLateInsideTheLeadIsMadeUpFor) {
    const auto start = Clock::now();
    Pacer pacer(1000, 100ms);
    pacer.sent(pacer.due(start));
    EXPECT_EQ(pacer.due(start + 90ms), 90);
}

TEST(Pacer, TheShortLeadIsHalfButNotUnder50Ms) {
    const auto start = Clock::now();
    for (const auto& [whole, shorter] :
         {std::pair(50, 50), std::pair(60, 50), std::pair(100, 50), std::pair(2000, 1000)}) {
        Pacer pacer(1000, std::chrono::milliseconds(whole));
        EXPECT_EQ(pacer.due(start, Pacer::Lead::Short), shorter);
        pacer.sent(pacer.due(start));
        EXPECT_EQ(pacer.due(start, Pacer::Lead::Short), shorter - whole) << "nothing until then";
        const auto sentAgain = start + std::chrono::milliseconds(whole - shorter);
        EXPECT_EQ(pacer.whenDue(20, Pacer::Lead::Short), sentAgain + 20ms);
        EXPECT_EQ(pacer.due(sentAgain + 20ms, Pacer::Lead::Short), 20);
        EXPECT_EQ(pacer.due(sentAgain + 20ms), whole - shorter + 20) << "what was held back";
    }
}

TEST(Pacer, AStallIsNotMadeUpFor) {
    const auto start = Clock::now();
    Pacer pacer(1000, 100ms);
    pacer.sent(pacer.due(start));
    EXPECT_EQ(pacer.due(start + 10s), 100);
    EXPECT_EQ(pacer.heard(start + 10s), 100) << "not more than was sent";
    EXPECT_EQ(pacer.heard(start + 10s + 30ms), 100);
    pacer.sent(100);
    EXPECT_EQ(pacer.heard(start + 10s + 30ms), 130);
}

TEST(Timeline, FollowsSeeksAndPauses) {
    Timeline timeline;
    EXPECT_EQ(timeline.trackFrameAt(5), 0);
    timeline.append(0, 1000, Moves::Yes);
    timeline.append(10, 1010, Moves::Yes);
    timeline.append(20, 7000, Moves::Yes); // seek
    timeline.append(30, 7010, Moves::No);  // pause
    timeline.append(40, 7010, Moves::No);
    timeline.append(50, 7010, Moves::Yes);
    EXPECT_EQ(timeline.trackFrameAt(0), 1000);
    EXPECT_EQ(timeline.trackFrameAt(19), 1019);
    EXPECT_EQ(timeline.trackFrameAt(20), 7000);
    EXPECT_EQ(timeline.trackFrameAt(45), 7010);
    EXPECT_EQ(timeline.trackFrameAt(53), 7013);
    timeline.forgetBefore(35);
    EXPECT_EQ(timeline.trackFrameAt(36), 7010);
    EXPECT_EQ(timeline.trackFrameAt(60), 7020);
}

} // namespace
} // namespace segue::backend::live
