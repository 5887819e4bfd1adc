// Changes, seeks and pauses over renders of known sounds: before and behind every fade the bytes
// are those of the plain streams at the frame that it says, and a fade is no step.
#include "backend/live/LivePlayback.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <vector>

#include "backend/live/Crossfade.h"
#include "processing/encode/PcmQuantizer.h"
#include "processing/encode/WavHeader.h"
#include "tests/backend/Gate.h"
#include "tests/backend/MemoryStore.h"
#include "tests/support/Errors.h"

namespace segue::backend::live {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::byte>;
using encode::PcmFormat;
using Kind = LivePlayback::Piece::Kind;
using Paused = LivePlayback::Paused;

constexpr int kRateHz = 8000;
constexpr std::int64_t kL = 30 * kRateHz;
constexpr std::int64_t kFade = kRateHz / 20;
constexpr std::int64_t kPauseFade = kRateHz / 50;
constexpr std::int64_t kTrackFrames = 2 * kL + kRateHz * 5;

/// Streams of one track that differ as masterings do: the same music, another level and a little
/// of something else. Mastering `which` may be told to wait or to fail.
class Masterings {
  public:
    explicit Masterings(PcmFormat pcm = PcmFormat::Int16, int channels = 2)
        : format_{.sampleRateHz = kRateHz, .numChannels = channels, .pcm = pcm},
          scheduler_(store_, {.workers = 2}),
          provider_(
              store_, scheduler_,
              [this](const chunk::RenderRequest& request, const chunk::PayloadSink& sink,
                     const std::atomic<bool>& cancel) { return render(request, sink, cancel); }) {
        for (auto& plan : plans_)
            plan = std::make_shared<const mastering::MasteringPlan>();
    }

    StreamSpec spec(int which) const {
        StreamSpec spec;
        spec.content = {.high = 1, .low = 1};
        spec.path = "/music/fake.flac";
        spec.plan = plans_.at(static_cast<std::size_t>(which));
        spec.planId = {.high = 2, .low = static_cast<std::uint64_t>(which)};
        spec.format = format_;
        spec.numFrames = kTrackFrames;
        return spec;
    }
    Change change(int which, std::uint64_t revision,
                  std::optional<std::int64_t> seek = std::nullopt) const {
        return {.revision = revision, .spec = spec(which), .seekFrame = seek};
    }
    const ChunkProvider& provider() const { return provider_; }
    const encode::StreamFormat& format() const { return format_; }
    RenderScheduler& scheduler() { return scheduler_; }

    /// Frames of the plain stream.
    Bytes plain(int which, std::int64_t first, std::int64_t count) const {
        EnhancedStream stream(provider_, spec(which));
        const auto header =
            static_cast<std::int64_t>(encode::wavHeader(format_, kTrackFrames).size());
        Bytes bytes(static_cast<std::size_t>(count * format_.bytesPerFrame()));
        for (std::size_t done = 0; done < bytes.size();) {
            const auto got = stream.read(
                header + first * format_.bytesPerFrame() + static_cast<std::int64_t>(done),
                std::span(bytes).subspan(done), {.deadline = Clock::now() + 20s});
            if (!got || *got == 0) {
                ADD_FAILURE() << "plain stream " << which << " at " << first;
                break;
            }
            done += *got;
        }
        return bytes;
    }

    /// Renders of this mastering wait until it opens, or are cancelled.
    void hold(int which, test::Gate& gate) {
        std::lock_guard lock(mutex_);
        gates_[which] = &gate;
    }
    void breakDown(int which) {
        std::lock_guard lock(mutex_);
        broken_[which] = true;
    }
    int cancelled(int which) const {
        std::lock_guard lock(mutex_);
        const auto it = cancelled_.find(which);
        return it == cancelled_.end() ? 0 : it->second;
    }
    int renders(int which) const {
        std::lock_guard lock(mutex_);
        const auto it = renders_.find(which);
        return it == renders_.end() ? 0 : it->second;
    }

  private:
    static float sample(int which, std::int64_t frame, int channel) {
        const double t = static_cast<double>(frame) / kRateHz;
        const double tone = std::sin(2 * std::numbers::pi * 220 * t + channel);
        const double other = std::sin(2 * std::numbers::pi * (310 + 37 * which) * t);
        return static_cast<float>((0.3 + 0.08 * which) * tone + 0.05 * other);
    }
    Bytes section(int which, const chunk::FrameRange& frames, PcmFormat pcm) const {
        AudioBuffer audio(format_.numChannels, frames.length());
        for (int c = 0; c < format_.numChannels; ++c)
            for (std::int64_t n = 0; n < frames.length(); ++n)
                audio.channel(c)[n] = sample(which, frames.begin + n, c);
        Bytes bytes(static_cast<std::size_t>(frames.length() * format_.numChannels *
                                             encode::bytesPerSample(pcm)));
        encode::quantize(audio.block(), frames.begin, pcm, encode::Dither::No, bytes.data());
        return bytes;
    }
    int indexOf(const chunk::RenderRequest& request) const {
        for (std::size_t i = 0; i < plans_.size(); ++i)
            if (plans_[i] == request.plan)
                return static_cast<int>(i);
        return -1;
    }
    Result<void> render(const chunk::RenderRequest& request, const chunk::PayloadSink& sink,
                        const std::atomic<bool>& cancel) {
        const int which = indexOf(request);
        test::Gate* gate = nullptr;
        {
            std::lock_guard lock(mutex_);
            ++renders_[which];
            if (broken_[which])
                return fail(ErrorCode::Corrupt, "render: broken on purpose");
            gate = gates_.contains(which) ? gates_[which] : nullptr;
        }
        while (gate && !gate->isOpen() && !cancel)
            std::this_thread::yield();
        if (cancel) {
            std::lock_guard lock(mutex_);
            ++cancelled_[which];
            return fail(ErrorCode::Cancelled, "render: cancelled");
        }
        const chunk::ChunkLayout layout(
            chunk::ChunkGeometry(request.format.sampleRateHz, request.numFrames), request.format,
            request.chunk);
        for (const auto& [frames, pcm] :
             {std::pair{layout.head(), PcmFormat::Float32}, std::pair{layout.mid(), format_.pcm},
              std::pair{layout.tail(), PcmFormat::Float32}}) {
            const Bytes bytes = section(which, frames, pcm);
            constexpr std::size_t kPiece = 9973;
            for (std::size_t at = 0; at < bytes.size(); at += kPiece)
                if (auto written =
                        sink(std::span(bytes).subspan(at, std::min(kPiece, bytes.size() - at)));
                    !written)
                    return written;
        }
        return {};
    }

    const encode::StreamFormat format_;
    std::array<std::shared_ptr<const mastering::MasteringPlan>, 5> plans_;
    mutable std::mutex mutex_;
    std::map<int, test::Gate*> gates_;
    std::map<int, bool> broken_;
    std::map<int, int> cancelled_, renders_;
    test::MemoryStore store_;
    RenderScheduler scheduler_;
    ChunkProvider provider_;
};

/// What came out, and where in the track it lies.
struct Heard {
    Bytes bytes;
    std::vector<std::int64_t> trackFrames; ///< of every frame; -1 for silence
    bool hasEnded = false;
};

ReadLimits within(std::chrono::milliseconds time) {
    return {.deadline = Clock::now() + time, .whenFull = ReadLimits::WhenFull::WaitForRoom};
}

/// At most `count` more frames, in pieces of odd sizes.
void play(LivePlayback& playback, Heard& heard, std::int64_t count) {
    const auto until = static_cast<std::int64_t>(heard.trackFrames.size()) + count;
    for (std::int64_t size = 1; static_cast<std::int64_t>(heard.trackFrames.size()) < until;
         size = size % 331 + 7) {
        const auto piece = playback.produce(
            std::min(size, until - static_cast<std::int64_t>(heard.trackFrames.size())),
            within(20s));
        ASSERT_TRUE(piece.has_value()) << piece.error().message;
        ASSERT_NE(piece->kind, Kind::None);
        if (piece->kind == Kind::End) {
            heard.hasEnded = true;
            return;
        }
        heard.bytes.insert(heard.bytes.end(), piece->bytes.begin(), piece->bytes.end());
        for (std::int64_t n = 0; n < piece->frames; ++n)
            heard.trackFrames.push_back(piece->kind == Kind::Silence ? -1 : piece->trackFrame + n);
    }
}

void awaitReady(LivePlayback& playback) {
    const auto deadline = Clock::now() + 20s;
    while (playback.prepare(within(20ms)))
        ASSERT_LT(Clock::now(), deadline);
}

Bytes part(const Heard& heard, const Masterings& sound, std::int64_t first, std::int64_t count) {
    const auto frameBytes = sound.format().bytesPerFrame();
    return {heard.bytes.begin() + first * frameBytes,
            heard.bytes.begin() + (first + count) * frameBytes};
}

/// The linear blend of two plain streams as it should be, and how far off what was heard is.
void expectFade(const Heard& heard, const Masterings& sound, std::int64_t at, Bytes fromBytes,
                Bytes toBytes) {
    const encode::StreamFormat& format = sound.format();
    AudioBuffer from(format.numChannels, kFade), to(format.numChannels, kFade),
        got(format.numChannels, kFade);
    decodePcm(fromBytes, format.pcm, from.block());
    decodePcm(toBytes, format.pcm, to.block());
    decodePcm(part(heard, sound, at, kFade), format.pcm, got.block());
    const double lsb = format.pcm == PcmFormat::Int16 ? 1.0 / 32768 : 1.0 / 8388608;
    for (int c = 0; c < format.numChannels; ++c)
        for (std::int64_t n = 0; n < kFade; ++n) {
            const double w = static_cast<double>(n + 1) / (kFade + 1);
            ASSERT_NEAR(got.channel(c)[n], w * to.channel(c)[n] + (1 - w) * from.channel(c)[n],
                        0.51 * lsb + 1e-7)
                << "frame " << n;
        }
}

TEST(LivePlayback, PlaysTheStreamByteForByteToItsEnd) {
    Masterings sound;
    const std::int64_t start = kTrackFrames - 6 * kRateHz; // over the last seam
    LivePlayback playback(sound.provider(), sound.change(0, 1, start), Paused::No);
    Heard heard;
    play(playback, heard, kTrackFrames);
    EXPECT_TRUE(heard.hasEnded);
    ASSERT_EQ(heard.trackFrames.size(), static_cast<std::size_t>(kTrackFrames - start));
    EXPECT_TRUE(heard.bytes == sound.plain(0, start, kTrackFrames - start));
}

TEST(LivePlayback, AChangeIsCrossfadedFrameByFrameInEveryFormat) {
    for (const PcmFormat pcm : {PcmFormat::Int16, PcmFormat::Int24, PcmFormat::Float32}) {
        // In a chunk, over its end, within a seam, and over the seam's end.
        for (const std::int64_t place :
             {kRateHz * 3L, kL - kFade / 2, kL + 100, kL + kRateHz - kFade / 2}) {
            Masterings sound(pcm);
            const std::int64_t start = place - 1000;
            LivePlayback playback(sound.provider(), sound.change(0, 1, start), Paused::No);
            Heard heard;
            play(playback, heard, 1000);
            playback.changeTo(sound.change(1, 2));
            awaitReady(playback);
            EXPECT_EQ(playback.revision(), 1u);
            play(playback, heard, 3000);
            EXPECT_EQ(playback.revision(), 2u);
            EXPECT_FALSE(playback.takeFailure().has_value());
            for (std::size_t n = 0; n < heard.trackFrames.size(); ++n)
                ASSERT_EQ(heard.trackFrames[n], start + static_cast<std::int64_t>(n));
            EXPECT_TRUE(part(heard, sound, 0, 1000) == sound.plain(0, start, 1000));
            expectFade(heard, sound, 1000, sound.plain(0, place, kFade),
                       sound.plain(1, place, kFade));
            EXPECT_TRUE(part(heard, sound, 1000 + kFade, 3000 - kFade) ==
                        sound.plain(1, place + kFade, 3000 - kFade))
                << "place " << place;
        }
    }
}

TEST(LivePlayback, AFadeIsNoStepThatTheStreamsDoNotHave) {
    Masterings sound(PcmFormat::Float32, 1);
    LivePlayback playback(sound.provider(), sound.change(0, 1, 5000), Paused::No);
    Heard heard;
    play(playback, heard, 2000);
    playback.changeTo(sound.change(4, 2));
    awaitReady(playback);
    play(playback, heard, 2000);
    const auto samples = [](const Bytes& bytes) {
        std::vector<float> values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    };
    const auto largestStep = [](const std::vector<float>& values) {
        float largest = 0;
        for (std::size_t n = 1; n < values.size(); ++n)
            largest = std::max(largest, std::abs(values[n] - values[n - 1]));
        return largest;
    };
    const auto from = samples(sound.plain(0, 5000, 4000)), to = samples(sound.plain(4, 5000, 4000));
    float apart = 0;
    for (std::size_t n = 0; n < from.size(); ++n)
        apart = std::max(apart, std::abs(from[n] - to[n]));
    EXPECT_GT(apart, 0.2f) << "the two are different enough to prove something";
    EXPECT_LE(largestStep(samples(heard.bytes)),
              std::max(largestStep(from), largestStep(to)) + apart / kFade);
}

TEST(LivePlayback, TheOldGoesOnUntilTheNewIsThere) {
    Masterings sound;
    test::Gate gate;
    sound.hold(1, gate);
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    playback.changeTo(sound.change(1, 2));
    for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(playback.prepare(within(0ms)));
        play(playback, heard, 200);
    }
    EXPECT_EQ(playback.revision(), 1u);
    EXPECT_TRUE(heard.bytes == sound.plain(0, 0, 11'000));
    gate.open();
    awaitReady(playback);
    play(playback, heard, 1000);
    EXPECT_TRUE(part(heard, sound, 11'000 + kFade, 1000 - kFade) ==
                sound.plain(1, 11'000 + kFade, 1000 - kFade));
}

TEST(LivePlayback, OnlyTheNewestOfManyChangesIsPrepared) {
    Masterings sound;
    test::Gate gate, never;
    for (const int which : {1, 2, 3})
        sound.hold(which, never);
    sound.hold(4, gate);
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 500);
    for (const int which : {1, 2, 3, 4}) {
        playback.changeTo(sound.change(which, static_cast<std::uint64_t>(which) + 1));
        EXPECT_TRUE(playback.prepare(within(5ms)));
        play(playback, heard, 100);
    }
    gate.open();
    awaitReady(playback);
    play(playback, heard, 1000);
    EXPECT_EQ(playback.revision(), 5u);
    EXPECT_TRUE(part(heard, sound, 0, 900) == sound.plain(0, 0, 900));
    EXPECT_TRUE(part(heard, sound, 900 + kFade, 1000 - kFade) ==
                sound.plain(4, 900 + kFade, 1000 - kFade));
    sound.scheduler().stop();
    for (const int which : {1, 2, 3})
        EXPECT_EQ(sound.cancelled(which), sound.renders(which)) << which;
}

TEST(LivePlayback, AskingTwiceForTheSameDoesNotBeginAnew) {
    Masterings sound;
    test::Gate gate;
    sound.hold(1, gate);
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 100);
    for (const std::uint64_t revision : {2, 3, 4}) {
        playback.changeTo(sound.change(1, revision));
        EXPECT_TRUE(playback.prepare(within(5ms)));
    }
    gate.open();
    awaitReady(playback);
    play(playback, heard, 1000);
    EXPECT_EQ(playback.revision(), 4u);
    EXPECT_EQ(sound.cancelled(1), 0);
}

TEST(LivePlayback, AChangeToWhatPlaysDoesNothing) {
    Masterings sound;
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    playback.changeTo(sound.change(0, 2));
    EXPECT_EQ(playback.revision(), 2u);
    EXPECT_FALSE(playback.prepare(within(0ms)));
    play(playback, heard, 1000);
    EXPECT_TRUE(heard.bytes == sound.plain(0, 0, 2000));
}

TEST(LivePlayback, GoingBackBeforeItIsHeardIsAsIfNothingWas) {
    Masterings sound;
    test::Gate never;
    sound.hold(1, never);
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    playback.changeTo(sound.change(1, 2));
    EXPECT_TRUE(playback.prepare(within(5ms)));
    playback.changeTo(sound.change(0, 3));
    play(playback, heard, 1000);
    EXPECT_EQ(playback.revision(), 3u);
    EXPECT_TRUE(heard.bytes == sound.plain(0, 0, 2000));
}

TEST(LivePlayback, AChangeDuringAFadeFollowsBehindIt) {
    Masterings sound;
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    playback.changeTo(sound.change(1, 2));
    awaitReady(playback);
    play(playback, heard, 100); // within the fade
    playback.changeTo(sound.change(2, 3));
    awaitReady(playback);
    play(playback, heard, 1900);
    EXPECT_EQ(playback.revision(), 3u);
    expectFade(heard, sound, 1000, sound.plain(0, 1000, kFade), sound.plain(1, 1000, kFade));
    expectFade(heard, sound, 1000 + kFade, sound.plain(1, 1000 + kFade, kFade),
               sound.plain(2, 1000 + kFade, kFade));
    EXPECT_TRUE(part(heard, sound, 1000 + 2 * kFade, 2000 - 2 * kFade) ==
                sound.plain(2, 1000 + 2 * kFade, 2000 - 2 * kFade));
}

TEST(LivePlayback, AChangeThatFailsLeavesTheOldPlaying) {
    Masterings sound;
    sound.breakDown(1);
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    playback.changeTo(sound.change(1, 2));
    awaitReady(playback);
    const auto failure = playback.takeFailure();
    ASSERT_TRUE(failure.has_value());
    EXPECT_EQ(failure->first, 2u);
    EXPECT_EQ(failure->second.code, ErrorCode::Corrupt);
    EXPECT_FALSE(playback.takeFailure().has_value());
    play(playback, heard, 1000);
    EXPECT_EQ(playback.revision(), 1u);
    EXPECT_TRUE(heard.bytes == sound.plain(0, 0, 2000));
    playback.changeTo(sound.change(2, 3));
    awaitReady(playback);
    play(playback, heard, 1000);
    EXPECT_EQ(playback.revision(), 3u);
}

TEST(LivePlayback, ASeekFadesToAnotherPlace) {
    Masterings sound;
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    constexpr std::int64_t kTarget = kL + 12'345;
    playback.changeTo(sound.change(1, 2, kTarget));
    awaitReady(playback);
    play(playback, heard, 3000);
    EXPECT_EQ(heard.trackFrames[999], 999);
    EXPECT_EQ(heard.trackFrames[1000], kTarget);
    EXPECT_EQ(heard.trackFrames.back(), kTarget + 2999);
    expectFade(heard, sound, 1000, sound.plain(0, 1000, kFade), sound.plain(1, kTarget, kFade));
    EXPECT_TRUE(part(heard, sound, 1000 + kFade, 3000 - kFade) ==
                sound.plain(1, kTarget + kFade, 3000 - kFade));
}

TEST(LivePlayback, ASeekBackFromTheEndIsWaitedFor) {
    Masterings sound;
    test::Gate gate;
    sound.hold(1, gate);
    const std::int64_t start = kTrackFrames - 1000;
    LivePlayback playback(sound.provider(), sound.change(0, 1, start), Paused::No);
    Heard heard;
    play(playback, heard, 900);
    playback.changeTo(sound.change(1, 2, 0));
    play(playback, heard, 100);
    for (int i = 0; i < 3; ++i) {
        const auto piece = playback.produce(100, within(5ms));
        ASSERT_TRUE(piece.has_value());
        EXPECT_EQ(piece->kind, Kind::None);
    }
    gate.open();
    awaitReady(playback);
    play(playback, heard, 2000);
    EXPECT_TRUE(part(heard, sound, 1000 + kFade, 2000 - kFade) ==
                sound.plain(1, kFade, 2000 - kFade));
}

TEST(LivePlayback, ASeekToNearTheEndEndsThere) {
    Masterings sound;
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    playback.changeTo(sound.change(0, 2, kTrackFrames - 10)); // less than a fade is left
    awaitReady(playback);
    play(playback, heard, 1000);
    EXPECT_TRUE(heard.hasEnded);
    EXPECT_EQ(heard.trackFrames.size(), 1010u);
}

TEST(LivePlayback, APauseFadesOutAndGoesOnWithTheNextFrame) {
    Masterings sound;
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    playback.setPaused(Paused::Yes);
    play(playback, heard, kPauseFade + 500);
    playback.setPaused(Paused::No);
    play(playback, heard, 2000);
    const std::int64_t silent = 1000 + kPauseFade, resumed = silent + 500;
    EXPECT_TRUE(part(heard, sound, 0, 1000) == sound.plain(0, 0, 1000));
    EXPECT_TRUE(part(heard, sound, silent, 500) ==
                Bytes(static_cast<std::size_t>(500 * sound.format().bytesPerFrame())));
    for (std::int64_t n = silent; n < resumed; ++n)
        ASSERT_EQ(heard.trackFrames[static_cast<std::size_t>(n)], -1);
    EXPECT_EQ(heard.trackFrames[static_cast<std::size_t>(resumed)], silent);
    EXPECT_TRUE(part(heard, sound, resumed + kPauseFade, 2000 - kPauseFade) ==
                sound.plain(0, silent + kPauseFade, 2000 - kPauseFade));
    // The fades grow and fall with the sound: no louder than it, and not simply it.
    for (const std::int64_t at : {std::int64_t{1000}, resumed}) {
        AudioBuffer got(2, kPauseFade), plain(2, kPauseFade);
        decodePcm(part(heard, sound, at, kPauseFade), PcmFormat::Int16, got.block());
        decodePcm(sound.plain(0, at == 1000 ? 1000 : silent, kPauseFade), PcmFormat::Int16,
                  plain.block());
        for (std::int64_t n = 0; n < kPauseFade; ++n) {
            const double gain = static_cast<double>(at == 1000 ? kPauseFade - n : n) / kPauseFade;
            ASSERT_NEAR(got.channel(0)[n], gain * plain.channel(0)[n], 0.51 / 32768 + 1e-6);
        }
    }
}

TEST(LivePlayback, AChangeDuringAPauseIsThereAfterIt) {
    Masterings sound;
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, 1000);
    playback.changeTo(sound.change(1, 2));
    awaitReady(playback);
    play(playback, heard, 10); // a fade that the pause cuts off
    playback.setPaused(Paused::Yes);
    play(playback, heard, kPauseFade + 100);
    playback.changeTo(sound.change(2, 3, kL));
    awaitReady(playback);
    play(playback, heard, 100);
    EXPECT_EQ(playback.revision(), 3u) << "nothing is heard that would have to fade";
    playback.setPaused(Paused::No);
    const auto resumed = static_cast<std::int64_t>(heard.trackFrames.size());
    play(playback, heard, 1000);
    EXPECT_EQ(heard.trackFrames[static_cast<std::size_t>(resumed)], kL);
    EXPECT_TRUE(part(heard, sound, resumed + kPauseFade, 1000 - kPauseFade) ==
                sound.plain(2, kL + kPauseFade, 1000 - kPauseFade));
}

TEST(LivePlayback, WhatCannotGoOnIsAnErrorUnlessAChangeComes) {
    for (const bool changes : {false, true}) {
        Masterings sound;
        test::Gate gate;
        sound.hold(1, gate);
        LivePlayback playback(sound.provider(), sound.change(0, 1, kL - 500), Paused::No);
        Heard heard;
        play(playback, heard, 500);
        sound.breakDown(0); // the next chunk, which nobody has asked for yet
        if (!changes) {
            EXPECT_EQ(test::codeOf(playback.produce(100, within(20s))), ErrorCode::Corrupt);
            continue;
        }
        playback.changeTo(sound.change(1, 2));
        for (int i = 0; i < 3; ++i) {
            const auto piece = playback.produce(100, within(20ms));
            ASSERT_TRUE(piece.has_value());
            EXPECT_EQ(piece->kind, Kind::None);
        }
        gate.open();
        awaitReady(playback);
        play(playback, heard, 1000);
        EXPECT_EQ(heard.trackFrames[500], kL);
        EXPECT_TRUE(part(heard, sound, 500 + kFade, 1000 - kFade) ==
                    sound.plain(1, kL + kFade, 1000 - kFade));
    }
}

TEST(LivePlayback, OnlyAStreamThatStaysIsRenderedAhead) {
    Masterings sound;
    LivePlayback playback(sound.provider(), sound.change(0, 1, 0), Paused::No);
    Heard heard;
    play(playback, heard, kRateHz / 4);
    EXPECT_EQ(sound.renders(0), 1);
    play(playback, heard, kRateHz / 2);
    EXPECT_NE(sound.provider().stateOf(sound.spec(0), 1), ChunkState::None);
}

} // namespace
} // namespace segue::backend::live
