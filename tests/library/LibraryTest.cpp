// The library as a whole: listing, paging, search, analyses, several threads and processes, and
// processes that are killed.

#include <csignal>
#include <sys/wait.h>
#include <thread>

#include "library/AnalysisTable.h"
#include "library/CorridorTable.h"
#include "library/Database.h"
#include "library/ProblemTable.h"
#include "library/Scanner.h"
#include "library/TrackTable.h"
#include "library/VanishedContent.h"
#include "tests/library/LibraryFixture.h"

namespace segue::library {
namespace {

using test::errorOf;

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using test::writeAudio;
using test::writeTags;
namespace fs = std::filesystem;

class ListTest : public test::LibraryTest {
  protected:
    void add(const std::string& name, const test::Properties& tags) {
        writeAudio(root / name, 1);
        writeTags(root / name, tags);
    }
};

TEST_F(ListTest, ComesInOrderAndInPages) {
    add("1.flac", {{"ARTIST", "beta"}, {"ALBUM", "B"}, {"TRACKNUMBER", "2"}, {"TITLE", "b2"}});
    add("2.flac", {{"ARTIST", "Beta"}, {"ALBUM", "b"}, {"TRACKNUMBER", "10"}, {"TITLE", "b10"}});
    add("3.flac", {{"ARTIST", "ALPHA"}, {"ALBUM", "Z"}, {"TITLE", "z"}});
    add("4.flac", {{"ARTIST", "alpha"}, {"ALBUM", "A"}, {"DISCNUMBER", "2"}, {"TITLE", "a2"}});
    add("5.flac", {{"ARTIST", "Alpha"}, {"ALBUM", "a"}, {"DISCNUMBER", "1"}, {"TITLE", "a1"}});
    add("6.flac", {{"TITLE", "nobody"}});
    add("7.flac", {{"TITLE", "nobody"}});
    const auto library = open();
    scan(*library);
    const std::vector<std::string> all{"a1", "a2", "z", "b2", "b10", "nobody", "nobody"};
    EXPECT_EQ(titles(*library), all);
    for (const int limit : {1, 2, 3, 7}) {
        std::vector<std::string> paged;
        TrackId after = 0;
        for (;;) {
            const auto page = library->tracks({"", after, limit});
            ASSERT_TRUE(page);
            if (page->empty())
                break;
            EXPECT_LE(page->size(), static_cast<std::size_t>(limit));
            for (const Track& track : *page)
                paged.push_back(track.title);
            after = page->back().id;
        }
        EXPECT_EQ(paged, all) << limit;
    }
}

TEST_F(ListTest, FindsSubstringsOfTitleArtistAndAlbumInAnyCase) {
    add("1.flac",
        {{"ARTIST", "Sigur R\xC3\xB3s"}, {"ALBUM", "Takk"}, {"TITLE", "Hopp\xC3\xADpolla"}});
    add("2.flac",
        {{"ARTIST", "A"}, {"ALBUMARTIST", "Various"}, {"ALBUM", "100%"}, {"TITLE", "x_y"}});
    const auto library = open();
    scan(*library);
    EXPECT_THAT(titles(*library, "R\xC3\x93S"), SizeIs(1));
    EXPECT_THAT(titles(*library, "TAK"), SizeIs(1));
    EXPECT_THAT(titles(*library, "\xC3\x8Dpoll"), SizeIs(1));
    EXPECT_THAT(titles(*library, "vario"), ElementsAre("x_y"));
    EXPECT_THAT(titles(*library, "0%"), ElementsAre("x_y")) << "% is no wildcard";
    EXPECT_THAT(titles(*library, "_"), ElementsAre("x_y")) << "_ is no wildcard";
    EXPECT_THAT(titles(*library, "takk hopp"), IsEmpty());
    EXPECT_THAT(titles(*library, " "), SizeIs(2));
    EXPECT_THAT(titles(*library, "\xFF"), IsEmpty());
    EXPECT_THAT(titles(*library, std::string(50'000, 'x')), IsEmpty());
}

TEST_F(ListTest, RefusesLimitsAndStartsThatMeanNothing) {
    const auto library = open();
    for (const int limit : {0, -1, 1001})
        EXPECT_EQ(errorOf(library->tracks({"", 0, limit})), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(library->tracks({"", 5, 10})), ErrorCode::NotFound);
    for (const int limit : {0, 1001})
        EXPECT_EQ(errorOf(library->problems(limit, "")), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(library->problems(10, "made up")), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(library->withoutAnalysis(1, 0)), ErrorCode::InvalidArgument);
    EXPECT_EQ(errorOf(library->track(1)), ErrorCode::NotFound);
}

TEST_F(ListTest, PagingGoesOnAfterATrackThatVanished) {
    for (const char* name : {"a.wav", "b.wav", "c.wav"})
        writeAudio(root / name, 1);
    const auto library = open();
    scan(*library);
    const TrackId b = idOf(*library, root / "b.wav");
    fs::remove(root / "b.wav");
    scan(*library);
    const auto page = library->tracks({"", b, 10});
    ASSERT_TRUE(page);
    ASSERT_THAT(*page, SizeIs(1));
    EXPECT_EQ(page->at(0).title, "c");
}

class QueryPlan : public test::LibraryTest {
  protected:
    std::vector<std::string> planOf(const std::string& sql) {
        open();
        const auto db = Connection::open(database, Access::ReadWrite).value();
        Statement rows = db->prepare("EXPLAIN QUERY PLAN " + sql);
        std::vector<std::string> plan;
        for (;;) {
            const auto row = rows.step();
            EXPECT_TRUE(row) << row.error().message;
            if (!row || !*row)
                return plan;
            plan.push_back(rows.textAt(3));
        }
    }

    const RootSet roots{{1, 2}, "1,2"};
};

TEST_F(QueryPlan, ListsWalkTheIndexAndNeverSort) {
    for (const bool search : {false, true}) {
        const auto plan = planOf(listSql(roots, search));
        EXPECT_THAT(plan, Each(HasSubstr("SEARCH track USING INDEX track_in_order")));
        EXPECT_THAT(plan, Not(Contains(HasSubstr("TEMP B-TREE"))));
    }
}

TEST_F(QueryPlan, OneTrackIsOneLookUp) {
    EXPECT_THAT(planOf("SELECT * FROM track WHERE id = ?1"),
                ElementsAre("SEARCH track USING INTEGER PRIMARY KEY (rowid=?)"));
    EXPECT_THAT(planOf("SELECT bytes FROM analysis WHERE content=?1 AND version=?2 AND kind=?3"),
                ElementsAre(HasSubstr("SEARCH analysis USING INDEX")));
}

TEST_F(QueryPlan, CountsNeedTheIndexOnly) {
    EXPECT_THAT(planOf(countSql(roots)),
                ElementsAre(HasSubstr("SEARCH track USING COVERING INDEX track_by_root")));
}

TEST_F(QueryPlan, ScansOfChangedFoldersReadTheirRowsOnly) {
    EXPECT_THAT(planOf(rowsOfChangedSql(Below::No)),
                ElementsAre(HasSubstr("SEARCH f USING COVERING INDEX"),
                            HasSubstr("SEARCH t USING INDEX track_by_folder (folder_id=?)")));
    EXPECT_THAT(planOf(rowsOfChangedSql(Below::Yes)),
                ElementsAre(HasSubstr("MULTI-INDEX OR"), HasSubstr("INDEX 1"),
                            HasSubstr("(path=?)"), HasSubstr("INDEX 2"),
                            HasSubstr("(path>? AND path<?)")));
    EXPECT_THAT(planOf(missingRowsSql()),
                Contains(HasSubstr("track USING COVERING INDEX track_by_root")));
}

TEST_F(QueryPlan, LearningWalksTheContentsInOrder) {
    const auto plan = planOf(analysedContentsSql(roots));
    EXPECT_THAT(plan, Contains(HasSubstr("track USING INDEX track_by_content (content>?)")));
    EXPECT_THAT(plan, Contains(HasSubstr("analysis USING COVERING INDEX")));
    EXPECT_THAT(plan, Not(Contains(HasSubstr("TEMP B-TREE"))));
}

TEST_F(QueryPlan, VanishedContentsAreFoundInIndexes) {
    EXPECT_THAT(planOf(goneContentsSql()),
                ElementsAre(HasSubstr("analysis_1"), HasSubstr("CORRELATED"),
                            HasSubstr("track_by_content (content=?)"), HasSubstr("CORRELATED"),
                            HasSubstr("vanished USING PRIMARY KEY (content=?)")));
}

TEST_F(QueryPlan, TracksWithoutAnalysisComeFromTheirIndex) {
    const auto plan = planOf(withoutAnalysisSql(roots));
    EXPECT_THAT(plan, Contains(HasSubstr("track_by_analysis (analysis_version<?)")));
    EXPECT_THAT(plan, Contains(HasSubstr("track_by_analysis (analysis_version>?)")));
    EXPECT_THAT(plan, Not(Contains(HasSubstr("SCAN"))));
}

TEST_F(QueryPlan, ProblemsAreLookedUpAndSortOnlyFailures) {
    const auto plan = planOf(problemPageSql(roots));
    EXPECT_THAT(plan, Contains(HasSubstr("SEARCH problem USING PRIMARY KEY (path>?)")));
    EXPECT_THAT(plan, Contains(HasSubstr("SEARCH track USING INTEGER PRIMARY KEY (rowid=?)")));
    EXPECT_THAT(plan, Not(Contains(HasSubstr("SCAN track"))));
}

class AnalysisTest : public test::LibraryTest {
  protected:
    AnalysisTest() {
        writeAudio(root / "a.wav", 1);
        writeAudio(root / "b.wav", 2);
        library = open();
        scan(*library);
        a = idOf(*library, root / "a.wav");
        b = idOf(*library, root / "b.wav");
    }

    std::vector<TrackId> lacking(std::uint32_t version) {
        return library->withoutAnalysis(version, 100).value();
    }

    std::unique_ptr<Library> library;
    TrackId a = 0, b = 0;
};

TEST_F(AnalysisTest, IsStoredByContentVersionAndKind) {
    const Hash128 content{0x8000000000000001, 2};
    const std::string bytes("\0\xFF analysis", 11);
    EXPECT_EQ(library->analysis(content, 1, AnalysisKind::Full).value(), std::nullopt);
    ASSERT_TRUE(library->putAnalysis(content, 1, AnalysisKind::Full, bytes));
    ASSERT_TRUE(library->putAnalysis(content, 1, AnalysisKind::Quick, ""));
    EXPECT_EQ(library->analysis(content, 1, AnalysisKind::Full).value(), bytes);
    EXPECT_EQ(library->analysis(content, 1, AnalysisKind::Quick).value(), "");
    EXPECT_EQ(library->analysis(content, 2, AnalysisKind::Full).value(), std::nullopt);
    EXPECT_EQ(library->analysis({2, 0x8000000000000001}, 1, AnalysisKind::Full).value(),
              std::nullopt);
    ASSERT_TRUE(library->putAnalysis(content, 1, AnalysisKind::Full, "newer"));
    EXPECT_EQ(open()->analysis(content, 1, AnalysisKind::Full).value(), "newer");
}

TEST_F(AnalysisTest, ALeasePinsAnAnalysisAndACorridorOverARestart) {
    const Hash128 content{1, 2};
    EXPECT_EQ(library->planLease(content, 1).value(), PlanLease{});
    const PlanLease quick{AnalysisKind::Quick, 0, 500};
    const PlanLease full{AnalysisKind::Full, 7, 400};
    ASSERT_TRUE(library->putPlanLease(content, 1, quick));
    EXPECT_EQ(open()->planLease(content, 1).value(), quick);
    ASSERT_TRUE(library->putPlanLease(content, 1, full));
    EXPECT_EQ(open()->planLease(content, 1).value(), full);
    EXPECT_EQ(library->planLease(content, 2).value(), PlanLease{});
}

TEST_F(AnalysisTest, TheNewestCorridorsAndPinnedOnesAreKept) {
    EXPECT_EQ(library->newestCorridor().value(), std::nullopt);
    EXPECT_EQ(library->corridor(1).value(), std::nullopt);
    const std::string bytes("\0\xFF learned", 10);
    ASSERT_EQ(library->putCorridor({99, 1000, 20, bytes}).value(), 1);
    ASSERT_EQ(library->putCorridor({0, 2000, 25, "two"}).value(), 2);
    ASSERT_TRUE(library->putPlanLease({1, 1}, 1, {AnalysisKind::Full, 1, 1'000'000}));
    ASSERT_TRUE(library->putPlanLease({1, 2}, 1, {AnalysisKind::Full, 2, 5000}));
    for (std::int64_t i = 0; i < Library::kKeptCorridors; ++i)
        ASSERT_EQ(library->putCorridor({0, 6000 + i, 30, "more"}).value(), 3 + i);
    const auto pinned = library->corridor(1).value();
    ASSERT_TRUE(pinned);
    EXPECT_EQ(pinned->bytes, bytes);
    EXPECT_EQ(pinned->createdMs, 1000);
    EXPECT_EQ(pinned->tracks, 20);
    EXPECT_FALSE(library->corridor(2).value()) << "its lease has run out";
    EXPECT_TRUE(library->corridor(3).value());
    EXPECT_EQ(open()->newestCorridor().value()->version, 2 + Library::kKeptCorridors);
}

TEST_F(AnalysisTest, LearningSeesPresentTracksWithFullAnalysesOnce) {
    writeAudio(root / "copy of a.wav", 1);
    scan(*library);
    const Hash128 first = *library->refresh(a)->contentId;
    const Hash128 second = *library->refresh(b)->contentId;
    ASSERT_EQ(*library->refresh(idOf(*library, root / "copy of a.wav"))->contentId, first);
    const auto contents = [&] { return library->analysedContents(1, std::nullopt, 10).value(); };
    EXPECT_EQ(library->analysedCount(1).value(), 0);
    for (const Hash128& content : {first, second, Hash128{1, 1}})
        ASSERT_TRUE(library->putAnalysis(content, 1, AnalysisKind::Full, "f"));
    ASSERT_TRUE(library->putAnalysis(second, 1, AnalysisKind::Quick, "q"));
    EXPECT_THAT(contents(), ElementsAre(std::min(first, second), std::max(first, second)));
    EXPECT_EQ(library->analysedCount(1).value(), 2);
    EXPECT_EQ(library->analysedCount(2).value(), 0);
    EXPECT_THAT(library->analysedContents(1, std::nullopt, 1).value(),
                ElementsAre(std::min(first, second)));
    EXPECT_THAT(library->analysedContents(1, std::min(first, second), 10).value(),
                ElementsAre(std::max(first, second)));
    EXPECT_THAT(library->analysedContents(1, std::max(first, second), 10).value(), IsEmpty());
    EXPECT_EQ(library->trackOf(second).value()->id, b);
    fs::remove(root / "b.wav");
    scan(*library);
    EXPECT_THAT(contents(), ElementsAre(first));
    EXPECT_EQ(library->trackOf(first).value()->contentId, first);
    EXPECT_FALSE(library->trackOf(second).value()) << "it is missing";
    EXPECT_FALSE(open({dir.path() / "elsewhere"})->trackOf(first).value());
    EXPECT_EQ(open({dir.path() / "elsewhere"})->analysedCount(1).value(), 0);
}

TEST_F(AnalysisTest, AnalysesOfVanishedContentAreForgottenAfterAMonth) {
    constexpr std::int64_t kMonth = Library::kVanishedKeptMs;
    const std::int64_t now = 1'700'000'000'000;
    const Hash128 content = *library->refresh(a)->contentId;
    const Hash128 other = *library->refresh(b)->contentId;
    for (const Hash128& each : {content, other}) {
        ASSERT_TRUE(library->putAnalysis(each, 1, AnalysisKind::Full, "f"));
        ASSERT_TRUE(library->putAnalysis(each, 1, AnalysisKind::Quick, "q"));
    }
    const auto there = [&](const Hash128& each) {
        return library->analysis(each, 1, AnalysisKind::Full).value().has_value();
    };
    EXPECT_EQ(library->forgetVanished(now).value(), 0);
    const std::string bytes = test::readBytes(root / "a.wav");
    fs::remove(root / "a.wav");
    scan(*library);
    EXPECT_EQ(library->forgetVanished(now + 1).value(), 0);
    EXPECT_EQ(library->forgetVanished(now + kMonth).value(), 0);
    EXPECT_TRUE(there(content)) << "not yet a month";

    // Back for a while: the month begins anew.
    test::writeBytes(root / "a.wav", bytes);
    scan(*library);
    ASSERT_EQ(*library->refresh(a)->contentId, content);
    EXPECT_EQ(library->forgetVanished(now + kMonth + 5).value(), 0);
    fs::remove(root / "a.wav");
    scan(*library);
    EXPECT_EQ(library->forgetVanished(now + kMonth + 10).value(), 0);
    EXPECT_EQ(library->forgetVanished(now + 2 * kMonth).value(), 0);
    EXPECT_EQ(library->forgetVanished(now + 2 * kMonth + 10).value(), 1);
    EXPECT_FALSE(there(content));
    EXPECT_EQ(library->analysis(content, 1, AnalysisKind::Quick).value(), std::nullopt);
    EXPECT_TRUE(there(other));
    EXPECT_EQ(library->forgetVanished(now + 3 * kMonth).value(), 0);

    test::writeBytes(root / "a.wav", bytes);
    scan(*library);
    EXPECT_THAT(lacking(1), ElementsAre(a)) << "it is analysed again when it comes back";
}

TEST_F(AnalysisTest, AnUnpluggedDiskLosesNoAnalyses) {
    const Hash128 content = *library->refresh(a)->contentId;
    ASSERT_TRUE(library->putAnalysis(content, 1, AnalysisKind::Full, "f"));
    fs::rename(root, dir.path() / "unplugged");
    scan(*library);
    EXPECT_EQ(library->forgetVanished(1).value(), 0);
    EXPECT_EQ(library->forgetVanished(2 + Library::kVanishedKeptMs).value(), 0);
    EXPECT_TRUE(library->analysis(content, 1, AnalysisKind::Full).value());
}

TEST_F(AnalysisTest, TracksLackItUntilTheirContentHasIt) {
    EXPECT_THAT(lacking(3), ElementsAre(a, b));
    EXPECT_THAT(lacking(0), ElementsAre(a, b));
    EXPECT_THAT(library->withoutAnalysis(3, 1).value(), ElementsAre(a));
    const Hash128 content = *library->refresh(a)->contentId;
    ASSERT_TRUE(library->putAnalysis(content, 3, AnalysisKind::Quick, "q"));
    EXPECT_THAT(lacking(3), ElementsAre(a, b)) << "a quick one does not count";
    ASSERT_TRUE(library->putAnalysis(content, 3, AnalysisKind::Full, "f"));
    EXPECT_THAT(lacking(3), ElementsAre(b));
    EXPECT_THAT(lacking(4), ElementsAre(a, b));
    EXPECT_THAT(lacking(2), ElementsAre(a, b));
    ASSERT_TRUE(library->putAnalysis(content, 4, AnalysisKind::Full, "f"));
    EXPECT_THAT(lacking(4), ElementsAre(b));
    EXPECT_THAT(lacking(3), ElementsAre(b)) << "the older one is still there";
}

TEST_F(AnalysisTest, ATrackThatGetsAKnownContentHasItsAnalysis) {
    const Hash128 content = *library->refresh(a)->contentId;
    ASSERT_TRUE(library->putAnalysis(content, 3, AnalysisKind::Full, "f"));
    fs::copy_file(root / "a.wav", root / "c.wav");
    scan(*library);
    const TrackId c = idOf(*library, root / "c.wav");
    EXPECT_THAT(lacking(3), ElementsAre(b, c)) << "its content is not known yet";
    ASSERT_TRUE(library->refresh(c));
    EXPECT_THAT(lacking(3), ElementsAre(b));
    writeAudio(root / "a.wav", 5);
    scan(*library);
    EXPECT_THAT(lacking(3), ElementsAre(a, b)) << "edited";
}

TEST_F(AnalysisTest, AFailureCountsUntilTheFileChanges) {
    const Track track = library->refresh(a).value();
    ASSERT_TRUE(library->putAnalysisFailure(a, track.stamp, 3, "decode at frame 8: bad \xFF CRC"));
    EXPECT_THAT(lacking(3), ElementsAre(b));
    EXPECT_THAT(lacking(4), ElementsAre(a, b)) << "another version may do better";
    library = open();
    EXPECT_THAT(lacking(3), ElementsAre(b));
    scan(*library);
    EXPECT_THAT(lacking(3), ElementsAre(b)) << "an idle scan changes nothing";
    ASSERT_THAT(library->problems(10, "")->items, SizeIs(1));
    EXPECT_EQ(library->problems(10, "")->items.at(0).path, (root / "a.wav").string());
    EXPECT_THAT(library->problems(10, "")->items.at(0).reason,
                HasSubstr("analysis: decode at frame 8"));

    writeAudio(root / "a.wav", 7);
    ASSERT_TRUE(library->refresh(a));
    EXPECT_THAT(lacking(3), ElementsAre(a, b));
    EXPECT_THAT(library->problems(10, "")->items, IsEmpty());
    ASSERT_TRUE(library->putAnalysisFailure(a, track.stamp, 3, "late news of the old file"));
    EXPECT_THAT(lacking(3), ElementsAre(a, b));
    EXPECT_EQ(errorOf(library->putAnalysisFailure(99, track.stamp, 3, "x")), ErrorCode::NotFound);
}

TEST_F(AnalysisTest, ProblemsComePageByPageEachOnce) {
    // One path after another, and on one path what the scan says before two versions' analyses.
    for (const char* name : {"0.flac", "z.flac"})
        test::writeBytes(root / name, "junk");
    scan(*library);
    for (const auto& [id, version] : {std::pair(a, 3u), std::pair(a, 4u), std::pair(b, 3u)})
        ASSERT_TRUE(library->putAnalysisFailure(id, library->refresh(id)->stamp, version,
                                                "version " + std::to_string(version)));
    const auto namesOf = [](const Page<ScanProblem>& page) {
        std::vector<std::string> names;
        for (const ScanProblem& problem : page.items)
            names.push_back(fs::path(problem.path).filename().string() + " " +
                            problem.reason.substr(problem.reason.size() - 1));
        return names;
    };
    const auto all = library->problems(1000, "").value();
    EXPECT_EQ(all.next, "");
    const auto names = namesOf(all);
    ASSERT_THAT(names, SizeIs(5));
    EXPECT_THAT(names, ElementsAre(StartsWith("0.flac"), "a.wav 3", "a.wav 4", "b.wav 3",
                                   StartsWith("z.flac")));
    for (const int limit : {1, 2, 3, 4, 5}) {
        std::vector<std::string> paged;
        std::string cursor;
        do {
            const auto page = library->problems(limit, cursor).value();
            ASSERT_LE(page.items.size(), static_cast<std::size_t>(limit));
            ASSERT_THAT(page.items, Not(IsEmpty()));
            ASSERT_LT(paged.size(), names.size()) << "pages without end";
            for (std::string& name : namesOf(page))
                paged.push_back(std::move(name));
            cursor = page.next;
        } while (!cursor.empty());
        EXPECT_EQ(paged, names) << limit;
    }
}

TEST_F(AnalysisTest, ASuccessForgetsTheFailure) {
    const Track track = library->refresh(a).value();
    ASSERT_TRUE(library->putAnalysisFailure(a, track.stamp, 3, "out of memory"));
    ASSERT_TRUE(library->putAnalysis(*track.contentId, 3, AnalysisKind::Full, "f"));
    EXPECT_THAT(library->problems(10, "")->items, IsEmpty());
    EXPECT_THAT(lacking(3), ElementsAre(b));
}

TEST_F(AnalysisTest, AFailureOfAnUnhashedTrackOutlivesItsFirstHash) {
    const FileStamp stamp = library->track(a)->stamp;
    ASSERT_TRUE(library->putAnalysisFailure(a, stamp, 3, "too short"));
    ASSERT_TRUE(library->refresh(a));
    EXPECT_THAT(lacking(3), ElementsAre(b));
}

TEST_F(AnalysisTest, MissingTracksLackNothing) {
    fs::remove(root / "a.wav");
    scan(*library);
    EXPECT_THAT(lacking(3), ElementsAre(b));
}

using ProcessTest = test::LibraryTest;

TEST_F(ProcessTest, ReadersGoOnWhileAScanWrites) {
    writeAudio(root / "0.wav");
    for (int i = 1; i < 700; ++i)
        fs::copy_file(root / "0.wav", root / (std::to_string(i) + ".wav"));
    const auto library = open();
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            std::int64_t before = 0;
            while (!stop) {
                const auto count = library->trackCount();
                ASSERT_TRUE(count) << count.error().message;
                EXPECT_GE(*count, before);
                before = *count;
                const auto page = library->tracks({"1", 0, 50});
                ASSERT_TRUE(page) << page.error().message;
                for (const Track& track : *page)
                    ASSERT_TRUE(library->track(track.id));
            }
        });
    scan(*library);
    stop = true;
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(library->trackCount(), 700);
}

/// Runs `work` in a child process; whatever it returns is the child's exit status.
template <typename Work>
pid_t inChild(const Work& work) {
    const pid_t child = ::fork();
    if (child == 0)
        ::_exit(work());
    return child;
}

TEST_F(ProcessTest, TwoProcessesShareOneLibrary) {
    for (int i = 0; i < 50; ++i)
        writeAudio(root / (std::to_string(i) + ".wav"), i + 1);
    const pid_t child = inChild([&] {
        const auto library = Library::open(database, {root});
        if (!library)
            return 1;
        for (int i = 0; i < 200; ++i) {
            const Hash128 content{7, static_cast<std::uint64_t>(i)};
            if (!(*library)->tracks({}) ||
                !(*library)->putAnalysis(content, 1, AnalysisKind::Full, "child"))
                return 2;
        }
        return 0;
    });
    const auto library = open();
    for (int i = 0; i < 20; ++i) {
        scan(*library);
        test::writeAudio(root / "0.wav", 100 + i);
        for (const Track& track : list(*library))
            EXPECT_TRUE(library->refresh(track.id));
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(library->analysis({7, 199}, 1, AnalysisKind::Full).value(), "child");
}

TEST_F(ProcessTest, AKilledProcessLeavesAWholeLibrary) {
    writeAudio(root / "0.wav");
    for (int i = 1; i < 40; ++i)
        fs::copy_file(root / "0.wav", root / (std::to_string(i) + ".wav"));
    std::map<std::string, TrackId> ids;
    for (int round = 0; round < 6; ++round) {
        int pipe[2];
        ASSERT_EQ(::pipe(pipe), 0);
        const pid_t child = inChild([&] {
            const auto library = Library::open(database, {root});
            for (std::uint64_t i = 0; library; ++i) {
                for (int k = 0; k < 10; ++k)
                    test::writeTags(root / (std::to_string(k) + ".wav"),
                                    {{"TITLE", std::to_string(i)}});
                const auto report = (*library)->scan({}, std::atomic<bool>{false});
                const auto put =
                    (*library)->putAnalysis({9, i}, 1, AnalysisKind::Full, std::string(9999, 'a'));
                if (!report || !put || ::write(pipe[1], "x", 1) != 1)
                    break;
            }
            return 1;
        });
        // The n-th sign of life, then the blow, somewhere in the work that follows.
        char sign = 0;
        for (int i = 0; i <= round; ++i)
            ASSERT_EQ(::read(pipe[0], &sign, 1), 1);
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        EXPECT_TRUE(WIFSIGNALED(status));
        ::close(pipe[0]);
        ::close(pipe[1]);

        EXPECT_EQ(Connection::open(database, Access::ReadWrite)
                      .value()
                      ->queryInt("SELECT count(*) FROM pragma_integrity_check WHERE "
                                 "integrity_check = 'ok'"),
                  1);
        const auto library = open();
        EXPECT_EQ(library->trackCount(), 40);
        EXPECT_TRUE(library->analysis({9, 0}, 1, AnalysisKind::Full).value());
        for (const Track& track : list(*library)) {
            const auto [known, fresh] = ids.emplace(track.path, track.id);
            EXPECT_EQ(known->second, track.id);
        }
        EXPECT_FALSE(scan(*library).cancelled) << "the dead process holds no lock";
    }
    EXPECT_THAT(ids, SizeIs(40));
}

} // namespace
} // namespace segue::library
