#include "cache/ChunkStore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "CacheFixture.h"
#include "tests/support/Errors.h"

namespace segue::cache {
namespace {

class ChunkStoreTest : public CacheTest {};

TEST_F(ChunkStoreTest, PublishedChunkIsFoundWithItsBytes) {
    open(3);
    EXPECT_FALSE(store_->contains(keyOf(1)));
    EXPECT_FALSE(has(1));
    ASSERT_TRUE(publish(1));
    EXPECT_TRUE(store_->contains(keyOf(1)));
    EXPECT_TRUE(has(1));
    EXPECT_FALSE(has(2));
    const StoreStats stats = store_->stats();
    EXPECT_EQ(stats.hits, 1);
    EXPECT_EQ(stats.misses, 2);
    EXPECT_EQ(stats.published, 1);
    EXPECT_EQ(stats.chunks, 1);
    EXPECT_EQ(stats.bytes, kChunkFile);
    EXPECT_EQ(numTemporaries(), 0);
}

TEST_F(ChunkStoreTest, ContainsTouchesNeitherCountersNorOrder) {
    open(2);
    publish(1);
    publish(2);
    EXPECT_TRUE(store_->contains(keyOf(1)));
    publish(3);
    store_->flush();
    EXPECT_FALSE(store_->contains(keyOf(1)));
    EXPECT_EQ(store_->stats().hits + store_->stats().misses, 0);
}

TEST_F(ChunkStoreTest, EveryPayloadLengthComesBack) {
    open(100);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{65535}, std::size_t{65536},
          std::size_t{65537}, std::size_t{131072}, std::size_t{200'001}}) {
        const ChunkKey key = keyOf(size);
        const Bytes bytes = payloadOf(key, size);
        ASSERT_TRUE(cache::publish(*store_, key, bytes));
        EXPECT_EQ(static_cast<std::int64_t>(fileContent(fileOf(key)).size()),
                  fileBytes(static_cast<std::int64_t>(size)));
        const auto blob = store_->find(key);
        ASSERT_TRUE(blob);
        EXPECT_EQ(readAll(*blob), bytes);
    }
}

TEST_F(ChunkStoreTest, AnyRangeOfAPublishedChunkReadsRight) {
    open(3);
    publish(1);
    open(3); // opened from its file, not the writer's own blob
    const Bytes expected = payload(1);
    const auto blob = store_->find(keyOf(1));
    ASSERT_TRUE(blob);
    std::mt19937 random(7);
    for (int i = 0; i < 500; ++i) {
        const std::size_t offset = random() % expected.size();
        const std::size_t length = random() % (expected.size() - offset + 1);
        Bytes bytes(length);
        ASSERT_TRUE(blob->read(static_cast<std::int64_t>(offset), bytes));
        ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin() + offset))
            << offset << " + " << length;
    }
}

TEST_F(ChunkStoreTest, SmallSequentialReadsTouchTheFileOncePerBlock) {
    open(3);
    publish(1);
    open(3);
    const auto blob = store_->find(keyOf(1));
    ASSERT_TRUE(blob);
    const int before = fs_->callsOf(FaultyFileSystem::Op::Read);
    Bytes bytes;
    for (std::size_t at = 0; at < kChunkPayload; at += 1000) {
        Bytes part(1000);
        ASSERT_TRUE(blob->read(static_cast<std::int64_t>(at), part));
        bytes.insert(bytes.end(), part.begin(), part.end());
    }
    EXPECT_EQ(bytes, payload(1));
    EXPECT_EQ(fs_->callsOf(FaultyFileSystem::Op::Read) - before, 3);
}

TEST_F(ChunkStoreTest, ReadsOutsideTheWatermarkAreRefused) {
    open(3);
    const auto writer = store_->create(keyOf(1), Budget::General, {});
    const auto blob = writer->blob();
    Bytes one(1);
    EXPECT_EQ(blob->watermark(), 0);
    EXPECT_TRUE(blob->read(0, {}));
    const auto refused = [&](std::int64_t offset) {
        const auto done = blob->read(offset, one);
        return !done && done.error().code == ErrorCode::InvalidArgument;
    };
    EXPECT_TRUE(refused(0));
    ASSERT_TRUE(writer->append(payload(1)));
    EXPECT_TRUE(refused(-1));
    EXPECT_TRUE(refused(kChunkPayload));
    EXPECT_TRUE(refused(std::numeric_limits<std::int64_t>::max()));
    EXPECT_FALSE(refused(kChunkPayload - 1));
    ASSERT_TRUE(writer->publish());
    EXPECT_TRUE(refused(kChunkPayload));
    EXPECT_FALSE(refused(kChunkPayload - 1));
}

TEST_F(ChunkStoreTest, AppendAfterPublishIsRefusedAndPublishHappensOnce) {
    open(3);
    const auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    ASSERT_TRUE(writer->publish());
    EXPECT_EQ(test::codeOf(writer->append(payload(1))), ErrorCode::InvalidArgument);
    EXPECT_FALSE(writer->publish());
    EXPECT_TRUE(has(1));
}

TEST_F(ChunkStoreTest, GrowingChunkIsReadWhileItIsWritten) {
    open(3);
    const Bytes expected = payload(1);
    const auto writer = store_->create(keyOf(1), Budget::General, {});
    std::latch reading(4);
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i)
        readers.emplace_back([&, blob = writer->blob(), step = 700 + 977 * i] {
            std::int64_t at = 0;
            reading.count_down();
            while (at < static_cast<std::int64_t>(kChunkPayload)) {
                const std::int64_t length = std::min<std::int64_t>(blob->watermark() - at, step);
                Bytes bytes(static_cast<std::size_t>(length));
                ASSERT_TRUE(blob->read(at, bytes));
                ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin() + at));
                at += length;
            }
        });
    reading.wait();
    for (std::size_t at = 0; at < kChunkPayload; at += 3000)
        ASSERT_TRUE(writer->append(std::span(expected).subspan(at, 3000)));
    EXPECT_TRUE(writer->publish());
    for (std::thread& reader : readers)
        reader.join();
}

TEST_F(ChunkStoreTest, ReadersMayMeetThePublishAtAnyMoment) {
    open(3);
    const Bytes expected = payload(1);
    for (int round = 0; round < 100; ++round) {
        const auto writer = store_->create(keyOf(1), Budget::General, {});
        ASSERT_TRUE(writer->append(std::span(expected).first(1000)));
        std::atomic<bool> started{false};
        std::atomic<bool> published{false};
        std::thread reader([&, blob = writer->blob()] {
            bool last = false;
            do {
                last = published;
                Bytes bytes(static_cast<std::size_t>(blob->watermark()));
                const auto done = blob->read(0, bytes);
                ASSERT_TRUE(done) << done.error().message;
                ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), expected.begin()));
                started = true;
            } while (!last);
        });
        while (!started)
            std::this_thread::yield();
        EXPECT_TRUE(writer->append(std::span(expected).subspan(1000, 70'000)));
        EXPECT_TRUE(writer->append(std::span(expected).subspan(71'000, 10)));
        EXPECT_TRUE(writer->publish());
        published = true;
        reader.join();
    }
}

TEST_F(ChunkStoreTest, GrowingChunkIsNotFoundBeforePublish) {
    open(3);
    const auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    EXPECT_FALSE(has(1));
    EXPECT_FALSE(store_->contains(keyOf(1)));
}

TEST_F(ChunkStoreTest, AbandonedChunkLeavesNoFileButItsReadersGoOn) {
    open(3);
    auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    const auto blob = writer->blob();
    EXPECT_EQ(numTemporaries(), 1);
    writer.reset();
    EXPECT_EQ(numTemporaries(), 0);
    EXPECT_EQ(readAll(*blob), payload(1));
    EXPECT_FALSE(has(1));
}

TEST_F(ChunkStoreTest, WriterAndBlobOutliveTheStore) {
    open(3);
    const auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    store_.reset();
    EXPECT_TRUE(writer->publish());
    EXPECT_EQ(readAll(*writer->blob()), payload(1));
    open(3);
    EXPECT_TRUE(has(1));
}

TEST_F(ChunkStoreTest, ReadersOfOneChunkShareOneDescriptor) {
    open(3);
    publish(1);
    const auto first = store_->find(keyOf(1));
    const int before = fs_->callsOf(FaultyFileSystem::Op::Open);
    const auto second = store_->find(keyOf(1));
    EXPECT_EQ(first, second);
    EXPECT_EQ(fs_->callsOf(FaultyFileSystem::Op::Open), before);
}

TEST_F(ChunkStoreTest, LeastRecentlyUsedGoesFirst) {
    open(3);
    publish(1);
    publish(2);
    publish(3);
    EXPECT_TRUE(has(1));
    publish(4);
    store_->flush();
    EXPECT_FALSE(has(2));
    EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(2))));
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(has(3));
    EXPECT_TRUE(has(4));
    EXPECT_EQ(store_->stats().evicted, 1);
    EXPECT_EQ(store_->stats().bytes, 3 * kChunkFile);
}

TEST_F(ChunkStoreTest, LeasedChunkSurvivesEviction) {
    open(1);
    publish(1);
    auto lease = store_->find(keyOf(1));
    for (std::uint64_t i = 2; i < 6; ++i) {
        publish(i);
        store_->flush();
    }
    EXPECT_TRUE(store_->contains(keyOf(1)));
    EXPECT_EQ(readAll(*lease), payload(1));
    EXPECT_EQ(store_->stats().chunks, 1); // all others went instead
    lease.reset();
    publish(6);
    store_->flush();
    EXPECT_FALSE(store_->contains(keyOf(1)));
    EXPECT_TRUE(has(6));
}

TEST_F(ChunkStoreTest, BudgetHoldsAgainOnceLeasesEnd) {
    open(1);
    std::vector<std::shared_ptr<const ChunkBlob>> leases;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        const auto writer = store_->create(keyOf(i), Budget::General, {});
        ASSERT_TRUE(writer->append(payload(i)));
        leases.push_back(writer->blob());
        ASSERT_TRUE(writer->publish());
    }
    store_->flush();
    EXPECT_EQ(store_->stats().bytes, 3 * kChunkFile);
    leases.clear();
    store_->flush();
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    EXPECT_TRUE(has(3));
}

TEST_F(ChunkStoreTest, FirstChunksHaveABudgetOfTheirOwn) {
    open(1, 2);
    publish(100, Budget::FirstChunk);
    publish(200, Budget::FirstChunk);
    for (std::uint64_t i = 1; i < 5; ++i)
        publish(i);
    store_->flush();
    EXPECT_TRUE(has(100));
    EXPECT_TRUE(has(200));
    EXPECT_TRUE(has(4));
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    EXPECT_EQ(store_->stats().firstChunkBytes, 2 * kChunkFile);
    publish(300, Budget::FirstChunk);
    store_->flush();
    EXPECT_FALSE(has(100));
    EXPECT_TRUE(has(4));
}

TEST_F(ChunkStoreTest, BudgetSmallerThanAChunkKeepsNothingAfterwards) {
    StoreOptions options = optionsFor(1);
    options.budgetBytes = 1000;
    open(options);
    auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    EXPECT_TRUE(writer->publish());
    store_->flush();
    EXPECT_EQ(readAll(*writer->blob()), payload(1));
    writer.reset();
    store_->flush();
    EXPECT_FALSE(has(1));
    EXPECT_EQ(store_->stats().bytes, 0);
    EXPECT_EQ(store_->stats().chunks, 0);
}

TEST_F(ChunkStoreTest, EvictionHappensWithoutBeingAskedFor) {
    open(1);
    publish(1);
    publish(2);
    while (store_->stats().evicted == 0) // ctest's timeout is the deadline
        std::this_thread::yield();
    EXPECT_TRUE(has(2));
}

TEST_F(ChunkStoreTest, EvictionIsTriedAgainOnceALeaseEnds) {
    StoreOptions options = optionsFor(1);
    options.flushInterval = std::chrono::milliseconds(1);
    open(options);
    publish(1);
    auto lease = store_->find(keyOf(1));
    auto writer = store_->create(keyOf(2), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(2)));
    ASSERT_TRUE(writer->publish());
    store_->flush();
    EXPECT_EQ(store_->stats().evicted, 0);
    lease.reset();
    while (store_->stats().evicted == 0)
        std::this_thread::yield();
    store_->flush(); // its file is gone now too
    EXPECT_FALSE(store_->contains(keyOf(1)));
    EXPECT_TRUE(has(2));
}

TEST_F(ChunkStoreTest, SecondPublishOfAKeyReplacesTheFirstHarmlessly) {
    open(3);
    const auto first = store_->create(keyOf(1), Budget::General, {});
    const auto second = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(first->append(payload(1)));
    ASSERT_TRUE(second->append(payload(1)));
    EXPECT_TRUE(first->publish());
    const auto held = store_->find(keyOf(1));
    EXPECT_TRUE(second->publish());
    EXPECT_EQ(readAll(*held), payload(1));
    EXPECT_TRUE(has(1));
    EXPECT_EQ(store_->stats().chunks, 1);
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
}

TEST_F(ChunkStoreTest, DiscardedChunkIsGoneButItsReadersGoOn) {
    open(3);
    publish(1);
    const auto held = store_->find(keyOf(1));
    store_->discard(keyOf(1), "a test says so");
    EXPECT_FALSE(has(1));
    EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(1))));
    EXPECT_EQ(readAll(*held), payload(1));
    EXPECT_EQ(store_->stats().corrupt, 1);
    EXPECT_EQ(store_->stats().bytes, 0);
    EXPECT_TRUE(publish(1));
    EXPECT_TRUE(has(1));
}

TEST_F(ChunkStoreTest, ChunkOfAnotherProcessIsFound) {
    open(3);
    StoreOptions options = optionsFor(3);
    options.fileSystem = nullptr;
    const auto other = ChunkStore::open(options);
    cache::publish(*other, keyOf(1), payload(1));
    EXPECT_TRUE(store_->contains(keyOf(1)));
    EXPECT_TRUE(has(1));
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    other->discard(keyOf(1), "a test says so");
    EXPECT_FALSE(has(1));
    EXPECT_EQ(store_->stats().bytes, 0);
}

TEST_F(ChunkStoreTest, OpeningDoesNotDisturbTheWriterOfAnotherProcess) {
    open(3);
    const auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    const auto other = ChunkStore::open(optionsFor(3));
    EXPECT_TRUE(writer->publish());
    EXPECT_TRUE(has(1));
}

TEST_F(ChunkStoreTest, StoreWithoutDirectoryKeepsNothing) {
    StoreOptions options = optionsFor(3);
    options.directory.clear();
    open(options);
    const auto writer = store_->create(keyOf(1), Budget::General, {});
    ASSERT_TRUE(writer->append(payload(1)));
    EXPECT_FALSE(writer->publish());
    EXPECT_EQ(readAll(*writer->blob()), payload(1));
    EXPECT_FALSE(has(1));
    EXPECT_FALSE(store_->contains(keyOf(1)));
    store_->flush();
}

} // namespace
} // namespace segue::cache
