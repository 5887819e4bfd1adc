// Streams over renders of known bytes and the real store on disk: whatever is asked, in whatever
// order, the bytes are those of the whole body.
#include "backend/EnhancedStream.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "backend/ChunkProvider.h"
#include "backend/RenderScheduler.h"
#include "cache/ChunkStore.h"
#include "tests/backend/FakeTrack.h"
#include "tests/backend/Gate.h"
#include "tests/backend/MemoryStore.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::backend {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::byte>;
using encode::PcmFormat;
using test::FakeRenderer;
using test::FakeTrack;
using test::Gate;
using test::MemoryStore;
using test::TempDir;

constexpr int kRateHz = 8000;
constexpr std::int64_t kL = 30 * kRateHz;
constexpr std::int64_t kX = kRateHz;

encode::StreamFormat format(int channels = 1, PcmFormat pcm = PcmFormat::Int16) {
    return {.sampleRateHz = kRateHz, .numChannels = channels, .pcm = pcm};
}

ReadLimits patient() {
    return {.deadline = Clock::now() + 20s};
}

/// Everything between a stream and its fake renders.
class Rig {
  public:
    Rig(cache::ChunkStore& store, const FakeTrack& track, FakeRenderer& renderer,
        const SchedulerOptions& options = {.workers = 2})
        : track_(track), renderer_(renderer), scheduler_(store, options),
          provider_(store, scheduler_,
                    [this](const chunk::RenderRequest& request, const chunk::PayloadSink& sink,
                           const std::atomic<bool>& cancel) {
                        return renderer_(track_.spec(), request, sink, cancel);
                    }) {}

    std::unique_ptr<EnhancedStream> stream() const {
        return std::make_unique<EnhancedStream>(provider_, track_.spec());
    }
    RenderScheduler& scheduler() { return scheduler_; }
    const ChunkProvider& provider() const { return provider_; }

  private:
    const FakeTrack& track_;
    FakeRenderer& renderer_;
    RenderScheduler scheduler_;
    ChunkProvider provider_;
};

std::unique_ptr<cache::ChunkStore> openStore(const TempDir& dir) {
    cache::StoreOptions options;
    options.directory = dir.path();
    options.minFreeBytes = 0;
    return cache::ChunkStore::open(options);
}

/// [offset, offset + length) in reads of at most `piece` bytes; shorter when the stream fails.
Bytes readRange(EnhancedStream& stream, std::int64_t offset, std::int64_t length,
                std::size_t piece = 65536) {
    Bytes got;
    while (static_cast<std::int64_t>(got.size()) < length) {
        Bytes part(std::min(piece, static_cast<std::size_t>(length) - got.size()));
        const auto count =
            stream.read(offset + static_cast<std::int64_t>(got.size()), part, patient());
        if (!count || *count == 0) {
            ADD_FAILURE() << "at " << offset + static_cast<std::int64_t>(got.size()) << ": "
                          << (count ? "nothing" : count.error().message);
            break;
        }
        got.insert(got.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(*count));
    }
    return got;
}

Bytes readAll(EnhancedStream& stream, std::size_t piece = 65536) {
    return readRange(stream, 0, stream.sizeBytes(), piece);
}

void expectRandomRanges(Rig& rig, const Bytes& body, unsigned seed, int count) {
    std::mt19937 random(seed);
    for (int i = 0; i < count; ++i) {
        const auto size = static_cast<std::int64_t>(body.size());
        const std::int64_t offset =
            std::uniform_int_distribution<std::int64_t>(0, size - 1)(random);
        const std::int64_t length = std::uniform_int_distribution<std::int64_t>(
            1, std::min<std::int64_t>(size - offset, 60'000))(random);
        auto stream = rig.stream();
        stream->setEnd(offset + length);
        const Bytes got = readRange(*stream, offset, length,
                                    std::uniform_int_distribution<std::size_t>(1, 9000)(random));
        ASSERT_TRUE(got.size() == static_cast<std::size_t>(length) &&
                    std::equal(got.begin(), got.end(), body.begin() + offset))
            << "range " << offset << " + " << length;
    }
}

TEST(EnhancedStream, EveryEdgeLengthGivesItsBytes) {
    for (const std::int64_t frames : {std::int64_t{0}, std::int64_t{1}, kL - 1, kL, kL + 1,
                                      kL + kX - 1, kL + kX, kL + kX + 1, 2 * kL, 2 * kL + 1}) {
        MemoryStore store;
        FakeTrack track(frames, format());
        FakeRenderer renderer;
        Rig rig(store, track, renderer);
        auto stream = rig.stream();
        const Bytes body = track.body();
        ASSERT_EQ(stream->sizeBytes(), static_cast<std::int64_t>(body.size())) << frames;
        EXPECT_TRUE(readAll(*stream, 4099) == body) << frames << " frames";
        EXPECT_EQ(renderer.renders(), (frames + kL - 1) / kL) << frames;
    }
}

TEST(EnhancedStream, EveryFormatGivesItsBytes) {
    for (const PcmFormat pcm : {PcmFormat::Int16, PcmFormat::Int24, PcmFormat::Float32}) {
        for (const int channels : {1, 2, 3}) {
            MemoryStore store;
            FakeTrack track(kL + kX + 777, format(channels, pcm));
            FakeRenderer renderer;
            Rig rig(store, track, renderer);
            EXPECT_TRUE(readAll(*rig.stream(), 5003) == track.body())
                << channels << " channels, " << encode::bitsPerSample(pcm) << " bits";
        }
    }
}

TEST(EnhancedStream, RandomRangesEqualTheBodyColdCachedAndAfterReopening) {
    FakeTrack track(3 * kL + 5 * kX + 123, format(2));
    const Bytes body = track.body();
    for (const int workers : {1, 2}) {
        TempDir dir;
        FakeRenderer renderer;
        {
            const auto store = openStore(dir);
            Rig rig(*store, track, renderer, {.workers = workers});
            expectRandomRanges(rig, body, 11, 25);
            EXPECT_TRUE(readAll(*rig.stream()) == body);
            const int renders = renderer.renders();
            expectRandomRanges(rig, body, 12, 25);
            EXPECT_EQ(renderer.renders(), renders) << "everything was cached";
        }
        const int renders = renderer.renders();
        const auto reopened = openStore(dir);
        Rig rig(*reopened, track, renderer, {.workers = workers});
        expectRandomRanges(rig, body, 13, 25);
        EXPECT_EQ(renderer.renders(), renders) << "everything was still cached";
    }
}

TEST(EnhancedStream, ManyReadersAtOnceGetTheSameBytes) {
    TempDir dir;
    const auto store = openStore(dir);
    FakeTrack track(2 * kL + 3 * kX, format());
    const Bytes body = track.body();
    FakeRenderer renderer;
    Rig rig(*store, track, renderer);
    std::vector<std::thread> readers;
    for (unsigned seed = 0; seed < 4; ++seed)
        readers.emplace_back([&, seed] { expectRandomRanges(rig, body, seed, 12); });
    for (auto& reader : readers)
        reader.join();
}

TEST(EnhancedStream, AJumpIntoASeamRendersBothNeighbours) {
    MemoryStore store;
    FakeTrack track(3 * kL, format());
    FakeRenderer renderer;
    Rig rig(store, track, renderer);
    auto stream = rig.stream();
    const std::int64_t offset = 44 + 2 * (2 * kL + kX / 2);
    stream->setEnd(offset + 10);
    const Bytes got = readRange(*stream, offset, 10);
    const Bytes body = track.body();
    EXPECT_TRUE(std::equal(got.begin(), got.end(), body.begin() + offset));
    EXPECT_EQ(renderer.rendersOf(0), 0);
    EXPECT_EQ(renderer.rendersOf(1), 1);
    EXPECT_EQ(renderer.rendersOf(2), 1);
}

TEST(EnhancedStream, BytesComeWhileTheirChunkIsBeingRendered) {
    MemoryStore store;
    FakeTrack track(kL, format());
    FakeRenderer renderer;
    Gate rest;
    renderer.beforePiece = [&](std::int64_t, std::int64_t offset,
                               const std::atomic<bool>&) -> Result<void> {
        if (offset > 100'000)
            rest.pass();
        return {};
    };
    Rig rig(store, track, renderer);
    auto stream = rig.stream();
    const Bytes body = track.body();
    const Bytes early = readRange(*stream, 0, 90'000);
    EXPECT_TRUE(std::equal(early.begin(), early.end(), body.begin()));
    EXPECT_FALSE(store.contains(track.spec().chunkKey(0)));
    rest.open();
    EXPECT_TRUE(readAll(*stream) == body);
}

TEST(EnhancedStream, AsksForFourChunksAheadAndNoFurther) {
    MemoryStore store;
    FakeTrack track(9 * kL, format());
    FakeRenderer renderer;
    Gate hold;
    Rig rig(store, track, renderer, {.workers = 1, .workersForBlocked = 1});
    renderer.beforePiece = [&](std::int64_t chunk, std::int64_t,
                               const std::atomic<bool>&) -> Result<void> {
        if (chunk > 0)
            hold.pass();
        return {};
    };
    auto stream = rig.stream();
    readRange(*stream, 0, 1000);
    for (const std::int64_t chunk : {1, 2, 3, 4})
        EXPECT_NE(rig.provider().stateOf(track.spec(), chunk), ChunkState::None) << chunk;
    EXPECT_EQ(rig.provider().stateOf(track.spec(), 5), ChunkState::None);
    hold.open();
}

TEST(EnhancedStream, ARangeAsksForNothingBeyondItsEnd) {
    MemoryStore store;
    FakeTrack track(9 * kL, format());
    FakeRenderer renderer;
    Rig rig(store, track, renderer);
    auto stream = rig.stream();
    stream->setEnd(44 + 2 * kL + 100); // a little of chunk 1
    readRange(*stream, 0, 1000);
    EXPECT_EQ(rig.provider().stateOf(track.spec(), 2), ChunkState::None);
    rig.scheduler().stop();
    EXPECT_EQ(renderer.rendersOf(2), 0);
}

TEST(EnhancedStream, ClosingItCancelsItsRenders) {
    MemoryStore store;
    FakeTrack track(9 * kL, format());
    FakeRenderer renderer;
    Gate cancelled;
    renderer.beforePiece = [&](std::int64_t, std::int64_t offset,
                               const std::atomic<bool>& cancel) -> Result<void> {
        if (offset < 100'000)
            return {};
        const auto deadline = Clock::now() + 20s;
        while (!cancel && Clock::now() < deadline)
            std::this_thread::yield();
        if (cancel)
            cancelled.open();
        return fail(ErrorCode::Cancelled, "render: cancelled");
    };
    Rig rig(store, track, renderer);
    auto stream = rig.stream();
    readRange(*stream, 0, 1000);
    stream.reset();
    EXPECT_TRUE(cancelled.pass());
    const SchedulerStats stats = rig.scheduler().stats();
    EXPECT_EQ(stats.queued, (std::array<std::int64_t, 4>{}));
}

TEST(EnhancedStream, AJumpLetsGoOfWhatLayAhead) {
    MemoryStore store;
    FakeTrack track(20 * kL, format());
    FakeRenderer renderer;
    Gate hold;
    Rig rig(store, track, renderer, {.workers = 1, .workersForBlocked = 1});
    renderer.beforePiece = [&](std::int64_t chunk, std::int64_t,
                               const std::atomic<bool>&) -> Result<void> {
        if (chunk != 0 && chunk != 15)
            hold.pass();
        return {};
    };
    auto stream = rig.stream();
    readRange(*stream, 0, 1000);
    EXPECT_EQ(rig.provider().stateOf(track.spec(), 3), ChunkState::Queued);
    readRange(*stream, 44 + 2 * (15 * kL + 2 * kX), 1000);
    for (const std::int64_t chunk : {2, 3, 4})
        EXPECT_EQ(rig.provider().stateOf(track.spec(), chunk), ChunkState::None) << chunk;
    EXPECT_EQ(rig.provider().stateOf(track.spec(), 17), ChunkState::Queued);
    hold.open();
}

TEST(EnhancedStream, ACorruptCachedChunkIsRenderedAgainWhileTheStreamGoesOn) {
    TempDir dir;
    FakeTrack track(2 * kL, format());
    const Bytes body = track.body();
    FakeRenderer renderer;
    {
        const auto store = openStore(dir);
        Rig rig(*store, track, renderer);
        EXPECT_TRUE(readAll(*rig.stream()) == body);
    }
    ASSERT_EQ(renderer.renders(), 2);
    int damaged = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
        if (!entry.is_regular_file() || entry.file_size() < static_cast<std::uintmax_t>(2 * kL) / 2)
            continue;
        std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(entry.file_size() / 2));
        file.write("damage", 6);
        ++damaged;
    }
    ASSERT_EQ(damaged, 2);
    const auto store = openStore(dir);
    Rig rig(*store, track, renderer);
    EXPECT_TRUE(readAll(*rig.stream()) == body);
    EXPECT_EQ(renderer.renders(), 4);
    EXPECT_TRUE(readAll(*rig.stream()) == body);
    EXPECT_EQ(renderer.renders(), 4) << "repaired for good";
}

/// Every byte it ever gives is wrong.
class RottenStore final : public cache::ChunkStore {
  public:
    std::shared_ptr<const cache::ChunkBlob> find(const cache::ChunkKey&) override {
        return nullptr;
    }
    bool contains(const cache::ChunkKey&) const override { return false; }
    std::unique_ptr<cache::ChunkWriter> create(const cache::ChunkKey&, cache::Budget,
                                               const cache::ChunkAbout&) override {
        return std::make_unique<Writer>();
    }
    void discard(const cache::ChunkKey&, const std::string&) override { ++discards; }
    cache::StoreStats stats() const override { return {}; }
    std::vector<cache::ChunkInfo> list() const override { return {}; }
    std::vector<cache::Usage> usage() const override { return {}; }
    cache::Removed remove(std::span<const cache::ChunkKey>) override { return {}; }
    void flush() override {}

    std::atomic<int> discards{0};

  private:
    struct Blob final : cache::ChunkBlob {
        std::int64_t watermark() const noexcept override { return mark; }
        Result<void> read(std::int64_t, std::span<std::byte>) const override {
            return fail(ErrorCode::Corrupt, "chunk: wrong checksum");
        }
        std::atomic<std::int64_t> mark{0};
    };
    struct Writer final : cache::ChunkWriter {
        Result<void> append(std::span<const std::byte> bytes) override {
            written->mark += static_cast<std::int64_t>(bytes.size());
            return {};
        }
        std::shared_ptr<const cache::ChunkBlob> blob() const override { return written; }
        bool publish() override { return false; }
        std::shared_ptr<Blob> written = std::make_shared<Blob>();
    };
};

TEST(EnhancedStream, GivesUpOnAStoreThatIsAlwaysWrong) {
    RottenStore store;
    FakeTrack track(kL, format());
    FakeRenderer renderer;
    Rig rig(store, track, renderer);
    Bytes out(100);
    const auto got = rig.stream()->read(1000, out, patient());
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(test::codeOf(got), ErrorCode::Corrupt);
    EXPECT_EQ(store.discards, 2);
}

TEST(EnhancedStream, AFailedRenderIsAnErrorAndTheNextReadTriesAgain) {
    MemoryStore store;
    FakeTrack track(2 * kL, format());
    FakeRenderer renderer;
    std::atomic<bool> broken{true};
    renderer.beforePiece = [&](std::int64_t chunk, std::int64_t offset,
                               const std::atomic<bool>&) -> Result<void> {
        if (broken && chunk == 0 && offset > 200'000)
            return fail(ErrorCode::Corrupt, "decode 'fake.flac': bad CRC");
        return {};
    };
    Rig rig(store, track, renderer);
    auto stream = rig.stream();
    Bytes out(100);
    const std::int64_t late = 44 + 2 * kL - 1000;
    const auto got = stream->read(late, out, patient());
    ASSERT_FALSE(got.has_value());
    EXPECT_EQ(got.error().message, "decode 'fake.flac': bad CRC");
    EXPECT_FALSE(stream->read(late, out, patient()).has_value());
    EXPECT_FALSE(store.contains(track.spec().chunkKey(0)));
    broken = false;
    EXPECT_TRUE(readAll(*stream) == track.body());
}

TEST(EnhancedStream, ARenderThatDoesNotComeIsATimeout) {
    MemoryStore store;
    FakeTrack track(kL, format());
    FakeRenderer renderer;
    Gate never;
    renderer.beforePiece = [&](std::int64_t, std::int64_t,
                               const std::atomic<bool>&) -> Result<void> {
        never.pass();
        return {};
    };
    Rig rig(store, track, renderer);
    auto stream = rig.stream();
    EXPECT_EQ(test::codeOf(stream->prime(0, {.deadline = Clock::now()})), ErrorCode::Timeout);
    never.open();
    EXPECT_TRUE(stream->prime(0, patient()).has_value());
}

TEST(EnhancedStream, StopsWaitingWhenTheClientHasGone) {
    MemoryStore store;
    FakeTrack track(kL, format());
    FakeRenderer renderer;
    Gate never;
    renderer.beforePiece = [&](std::int64_t, std::int64_t,
                               const std::atomic<bool>&) -> Result<void> {
        never.pass();
        return {};
    };
    Rig rig(store, track, renderer);
    ReadLimits limits = patient();
    limits.stillWanted = [] { return false; };
    EXPECT_EQ(test::codeOf(rig.stream()->prime(0, limits)), ErrorCode::Cancelled);
    never.open();
}

TEST(EnhancedStream, PrimingTellsABrokenTrackFromItsHeader) {
    MemoryStore store;
    FakeTrack track(kL, format());
    FakeRenderer renderer;
    renderer.beforePiece = [&](std::int64_t, std::int64_t,
                               const std::atomic<bool>&) -> Result<void> {
        return fail(ErrorCode::Changed, "the file was edited");
    };
    Rig rig(store, track, renderer);
    EXPECT_EQ(test::codeOf(rig.stream()->prime(0, patient())), ErrorCode::Changed);
}

TEST(EnhancedStream, PlaysWhenNothingCanBeKept) {
    MemoryStore store(MemoryStore::Keep::No);
    FakeTrack track(3 * kL, format());
    FakeRenderer renderer;
    Rig rig(store, track, renderer);
    EXPECT_TRUE(readAll(*rig.stream()) == track.body());
}

TEST(EnhancedStream, AFullQueueIsBusyAtFirstAndWaitedForLater) {
    MemoryStore store;
    FakeTrack track(kL, format());
    FakeTrack other(kL, format(), 2), third(kL, format(), 3);
    FakeRenderer renderer;
    Gate started, hold;
    renderer.beforePiece = [&](std::int64_t, std::int64_t,
                               const std::atomic<bool>&) -> Result<void> {
        started.open();
        hold.pass();
        return {};
    };
    SchedulerOptions options{.workers = 1, .workersForBlocked = 0};
    options.queueCapacity = {1, 1, 1, 1};
    Gate asking;
    Rig rig(store, track, renderer, options);
    auto running = rig.provider().request(other.spec(), 0, RenderClass::Blocked, Clock::now());
    ASSERT_TRUE(running.has_value());
    ASSERT_TRUE(started.pass());
    auto queued = rig.provider().request(third.spec(), 0, RenderClass::Blocked, Clock::now());
    ASSERT_TRUE(queued.has_value());
    auto stream = rig.stream();
    EXPECT_EQ(test::codeOf(stream->prime(0, patient())), ErrorCode::Busy);
    ReadLimits limits = patient();
    limits.whenFull = ReadLimits::WhenFull::WaitForRoom;
    limits.stillWanted = [&] {
        asking.open();
        return true;
    };
    Result<void> primed;
    std::thread reader([&] { primed = stream->prime(0, limits); });
    EXPECT_TRUE(asking.pass());
    hold.open();
    reader.join();
    EXPECT_TRUE(primed.has_value());
}

TEST(EnhancedStream, AStreamWhoseRenderMadeRoomForAnothersAsksAgain) {
    MemoryStore store;
    FakeTrack track(kL, format());
    FakeTrack other(kL, format(), 2), third(kL, format(), 3), fourth(kL, format(), 4);
    FakeRenderer renderer;
    Gate started, hold;
    renderer.beforePiece = [&](std::int64_t, std::int64_t,
                               const std::atomic<bool>&) -> Result<void> {
        started.open();
        hold.pass();
        return {};
    };
    SchedulerOptions options{.workers = 1, .workersForBlocked = 0};
    options.queueCapacity = {2, 1, 1, 1};
    Rig rig(store, track, renderer, options);
    const auto ask = [&](const FakeTrack& wanted, const std::string& client) {
        return rig.provider().request(wanted.spec(), 0, RenderClass::Blocked, Clock::now(), client);
    };
    const auto running = ask(other, "greedy");
    ASSERT_TRUE(started.pass());
    const auto queued = ask(third, "greedy");
    auto stream = rig.stream();
    ReadLimits limits = patient();
    limits.whenFull = ReadLimits::WhenFull::WaitForRoom;
    limits.client = "greedy";
    Result<void> primed;
    std::thread reader([&] { primed = stream->prime(0, limits); });
    const auto deadline = Clock::now() + 20s;
    while (rig.scheduler().stats().queued[0] < 2 && Clock::now() < deadline)
        std::this_thread::yield();
    const auto modest = ask(fourth, "modest");
    EXPECT_TRUE(modest.has_value());
    EXPECT_GE(rig.scheduler().stats().refused, 1);
    hold.open();
    reader.join();
    EXPECT_TRUE(primed.has_value()) << primed.error().message;
}

} // namespace
} // namespace segue::backend
