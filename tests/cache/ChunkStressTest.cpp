// Everything at once, on a store that holds three chunks; its value is under the sanitizers.

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "CacheFixture.h"

namespace segue::cache {
namespace {

class ChunkStressTest : public CacheTest {};

TEST_F(ChunkStressTest, ThreadsThatShareAFewKeysNeverSeeAWrongByte) {
    StoreOptions options = optionsFor(3);
    options.flushInterval = std::chrono::milliseconds(2);
    open(options);
    constexpr std::uint64_t kKeys = 8;
    std::vector<Bytes> expected;
    for (std::uint64_t i = 0; i < kKeys; ++i)
        expected.push_back(payload(i));

    std::atomic<int> served{0};
    const auto work = [&](unsigned seed) {
        std::mt19937 random(seed);
        for (int round = 0; round < 60; ++round) {
            const std::uint64_t number = random() % kKeys;
            const ChunkKey key = keyOf(number);
            auto blob = store_->find(key);
            if (!blob) {
                const auto writer =
                    store_->create(key, number % 2 == 0 ? Budget::General : Budget::FirstChunk, {});
                for (std::size_t at = 0; at < kChunkPayload; at += 30'000)
                    ASSERT_TRUE(writer->append(std::span(expected[number]).subspan(at, 30'000)));
                if (random() % 8 != 0) {
                    ASSERT_TRUE(writer->publish());
                }
                blob = writer->blob();
            }
            const std::size_t at = random() % kChunkPayload;
            Bytes bytes(std::min<std::size_t>(kChunkPayload - at, random() % 80'000));
            const auto done = blob->read(static_cast<std::int64_t>(at), bytes);
            ASSERT_TRUE(done) << done.error().message;
            ASSERT_TRUE(std::equal(bytes.begin(), bytes.end(), expected[number].begin() + at));
            ++served;
            switch (random() % 16) {
            case 0:
                store_->discard(key, "stress");
                break;
            case 1:
                store_->flush();
                break;
            case 2:
                (void)store_->stats();
                (void)store_->contains(key);
                break;
            default:
                break;
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 6; ++i)
        threads.emplace_back(work, i);
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(served.load(), 6 * 60);

    store_->flush();
    StoreStats stats = store_->stats();
    EXPECT_LE(stats.bytes, 3 * kChunkFile);
    EXPECT_LE(stats.firstChunkBytes, kChunkFile);
    open(3);
    for (std::uint64_t i = 0; i < kKeys; ++i)
        (void)has(i); // right bytes if there at all
    EXPECT_EQ(store_->stats().corrupt, 0);
    EXPECT_EQ(numTemporaries(), 0);
}

TEST_F(ChunkStressTest, TwoWritersOfOneKeyBothServeTheirReaders) {
    open(2);
    const Bytes expected = payload(1);
    for (int round = 0; round < 20; ++round) {
        std::vector<std::thread> threads;
        for (int i = 0; i < 2; ++i)
            threads.emplace_back([&] {
                const auto writer = store_->create(keyOf(1), Budget::General, {});
                ASSERT_TRUE(writer->append(expected));
                ASSERT_TRUE(writer->publish());
                ASSERT_EQ(readAll(*writer->blob()), expected);
                ASSERT_TRUE(has(1));
            });
        for (std::thread& thread : threads)
            thread.join();
        EXPECT_EQ(store_->stats().chunks, 1);
        EXPECT_EQ(store_->stats().bytes, kChunkFile);
    }
}

} // namespace
} // namespace segue::cache
