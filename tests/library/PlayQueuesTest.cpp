// A queue is found again as it was left, by whichever client.

#include "library/PlayQueues.h"
#include "tests/library/ThreeTracks.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using test::errorOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr UserId kMe = kOnlyUser;

class PlayQueuesTest : public test::ThreeTracks {
  protected:
    PlayQueues queues{library->access()};
};

TEST_F(PlayQueuesTest, NothingWasKeptAtFirst) {
    EXPECT_EQ(queues.of(kMe), PlayQueue{});
    EXPECT_EQ(queues.next(kMe, a).value(), std::nullopt);
}

TEST_F(PlayQueuesTest, AQueueIsKeptWholeAndItsPlaceAlone) {
    EXPECT_EQ(queues.put(kMe, {{b, a, b}, {2, 0.5, "phone", 1000}, 99}, {}), 1);
    EXPECT_EQ(queues.of(kMe), (PlayQueue{{b, a, b}, {2, 0.5, "phone", 1000}, 1}));
    EXPECT_EQ(queues.move(kMe, {1, 0.25, "web", 2000}, {}), 2);
    EXPECT_EQ(queues.of(kMe), (PlayQueue{{b, a, b}, {1, 0.25, "web", 2000}, 2}));
    EXPECT_THAT(queues.placeOf(kMe)->tracks, IsEmpty());
    EXPECT_EQ(queues.put(kMe, {{c}, {0, 0, "web", 3000}, 0}, {}), 3);
    EXPECT_THAT(queues.of(kMe)->tracks, ElementsAre(c));
    EXPECT_EQ(queues.put(kMe, {}, {}), 4);
    EXPECT_THAT(queues.of(kMe)->tracks, IsEmpty());
}

TEST_F(PlayQueuesTest, WhoHasNotSeenTheLastChangeChangesNothing) {
    ASSERT_EQ(queues.put(kMe, {{a, b}, {0, 0, "phone", 1}, 0}, 0), 1);
    EXPECT_EQ(errorOf(queues.put(kMe, {{c}, {}, 0}, 0)), ErrorCode::Changed);
    EXPECT_EQ(errorOf(queues.move(kMe, {1, 0, "", 1}, 2)), ErrorCode::Changed);
    EXPECT_THAT(queues.of(kMe)->tracks, ElementsAre(a, b));
    EXPECT_EQ(queues.move(kMe, {1, 0, "web", 1}, 1), 2);
}

TEST_F(PlayQueuesTest, NonsenseLeavesTheQueueAsItWas) {
    ASSERT_TRUE(queues.put(kMe, {{a, b}, {1, 0.5, "phone", 1000}, 0}, {}));
    const auto before = queues.of(kMe);
    EXPECT_EQ(errorOf(queues.put(kMe, {{a, 99}, {}, 0}, {})), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(queues.put(kMe, {{a}, {1, 0, "", 1}, 0}, {})), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(queues.put(kMe, {{a}, {0, -1, "", 1}, 0}, {})), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(queues.move(kMe, {2, 0, "", 1}, {})), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(queues.move(kMe, {-1, 0, "", 1}, {})), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(queues.move(kMe, {0, std::nan(""), "", 1}, {})), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(queues.move(kMe, {0, 0, std::string(201, 'x'), 1}, {})),
              ErrorCode::InvalidArgument);
    PlayQueue tooLong;
    tooLong.tracks.assign(PlayQueues::kMostTracks + 1, a);
    EXPECT_EQ(errorOf(queues.put(kMe, tooLong, {})), ErrorCode::InvalidArgument);
    EXPECT_EQ(queues.of(kMe), *before);
}

TEST_F(PlayQueuesTest, WhatComesNextIsToldToWhoPlaysTheCurrentOne) {
    ASSERT_TRUE(queues.put(kMe, {{a, c, b}, {1, 0, "", 1}, 0}, {}));
    EXPECT_EQ(queues.next(kMe, c).value(), b);
    EXPECT_EQ(queues.next(kMe, a).value(), std::nullopt);
    ASSERT_TRUE(queues.move(kMe, {2, 0, "", 2}, {}));
    EXPECT_EQ(queues.next(kMe, b).value(), std::nullopt);
}

TEST_F(PlayQueuesTest, AQueueOutlivesAMoveAndARestart) {
    ASSERT_TRUE(library->refresh(a));
    ASSERT_TRUE(queues.put(kMe, {{a, b}, {0, 0.5, "phone", 1000}, 0}, {}));
    const auto before = queues.of(kMe);
    fs::rename(root / "a.wav", root / "z.wav");
    fs::remove(root / "b.wav");
    scan(*library);
    library = open();
    EXPECT_EQ(PlayQueues(library->access()).of(kMe), *before);
    EXPECT_EQ(library->track(a)->path, root / "z.wav");
}

} // namespace
} // namespace segue::library
