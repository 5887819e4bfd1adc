// The small pool behind streams of tracks that nobody has analysed. Connection threads wait here in
// slices, so that one whose client has gone lets go; the work runs on the pool's threads without
// the mutex.
#include "backend/AnalysisRunner.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "backend/ThreadName.h"

namespace segue::backend {

namespace {

/// How often a waiter asks whether it is still wanted.
constexpr auto kLookAround = std::chrono::milliseconds(200);

Error stoppingError() {
    return {ErrorCode::Cancelled, "analyse: Segue is stopping"};
}

} // namespace

AnalysisRunner::AnalysisRunner(int threads, std::size_t capacity) : capacity_(capacity) {
    for (int i = 0; i < threads; ++i)
        threads_.emplace_back([this, i] { work(i); });
}

AnalysisRunner::~AnalysisRunner() {
    stop();
}

Result<AnalysisPtr> AnalysisRunner::run(const Hash128& content, Work work,
                                        const ReadLimits& limits) {
    std::unique_lock lock(mutex_);
    if (stopping_)
        return fail(stoppingError());
    std::shared_ptr<Flight> flight;
    if (const auto it = flights_.find(content); it != flights_.end()) {
        flight = it->second;
    } else {
        if (queue_.size() >= capacity_)
            return fail(ErrorCode::Busy,
                        "analyse: too many tracks wait; try again in a few seconds");
        flight = std::make_shared<Flight>();
        flight->work = std::move(work);
        flights_.emplace(content, flight);
        queue_.emplace_back(content, flight);
        work_.notify_one();
    }
    for (;;) {
        const auto slice = std::min(limits.deadline, Clock::now() + kLookAround);
        done_.wait_until(lock, slice, [&] { return flight->done || stopping_; });
        if (flight->done)
            return flight->result;
        if (stopping_)
            return fail(stoppingError());
        if (Clock::now() >= limits.deadline)
            return fail(ErrorCode::Timeout, "analyse: not done in time; it goes on, try again");
        if (limits.stillWanted) {
            lock.unlock();
            const bool wanted = limits.stillWanted();
            lock.lock();
            if (!wanted)
                return fail(ErrorCode::Cancelled, "analyse: the client has gone");
        }
    }
}

void AnalysisRunner::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
        cancel_ = true;
        queue_.clear();
        flights_.clear();
    }
    work_.notify_all();
    done_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
    threads_.clear();
}

void AnalysisRunner::work(int index) {
    nameThisThread("segue-analyse-" + std::to_string(index));
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
        if (stopping_)
            return;
        const auto [content, flight] = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();

        Result<AnalysisPtr> result = AnalysisPtr{};
        try {
            result = flight->work(cancel_);
        } catch (const std::exception& exception) {
            result = fail(ErrorCode::Internal, std::string("analyse: ") + exception.what());
        } catch (...) {
            result = fail(ErrorCode::Internal, "analyse: unknown exception");
        }
        flight->work = nullptr;

        lock.lock();
        flight->result = std::move(result);
        flight->done = true;
        flights_.erase(content);
        done_.notify_all();
    }
}

} // namespace segue::backend
