// The scan's thread: sleeps until a scan is wanted, runs it, reports to the log. The library does
// the work; here are only the one-at-a-time rule, what waits, and what is told of it. What the
// watcher wants must not get lost, so it waits for its turn and is tried again when it fails (the
// disk is full, or another process scans).
#include "backend/ScanRunner.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "backend/ThreadName.h"
#include "backend/WallClock.h"

namespace segue::backend {

namespace {

constexpr auto kLogInterval = std::chrono::seconds(2);
constexpr auto kTellInterval = std::chrono::milliseconds(500);
// Between tries of what failed: twice as long each time.
constexpr auto kFirstPause = std::chrono::seconds(1);
constexpr auto kLongestPause = std::chrono::minutes(10);

using Json = nlohmann::ordered_json;

const char* nameOf(ScanCause cause) {
    switch (cause) {
    case ScanCause::Start:
        return "start";
    case ScanCause::Asked:
        return "asked";
    case ScanCause::Watch:
        return "watch";
    case ScanCause::Timer:
        return "timer";
    }
    return "asked";
}

bool changedAnything(const library::ScanProgress& counts) {
    return counts.added + counts.changed + counts.moved + counts.missing > 0;
}

bool isAskedFor(ScanCause cause) {
    return cause == ScanCause::Start || cause == ScanCause::Asked;
}

Json timeOf(std::int64_t ms) {
    return ms == 0 ? Json(nullptr) : Json(ms);
}

} // namespace

std::string toJson(const ScanRunner::Status& status) {
    const library::ScanProgress& progress = status.progress;
    return Json{{"running", status.running},
                {"cancelling", status.cancelling},
                {"cancelled", status.cancelled},
                {"failed", status.failed},
                {"error", status.failed ? Json(status.error) : Json(nullptr)},
                {"depth", status.depth == library::ScanDepth::Files ? "files" : "folders"},
                {"folders", status.folders == 0 ? Json(nullptr) : Json(status.folders)},
                {"cause", nameOf(status.cause)},
                {"startedMs", timeOf(status.startedMs)},
                {"endedMs", timeOf(status.endedMs)},
                {"filesSeen", progress.filesSeen},
                {"filesToRead", progress.filesToRead},
                {"filesRead", progress.filesRead},
                {"added", progress.added},
                {"changed", progress.changed},
                {"moved", progress.moved},
                {"missing", progress.missing},
                {"skipped", progress.skipped}}
        .dump();
}

ScanRunner::ScanRunner(library::Library& library, std::function<void()> onDone,
                       OnProgress onProgress)
    : library_(library), onDone_(std::move(onDone)), onProgress_(std::move(onProgress)),
      thread_([this] { work(); }) {}

ScanRunner::~ScanRunner() {
    stop();
}

Result<void> ScanRunner::start(library::ScanDepth depth, ScanCause cause) {
    {
        std::lock_guard lock(mutex_);
        if (stopping_)
            return fail(ErrorCode::Cancelled, "scan: Segue is stopping");
        if ((status_.running && isAskedFor(status_.cause)) ||
            (wantedAll_ && isAskedFor(wantedAll_->cause)))
            return fail(ErrorCode::Busy, "scan: one is running already");
        addLocked({{.depth = depth, .folders = {}}, cause});
        notBefore_ = {};
        if (!current_)
            beginLocked();
    }
    changed_.notify_all();
    return {};
}

void ScanRunner::want(library::ScanRequest request, ScanCause cause) {
    {
        std::lock_guard lock(mutex_);
        addLocked({std::move(request), cause});
    }
    changed_.notify_all();
}

void ScanRunner::addLocked(Job job) {
    for (library::ChangedFolder& folder : job.request.folders) {
        library::Below& below = wantedFolders_[std::move(folder.path)];
        below = std::max(below, folder.below);
    }
    if (job.request.folders.empty()) {
        const bool asked = isAskedFor(job.cause) || !wantedAll_;
        const auto depth =
            wantedAll_ ? std::max(wantedAll_->request.depth, job.request.depth) : job.request.depth;
        wantedAll_ = {{.depth = depth, .folders = {}}, asked ? job.cause : wantedAll_->cause};
    } else if (wantedFolders_.size() > kMostFolders) {
        addLocked({{.depth = library::ScanDepth::Files, .folders = {}}, job.cause});
    }
    if (wantedAll_ && wantedAll_->request.depth == library::ScanDepth::Files)
        wantedFolders_.clear(); // they are among all
}

bool ScanRunner::waitsLocked() const {
    return wantedAll_ || !wantedFolders_.empty();
}

/// Folders first, for that is quick.
void ScanRunner::beginLocked() {
    if (wantedFolders_.empty()) {
        current_ = std::exchange(wantedAll_, std::nullopt);
    } else {
        current_ = Job{{}, ScanCause::Watch};
        for (const auto& [path, below] : std::exchange(wantedFolders_, {}))
            current_->request.folders.push_back({path, below});
    }
    status_ = {};
    status_.running = true;
    status_.depth = current_->request.depth;
    status_.folders = current_->request.folders.size();
    status_.cause = current_->cause;
    status_.startedMs = systemNowMs();
    cancel_ = stopping_;
}

ScanRunner::Status ScanRunner::cancel() {
    std::lock_guard lock(mutex_);
    wantedFolders_.clear();
    wantedAll_.reset();
    if (status_.running) {
        status_.cancelling = true;
        cancel_ = true;
    }
    return status_;
}

ScanRunner::Status ScanRunner::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

void ScanRunner::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        cancel_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void ScanRunner::tell() const {
    if (onProgress_)
        onProgress_(status());
}

void ScanRunner::work() {
    nameThisThread("segue-scan");
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return stopping_ || current_ || waitsLocked(); });
            changed_.wait_until(lock, notBefore_, [&] { return stopping_ || current_; });
            if (stopping_)
                return;
            if (!current_ && !waitsLocked())
                continue; // it was cancelled before it began
            if (!current_)
                beginLocked();
            job = *current_;
        }
        tell();
        try {
            end(job, scanOnce(job));
        } catch (const std::exception& exception) {
            end(job, fail(ErrorCode::Internal, exception.what()));
        }
        tell();
        const library::ScanProgress counts = status().progress;
        if (isAskedFor(job.cause) || changedAnything(counts))
            onDone_();
    }
}

void ScanRunner::end(const Job& job, const Result<library::ScanReport>& report) {
    std::lock_guard lock(mutex_);
    current_.reset();
    status_.running = false;
    status_.cancelling = false;
    status_.endedMs = systemNowMs();
    status_.failed = !report;
    if (report) {
        status_.cancelled = report->cancelled;
        status_.progress = report->counts;
        pause_ = {};
        return;
    }
    status_.error = report.error().message;
    if (isAskedFor(job.cause) || cancel_)
        return;
    addLocked(job);
    pause_ = std::clamp<SteadyClock::duration>(2 * pause_, kFirstPause, kLongestPause);
    notBefore_ = SteadyClock::now() + pause_;
}

Result<library::ScanReport> ScanRunner::scanOnce(const Job& job) {
    auto nextLog = SteadyClock::now() + kLogInterval;
    auto nextTell = SteadyClock::now() + kTellInterval;
    auto report = library_.scan(
        [&](const library::ScanProgress& progress) {
            {
                std::lock_guard lock(mutex_);
                status_.progress = progress;
            }
            const auto now = SteadyClock::now();
            if (now >= nextTell) {
                nextTell = now + kTellInterval;
                tell();
            }
            if (now >= nextLog) {
                nextLog = now + kLogInterval;
                spdlog::info("scan: {} files seen, {} of {} read", progress.filesSeen,
                             progress.filesRead, progress.filesToRead);
            }
        },
        cancel_, job.request);
    log(job, report);
    return report;
}

void ScanRunner::log(const Job& job, const Result<library::ScanReport>& report) const {
    if (!report)
        return spdlog::error("scan: {}", report.error().message);
    const library::ScanProgress& counts = report->counts;
    const bool quiet = !isAskedFor(job.cause) && !changedAnything(counts);
    spdlog::log(quiet ? spdlog::level::debug : spdlog::level::info,
                "scan{}: {} files, {} added, {} changed, {} moved, {} missing, {} skipped",
                report->cancelled ? " cancelled" : "", counts.filesSeen, counts.added,
                counts.changed, counts.moved, counts.missing, counts.skipped);
    for (const library::ScanProblem& problem : report->problems)
        spdlog::log(quiet ? spdlog::level::debug : spdlog::level::warn, "scan: '{}': {}",
                    problem.path, problem.reason);
}

} // namespace segue::backend
