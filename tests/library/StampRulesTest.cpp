// Stamps tell edits apart, also those that fall into one tick of the file system's clock.

#include <chrono>

#include "library/StampRules.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

TEST(SameFile, OnlyTheDeviceNumberMayDiffer) {
    const FileStamp stamp{1, 2, 3, 4, 5};
    EXPECT_TRUE(sameFile(stamp, {1, 2, 3, 99, 5}));
    for (const FileStamp& other : {FileStamp{9, 2, 3, 4, 5}, FileStamp{1, 9, 3, 4, 5},
                                   FileStamp{1, 2, 9, 4, 5}, FileStamp{1, 2, 3, 4, 9}})
        EXPECT_FALSE(sameFile(stamp, other));
}

TEST(WaitUntilSettled, TheNextEditHasAnotherStamp) {
    const segue::test::TempDir dir;
    const auto path = dir.path() / "a";
    for (int i = 0; i < 20; ++i) {
        test::writeBytes(path, "music");
        const FileStamp before = stampOf(path).value();
        waitUntilSettled(before);
        test::writeBytes(path, "muzak");
        EXPECT_NE(stampOf(path).value(), before);
    }
}

TEST(WaitUntilSettled, OutlivesTheSlowestUsualTick) {
    // Some file systems stamp by a fine clock, which the test above cannot tell from waiting.
    using Nanoseconds = std::chrono::nanoseconds;
    const auto now = [] {
        return Nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
    };
    FileStamp stamp;
    stamp.changedNs = now();
    waitUntilSettled(stamp);
    EXPECT_GE(now() - stamp.changedNs, 10'000'000);
}

TEST(WaitUntilSettled, DoesNotWaitForAClockThatIsWrong) {
    // Would take years if it did.
    waitUntilSettled({1, INT64_MAX, INT64_MAX, 1, 1});
    waitUntilSettled({1, INT64_MIN, INT64_MIN / 2, 1, 1});
}

} // namespace
} // namespace segue::library
