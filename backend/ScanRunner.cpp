// The scan's thread: sleeps until a scan is asked for, runs it, reports to the log. The library
// does the work; here are only the one-at-a-time rule and the figures for /api/health.
#include "backend/ScanRunner.h"

#include <chrono>
#include <exception>
#include <utility>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "backend/ThreadName.h"

namespace segue::backend {

namespace {

constexpr auto kLogInterval = std::chrono::seconds(2);
constexpr auto kTellInterval = std::chrono::milliseconds(500);

} // namespace

std::string toJson(const ScanRunner::Status& status) {
    const library::ScanProgress& progress = status.progress;
    return nlohmann::ordered_json{
        {"running", status.running},       {"failed", status.failed},
        {"filesSeen", progress.filesSeen}, {"filesToRead", progress.filesToRead},
        {"filesRead", progress.filesRead}, {"added", progress.added},
        {"changed", progress.changed},     {"moved", progress.moved},
        {"missing", progress.missing},     {"skipped", progress.skipped}}
        .dump();
}

ScanRunner::ScanRunner(library::Library& library, std::function<void()> onDone,
                       OnProgress onProgress)
    : library_(library), onDone_(std::move(onDone)), onProgress_(std::move(onProgress)),
      thread_([this] { work(); }) {}

ScanRunner::~ScanRunner() {
    stop();
}

Result<void> ScanRunner::start(library::ScanDepth depth) {
    {
        std::lock_guard lock(mutex_);
        if (cancel_)
            return fail(ErrorCode::Cancelled, "scan: Segue is stopping");
        if (status_.running)
            return fail(ErrorCode::Busy, "scan: one is running already");
        status_ = {.running = true, .progress = {}, .failed = false};
        depth_ = depth;
    }
    changed_.notify_all();
    return {};
}

ScanRunner::Status ScanRunner::status() const {
    std::lock_guard lock(mutex_);
    return status_;
}

void ScanRunner::stop() {
    {
        std::lock_guard lock(mutex_);
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
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return cancel_ || status_.running; });
            if (cancel_)
                return;
        }
        try {
            scanOnce();
        } catch (const std::exception& exception) {
            spdlog::error("scan: {}", exception.what());
            std::lock_guard lock(mutex_);
            status_.running = false;
            status_.failed = true;
        }
        tell();
        onDone_();
    }
}

void ScanRunner::scanOnce() {
    using SteadyClock = std::chrono::steady_clock;
    auto nextLog = SteadyClock::now() + kLogInterval;
    auto nextTell = SteadyClock::now() + kTellInterval;
    tell();
    const library::ScanDepth depth = [&] {
        std::lock_guard lock(mutex_);
        return depth_;
    }();
    const auto report = library_.scan(
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
        cancel_, depth);
    if (!report)
        spdlog::error("scan: {}", report.error().message);
    else if (!report->cancelled) {
        const library::ScanProgress& counts = report->counts;
        spdlog::info("scan: {} files, {} added, {} changed, {} moved, {} missing, {} skipped",
                     counts.filesSeen, counts.added, counts.changed, counts.moved, counts.missing,
                     counts.skipped);
        for (const library::ScanProblem& problem : report->problems)
            spdlog::warn("scan: '{}': {}", problem.path, problem.reason);
    }
    std::lock_guard lock(mutex_);
    status_.running = false;
    status_.failed = !report;
    if (report)
        status_.progress = report->counts;
}

} // namespace segue::backend
