#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace segue::cache {

struct Verification {
    struct Bad {
        std::string name; ///< of the chunk's file
        std::string why;
        bool removed = false;
    };
    std::int64_t chunks = 0, bytes = 0; ///< looked at, good and bad
    std::vector<Bad> bad;               ///< wrong bytes
    std::vector<std::string> unread;    ///< why, for chunks that could not be read
    bool cancelled = false;
};

enum class BadChunks { Keep, Remove };

/// Reads every byte of every chunk in the directory of a store and checks it, whether processes use
/// the store meanwhile or not. Needs no index.
/// @param progress  told 0 .. 1 by bytes; may be empty
/// @thread any; blocks for as long as the disk takes
Verification verifyChunks(const std::filesystem::path& directory, BadChunks badChunks,
                          const std::function<void(double)>& progress,
                          const std::atomic<bool>& cancel);

} // namespace segue::cache
