#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "library/Library.h"
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

/// What the file system says about a directory; while it is the same, no entry has come or gone.
struct FolderStamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t modifiedNs = 0, changedNs = 0; ///< since 1970

    bool operator==(const FolderStamp&) const = default;
};

/// A directory and the audio files in it.
struct WalkedFolder {
    std::string path;
    std::size_t root = 0;
    FolderStamp stamp; ///< from before it was read
    std::vector<FoundFile> files;
    bool whole = true; ///< false: there are links in it, or files that could not be looked at
};

/// What a walk tells while it goes. Called on the thread of the walk.
struct WalkHooks {
    /// Asked before a directory is read: the paths of its subdirectories when it need not be.
    std::function<std::optional<std::vector<std::string>>(const std::string& path, std::size_t root,
                                                          const FolderStamp& stamp)>
        skip;
    /// Each directory with its files; a linked file comes as a folder of its own that is not whole.
    std::function<void(WalkedFolder&&)> onFolder;
};

/// About what the walk knows nothing because it could not look.
struct WalkResult {
    std::vector<WalkProblem> problems;
    std::vector<bool> rootWalked;         ///< false: not there, or it went away during the walk
    std::unordered_set<std::string> dark; ///< directories and files that could not be looked at
    /// Directories without any entry, and the device they are on: mount points, perhaps.
    std::unordered_map<std::string, std::uint64_t> emptyDirectories;
    bool metLinks = false; ///< walkFolders() came upon links, which it does not follow
    bool cancelled = false;
};

/// Whether `path` has an extension of an audio format that Segue reads, in any case.
bool hasAudioExtension(std::string_view path);

/// Finds the audio files below all roots, in an order that depends on names alone. Hidden names are
/// skipped. Links to directories and files are followed within the roots only, after everything
/// that is there without a link, so that what has a real path is found under it and once.
WalkResult walk(const Roots& roots, const WalkHooks& hooks, const std::atomic<bool>& cancel);

/// Finds those in some folders, each once however often it is named. A folder that is gone is no
/// problem; what is above it is looked at, for it may be a mount point.
WalkResult walkFolders(const Roots& roots, const std::vector<ChangedFolder>& folders,
                       const WalkHooks& hooks, const std::atomic<bool>& cancel);

} // namespace segue::library
