// Enhancing tracks of the library to files. Runs on the thread of its caller, which renders, tags
// and writes; threads that enhance::masterGroup adds inherit its priority. Analyses are
// FullAnalyses'. Nothing goes through the cache: what is written once is not to push out what is
// listened to. Between two blocks it waits while a reader is blocked.
#include "backend/Enhancer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <system_error>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>

#include "backend/ResultNames.h"
#include "backend/ThreadName.h"
#include "enhance/GroupMastering.h"
#include "library/Roots.h"
#include "library/Text.h"

namespace segue::backend {

namespace {

namespace fs = std::filesystem;
using Phase = EnhanceProgress::Phase;
using Kind = EnhanceSelection::Kind;
using Seconds = std::chrono::duration<double>;
using enhance::ResultState;
using library::TrackId;

constexpr auto kReportInterval = std::chrono::milliseconds(250);
/// Audio per second of work, for what part of the whole each step is.
constexpr double kUsualAnalysisSpeed = 400;
constexpr double kUsualMasteringSpeed = 150;
/// Before that nothing can be said of what is left.
constexpr double kLeastMeasuredSeconds = 2;
/// So many in a row that find the disk full, and the rest would only render for nothing.
constexpr int kMostFullDisks = 3;

/// With all links followed as far as it exists.
std::string real(const fs::path& path) {
    std::error_code error;
    const fs::path found = fs::weakly_canonical(path, error);
    std::string name = (error ? path : found).lexically_normal().string();
    while (name.size() > 1 && name.back() == '/')
        name.pop_back();
    return name;
}

/// One track that is to be enhanced.
struct Item {
    TrackId id = 0;
    double seconds = 0;
    bool isOver = false; ///< made, there or failed
};

/// One run.
class Run {
  public:
    Run(const Enhancer::Parts& parts, const Enhancer::Places& places, const EnhanceRequest& request,
        mastering::PlanRequest voice, int threads, const Enhancer::Report& report,
        std::stop_token stop)
        : parts_(parts), names_(places.roots), results_(places.results), request_(request),
          report_(report), stop_(std::move(stop)) {
        settings_.request = std::move(voice);
        settings_.target = request.target;
        settings_.album = request.album;
        settings_.threads = threads;
        settings_.beforeEachBlock = [this] { parts_.scheduler.waitWhileReadersAreBlocked(stop_); };
    }

    EnhanceProgress operator()(const std::vector<TrackId>& ids);

  private:
    void select(const std::vector<TrackId>& ids);
    void analyse(Item& item);
    void master(const std::vector<std::size_t>& group);
    /// @return nothing when the track has failed, which has been told
    std::optional<enhance::EnhanceJob> jobOf(Item& item);
    void keep(Item& item, const enhance::EnhanceJob& job, bool isNew);
    void keepResults(const std::vector<Item*>& items, const enhance::GroupWork& work);

    void trackFailed(Item& item, const char* status, std::string message);
    void overLocked(Item& item);
    bool ending() const { return !error_.empty() || stop_.stop_requested(); }
    /// `cost` seconds of work are done, or need not be.
    void spend(double cost);
    void save(double cost);
    void reportLocked(bool now);

    static double analysisCost(const Item& item) { return item.seconds / kUsualAnalysisSpeed; }
    static double masteringCost(const Item& item) { return item.seconds / kUsualMasteringSpeed; }
    ReadLimits limits() const {
        return {.deadline = Clock::time_point::max(), .stillWanted = [this] { return !ending(); }};
    }

    const Enhancer::Parts& parts_;
    const ResultNames names_;
    const fs::path results_;
    const EnhanceRequest& request_;
    enhance::EnhanceSettings settings_;
    const Enhancer::Report& report_;
    const std::stop_token stop_;
    std::atomic<bool> cancel_{false};
    const Clock::time_point start_ = Clock::now();

    // Of the thread that runs.
    std::vector<Item> items_;
    enhance::EnhanceGroups groups_;
    std::unordered_map<Hash128, TrackId, Hash128Hasher> taken_; ///< by the result's name
    std::string error_;
    int fullDisks_ = 0;

    std::mutex mutex_;
    // GUARDED_BY(mutex_)
    EnhanceProgress progress_;
    double costDone_ = 0, costAll_ = 0;
    Clock::time_point nextReport_;
};

void Run::reportLocked(bool now) {
    const auto time = Clock::now();
    progress_.seconds = Seconds(time - start_).count();
    const double left = std::max(costAll_ - costDone_, 0.0);
    if (costAll_ > 0)
        progress_.fraction = std::clamp(costDone_ / costAll_, progress_.fraction, 1.0);
    progress_.secondsLeft.reset();
    if (progress_.seconds >= kLeastMeasuredSeconds && costDone_ > 0)
        progress_.secondsLeft = left / costDone_ * progress_.seconds;
    if (!report_ || (!now && time < nextReport_))
        return;
    nextReport_ = time + kReportInterval;
    report_(progress_);
}

void Run::spend(double cost) {
    const std::lock_guard lock(mutex_);
    costDone_ += cost;
    reportLocked(false);
}

void Run::save(double cost) {
    const std::lock_guard lock(mutex_);
    costAll_ -= cost;
    reportLocked(false);
}

void Run::overLocked(Item& item) {
    item.isOver = true;
    progress_.audioSecondsDone += item.seconds;
}

void Run::trackFailed(Item& item, const char* status, std::string message) {
    if (ending() || item.isOver)
        return;
    const std::lock_guard lock(mutex_);
    overLocked(item);
    ++progress_.failed;
    if (progress_.failures.size() < EnhanceProgress::kMostFailures)
        progress_.failures.push_back({item.id, status, std::move(message)});
}

void Run::select(const std::vector<TrackId>& ids) {
    const std::string below = real(results_);
    std::map<std::pair<library::AlbumId, std::string>, std::size_t> albums;
    for (const TrackId id : ids) {
        if (ending())
            return;
        const auto track = parts_.library.track(id);
        const bool isResult = track && library::isBelow(real(track->path), below);
        if (isResult && request_.selection.kind != Kind::Tracks)
            continue;
        Item& item = items_.emplace_back();
        item.id = id;
        item.seconds = track ? track->durationSeconds : 0;
        if (!track)
            trackFailed(item, "failed", track.error().message);
        else if (isResult)
            trackFailed(item, "failed", "'" + track->path.string() + "' is a result itself");
        std::size_t group = groups_.size();
        if (request_.album && track) {
            const std::string folder =
                track->albumId == 0 ? track->path.parent_path().string() : std::string();
            group = albums.try_emplace({track->albumId, folder}, group).first->second;
        }
        if (group == groups_.size())
            groups_.emplace_back();
        groups_[group].push_back(items_.size() - 1);
    }
    const std::lock_guard lock(mutex_);
    progress_.tracks = static_cast<std::int64_t>(items_.size());
    for (const Item& item : items_) {
        progress_.audioSeconds += item.seconds;
        if (!item.isOver)
            costAll_ += analysisCost(item) + masteringCost(item);
    }
    reportLocked(true);
}

void Run::analyse(Item& item) {
    if (item.isOver)
        return;
    parts_.scheduler.waitWhileReadersAreBlocked(stop_);
    const auto track = parts_.library.track(item.id);
    const bool isKnown = track && track->contentId && parts_.kept.full(*track->contentId);
    const auto analysed = parts_.analyses.of(item.id, limits());
    if (!analysed) {
        save(analysisCost(item) + masteringCost(item));
        return trackFailed(item, "failed", analysed.error().message);
    }
    if (isKnown)
        save(analysisCost(item));
    else
        spend(analysisCost(item));
}

std::optional<enhance::EnhanceJob> Run::jobOf(Item& item) {
    auto analysed = parts_.analyses.of(item.id, limits());
    if (!analysed) {
        trackFailed(item, "failed", analysed.error().message);
        return std::nullopt;
    }
    const library::Track& track = analysed->track;
    const auto below = names_.below(track.path);
    if (!below) {
        trackFailed(item, "failed", "'" + track.path.string() + "' lies in no music folder");
        return std::nullopt;
    }
    enhance::EnhanceJob job{
        .in = track.path,
        .out = results_ / enhance::resultName(*below, request_.target.format),
        .bytes = static_cast<double>(track.stamp.sizeBytes),
        .known = enhance::KnownSource{track.stamp, *track.contentId, analysed->analysis}};
    const Hash128 name = Hasher().text(job.out.string()).finish();
    if (const auto [other, isFree] = taken_.emplace(name, item.id);
        !isFree && other->second != item.id) {
        trackFailed(item, "failed",
                    "'" + job.out.string() + "' would be the result of track " +
                        std::to_string(other->second) + " too");
        return std::nullopt;
    }
    return job;
}

void Run::keep(Item& item, const enhance::EnhanceJob& job, bool isNew) {
    std::error_code ignored;
    const auto bytes = fs::file_size(job.out, ignored);
    const std::lock_guard lock(mutex_);
    overLocked(item);
    ++(isNew ? progress_.made : progress_.there);
    if (progress_.files.size() < EnhanceProgress::kMostFiles)
        progress_.files.push_back({item.id, job.out.lexically_relative(results_).string(),
                                   ignored ? 0 : static_cast<std::int64_t>(bytes), isNew});
}

void Run::keepResults(const std::vector<Item*>& items, const enhance::GroupWork& work) {
    bool isFull = false;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Result<enhance::Enhanced>& result = work.results[i];
        if (result)
            keep(*items[i], *work.jobs[i], true);
        else if (result.error().code != ErrorCode::Cancelled)
            trackFailed(*items[i], "failed", result.error().message);
        isFull |= !result && result.error().code == ErrorCode::NoSpace;
    }
    fullDisks_ = isFull ? fullDisks_ + 1 : 0;
    if (fullDisks_ >= kMostFullDisks)
        error_ = "there is no room left for '" + results_.string() + "'";
}

void Run::master(const std::vector<std::size_t>& group) {
    std::vector<enhance::EnhanceJob> jobs;
    std::vector<Item*> items;
    std::vector<std::size_t> all;
    double cost = 0;
    for (const std::size_t i : group) {
        if (items_[i].isOver)
            continue;
        cost += masteringCost(items_[i]);
        auto job = jobOf(items_[i]);
        if (!job)
            continue;
        all.push_back(jobs.size());
        jobs.push_back(std::move(*job));
        items.push_back(&items_[i]);
    }
    enhance::GroupWork work;
    for (const enhance::EnhanceJob& job : jobs)
        work.jobs.push_back(&job);
    work.overwrite = request_.overwrite;
    work.mirrors = true;
    work.settings = enhance::settingsOf(settings_.request, settings_.target,
                                        settings_.album ? std::optional(enhance::albumOf(jobs, all))
                                                        : std::nullopt);
    const enhance::GroupState state = enhance::lookAt(work);
    if (ending() || jobs.empty() || state.isBlocked || state.isFinished()) {
        for (std::size_t i = 0; i < jobs.size() && !ending(); ++i) {
            if (state.isFinished())
                keep(*items[i], jobs[i], false);
            else if (state.results[i] == ResultState::Foreign)
                trackFailed(*items[i], "exists",
                            "'" + jobs[i].out.string() +
                                "' is there already; overwrite replaces it");
            else
                trackFailed(*items[i], "out-of-date",
                            "'" + jobs[i].out.string() +
                                "' was made with other settings or before its source changed; "
                                "overwrite makes it anew");
        }
        return save(cost);
    }
    double before = 0; // only from here on several threads may tell of progress
    const std::function<void(double)> progress = [&](double now) {
        const std::lock_guard lock(mutex_);
        costDone_ += (now - before) * cost;
        before = now;
        reportLocked(false);
    };
    enhance::masterGroup(work, settings_, progress, cancel_);
    keepResults(items, work);
    progress(1);
}

EnhanceProgress Run::operator()(const std::vector<TrackId>& ids) {
    const std::stop_callback onStop(stop_, [this] { cancel_ = true; });
    progress_.phase = Phase::Running;
    try {
        select(ids);
        for (std::size_t i = 0; i < items_.size() && !ending(); ++i)
            analyse(items_[i]);
        if (!ending()) {
            parts_.corridors.learnIfDue(cancel_);
            settings_.request.corridor = parts_.corridors.newest().corridor;
        }
        for (std::size_t i = 0; i < groups_.size() && !ending(); ++i)
            master(groups_[i]);
    } catch (const std::exception& exception) {
        error_ = exception.what();
    }
    const std::lock_guard lock(mutex_);
    progress_.seconds = Seconds(Clock::now() - start_).count();
    progress_.secondsLeft.reset();
    progress_.error = error_;
    if (!error_.empty())
        progress_.phase = Phase::Failed;
    else if (progress_.done() < progress_.tracks)
        progress_.phase = Phase::Cancelled;
    else
        progress_.phase = Phase::Done;
    if (progress_.phase == Phase::Done)
        progress_.fraction = 1;
    return std::move(progress_);
}

EnhanceProgress failedWith(const Error& error) {
    EnhanceProgress progress;
    progress.phase = Phase::Failed;
    progress.error = error.message;
    return progress;
}

} // namespace

std::string_view nameOf(EnhanceProgress::Phase phase) noexcept {
    switch (phase) {
    case Phase::Waiting:
        return "waiting";
    case Phase::Running:
        return "running";
    case Phase::Done:
        return "done";
    case Phase::Failed:
        return "failed";
    case Phase::Cancelled:
        break;
    }
    return "cancelled";
}

std::string toJson(const EnhanceProgress& progress, Detail detail) {
    using Json = nlohmann::ordered_json;
    Json json{{"state", nameOf(progress.phase)},
              {"fraction", progress.fraction},
              {"tracks", progress.tracks},
              {"tracksDone", progress.done()},
              {"tracksMade", progress.made},
              {"tracksThere", progress.there},
              {"tracksFailed", progress.failed},
              {"audioSeconds", progress.audioSeconds},
              {"audioSecondsDone", progress.audioSecondsDone},
              {"seconds", progress.seconds},
              {"secondsLeft", progress.secondsLeft ? Json(*progress.secondsLeft) : Json(nullptr)},
              {"error", progress.error.empty() ? Json(nullptr) : Json(progress.error)}};
    if (detail == Detail::Yes) {
        Json failures = Json::array();
        for (const EnhanceProgress::Failure& failure : progress.failures)
            failures.push_back({{"trackId", std::to_string(failure.track)},
                                {"status", failure.status},
                                {"message", library::displayText(failure.message)}});
        Json files = Json::array();
        for (const EnhanceProgress::File& file : progress.files)
            files.push_back({{"trackId", std::to_string(file.track)},
                             {"path", library::displayText(file.path)},
                             {"bytes", file.bytes},
                             {"made", file.isNew}});
        json["failures"] = std::move(failures);
        json["files"] = std::move(files);
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string summaryOf(const EnhanceProgress& progress) {
    return fmt::format("{}: {} tracks made, {} were there, {} failed, {:.0f} s{}{}",
                       nameOf(progress.phase), progress.made, progress.there, progress.failed,
                       progress.seconds, progress.error.empty() ? "" : ": ", progress.error);
}

Result<void> Enhancer::checkPlaces(const Places& places) {
    const std::string results = real(places.results);
    for (const fs::path& root : places.roots)
        if (library::isBelow(real(root), results))
            return fail(ErrorCode::InvalidArgument,
                        "results cannot go to '" + places.results.string() +
                            "': the music folder '" + root.string() +
                            "' is, or lies, there; give another one with --enhance-to");
    return {};
}

Enhancer::Enhancer(const Parts& parts, Places places, StreamVocabulary vocabulary, int threads)
    : parts_(parts), places_(std::move(places)), vocabulary_(std::move(vocabulary)),
      threads_(threads) {}

Result<void> Enhancer::check(const EnhanceRequest& request) const {
    if (const auto voice = voiceOf(request, vocabulary_); !voice)
        return fail(voice.error());
    if (request.selection.kind == Kind::All)
        return {};
    const auto ids =
        selectTracks({parts_.library, parts_.playlists, parts_.smart}, request.selection);
    if (!ids)
        return fail(ids.error());
    return {};
}

EnhanceProgress Enhancer::run(const EnhanceRequest& request, const Report& report,
                              std::stop_token stop) {
    lowerThisThread();
    auto voice = voiceOf(request, vocabulary_);
    if (!voice)
        return failedWith(voice.error());
    const auto ids =
        selectTracks({parts_.library, parts_.playlists, parts_.smart}, request.selection);
    if (!ids)
        return failedWith(ids.error());
    return Run(parts_, places_, request, std::move(*voice), threads_, report,
               std::move(stop))(*ids);
}

fs::path Enhancer::pathOf(const EnhanceProgress::File& file) const {
    return places_.results / file.path;
}

} // namespace segue::backend
