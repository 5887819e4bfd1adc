// One group of files from source to named result: a single file, decoded once, or an album, whose
// plan needs the analysis of all of it first. Runs on a thread of its caller and, where the
// group may use several, on helpers that end before it returns. What a file needs in memory does
// not depend on its length.
#include "enhance/GroupMastering.h"

#include <cmath>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "enhance/AlbumPlan.h"
#include "enhance/ResultMark.h"
#include "enhance/ResultTags.h"
#include "library/TagWriter.h"
#include "processing/chunk/TrackRenderer.h"
#include "processing/decode/AudioSource.h"
#include "processing/decode/ReadAhead.h"
#include "processing/decode/Recording.h"
#include "processing/encode/AudioFileWriter.h"

namespace segue::enhance {
namespace {

namespace fs = std::filesystem;
using analysis::TrackAnalysis;

// Of the time that a file takes; only the bar depends on it.
constexpr double kAnalysisPart = 0.25;

/// Calls `work` for every index below `count` on up to `threads` threads; they end before it
/// returns. `work` does not throw.
void forEachIndex(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto run = [&] {
        for (std::size_t i = next++; i < count; i = next++)
            work(i);
    };
    std::vector<std::jthread> others;
    for (int i = 1; i < threads && static_cast<std::size_t>(i) < count; ++i)
        others.emplace_back(run);
    run();
}

/// A file on its way.
struct Track {
    const EnhanceJob* job = nullptr;
    std::optional<Error> error;
    FileStamp stamp;
    std::shared_ptr<decode::Recording> recording; ///< null where the analysis was known
    Enhanced result;
    std::unique_ptr<encode::AudioFileWriter> writer; ///< once it is rendered, until it is named
};

class GroupMaster {
  public:
    GroupMaster(GroupWork& work, const EnhanceSettings& settings,
                const std::function<void(double)>& progress, const std::atomic<bool>& cancel)
        : work_(work), settings_(settings), progress_(progress), cancel_(cancel) {
        for (const EnhanceJob* job : work.jobs)
            tracks_.emplace_back().job = job;
    }

    void run() {
        const int threads = settings_.threads;
        forEach(threads, [this](Track& track) { return analyse(track); });
        plan();
        const auto alive = static_cast<int>(tracks_.size());
        workersPerTrack_ = std::max(1, threads / std::max(alive, 1));
        forEach(threads, [this](Track& track) { return render(track); });
        if (settings_.album && tracks_.size() > 1)
            forEach(threads, [this](Track& track) { return meetPlan(track); });
        albumLoudness();
        forEach(1, [this](Track& track) { return tag(track); });
        forEach(1, [](Track& track) { return track.writer->commit(); });
        for (Track& track : tracks_) {
            if (track.error)
                work_.results.emplace_back(fail(std::move(*track.error)));
            else
                work_.results.emplace_back(std::move(track.result));
        }
    }

  private:
    /// Every track that is still good.
    template <typename Step>
    void forEach(int threads, const Step& step) {
        forEachIndex(tracks_.size(), threads, [&](std::size_t i) {
            Track& track = tracks_[i];
            if (track.error)
                return;
            if (cancel_.load(std::memory_order_relaxed)) {
                track.error = Error{ErrorCode::Cancelled, "interrupted"};
                return;
            }
            try {
                if (Result<void> done = step(track); !done)
                    track.error = std::move(done.error());
            } catch (const std::exception& problem) {
                track.error = Error{ErrorCode::Internal,
                                    "'" + track.job->in.string() + "': " + problem.what()};
            }
        });
    }

    /// `part` more of one track is done.
    void advance(double part) {
        const std::lock_guard lock(mutex_);
        done_ += part / static_cast<double>(tracks_.size());
        progress_(std::min(done_, 1.0));
    }
    /// From a progress of 0 .. 1 of something that is `share` of a track.
    std::function<void(double)> progressOf(double share) {
        return [this, share, before = 0.0](double now) mutable {
            advance((now - before) * share);
            before = now;
        };
    }

    Result<void> analyse(Track& track) {
        const fs::path& in = track.job->in;
        std::error_code ignored;
        if (fs::equivalent(in, track.job->out, ignored))
            return fail(ErrorCode::InvalidArgument,
                        "'" + in.string() +
                            "' would be replaced by its own master; Segue never changes a source");
        if (const auto& known = track.job->known) {
            track.stamp = known->stamp;
            track.result.before = *known->analysis;
            return {};
        }
        auto source = decode::openSource(in);
        if (!source)
            return fail(source.error());
        track.stamp = (*source)->info().stamp;
        // An album is analysed whole before anything of it is rendered: too much to remember.
        const std::int64_t bytes = tracks_.size() == 1 ? settings_.mostRecordedBytes : 0;
        track.recording = std::make_shared<decode::Recording>((*source)->info(), bytes);
        auto recorder = decode::recorded(std::move(*source), track.recording);
        if (settings_.threads > 1 && tracks_.size() == 1)
            recorder = decode::readAhead(std::move(recorder)); // nothing else keeps the other cores
        auto analysed = analysis::analyse(*recorder, analysis::Coverage::Full, cancel_,
                                          progressOf(kAnalysisPart));
        if (!analysed)
            return fail(analysed.error());
        track.result.before = std::move(*analysed);
        return {};
    }

    void plan() {
        if (!settings_.album || tracks_.size() == 1) {
            for (Track& track : tracks_)
                if (!track.error)
                    track.result.plan = mastering::makePlan(track.result.before, settings_.request);
            return;
        }
        std::vector<const TrackAnalysis*> analyses;
        for (const Track& track : tracks_)
            if (!track.error)
                analyses.push_back(&track.result.before);
        if (analyses.empty())
            return;
        const std::vector<mastering::MasteringPlan> plans =
            plansOfAlbum(analyses, settings_.request);
        auto next = plans.begin();
        for (Track& track : tracks_)
            if (!track.error)
                track.result.plan = *next++;
    }

    Result<void> render(Track& track) {
        chunk::RenderRequest request;
        request.path = track.job->in;
        request.stamp = track.stamp;
        request.plan = std::make_shared<const mastering::MasteringPlan>(track.result.plan);
        request.format = {track.result.before.sampleRateHz, track.result.before.numChannels,
                          encode::pcmFor(settings_.target)};
        request.numFrames = track.result.before.numFrames;
        request.decodeOn = chunk::DecodeOn::CallersThread; // every core renders already
        request.recording = track.recording;
        auto writer = createResult(track, request);
        if (!writer)
            return fail(writer.error());
        ResultMeter meter(request.format, request.numFrames, settings_.details);
        const auto rendered =
            chunk::renderTrack(request,
                               [&](std::int64_t, std::span<const std::byte> bytes) -> Result<void> {
                                   meter.add(bytes);
                                   return (*writer)->append(bytes);
                               },
                               cancel_,
                               {.workers = workersPerTrack_,
                                .progress = progressOf(track.job->known ? 1 : 1 - kAnalysisPart),
                                .beforeEachBlock = settings_.beforeEachBlock});
        if (!rendered)
            return fail(rendered.error());
        if (auto finished = (*writer)->finish(); !finished)
            return fail(finished.error());
        track.recording.reset();
        track.result.after = meter.finish();
        track.writer = std::move(*writer);
        return {};
    }

    /// Of an album the place of each track counts: one that came out louder or quieter than was
    /// foreseen, which is rare in music, is rendered again.
    Result<void> meetPlan(Track& track) {
        constexpr int kTries = 2;
        constexpr double kCloseLu = 0.1;
        mastering::MasteringPlan& plan = track.result.plan;
        for (int i = 0; i < kTries && !plan.bypass() && !track.result.before.silent(); ++i) {
            const double missing = plan.predictedLufs - track.result.after.loudness.integratedLufs;
            const double gain = plan.limiter.inputGainDb + missing;
            if (std::abs(missing) < kCloseLu || gain > mastering::kMaxGainDb)
                break;
            moveGain(plan, missing);
            track.writer.reset();
            if (auto rendered = render(track); !rendered)
                return rendered;
        }
        return {};
    }

    Result<std::unique_ptr<encode::AudioFileWriter>>
    createResult(const Track& track, const chunk::RenderRequest& request) const {
        const fs::path& out = track.job->out;
        // A folder of the tree; the one that OUT names is there or is an error.
        std::error_code error;
        if (work_.mirrors && !fs::create_directories(out.parent_path(), error) && error)
            return fail(errnoError("make '" + out.parent_path().string() + "'", error.value()));
        return encode::createAudioFile(out, settings_.target, request.format, request.numFrames,
                                       work_.overwrite);
    }

    void albumLoudness() {
        if (!settings_.album)
            return;
        std::vector<const analysis::LoudnessMeasures*> results;
        for (const Track& track : tracks_)
            if (!track.error)
                results.push_back(&track.result.after.loudness);
        if (!results.empty())
            album_ = analysis::joinedLoudness(results);
    }

    Result<void> tag(Track& track) {
        auto source = library::readMetadata(track.job->in);
        if (!source)
            return fail(source.error());
        library::Metadata metadata = std::move(*source);
        // What nothing was done to stays as it is, tags included.
        const bool untouched =
            track.result.plan.bypass() && settings_.target.format == encode::FileFormat::Wav;
        if (!untouched) {
            const auto mark = markOf(*track.job, track.stamp, work_.settings);
            if (!mark)
                return fail(mark.error());
            metadata = resultMetadata(std::move(metadata), settings_.target.format,
                                      track.result.after.loudness, album_, *mark);
        }
        if (metadata.empty())
            return {};
        auto written = library::writeMetadata(track.writer->temporary(), metadata);
        // A WAV file of more than 4 GiB has no place for tags that others would find.
        if (!written && written.error().code == ErrorCode::Unsupported &&
            settings_.target.format == encode::FileFormat::Wav)
            return {};
        return written;
    }

    GroupWork& work_;
    const EnhanceSettings& settings_;
    const std::function<void(double)>& progress_;
    const std::atomic<bool>& cancel_;
    std::vector<Track> tracks_;
    int workersPerTrack_ = 1;
    std::optional<analysis::LoudnessMeasures> album_;
    std::mutex mutex_; // guards done_
    double done_ = 0;
};

} // namespace

GroupState lookAt(GroupWork& work) {
    GroupState state;
    for (const EnhanceJob* job : work.jobs) {
        const ResultState result = stateOf(*job, work.settings).value_or(ResultState::None);
        state.results.push_back(result);
        state.finished += result == ResultState::Finished ? 1 : 0;
        state.isBlocked |= work.overwrite == encode::Overwrite::No &&
                           (result == ResultState::Foreign || result == ResultState::Stale);
    }
    if (!state.isBlocked && state.finished > 0 && !state.isFinished())
        work.overwrite = encode::Overwrite::Yes;
    return state;
}

void masterGroup(GroupWork& work, const EnhanceSettings& settings,
                 const std::function<void(double)>& progress, const std::atomic<bool>& cancel) {
    GroupMaster(work, settings, progress, cancel).run();
}

} // namespace segue::enhance
