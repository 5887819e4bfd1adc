#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace segue::library {

/// How many files a transaction of a scan takes: as many as this machine writes in about a third of
/// a second. A commit writes whole pages of a dozen indexes, which are fewer per file the more
/// files share them; but nobody else can write meanwhile, so on a slow or busy machine it takes
/// fewer.
/// @thread one
class BatchSize {
  public:
    static constexpr std::size_t kLeast = 256;
    static constexpr std::size_t kMost = 2048;
    static constexpr std::chrono::milliseconds kLongest{400};

    std::size_t files() const { return files_; }

    /// A batch was written. Smaller ones than files() tell nothing.
    void wrote(std::size_t files, std::chrono::steady_clock::duration time) {
        if (files < files_)
            return;
        if (time > kLongest)
            files_ = std::max(kLeast, files_ / 2);
        else if (time < kLongest / 2)
            files_ = std::min(kMost, files_ * 2);
    }

  private:
    std::size_t files_ = kLeast;
};

} // namespace segue::library
