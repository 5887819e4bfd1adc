// The watcher's thread: sleeps until the kernel tells of a change, of a mount, or of the end; then
// gathers for a moment, notes which folders have changed, and tells when nothing more happens. It
// never reads a file: what is in a changed folder is for the scan to find out. A folder is watched
// before it is read, so whatever comes into it is either read or told of. Events bear the name that
// a folder had when they happened; the tree of watches follows renames, and what is told of under
// an old name is told of under the new one, too.

#include "library/Watcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <spdlog/spdlog.h>

#include "library/MountTable.h"
#include "library/Roots.h"
#include "library/Text.h"
#include "library/Walker.h"
#include "library/WatchTree.h"
#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

using Clock = std::chrono::steady_clock;

// While much happens the queue is emptied ten times a second: it holds 16384 events by default, and
// the kernel makes one of many alike that wait there.
constexpr std::chrono::milliseconds kGather{100};
// A folder in which something happens without end is told of after so many times `longest`.
constexpr int kPatience = 10;

constexpr std::uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY |
                                  IN_CLOSE_WRITE | IN_ATTRIB | IN_ONLYDIR | IN_EXCL_UNLINK;
constexpr std::uint32_t kRootEvents = kEvents | IN_DELETE_SELF | IN_MOVE_SELF;
// Of a folder above one that is not there.
constexpr std::uint32_t kSentinelEvents =
    IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR | IN_MASK_ADD;

std::string join(const std::string& folder, std::string_view name) {
    std::string path = folder == "/" ? folder : folder + '/';
    return path.append(name);
}

std::string parentOf(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool isDirectory(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool isLink(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

} // namespace

class Watcher::Watch {
  public:
    Watch(const std::vector<std::filesystem::path>& roots, const Options& options,
          OnChange onChange)
        : roots_(roots), options_(options), onChange_(std::move(onChange)),
          stop_(::eventfd(0, EFD_CLOEXEC)), thread_([this] { run(); }) {}

    Status status() const { return {ready_.load(), folders_.load(), complete_.load()}; }

    void stop() {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(stop_.get(), &one, sizeof one);
        if (thread_.joinable())
            thread_.join();
    }

  private:
    enum class Follow { No, Yes };

    struct Noted {
        Below below = Below::No;
        Clock::time_point first, last;
    };

    void run() {
        pthread_setname_np(pthread_self(), "segue-watch");
        if (options_.watching == Watching::Yes)
            begin();
        planRescan();
        folders_ = tree_.size();
        ready_ = true;
        for (;;) {
            const Clock::time_point now = Clock::now();
            std::array<pollfd, 3> fds{{{stop_.get(), POLLIN, 0},
                                       {mounts_.fd(), POLLPRI, 0},
                                       {now < readAgain_ ? -1 : inotify_.get(), POLLIN, 0}}};
            if (options_.watching == Watching::No)
                fds[1].fd = -1;
            if (::poll(fds.data(), fds.size(), timeout(now)) < 0 && errno != EINTR)
                spdlog::error("watch: {}", std::generic_category().message(errno));
            if (fds[0].revents != 0)
                return;
            if (fds[1].revents != 0)
                lookAtMounts();
            if (fds[2].revents != 0)
                readEvents();
            tellWhatIsDue();
            folders_ = tree_.size();
        }
    }

    /// Until the next thing that time brings, in ms; -1: none.
    int timeout(Clock::time_point now) const {
        std::optional<Clock::time_point> next = nextRescan_;
        const auto take = [&](Clock::time_point at) { next = next ? std::min(*next, at) : at; };
        if (now < readAgain_)
            take(readAgain_);
        if (const auto due = dueAt())
            take(*due);
        if (!next)
            return -1;
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*next - now).count();
        return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 24 * 3600 * 1000));
    }

    void begin() {
        inotify_ = UniqueFd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
        if (!inotify_) {
            spdlog::warn("watch: changes of the library are not noticed at once: {} "
                         "(fs.inotify.max_user_instances?)",
                         std::generic_category().message(errno));
            unseen_ = true;
            return;
        }
        surroundings_ = surroundings();
        watchAll();
        changedSince_ = std::chrono::system_clock::time_point::max();
    }

    // Placing watches

    void watchRoot(const std::string& root) {
        watchTree(root, Follow::Yes);
        if (tree_.contains(root) || !inotify_)
            return;
        // It is heard of when something comes into the nearest folder above that is there.
        std::string above = root;
        do
            above = parentOf(above);
        while (!isDirectory(above) && above != "/");
        if (const int watch = ::inotify_add_watch(inotify_.get(), above.c_str(), kSentinelEvents);
            watch >= 0)
            sentinels_.insert(watch);
        if (isDirectory(root)) // by now
            watchTree(root, Follow::Yes);
    }

    /// Watches `top` and what is below it. @param follow  whether `top` may be a link
    void watchTree(const std::string& top, Follow follow) {
        std::vector<std::string> pending{top};
        while (!pending.empty() && !limitReached_) {
            const std::string path = std::move(pending.back());
            pending.pop_back();
            const bool mayBeLink = follow == Follow::Yes && path == top;
            if (!watchFolder(path, mayBeLink ? Follow::Yes : Follow::No))
                continue;
            const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC |
                                                       (mayBeLink ? 0 : O_NOFOLLOW)));
            if (!fd)
                continue;
            noteIfChanged(path, fd.get());
            listInto(path, fd.get(), pending);
        }
    }

    /// @return whether it is watched under this name, so that its subfolders are to be, too
    bool watchFolder(const std::string& path, Follow follow) {
        if (tree_.size() >= options_.mostWatches && !tree_.contains(path)) {
            sayThatLimitIsReached();
            return false;
        }
        const bool isRoot =
            std::find(roots_.paths().begin(), roots_.paths().end(), path) != roots_.paths().end();
        const std::uint32_t events =
            (isRoot ? kRootEvents : kEvents) | (follow == Follow::Yes ? 0 : IN_DONT_FOLLOW);
        const int watch = ::inotify_add_watch(inotify_.get(), path.c_str(), events);
        if (watch < 0) {
            if (errno == ENOSPC)
                sayThatLimitIsReached();
            return false; // gone, or nobody may read it: its folder tells when that changes
        }
        // What is reached by a link is known by its own name when it has one.
        if (follow == Follow::Yes && !isRoot && tree_.pathOf(watch))
            return false;
        tree_.put(watch, path);
        return true;
    }

    void noteIfChanged(const std::string& path, int fd) {
        struct stat status {};
        if (::fstat(fd, &status) != 0)
            return;
        if (devices_.insert(status.st_dev).second && mayChangeUnseen(path)) {
            unseen_ = true;
            spdlog::info("watch: '{}' is on a file system that others may change unseen; it is "
                         "scanned from time to time",
                         displayText(path));
        }
        const auto changed = std::chrono::system_clock::time_point(
            std::chrono::duration_cast<std::chrono::system_clock::duration>(
                std::chrono::seconds(std::max(status.st_mtim.tv_sec, status.st_ctim.tv_sec))));
        if (changedSince_ != std::chrono::system_clock::time_point::max() &&
            changed >= std::chrono::floor<std::chrono::seconds>(changedSince_))
            note(path, Below::No);
    }

    void listInto(const std::string& path, int fd, std::vector<std::string>& pending) {
        const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(copy < 0 ? nullptr : ::fdopendir(copy),
                                                         &::closedir);
        while (const dirent* entry = stream ? ::readdir(stream.get()) : nullptr) {
            if (entry->d_name[0] == '.')
                continue;
            std::string below = join(path, entry->d_name);
            if (entry->d_type == DT_DIR ||
                (entry->d_type == DT_UNKNOWN && !isLink(below) && isDirectory(below)))
                pending.push_back(std::move(below));
            else if ((entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) && isLink(below) &&
                     isDirectory(below))
                links_.insert(std::move(below));
        }
    }

    /// Watches what lies behind links and nowhere else.
    void followLinks() {
        const std::set<std::string> links = links_; // behind them may be more
        for (const std::string& link : links)
            if (roots_.resolve(link) && !tree_.contains(link))
                watchTree(link, Follow::Yes);
    }

    void sayThatLimitIsReached() {
        if (!std::exchange(saidLimit_, true))
            spdlog::warn("watch: only {} folders can be watched; the others are scanned from time "
                         "to time. To watch them all: sysctl fs.inotify.max_user_watches=1000000",
                         tree_.size());
        limitReached_ = true;
        planRescan();
    }

    void removeTree(const std::string& path) {
        for (const int watch : tree_.take(path))
            ::inotify_rm_watch(inotify_.get(), watch);
        links_.erase(links_.lower_bound(path + '/'), links_.lower_bound(path + '0'));
    }

    /// Looks at every folder again, for those that are not watched yet.
    void watchAll() {
        limitReached_ = false;
        for (const std::string& root : roots_.paths())
            watchRoot(root);
        followLinks();
        planRescan();
    }

    // Hearing of changes

    std::set<std::string> surroundings() {
        std::set<std::string> places(roots_.paths().begin(), roots_.paths().end());
        for (const std::string& root : roots_.paths())
            if (auto real = roots_.resolve(root))
                places.insert(std::move(*real));
        return mounts_.around(places);
    }

    void lookAtMounts() {
        auto now = surroundings();
        if (now == surroundings_ || !inotify_)
            return;
        surroundings_ = std::move(now);
        devices_.clear();
        unseen_ = false;
        watchAll();
        noteEverything(ScanDepth::Folders);
    }

    void readEvents() {
        // Moves that went nowhere until now went out of the library.
        std::map<std::uint32_t, std::string> old;
        old.swap(movedFrom_);
        alignas(inotify_event) std::array<char, 64 * 1024> buffer;
        for (;;) {
            const ssize_t size = ::read(inotify_.get(), buffer.data(), buffer.size());
            if (size <= 0)
                break;
            for (ssize_t at = 0; at < size;) {
                inotify_event event{};
                std::memcpy(&event, buffer.data() + at, sizeof event);
                const char* name = buffer.data() + at + sizeof event;
                at += static_cast<ssize_t>(sizeof event) + event.len;
                for (auto& [cookie, path] : old)
                    if (event.cookie == cookie)
                        movedFrom_.emplace(cookie, path);
                hear(event, event.len > 0 ? std::string_view(name) : std::string_view());
            }
        }
        for (const auto& [cookie, path] : old)
            if (!movedFrom_.contains(cookie) && !isDirectory(path))
                removeTree(path);
        if (std::exchange(missed_, false)) {
            changedRoots_.insert(roots_.paths().begin(), roots_.paths().end());
            noteEverything(ScanDepth::Files);
        }
        if (!changedRoots_.empty()) {
            for (const std::string& root : std::exchange(changedRoots_, {}))
                removeTree(root);
            watchAll();
            noteEverything(ScanDepth::Folders);
        }
        readAgain_ = Clock::now() + kGather;
    }

    void hear(const inotify_event& event, std::string_view name) {
        if ((event.mask & IN_Q_OVERFLOW) != 0) {
            spdlog::warn("watch: more has changed than the kernel could tell; everything is "
                         "scanned");
            missed_ = true;
            return;
        }
        const bool folder = (event.mask & IN_ISDIR) != 0;
        if (sentinels_.contains(event.wd) && folder)
            lookForRoots();
        const auto path = tree_.pathOf(event.wd);
        if (!path)
            return;
        if ((event.mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
            if ((event.mask & IN_IGNORED) != 0)
                tree_.drop(event.wd);
            if (std::find(roots_.paths().begin(), roots_.paths().end(), *path) !=
                roots_.paths().end())
                changedRoots_.insert(*path);
            return;
        }
        if (name.empty() || name.front() == '.')
            return;
        const std::string child = join(*path, name);
        if (folder)
            hearOfFolder(event, child);
        else if (hasAudioExtension(name))
            note(*path, Below::No);
        else
            hearOfLink(event, *path, child);
    }

    void hearOfFolder(const inotify_event& event, const std::string& child) {
        if ((event.mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0)
            note(child, Below::Yes);
        if ((event.mask & IN_MOVED_FROM) != 0)
            movedFrom_[event.cookie] = child;
        if ((event.mask & IN_MOVED_TO) != 0)
            if (const auto from = movedFrom_.find(event.cookie); from != movedFrom_.end()) {
                tree_.move(from->second, child);
                movedFrom_.erase(from);
            }
        if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
            watchTree(child, Follow::No);
            followLinks();
        }
        // It may be read now, or no more.
        if ((event.mask & IN_ATTRIB) != 0) {
            note(child, tree_.contains(child) ? Below::No : Below::Yes);
            watchTree(child, Follow::No);
        }
    }

    /// Of files that are no audio files only links matter, which may lead to folders.
    void hearOfLink(const inotify_event& event, const std::string& path, const std::string& child) {
        if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0 && isLink(child) && isDirectory(child)) {
            links_.insert(child);
            followLinks();
            note(path, Below::No);
        } else if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0 && links_.erase(child) > 0) {
            removeTree(child);
            note(child, Below::Yes);
        }
    }

    void lookForRoots() {
        for (const std::string& root : roots_.paths()) {
            if (tree_.contains(root))
                continue;
            watchRoot(root);
            if (tree_.contains(root))
                noteEverything(ScanDepth::Folders);
        }
    }

    void note(const std::string& path, Below below) {
        const Clock::time_point now = Clock::now();
        begunNoting(now);
        if (everything_ == ScanDepth::Files)
            return; // it is looked at anyway
        const auto [place, added] = noted_.try_emplace(path, Noted{below, now, now});
        place->second.last = now;
        if (below == Below::Yes)
            place->second.below = below;
        if (noted_.size() > options_.mostFolders)
            noteEverything(ScanDepth::Files);
    }

    void noteEverything(ScanDepth depth) {
        begunNoting(Clock::now());
        everything_ = std::max(everything_.value_or(depth), depth);
        if (everything_ == ScanDepth::Files)
            noted_.clear();
    }

    void begunNoting(Clock::time_point now) {
        if (noted_.empty() && !everything_)
            tellBy_ = now + options_.longest;
        lastNoted_ = now;
    }

    // Telling

    std::optional<Clock::time_point> dueAt() const {
        if (noted_.empty() && !everything_)
            return std::nullopt;
        return std::min(lastNoted_ + options_.quiet, tellBy_);
    }

    void tellWhatIsDue() {
        const Clock::time_point now = Clock::now();
        if (const auto due = dueAt(); due && *due <= now)
            tell(now);
        if (nextRescan_ && *nextRescan_ <= now) {
            if (limitReached_ && inotify_)
                watchAll(); // it may have been raised
            planRescan();
            onChange_({.depth = ScanDepth::Folders, .folders = {}}, Cause::Time);
        }
    }

    void tell(Clock::time_point now) {
        ScanRequest request;
        for (auto place = noted_.begin(); place != noted_.end();) {
            const Noted& noted = place->second;
            if (noted.last + options_.quiet <= now ||
                noted.first + kPatience * options_.longest <= now) {
                request.folders.push_back({place->first, noted.below});
                place = noted_.erase(place);
            } else {
                ++place;
            }
        }
        tellBy_ = now + options_.longest;
        if (!request.folders.empty())
            onChange_(std::move(request), Cause::Changed);
        if (everything_)
            onChange_({.depth = *std::exchange(everything_, std::nullopt), .folders = {}},
                      Cause::Changed);
    }

    void planRescan() {
        complete_ = options_.watching == Watching::Yes && inotify_ && !limitReached_ && !unseen_;
        const auto period = options_.rescanEvery.count() > 0 ? options_.rescanEvery
                            : options_.watching == Watching::Yes && !complete_
                                ? options_.rescanUnwatched
                                : std::chrono::milliseconds(0);
        if (period.count() > 0)
            nextRescan_ = Clock::now() + period;
        else
            nextRescan_.reset();
    }

    const Roots roots_;
    const Options options_;
    const OnChange onChange_;
    const MountTable mounts_;
    UniqueFd stop_;
    std::atomic<bool> ready_{false}, complete_{false};
    std::atomic<std::size_t> folders_{0};

    // Of the thread alone.
    UniqueFd inotify_;
    WatchTree tree_;
    std::set<std::string> links_;     ///< to folders
    std::set<int> sentinels_;         ///< watches of folders above roots that were not there
    std::set<std::uint64_t> devices_; ///< those that were asked mayChangeUnseen()
    std::set<std::string> surroundings_;
    std::map<std::uint32_t, std::string> movedFrom_; ///< by cookie, until the other half comes
    std::chrono::system_clock::time_point changedSince_ = options_.changedSince;
    bool limitReached_ = false;
    bool saidLimit_ = false;
    bool unseen_ = false;
    bool missed_ = false;
    std::set<std::string> changedRoots_; ///< gone, moved or replaced
    std::map<std::string, Noted> noted_;
    std::optional<ScanDepth> everything_;
    Clock::time_point lastNoted_, tellBy_, readAgain_;
    std::optional<Clock::time_point> nextRescan_;

    std::thread thread_; ///< last: it uses all the others
};

Watcher::Watcher(const std::vector<std::filesystem::path>& roots, const Options& options,
                 OnChange onChange)
    : watch_(std::make_unique<Watch>(roots, options, std::move(onChange))) {}

Watcher::~Watcher() {
    stop();
}

Watcher::Status Watcher::status() const {
    return watch_->status();
}

void Watcher::stop() {
    watch_->stop();
}

} // namespace segue::library
