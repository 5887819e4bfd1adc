#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace segue::test {

/// A door that stays open once opened; every wait has a deadline, so that a failing test ends.
class Gate {
  public:
    void open() {
        std::lock_guard lock(mutex_); // also while notifying: who passes may destroy the gate
        open_ = true;
        changed_.notify_all();
    }
    /// @return whether it opened
    bool pass() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return open_; });
    }
    bool isOpen() {
        std::lock_guard lock(mutex_);
        return open_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
};

} // namespace segue::test
