// Walks the roots for audio files, on the thread of the scan, without opening any file. Its main
// duty is to tell "not there" from "could not look": whoever empties a library because a disk was
// not mounted has lost the user's trust. Loops end because each directory (device, inode) is walked
// once.

#include "library/Walker.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

using FileId = std::pair<std::uint64_t, std::uint64_t>; // device, inode

struct Entry {
    std::string name;
    unsigned char type; ///< DT_*
};

std::string reasonOf(int errnoValue) {
    return std::generic_category().message(errnoValue);
}

class Walk {
  public:
    Walk(const Roots& roots, const WalkHooks& hooks, const std::atomic<bool>& cancel)
        : roots_(roots), hooks_(hooks), cancel_(cancel) {}

    WalkResult run() {
        for (std::size_t i = 0; i < roots_.paths().size(); ++i)
            result_.rootWalked.push_back(walkRoot(i));
        followLinks();
        result_.cancelled = cancel_.load();
        return std::move(result_);
    }

    WalkResult runIn(const std::vector<ChangedFolder>& folders) {
        std::set<std::string> single, whole;
        for (const ChangedFolder& folder : folders)
            (folder.below == Below::Yes ? whole : single).insert(folder.path);
        std::vector<std::optional<FileId>> before;
        for (std::size_t i = 0; i < roots_.paths().size(); ++i) {
            before.push_back(idOf(roots_.paths()[i]));
            if (!before.back())
                problem(roots_.paths()[i], i, notThere(errno));
            result_.rootWalked.push_back(before.back().has_value());
        }
        for (const std::string& path : whole)
            if (!isCovered(path, whole))
                walkFolder(path, Below::Yes);
        for (const std::string& path : single)
            if (!whole.contains(path) && !isCovered(path, whole))
                walkFolder(path, Below::No);
        for (std::size_t i = 0; i < roots_.paths().size(); ++i)
            if (before[i] && idOf(roots_.paths()[i]) != before[i]) {
                problem(roots_.paths()[i], i, kWentAway);
                result_.rootWalked[i] = false;
            }
        result_.metLinks = result_.metLinks || !links_.empty();
        result_.cancelled = cancel_.load();
        return std::move(result_);
    }

  private:
    static constexpr const char* kWentAway = "the library folder went away during the scan";

    struct Link {
        std::string path;
        std::size_t root;
    };

    static std::string notThere(int errnoValue) {
        return "the library folder is not there: " + reasonOf(errnoValue);
    }

    bool walkRoot(std::size_t root) {
        const std::string& path = roots_.paths()[root];
        const auto before = idOf(path);
        if (!before) {
            problem(path, root, notThere(errno));
            return false;
        }
        walkTree(path, root, O_DIRECTORY, Below::Yes);
        if (result_.dark.contains(path))
            return false;
        if (idOf(path) != before) {
            problem(path, root, kWentAway);
            return false;
        }
        return true;
    }

    static bool isCovered(const std::string& path, const std::set<std::string>& whole) {
        for (auto slash = path.rfind('/'); slash != 0 && slash != std::string::npos;
             slash = path.rfind('/', slash - 1))
            if (whole.contains(path.substr(0, slash)))
                return true;
        return false;
    }

    void walkFolder(const std::string& path, Below below) {
        const auto& paths = roots_.paths();
        const auto above = std::find_if(paths.begin(), paths.end(), [&](const std::string& root) {
            return isBelow(path, root);
        });
        if (above == paths.end())
            return;
        const auto root = static_cast<std::size_t>(above - paths.begin());
        if (!result_.rootWalked[root])
            return;
        // From the root down: how far the path leads, and that by no link.
        std::string reached = *above;
        while (reached.size() < path.size()) {
            const std::string next = path.substr(0, path.find('/', reached.size() + 1));
            struct stat status {};
            if (::lstat(next.c_str(), &status) != 0) {
                if (errno == ENOENT || errno == ENOTDIR)
                    break;
                unreadable(next, root, errno);
                return;
            }
            if (S_ISLNK(status.st_mode)) {
                result_.metLinks = true;
                return;
            }
            if (!S_ISDIR(status.st_mode))
                break;
            reached = next;
        }
        if (reached == path)
            walkTree(path, root, O_DIRECTORY | (path == *above ? 0 : O_NOFOLLOW), below);
        else
            noteWhetherEmpty(reached, root);
    }

    void noteWhetherEmpty(const std::string& path, std::size_t root) {
        std::error_code error;
        const bool empty = std::filesystem::is_empty(path, error);
        const auto id = idOf(path);
        if (error)
            unreadable(path, root, error.value());
        else if (empty && id)
            result_.emptyDirectories.emplace(path, id->first);
    }

    /// `openFlags`: with O_NOFOLLOW unless `top` may be a link.
    void walkTree(const std::string& top, std::size_t root, int openFlags, Below below) {
        std::vector<std::string> pending{top};
        while (!pending.empty() && !cancel_.load()) {
            const std::string directory = std::move(pending.back());
            pending.pop_back();
            const int flags = directory == top ? openFlags : openFlags | O_NOFOLLOW;
            WalkedFolder folder{directory, root, {}, {}, true};
            auto entries = list(folder, flags, pending);
            if (!entries)
                continue;
            // Pushed in reverse, so that they are taken in order.
            for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry)
                if (entry->type == DT_DIR && below == Below::Yes)
                    pending.push_back(join(directory, entry->name));
            for (const Entry& entry : *entries)
                visit(folder, entry);
            hooks_.onFolder(std::move(folder));
        }
    }

    void visit(WalkedFolder& folder, const Entry& entry) {
        if (entry.type == DT_DIR)
            return;
        std::string path = join(folder.path, entry.name);
        if (entry.type == DT_LNK) {
            links_.push_back({std::move(path), folder.root});
            folder.whole = false;
        } else if (hasAudioExtension(path)) {
            addFile(folder, std::move(path));
        }
    }

    void addFile(WalkedFolder& folder, std::string path) {
        auto stamp = stampOf(path);
        if (stamp) {
            folder.files.push_back({std::move(path), folder.root, *stamp});
            return;
        }
        folder.whole = false;
        if (stamp.error().code == ErrorCode::NotFound)
            return; // removed since its directory was read
        if (stamp.error().code != ErrorCode::Unsupported)
            result_.dark.insert(path);
        problem(path, folder.root, stamp.error().message);
    }

    /// Whether the file that `path` really is was found without a link.
    bool isFoundAnyway(const std::string& path) const {
        const auto slash = path.rfind('/');
        const auto folder = idOf(path.substr(0, slash));
        return path[slash + 1] != '.' && hasAudioExtension(path) && folder &&
               walked_.contains(*folder);
    }

    void followLinks() {
        std::set<FileId> known; // reached through links
        // Walking a linked directory may append more links.
        for (std::size_t i = 0; i < links_.size() && !cancel_.load(); ++i) {
            const Link link = links_[i];
            struct stat status {};
            if (::stat(link.path.c_str(), &status) != 0) {
                const int error = errno;
                if (hasAudioExtension(link.path))
                    problem(link.path, link.root,
                            "a link that cannot be followed: " + reasonOf(error));
                if (error != ENOENT || !hasAudioExtension(link.path))
                    result_.dark.insert(link.path);
                continue;
            }
            const bool directory = S_ISDIR(status.st_mode);
            if (!directory && !hasAudioExtension(link.path))
                continue;
            const auto target = roots_.resolve(link.path);
            if (!target) {
                problem(link.path, link.root, "a link that leads out of the library folders");
                continue;
            }
            if (directory) {
                walkTree(link.path, link.root, O_DIRECTORY, Below::Yes);
            } else if (!isFoundAnyway(*target) &&
                       known.emplace(status.st_dev, status.st_ino).second) {
                const auto slash = link.path.rfind('/');
                WalkedFolder folder{link.path.substr(0, slash), link.root, {}, {}, false};
                addFile(folder, link.path);
                hooks_.onFolder(std::move(folder));
            }
        }
    }

    /// The visible entries in order of their names. @return nothing when the directory was walked
    /// before, cannot be read to its end, or need not be: then `pending` gets its subdirectories
    std::optional<std::vector<Entry>> list(WalkedFolder& folder, int flags,
                                           std::vector<std::string>& pending) {
        const std::string& path = folder.path;
        const std::size_t root = folder.root;
        UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0)
            return unreadable(path, root, errno);
        if (!walked_.emplace(status.st_dev, status.st_ino).second)
            return std::nullopt;
        folder.stamp = {status.st_dev, status.st_ino, nsOf(status.st_mtim), nsOf(status.st_ctim)};
        if (hooks_.skip)
            if (auto below = hooks_.skip(path, root, folder.stamp)) {
                pending.insert(pending.end(), below->rbegin(), below->rend());
                return std::nullopt;
            }
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(fd.get()), &::closedir);
        if (!stream)
            return unreadable(path, root, errno);
        fd.release(); // the stream owns it now
        std::vector<Entry> entries;
        bool empty = true;
        for (;;) {
            errno = 0;
            const dirent* entry = ::readdir(stream.get());
            if (!entry && errno != 0)
                return unreadable(path, root, errno);
            if (!entry)
                break;
            const std::string_view name = entry->d_name;
            empty = empty && (name == "." || name == "..");
            if (name.starts_with('.'))
                continue;
            entries.push_back({std::string(name), entry->d_type});
        }
        for (Entry& entry : entries)
            if (entry.type == DT_UNKNOWN) // some file systems leave it to stat
                entry.type = typeOf(join(path, entry.name));
        if (empty)
            result_.emptyDirectories.emplace(path, status.st_dev);
        std::sort(entries.begin(), entries.end(),
                  [](const Entry& a, const Entry& b) { return a.name < b.name; });
        return entries;
    }

    std::nullopt_t unreadable(const std::string& path, std::size_t root, int errnoValue) {
        problem(path, root, "the folder cannot be read: " + reasonOf(errnoValue));
        result_.dark.insert(path);
        return std::nullopt;
    }

    void problem(const std::string& path, std::size_t root, std::string reason) {
        result_.problems.push_back({path, root, std::move(reason)});
    }

    static std::int64_t nsOf(const timespec& time) {
        return time.tv_sec * 1'000'000'000 + time.tv_nsec;
    }

    static unsigned char typeOf(const std::string& path) {
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0)
            return DT_UNKNOWN;
        return S_ISDIR(status.st_mode) ? DT_DIR : S_ISLNK(status.st_mode) ? DT_LNK : DT_REG;
    }

    static std::optional<FileId> idOf(const std::string& path) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0)
            return std::nullopt;
        if (!S_ISDIR(status.st_mode)) {
            errno = ENOTDIR;
            return std::nullopt;
        }
        return FileId{status.st_dev, status.st_ino};
    }

    static std::string join(const std::string& directory, const std::string& name) {
        return directory == "/" ? directory + name : directory + "/" + name;
    }

    const Roots& roots_;
    const WalkHooks& hooks_;
    const std::atomic<bool>& cancel_;
    WalkResult result_;
    std::set<FileId> walked_;
    std::vector<Link> links_;
};

} // namespace

bool hasAudioExtension(std::string_view path) {
    static constexpr std::array<std::string_view, 19> kExtensions{
        ".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif", ".m4a", ".m4b",
        ".aac", ".wma",  ".ape", ".wv",  ".tta",  ".dsf", ".dff",  ".mka", ".webm"};
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos || path.size() - dot > 5)
        return false;
    std::string extension(path.substr(dot));
    for (char& c : extension)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

WalkResult walk(const Roots& roots, const WalkHooks& hooks, const std::atomic<bool>& cancel) {
    return Walk(roots, hooks, cancel).run();
}

WalkResult walkFolders(const Roots& roots, const std::vector<ChangedFolder>& folders,
                       const WalkHooks& hooks, const std::atomic<bool>& cancel) {
    return Walk(roots, hooks, cancel).runIn(folders);
}

} // namespace segue::library
