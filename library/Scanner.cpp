// The scan, on the thread that asked for it. It works in phases: walk the roots without opening a
// file; compare with the rows; give new files the rows of vanished ones where they are the same
// file; read tags and write them, a batch per transaction, so that readers see tracks come in and a
// killed scan keeps what it had; at last mark what is gone. Nothing is gone unless the walk really
// looked at its place: a root, folder or mount that is not there leaves its tracks alone.

#include "library/Scanner.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "library/ProblemTable.h"
#include "library/StampRules.h"
#include "library/Text.h"
#include "library/Walker.h"

namespace segue::library {

namespace {

// A transaction costs one write of the log; beyond some hundred rows it no longer shows.
constexpr std::size_t kBatchFiles = 256;
// On slow disks a batch is cut earlier, so that tracks appear while the scan goes on.
constexpr std::chrono::milliseconds kBatchTime{250};

std::string_view parentOf(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos || slash == 0 ? std::string_view()
                                                         : path.substr(0, slash);
}

std::string_view nameOf(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

class Scan {
  public:
    Scan(ConnectionPool& writer, const Roots& roots, const RootSet& rootSet,
         const std::function<void(const ScanProgress&)>& progress, const std::atomic<bool>& cancel)
        : writer_(writer), roots_(roots), rootSet_(rootSet), progress_(progress), cancel_(cancel) {}

    Result<ScanReport> run() {
        walked_ = walk(
            roots_,
            [this](std::int64_t numFiles) {
                counts_.filesSeen = numFiles;
                if (numFiles % static_cast<std::int64_t>(kBatchFiles) == 0)
                    report();
            },
            cancel_);
        report();
        if (!cancel_.load()) {
            if (auto done = load(); !done)
                return fail(done.error());
            compare();
            recogniseMoved();
            if (auto done = readFiles(); !done)
                return fail(done.error());
        }
        if (!cancel_.load()) {
            findMissing();
            if (auto done = finish(); !done)
                return fail(done.error());
        }
        report();
        ScanReport result;
        result.counts = counts_;
        result.cancelled = cancel_.load();
        for (const auto* problems : {&fileProblems_, &placeProblems_})
            for (const StoredProblem& problem : *problems)
                result.problems.push_back({displayText(problem.path), displayText(problem.reason)});
        return result;
    }

  private:
    enum class Kind { Add, Change, Move };

    struct Job {
        const FoundFile* file;
        Kind kind;
        std::size_t known = 0;          ///< index into known_, unless Add
        std::optional<Hash128> content; ///< known for file->stamp
    };

    struct Reading {
        const Job* job;
        Result<FileTags> tags;
    };

    Result<void> load() {
        auto connection = writer_.acquire();
        if (!connection)
            return fail(connection.error());
        auto files = loadFiles(**connection);
        if (!files)
            return fail(files.error());
        auto problems = loadProblems(**connection, rootSet_);
        if (!problems)
            return fail(problems.error());
        known_ = std::move(*files);
        accountedFor_.assign(known_.size(), false);
        for (std::size_t i = 0; i < known_.size(); ++i)
            knownByPath_.emplace(known_[i].path, i);
        for (StoredProblem& problem : *problems) {
            std::string path = problem.path;
            oldProblems_.emplace(std::move(path), std::move(problem));
        }
        return {};
    }

    /// Sorts the found files into unchanged ones and jobs.
    void compare() {
        for (const FoundFile& file : walked_.files) {
            const auto known = knownByPath_.find(file.path);
            if (known != knownByPath_.end())
                accountedFor_[known->second] = true;
            if (keepOldProblem(file))
                continue;
            if (known == knownByPath_.end()) {
                jobs_.push_back({&file, Kind::Add, 0, std::nullopt});
                continue;
            }
            const StoredFile& stored = known_[known->second];
            if (!sameFile(stored.stamp, file.stamp) || stored.tagsVersion != kTagsVersion)
                jobs_.push_back({&file, Kind::Change, known->second, std::nullopt});
            else if (stored.missing || stored.rootId != rootSet_.ids[file.root] ||
                     stored.stamp.device != file.stamp.device)
                touched_.push_back({&file, Kind::Change, known->second, std::nullopt});
        }
        counts_.filesToRead = static_cast<std::int64_t>(jobs_.size());
    }

    /// A file that could not be read and has not changed is not opened again.
    bool keepOldProblem(const FoundFile& file) {
        const auto old = oldProblems_.find(file.path);
        if (old == oldProblems_.end() || old->second.retry ||
            old->second.tagsVersion != kTagsVersion || !sameFile(old->second.stamp, file.stamp))
            return false;
        fileProblems_.push_back(old->second);
        fileProblems_.back().rootId = rootSet_.ids[file.root];
        ++counts_.skipped;
        return true;
    }

    /// Rows whose file is gone, by size: a new file of that size may be the same one.
    void collectVanished() {
        for (std::size_t i = 0; i < known_.size(); ++i) {
            const StoredFile& stored = known_[i];
            if (accountedFor_[i])
                continue;
            if (stored.missing || !rootSet_.contains(stored.rootId) ||
                !placeIsDark(stored).has_value())
                vanished_.emplace(stored.stamp.sizeBytes, i);
        }
    }

    void recogniseMoved() {
        collectVanished();
        if (vanished_.empty())
            return;
        // All that the inode tells first: copies of one song must not take each other's row.
        for (Job& job : jobs_)
            if (job.kind == Kind::Add)
                become(job, matchByInode(*job.file));
        for (Job& job : jobs_) {
            if (cancel_.load())
                return;
            if (job.kind == Kind::Add)
                matchByContent(job);
        }
    }

    void become(Job& job, std::optional<std::size_t> known) {
        if (!known)
            return;
        job.kind = Kind::Move;
        job.known = *known;
        const auto [first, last] = vanished_.equal_range(job.file->stamp.sizeBytes);
        vanished_.erase(
            std::find_if(first, last, [&](const auto& v) { return v.second == *known; }));
    }

    template <typename Accept>
    std::optional<std::size_t> bestVanished(const FoundFile& file, const Accept& accept) const {
        std::optional<std::size_t> best;
        const auto [first, last] = vanished_.equal_range(file.stamp.sizeBytes);
        for (auto it = first; it != last; ++it) {
            const StoredFile& stored = known_[it->second];
            if (!accept(stored) || !isGone(stored, file))
                continue;
            const bool sameName = nameOf(stored.path) == nameOf(file.path);
            if (!best || (sameName && nameOf(known_[*best].path) != nameOf(file.path)))
                best = it->second;
        }
        return best;
    }

    std::optional<std::size_t> matchByInode(const FoundFile& file) const {
        return bestVanished(file, [&](const StoredFile& stored) {
            return stored.stamp.inode == file.stamp.inode &&
                   stored.stamp.modifiedNs == file.stamp.modifiedNs;
        });
    }

    void matchByContent(Job& job) {
        const FoundFile& file = *job.file;
        if (!bestVanished(file,
                          [](const StoredFile& stored) { return stored.content.has_value(); }))
            return;
        waitUntilSettled(file.stamp);
        const auto content = contentHashOf(file.path);
        const auto stamp = stampOf(file.path);
        if (!content || !stamp || *stamp != file.stamp)
            return; // reading its tags tells what is wrong
        job.content = *content;
        become(job, bestVanished(file, [&](const StoredFile& stored) {
                   return stored.content == *content;
               }));
        report();
    }

    /// Whether the row's old file is no obstacle. In roots that are no longer given nobody walked:
    /// there it must be gone, or be the found file under another name of its root.
    bool isGone(const StoredFile& stored, const FoundFile& found) const {
        if (rootSet_.contains(stored.rootId))
            return true;
        const auto stamp = stampOf(stored.path);
        if (!stamp)
            return stamp.error().code == ErrorCode::NotFound;
        return stamp->device == found.stamp.device && stamp->inode == found.stamp.inode;
    }

    /// The place above (or at) a row's path about which the walk could not tell, if any: it failed
    /// there, or what was there may not be mounted.
    std::optional<std::string_view> placeIsDark(const StoredFile& stored) const {
        const auto root = std::find(rootSet_.ids.begin(), rootSet_.ids.end(), stored.rootId);
        const auto index = static_cast<std::size_t>(root - rootSet_.ids.begin());
        const std::string_view rootPath = roots_.paths()[index];
        if (!walked_.rootWalked[index])
            return rootPath;
        for (std::string_view place = stored.path; !place.empty(); place = parentOf(place)) {
            const std::string key(place);
            if (walked_.dark.contains(key))
                return place;
            const auto empty = walked_.emptyDirectories.find(key);
            if (empty != walked_.emptyDirectories.end() &&
                (place == rootPath || empty->second != stored.stamp.device))
                return place;
        }
        return std::nullopt;
    }

    Result<void> readFiles() {
        if (auto done = applyTouched(); !done)
            return done;
        std::vector<Reading> batch;
        auto begun = std::chrono::steady_clock::now();
        for (const Job& job : jobs_) {
            if (cancel_.load())
                break;
            waitUntilSettled(job.file->stamp);
            batch.push_back({&job, readTags(job.file->path)});
            const auto now = std::chrono::steady_clock::now();
            if (batch.size() < kBatchFiles && now - begun < kBatchTime)
                continue;
            if (auto done = write(batch); !done)
                return done;
            batch.clear();
            begun = now;
        }
        return write(batch);
    }

    /// Runs `apply` in one transaction.
    template <typename Apply>
    Result<void> inTransaction(const Apply& apply) {
        auto connection = writer_.acquire();
        if (!connection)
            return fail(connection.error());
        auto transaction = Transaction::begin(**connection);
        if (!transaction)
            return fail(transaction.error());
        CatalogWriter catalog(**connection);
        if (auto done = apply(catalog); !done)
            return done;
        if (auto done = catalog.settle(); !done)
            return done;
        for (const auto& [album, others] : catalog.moves())
            albumMoves_[album].insert(others.begin(), others.end());
        createdAlbums_.insert(catalog.created().begin(), catalog.created().end());
        return transaction->commit();
    }

    Result<void> write(const std::vector<Reading>& batch) {
        if (batch.empty())
            return {};
        auto done = inTransaction([&](CatalogWriter& catalog) -> Result<void> {
            for (const Reading& reading : batch)
                if (auto written = writeOne(catalog, reading); !written)
                    return written;
            return {};
        });
        report();
        return done;
    }

    Result<void> writeOne(CatalogWriter& catalog, const Reading& reading) {
        const Job& job = *reading.job;
        ++counts_.filesRead;
        if (!reading.tags)
            return writeFailure(catalog, job, reading.tags.error());
        const FileTags& read = *reading.tags;
        TrackRecord record{rootSet_.ids[job.file->root],
                           job.file->path,
                           read.stamp,
                           read.stamp == job.file->stamp ? job.content : std::nullopt,
                           read.tags,
                           0};
        if (job.kind == Kind::Add) {
            const auto id = insertTrack(catalog, record);
            if (!id)
                return fail(id.error());
            ++counts_.added;
            return {};
        }
        const StoredFile& stored = known_[job.known];
        // Only a new version of TagReader reads an unchanged file again.
        if (sameFile(stored.stamp, read.stamp))
            record.content = stored.content;
        const auto updated = updateTrack(catalog, stored.id, stored.path, record);
        if (!updated)
            return fail(updated.error());
        accountedFor_[job.known] = true;
        ++(job.kind == Kind::Move ? counts_.moved : counts_.changed);
        return {};
    }

    Result<void> writeFailure(CatalogWriter& catalog, const Job& job, const Error& error) {
        if (error.code == ErrorCode::NotFound)
            return {}; // removed since the walk; the next scan knows more
        const bool bad = error.code == ErrorCode::Corrupt || error.code == ErrorCode::Unsupported;
        fileProblems_.push_back({job.file->path, rootSet_.ids[job.file->root], error.message, !bad,
                                 kTagsVersion, job.file->stamp});
        ++counts_.skipped;
        // Whatever the track was, it is no audio now; it comes back when the file is mended.
        if (bad && job.kind == Kind::Change)
            return markMissing(catalog, known_[job.known].id);
        return {};
    }

    Result<void> applyTouched() {
        if (touched_.empty())
            return {};
        return inTransaction([&](CatalogWriter& catalog) -> Result<void> {
            for (const Job& job : touched_) {
                const StoredFile& stored = known_[job.known];
                counts_.changed += stored.missing ? 1 : 0;
                if (auto done = touchTrack(catalog, stored.id, rootSet_.ids[job.file->root],
                                           job.file->stamp.device);
                    !done)
                    return done;
            }
            return {};
        });
    }

    void findMissing() {
        std::map<std::string, std::int64_t> spared; // by the place that saved them
        for (std::size_t i = 0; i < known_.size(); ++i) {
            const StoredFile& stored = known_[i];
            if (accountedFor_[i] || stored.missing || !rootSet_.contains(stored.rootId))
                continue;
            if (const auto place = placeIsDark(stored))
                ++spared[std::string(*place)];
            else
                missing_.push_back(stored.id);
        }
        for (const WalkProblem& problem : walked_.problems)
            placeProblems_.push_back(
                {problem.path, rootSet_.ids[problem.root], problem.reason, true, kTagsVersion, {}});
        for (const auto& [place, count] : spared)
            if (walked_.emptyDirectories.contains(place))
                placeProblems_.push_back(
                    {place, rootIdAbove(place),
                     "the folder is empty, but there were " + std::to_string(count) +
                         " tracks in it: they are kept in case a disk is not mounted",
                     true, kTagsVersion, FileStamp{}});
    }

    std::int64_t rootIdAbove(const std::string& place) const {
        for (std::size_t i = 0; i < roots_.paths().size(); ++i)
            if (isBelow(place, roots_.paths()[i]))
                return rootSet_.ids[i];
        return rootSet_.ids.front();
    }

    /// Old problems below a place that could not be looked at are still true for all one knows.
    bool isUnseen(const StoredProblem& problem) const {
        for (std::size_t i = 0; i < rootSet_.ids.size(); ++i)
            if (rootSet_.ids[i] == problem.rootId && !walked_.rootWalked[i])
                return true;
        for (std::string_view place = problem.path; !place.empty(); place = parentOf(place))
            if (walked_.dark.contains(std::string(place)))
                return true;
        return false;
    }

    Result<void> finish() {
        std::vector<StoredProblem> problems;
        for (const auto& [path, problem] : oldProblems_)
            if (isUnseen(problem))
                problems.push_back(problem);
        // Later ones replace earlier ones of the same path.
        problems.insert(problems.end(), fileProblems_.begin(), fileProblems_.end());
        problems.insert(problems.end(), placeProblems_.begin(), placeProblems_.end());
        return inTransaction([&](CatalogWriter& catalog) -> Result<void> {
            for (const TrackId id : missing_)
                if (auto done = markMissing(catalog, id); !done)
                    return done;
            counts_.missing = static_cast<std::int64_t>(missing_.size());
            if (auto done = catalog.followMoves(albumMoves_, createdAlbums_); !done)
                return done;
            return replaceProblems(catalog.connection(), rootSet_, problems);
        });
    }

    void report() const {
        if (progress_)
            progress_(counts_);
    }

    ConnectionPool& writer_;
    const Roots& roots_;
    const RootSet& rootSet_;
    const std::function<void(const ScanProgress&)>& progress_;
    const std::atomic<bool>& cancel_;

    WalkResult walked_;
    std::vector<StoredFile> known_;
    std::unordered_map<std::string_view, std::size_t> knownByPath_;
    std::vector<bool> accountedFor_; ///< for each of known_: found in place, or under a new path
    std::unordered_map<std::string, StoredProblem> oldProblems_;
    std::multimap<std::int64_t, std::size_t> vanished_; ///< size to index into known_
    std::vector<Job> jobs_;
    std::vector<Job> touched_;
    std::vector<TrackId> missing_;
    std::vector<StoredProblem> fileProblems_;
    std::vector<StoredProblem> placeProblems_;
    ScanProgress counts_;
    CatalogWriter::Moves albumMoves_;
    std::set<AlbumId> createdAlbums_;
};

} // namespace

Result<ScanReport> scanRoots(ConnectionPool& writer, const Roots& roots, const RootSet& rootSet,
                             const std::function<void(const ScanProgress&)>& progress,
                             const std::atomic<bool>& cancel) {
    return Scan(writer, roots, rootSet, progress, cancel).run();
}

} // namespace segue::library
