// A disk that refuses: playback goes on from memory, and nothing half-written is ever kept.

#include <sys/stat.h>

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "CacheFixture.h"
#include "tests/support/Errors.h"

namespace segue::cache {
namespace {

using Op = FaultyFileSystem::Op;

class ChunkFaultsTest : public CacheTest {
  protected:
    /// Appends all of chunk 1 in pieces of `step`.
    static void appendAll(ChunkWriter& writer, const Bytes& bytes, std::size_t step) {
        for (std::size_t at = 0; at < bytes.size(); at += step)
            ASSERT_TRUE(
                writer.append(std::span(bytes).subspan(at, std::min(step, bytes.size() - at))));
    }
};

TEST_F(ChunkFaultsTest, FullDiskInMidChunkMovesThePayloadToMemory) {
    for (const int error : {ENOSPC, EIO, EROFS, EDQUOT}) {
        open(3);
        fs_->failFrom(Op::Write, error, 5);
        auto writer = store_->create(keyOf(1), Budget::General, {});
        appendAll(*writer, payload(1), 10'000);
        EXPECT_EQ(writer->blob()->watermark(), static_cast<std::int64_t>(kChunkPayload));
        EXPECT_EQ(readAll(*writer->blob()), payload(1));
        EXPECT_FALSE(writer->publish());
        const auto blob = writer->blob();
        writer.reset();
        EXPECT_EQ(readAll(*blob), payload(1));
        EXPECT_FALSE(has(1));
        EXPECT_EQ(numTemporaries(), 0);
        EXPECT_EQ(store_->stats().writeFailures, 1);
        fs_->heal(Op::Write);
        EXPECT_TRUE(publish(2));
        EXPECT_TRUE(has(2));
        std::filesystem::remove_all(directory());
    }
}

TEST_F(ChunkFaultsTest, ReadersFollowToMemoryWithoutNoticing) {
    open(3);
    const Bytes expected = payload(1);
    for (int after = 0; after < 20; after += 3) {
        fs_->failFrom(Op::Write, ENOSPC, after);
        const auto writer = store_->create(keyOf(1), Budget::General, {});
        std::atomic<bool> done{false};
        std::vector<std::thread> readers;
        for (int i = 0; i < 3; ++i)
            readers.emplace_back([&, blob = writer->blob(), seed = i] {
                std::mt19937 random(static_cast<unsigned>(seed));
                bool last = false;
                do {
                    last = done.load();
                    const std::int64_t end = blob->watermark();
                    if (end == 0)
                        continue;
                    const auto at = static_cast<std::int64_t>(random()) % end;
                    Bytes bytes(static_cast<std::size_t>(std::min<std::int64_t>(end - at, 5000)));
                    ASSERT_TRUE(blob->read(at, bytes));
                    ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin() + at));
                } while (!last);
            });
        appendAll(*writer, expected, 7500);
        EXPECT_FALSE(writer->publish());
        done = true;
        for (std::thread& reader : readers)
            reader.join();
    }
}

TEST_F(ChunkFaultsTest, ShortTransfersAreContinued) {
    open(3);
    fs_->limitTransfers(777);
    EXPECT_TRUE(publish(1));
    open(3);
    EXPECT_TRUE(has(1));
}

TEST_F(ChunkFaultsTest, EveryWriteOfPublishMayFail) {
    for (int after = 0; after < 2; ++after) { // footer, header
        open(3);
        auto writer = store_->create(keyOf(1), Budget::General, {});
        ASSERT_TRUE(writer->append(payload(1)));
        fs_->failFrom(Op::Write, ENOSPC, after);
        EXPECT_FALSE(writer->publish());
        EXPECT_EQ(readAll(*writer->blob()), payload(1));
        EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(1))));
        EXPECT_FALSE(has(1));
        EXPECT_EQ(numTemporaries(), 0);
        EXPECT_EQ(store_->stats().writeFailures, 1);
        fs_->heal(Op::Write);
    }
}

TEST_F(ChunkFaultsTest, RefusedRenameKeepsNothing) {
    open(3);
    fs_->failFrom(Op::Rename, EROFS);
    EXPECT_FALSE(publish(1));
    EXPECT_FALSE(has(1));
    EXPECT_EQ(numTemporaries(), 0);
    fs_->heal(Op::Rename);
    EXPECT_TRUE(publish(1));
}

TEST_F(ChunkFaultsTest, FailedSyncRemovesTheChunk) {
    open(3);
    fs_->failFrom(Op::Sync, EIO);
    auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    EXPECT_TRUE(writer->publish());
    store_->flush();
    EXPECT_FALSE(has(1));
    EXPECT_EQ(readAll(*writer->blob()), payload(1));
    EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(1))));
    EXPECT_EQ(store_->stats().writeFailures, 1);
}

TEST_F(ChunkFaultsTest, DirectoryThatTakesNoFilesGivesMemory) {
    open(3);
    publish(7);
    store_.reset();
    fs_->failFrom(Op::MakeDirectory, EROFS);
    open(3);
    // Only files to be created fail; what is there is still served.
    const auto held = store_->find(keyOf(7));
    ASSERT_TRUE(held);
    fs_->failFrom(Op::Open, EROFS);
    const auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    EXPECT_EQ(readAll(*writer->blob()), payload(1));
    EXPECT_FALSE(writer->publish());
    EXPECT_EQ(readAll(*held), payload(7));
    EXPECT_EQ(store_->stats().writeFailures, 1);
}

TEST_F(ChunkFaultsTest, ReadOnlyDirectoryStillServesWhatIsThere) {
    open(3);
    publish(7);
    store_.reset();
    // Permissions do not stop root, so the border refuses as well.
    std::filesystem::remove(index());
    std::filesystem::create_directory(index()); // SQLite cannot open that
    for (const Op op : {Op::Write, Op::Rename, Op::Remove, Op::MakeDirectory, Op::Sync})
        fs_->failFrom(op, EROFS);
    open(3);
    EXPECT_TRUE(has(7));
    EXPECT_FALSE(publish(1));
    store_->flush();
    EXPECT_TRUE(has(7));
}

TEST_F(ChunkFaultsTest, DirectoryThatIsAFileGivesAStoreThatKeepsNothing) {
    writeFile(directory(), {});
    open(3);
    EXPECT_FALSE(publish(1));
    EXPECT_FALSE(has(1));
    store_->flush();
}

TEST_F(ChunkFaultsTest, DirectoryRemovedWhileOpenComesBack) {
    open(3);
    publish(1);
    std::filesystem::remove_all(directory());
    EXPECT_FALSE(has(1));
    EXPECT_TRUE(publish(2));
    EXPECT_TRUE(has(2));
    store_->flush();
}

TEST_F(ChunkFaultsTest, LittleFreeDiskCountsAsFull) {
    StoreOptions options = optionsFor(3);
    options.minFreeBytes = 1'000'000;
    open(options);
    fs_->setFreeBytes(999'999);
    EXPECT_FALSE(publish(1));
    EXPECT_FALSE(has(1));
    EXPECT_EQ(store_->stats().writeFailures, 1);
    EXPECT_EQ(numTemporaries(), 0);
    fs_->setFreeBytes(1'000'000);
    EXPECT_TRUE(publish(1));
}

TEST_F(ChunkFaultsTest, RefusedMemoryIsAnError) {
    open(3);
    fs_->failFrom(Op::Write, ENOSPC, 1);
    fs_->failFrom(Op::CreateMemory, EMFILE);
    auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    EXPECT_EQ(test::codeOf(writer->append(payload(1))), ErrorCode::Io);
    EXPECT_EQ(readAll(*writer->blob()), payload(1)); // what was there stays readable
    fs_->heal(Op::CreateMemory);
    fs_->failFrom(Op::WriteMemory, ENOMEM, 1);
    writer = store_->create(keyOf(1), Budget::General, {});
    EXPECT_TRUE(writer->append(payloadOf(keyOf(1), 10)));
    EXPECT_FALSE(writer->append(payload(1)));
    EXPECT_FALSE(writer->publish());
}

TEST_F(ChunkFaultsTest, FailedAppendDoesNotPublishHalfAChunk) {
    open(3);
    auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    fs_->failFrom(Op::Write, ENOSPC);
    fs_->failFrom(Op::CreateMemory, EMFILE);
    ASSERT_FALSE(writer->append(payload(1)));
    fs_->heal(Op::Write);
    EXPECT_FALSE(writer->publish());
    EXPECT_FALSE(has(1));
    EXPECT_EQ(numTemporaries(), 0);
}

TEST_F(ChunkFaultsTest, FailingReadIsIoAndKeepsTheChunk) {
    open(3);
    publish(1);
    const auto blob = store_->find(keyOf(1));
    ASSERT_TRUE(blob);
    fs_->failFrom(Op::Read, EIO);
    Bytes bytes(10);
    EXPECT_EQ(test::codeOf(blob->read(0, bytes)), ErrorCode::Io);
    fs_->heal(Op::Read);
    EXPECT_EQ(readAll(*blob), payload(1));
}

TEST_F(ChunkFaultsTest, ADiskThatIsSlowToSyncHoldsUpNobody) {
    open(3);
    fs_->hold(Op::Sync);
    publish(1);
    std::thread flusher([this] { store_->flush(); });
    fs_->waitForHeld(Op::Sync);
    EXPECT_TRUE(has(1)); // found, read, published, removed meanwhile
    EXPECT_TRUE(publish(2));
    EXPECT_TRUE(has(2));
    EXPECT_EQ(store_->stats().chunks, 2);
    const std::vector<ChunkKey> keys{keyOf(1)};
    EXPECT_EQ(store_->remove(keys).chunks, 1);
    fs_->release(Op::Sync);
    flusher.join();
    EXPECT_TRUE(has(2));
}

TEST_F(ChunkFaultsTest, ADiskThatIsSlowToRemoveHoldsUpNobody) {
    open(2);
    fs_->hold(Op::Remove);
    for (std::uint64_t i = 1; i <= 3; ++i)
        publish(i);
    fs_->waitForHeld(Op::Remove); // the eviction of 1
    EXPECT_TRUE(has(2));
    EXPECT_TRUE(publish(4));
    EXPECT_TRUE(has(4));
    fs_->release(Op::Remove);
    store_->flush();
    EXPECT_LE(store_->stats().bytes, 2 * kChunkFile);
}

TEST_F(ChunkFaultsTest, OneSlowReaderHoldsUpNoOther) {
    open(3);
    publish(1);
    publish(2);
    const auto slow = store_->find(keyOf(1));
    const auto other = store_->find(keyOf(2));
    Bytes bytes(kChunkPayload);
    ASSERT_TRUE(other->read(0, std::span(bytes).first(10))); // its first block is in memory now
    fs_->hold(Op::Read);
    std::thread reader([&] { EXPECT_EQ(readAll(*slow), payload(1)); });
    fs_->waitForHeld(Op::Read);
    EXPECT_TRUE(other->read(0, std::span(bytes).first(10)));
    EXPECT_TRUE(publish(3));
    EXPECT_TRUE(store_->find(keyOf(1)));
    fs_->release(Op::Read);
    reader.join();
}

TEST_F(ChunkFaultsTest, AClockThatGoesBackChangesNoOrderAndLosesNothing) {
    constexpr std::int64_t kHourNs = 3'600'000'000'000;
    std::atomic<std::int64_t> now{std::int64_t{1'700'000'000'000'000'000}};
    StoreOptions options = optionsFor(3);
    options.nowNs = [&now] { return now.load(); };
    open(options);
    for (std::uint64_t i = 1; i <= 3; ++i)
        publish(i);
    now -= kHourNs;
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(publish(4));
    store_->flush();
    EXPECT_FALSE(has(2)); // used longest ago, whatever the clock says
    EXPECT_TRUE(has(3));
    EXPECT_TRUE(has(1));
    now -= kHourNs;
    open(options); // every row is of the future now
    EXPECT_EQ(store_->stats().chunks, 3);
    EXPECT_TRUE(publish(5));
    store_->flush();
    EXPECT_FALSE(has(4));
    EXPECT_TRUE(has(3));
    EXPECT_TRUE(has(1));
    EXPECT_LE(store_->stats().bytes, options.budgetBytes);
}

TEST_F(ChunkFaultsTest, OutOfDescriptorsIsAMissThatForgetsNothing) {
    open(3);
    publish(1);
    fs_->failFrom(Op::Open, EMFILE);
    EXPECT_FALSE(has(1));
    EXPECT_TRUE(store_->contains(keyOf(1)));
    fs_->heal(Op::Open);
    EXPECT_TRUE(has(1));
}

} // namespace
} // namespace segue::cache
