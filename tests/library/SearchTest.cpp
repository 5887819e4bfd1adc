// What people type finds what they mean, and no text does harm.

#include <random>

#include "library/Search.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SearchTest : public test::LibraryTest {
  protected:
    void put(const std::string& title, const std::string& artist, const std::string& album) {
        const auto path = root / album / (std::to_string(++count_) + ".flac");
        test::writeAudio(path, count_);
        test::writeTags(path, {{"TITLE", title}, {"ARTIST", artist}, {"ALBUM", album}});
    }

    std::vector<std::string> titlesOf(const std::string& text) {
        std::vector<std::string> all;
        for (const Track& track : answer(text).tracks)
            all.push_back(track.title);
        return all;
    }

    SearchAnswer answer(const std::string& text) {
        if (!library_) {
            library_ = open();
            scan(*library_);
        }
        auto found = library_->search(text, 20);
        if (!found)
            ADD_FAILURE() << found.error().message;
        return found.value_or(SearchAnswer{});
    }

    std::unique_ptr<Library> library_;

  private:
    int count_ = 0;
};

TEST_F(SearchTest, TheLastWordMayBeUnfinishedAndAccentsMakeNoDifference) {
    put("Bj\xC3\xB6rk's Song", "\xC3\x89va", "Tales");
    put("Another", "Eva", "Stories");
    EXPECT_THAT(titlesOf("bjor"), ElementsAre("Bj\xC3\xB6rk's Song"));
    EXPECT_THAT(titlesOf("BJ\xC3\x96RK so"), ElementsAre("Bj\xC3\xB6rk's Song"));
    EXPECT_THAT(titlesOf("bjor song"), IsEmpty()) << "only the last word may be unfinished";
    EXPECT_THAT(titlesOf("eva tal"), ElementsAre("Bj\xC3\xB6rk's Song"));
    EXPECT_THAT(titlesOf("ev"), UnorderedElementsAre("Bj\xC3\xB6rk's Song", "Another"));
    EXPECT_THAT(titlesOf("song "), ElementsAre("Bj\xC3\xB6rk's Song"));
    EXPECT_THAT(titlesOf("son "), IsEmpty()) << "a space ends the word";
}

TEST_F(SearchTest, TheVeryNameComesFirstAndTitlesBeforeArtistsBeforeAlbums) {
    put("Words", "Nobody", "Love");
    put("Love Me Do", "Somebody", "X");
    put("Love", "Anybody", "Y");
    put("Song", "Love", "Z");
    const auto found = titlesOf("love");
    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found[0], "Love");
    EXPECT_EQ(found[1], "Love Me Do");
    EXPECT_EQ(found[2], "Song");
    EXPECT_EQ(found[3], "Words");
    EXPECT_EQ(answer("love").albums.at(0).title, "Love");
    EXPECT_EQ(answer("love").artists.at(0).name, "Love");
}

TEST_F(SearchTest, OneLetterFindsNamesThatBeginWithIt) {
    put("Xylophone", "Zed", "Quartz");
    put("Music", "Xed", "Other");
    EXPECT_THAT(titlesOf("x"), ElementsAre("Xylophone"));
    EXPECT_THAT(answer("q").albums.at(0).title, "Quartz");
    EXPECT_EQ(answer("z").artists.at(0).name, "Zed");
    EXPECT_THAT(titlesOf("music x"), ElementsAre("Music")) << "the letter has not said much yet";
}

TEST_F(SearchTest, MissingTracksAndEmptyAlbumsAreNotFound) {
    put("Gone", "Ghost", "Grave");
    EXPECT_THAT(titlesOf("gone"), ElementsAre("Gone"));
    put("Here", "Host", "Cave");
    std::filesystem::remove_all(root / "Grave");
    scan(*library_);
    EXPECT_THAT(titlesOf("gone"), IsEmpty());
    EXPECT_THAT(answer("grave").albums, IsEmpty());
    EXPECT_THAT(answer("ghost").artists, IsEmpty());
}

TEST_F(SearchTest, NoTextDoesHarm) {
    put("AC/DC \"Live\"", "O'Neil* (x)", "NEAR AND NOT");
    for (const char* text : {"",          " ",
                             "\"",        "\"\"",
                             "*",         "a*",
                             "NEAR",      "NEAR(a b)",
                             "a AND",     "NOT",
                             "title:x",   "^a",
                             "{title}:a", "-a",
                             "(",         ")",
                             "a OR",      "\xE2\x80\x94",
                             "\xFF\xFE",  "';DROP TABLE track;--",
                             "+",         "a + b",
                             "[",         "%",
                             "_",         "\\",
                             "1",         "\xE6\x9D\xB1"})
        answer(text);
    EXPECT_THAT(titlesOf("ac/dc"), ElementsAre("AC/DC \"Live\""));
    EXPECT_THAT(titlesOf("o'neil"), ElementsAre("AC/DC \"Live\""));
    EXPECT_THAT(titlesOf("near and not"), ElementsAre("AC/DC \"Live\""));
    EXPECT_THAT(titlesOf("near OR nothing"), IsEmpty());
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) {
        std::string text(random() % 40, ' ');
        for (char& c : text)
            c = static_cast<char>(random());
        answer(text);
    }
    answer(std::string(100'000, 'x'));
    std::string words;
    for (int i = 0; i < 2000; ++i)
        words += "w ";
    answer(words);
    EXPECT_EQ(test::errorOf(library_->search("a", 0)), ErrorCode::InvalidArgument);
    EXPECT_EQ(test::errorOf(library_->search("a", 101)), ErrorCode::InvalidArgument);
}

TEST(MatchExpression, QuotesEveryWord) {
    EXPECT_EQ(matchExpression("Love me"), "\"Love\" \"me\"*");
    EXPECT_EQ(matchExpression("love "), "\"love\"");
    EXPECT_EQ(matchExpression("a\"b"), "\"a\"");
    EXPECT_EQ(matchExpression("mambo 5"), "\"mambo\" \"5\"");
    EXPECT_EQ(matchExpression("x"), "");
    EXPECT_EQ(matchExpression("\"*"), "");
}

} // namespace
} // namespace segue::library
