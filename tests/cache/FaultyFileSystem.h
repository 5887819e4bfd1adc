#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <span>

#include "cache/FileSystem.h"

namespace segue::cache {

/// The real file system, but every operation can be told to fail from some call on, as often as
/// wanted. Anonymous memory is exempt from write faults (it has its own).
/// @thread any; faults may be changed while others use it
class FaultyFileSystem final : public FileSystem {
  public:
    enum class Op : std::size_t {
        Open,
        CreateMemory,
        Read,
        Write,
        Sync,
        Rename,
        Remove,
        MakeDirectory,
        WriteMemory,
        Count,
    };

    /// The next `after` calls succeed, all that follow fail with `error`.
    void failFrom(Op op, int error, int after = 0) {
        Fault& fault = at(op);
        fault.left.store(after);
        fault.error.store(error);
    }
    void heal(Op op) { at(op).error.store(0); }
    /// Reads and writes transfer at most this much per call.
    void limitTransfers(std::size_t bytes) { maxTransfer_.store(bytes); }
    /// A disk that does not answer: calls wait until release().
    void hold(Op op) {
        const std::lock_guard lock(mutex_);
        at(op).held = true;
    }
    void release(Op op) {
        const std::lock_guard lock(mutex_);
        at(op).held = false;
        changed_.notify_all();
    }
    /// Returns once a call waits.
    void waitForHeld(Op op) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return at(op).waiting > 0; });
    }
    void setFreeBytes(std::int64_t bytes) { freeBytes_.store(bytes); }
    int callsOf(Op op) { return at(op).calls.load(); }

    int open(const std::filesystem::path& path, int flags) override {
        if (const int error = check(Op::Open))
            return error;
        return noteMemory(real_->open(path, flags), false);
    }
    int createMemory() override {
        if (const int error = check(Op::CreateMemory))
            return error;
        return noteMemory(real_->createMemory(), true);
    }
    std::int64_t sizeOf(int fd) override { return real_->sizeOf(fd); }
    std::int64_t read(int fd, std::span<std::byte> out, std::int64_t offset) override {
        const int error = check(Op::Read);
        return error ? error : real_->read(fd, limited(out), offset);
    }
    std::int64_t write(int fd, std::span<const std::byte> bytes, std::int64_t offset) override {
        const int error = check(isMemory(fd) ? Op::WriteMemory : Op::Write);
        return error ? error : real_->write(fd, limited(bytes), offset);
    }
    int syncData(int fd) override {
        const int error = check(Op::Sync);
        return error ? error : real_->syncData(fd);
    }
    int rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
        const int error = check(Op::Rename);
        return error ? error : real_->rename(from, to);
    }
    int remove(const std::filesystem::path& path) override {
        const int error = check(Op::Remove);
        return error ? error : real_->remove(path);
    }
    int makeDirectory(const std::filesystem::path& path) override {
        const int error = check(Op::MakeDirectory);
        return error ? error : real_->makeDirectory(path);
    }
    std::int64_t freeBytes(const std::filesystem::path& path) override {
        const std::int64_t set = freeBytes_.load();
        return set >= 0 ? set : real_->freeBytes(path);
    }

  private:
    struct Fault {
        std::atomic<int> error{0};
        std::atomic<int> left{0};
        std::atomic<int> calls{0};
        bool held = false; // GUARDED_BY(mutex_), as the next
        int waiting = 0;
    };

    Fault& at(Op op) { return faults_[static_cast<std::size_t>(op)]; }

    int check(Op op) {
        Fault& fault = at(op);
        ++fault.calls;
        {
            std::unique_lock lock(mutex_);
            if (fault.held) {
                ++fault.waiting;
                changed_.notify_all();
                changed_.wait(lock, [&] { return !fault.held; });
                --fault.waiting;
            }
        }
        const int error = fault.error.load();
        return error != 0 && fault.left.fetch_sub(1) <= 0 ? -error : 0;
    }

    int noteMemory(int fd, bool memory) {
        if (fd >= 0 && static_cast<std::size_t>(fd) < isMemory_.size())
            isMemory_[static_cast<std::size_t>(fd)].store(memory);
        return fd;
    }

    bool isMemory(int fd) {
        return fd >= 0 && static_cast<std::size_t>(fd) < isMemory_.size() &&
               isMemory_[static_cast<std::size_t>(fd)].load();
    }

    template <typename Bytes>
    Bytes limited(Bytes bytes) const {
        return bytes.first(std::min(bytes.size(), maxTransfer_.load()));
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    const std::shared_ptr<FileSystem> real_ = FileSystem::real();
    std::array<Fault, static_cast<std::size_t>(Op::Count)> faults_;
    std::array<std::atomic<bool>, 1024> isMemory_{};
    std::atomic<std::size_t> maxTransfer_{std::numeric_limits<std::size_t>::max()};
    std::atomic<std::int64_t> freeBytes_{-1};
};

} // namespace segue::cache
