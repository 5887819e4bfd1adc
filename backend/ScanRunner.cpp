// The scan's thread: sleeps until a scan is asked for, runs it, reports to the log. The library
// does the work; here are only the one-at-a-time rule and what is told of it.
#include "backend/ScanRunner.h"

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

using Json = nlohmann::ordered_json;

const char* nameOf(ScanCause cause) {
    switch (cause) {
    case ScanCause::Start:
        return "start";
    case ScanCause::Asked:
        return "asked";
    }
    return "asked";
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
        if (status_.running)
            return fail(ErrorCode::Busy, "scan: one is running already");
        status_ = {};
        status_.running = true;
        status_.depth = depth;
        status_.cause = cause;
        status_.startedMs = systemNowMs();
        cancel_ = false;
    }
    changed_.notify_all();
    return {};
}

ScanRunner::Status ScanRunner::cancel() {
    std::lock_guard lock(mutex_);
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
        library::ScanDepth depth{};
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return stopping_ || status_.running; });
            if (stopping_)
                return;
            depth = status_.depth;
        }
        tell();
        try {
            end(scanOnce(depth));
        } catch (const std::exception& exception) {
            end(fail(ErrorCode::Internal, exception.what()));
        }
        tell();
        onDone_();
    }
}

void ScanRunner::end(const Result<library::ScanReport>& report) {
    std::lock_guard lock(mutex_);
    status_.running = false;
    status_.cancelling = false;
    status_.endedMs = systemNowMs();
    status_.failed = !report;
    if (!report) {
        status_.error = report.error().message;
        return;
    }
    status_.cancelled = report->cancelled;
    status_.progress = report->counts;
}

Result<library::ScanReport> ScanRunner::scanOnce(library::ScanDepth depth) {
    using SteadyClock = std::chrono::steady_clock;
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
        cancel_, depth);
    if (!report) {
        spdlog::error("scan: {}", report.error().message);
    } else {
        const library::ScanProgress& counts = report->counts;
        spdlog::info("scan{}: {} files, {} added, {} changed, {} moved, {} missing, {} skipped",
                     report->cancelled ? " cancelled" : "", counts.filesSeen, counts.added,
                     counts.changed, counts.moved, counts.missing, counts.skipped);
        for (const library::ScanProblem& problem : report->problems)
            spdlog::warn("scan: '{}': {}", problem.path, problem.reason);
    }
    return report;
}

} // namespace segue::backend
