#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "library/Roots.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"

namespace segue::library {

struct FoundFile {
    std::string path;
    std::size_t root = 0; ///< index into Roots::paths()
    FileStamp stamp;
};

struct WalkProblem {
    std::string path;
    std::size_t root = 0;
    std::string reason;
};

/// What lies in the roots, and about what the walk knows nothing because it could not look.
struct WalkResult {
    std::vector<FoundFile> files;
    std::vector<WalkProblem> problems;
    std::vector<bool> rootWalked;         ///< false: not there, or it went away during the walk
    std::unordered_set<std::string> dark; ///< directories and files that could not be looked at
    /// Directories without any entry, and the device they are on: mount points, perhaps.
    std::unordered_map<std::string, std::uint64_t> emptyDirectories;
    bool cancelled = false;
};

/// Whether `path` has an extension of an audio format that Segue reads, in any case.
bool hasAudioExtension(std::string_view path);

/// Finds the audio files below all roots, in an order that depends on names alone. Hidden names are
/// skipped. Links to directories and files are followed within the roots only, after everything
/// that is there without a link, so that what has a real path is found under it and once.
/// @param onFile  called with the number of files so far, for each; may be empty
WalkResult walk(const Roots& roots, const std::function<void(std::int64_t)>& onFile,
                const std::atomic<bool>& cancel);

} // namespace segue::library
