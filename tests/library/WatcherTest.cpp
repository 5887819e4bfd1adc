// The watcher over real folders, and what a library scans of what it tells. Everything waits on a
// condition; `quiet` is short, so that the tests are.
#include "library/Watcher.h"

#include <gmock/gmock.h>
#include <sys/mount.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::writeAudio;
using test::writeBytes;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr auto kDeadline = 30s;
using Clock = std::chrono::steady_clock;

template <typename Condition>
bool eventually(const Condition& condition) {
    const auto deadline = Clock::now() + kDeadline;
    while (!condition() && Clock::now() < deadline)
        std::this_thread::sleep_for(1ms);
    return condition();
}

/// How long a busy writer was kept from writing, at most: only then a test may expect that nobody
/// thought it had finished.
class LongestGap {
  public:
    void tick() {
        const auto now = Clock::now();
        longest_ = std::max(longest_, now - std::exchange(last_, now));
    }
    Clock::duration longest() const { return longest_; }

  private:
    Clock::time_point last_ = Clock::now();
    Clock::duration longest_{};
};

class WatcherTest : public test::LibraryTest {
  protected:
    WatcherTest() {
        fs::create_directories(root);
        options.quiet = 150ms;
    }
    ~WatcherTest() override {
        {
            const std::lock_guard lock(mutex);
            held = false;
        }
        changed.notify_all();
        watcher.reset();
    }

    void watch() { watch(root); }
    void watch(const fs::path& music) {
        watcher =
            std::make_unique<Watcher>(std::vector<fs::path>{music}, options,
                                      [this](ScanRequest request, Watcher::Cause cause) {
                                          std::unique_lock lock(mutex);
                                          ++calls;
                                          if (request.folders.empty())
                                              everything.push_back(request.depth);
                                          for (const ChangedFolder& folder : request.folders)
                                              told.insert(folder.path);
                                          causes.push_back(cause);
                                          requests.push_back(std::move(request));
                                          changed.notify_all();
                                          changed.wait_for(lock, kDeadline, [&] { return !held; });
                                      });
        ASSERT_TRUE(eventually([&] { return watcher->status().ready; }));
    }

    /// Whether `condition` comes true; it may read what was told.
    template <typename Condition>
    bool comes(const Condition& condition) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, kDeadline, condition);
    }
    bool isTold(const fs::path& path) {
        return comes([&] { return told.contains(path.native()); });
    }
    bool wasTold(const fs::path& path) {
        const std::lock_guard lock(mutex);
        return told.contains(path.native());
    }
    int numCalls() {
        const std::lock_guard lock(mutex);
        return calls;
    }
    bool watches(std::size_t folders) {
        return eventually([&] { return watcher->status().folders == folders; });
    }
    void scanWhatIsTold(Library& library) {
        std::vector<ScanRequest> all;
        {
            const std::lock_guard lock(mutex);
            all.swap(requests);
        }
        const std::atomic<bool> cancel{false};
        for (const ScanRequest& request : all) {
            const auto report = library.scan({}, cancel, request);
            ASSERT_TRUE(report) << report.error().message;
        }
    }
    /// Scans what is told until `condition` comes true.
    template <typename Condition>
    bool scanUntil(Library& library, const Condition& condition) {
        return eventually([&] {
            scanWhatIsTold(library);
            return condition();
        });
    }
    bool has(const Library& library, std::vector<std::string> wanted) {
        auto present = titles(library);
        std::sort(present.begin(), present.end());
        std::sort(wanted.begin(), wanted.end());
        return present == wanted;
    }

    Watcher::Options options;
    std::unique_ptr<Watcher> watcher;
    std::mutex mutex;
    std::condition_variable changed;
    // GUARDED_BY(mutex)
    int calls = 0;
    bool held = false; ///< the watcher's thread waits in its callback
    std::set<std::string> told;
    std::vector<ScanDepth> everything;
    std::vector<Watcher::Cause> causes;
    std::vector<ScanRequest> requests;
};

TEST_F(WatcherTest, WhatComesChangesAndGoesIsFollowed) {
    writeAudio(root / "a/1.wav", 1);
    writeAudio(root / "b/2.wav", 2);
    const auto library = open();
    scan(*library);
    watch();
    EXPECT_EQ(watcher->status().folders, 3u);
    writeAudio(root / "a/3.wav", 3);
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1", "2", "3"}); }));
    fs::remove(root / "b/2.wav");
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1", "3"}); }));
    const TrackId id = idOf(*library, root / "a/1.wav");
    fs::rename(root / "a/1.wav", root / "b/4.wav");
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"3", "4"}); }));
    EXPECT_EQ(idOf(*library, root / "b/4.wav"), id);
    const FileStamp before = library->track(id)->stamp;
    writeAudio(root / "b/4.wav", 9, 1600);
    EXPECT_TRUE(scanUntil(*library, [&] { return library->track(id)->stamp != before; }));
    EXPECT_FALSE(wasTold(root)) << "nothing has changed there";
    const std::lock_guard lock(mutex);
    EXPECT_THAT(everything, IsEmpty());
}

TEST_F(WatcherTest, OnlyFoldersWithMusicInThemAreTold) {
    fs::create_directories(root / "a");
    watch();
    writeBytes(root / "a/cover.jpg", "x");
    writeBytes(root / "a/.1.flac.part", "x");
    fs::create_directory(root / "a/.hidden");
    fs::create_directory(root / "b");
    EXPECT_TRUE(isTold(root / "b"));
    const std::lock_guard lock(mutex);
    EXPECT_THAT(told, UnorderedElementsAre((root / "b").native()));
}

TEST_F(WatcherTest, ABurstMakesOneScanAndACopyThatGoesOnIsWaitedFor) {
    fs::create_directories(root / "a");
    options.quiet = 600ms;
    watch();
    const auto begin = Clock::now();
    std::ofstream copy(root / "a/slow.wav");
    int writes = 0;
    LongestGap gap;
    // For several times as long as it takes to be told of a file that is left alone.
    for (; Clock::now() < begin + 3 * options.quiet; ++writes, gap.tick()) {
        copy << std::string(1000, 'x') << std::flush;
        writeBytes(root / ("a/" + std::to_string(writes) + ".wav"), "x");
        std::this_thread::sleep_for(5ms);
    }
    const int early = numCalls();
    copy.close();
    EXPECT_TRUE(isTold(root / "a"));
    if (gap.longest() < options.quiet / 2) {
        EXPECT_EQ(early, 0) << "in " << writes << " writes";
        EXPECT_EQ(numCalls(), 1);
    }
}

TEST_F(WatcherTest, WhatIsQuietIsToldThoughAnotherFolderNeverIs) {
    fs::create_directories(root / "busy");
    fs::create_directories(root / "done");
    options.quiet = 400ms;
    options.longest = 800ms;
    watch();
    writeBytes(root / "done/1.wav", "x");
    std::atomic<bool> enough{false};
    LongestGap gap;
    std::thread writer([&] {
        std::ofstream file(root / "busy/2.wav");
        for (; !enough; gap.tick()) {
            file << 'x' << std::flush;
            std::this_thread::sleep_for(5ms);
        }
    });
    EXPECT_TRUE(isTold(root / "done"));
    const bool busyToo = wasTold(root / "busy");
    EXPECT_TRUE(isTold(root / "busy")) << "in the end nothing waits without end";
    enough = true;
    writer.join();
    if (gap.longest() < options.quiet / 2) {
        EXPECT_FALSE(busyToo);
    }
}

TEST_F(WatcherTest, NewFoldersAreFollowedHoweverFastTheyAreFilled) {
    const auto library = open();
    scan(*library);
    watch();
    std::vector<std::string> wanted;
    for (int i = 0; i < 40; ++i) {
        const fs::path folder = root / std::to_string(i) / "deep" / "deeper";
        fs::create_directories(folder);
        writeAudio(folder / ("n" + std::to_string(i) + ".wav"), i);
        wanted.push_back("n" + std::to_string(i));
    }
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, wanted); }));
    // And they are watched, to the last.
    ASSERT_TRUE(watches(1 + 3 * 40));
    writeAudio(root / "39/deep/deeper/late.wav", 77);
    wanted.push_back("late");
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, wanted); }));
}

TEST_F(WatcherTest, AFolderThatMovesKeepsItsTracksAndIsWatchedWhereItIs) {
    writeAudio(root / "a/deep/1.wav", 1);
    fs::create_directories(root / "b");
    const auto library = open();
    scan(*library);
    const TrackId id = idOf(*library, root / "a/deep/1.wav");
    watch();
    fs::rename(root / "a", root / "b/new");
    EXPECT_TRUE(
        scanUntil(*library, [&] { return idOf(*library, root / "b/new/deep/1.wav") == id; }));
    writeAudio(root / "b/new/deep/2.wav", 2);
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1", "2"}); }));
    EXPECT_TRUE(wasTold(root / "b/new/deep"));
    // Out of the library: its tracks are missing, and nobody hears of it any more.
    fs::rename(root / "b/new", dir.path() / "away");
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {}); }));
    fs::create_directory(root / "next");
    ASSERT_TRUE(isTold(root / "next"));
    EXPECT_TRUE(watches(3)) << "root, b, next";
    // And back: the same tracks.
    fs::rename(dir.path() / "away", root / "back");
    EXPECT_TRUE(
        scanUntil(*library, [&] { return idOf(*library, root / "back/deep/1.wav") == id; }));
}

TEST_F(WatcherTest, ARemovedFolderIsFollowed) {
    writeAudio(root / "a/deep/1.wav", 1);
    writeAudio(root / "b/2.wav", 2);
    const auto library = open();
    scan(*library);
    watch();
    fs::remove_all(root / "a");
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"2"}); }));
    writeAudio(root / "a/deep/1.wav", 1);
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1", "2"}); }));
}

TEST_F(WatcherTest, ARootThatGoesAndComesBackKeepsItsTracks) {
    writeAudio(root / "a/1.wav", 1);
    const auto library = open();
    scan(*library);
    watch();
    fs::rename(root, dir.path() / "unplugged");
    ASSERT_TRUE(comes([&] { return !everything.empty(); }));
    scanWhatIsTold(*library);
    EXPECT_TRUE(has(*library, {"1"}));
    EXPECT_TRUE(watches(0));
    writeAudio(dir.path() / "unplugged/a/2.wav", 2);
    fs::rename(dir.path() / "unplugged", root);
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1", "2"}); }));
    writeAudio(root / "a/3.wav", 3);
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1", "2", "3"}); }));
}

TEST_F(WatcherTest, ARootThatIsMadeLaterIsFound) {
    const fs::path later = dir.path() / "not/yet/there";
    const auto library = open({later});
    watch(later);
    EXPECT_EQ(watcher->status().folders, 0u);
    writeAudio(later / "a/1.wav", 1);
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1"}); }));
}

TEST_F(WatcherTest, ADiskThatIsUnmountedAndMountedIsNoticed) {
    const fs::path disk = dir.path() / "disk";
    writeAudio(disk / "1.wav", 1);
    fs::create_directories(root / "mount");
    if (::mount(disk.c_str(), (root / "mount").c_str(), nullptr, MS_BIND, nullptr) != 0)
        GTEST_SKIP() << "may not mount";
    const auto library = open();
    scan(*library);
    const TrackId id = idOf(*library, root / "mount/1.wav");
    EXPECT_NE(id, 0);
    watch();
    ASSERT_EQ(::umount2((root / "mount").c_str(), MNT_DETACH), 0);
    ASSERT_TRUE(comes([&] { return !everything.empty(); }));
    writeAudio(disk / "2.wav", 2);
    ASSERT_EQ(::mount(disk.c_str(), (root / "mount").c_str(), nullptr, MS_BIND, nullptr), 0);
    EXPECT_TRUE(scanUntil(*library, [&] { return titles(*library).size() == 2; }));
    EXPECT_EQ(idOf(*library, root / "mount/1.wav"), id);
    writeAudio(root / "mount/3.wav", 3);
    EXPECT_TRUE(scanUntil(*library, [&] { return titles(*library).size() == 3; }));
    EXPECT_EQ(::umount2((root / "mount").c_str(), MNT_DETACH), 0);
}

TEST_F(WatcherTest, AQueueThatRunsOverHasEverythingScanned) {
    int most = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
    if (most == 0 || most > 200'000)
        GTEST_SKIP() << "a queue of " << most;
    fs::create_directories(root / "a");
    watch();
    {
        const std::lock_guard lock(mutex);
        held = true;
    }
    writeBytes(root / "first.wav", "x");
    ASSERT_TRUE(isTold(root));          // and the watcher waits now
    for (int i = 0; i < most + 10; ++i) // one event each, none like the one before
        fs::create_symlink("nowhere", root / "a" / (std::to_string(i) + ".wav"));
    fs::create_directories(root / "unheard of");
    {
        const std::lock_guard lock(mutex);
        held = false;
    }
    changed.notify_all();
    ASSERT_TRUE(comes([&] {
        return std::find(everything.begin(), everything.end(), ScanDepth::Files) !=
               everything.end();
    }));
    writeBytes(root / "unheard of/1.wav", "x");
    EXPECT_TRUE(isTold(root / "unheard of"));
}

TEST_F(WatcherTest, MoreFoldersThanCanBeWatchedAreScannedFromTimeToTime) {
    for (const char* name : {"a", "b", "c", "d"})
        fs::create_directories(root / name);
    options.mostWatches = 3;
    options.rescanUnwatched = 300ms;
    watch();
    EXPECT_EQ(watcher->status().folders, 3u);
    EXPECT_FALSE(watcher->status().complete);
    ASSERT_TRUE(comes([&] { return everything.size() >= 2; }));
    const std::lock_guard lock(mutex);
    EXPECT_THAT(everything, ::testing::Each(ScanDepth::Folders));
    EXPECT_THAT(causes, ::testing::Each(Watcher::Cause::Time));
}

TEST_F(WatcherTest, WithoutWatchingOnlyTimeTells) {
    options.watching = Watcher::Watching::No;
    options.rescanEvery = 300ms;
    watch();
    writeBytes(root / "1.wav", "x");
    ASSERT_TRUE(comes([&] { return everything.size() >= 2; }));
    EXPECT_EQ(watcher->status().folders, 0u);
    const std::lock_guard lock(mutex);
    EXPECT_THAT(told, IsEmpty());
}

TEST_F(WatcherTest, VeryManyChangedFoldersAreEverything) {
    for (int i = 0; i < 20; ++i)
        fs::create_directories(root / std::to_string(i));
    options.mostFolders = 10;
    options.quiet = 1s;
    watch();
    for (int i = 0; i < 20; ++i)
        writeBytes(root / std::to_string(i) / "1.wav", "x");
    ASSERT_TRUE(comes([&] { return !everything.empty(); }));
    const std::lock_guard lock(mutex);
    EXPECT_THAT(everything, SizeIs(1));
    EXPECT_EQ(everything.front(), ScanDepth::Files);
    EXPECT_THAT(told, IsEmpty());
}

TEST_F(WatcherTest, WhatChangedWhileTheWatchBeganIsTold) {
    fs::create_directories(root / "old");
    fs::create_directories(root / "new");
    const timespec longAgo[2] = {{1000, 0}, {1000, 0}};
    ASSERT_EQ(::utimensat(AT_FDCWD, (root / "old").c_str(), longAgo, 0), 0);
    options.changedSince = std::chrono::system_clock::now() - 1h;
    watch();
    EXPECT_TRUE(isTold(root / "new"));
}

TEST_F(WatcherTest, LinksAreFollowedToWhatIsFoundNowhereElse) {
    writeAudio(root / ".hidden/1.wav", 1);
    fs::create_directories(root / "plain");
    const auto library = open();
    scan(*library);
    watch();
    fs::create_directory_symlink(root / ".hidden", root / "link");
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1"}); }));
    writeAudio(root / ".hidden/2.wav", 2);
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"1", "2"}); }));
    fs::remove(root / "link");
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {}); }));
    // A loop ends.
    fs::create_directory_symlink(root, root / "plain/loop");
    writeAudio(root / "plain/3.wav", 3);
    EXPECT_TRUE(scanUntil(*library, [&] { return has(*library, {"3"}); }));
}

TEST_F(WatcherTest, AFileThatBecomesReadableIsTold) {
    writeAudio(root / "a/1.wav", 1);
    watch();
    ASSERT_EQ(::chmod((root / "a/1.wav").c_str(), 0600), 0);
    EXPECT_TRUE(isTold(root / "a"));
}

} // namespace
} // namespace segue::library
