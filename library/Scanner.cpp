// The scan, on the thread that asked for it, with the threads of TagPipeline. While the walk goes
// through the roots each folder is compared with its rows; changed files are read at once, new ones
// when the walk is over and it is known which rows have lost their file, since a new file may be a
// moved one. (Into an empty library nothing can have moved: there they are read at once, too.)
// Tags are written a batch per transaction, so that readers see tracks come in and a killed scan
// keeps what it had; at last what is gone is marked. Nothing is gone unless the walk really looked
// at its place: a root, folder or mount that is not there leaves its tracks alone. No list of all
// files is ever in memory. A scan of some folders does the same to what lies in them, and leaves
// the folders' stamps to the next scan of everything: whatever it changes has changed them.

#include "library/Scanner.h"

#include <malloc.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "library/BatchSize.h"
#include "library/ProblemTable.h"
#include "library/ScanScratch.h"
#include "library/StampRules.h"
#include "library/TagPipeline.h"
#include "library/Text.h"
#include "library/Walker.h"

namespace segue::library {

namespace {

// What a scan reads without writing is told of, and rows that only moved are written, this often.
constexpr std::size_t kBatchFiles = 256;
// While a scan writes, the log grows to 32 MB before its pages are brought into the database, some
// seconds' worth: pages of indexes that every transaction writes anew go there once for many of
// them. At other times stars and plays must not wait so long for the disk.
constexpr int kScanLogPages = 8000;
constexpr int kUsualLogPages = 1000; // SQLite's own
// It writes all over the indexes of the listings: with SQLite's own cache it would read most of
// their pages again for each batch.
constexpr int kScanCacheKib = 32 << 10;
constexpr int kUsualCacheKib = 2000; // SQLite's own
// A folder that was changed this shortly before it was read may be changed again under one stamp.
constexpr std::int64_t kUnsettledNs = 2'000'000'000;

std::string_view parentOf(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos || slash == 0 ? std::string_view()
                                                         : path.substr(0, slash);
}

std::string_view nameOf(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

std::int64_t nowNs() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

class Scan {
  public:
    using Kind = ReadJob::Kind;

    /// @param changed  the folders to look at; empty: all
    Scan(const ScanEnvironment& environment, const std::vector<ChangedFolder>& changed,
         ScanScratch scratch)
        : writer_(environment.writer), readers_(environment.readers), roots_(environment.roots),
          rootSet_(environment.rootSet), depth_(environment.request.depth), changed_(changed),
          progress_(environment.progress), cancel_(environment.cancel),
          scratch_(std::move(scratch)), pipeline_(environment.cancel) {}

    /// @return nothing when the changed folders are not enough to look at
    Result<std::optional<ScanReport>> run() {
        if (auto done = load(); !done)
            return fail(done.error());
        if (auto done = walkRoots(); !done)
            return fail(done.error());
        if (walked_.metLinks)
            return std::nullopt;
        for (const auto step : {&Scan::applyTouched, &Scan::collectUnmet, &Scan::recogniseMoved,
                                &Scan::readFound, &Scan::writeAll, &Scan::finish}) {
            if (cancel_.load())
                break;
            if (auto done = (this->*step)(); !done)
                return fail(done.error());
        }
        report();
        ScanReport result;
        result.counts = counts_;
        result.cancelled = cancel_.load();
        for (const auto* problems : {&fileProblems_, &placeProblems_})
            for (const StoredProblem& problem : *problems)
                result.problems.push_back({displayText(problem.path), displayText(problem.reason)});
        return std::optional(std::move(result));
    }

  private:
    struct Touched {
        TrackId id = 0;
        std::int64_t rootId = 0;
        std::uint64_t device = 0;
        std::string folder;
    };

    Result<void> load() {
        auto connection = readers_.acquire();
        if (!connection)
            return fail(connection.error());
        const auto newest = (*connection)->queryInt("SELECT coalesce(max(id), 0) FROM track");
        if (!newest)
            return fail(newest.error());
        wasEmpty_ = *newest == 0;
        met_.assign(static_cast<std::size_t>(*newest) + 1, false);
        auto problems = loadProblems(**connection, rootSet_);
        if (!problems)
            return fail(problems.error());
        for (StoredProblem& problem : *problems) {
            std::string path = problem.path;
            problemsIn_[std::string(parentOf(path))].push_back(path);
            oldProblems_.emplace(std::move(path), std::move(problem));
        }
        return {};
    }

    Result<void> walkRoots() {
        WalkHooks hooks;
        if (depth_ == ScanDepth::Folders && changed_.empty())
            hooks.skip = [this](const std::string& path, std::size_t root,
                                const FolderStamp& stamp) { return skip(path, root, stamp); };
        hooks.onFolder = [this](WalkedFolder&& folder) {
            if (!failure_)
                note(compare(folder));
            stop_ = cancel_.load() || failure_.has_value();
        };
        walked_ = changed_.empty() ? walk(roots_, hooks, stop_)
                                   : walkFolders(roots_, changed_, hooks, stop_);
        report();
        if (failure_)
            return fail(*failure_);
        return {};
    }

    /// The walk's hooks cannot fail: what does is kept, and ends it.
    void note(const Result<void>& done) {
        if (!done && !failure_)
            failure_ = done.error();
    }

    /// Whether nothing has come or gone in a folder since it was read, and if so where to go on.
    std::optional<std::vector<std::string>> skip(const std::string& path, std::size_t root,
                                                 const FolderStamp& stamp) {
        if (cancel_.load())
            stop_ = true;
        auto below = unchangedFolder(path, root, stamp);
        if (!below) {
            note(fail(below.error()));
            return std::nullopt;
        }
        if (!*below)
            return std::nullopt;
        note(scratch_.addFolder({path, root, {}, {}, true})); // no stamp: it stays as it is
        if (const auto problems = problemsIn_.find(path); problems != problemsIn_.end())
            for (const std::string& file : problems->second) {
                fileProblems_.push_back(oldProblems_.at(file));
                ++counts_.skipped;
            }
        reportNow_ += 1;
        return std::move(*below);
    }

    Result<std::optional<std::vector<std::string>>>
    unchangedFolder(const std::string& path, std::size_t root, const FolderStamp& stamp) {
        auto connection = readers_.acquire();
        if (!connection)
            return fail(connection.error());
        Statement folder = (*connection)
                               ->prepare("SELECT id FROM folder WHERE path = ?1 AND root_id = ?2 "
                                         "AND device = ?3 AND inode = ?4 AND modified_ns = ?5 AND "
                                         "changed_ns = ?6 AND settled = ?7");
        const auto row = folder.bindBlob(1, path)
                             .bindInt(2, rootSet_.ids[root])
                             .bindInt(3, std::bit_cast<std::int64_t>(stamp.device))
                             .bindInt(4, std::bit_cast<std::int64_t>(stamp.inode))
                             .bindInt(5, stamp.modifiedNs)
                             .bindInt(6, stamp.changedNs)
                             .bindInt(7, kTagsVersion)
                             .step();
        if (!row)
            return fail(row.error());
        if (!*row)
            return std::nullopt;
        const std::int64_t id = folder.intAt(0);
        Statement files = (*connection)
                              ->prepare("SELECT id, root_id, tags_version FROM track WHERE "
                                        "folder_id = ?1 AND missing = 0");
        files.bindInt(1, id);
        std::vector<TrackId> present;
        for (;;) {
            const auto file = files.step();
            if (!file)
                return fail(file.error());
            if (!*file)
                break;
            if (files.intAt(1) != rootSet_.ids[root] || files.intAt(2) != kTagsVersion)
                return std::nullopt;
            present.push_back(files.intAt(0));
        }
        Statement children =
            (*connection)->prepare("SELECT path FROM folder WHERE parent_id = ?1 ORDER BY path");
        children.bindInt(1, id);
        std::vector<std::string> below;
        for (;;) {
            const auto child = children.step();
            if (!child)
                return fail(child.error());
            if (!*child)
                break;
            below.push_back(children.blobAt(0));
        }
        for (const TrackId track : present)
            meet(track);
        counts_.filesSeen += static_cast<std::int64_t>(present.size());
        return below;
    }

    void meet(TrackId id) {
        if (static_cast<std::size_t>(id) < met_.size())
            met_[static_cast<std::size_t>(id)] = true;
    }

    bool isMet(TrackId id) const {
        return static_cast<std::size_t>(id) >= met_.size() || met_[static_cast<std::size_t>(id)];
    }

    /// Sorts the files of a folder into unchanged ones, new ones and those to be read at once.
    Result<void> compare(WalkedFolder& folder) {
        if (auto done = scratch_.addFolder(folder); !done)
            return done;
        std::vector<ReadJob> jobs;
        {
            auto connection = readers_.acquire();
            if (!connection)
                return fail(connection.error());
            for (FoundFile& file : folder.files) {
                ++counts_.filesSeen;
                if (auto done = compareFile(**connection, file, jobs); !done)
                    return done;
            }
        }
        for (ReadJob& job : jobs)
            if (auto done = push(std::move(job)); !done)
                return done;
        reportNow_ += folder.files.size();
        if (reportNow_ >= kBatchFiles)
            report();
        return touched_.size() < kBatchFiles ? Result<void>() : applyTouched();
    }

    Result<void> compareFile(Connection& connection, FoundFile& file, std::vector<ReadJob>& jobs) {
        const auto found = wasEmpty_ ? Result<std::optional<StoredFile>>(std::nullopt)
                                     : findFile(connection, file.path);
        if (!found)
            return fail(found.error());
        if (*found)
            meet((*found)->id);
        if (keepOldProblem(file))
            return {};
        if (!*found) {
            if (!wasEmpty_)
                return scratch_.addFound(file);
            jobs.push_back({std::move(file), Kind::Add, {}, std::nullopt});
            return {};
        }
        const StoredFile& stored = **found;
        if (!sameFile(stored.stamp, file.stamp) || stored.tagsVersion != kTagsVersion)
            jobs.push_back({std::move(file), Kind::Change, stored, std::nullopt});
        else if (stored.missing || stored.rootId != rootSet_.ids[file.root] ||
                 stored.stamp.device != file.stamp.device || !stored.inFolder) {
            counts_.changed += stored.missing ? 1 : 0;
            touched_.push_back({stored.id, rootSet_.ids[file.root], file.stamp.device,
                                std::string(parentOf(file.path))});
        }
        return {};
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

    /// Keeps the rows whose file was not met, unless the walk could not look at their place.
    Result<void> collectUnmet() {
        if (wasEmpty_)
            return {};
        const auto anyFound = scratch_.found(0);
        if (!anyFound)
            return fail(anyFound.error());
        // Without new files nobody asks where missing ones went.
        const bool alsoMissing = !anyFound->empty();
        auto connection = readers_.acquire();
        if (!connection)
            return fail(connection.error());
        if (changed_.empty()) {
            Statement rows = (*connection)->prepare("SELECT id, missing, root_id FROM track");
            return collectFrom(**connection, rows, alsoMissing);
        }
        for (const ChangedFolder& folder : changed_) {
            Statement rows = (*connection)->prepare(rowsOfChangedSql(folder.below));
            rows.bindBlob(1, folder.path);
            if (folder.below == Below::Yes)
                rows.bindBlob(2, folder.path + '/').bindBlob(3, folder.path + '0'); // after '/'
            if (auto done = collectFrom(**connection, rows, false); !done)
                return done;
        }
        if (!alsoMissing)
            return {};
        Statement missing = (*connection)->prepare(missingRowsSql());
        return collectFrom(**connection, missing, true);
    }

    Result<void> collectFrom(Connection& connection, Statement& rows, bool alsoMissing) {
        for (;;) {
            const auto row = rows.step();
            if (!row)
                return fail(row.error());
            if (!*row)
                return {};
            const bool here = rows.intAt(1) == 0 && rootSet_.contains(rows.intAt(2));
            if (isMet(rows.intAt(0)) || (!here && !alsoMissing))
                continue;
            const auto stored = loadFile(connection, rows.intAt(0));
            if (!stored)
                return fail(stored.error());
            const auto place = here ? placeIsDark(*stored) : std::nullopt;
            if (place)
                ++spared_[std::string(*place)];
            else if (auto done = scratch_.addUnmet(*stored); !done)
                return done;
            meet(stored->id); // changed folders may lie in each other
        }
    }

    Result<void> recogniseMoved() {
        if (wasEmpty_)
            return {};
        // All that the inode tells first: copies of one song must not take each other's row.
        if (auto done = matchAll(&ScanScratch::foundWithKnownInode, &Scan::matchByInode); !done)
            return done;
        return matchAll(&ScanScratch::foundWithKnownSize, &Scan::matchByContent);
    }

    using Found = Result<std::vector<ScanScratch::Numbered>> (ScanScratch::*)(std::int64_t);
    using Match = Result<void> (Scan::*)(const ScanScratch::Numbered&);

    Result<void> matchAll(Found found, Match match) {
        std::int64_t after = 0;
        while (!cancel_.load()) {
            const auto files = (scratch_.*found)(after);
            if (!files)
                return fail(files.error());
            if (files->empty())
                return {};
            for (const ScanScratch::Numbered& file : *files) {
                if (cancel_.load())
                    return {};
                if (auto done = (this->*match)(file); !done)
                    return done;
            }
            after = files->back().number;
        }
        return {};
    }

    Result<void> become(const ScanScratch::Numbered& found, StoredFile stored,
                        std::optional<Hash128> content) {
        if (auto done = scratch_.dropFound(found.number); !done)
            return done;
        if (auto done = scratch_.dropUnmet(stored.id); !done)
            return done;
        return push({found.file, Kind::Move, std::move(stored), content});
    }

    /// Of the rows that `accept` takes, one of the file's own name before others.
    template <typename Accept>
    static const StoredFile* best(const std::vector<StoredFile>& rows, const FoundFile& file,
                                  const Accept& accept) {
        const StoredFile* best = nullptr;
        for (const StoredFile& stored : rows) {
            if (!accept(stored))
                continue;
            const bool sameName = nameOf(stored.path) == nameOf(file.path);
            if (!best || (sameName && nameOf(best->path) != nameOf(file.path)))
                best = &stored;
        }
        return best;
    }

    Result<void> matchByInode(const ScanScratch::Numbered& found) {
        const FoundFile& file = found.file;
        const auto rows = scratch_.unmetWithInode(file.stamp.inode);
        if (!rows)
            return fail(rows.error());
        const StoredFile* stored = best(*rows, file, [&](const StoredFile& row) {
            return row.stamp.sizeBytes == file.stamp.sizeBytes &&
                   row.stamp.modifiedNs == file.stamp.modifiedNs && isGone(row, file);
        });
        // Moved and edited: the inode is the same file's still if it is older than our last look.
        if (!stored)
            stored = best(*rows, file, [&](const StoredFile& row) {
                const auto born = birthOf(file.path);
                return row.stamp.device == file.stamp.device && born &&
                       *born <= row.stamp.changedNs && isGone(row, file);
            });
        return stored ? become(found, *stored, std::nullopt) : Result<void>();
    }

    Result<void> matchByContent(const ScanScratch::Numbered& found) {
        const FoundFile& file = found.file;
        waitUntilSettled(file.stamp);
        const auto content = contentHashOf(file.path);
        const auto stamp = stampOf(file.path);
        if (!content || !stamp || *stamp != file.stamp)
            return {}; // reading its tags tells what is wrong
        const auto rows = scratch_.unmetWithContent(*content, file.stamp.sizeBytes);
        if (!rows)
            return fail(rows.error());
        const StoredFile* stored =
            best(*rows, file, [&](const StoredFile& row) { return isGone(row, file); });
        report();
        return stored ? become(found, *stored, *content) : Result<void>();
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

    /// What is new and no moved file.
    Result<void> readFound() {
        std::int64_t after = 0;
        while (!wasEmpty_ && !cancel_.load()) {
            auto files = scratch_.found(after);
            if (!files)
                return fail(files.error());
            if (files->empty())
                break;
            after = files->back().number;
            for (ScanScratch::Numbered& found : *files) {
                if (cancel_.load())
                    break;
                if (auto done = push({std::move(found.file), Kind::Add, {}, std::nullopt}); !done)
                    return done;
            }
        }
        return {};
    }

    Result<void> push(ReadJob job) {
        ++counts_.filesToRead;
        pipeline_.push(std::move(job));
        while (pipeline_.isFull() && !cancel_.load())
            if (auto done = write(pipeline_.take(batch_.files())); !done)
                return done;
        return {};
    }

    Result<void> writeAll() {
        for (;;) {
            const std::vector<ReadTags> batch = pipeline_.take(batch_.files());
            if (batch.empty())
                return {};
            if (auto done = write(batch); !done)
                return done;
        }
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
        folderIds_.clear();
        if (auto done = apply(catalog); !done)
            return done;
        if (auto done = catalog.settle(); !done)
            return done;
        for (const auto& [album, others] : catalog.moves())
            albumMoves_[album].insert(others.begin(), others.end());
        // Who was made for a new track only cannot be anybody's new name.
        if (!wasEmpty_)
            createdAlbums_.insert(catalog.created().begin(), catalog.created().end());
        return transaction->commit();
    }

    Result<void> write(const std::vector<ReadTags>& batch) {
        if (batch.empty())
            return {};
        const auto begun = std::chrono::steady_clock::now();
        auto done = inTransaction([&](CatalogWriter& catalog) -> Result<void> {
            for (const ReadTags& reading : batch)
                if (auto written = writeOne(catalog, reading); !written)
                    return written;
            return {};
        });
        batch_.wrote(batch.size(), std::chrono::steady_clock::now() - begun);
        report();
        return done;
    }

    /// The row of a folder, made if needed, within the transaction of `connection`.
    Result<std::int64_t> folderIdOf(Connection& connection, const std::string& path,
                                    std::int64_t rootId) {
        if (const auto known = folderIds_.find(path); known != folderIds_.end())
            return known->second;
        Statement select = connection.prepare("SELECT id FROM folder WHERE path = ?1");
        const auto row = select.bindBlob(1, path).step();
        if (!row)
            return fail(row.error());
        std::int64_t id = *row ? select.intAt(0) : 0;
        if (id == 0) {
            auto done = connection
                            .prepare("INSERT INTO folder (root_id, path, device, inode, "
                                     "modified_ns, changed_ns, settled) VALUES (?1, ?2, 0, 0, 0, "
                                     "0, 0)")
                            .bindInt(1, rootId)
                            .bindBlob(2, path)
                            .run();
            if (!done)
                return fail(done.error());
            id = connection.lastInsertId();
        }
        folderIds_.emplace(path, id);
        return id;
    }

    Result<void> writeOne(CatalogWriter& catalog, const ReadTags& reading) {
        const ReadJob& job = reading.job;
        ++counts_.filesRead;
        if (!reading.tags)
            return writeFailure(catalog, job, reading.tags.error());
        const FileTags& read = *reading.tags;
        const std::int64_t rootId = rootSet_.ids[job.file.root];
        const auto folder =
            folderIdOf(catalog.connection(), std::string(parentOf(job.file.path)), rootId);
        if (!folder)
            return fail(folder.error());
        TrackRecord record{rootId,     job.file.path,
                           read.stamp, read.stamp == job.file.stamp ? job.content : std::nullopt,
                           read.tags,  *folder};
        if (job.kind == Kind::Add) {
            const auto id = insertTrack(catalog, record);
            if (!id)
                return fail(id.error());
            ++counts_.added;
            return {};
        }
        // Only a new version of TagReader reads an unchanged file again.
        if (sameFile(job.stored.stamp, read.stamp))
            record.content = job.stored.content;
        const auto updated = updateTrack(catalog, job.stored.id, job.stored.path, record);
        if (!updated)
            return fail(updated.error());
        ++(job.kind == Kind::Move ? counts_.moved : counts_.changed);
        return {};
    }

    Result<void> writeFailure(CatalogWriter& catalog, const ReadJob& job, const Error& error) {
        const bool bad = error.code == ErrorCode::Corrupt || error.code == ErrorCode::Unsupported;
        if (!bad)
            unsettled_.insert(std::string(parentOf(job.file.path)));
        if (error.code != ErrorCode::NotFound) { // else the next scan knows more
            fileProblems_.push_back({job.file.path, rootSet_.ids[job.file.root], error.message,
                                     !bad, kTagsVersion, job.file.stamp});
            ++counts_.skipped;
        }
        // Whatever the track was, it is no audio now; it comes back when the file is mended. A
        // moved one is not where its row says either.
        if ((bad && job.kind == Kind::Change) || job.kind == Kind::Move)
            return markMissing(catalog, job.stored.id);
        return {};
    }

    Result<void> applyTouched() {
        if (touched_.empty())
            return {};
        auto done = inTransaction([&](CatalogWriter& catalog) -> Result<void> {
            for (const Touched& row : touched_) {
                const auto folder = folderIdOf(catalog.connection(), row.folder, row.rootId);
                if (!folder)
                    return fail(folder.error());
                if (auto put = touchTrack(catalog, row.id, row.rootId, row.device); !put)
                    return put;
                if (auto put = putFolder(catalog.connection(), row.id, *folder); !put)
                    return put;
            }
            return {};
        });
        touched_.clear();
        return done;
    }

    void collectPlaceProblems() {
        for (const WalkProblem& problem : walked_.problems)
            placeProblems_.push_back(
                {problem.path, rootSet_.ids[problem.root], problem.reason, true, kTagsVersion, {}});
        for (const auto& [place, count] : spared_)
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

    /// Whether this scan looks at `path`: always, unless it is one of some folders only.
    bool isLookedAt(std::string_view path) const {
        return changed_.empty() ||
               std::any_of(changed_.begin(), changed_.end(), [&](const ChangedFolder& folder) {
                   return folder.below == Below::Yes
                              ? isBelow(path, folder.path)
                              : path == folder.path || parentOf(path) == folder.path;
               });
    }

    Result<void> markUnmetMissing() {
        TrackId after = 0;
        for (;;) {
            const auto rows = scratch_.unmet(after);
            if (!rows)
                return fail(rows.error());
            if (rows->empty())
                return {};
            after = rows->back().id;
            auto done = inTransaction([&](CatalogWriter& catalog) -> Result<void> {
                for (const StoredFile& row : *rows) {
                    if (row.missing || !rootSet_.contains(row.rootId))
                        continue;
                    if (auto marked = markMissing(catalog, row.id); !marked)
                        return marked;
                    ++counts_.missing;
                }
                return {};
            });
            if (!done)
                return done;
        }
    }

    /// Keeps the stamps of the folders that were read, for the next scan to skip them.
    Result<void> storeFolders() {
        for (const std::string& place : walked_.dark)
            unsettled_.insert(std::string(parentOf(place)));
        // All are written before any is given its parent.
        if (auto done = forEachFolder(&Scan::storeFolder); !done)
            return done;
        if (auto done = forEachFolder(&Scan::storeParent); !done)
            return done;
        return inTransaction([&](CatalogWriter& catalog) -> Result<void> {
            Statement orphans = catalog.connection().prepare(
                "DELETE FROM folder WHERE parent_id IS NULL AND root_id IN (" + rootSet_.sqlList +
                ") AND settled <> 0 AND path NOT IN (SELECT path FROM root)");
            return orphans.run();
        });
    }

    using Store = Result<void> (Scan::*)(Connection&, const ScanScratch::Folder&);

    Result<void> forEachFolder(Store store) {
        std::int64_t after = 0;
        for (;;) {
            const auto folders = scratch_.folders(after);
            if (!folders)
                return fail(folders.error());
            if (folders->empty())
                return {};
            after = folders->back().number;
            auto done = inTransaction([&](CatalogWriter& catalog) -> Result<void> {
                for (const ScanScratch::Folder& folder : *folders)
                    if (auto stored = (this->*store)(catalog.connection(), folder); !stored)
                        return stored;
                return {};
            });
            if (!done)
                return done;
        }
    }

    Result<void> storeFolder(Connection& connection, const ScanScratch::Folder& folder) {
        if (folder.stamp == FolderStamp{})
            return {}; // it was not read
        const auto id = folderIdOf(connection, folder.path, rootSet_.ids[folder.root]);
        if (!id)
            return fail(id.error());
        const bool settled =
            folder.whole && !unsettled_.contains(folder.path) &&
            std::max(folder.stamp.modifiedNs, folder.stamp.changedNs) + kUnsettledNs < begunNs_;
        auto done = connection
                        .prepare("UPDATE folder SET root_id = ?2, device = ?3, inode = ?4, "
                                 "modified_ns = ?5, changed_ns = ?6, settled = ?7 WHERE id = ?1")
                        .bindInt(1, *id)
                        .bindInt(2, rootSet_.ids[folder.root])
                        .bindInt(3, std::bit_cast<std::int64_t>(folder.stamp.device))
                        .bindInt(4, std::bit_cast<std::int64_t>(folder.stamp.inode))
                        .bindInt(5, folder.stamp.modifiedNs)
                        .bindInt(6, folder.stamp.changedNs)
                        .bindInt(7, settled ? kTagsVersion : 0)
                        .run();
        if (!done)
            return done;
        return connection.prepare("UPDATE folder SET parent_id = NULL WHERE parent_id = ?1")
            .bindInt(1, *id)
            .run();
    }

    Result<void> storeParent(Connection& connection, const ScanScratch::Folder& folder) {
        return connection
            .prepare("UPDATE folder SET parent_id = (SELECT p.id FROM folder p WHERE p.path = ?2) "
                     "WHERE path = ?1 AND parent_id IS NULL")
            .bindBlob(1, folder.path)
            .bindBlob(2, std::string(parentOf(folder.path)))
            .run();
    }

    Result<void> finish() {
        if (auto done = markUnmetMissing(); !done)
            return done;
        collectPlaceProblems();
        std::vector<StoredProblem> problems;
        for (const auto& [path, problem] : oldProblems_)
            if (isUnseen(problem) || !isLookedAt(path))
                problems.push_back(problem);
        // Later ones replace earlier ones of the same path.
        problems.insert(problems.end(), fileProblems_.begin(), fileProblems_.end());
        problems.insert(problems.end(), placeProblems_.begin(), placeProblems_.end());
        auto done = inTransaction([&](CatalogWriter& catalog) -> Result<void> {
            if (auto followed = catalog.followMoves(albumMoves_, createdAlbums_); !followed)
                return followed;
            return replaceProblems(catalog.connection(), rootSet_, problems);
        });
        if (!done)
            return done;
        return changed_.empty() ? storeFolders() : unsettleFolders();
    }

    /// Has the next scan of everything read those folders again that have unfinished files in them.
    Result<void> unsettleFolders() {
        if (unsettled_.empty())
            return {};
        return inTransaction([&](CatalogWriter& catalog) -> Result<void> {
            Statement update =
                catalog.connection().prepare("UPDATE folder SET settled = 0 WHERE path = ?1");
            for (const std::string& path : unsettled_)
                if (auto done = update.bindBlob(1, path).run(); !done)
                    return done;
            return {};
        });
    }

    void report() {
        reportNow_ = 0;
        if (progress_)
            progress_(counts_);
    }

    ConnectionPool& writer_;
    ConnectionPool& readers_;
    const Roots& roots_;
    const RootSet& rootSet_;
    const ScanDepth depth_;
    const std::vector<ChangedFolder>& changed_;
    const std::function<void(const ScanProgress&)>& progress_;
    const std::atomic<bool>& cancel_;

    const std::int64_t begunNs_ = nowNs();
    ScanScratch scratch_;
    bool wasEmpty_ = false;
    std::vector<bool> met_; ///< by track id: its file was found in place
    std::unordered_map<std::string, StoredProblem> oldProblems_;
    std::unordered_map<std::string, std::vector<std::string>> problemsIn_; ///< by folder
    std::optional<Error> failure_;
    std::atomic<bool> stop_{false}; ///< ends the walk
    WalkResult walked_;
    std::vector<Touched> touched_;
    std::map<std::string, std::int64_t> spared_; ///< tracks, by the place that saved them
    std::unordered_map<std::string, std::int64_t> folderIds_; ///< of one transaction
    std::unordered_set<std::string> unsettled_;               ///< folders that must be read again
    std::vector<StoredProblem> fileProblems_;
    std::vector<StoredProblem> placeProblems_;
    std::size_t reportNow_ = 0; ///< files since the last report
    BatchSize batch_;
    ScanProgress counts_;
    CatalogWriter::Moves albumMoves_;
    std::set<AlbumId> createdAlbums_;
    TagPipeline pipeline_; ///< last: its threads end first
};

/// The writer's log and cache are large while this lives; then its memory goes back to the system.
/// Where that cannot be asked for it is as it was.
class LargeWriter {
  public:
    explicit LargeWriter(ConnectionPool& writer) : writer_(writer) {
        ask(kScanLogPages, kScanCacheKib);
    }
    ~LargeWriter() {
        ask(kUsualLogPages, kUsualCacheKib);
        ::malloc_trim(0);
    }
    LargeWriter(const LargeWriter&) = delete;
    LargeWriter& operator=(const LargeWriter&) = delete;

  private:
    void ask(int logPages, int cacheKib) {
        if (auto connection = writer_.acquire())
            (void)(*connection)
                ->execute("PRAGMA wal_autocheckpoint=" + std::to_string(logPages) +
                          "; PRAGMA cache_size=-" + std::to_string(cacheKib) +
                          "; PRAGMA shrink_memory");
    }

    ConnectionPool& writer_;
};

} // namespace

std::string rowsOfChangedSql(Below below) {
    if (below == Below::No)
        return "SELECT t.id, t.missing, t.root_id FROM folder f JOIN track t ON t.folder_id = f.id "
               "WHERE f.path = ?1";
    return "SELECT id, missing, root_id FROM track WHERE path = ?1 OR (path >= ?2 AND path < ?3)";
}

std::string missingRowsSql() {
    return "SELECT id, missing, root_id FROM track WHERE root_id IN (SELECT id FROM root) AND "
           "missing = 1";
}

Result<ScanReport> scanRoots(const ScanEnvironment& environment) {
    static const std::vector<ChangedFolder> kAll;
    const LargeWriter largeWriter(environment.writer);
    for (const auto* folders : {&environment.request.folders, &kAll}) {
        auto scratch = ScanScratch::open();
        if (!scratch)
            return fail(scratch.error());
        auto report = Scan(environment, *folders, std::move(*scratch)).run();
        if (!report)
            return fail(report.error());
        if (*report)
            return std::move(**report);
    }
    return fail(ErrorCode::Internal, "a scan of everything met links");
}

} // namespace segue::library
