// Renders and measures. One chunked render in float gives the delivered integers (the quantiser is
// a pure function of value and place) and is compared with one pass on the way; a second render
// straight to integers, last chunk first, must give the same bytes, which proves both.

#include "processing/scorecard/Scorecard.h"

#include <time.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <numeric>
#include <utility>

#include "processing/chunk/TrackRenderer.h"
#include "processing/decode/AudioSource.h"
#include "processing/encode/PcmQuantizer.h"
#include "processing/encode/PcmReader.h"
#include "processing/scorecard/OnePass.h"
#include "processing/scorecard/PcmMeter.h"
#include "processing/types/Decibels.h"

namespace segue::scorecard {

namespace {

using analysis::TrackAnalysis;
using mastering::MasteringPlan;
using mastering::PlanRequest;

constexpr std::int64_t kPieceFrames = 4096;
// 16-bit TPDF dither leaves about -102 dBFS in a third octave at 12 kHz.
constexpr double kDitherBandDb = -98;

double threadSeconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::uint64_t mixed(std::uint64_t x) {
    // The finaliser of splitmix64.
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/// A hash of a stream whose pieces come in any order and of any length.
class PlacedHash {
  public:
    explicit PlacedHash(int bytesPerFrame) : frameBytes_(bytesPerFrame) {}

    void add(std::int64_t offset, std::span<const std::byte> bytes) {
        auto place = static_cast<std::uint64_t>(offset / frameBytes_);
        for (std::size_t at = 0; at < bytes.size(); at += static_cast<std::size_t>(frameBytes_)) {
            std::uint64_t frame = mixed(++place);
            for (std::size_t i = 0; i < static_cast<std::size_t>(frameBytes_); i += 8) {
                std::uint64_t word = 0;
                std::memcpy(&word, bytes.data() + at + i,
                            std::min<std::size_t>(8, static_cast<std::size_t>(frameBytes_) - i));
                frame = mixed(frame ^ (word + i + 1));
            }
            low_ += frame;
            high_ += mixed(frame);
        }
    }
    Hash128 finish() const { return {high_, low_}; }

  private:
    const int frameBytes_;
    std::uint64_t low_ = 0, high_ = 0;
};

AudioBlock from(const AudioBlock& block, std::int64_t skip, std::int64_t count, float** channels) {
    for (int c = 0; c < block.numChannels; ++c)
        channels[c] = block.channels[c] + skip;
    return {channels, block.numChannels, count};
}

/// Largest difference to the one pass, of frames that come in order.
class Residual {
  public:
    Residual(OnePass& onePass, int numChannels)
        : onePass_(onePass), want_(numChannels, kPieceFrames) {}

    Result<void> add(const AudioBlock& have) {
        const AudioBlock want = want_.block(have.numFrames);
        if (auto read = onePass_.read(want); !read)
            return read;
        for (int c = 0; c < have.numChannels; ++c)
            for (std::int64_t i = 0; i < have.numFrames; ++i) {
                const float difference = std::fabs(have.channels[c][i] - want.channels[c][i]);
                // A NaN must not hide: it compares false and so becomes the peak.
                if (!(difference <= peak_))
                    peak_ = difference;
            }
        return {};
    }
    double peakDbfs() const {
        if (std::isnan(peak_))
            return 0;
        return peak_ > 0 ? 20 * std::log10(static_cast<double>(peak_)) : kNoResidualDbfs;
    }

  private:
    OnePass& onePass_;
    AudioBuffer want_;
    float peak_ = 0;
};

/// Scores one track; holds what all its masters share.
class TrackScorer {
  public:
    TrackScorer(const std::filesystem::path& path, const ScoreOptions& options,
                const std::atomic<bool>& cancel, const std::function<void(double)>& progress)
        : options_(options), cancel_(cancel), progress_(progress) {
        track_.path = path;
        base_.path = path;
    }

    Result<TrackScore> run() {
        if (auto done = analyseSource(); !done)
            return fail(done.error());
        if (nullTested(0))
            if (auto done = scoreBypass(); !done)
                return fail(done.error());
        for (std::size_t i = 0; i < options_.requests.size(); ++i) {
            auto master = scoreRequest(options_.requests[i], nullTested(i), options_.keep);
            if (!master)
                return fail(master.error());
            track_.masters.push_back(std::move(*master));
            advance();
        }
        for (std::size_t i = 0; i < options_.requests.size(); ++i)
            if (auto done = measureTone(i); !done)
                return fail(done.error());
        return std::move(track_);
    }

  private:
    bool nullTested(std::size_t request) const {
        return !options_.nullTested || options_.nullTested(request);
    }

    void advance() {
        ++steps_;
        if (progress_)
            progress_(
                std::min(1.0, steps_ / (1.0 + static_cast<double>(options_.requests.size()))));
    }

    Result<void> analyseSource() {
        auto source = decode::openSource(base_.path);
        if (!source)
            return fail(source.error());
        auto analysed = analysis::analyse(**source, analysis::Coverage::Full, cancel_);
        if (!analysed)
            return fail(analysed.error());
        const decode::SourceInfo& info = (*source)->info();
        base_.stamp = info.stamp;
        base_.format = {info.sampleRateHz, info.numChannels, encode::PcmFormat::Int16};
        base_.numFrames = analysed->numFrames;
        base_.decodeOn = chunk::DecodeOn::CallersThread;
        track_.before = std::move(*analysed);
        advance();
        return {};
    }

    chunk::RenderRequest renderOf(const MasteringPlan& plan, encode::PcmFormat pcm) const {
        chunk::RenderRequest request = base_;
        request.plan = std::make_shared<const MasteringPlan>(plan);
        request.format.pcm = pcm;
        return request;
    }

    /// Chunks in float against the decoder itself, bit for bit.
    Result<void> scoreBypass() {
        PlanRequest request;
        request.intensity = 0;
        const MasteringPlan plan = mastering::makePlan(track_.before, request);
        auto source = decode::openSource(base_.path);
        if (!source)
            return fail(source.error());
        const auto frameBytes = static_cast<std::size_t>(base_.format.numChannels) * sizeof(float);
        AudioBuffer have(base_.format.numChannels, kPieceFrames);
        AudioBuffer want(base_.format.numChannels, kPieceFrames);
        bool same = true;
        const auto compare = [&](std::int64_t, std::span<const std::byte> bytes) -> Result<void> {
            for (std::size_t at = 0; at < bytes.size();) {
                const auto count = static_cast<std::int64_t>(
                    std::min<std::size_t>(kPieceFrames, (bytes.size() - at) / frameBytes));
                encode::readPcm(bytes.data() + at, encode::PcmFormat::Float32, have.block(count));
                if (auto read = readWhole(**source, want.block(count)); !read)
                    return read;
                for (int c = 0; c < base_.format.numChannels; ++c)
                    same = same && std::memcmp(have.channel(c), want.channel(c),
                                               static_cast<std::size_t>(count) * 4) == 0;
                at += static_cast<std::size_t>(count) * frameBytes;
            }
            return {};
        };
        if (auto done =
                chunk::renderTrack(renderOf(plan, encode::PcmFormat::Float32), compare, cancel_);
            !done)
            return done;
        track_.bypassIsSource = same;
        return {};
    }

    static Result<void> readWhole(decode::AudioSource& source, const AudioBlock& block) {
        float* channels[kMaxChannels];
        for (std::int64_t done = 0; done < block.numFrames;) {
            const auto count = source.read(from(block, done, block.numFrames - done, channels));
            if (!count || *count == 0)
                return fail(ErrorCode::Corrupt, "the source gave fewer frames than before");
            done += *count;
        }
        return {};
    }

    Result<MasterScore> scoreRequest(const PlanRequest& request, bool nullTests,
                                     const decltype(ScoreOptions::keep)& keep) {
        const MasteringPlan plan = mastering::makePlan(track_.before, request);
        MasterScore master;
        master.preset = plan.preset;
        master.intensity = plan.intensity;
        master.planId = mastering::hashOf(plan);
        master.heldBackBy = plan.heldBackBy;
        master.targetLufs = plan.targetLufs;
        master.predictedLufs = plan.predictedLufs;
        master.ceilingDbtp = plan.limiter.ceilingDbtp;
        PcmKeeper keeper;
        if (keep) {
            auto opened = keep(request, base_.format, base_.numFrames);
            if (!opened)
                return fail(opened.error());
            keeper = std::move(*opened);
        }
        if (auto done =
                nullTests ? renderTwice(plan, keeper, master) : render(plan, keeper, master);
            !done)
            return fail(done.error());
        master.foresight = foresightError(track_.before, plan, master.after);
        return master;
    }

    /// What is not the render's own time is taken off: measuring, keeping.
    struct Watch {
        double start = threadSeconds(), others = 0;
        template <typename Work>
        auto aside(Work work) {
            const double before = threadSeconds();
            auto result = work();
            others += threadSeconds() - before;
            return result;
        }
        double own() const { return threadSeconds() - start - others; }
    };

    /// The shipped path: chunks straight to integers.
    Result<void> render(const MasteringPlan& plan, const PcmKeeper& keeper, MasterScore& master) {
        PcmMeter meter(base_.format, base_.numFrames);
        PlacedHash hash(base_.format.bytesPerFrame());
        Watch watch;
        const auto sink = [&](std::int64_t offset, std::span<const std::byte> bytes) {
            return watch.aside([&]() -> Result<void> {
                meter.add(bytes);
                hash.add(offset, bytes);
                return keeper ? keeper(bytes) : Result<void>{};
            });
        };
        if (auto done = chunk::renderTrack(renderOf(plan, encode::PcmFormat::Int16), sink, cancel_);
            !done)
            return done;
        finish(watch.own(), meter, hash, master);
        return {};
    }

    /// The same with null tests: in float against one pass, then in the other order.
    Result<void> renderTwice(const MasteringPlan& plan, const PcmKeeper& keeper,
                             MasterScore& master) {
        auto onePass = OnePass::open(base_.path, plan);
        if (!onePass)
            return fail(onePass.error());
        Residual residual(**onePass, base_.format.numChannels);
        PcmMeter meter(base_.format, base_.numFrames);
        PlacedHash hash(base_.format.bytesPerFrame());
        const encode::Dither dither = plan.bypass() ? encode::Dither::No : encode::Dither::Tpdf;
        const std::int64_t floatBytes = std::int64_t{4} * base_.format.numChannels;
        AudioBuffer buffer(base_.format.numChannels, kPieceFrames);
        std::vector<std::byte> delivered(
            static_cast<std::size_t>(kPieceFrames * base_.format.bytesPerFrame()));
        const auto add = [&](std::int64_t offset,
                             std::span<const std::byte> bytes) -> Result<void> {
            while (!bytes.empty()) {
                const std::int64_t frame = offset / floatBytes;
                const std::int64_t count =
                    std::min(kPieceFrames, static_cast<std::int64_t>(bytes.size()) / floatBytes);
                const AudioBlock block = buffer.block(count);
                encode::readPcm(bytes.data(), encode::PcmFormat::Float32, block);
                if (auto compared = residual.add(block); !compared)
                    return compared;
                encode::quantize(block, frame, base_.format.pcm, dither, delivered.data());
                const auto pcm = std::span<const std::byte>(delivered).first(
                    static_cast<std::size_t>(count * base_.format.bytesPerFrame()));
                meter.add(pcm);
                hash.add(frame * base_.format.bytesPerFrame(), pcm);
                if (keeper)
                    if (auto kept = keeper(pcm); !kept)
                        return kept;
                offset += count * floatBytes;
                bytes = bytes.subspan(static_cast<std::size_t>(count * floatBytes));
            }
            return {};
        };
        if (auto done =
                chunk::renderTrack(renderOf(plan, encode::PcmFormat::Float32), add, cancel_);
            !done)
            return done;
        master.residualDbfs = residual.peakDbfs();

        PlacedHash other(base_.format.bytesPerFrame());
        Watch watch;
        const auto hashOnly = [&](std::int64_t offset, std::span<const std::byte> bytes) {
            return watch.aside([&]() -> Result<void> {
                other.add(offset, bytes);
                return {};
            });
        };
        chunk::TrackRenderOptions backwards;
        backwards.order.resize(static_cast<std::size_t>(
            chunk::ChunkGeometry(base_.format.sampleRateHz, base_.numFrames).numChunks()));
        std::iota(backwards.order.rbegin(), backwards.order.rend(), 0);
        if (auto done = chunk::renderTrack(renderOf(plan, encode::PcmFormat::Int16), hashOnly,
                                           cancel_, backwards);
            !done)
            return done;
        master.sameInOtherOrder = other.finish() == hash.finish();
        finish(watch.own(), meter, hash, master);
        return {};
    }

    void finish(double seconds, PcmMeter& meter, const PlacedHash& hash,
                MasterScore& master) const {
        const double audio =
            static_cast<double>(base_.numFrames) / static_cast<double>(base_.format.sampleRateHz);
        master.timesRealTime = audio / std::max(seconds, 1e-6);
        master.after = meter.finish();
        master.pcm = hash.finish();
    }

    /// Against the same request with the adaptive preset, which is rendered for it if nobody asked.
    Result<void> measureTone(std::size_t index) {
        const PlanRequest& request = options_.requests[index];
        MasterScore& master = track_.masters[index];
        const mastering::Preset& adaptive = mastering::builtInPresets().front();
        const auto stated = [&](double hz) {
            return request.intensity * (mastering::presetToneDb(request.preset, hz) -
                                        mastering::presetToneDb(adaptive, hz));
        };
        const bool any =
            std::any_of(mastering::kPresetToneHz.begin(), mastering::kPresetToneHz.end(),
                        [&](double hz) { return std::abs(stated(hz)) >= kLeastStatedDb; });
        if (!any || track_.before.silent())
            return {};
        if (!adaptive_) {
            for (std::size_t i = 0; i < options_.requests.size(); ++i)
                if (options_.requests[i].preset == adaptive)
                    adaptive_ = track_.masters[i].after;
        }
        if (!adaptive_) {
            PlanRequest plain = request;
            plain.preset = adaptive;
            auto rendered = scoreRequest(plain, false, {});
            if (!rendered)
                return fail(rendered.error());
            adaptive_ = std::move(rendered->after);
        }
        const double louder = master.after.integratedLufs - adaptive_->integratedLufs;
        double offset = 0;
        int count = 0;
        for (const double hz : mastering::kPresetToneHz) {
            if (hz > 0.45 * base_.format.sampleRateHz)
                continue;
            const double here = bandDb(master.after, hz);
            const double there = bandDb(*adaptive_, hz);
            const bool audible = std::min(here, there) > kDitherBandDb;
            const double measured = here - there - louder;
            master.tone.push_back({hz, stated(hz), measured, measured, audible});
            offset += audible ? stated(hz) - measured : 0;
            count += audible ? 1 : 0;
        }
        for (ToneMeasure& tone : master.tone)
            tone.alignedDb += offset / std::max(count, 1);
        return {};
    }

    /// Mid and side together in the third octave around `hz`.
    static double bandDb(const TrackAnalysis& a, double hz) {
        std::size_t nearest = 0;
        for (int band = 1; band < analysis::kNumThirdOctaves; ++band)
            if (std::abs(std::log(analysis::thirdOctaveHz(band) / hz)) <
                std::abs(std::log(analysis::thirdOctaveHz(static_cast<int>(nearest)) / hz)))
                nearest = static_cast<std::size_t>(band);
        return 10 * std::log10(powerOf(a.midDb[nearest]) + powerOf(a.sideDb[nearest]));
    }

    const ScoreOptions& options_;
    const std::atomic<bool>& cancel_;
    const std::function<void(double)>& progress_;
    double steps_ = 0;
    chunk::RenderRequest base_;
    TrackScore track_;
    std::optional<TrackAnalysis> adaptive_;
};

} // namespace

Result<TrackScore> score(const std::filesystem::path& path, const ScoreOptions& options,
                         const std::atomic<bool>& cancel,
                         const std::function<void(double)>& progress) {
    return TrackScorer(path, options, cancel, progress).run();
}

} // namespace segue::scorecard
