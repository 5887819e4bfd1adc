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

  private:
    struct Link {
        std::string path;
        std::size_t root;
    };

    bool walkRoot(std::size_t root) {
        const std::string& path = roots_.paths()[root];
        const auto before = idOf(path);
        if (!before) {
            problem(path, root, "the library folder is not there: " + reasonOf(errno));
            return false;
        }
        walkTree(path, root, O_DIRECTORY);
        if (result_.dark.contains(path))
            return false;
        if (idOf(path) != before) {
            problem(path, root, "the library folder went away during the scan");
            return false;
        }
        return true;
    }

    /// `openFlags`: with O_NOFOLLOW unless `top` may be a link.
    void walkTree(const std::string& top, std::size_t root, int openFlags) {
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
                if (entry->type == DT_DIR)
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
                walkTree(link.path, link.root, O_DIRECTORY);
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

} // namespace segue::library
