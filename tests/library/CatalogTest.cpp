// Artists, albums and genres are what the tracks say, whatever comes, goes and changes.

#include "library/CatalogWriter.h"
#include "library/Text.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using test::Properties;
using test::writeAudio;
using test::writeTags;

class CatalogTest : public test::LibraryTest {
  protected:
    void put(const std::string& name, const Properties& tags) {
        writeAudio(root / name, ++seed_);
        writeTags(root / name, tags);
    }

    std::vector<std::string> rows(const std::string& sql) {
        const auto db = Connection::open(database, Access::ReadOnly);
        std::vector<std::string> all;
        Statement select = (*db)->prepare(sql);
        for (;;) {
            const auto row = select.step();
            if (!row)
                ADD_FAILURE() << row.error().message;
            if (!row || !*row)
                return all;
            all.push_back(select.textAt(0));
        }
    }

    std::vector<std::string> albums() {
        return rows("SELECT artist || ' / ' || title || ' ' || tracks FROM album WHERE tracks > 0 "
                    "ORDER BY artist_key, id");
    }

    /// What the counts say, which must be the same when everything is counted anew.
    std::vector<std::string> counts() {
        return rows(
            "SELECT 'artist ' || name || ' ' || role || ' ' || r.tracks || ' ' || r.albums FROM "
            "artist_role r JOIN artist a ON a.id = artist_id WHERE r.tracks + r.albums > 0 UNION "
            "SELECT 'album ' || title || ' ' "
            "|| tracks || ' ' || duration_ms FROM album UNION SELECT 'genre ' || name || ' ' || "
            "tracks || ' ' || albums FROM genre");
    }

    void expectTrueCounts() {
        const auto told = counts();
        const auto db = Connection::open(database, Access::ReadWrite);
        ASSERT_TRUE(recountCatalog(**db));
        EXPECT_EQ(told, counts());
    }

  private:
    int seed_ = 0;
};

TEST_F(CatalogTest, TracksOfOneFolderAndTitleAreAnAlbumOfTheirArtist) {
    put("x/1.flac", {{"ALBUM", "Songs"}, {"ARTIST", "Ann"}, {"DATE", "2001"}});
    put("x/2.flac", {{"ALBUM", "songs "}, {"ARTIST", "Ann feat. Bob"}});
    put("y/1.flac", {{"ALBUM", "Songs"}, {"ARTIST", "Ann"}});
    put("y/2.flac", {{"ARTIST", "Ann"}});
    const auto library = open();
    scan(*library);
    EXPECT_THAT(albums(), ::testing::UnorderedElementsAre("Ann / Songs 2", "Ann / Songs 1"));
    EXPECT_EQ(library->track(idOf(*library, root / "y/2.flac"))->albumId, 0);
    expectTrueCounts();
}

TEST_F(CatalogTest, DifferentArtistsWithoutAnAlbumArtistAreVarious) {
    put("x/1.flac", {{"ALBUM", "Hits"}, {"ARTIST", "Ann"}});
    put("x/2.flac", {{"ALBUM", "Hits"}, {"ARTIST", "Bob"}});
    const auto library = open();
    scan(*library);
    EXPECT_THAT(albums(), ::testing::ElementsAre("Various Artists / Hits 2"));
    // And are no longer when they agree.
    writeTags(root / "x/2.flac", {{"ALBUM", "Hits"}, {"ARTIST", "ANN"}});
    scan(*library);
    EXPECT_THAT(albums(), ::testing::ElementsAre("Ann / Hits 2"));
    expectTrueCounts();
}

TEST_F(CatalogTest, AnAlbumArtistNamesTheAlbumAndVaIsVariousArtists) {
    put("x/1.flac", {{"ALBUM", "A"}, {"ARTIST", "Ann"}, {"ALBUMARTIST", "The Band"}});
    put("x/2.flac", {{"ALBUM", "A"}, {"ARTIST", "Bob"}, {"ALBUMARTIST", "The Band"}});
    put("y/1.flac", {{"ALBUM", "B"}, {"ARTIST", "Ann"}, {"ALBUMARTIST", "VA"}});
    put("z/1.flac", {{"ALBUM", "C"}, {"ARTIST", "Ann"}, {"COMPILATION", "1"}});
    const auto library = open();
    scan(*library);
    EXPECT_THAT(albums(),
                ::testing::ElementsAre("The Band / A 2", "VA / B 1", "Various Artists / C 1"));
    EXPECT_THAT(rows("SELECT a.name || ' ' || r.albums FROM artist_role r JOIN artist a ON a.id = "
                     "r.artist_id WHERE r.role = 1 AND r.albums > 0 ORDER BY r.sort_key"),
                ::testing::ElementsAre("The Band 1", "Various Artists 2"));
    expectTrueCounts();
}

TEST_F(CatalogTest, DiscFoldersAreOneAlbum) {
    int number = 0;
    for (const char* folder :
         {"Opera/CD1", "Opera/cd 02 - Act two", "Opera/Disc-3", "Tales (Disc 1)", "Tales [CD 2]"})
        put(std::string(folder) + "/1.flac", {{"ALBUM", number++ < 3 ? "Opera" : "Tales"},
                                              {"ARTIST", "Ann"},
                                              {"DISCNUMBER", std::to_string(number)}});
    put("Discovery/1.flac", {{"ALBUM", "Opera"}, {"ARTIST", "Ann"}});
    const auto library = open();
    scan(*library);
    EXPECT_THAT(albums(),
                ::testing::UnorderedElementsAre("Ann / Opera 3", "Ann / Tales 2", "Ann / Opera 1"));
}

TEST_F(CatalogTest, AMusicBrainzReleaseIsOneAlbumWhereverItLies) {
    const std::string release = "01234567-89ab-cdef-0123-456789abcdef";
    put("x/1.flac", {{"ALBUM", "A"}, {"ARTIST", "Ann"}, {"MUSICBRAINZ_ALBUMID", release}});
    put("y/2.mp3", {{"ALBUM", "A"}, {"ARTIST", "Ann"}, {"MUSICBRAINZ_ALBUMID", release}});
    put("y/3.flac", {{"ALBUM", "A"}, {"ARTIST", "Ann"}, {"MUSICBRAINZ_ALBUMID", "nonsense"}});
    const auto library = open();
    scan(*library);
    EXPECT_THAT(albums(), ::testing::UnorderedElementsAre("Ann / A 2", "Ann / A 1"));
}

TEST_F(CatalogTest, DetailsHoldAllThatTheFileSays) {
    put("x/1.flac", {{"TITLE", "T"},
                     {"ARTIST", "Ann & Bob"},
                     {"ARTISTS", "Ann"},
                     {"ARTISTS", "Bob"},
                     {"COMPOSER", "Cid"},
                     {"PERFORMER", "Dee"},
                     {"GENRE", "Rock"},
                     {"GENRE", "Folk; Jazz"},
                     {"TRACKNUMBER", "3/12"},
                     {"DISCTOTAL", "2"},
                     {"DATE", "2001-02-30x"},
                     {"ORIGINALDATE", "1969-07"},
                     {"BPM", "120.5"},
                     {"COMMENT", "fine"},
                     {"REPLAYGAIN_TRACK_GAIN", "-6.25 dB"},
                     {"REPLAYGAIN_TRACK_PEAK", "0.98"},
                     {"MUSICBRAINZ_TRACKID", "01234567-89AB-cdef-0123-456789abcdef"}});
    const auto library = open();
    scan(*library);
    const auto details = library->details(idOf(*library, root / "x/1.flac"));
    ASSERT_TRUE(details);
    std::vector<std::string> names;
    for (const ArtistName& artist : details->artists)
        names.push_back(std::to_string(static_cast<int>(artist.role)) + artist.name);
    EXPECT_THAT(names, ::testing::ElementsAre("0Ann", "0Bob", "2Cid", "5Dee"));
    EXPECT_EQ(details->genres.size(), 3u);
    EXPECT_EQ(details->trackTotal, 12);
    EXPECT_EQ(details->discTotal, 2);
    EXPECT_EQ(details->releaseDate, "2001-02-30");
    EXPECT_EQ(details->originalDate, "1969-07");
    EXPECT_EQ(details->bpm, 120.5);
    EXPECT_EQ(details->comment, "fine");
    EXPECT_EQ(details->replayGain.trackGainDb, -6.25);
    EXPECT_EQ(details->replayGain.trackPeakLinear, 0.98);
    EXPECT_EQ(details->replayGain.albumGainDb, std::nullopt);
    EXPECT_EQ(details->musicBrainz.recording, "01234567-89ab-cdef-0123-456789abcdef");
    EXPECT_EQ(test::errorOf(library->details(12345)), ErrorCode::NotFound);
}

TEST_F(CatalogTest, CountsFollowWhatGoesAndComesBack) {
    put("x/1.flac", {{"ALBUM", "A"}, {"ARTIST", "Ann"}, {"GENRE", "Rock"}});
    put("x/2.flac", {{"ALBUM", "A"}, {"ARTIST", "Bob"}, {"GENRE", "Jazz"}});
    const auto library = open();
    scan(*library);
    const auto before = counts();
    std::filesystem::rename(root / "x/2.flac", dir.path() / "2.flac");
    scan(*library);
    EXPECT_THAT(albums(), ::testing::ElementsAre("Ann / A 1"));
    EXPECT_THAT(rows("SELECT name FROM genre WHERE tracks > 0"), ::testing::ElementsAre("Rock"));
    expectTrueCounts();
    std::filesystem::rename(dir.path() / "2.flac", root / "x/2.flac");
    scan(*library);
    EXPECT_EQ(counts(), before);
    EXPECT_NE(before, std::vector<std::string>{});
}

TEST_F(CatalogTest, RootsThatAreNotGivenCountForNothing) {
    put("x/1.flac", {{"ALBUM", "A"}, {"ARTIST", "Ann"}, {"GENRE", "Rock"}});
    put("y/1.flac", {{"ALBUM", "B"}, {"ARTIST", "Ann"}, {"GENRE", "Rock"}});
    scan(*open());
    const auto before = counts();
    open({root / "x"});
    EXPECT_THAT(albums(), ::testing::ElementsAre("Ann / A 1"));
    expectTrueCounts();
    open();
    EXPECT_EQ(counts(), before);
}

TEST_F(CatalogTest, AnAlbumThatIsRenamedAsAWholeKeepsItsId) {
    const auto retag = [&](const char* album) {
        for (const char* name : {"x/1.flac", "x/2.flac"})
            put(name, {{"ALBUM", album}, {"ARTIST", "Ann"}});
    };
    retag("Dreft");
    const auto library = open();
    scan(*library);
    const auto ids = [&] { return rows("SELECT id FROM album WHERE tracks > 0 ORDER BY id"); };
    const auto first = ids();
    ASSERT_EQ(first.size(), 1u);
    retag("Draft");
    scan(*library);
    EXPECT_EQ(ids(), first);
    EXPECT_THAT(albums(), ::testing::ElementsAre("Ann / Draft 2"));
    std::filesystem::rename(root / "x", root / "y");
    scan(*library);
    EXPECT_EQ(ids(), first);
    // One of its tracks goes elsewhere: the album stays where it was.
    writeTags(root / "y/2.flac", {{"ALBUM", "Other"}, {"ARTIST", "Ann"}});
    scan(*library);
    EXPECT_EQ(ids().size(), 2u);
    EXPECT_EQ(ids().front(), first.front());
    EXPECT_THAT(rows("SELECT title FROM album WHERE id = " + first.front()),
                ::testing::ElementsAre("Draft"));
    expectTrueCounts();
}

TEST_F(CatalogTest, TheFullTextFollowsTheTexts) {
    put("x/1.flac", {{"TITLE", "Se\xC3\xB1or"}, {"ALBUM", "Alpha"}, {"ARTIST", "Ann"}});
    const auto library = open();
    scan(*library);
    const auto hits = [&](const char* table, const char* word) {
        return rows(std::string("SELECT rowid FROM ") + table + " WHERE " + table + " MATCH '" +
                    word + "'")
            .size();
    };
    EXPECT_EQ(hits("track_search", "senor"), 1u);
    EXPECT_EQ(hits("album_search", "alph*"), 1u);
    EXPECT_EQ(hits("artist_search", "ann"), 1u);
    writeTags(root / "x/1.flac", {{"TITLE", "Madam"}, {"ALBUM", "Beta"}, {"ARTIST", "Ann"}});
    scan(*library);
    EXPECT_EQ(hits("track_search", "senor"), 0u);
    EXPECT_EQ(hits("track_search", "madam beta"), 1u);
    EXPECT_EQ(hits("album_search", "alpha"), 0u);
    EXPECT_EQ(hits("album_search", "beta"), 1u);
    const auto db = Connection::open(database, Access::ReadWrite);
    for (const char* table : {"track_search", "album_search", "artist_search"})
        EXPECT_TRUE((*db)->execute(std::string("INSERT INTO ") + table + "(" + table +
                                   ", rank) VALUES ('integrity-check', 1)"))
            << table;
}

TEST(Names, DifferInMoreThanTheirSigns) {
    EXPECT_EQ(identityOf(" Guns  N\xE2\x80\x99 Roses "), identityOf("guns n' roses"));
    EXPECT_EQ(identityOf("a\xE2\x80\x90"
                         "ha"),
              identityOf("A-ha"));
    EXPECT_NE(identityOf("Beyonce"), identityOf("Beyonc\xC3\xA9"));
    EXPECT_EQ(identityOf("  "), "");
}

TEST(Names, AreOrderedByTheirLetters) {
    EXPECT_EQ(orderKey("\xC3\x89"
                       "DITH"),
              "edith");
    EXPECT_EQ(orderKey("...The Wall", Article::Skip), "wall");
    EXPECT_EQ(orderKey("The The", Article::Skip), "the");
    EXPECT_EQ(orderKey("The", Article::Skip), "the");
    EXPECT_EQ(orderKey("!!!"), "!!!");
}

} // namespace
} // namespace segue::library
