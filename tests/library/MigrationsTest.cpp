// Databases of every age open; those of the future and of others are left alone.

#include <thread>

#include "library/Migrations.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using test::errorOf;

using MigrationsTest = test::LibraryTest;

std::unique_ptr<Connection> connect(const std::filesystem::path& path) {
    std::filesystem::create_directories(path.parent_path());
    auto connection = Connection::open(path, Access::ReadWrite);
    EXPECT_TRUE(connection);
    return std::move(*connection);
}

// As Segue 0.1 wrote it. This text must never change.
constexpr const char* kSchema1 = R"sql(
CREATE TABLE root (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE track (
    id INTEGER PRIMARY KEY AUTOINCREMENT, root_id INTEGER NOT NULL REFERENCES root(id),
    path BLOB NOT NULL UNIQUE, missing INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL, device INTEGER NOT NULL,
    inode INTEGER NOT NULL, content BLOB CHECK (length(content) = 16),
    tags_version INTEGER NOT NULL, analysis_version INTEGER NOT NULL, title TEXT NOT NULL,
    artist TEXT NOT NULL, album TEXT NOT NULL, album_artist TEXT NOT NULL, genre TEXT NOT NULL,
    track_number INTEGER NOT NULL, disc_number INTEGER NOT NULL, year INTEGER NOT NULL,
    duration_s REAL NOT NULL, sample_rate_hz INTEGER NOT NULL, num_channels INTEGER NOT NULL,
    codec TEXT NOT NULL, sort_key BLOB NOT NULL) STRICT;
CREATE INDEX track_in_order ON track (sort_key, id, root_id) WHERE missing = 0;
CREATE INDEX track_by_root ON track (root_id, missing);
CREATE INDEX track_by_content ON track (content) WHERE content IS NOT NULL;
CREATE INDEX track_by_analysis ON track (analysis_version) WHERE missing = 0;
CREATE TABLE analysis (
    content BLOB NOT NULL CHECK (length(content) = 16), version INTEGER NOT NULL,
    kind INTEGER NOT NULL, lease_until_ms INTEGER NOT NULL DEFAULT 0, bytes BLOB NOT NULL,
    UNIQUE (content, version, kind)) STRICT;
CREATE TABLE analysis_failure (
    track_id INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE, version INTEGER NOT NULL,
    message TEXT NOT NULL, PRIMARY KEY (track_id, version)) STRICT, WITHOUT ROWID;
CREATE TABLE problem (
    path BLOB PRIMARY KEY, root_id INTEGER NOT NULL REFERENCES root(id), reason TEXT NOT NULL,
    retry INTEGER NOT NULL, tags_version INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL, changed_ns INTEGER NOT NULL, device INTEGER NOT NULL,
    inode INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO root VALUES (7, CAST('/srv/music' AS BLOB));
INSERT INTO track VALUES (41, 7, CAST('/srv/music/a.flac' AS BLOB), 0, 1000, 1, 2, 3, 4,
    x'000102030405060708090a0b0c0d0e0f', 1, 3, 'Song', 'Artist', 'Album', '', 'Folk', 4, 1, 1971,
    12.5, 44100, 2, 'flac', CAST('x' AS BLOB));
INSERT INTO analysis (content, version, kind, bytes)
    VALUES (x'000102030405060708090a0b0c0d0e0f', 3, 0, x'beef');
INSERT INTO problem VALUES (CAST('/srv/music/bad.mp3' AS BLOB), 7, 'no audio in it', 0, 1, 5, 1, 1,
    1, 1);
PRAGMA user_version = 1;
PRAGMA application_id = 0x53454755;
)sql";

TEST_F(MigrationsTest, ALibraryOfSchema1KeepsAllItHad) {
    ASSERT_TRUE(connect(database)->execute(kSchema1));
    const auto library = open({"/srv/music"});
    ASSERT_TRUE(library);
    const auto track = library->track(41);
    ASSERT_TRUE(track) << track.error().message;
    EXPECT_EQ(track->path, "/srv/music/a.flac");
    EXPECT_EQ(track->title, "Song");
    EXPECT_EQ(track->year, 1971);
    EXPECT_EQ(track->durationSeconds, 12.5);
    EXPECT_FALSE(track->missing);
    EXPECT_EQ(track->contentId, Hash128::fromHex("000102030405060708090a0b0c0d0e0f"));
    EXPECT_EQ(library->analysis(*track->contentId, 3, AnalysisKind::Full).value(), "\xBE\xEF");
    EXPECT_EQ(library->trackCount(), 1);
    EXPECT_EQ(library->withoutAnalysis(3, 10)->size(), 0u);
    EXPECT_EQ(library->problems(10, "")->items.at(0).path, "/srv/music/bad.mp3");
}

TEST_F(MigrationsTest, LeasesOfSchema1StillHold) {
    const auto old = connect(database);
    ASSERT_TRUE(old->execute(kSchema1));
    ASSERT_TRUE(old->execute("INSERT INTO analysis VALUES "
                             "(x'000102030405060708090a0b0c0d0e0f', 3, 1, 12345, x'00')"));
    const auto library = open({"/srv/music"});
    const auto content = *Hash128::fromHex("000102030405060708090a0b0c0d0e0f");
    EXPECT_EQ(library->planLease(content, 3).value(), (PlanLease{AnalysisKind::Quick, 0, 12345}));
    EXPECT_EQ(library->analysis(content, 3, AnalysisKind::Quick).value(), std::string(1, '\0'));
}

// What schema 3 had besides. This text must never change.
constexpr const char* kSchema3Additions = R"sql(
CREATE TABLE plan_lease (content BLOB NOT NULL CHECK (length(content) = 16),
    version INTEGER NOT NULL, kind INTEGER NOT NULL, corridor INTEGER NOT NULL,
    until_ms INTEGER NOT NULL, PRIMARY KEY (content, version)) STRICT, WITHOUT ROWID;
CREATE TABLE corridor (version INTEGER PRIMARY KEY AUTOINCREMENT, created_ms INTEGER NOT NULL,
    tracks INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
CREATE TABLE vanished (content BLOB PRIMARY KEY CHECK (length(content) = 16),
    since_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE play (user_id INTEGER NOT NULL, started_ms INTEGER NOT NULL,
    track_id INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE, seconds_heard REAL NOT NULL,
    source INTEGER NOT NULL, counted INTEGER NOT NULL,
    PRIMARY KEY (user_id, started_ms, track_id)) STRICT, WITHOUT ROWID;
CREATE INDEX play_by_track ON play (track_id);
CREATE TABLE play_count (user_id INTEGER NOT NULL,
    track_id INTEGER NOT NULL REFERENCES track(id) ON DELETE CASCADE, plays INTEGER NOT NULL,
    last_ms INTEGER NOT NULL, PRIMARY KEY (user_id, track_id)) STRICT, WITHOUT ROWID;
CREATE INDEX play_count_in_order ON play_count (user_id, plays, last_ms);
CREATE INDEX play_count_by_track ON play_count (track_id);
INSERT INTO play VALUES (1, 1000, 41, 12, 0, 1), (1, 2000, 41, 1, 0, 0);
INSERT INTO play_count VALUES (1, 41, 1, 1000);
PRAGMA user_version = 3;
)sql";

TEST_F(MigrationsTest, ALibraryOfSchema3KeepsIdsAndPlaysAndIsReadAnew) {
    const auto path = root / "a.flac";
    test::writeAudio(path);
    test::writeTags(path, {{"TITLE", "Song"}, {"ARTIST", "Artist"}, {"ALBUM", "Album"}});
    const auto stamp = stampOf(path);
    ASSERT_TRUE(stamp);
    {
        const auto old = connect(database);
        ASSERT_TRUE(old->execute(kSchema1));
        ASSERT_TRUE(old->execute(kSchema3Additions));
        ASSERT_TRUE(old->execute("UPDATE root SET path = CAST('" + root.string() +
                                 "' AS BLOB); UPDATE track SET path = CAST('" + path.string() +
                                 "' AS BLOB), size_bytes = " + std::to_string(stamp->sizeBytes) +
                                 ", modified_ns = " + std::to_string(stamp->modifiedNs) +
                                 ", changed_ns = " + std::to_string(stamp->changedNs) +
                                 ", inode = " + std::to_string(stamp->inode)));
    }
    const auto library = open();
    ASSERT_TRUE(library);
    EXPECT_EQ(titles(*library), std::vector<std::string>{"Song"});
    EXPECT_EQ(library->mostPlayed(kOnlyUser, 10).value(), std::vector<TrackId>{41});
    const auto db = connect(database);
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM track_search WHERE track_search MATCH 'song'"), 1);
    EXPECT_EQ(db->queryInt("SELECT shown FROM track WHERE id = 41"), 1);
    // Its tags are older than this Segue: they are read again, and so it gets an album.
    EXPECT_EQ(library->track(41)->albumId, 0);
    EXPECT_EQ(scan(*library).counts.changed, 1);
    EXPECT_NE(library->track(41)->albumId, 0);
    EXPECT_EQ(library->track(41)->contentId, Hash128::fromHex("000102030405060708090a0b0c0d0e0f"));
    EXPECT_EQ(library->mostPlayed(kOnlyUser, 10).value(), std::vector<TrackId>{41});
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM play"), 2);
    EXPECT_TRUE(db->execute("INSERT INTO track_search (track_search, rank) VALUES "
                            "('integrity-check', 1)"));
}

TEST_F(MigrationsTest, TheLiteralSchemaIsWhatTheFirstStepMakes) {
    const auto shape = [](Connection& connection) {
        std::vector<std::string> all;
        Statement rows = connection.prepare(
            "SELECT m.name, p.name, p.type, p.\"notnull\", p.pk FROM sqlite_schema m, "
            "pragma_table_info(m.name) p ORDER BY m.name, p.cid");
        while (rows.step().value())
            all.push_back(rows.textAt(0) + "." + rows.textAt(1) + " " + rows.textAt(2) +
                          rows.textAt(3) + rows.textAt(4));
        return all;
    };
    const auto made = connect(dir.path() / "made.db");
    ASSERT_TRUE(migrate(*made, libraryMigrations().first(1)));
    const auto literal = connect(dir.path() / "literal.db");
    ASSERT_TRUE(literal->execute(kSchema1));
    EXPECT_EQ(shape(*made), shape(*literal));
}

TEST_F(MigrationsTest, ANewerSchemaIsRefusedAndLeftAlone) {
    open();
    const auto version = [&] { return connect(database)->queryInt("PRAGMA user_version"); };
    ASSERT_TRUE(connect(database)->execute("PRAGMA user_version=99"));
    const auto library = Library::open(database, {root});
    ASSERT_FALSE(library);
    EXPECT_EQ(errorOf(library), ErrorCode::Unsupported);
    EXPECT_EQ(version(), 99);
}

TEST_F(MigrationsTest, ADatabaseOfAnotherProgramIsRefusedAndLeftAlone) {
    ASSERT_TRUE(connect(database)->execute("CREATE TABLE bookmarks (url TEXT)"));
    EXPECT_EQ(errorOf(Library::open(database, {root})), ErrorCode::Unsupported);
    EXPECT_EQ(connect(database)->queryInt("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(MigrationsTest, BytesThatAreNoDatabaseAreCorrupt) {
    test::writeBytes(database, std::string(5000, 'j'));
    EXPECT_EQ(errorOf(Library::open(database, {root})), ErrorCode::Corrupt);
}

constexpr std::array kSteps{Migration{1, "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (5)"},
                            Migration{2, "ALTER TABLE t ADD COLUMN b INTEGER DEFAULT 6"}};

TEST_F(MigrationsTest, StepsRunOnceAndInOrder) {
    const auto db = connect(database);
    ASSERT_TRUE(migrate(*db, std::span(kSteps).first(1)));
    ASSERT_TRUE(migrate(*db, kSteps));
    ASSERT_TRUE(migrate(*db, kSteps));
    EXPECT_EQ(db->queryInt("SELECT sum(a + b) FROM t"), 11);
    EXPECT_EQ(db->queryInt("PRAGMA user_version"), 2);
}

TEST_F(MigrationsTest, AStepThatFailsLeavesTheSchemaBefore) {
    const auto db = connect(database);
    constexpr std::array steps{kSteps[0],
                               Migration{2, "CREATE TABLE u (a INTEGER); INSERT INTO nowhere "
                                            "VALUES (1)"}};
    EXPECT_FALSE(migrate(*db, steps));
    EXPECT_EQ(db->queryInt("PRAGMA user_version"), 1);
    EXPECT_EQ(db->queryInt("SELECT count(*) FROM sqlite_schema WHERE name = 'u'"), 0);
    EXPECT_TRUE(migrate(*db, kSteps));
}

TEST_F(MigrationsTest, SeveralMayCreateTheLibraryAtOnce) {
    for (int round = 0; round < 5; ++round) {
        const auto path = dir.path() / std::to_string(round) / "library.db";
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                const auto library = Library::open(path, {root});
                EXPECT_TRUE(library) << library.error().message;
            });
        for (std::thread& thread : threads)
            thread.join();
    }
}

} // namespace
} // namespace segue::library
