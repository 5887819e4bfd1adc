// Pre-warming, the same for the server and the command line. Runs on the thread of its caller and
// on `jobs` threads of its own, which only look up and wait: analyses are FullAnalyses', renders
// the scheduler's. The plan of a chunk is that of the next playback (full analysis, newest
// corridor), whatever a playback under way has leased; so a corridor that is learned meanwhile
// makes another round, in which only what it changed is rendered.
#include "backend/Prewarmer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "backend/PlanChoice.h"
#include "backend/ThreadName.h"
#include "cache/ChunkFormat.h"

namespace segue::backend {

namespace {

using library::TrackId;
using Phase = PrewarmProgress::Phase;
using Limit = PrewarmProgress::Limit;
using Seconds = std::chrono::duration<double>;

constexpr auto kReportInterval = std::chrono::milliseconds(250);
constexpr auto kLook = std::chrono::milliseconds(100);
/// A corridor is learned anew when a quarter more tracks are analysed, so rounds end by themselves;
/// this is for a library that grows as fast as it is warmed.
constexpr int kMostRounds = 3;
/// Audio per second of work before anything was measured; what two cores of a small server do.
constexpr double kUsualRenderSpeed = 250;
constexpr double kUsualAnalysisSpeed = 400;
/// Renders in this process that make their speed worth more than the usual one.
constexpr double kEnoughMeasuredSeconds = 120;

/// One run: what its threads share.
class Run {
  public:
    Run(const Prewarmer::Parts& parts, const Prewarmer::Room& room, const PrewarmRequest& request,
        std::vector<StreamParameters> voices, std::vector<TrackId> tracks,
        const Prewarmer::Report& report, std::stop_token stop, PrewarmProgress progress)
        : parts_(parts), room_(room), request_(request), voices_(std::move(voices)),
          tracks_(std::move(tracks)), report_(report), stop_(std::move(stop)),
          failed_(tracks_.size()), progress_(std::move(progress)) {}

    PrewarmProgress operator()();

  private:
    /// Calls `work` for every index below the number of tracks, on `jobs` threads.
    void forEachTrack(const std::function<void(std::size_t)>& work);
    void analyse(std::size_t index);
    void learn();
    void warm(std::size_t index);
    /// @return whether to go on with this track
    bool warmChunk(const StreamSpec& spec, std::int64_t chunk);
    bool render(const StreamSpec& spec, std::int64_t chunk);
    void estimate(std::size_t index);

    /// Charges a chunk to the budgets. @return whether it fits; if not, the run ends
    bool reserve(std::int64_t bytes, cache::Budget budget, bool isThere);
    void trackFailed(std::size_t index, const std::string& why);
    void abort(const std::string& why);
    bool ending() const { return ended_ || stop_.stop_requested(); }
    void advance(double costSeconds);
    void enter(Phase phase);
    void reportLocked(bool now);
    ReadLimits limits() const {
        return {.deadline = Clock::time_point::max(), .stillWanted = [this] { return !ending(); }};
    }
    std::int64_t chunksOf(const StreamSpec& spec) const {
        const std::int64_t count = spec.geometry().numChunks();
        return request_.depth == PrewarmDepth::Full ? count : std::min<std::int64_t>(count, 1);
    }
    double renderCost(double audioSeconds) const;

    const Prewarmer::Parts& parts_;
    const Prewarmer::Room& room_;
    const PrewarmRequest& request_;
    const std::vector<StreamParameters> voices_;
    const std::vector<TrackId> tracks_;
    const Prewarmer::Report& report_;
    const std::stop_token stop_;
    const Clock::time_point start_ = Clock::now();
    std::atomic<bool> ended_{false}; ///< a budget is spent, or nothing can be kept

    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    std::vector<char> failed_;
    PrewarmProgress progress_;
    std::int64_t general_ = 0, firstChunks_ = 0; ///< warm so far, in bytes
    double costDone_ = 0, costAll_ = 1;
    Clock::time_point nextReport_;
};

void Run::forEachTrack(const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto loop = [&](int number) {
        nameThisThread("segue-warm-" + std::to_string(number));
        lowerThisThread();
        for (std::size_t i = next++; i < tracks_.size() && !ending(); i = next++) {
            try {
                work(i);
            } catch (const std::exception& exception) {
                trackFailed(i, exception.what());
            }
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < request_.jobs; ++i)
        threads.emplace_back(loop, i);
    for (std::thread& thread : threads)
        thread.join();
}

double Run::renderCost(double audioSeconds) const {
    const SchedulerStats stats = parts_.scheduler.stats();
    const double speed = stats.audioSeconds >= kEnoughMeasuredSeconds && stats.renderSeconds > 0
                             ? stats.audioSeconds / stats.renderSeconds
                             : kUsualRenderSpeed;
    return audioSeconds / speed;
}

void Run::enter(Phase phase) {
    std::lock_guard lock(mutex_);
    progress_.phase = phase;
    reportLocked(true);
}

void Run::reportLocked(bool now) {
    const auto time = Clock::now();
    if (request_.dryRun == DryRun::No)
        progress_.seconds = Seconds(time - start_).count();
    if (!report_ || (!now && time < nextReport_))
        return;
    nextReport_ = time + kReportInterval;
    report_(progress_);
}

void Run::advance(double costSeconds) {
    std::lock_guard lock(mutex_);
    costDone_ += costSeconds;
    progress_.fraction = std::max(progress_.fraction, std::min(1.0, costDone_ / costAll_));
    reportLocked(false);
}

void Run::trackFailed(std::size_t index, const std::string& why) {
    if (ending())
        return;
    std::lock_guard lock(mutex_);
    if (failed_[index])
        return;
    failed_[index] = 1;
    ++progress_.tracksFailed;
    if (progress_.problems.size() < PrewarmProgress::kMostProblems)
        progress_.problems.push_back(why);
}

void Run::abort(const std::string& why) {
    std::lock_guard lock(mutex_);
    ended_ = true;
    if (progress_.error.empty())
        progress_.error = why;
}

void Run::analyse(std::size_t index) {
    const auto track = parts_.library.track(tracks_[index]);
    if (!track)
        return trackFailed(index, track.error().message);
    parts_.scheduler.waitWhileReadersAreBlocked(stop_);
    const bool known = track->contentId && parts_.kept.full(*track->contentId);
    const auto analysed = parts_.analyses.of(tracks_[index], limits());
    if (!analysed)
        return trackFailed(index, analysed.error().message);
    if (!known) {
        std::lock_guard lock(mutex_);
        ++progress_.analyses;
    }
    advance(track->durationSeconds / kUsualAnalysisSpeed);
}

void Run::learn() {
    std::atomic<bool> cancel{false};
    const std::stop_callback onStop(stop_, [&] { cancel = true; });
    parts_.corridors.learnIfDue(cancel);
}

bool Run::reserve(std::int64_t bytes, cache::Budget budget, bool isThere) {
    std::lock_guard lock(mutex_);
    if (ended_)
        return false;
    std::int64_t& warm = budget == cache::Budget::FirstChunk ? firstChunks_ : general_;
    const std::int64_t room =
        budget == cache::Budget::FirstChunk ? room_.firstChunkBytes : room_.generalBytes;
    const bool isSpent =
        !isThere && request_.budgetBytes && progress_.bytes + bytes > *request_.budgetBytes;
    if (isSpent || warm + bytes > room) {
        ended_ = true;
        progress_.limit = isSpent ? Limit::Budget : Limit::CacheFull;
        return false;
    }
    warm += bytes;
    if (isThere) {
        ++progress_.chunksThere;
    } else {
        ++progress_.chunksRendered;
        progress_.bytes += bytes;
    }
    return true;
}

bool Run::warmChunk(const StreamSpec& spec, std::int64_t chunk) {
    const bool isDry = request_.dryRun == DryRun::Yes;
    // Finding it makes it the last one to go.
    const bool isThere = isDry ? parts_.provider.stateOf(spec, chunk) == ChunkState::Ready
                               : parts_.provider.find(spec, chunk) != nullptr;
    const auto budget = chunk == 0 ? cache::Budget::FirstChunk : cache::Budget::General;
    if (!reserve(cache::fileBytes(spec.layout(chunk).payloadBytes()), budget, isThere))
        return false;
    const double cost = renderCost(static_cast<double>(spec.geometry().rendered(chunk).length()) /
                                   spec.format.sampleRateHz);
    if (isDry && !isThere) {
        std::lock_guard lock(mutex_);
        progress_.seconds += cost / request_.jobs;
    }
    const bool warm = isThere || isDry || render(spec, chunk);
    advance(cost);
    return warm;
}

bool Run::render(const StreamSpec& spec, std::int64_t chunk) {
    parts_.scheduler.waitWhileReadersAreBlocked(stop_);
    if (ending())
        return false;
    auto interest =
        parts_.provider.request(spec, chunk, RenderClass::Prewarm, Clock::time_point::max());
    if (!interest) {
        abort(interest.error().message);
        return false;
    }
    for (;;) {
        if (ending())
            return false;
        const InFlightChunk::Progress made = interest->chunk().waitForEnd(Clock::now() + kLook);
        switch (made.outcome) {
        case InFlightChunk::Outcome::Deadline:
            continue;
        case InFlightChunk::Outcome::Reached:
        case InFlightChunk::Outcome::Finished:
            if (made.unkept)
                abort("the cache cannot keep what was rendered; is its disk full or read-only?");
            return !made.unkept;
        case InFlightChunk::Outcome::Failed:
            throw std::runtime_error(made.error.message);
        case InFlightChunk::Outcome::Cancelled:
            return false;
        }
    }
}

void Run::warm(std::size_t index) {
    {
        std::lock_guard lock(mutex_);
        if (failed_[index])
            return;
    }
    auto analysed = parts_.analyses.of(tracks_[index], limits());
    if (!analysed)
        return trackFailed(index, analysed.error().message);
    const CorridorVersion corridor = parts_.corridors.newest();
    for (const StreamParameters& voice : voices_) {
        const PlanBasis basis{analysed->analysis, corridor};
        const StreamSpec spec =
            PlanChoice::choiceOf(analysed->track, basis, voice.request).streamSpec(voice.pcm);
        for (std::int64_t chunk = 0; chunk < chunksOf(spec); ++chunk)
            if (!warmChunk(spec, chunk))
                return;
    }
}

/// Without an analysis the tags say how long a track is, which is all that its chunks' bytes depend
/// on.
void Run::estimate(std::size_t index) {
    const auto track = parts_.library.track(tracks_[index]);
    if (!track)
        return trackFailed(index, track.error().message);
    if (track->missing)
        return trackFailed(index, "'" + track->path.string() + "' is gone");
    const AnalysisPtr full = track->contentId ? parts_.kept.full(*track->contentId) : nullptr;
    const CorridorVersion corridor = parts_.corridors.newest();
    for (const StreamParameters& voice : voices_) {
        StreamSpec spec;
        if (full) {
            spec =
                PlanChoice::choiceOf(*track, {full, corridor}, voice.request).streamSpec(voice.pcm);
        } else {
            spec.format = {.sampleRateHz = std::max(track->sampleRateHz, 1),
                           .numChannels = std::max(track->numChannels, 1),
                           .pcm = voice.pcm};
            spec.numFrames =
                static_cast<std::int64_t>(track->durationSeconds * spec.format.sampleRateHz);
        }
        for (std::int64_t chunk = 0; chunk < chunksOf(spec); ++chunk)
            if (!warmChunk(spec, chunk))
                return;
    }
    if (full)
        return;
    std::lock_guard lock(mutex_);
    ++progress_.analyses;
    progress_.seconds += track->durationSeconds / kUsualAnalysisSpeed / request_.jobs;
}

PrewarmProgress Run::operator()() {
    const bool isDry = request_.dryRun == DryRun::Yes;
    {
        double audio = 0, rendered = 0;
        for (const TrackId id : tracks_) {
            const double seconds =
                parts_.library.track(id).value_or(library::Track{}).durationSeconds;
            audio += seconds;
            rendered += (request_.depth == PrewarmDepth::Full
                             ? seconds
                             : std::min<double>(seconds, chunk::kChunkSeconds)) *
                        static_cast<double>(voices_.size());
        }
        std::lock_guard lock(mutex_);
        progress_.tracks = static_cast<std::int64_t>(tracks_.size());
        costAll_ = std::max(1e-9, renderCost(rendered) + (isDry ? 0 : audio / kUsualAnalysisSpeed));
    }
    if (isDry) {
        enter(Phase::Rendering);
        forEachTrack([this](std::size_t i) { estimate(i); });
    } else {
        enter(Phase::Analysing);
        forEachTrack([this](std::size_t i) { analyse(i); });
        if (!ending())
            learn();
        enter(Phase::Rendering);
        std::int64_t corridor = -1;
        for (int round = 0; round < kMostRounds && !ending(); ++round) {
            if (std::exchange(corridor, parts_.corridors.newest().number) ==
                parts_.corridors.newest().number)
                break;
            std::unique_lock lock(mutex_);
            general_ = firstChunks_ = 0;
            progress_.chunksThere = 0;
            lock.unlock();
            forEachTrack([this](std::size_t i) { warm(i); });
        }
    }
    std::lock_guard lock(mutex_);
    progress_.phase = stop_.stop_requested()     ? Phase::Cancelled
                      : !progress_.error.empty() ? Phase::Failed
                                                 : Phase::Done;
    if (progress_.phase == Phase::Done)
        progress_.fraction = 1;
    reportLocked(true);
    return progress_;
}

PrewarmProgress failedWith(const Error& error) {
    PrewarmProgress progress;
    progress.phase = Phase::Failed;
    progress.error = error.message;
    return progress;
}

} // namespace

std::string_view nameOf(PrewarmProgress::Phase phase) noexcept {
    switch (phase) {
    case Phase::Waiting:
        return "waiting";
    case Phase::Analysing:
        return "analysing";
    case Phase::Rendering:
        return "rendering";
    case Phase::Done:
        return "done";
    case Phase::Failed:
        return "failed";
    case Phase::Cancelled:
        break;
    }
    return "cancelled";
}

std::string_view nameOf(PrewarmProgress::Limit limit) noexcept {
    switch (limit) {
    case Limit::None:
        return "none";
    case Limit::Budget:
        return "budget";
    case Limit::CacheFull:
        break;
    }
    return "cache-full";
}

std::string toJson(const PrewarmProgress& progress, Detail detail) {
    using Json = nlohmann::ordered_json;
    Json json{{"phase", nameOf(progress.phase)},
              {"limit", nameOf(progress.limit)},
              {"fraction", progress.fraction},
              {"tracks", progress.tracks},
              {"tracksFailed", progress.tracksFailed},
              {"analyses", progress.analyses},
              {"chunksThere", progress.chunksThere},
              {"chunksRendered", progress.chunksRendered},
              {"bytes", progress.bytes},
              {"seconds", progress.seconds},
              {"error", progress.error.empty() ? Json(nullptr) : Json(progress.error)}};
    if (detail == Detail::Yes)
        json["problems"] = progress.problems;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string summaryOf(const PrewarmProgress& progress) {
    return fmt::format("{}: {} chunks rendered, {} were there, {} tracks failed, {:.0f} s{}{}",
                       nameOf(progress.phase), progress.chunksRendered, progress.chunksThere,
                       progress.tracksFailed, progress.seconds, progress.error.empty() ? "" : ": ",
                       progress.error);
}

Prewarmer::Prewarmer(const Parts& parts, Room room, StreamVocabulary vocabulary)
    : parts_(parts), room_(room), vocabulary_(std::move(vocabulary)) {}

Result<void> Prewarmer::check(const PrewarmRequest& request) const {
    if (const auto voices = voicesOf(request, vocabulary_); !voices)
        return fail(voices.error());
    if (const auto selected = selectTracks(parts_.library, request.selection); !selected)
        return fail(selected.error());
    return {};
}

PrewarmProgress Prewarmer::run(const PrewarmRequest& request, const Report& report,
                               std::stop_token stop) {
    auto voices = voicesOf(request, vocabulary_);
    if (!voices)
        return failedWith(voices.error());
    auto selected = selectTracks(parts_.library, request.selection);
    if (!selected)
        return failedWith(selected.error());
    PrewarmProgress progress;
    progress.tracksFailed = static_cast<std::int64_t>(selected->problems.size());
    progress.problems = std::move(selected->problems);
    if (progress.problems.size() > PrewarmProgress::kMostProblems)
        progress.problems.resize(PrewarmProgress::kMostProblems);
    return Run(parts_, room_, request, std::move(*voices), std::move(selected->ids), report,
               std::move(stop), std::move(progress))();
}

} // namespace segue::backend
