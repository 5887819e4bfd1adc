// How fast the engine is: every part alone on one thread, then together as the server runs it. Each
// repetition does the same work on the same real music; what it must not pay for (loading,
// restoring a buffer) happens outside of the timed part.

#include "bench/EngineTimings.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <utility>

#include <ebur128.h>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/chunk/ChunkRenderer.h"
#include "processing/decode/AudioSource.h"
#include "processing/dsp/MidSide.h"
#include "processing/encode/PcmQuantizer.h"
#include "processing/mastering/MasteringChain.h"

namespace segue::bench {

namespace {

/// As chunk::renderChunk reads and quantises, and as MasteringChain splits blocks for its stages.
constexpr std::int64_t kBlockFrames = 2048;
constexpr int kPieceFrames = 512;
/// Music for the stages alone, from the middle of the track: enough to meet loud and quiet parts.
constexpr int kExcerptSeconds = 60;
constexpr int kMostRepetitions = 200;

double secondsOf(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double medianOf(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

using Work = std::function<Result<void>()>;

class Stopwatch {
  public:
    explicit Stopwatch(const TimingOptions& options) : options_(options) {}

    /// @param restore  before each repetition, not timed
    Result<void> time(std::string name, double audioSeconds, const Work& work,
                      const std::function<void()>& restore = {}) {
        std::fprintf(stderr, "engine: %s\n", name.c_str());
        std::vector<double> wall;
        std::vector<double> cpu;
        double total = 0;
        for (int i = -1; i < kMostRepetitions; ++i) { // the first one warms caches and is not kept
            if (i >= options_.leastRepetitions && total >= options_.secondsPerBenchmark)
                break;
            if (restore)
                restore();
            const double wallStart = secondsOf(CLOCK_MONOTONIC);
            const double cpuStart = secondsOf(CLOCK_PROCESS_CPUTIME_ID);
            if (auto done = work(); !done)
                return fail({done.error().code, name + ": " + done.error().message});
            const double cpuTook = secondsOf(CLOCK_PROCESS_CPUTIME_ID) - cpuStart;
            const double wallTook = secondsOf(CLOCK_MONOTONIC) - wallStart;
            if (i < 0)
                continue;
            wall.push_back(wallTook);
            cpu.push_back(cpuTook);
            total += wallTook;
        }
        timings_.push_back({std::move(name), audioSeconds, static_cast<int>(wall.size()),
                            *std::min_element(wall.begin(), wall.end()), medianOf(wall),
                            *std::min_element(cpu.begin(), cpu.end()), medianOf(cpu)});
        return {};
    }

    std::vector<Timing> take() { return std::move(timings_); }

  private:
    const TimingOptions& options_;
    std::vector<Timing> timings_;
};

/// Calls `process` for consecutive pieces of `block`, at most `pieceFrames` long.
template <typename Process>
void inPieces(const AudioBlock& block, std::int64_t pieceFrames, Process process) {
    float* channels[kMaxChannels];
    for (std::int64_t done = 0; done < block.numFrames; done += pieceFrames) {
        for (int c = 0; c < block.numChannels; ++c)
            channels[c] = block.channels[c] + done;
        process(
            AudioBlock{channels, block.numChannels, std::min(pieceFrames, block.numFrames - done)},
            done);
    }
}

void copy(const AudioBuffer& from, AudioBuffer& to) {
    for (int c = 0; c < from.numChannels(); ++c)
        std::copy_n(from.channel(c), from.numFrames(), to.channel(c));
}

Result<void> decodeAll(const std::filesystem::path& path) {
    auto source = decode::openSource(path);
    if (!source)
        return fail(source.error());
    AudioBuffer buffer((*source)->info().numChannels, kBlockFrames);
    for (;;) {
        const auto count = (*source)->read(buffer.block());
        if (!count)
            return fail(count.error());
        if (*count == 0)
            return {};
    }
}

/// What an analysis is measured against: decoding and libebur128's integrated loudness.
Result<void> measureLoudness(const std::filesystem::path& path) {
    auto source = decode::openSource(path);
    if (!source)
        return fail(source.error());
    const decode::SourceInfo& info = (*source)->info();
    const auto channels = static_cast<std::size_t>(info.numChannels);
    const std::unique_ptr<ebur128_state, void (*)(ebur128_state*)> meter(
        ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(info.sampleRateHz),
                     EBUR128_MODE_I),
        [](ebur128_state* state) { ebur128_destroy(&state); });
    AudioBuffer buffer(info.numChannels, kBlockFrames);
    std::vector<float> interleaved(channels * static_cast<std::size_t>(kBlockFrames));
    for (;;) {
        const auto count = (*source)->read(buffer.block());
        if (!count)
            return fail(count.error());
        if (*count == 0)
            break;
        const auto frames = static_cast<std::size_t>(*count);
        for (std::size_t i = 0; i < frames; ++i)
            for (std::size_t c = 0; c < channels; ++c)
                interleaved[channels * i + c] = buffer.channel(static_cast<int>(c))[i];
        ebur128_add_frames_float(meter.get(), interleaved.data(), frames);
    }
    double lufs = 0;
    ebur128_loudness_global(meter.get(), &lufs);
    return {};
}

Result<AudioBuffer> readExcerpt(decode::AudioSource& source) {
    const decode::SourceInfo& info = source.info();
    const std::int64_t wanted =
        std::min<std::int64_t>(info.numFrames, std::int64_t{kExcerptSeconds} * info.sampleRateHz);
    if (auto moved = source.seek((info.numFrames - wanted) / 2); !moved)
        return fail(moved.error());
    AudioBuffer excerpt(info.numChannels, wanted);
    float* channels[kMaxChannels];
    for (std::int64_t done = 0; done < wanted;) {
        for (int c = 0; c < info.numChannels; ++c)
            channels[c] = excerpt.channel(c) + done;
        const auto count = source.read({channels, info.numChannels, wanted - done});
        if (!count)
            return fail(count.error());
        if (*count == 0)
            return fail(ErrorCode::Corrupt, "the track ends before its declared length");
        done += *count;
    }
    return excerpt;
}

Result<analysis::TrackAnalysis> analyseFile(const std::filesystem::path& path,
                                            analysis::Coverage coverage) {
    auto source = decode::openSource(path);
    if (!source)
        return fail(source.error());
    const std::atomic<bool> cancel{false};
    return analysis::analyse(**source, coverage, cancel);
}

/// Each stage on what the stage before gives it, then the chain and the quantiser.
Result<void> timeStages(Stopwatch& watch, const mastering::MasteringPlan& plan,
                        decode::AudioSource& source) {
    auto excerpt = readExcerpt(source);
    if (!excerpt)
        return fail(excerpt.error());
    const AudioBuffer& music = *excerpt;
    const double seconds = static_cast<double>(music.numFrames()) / plan.sampleRateHz;
    const bool midSide = plan.numChannels == 2;
    const dsp::StageSpec spec{plan.sampleRateHz, plan.numChannels, kPieceFrames};
    AudioBuffer input(music.numChannels(), music.numFrames());
    AudioBuffer work(music.numChannels(), music.numFrames());
    const auto restore = [&] { copy(input, work); };
    // What a stage gave becomes the input of the next one.
    const auto next = [&] { copy(work, input); };
    const auto timeStage = [&](const char* name, dsp::Stage& stage) -> Result<void> {
        stage.prepare(spec);
        return watch.time(
            name, seconds,
            [&]() -> Result<void> {
                stage.reset(0);
                inPieces(work.block(), kPieceFrames,
                         [&](const AudioBlock& piece, std::int64_t) { stage.process(piece); });
                return {};
            },
            restore);
    };

    copy(music, input);
    mastering::MasteringChain chain(plan);
    auto done = watch.time(
        "chain", seconds,
        [&]() -> Result<void> {
            chain.reset(0);
            inPieces(work.block(), kBlockFrames,
                     [&](const AudioBlock& piece, std::int64_t) { chain.process(piece); });
            return {};
        },
        restore);
    if (!done)
        return done;

    std::vector<std::byte> bytes(static_cast<std::size_t>(kBlockFrames * plan.numChannels * 2));
    next(); // the mastered sound
    done = watch.time(
        "stage/quantise16", seconds,
        [&]() -> Result<void> {
            inPieces(work.block(), kBlockFrames, [&](const AudioBlock& piece, std::int64_t at) {
                encode::quantize(piece, at, encode::PcmFormat::Int16, encode::Dither::Tpdf,
                                 bytes.data());
            });
            return {};
        },
        restore);
    if (!done)
        return done;

    copy(music, input);
    if (midSide) {
        done = watch.time(
            "stage/midside", seconds,
            [&]() -> Result<void> {
                inPieces(work.block(), kPieceFrames, [](const AudioBlock& piece, std::int64_t) {
                    dsp::toMidSide(piece.channels[0], piece.channels[1], piece.numFrames);
                    dsp::toLeftRight(piece.channels[0], piece.channels[1], piece.numFrames);
                });
                return {};
            },
            restore);
        if (!done)
            return done;
        dsp::toMidSide(input.channel(0), input.channel(1), input.numFrames());
    }

    dsp::ToneEqualizer tone;
    tone.setSections(mastering::designTone(plan.sampleRateHz, plan.tone.mid),
                     mastering::designTone(plan.sampleRateHz, plan.tone.side));
    if (done = timeStage("stage/tone", tone); !done)
        return done;
    next();

    dsp::MultibandProcessor dynamics;
    dynamics.configure(plan.dynamics,
                       midSide ? dsp::ChannelLayout::MidSide : dsp::ChannelLayout::Plain);
    if (done = timeStage("stage/multiband", dynamics); !done)
        return done;
    next();
    if (midSide)
        dsp::toLeftRight(input.channel(0), input.channel(1), input.numFrames());

    dsp::TruePeakLimiter limiter;
    limiter.configure(plan.limiter);
    return timeStage("stage/limiter", limiter);
}

/// All chunks of a track as a render worker makes them; the payload is dropped.
Result<void> renderTrack(chunk::RenderRequest request) {
    const chunk::ChunkGeometry geometry(request.format.sampleRateHz, request.numFrames);
    const std::atomic<bool> cancel{false};
    const auto drop = [](std::span<const std::byte>) -> Result<void> { return {}; };
    for (request.chunk = 0; request.chunk < geometry.numChunks(); ++request.chunk)
        if (auto rendered = chunk::renderChunk(request, drop, cancel); !rendered)
            return rendered;
    return {};
}

double decodedPerTrack(const mastering::MasteringPlan& plan, std::int64_t numFrames) {
    const chunk::ChunkGeometry geometry(plan.sampleRateHz, numFrames);
    const mastering::MasteringChain chain(plan);
    std::int64_t frames = 0;
    for (std::int64_t i = 0; i < geometry.numChunks(); ++i)
        frames += geometry.rendered(i).end + chain.latencyFrames() -
                  geometry.source(i, chain.settlingFrames()).begin;
    return static_cast<double>(frames) / static_cast<double>(std::max<std::int64_t>(numFrames, 1));
}

/// Decode, render and analysis of one file, named by its codec.
Result<void> timeFile(Stopwatch& watch, const std::filesystem::path& path,
                      const std::string& preset) {
    auto source = decode::openSource(path);
    if (!source)
        return fail(source.error());
    const decode::SourceInfo info = (*source)->info();
    const double seconds = static_cast<double>(info.numFrames) / info.sampleRateHz;
    if (auto done = watch.time("decode/" + info.codec, seconds, [&] { return decodeAll(path); });
        !done)
        return done;

    if (auto done =
            watch.time("loudness/" + info.codec, seconds, [&] { return measureLoudness(path); });
        !done)
        return done;

    const auto analysed = analyseFile(path, analysis::Coverage::Full);
    if (!analysed)
        return fail(analysed.error());
    chunk::RenderRequest request{
        .path = path,
        .stamp = info.stamp,
        .plan = std::make_shared<const mastering::MasteringPlan>(
            mastering::makePlan(*analysed, preset)),
        .format = {info.sampleRateHz, info.numChannels, encode::PcmFormat::Int16},
        .numFrames = analysed->numFrames,
        .chunk = 0};
    for (const auto& [name, where] : {std::pair{"render/", chunk::DecodeOn::CallersThread},
                                      std::pair{"render ahead/", chunk::DecodeOn::OwnThread}}) {
        request.decodeOn = where;
        if (auto done =
                watch.time(name + info.codec, seconds, [&] { return renderTrack(request); });
            !done)
            return done;
    }

    for (const auto coverage : {analysis::Coverage::Full, analysis::Coverage::Quick}) {
        const char* kind = coverage == analysis::Coverage::Full ? "full/" : "quick/";
        auto done = watch.time(std::string("analysis/") + kind + info.codec, seconds,
                               [&]() -> Result<void> {
                                   if (auto made = analyseFile(path, coverage); !made)
                                       return fail(made.error());
                                   return {};
                               });
        if (!done)
            return done;
    }
    return {};
}

} // namespace

Result<Timings> timeEngine(const TimingOptions& options) {
    Stopwatch watch(options);
    auto source = decode::openSource(options.track);
    if (!source)
        return fail(source.error());
    const auto analysed = analyseFile(options.track, analysis::Coverage::Full);
    if (!analysed)
        return fail(analysed.error());
    const mastering::MasteringPlan plan = mastering::makePlan(*analysed, options.preset);
    const double seconds =
        static_cast<double>(analysed->numFrames) / static_cast<double>(analysed->sampleRateHz);

    if (auto done = timeFile(watch, options.track, options.preset); !done)
        return fail(done.error());
    for (const std::filesystem::path& path : options.decoded)
        if (auto done = timeFile(watch, path, options.preset); !done)
            return fail(done.error());
    if (auto done = timeStages(watch, plan, **source); !done)
        return fail(done.error());
    double heard = 0; // so that no plan is optimised away
    auto done = watch.time("plan", seconds, [&]() -> Result<void> {
        heard += mastering::makePlan(*analysed, options.preset).predictedLufs;
        return {};
    });
    if (!done)
        return fail(done.error());
    return Timings{watch.take(), decodedPerTrack(plan, analysed->numFrames)};
}

} // namespace segue::bench
