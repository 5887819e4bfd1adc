// The idle thread that turns provisional plans into final ones. It walks the library's list of
// tracks without a full analysis; `tried_` keeps a walk from meeting the same track twice, also
// when nothing can be written. No lock is held while it decodes or asks the database.
#include "backend/BackgroundAnalyser.h"

#include <malloc.h>

#include <algorithm>
#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "backend/ThreadName.h"

namespace segue::backend {

namespace {

constexpr std::size_t kMostPlayed = 1000;
constexpr int kWalkStep = 1000;

} // namespace

BackgroundAnalyser::BackgroundAnalyser(library::Library& library, AnalysisStore& store,
                                       const RenderScheduler& scheduler, Analyse analyse,
                                       Besides besides)
    : library_(library), store_(store), scheduler_(scheduler), analyse_(std::move(analyse)),
      besides_(std::move(besides)) {}

BackgroundAnalyser::~BackgroundAnalyser() {
    stop();
}

void BackgroundAnalyser::start() {
    thread_ = std::thread([this] { work(); });
}

void BackgroundAnalyser::soon(library::TrackId track) {
    {
        std::lock_guard lock(mutex_);
        if (std::find(played_.begin(), played_.end(), track) != played_.end())
            return;
        if (played_.size() >= kMostPlayed)
            played_.pop_front(); // its turn comes with the walk
        played_.push_back(track);
    }
    changed_.notify_all();
}

void BackgroundAnalyser::lookAgain() {
    {
        std::lock_guard lock(mutex_);
        look_ = true;
        tried_.clear();
        walk_.clear();
    }
    changed_.notify_all();
}

std::int64_t BackgroundAnalyser::pending() const {
    std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(played_.size() + walk_.size()) + (busy_ ? 1 : 0);
}

bool BackgroundAnalyser::waitUntilIdle(std::chrono::milliseconds atMost) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, atMost,
                             [&] { return played_.empty() && walk_.empty() && !look_ && !busy_; });
}

void BackgroundAnalyser::stop() {
    cancel_ = true;
    stop_.request_stop();
    {
        std::lock_guard lock(mutex_); // so that no waiter misses it between its look and its sleep
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void BackgroundAnalyser::fillWalk(std::unique_lock<std::mutex>& lock) {
    look_ = false;
    busy_ = true;
    const int limit = static_cast<int>(tried_.size()) + kWalkStep;
    lock.unlock();
    const auto lacking = library_.withoutAnalysis(analysis::kAnalysisVersion, limit);
    if (!lacking)
        spdlog::warn("look for tracks to analyse: {}", lacking.error().message);
    doBesides();
    lock.lock();
    busy_ = false;
    if (!lacking || look_)
        return;
    for (const library::TrackId id : *lacking)
        if (!tried_.contains(id))
            walk_.push_back(id);
    look_ = static_cast<int>(lacking->size()) == limit; // there may be more
}

void BackgroundAnalyser::doBesides() {
    try {
        if (besides_)
            besides_(cancel_);
    } catch (const std::exception& exception) {
        spdlog::error("{}", exception.what());
    }
}

void BackgroundAnalyser::work() {
    nameThisThread("segue-idle");
    lowerThisThread();
    std::unique_lock lock(mutex_);
    bool hasAnalysed = false;
    while (!cancel_) {
        if (played_.empty() && walk_.empty()) {
            if (look_) {
                fillWalk(lock);
                continue;
            }
            if (std::exchange(hasAnalysed, false)) {
                // An idle server keeps nothing of the memory that a library's analysis took.
                lock.unlock();
                ::malloc_trim(0);
                lock.lock();
                continue;
            }
            changed_.notify_all();
            changed_.wait(lock, [&] { return cancel_ || look_ || !played_.empty(); });
            continue;
        }
        std::deque<library::TrackId>& from = played_.empty() ? walk_ : played_;
        const library::TrackId id = from.front();
        from.pop_front();
        tried_.insert(id);
        busy_ = hasAnalysed = true;
        lock.unlock();
        try {
            analyse(id);
        } catch (const std::exception& exception) {
            spdlog::error("analyse track {}: {}", id, exception.what());
        }
        doBesides();
        lock.lock();
        busy_ = false;
    }
}

void BackgroundAnalyser::analyse(library::TrackId id) {
    const auto track = library_.refresh(id);
    if (!track) {
        spdlog::debug("analyse track {}: {}", id, track.error().message);
        return;
    }
    if (failed_.contains(*track->contentId) || store_.full(*track->contentId))
        return;
    const auto analysed =
        analyse_(track->path, track->stamp, analysis::Coverage::Full, cancel_,
                 [this] { scheduler_.waitWhileReadersAreBlocked(stop_.get_token()); });
    if (analysed) {
        store_.put(*track->contentId, *analysed);
        return;
    }
    const Error& error = analysed.error();
    if (error.code == ErrorCode::Cancelled || error.code == ErrorCode::Changed ||
        error.code == ErrorCode::NotFound)
        return; // nothing to hold against the file
    spdlog::warn("{}", error.message);
    failed_.insert(*track->contentId);
    const auto noted =
        library_.putAnalysisFailure(id, track->stamp, analysis::kAnalysisVersion, error.message);
    if (!noted)
        spdlog::warn("note that track {} cannot be analysed: {}", id, noted.error().message);
}

} // namespace segue::backend
