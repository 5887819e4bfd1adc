// Which plan a playback gets, over a real library and with analyses that are made up: the first
// playback keeps its provisional plan, also over a restart; the next one gets the final one.
#include "backend/PlanChoice.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <random>
#include <vector>

#include "tests/backend/Gate.h"
#include "tests/backend/MemoryStore.h"
#include "tests/backend/WavFile.h"
#include "tests/support/Errors.h"
#include "tests/support/Signals.h"
#include "tests/support/TempDir.h"

namespace segue::backend {
namespace {

using namespace std::chrono_literals;
using analysis::Coverage;
using Use = AnalysisStore::Use;
using test::Gate;

constexpr int kRateHz = 8000;
constexpr std::int64_t kMinuteMs = 60'000;

/// Analyses of invented content; counts, and fails where a test says so.
class FakeAnalyser {
  public:
    std::map<std::string, Error> quickErrors, fullErrors; ///< by file name; set before use
    std::function<void()> duringFull;

    Analyse asFunction() {
        return [this](const std::filesystem::path& path, const FileStamp&, Coverage coverage,
                      const std::atomic<bool>&, const std::function<void()>& beforeEachRead) {
            return (*this)(path, coverage, beforeEachRead);
        };
    }
    Result<AnalysisPtr> operator()(const std::filesystem::path& path, Coverage coverage,
                                   const std::function<void()>& beforeEachRead) {
        const bool quick = coverage == Coverage::Quick;
        ++(quick ? quicks : fulls);
        if (beforeEachRead)
            beforeEachRead();
        if (!quick) {
            if (duringFull)
                duringFull();
            std::lock_guard lock(mutex_);
            fullOrder_.push_back(path.filename());
        }
        const auto& errors = quick ? quickErrors : fullErrors;
        if (const auto it = errors.find(path.filename()); it != errors.end())
            return fail(it->second);
        analysis::TrackAnalysis made;
        made.coverage = coverage;
        made.sampleRateHz = kRateHz;
        made.numChannels = 1;
        made.numFrames = 4000;
        made.dcOffset = {0.0};
        made.integratedLufs = quick ? -20 : -23;
        made.maxMomentaryLufs = made.maxShortTermLufs = made.integratedLufs + 3;
        made.truePeakDbtp = made.samplePeakDbfs = -6;
        // Music falls towards the treble, each piece in its own way.
        std::mt19937 random(static_cast<unsigned>(std::hash<std::string>{}(path.filename())));
        for (std::size_t band = 0; band < made.midDb.size(); ++band) {
            made.midDb[band] =
                -30 - 0.7 * static_cast<double>(band) - static_cast<double>(random() % 1000) / 200;
            made.sideDb[band] = analysis::TrackAnalysis::kSilenceDb;
        }
        return std::make_shared<const analysis::TrackAnalysis>(std::move(made));
    }
    std::vector<std::string> fullOrder() {
        std::lock_guard lock(mutex_);
        return fullOrder_;
    }

    std::atomic<int> quicks{0}, fulls{0};

  private:
    std::mutex mutex_;
    std::vector<std::string> fullOrder_;
};

class PlanChoiceTest : public ::testing::Test {
  protected:
    /// What lives as long as one run of the server.
    struct Run {
        explicit Run(PlanChoiceTest& test)
            : corridors(*test.library, test.learning, [&test] { return test.nowMs.load(); }),
              analyses(*test.library, corridors, [&test] { return test.nowMs.load(); }),
              scheduler(test.chunks, {}), runner(2, 8),
              background(*test.library, analyses, scheduler, test.analyser.asFunction(),
                         [this](const std::atomic<bool>& cancel) { corridors.learnIfDue(cancel); }),
              plans(*test.library, analyses, runner, background, test.analyser.asFunction()) {}
        CorridorKeeper corridors;
        AnalysisStore analyses;
        RenderScheduler scheduler;
        AnalysisRunner runner;
        BackgroundAnalyser background;
        PlanChoice plans;
    };

    PlanChoiceTest() { std::filesystem::create_directory(dir.path() / "music"); }
    void addTrack(const std::string& name, unsigned seed) {
        test::writeWav(dir.path() / "music" / name, test::noise(1, 4000, 0.3, seed), kRateHz);
    }
    void start() {
        auto opened = library::Library::open(dir.path() / "library.db", {dir.path() / "music"});
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        library = std::move(*opened);
        const std::atomic<bool> cancel{false};
        ASSERT_TRUE(library->scan({}, cancel).has_value());
        run = std::make_unique<Run>(*this);
    }
    void restart() {
        run.reset();
        run = std::make_unique<Run>(*this);
    }
    Result<PlanChoice::Choice> choose(Use use, library::TrackId id = 1) {
        return run->plans.choose(id, mastering::PlanRequest{}, use,
                                 {.deadline = Clock::now() + 20s});
    }
    Coverage played() { return choose(Use::Play).value().analysis->coverage; }
    Coverage looked() { return choose(Use::Look).value().analysis->coverage; }
    void finishBackground() {
        run->background.start();
        run->background.lookAgain();
        ASSERT_TRUE(run->background.waitUntilIdle(20s));
    }

    test::TempDir dir;
    std::atomic<std::int64_t> nowMs{1'700'000'000'000};
    test::MemoryStore chunks;
    FakeAnalyser analyser;
    CorridorLearning learning; ///< set before start()
    std::unique_ptr<library::Library> library;
    std::unique_ptr<Run> run;
};

TEST_F(PlanChoiceTest, APlaybackKeepsItsProvisionalPlanAndTheNextGetsTheFinalOne) {
    addTrack("a.wav", 1);
    start();
    const auto first = choose(Use::Play);
    ASSERT_TRUE(first.has_value()) << first.error().message;
    EXPECT_EQ(first->analysis->coverage, Coverage::Quick);
    EXPECT_TRUE(first->plan->provisional);
    finishBackground();
    EXPECT_EQ(analyser.fulls, 1);
    nowMs += 29 * kMinuteMs;
    const auto again = choose(Use::Play);
    EXPECT_EQ(again->analysis->coverage, Coverage::Quick);
    EXPECT_EQ(again->plan, first->plan);
    nowMs += 29 * kMinuteMs; // each request of a playback extends it
    EXPECT_EQ(played(), Coverage::Quick);
    nowMs += 31 * kMinuteMs;
    const auto next = choose(Use::Play);
    EXPECT_EQ(next->analysis->coverage, Coverage::Full);
    EXPECT_FALSE(next->plan->provisional);
    EXPECT_EQ(analyser.quicks, 1);
}

TEST_F(PlanChoiceTest, TheProvisionalPlanSurvivesARestart) {
    addTrack("a.wav", 1);
    start();
    EXPECT_EQ(played(), Coverage::Quick);
    finishBackground();
    restart();
    nowMs += 5 * kMinuteMs;
    EXPECT_EQ(played(), Coverage::Quick);
    nowMs += 31 * kMinuteMs;
    restart();
    EXPECT_EQ(played(), Coverage::Full);
    EXPECT_EQ(analyser.quicks, 1);
}

TEST_F(PlanChoiceTest, AFullAnalysisMadeAfterARestartDoesNotDisplaceThePlanInUse) {
    addTrack("a.wav", 1);
    start();
    EXPECT_EQ(played(), Coverage::Quick);
    restart();
    finishBackground();
    EXPECT_EQ(analyser.fulls, 1);
    EXPECT_EQ(played(), Coverage::Quick);
}

TEST_F(PlanChoiceTest, AStreamThatGoesOnKeepsItsPlan) {
    addTrack("a.wav", 1);
    start();
    const auto content = *choose(Use::Play)->track.contentId;
    finishBackground();
    for (int i = 0; i < 5; ++i) {
        nowMs += 20 * kMinuteMs;
        run->analyses.stillPlaying(content);
    }
    EXPECT_EQ(played(), Coverage::Quick);
}

TEST_F(PlanChoiceTest, APlaybackKeepsItsCorridorWhileTheLibraryGrows) {
    learning = CorridorLearning::fromMastering();
    for (unsigned i = 1; i < static_cast<unsigned>(learning.minTracks); ++i)
        addTrack(std::to_string(100 + i) + ".wav", i);
    start();
    finishBackground();
    const auto tagOf = [](const Result<PlanChoice::Choice>& choice) {
        return choice->streamSpec(encode::PcmFormat::Int16).etag();
    };
    const auto before = choose(Use::Play);
    const auto otherBefore = choose(Use::Look, 2);
    EXPECT_EQ(before->analysis->coverage, Coverage::Full);
    EXPECT_EQ(before->corridor, 0);
    addTrack("more.wav", 1000);
    const std::atomic<bool> cancel{false};
    ASSERT_TRUE(library->scan({}, cancel).has_value());
    run->background.lookAgain();
    ASSERT_TRUE(run->background.waitUntilIdle(20s));
    EXPECT_EQ(run->corridors.status().version, 1);

    EXPECT_EQ(choose(Use::Play)->corridor, 0) << "a playback under way keeps its version";
    EXPECT_EQ(choose(Use::Play)->plan, before->plan);
    EXPECT_EQ(choose(Use::Look)->corridor, 0);
    EXPECT_EQ(choose(Use::Play, 2)->corridor, 1) << "another one begins with the newest";
    EXPECT_NE(tagOf(choose(Use::Play, 2)), tagOf(otherBefore));
    restart();
    nowMs += 29 * kMinuteMs;
    EXPECT_EQ(choose(Use::Play)->corridor, 0) << "also over a restart";
    EXPECT_EQ(tagOf(choose(Use::Play)), tagOf(before));
    const std::string other = tagOf(choose(Use::Play, 2));
    restart();
    EXPECT_EQ(tagOf(choose(Use::Play, 2)), other) << "what was learned is read back";
    nowMs += 31 * kMinuteMs;
    EXPECT_EQ(choose(Use::Play)->corridor, 1);
    EXPECT_NE(tagOf(choose(Use::Play)), tagOf(before));
}

TEST_F(PlanChoiceTest, AQuickAnalysisAndItsCorridorArePinnedTogether) {
    learning = {.minTracks = 1,
                .learn = [](const auto&) -> Result<std::string> { return "learned"; },
                .parse = [](const auto&) { return nullptr; }};
    addTrack("a.wav", 1);
    start();
    EXPECT_EQ(choose(Use::Play)->corridor, 0);
    finishBackground();
    EXPECT_EQ(run->corridors.status().version, 1);
    restart();
    EXPECT_EQ(played(), Coverage::Quick);
    EXPECT_EQ(choose(Use::Play)->corridor, 0);
    nowMs += 31 * kMinuteMs;
    EXPECT_EQ(played(), Coverage::Full);
    EXPECT_EQ(choose(Use::Play)->corridor, 1);
}

TEST_F(PlanChoiceTest, LookingKeepsNothing) {
    addTrack("a.wav", 1);
    start();
    EXPECT_EQ(looked(), Coverage::Quick);
    finishBackground();
    EXPECT_EQ(looked(), Coverage::Full);
    EXPECT_EQ(played(), Coverage::Full);
}

TEST_F(PlanChoiceTest, AQuickAnalysisIsNotMadeTwice) {
    addTrack("a.wav", 1);
    start();
    EXPECT_EQ(played(), Coverage::Quick);
    nowMs += 60 * kMinuteMs;
    EXPECT_EQ(played(), Coverage::Quick);
    restart();
    nowMs += 60 * kMinuteMs;
    EXPECT_EQ(played(), Coverage::Quick);
    EXPECT_EQ(analyser.quicks, 1);
}

TEST_F(PlanChoiceTest, AFileThatCannotBeSampledIsReadWhole) {
    addTrack("liar.wav", 1);
    analyser.quickErrors["liar.wav"] = {ErrorCode::Corrupt, "shorter than it says"};
    start();
    EXPECT_EQ(played(), Coverage::Full);
    EXPECT_EQ(analyser.fulls, 1);
}

TEST_F(PlanChoiceTest, AFileThatCannotBeAnalysedIsAnError) {
    addTrack("bad.wav", 1);
    const Error error{ErrorCode::Corrupt, "decode 'bad.wav': no audio"};
    analyser.quickErrors["bad.wav"] = analyser.fullErrors["bad.wav"] = error;
    start();
    EXPECT_EQ(choose(Use::Play).error().message, error.message);
    EXPECT_EQ(test::codeOf(choose(Use::Play, 99)), ErrorCode::NotFound);
}

TEST_F(PlanChoiceTest, AnEditedFileIsAnotherStream) {
    addTrack("a.wav", 1);
    start();
    const auto before = choose(Use::Play);
    addTrack("a.wav", 2);
    const auto after = choose(Use::Play);
    EXPECT_NE(before->streamSpec(encode::PcmFormat::Int16).etag(),
              after->streamSpec(encode::PcmFormat::Int16).etag());
    EXPECT_EQ(analyser.quicks, 2);
    EXPECT_EQ(*choose(Use::Play)->track.contentId, *after->track.contentId);
}

TEST_F(PlanChoiceTest, PlansDifferByWhatIsAskedAndAreMadeOnce) {
    addTrack("a.wav", 1);
    start();
    const ReadLimits limits{.deadline = Clock::now() + 20s};
    const auto full =
        run->plans.choose(1, mastering::builtInRequest("adaptive"), Use::Play, limits);
    const auto same =
        run->plans.choose(1, mastering::builtInRequest("adaptive"), Use::Play, limits);
    const auto half =
        run->plans.choose(1, mastering::builtInRequest("adaptive", 0.5), Use::Play, limits);
    const auto warm = run->plans.choose(1, mastering::builtInRequest("warm"), Use::Play, limits);
    EXPECT_EQ(full->plan, same->plan);
    EXPECT_NE(full->planId, half->planId);
    EXPECT_NE(full->planId, warm->planId);
    const auto spec = full->streamSpec(encode::PcmFormat::Int16);
    EXPECT_NE(spec.chunkKey(0), spec.chunkKey(1));
    EXPECT_NE(spec.chunkKey(0), half->streamSpec(encode::PcmFormat::Int16).chunkKey(0));
    EXPECT_NE(spec.chunkKey(0), full->streamSpec(encode::PcmFormat::Int24).chunkKey(0));
    auto longer = spec;
    ++longer.numFrames;
    EXPECT_NE(spec.chunkKey(0), longer.chunkKey(0));
    EXPECT_NE(spec.etag(), longer.etag());
}

TEST_F(PlanChoiceTest, TheBackgroundGoesThroughTheLibraryOnce) {
    for (unsigned i = 0; i < 5; ++i)
        addTrack(std::string(1, static_cast<char>('a' + i)) + ".wav", i);
    analyser.fullErrors["c.wav"] = {ErrorCode::Corrupt, "decode 'c.wav': bad"};
    start();
    finishBackground();
    EXPECT_EQ(analyser.fulls, 5);
    EXPECT_EQ(run->background.pending(), 0);
    run->background.lookAgain();
    ASSERT_TRUE(run->background.waitUntilIdle(20s));
    EXPECT_EQ(analyser.fulls, 5) << "the bad file is left alone until it changes";
    const auto problems = library->problems(10, "")->items;
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_NE(problems.front().path.find("c.wav"), std::string::npos);
}

TEST_F(PlanChoiceTest, TheBackgroundTakesWhatWasPlayedFirst) {
    for (unsigned i = 0; i < 4; ++i)
        addTrack(std::string(1, static_cast<char>('a' + i)) + ".wav", i);
    start();
    Gate started, go;
    analyser.duringFull = [&] {
        started.open();
        go.pass();
    };
    run->background.start();
    ASSERT_TRUE(started.pass());
    const auto tracks = library->tracks({});
    library::TrackId last = 0;
    for (const auto& track : *tracks)
        if (track.path.filename() == "d.wav")
            last = track.id;
    run->background.soon(last);
    go.open();
    ASSERT_TRUE(run->background.waitUntilIdle(20s));
    const auto order = analyser.fullOrder();
    ASSERT_EQ(order.size(), 4u);
    EXPECT_EQ(order[1], "d.wav");
}

TEST_F(PlanChoiceTest, TheBackgroundWaitsWhileAReaderIsBlocked) {
    addTrack("a.wav", 1);
    start();
    Gate rendering, go;
    auto interest = run->scheduler.submit(
        {.key = {.high = 1, .low = 1},
         .payloadBytes = 0,
         .render = [&](cache::ChunkWriter&, const std::atomic<bool>&) -> Result<void> {
             rendering.open();
             go.pass();
             return {};
         }},
        RenderClass::Blocked, Clock::now());
    ASSERT_TRUE(rendering.pass());
    std::atomic<bool> readerDone{false};
    std::atomic<bool> early{false};
    analyser.duringFull = [&] { early = !readerDone; };
    run->background.start();
    readerDone = true;
    go.open();
    ASSERT_TRUE(run->background.waitUntilIdle(20s));
    EXPECT_EQ(analyser.fulls, 1);
    EXPECT_FALSE(early);
}

} // namespace
} // namespace segue::backend
