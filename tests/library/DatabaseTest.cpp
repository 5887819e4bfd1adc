// The SQLite layer: values round-trip as they are, transactions undo, errors carry their kind, and
// a pool lends each connection once.

#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "library/Database.h"
#include "tests/library/LibraryFixture.h"
#include "tests/support/TempDir.h"

namespace segue::library {
namespace {

using test::errorOf;

class DatabaseTest : public ::testing::Test {
  protected:
    std::unique_ptr<Connection> open(Access access = Access::ReadWrite) {
        auto connection = Connection::open(path, access);
        EXPECT_TRUE(connection) << (connection ? "" : connection.error().message);
        return std::move(*connection);
    }

    const segue::test::TempDir dir;
    const std::filesystem::path path = dir.path() / "test.db";
};

TEST_F(DatabaseTest, ValuesRoundTripByteForByte) {
    auto db = open();
    ASSERT_TRUE(db->execute("CREATE TABLE t (i INTEGER, r REAL, t TEXT, b BLOB, n TEXT) STRICT"));
    const std::string bytes("\0\xFF\x80 a\0", 6);
    ASSERT_TRUE(db->prepare("INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)")
                    .bindInt(1, INT64_MIN)
                    .bindReal(2, 0.1)
                    .bindText(3, "")
                    .bindBlob(4, bytes)
                    .bindNull(5)
                    .run());
    Statement select = db->prepare("SELECT i, r, t, b, n FROM t");
    ASSERT_TRUE(select.step().value());
    EXPECT_EQ(select.intAt(0), INT64_MIN);
    EXPECT_EQ(select.realAt(1), 0.1);
    EXPECT_FALSE(select.isNull(2));
    EXPECT_EQ(select.textAt(2), "");
    EXPECT_EQ(select.blobAt(3), bytes);
    EXPECT_TRUE(select.isNull(4));
    EXPECT_FALSE(select.step().value());
}

TEST_F(DatabaseTest, AStatementFromTheCacheHasNoOldParameters) {
    auto db = open();
    for (const bool bound : {true, false}) {
        Statement select = db->prepare("SELECT ?1 IS NULL");
        if (bound)
            select.bindInt(1, 5);
        ASSERT_TRUE(select.step().value());
        EXPECT_EQ(select.intAt(0), bound ? 0 : 1);
    }
}

TEST_F(DatabaseTest, WhatIsSaidAgainAndAgainIsCompiledOnceWhateverPassesThrough) {
    auto db = open();
    ASSERT_TRUE(db->execute("CREATE TABLE t (i INTEGER)"));
    const auto sayOften = [&] { ASSERT_TRUE(db->prepare("INSERT INTO t VALUES (1)").run()); };
    for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(db->queryInt("SELECT " + std::to_string(i)));
        sayOften();
    }
    const std::int64_t before = db->compiled();
    EXPECT_EQ(before, 201);
    sayOften();
    EXPECT_EQ(db->compiled(), before);
    ASSERT_TRUE(db->queryInt("SELECT 0"));
    EXPECT_EQ(db->compiled(), before + 1) << "long ago";
}

TEST_F(DatabaseTest, TheSameStatementMayBeInUseTwice) {
    auto db = open();
    const char* sql = "SELECT 1 UNION ALL SELECT 2";
    Statement first = db->prepare(sql);
    ASSERT_TRUE(first.step().value());
    Statement second = db->prepare(sql);
    ASSERT_TRUE(second.step().value());
    ASSERT_TRUE(first.step().value());
    EXPECT_EQ(first.intAt(0), 2);
    EXPECT_EQ(second.intAt(0), 1);
}

TEST_F(DatabaseTest, ATransactionThatIsNotCommittedLeavesNothing) {
    auto db = open();
    ASSERT_TRUE(db->execute("CREATE TABLE t (i INTEGER)"));
    {
        const auto transaction = Transaction::begin(*db);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(db->execute("INSERT INTO t VALUES (1)"));
    }
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM t"), 0);
    auto transaction = Transaction::begin(*db);
    ASSERT_TRUE(db->execute("INSERT INTO t VALUES (1)"));
    ASSERT_TRUE(transaction->commit());
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, ErrorsNameTheDatabaseAndTheStatement) {
    auto db = open();
    const auto row = db->prepare("SELECT * FROM nowhere").bindInt(1, 3).step();
    ASSERT_FALSE(row);
    EXPECT_EQ(errorOf(row), ErrorCode::Internal);
    EXPECT_NE(row.error().message.find("test.db"), std::string::npos);
    EXPECT_NE(row.error().message.find("FROM nowhere"), std::string::npos);
}

TEST_F(DatabaseTest, AFileOfOtherBytesIsCorrupt) {
    std::ofstream(path) << std::string(8192, 'x');
    EXPECT_EQ(errorOf(Connection::open(path, Access::ReadWrite)), ErrorCode::Corrupt);
}

TEST_F(DatabaseTest, AnUnreachablePlaceIsAnIoError) {
    EXPECT_EQ(errorOf(Connection::open(dir.path() / "no" / "where.db", Access::ReadWrite)),
              ErrorCode::Io);
    EXPECT_EQ(errorOf(Connection::open(path, Access::ReadOnly)), ErrorCode::NotFound);
    EXPECT_EQ(errorOf(Connection::open(dir.path(), Access::ReadWrite)), ErrorCode::Io);
}

TEST_F(DatabaseTest, AFullDatabaseIsNoSpaceAndStaysReadable) {
    auto db = open();
    ASSERT_TRUE(db->execute("CREATE TABLE t (b BLOB); INSERT INTO t VALUES ('kept'); "
                            "PRAGMA max_page_count=4"));
    const auto done =
        db->prepare("INSERT INTO t VALUES (?1)").bindBlob(1, std::string(100'000, 'x')).run();
    ASSERT_FALSE(done);
    EXPECT_EQ(errorOf(done), ErrorCode::NoSpace);
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, AStatementThatTakesTooManyStepsIsEndedAndTheNextIsNot) {
    auto db = open();
    const std::string slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE "
                             "i < 100000) SELECT count(*) FROM n";
    {
        const StepLimit limit(*db, 10'000);
        EXPECT_EQ(errorOf(db->queryInt(slow)), ErrorCode::Cancelled);
        EXPECT_EQ(errorOf(db->queryInt(slow)), ErrorCode::Cancelled);
    }
    EXPECT_EQ(db->queryInt(slow).value(), 100'000);
    const StepLimit limit(*db, 1'000'000'000);
    EXPECT_EQ(db->queryInt(slow).value(), 100'000);
}

TEST_F(DatabaseTest, AReadOnlyConnectionRefusesToWrite) {
    ASSERT_TRUE(open()->execute("CREATE TABLE t (i INTEGER)"));
    auto db = open(Access::ReadOnly);
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM t"), 0);
    EXPECT_EQ(errorOf(db->execute("INSERT INTO t VALUES (1)")), ErrorCode::Io);
}

TEST_F(DatabaseTest, APoolOfOneSerialisesItsUsers) {
    ASSERT_TRUE(open()->execute("CREATE TABLE t (i INTEGER); INSERT INTO t VALUES (0)"));
    ConnectionPool pool(path, Access::ReadWrite, 1);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&pool] {
            for (int k = 0; k < 50; ++k) {
                const auto connection = pool.acquire();
                ASSERT_TRUE(connection);
                // Not one statement: only exclusive use makes the sum right.
                const auto value = (*connection)->queryInt("SELECT i FROM t");
                ASSERT_TRUE(
                    (*connection)->execute("UPDATE t SET i = " + std::to_string(*value + 1)));
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(open()->queryInt("SELECT i FROM t"), 200);
}

TEST_F(DatabaseTest, APoolLendsAgainAfterItCouldNotOpen) {
    ConnectionPool pool(path, Access::ReadOnly, 1);
    EXPECT_FALSE(pool.acquire());
    open();
    EXPECT_TRUE(pool.acquire());
}

} // namespace
} // namespace segue::library
