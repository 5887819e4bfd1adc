// What a store makes of the directory it finds: after a clean end, a crash, or somebody's hands.

#include <sqlite3.h>

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "CacheFixture.h"

namespace segue::cache {
namespace {

class ChunkReconcileTest : public CacheTest {
  protected:
    void removeIndex() {
        for (const char* suffix : {"", "-wal", "-shm"})
            std::filesystem::remove(index().string() + suffix);
    }
    /// Runs SQL on the closed store's index; the last value of the first row, or -1.
    std::int64_t query(const std::string& sql) {
        sqlite3* database = nullptr;
        EXPECT_EQ(sqlite3_open(index().c_str(), &database), SQLITE_OK);
        sqlite3_busy_timeout(database, 10'000);
        std::int64_t value = -1;
        const auto take = [](void* to, int columns, char** values, char**) {
            *static_cast<std::int64_t*>(to) = std::atoll(values[columns - 1]);
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), take, &value, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
        return value;
    }
};

TEST_F(ChunkReconcileTest, ChunksSurviveARestart) {
    open(3);
    publish(1);
    publish(2, Budget::FirstChunk);
    open(3);
    EXPECT_EQ(store_->stats().chunks, 2);
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    EXPECT_EQ(store_->stats().firstChunkBytes, kChunkFile);
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(has(2));
}

TEST_F(ChunkReconcileTest, RestartKeepsTheOrderOfUse) {
    std::vector<std::uint64_t> order{1, 2, 3};
    do { // whichever of them
        open(3);
        for (std::uint64_t i = 1; i <= 3; ++i)
            publish(i);
        for (const std::uint64_t number : order)
            EXPECT_TRUE(has(number));
        for (std::size_t i = 0; i < 3; ++i) {
            open(3);
            publish(10 + i);
            store_->flush();
            EXPECT_FALSE(store_->contains(keyOf(order[i])));
            for (std::size_t j = i + 1; j < 3; ++j)
                EXPECT_TRUE(store_->contains(keyOf(order[j])));
        }
        store_.reset();
        std::filesystem::remove_all(directory());
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(ChunkReconcileTest, RowsReachTheIndexWithoutBeingAskedFor) {
    StoreOptions options = optionsFor(3);
    options.flushInterval = std::chrono::milliseconds(1);
    open(options);
    publish(1);
    while (query("SELECT count(*) FROM chunks") != 1)
        std::this_thread::yield();
    const std::int64_t before = query("SELECT last_access_ns FROM chunks");
    EXPECT_TRUE(has(1));
    while (query("SELECT last_access_ns FROM chunks") <= before)
        std::this_thread::yield();
}

TEST_F(ChunkReconcileTest, RowIsWrittenOnlyAfterTheDataWasSynced) {
    open(3);
    publish(1);
    publish(2);
    fs_->failFrom(FaultyFileSystem::Op::Sync, EIO, 1);
    store_->flush();
    EXPECT_EQ(query("SELECT count(*) FROM chunks"), 1);
    EXPECT_EQ(fs_->callsOf(FaultyFileSystem::Op::Sync), 2);
}

TEST_F(ChunkReconcileTest, SmallerBudgetIsEnforcedAtOpening) {
    open(3);
    for (std::uint64_t i = 1; i <= 3; ++i)
        publish(i);
    open(1);
    store_->flush();
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    EXPECT_TRUE(has(3));
}

TEST_F(ChunkReconcileTest, LeftoverTemporariesGoAndForeignFilesStay) {
    open(3);
    store_.reset();
    const auto leftover = directory() / "tmp" / (keyOf(1).hex() + ".4711.0");
    const auto foreign = directory() / "tmp" / "notes.txt";
    const auto foreignChunk = directory() / "chunks" / "ab" / "README";
    writeFile(leftover, payload(1));
    writeFile(foreign, payload(1));
    writeFile(foreignChunk, payload(1));
    open(3);
    EXPECT_FALSE(std::filesystem::exists(leftover));
    EXPECT_TRUE(std::filesystem::exists(foreign));
    EXPECT_TRUE(std::filesystem::exists(foreignChunk));
    EXPECT_EQ(store_->stats().chunks, 0);
}

TEST_F(ChunkReconcileTest, FileWithoutRowIsAdopted) {
    open(3);
    publish(1);
    publish(2, Budget::FirstChunk);
    store_.reset();
    removeIndex();
    open(3);
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    EXPECT_EQ(store_->stats().firstChunkBytes, kChunkFile); // the header knows
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(has(2));
    store_->flush();
    store_.reset();
    EXPECT_EQ(query("SELECT count(*) FROM chunks"), 2);
}

TEST_F(ChunkReconcileTest, FileWithoutRowIsReadThroughBeforeItGetsOne) {
    open(3);
    publish(1);
    publish(2);
    store_.reset();
    removeIndex();
    flipBit(fileOf(keyOf(1)), kHeaderBytes + 140'000, 5);
    open(3);
    EXPECT_EQ(store_->stats().chunks, 2); // header and footer are right
    store_->flush();
    EXPECT_EQ(store_->stats().chunks, 1);
    EXPECT_EQ(store_->stats().corrupt, 1);
    EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(1))));
    EXPECT_TRUE(has(2));
}

TEST_F(ChunkReconcileTest, FileWithoutRowAndWithAWrongHeaderIsRemoved) {
    open(3);
    store_.reset();
    writeFile(fileOf(keyOf(1)), payload(1));
    writeFile(fileOf(keyOf(2)), {});
    open(3);
    EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(1))));
    EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(2))));
    EXPECT_EQ(store_->stats().corrupt, 2);
    EXPECT_EQ(store_->stats().chunks, 0);
}

TEST_F(ChunkReconcileTest, RowWithoutFileIsDropped) {
    open(3);
    publish(1);
    publish(2);
    store_.reset();
    EXPECT_EQ(query("SELECT count(*) FROM chunks"), 2);
    std::filesystem::remove(fileOf(keyOf(1)));
    open(3);
    EXPECT_EQ(store_->stats().chunks, 1);
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    EXPECT_FALSE(has(1));
    store_.reset();
    EXPECT_EQ(query("SELECT count(*) FROM chunks"), 1);
}

TEST_F(ChunkReconcileTest, FileOfAnotherSizeThanItsRowIsJudgedByItself) {
    open(3);
    publish(1);
    publish(2);
    store_.reset();
    std::filesystem::resize_file(fileOf(keyOf(1)), 1000);
    query("UPDATE chunks SET bytes = bytes + 1");
    open(3);
    EXPECT_FALSE(has(1));
    EXPECT_FALSE(std::filesystem::exists(fileOf(keyOf(1))));
    EXPECT_EQ(store_->stats().bytes, kChunkFile);
    EXPECT_TRUE(has(2));
    store_->flush();
    store_.reset();
    EXPECT_EQ(query("SELECT sum(bytes) FROM chunks"), kChunkFile);
}

TEST_F(ChunkReconcileTest, RowsThatMeanNothingDoNoHarm) {
    open(3);
    for (std::uint64_t i = 1; i <= 3; ++i)
        publish(i);
    store_.reset();
    query("UPDATE chunks SET bytes = -5, budget = 77, last_access_ns = -1");
    open(3);
    EXPECT_EQ(store_->stats().chunks, 3);
    EXPECT_EQ(store_->stats().bytes, 3 * kChunkFile);
    store_.reset();
    query("UPDATE chunks SET last_access_ns = 9223372036854775807");
    open(3);
    publish(4);
    publish(5);
    store_->flush();
    EXPECT_TRUE(has(4)); // times in the far future do not make old chunks immortal
    EXPECT_TRUE(has(5));
}

TEST_F(ChunkReconcileTest, DamagedIndexIsRebuilt) {
    const auto damage = [&](const std::string& how) {
        open(3);
        publish(1);
        publish(2);
        store_->flush();
        store_.reset();
        if (how == "text")
            writeFile(index(), payload(1));
        else if (how == "truncated")
            std::filesystem::resize_file(index(), 5000);
        else if (how == "page")
            for (int i = 0; i < 64; ++i)
                flipBit(index(), 4096 + i, i % 8);
        else if (how == "version")
            query("PRAGMA user_version = 99");
        else if (how == "schema")
            query("DROP TABLE chunks; CREATE TABLE chunks(other)");
        open(3);
        EXPECT_TRUE(has(1)) << how;
        EXPECT_TRUE(has(2)) << how;
        store_->flush();
        store_.reset();
        EXPECT_EQ(query("SELECT count(*) FROM chunks"), 2) << how;
        EXPECT_EQ(query("PRAGMA user_version"), 2) << how;
    };
    for (const char* how : {"text", "truncated", "page", "version", "schema"})
        damage(how);
}

TEST_F(ChunkReconcileTest, IndexThatLosesItsTableWhileOpenIsRebuilt) {
    open(3);
    publish(1);
    store_->flush();
    query("DROP TABLE chunks");
    publish(2);
    store_->flush(); // fails, which tells
    publish(3);
    store_->flush();
    EXPECT_EQ(query("SELECT count(*) FROM chunks"), 3);
}

TEST_F(ChunkReconcileTest, IndexOverwrittenWhileOpenCostsNoChunk) {
    open(3);
    publish(1);
    store_->flush();
    for (const char* suffix : {"", "-wal"})
        writeFile(index().string() + suffix, payload(1));
    publish(2);
    open(3);
    EXPECT_TRUE(has(1));
    EXPECT_TRUE(has(2));
    store_->flush();
    store_.reset();
    EXPECT_EQ(query("SELECT count(*) FROM chunks"), 2);
}

TEST_F(ChunkReconcileTest, UnusableIndexCostsOnlyTheOrderOfUse) {
    std::filesystem::create_directories(index() / "in the way");
    open(3);
    EXPECT_TRUE(publish(1));
    store_->flush();
    EXPECT_TRUE(has(1));
    open(3);
    EXPECT_TRUE(has(1));
}

} // namespace
} // namespace segue::cache
