// The library as the rest of Segue sees it: it hands each question to the table, scanner or
// refresher that answers it, with a connection of its own. Any thread; readers never wait for a
// scan, since WAL lets them read beside the one writer.

#include "library/Library.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <utility>

#include "library/AnalysisTable.h"
#include "library/Browser.h"
#include "library/CorridorTable.h"
#include "library/Database.h"
#include "library/DatabaseAccess.h"
#include "library/Migrations.h"
#include "library/PlayHistory.h"
#include "library/ProblemTable.h"
#include "library/Roots.h"
#include "library/Scanner.h"
#include "library/Search.h"
#include "library/TrackRefresher.h"
#include "library/TrackTable.h"
#include "library/VanishedContent.h"
#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

// Reads take some 20 us each, so more of them at once than this would only queue for the cores.
constexpr std::size_t kMaxReaders = 16;
constexpr int kMaxTracksPerPage = 1000;
constexpr int kMaxProblems = 1000;
constexpr int kMaxContents = 10'000;
constexpr int kMaxIds = 10'000;

class SqliteLibrary final : public Library {
  public:
    SqliteLibrary(std::filesystem::path database, const std::vector<std::filesystem::path>& roots)
        : scanLock_(database.native() + "-scan"), roots_(roots),
          writer_(database, Access::ReadWrite, 1),
          readers_(std::move(database), Access::ReadOnly, kMaxReaders),
          refresher_(readers_, writer_, roots_, rootSet_) {}

    Result<void> initialise() {
        auto connection = writer_.acquire();
        if (!connection)
            return fail(connection.error());
        if (auto done = migrate(**connection, libraryMigrations()); !done)
            return done;
        auto set = registerRoots(**connection, roots_);
        if (!set)
            return fail(set.error());
        rootSet_ = std::move(*set);
        return {};
    }

    const DatabaseAccess& access() const override { return access_; }

    Result<ScanReport> scan(const std::function<void(const ScanProgress&)>& progress,
                            const std::atomic<bool>& cancel, const ScanRequest& request) override {
        // The kernel drops the lock with the process, however that ends.
        const UniqueFd lock(::open(scanLock_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
        if (!lock)
            return fail(errnoError("open '" + scanLock_ + "'", errno));
        if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                return fail(ErrorCode::Busy, "the library is being scanned already");
            return fail(errnoError("lock '" + scanLock_ + "'", errno));
        }
        return scanRoots({writer_, readers_, roots_, rootSet_, request, progress, cancel});
    }

    Result<std::vector<Track>> tracks(const TrackQuery& query) const override {
        if (auto valid = checkLimit(query.limit, kMaxTracksPerPage); !valid)
            return fail(valid.error());
        return read([&](Connection& c) { return listTracks(c, rootSet_, query); });
    }

    Result<std::optional<Track>> trackOf(const Hash128& content) const override {
        return read([&](Connection& c) { return findTrackOf(c, rootSet_, content); });
    }

    Result<std::int64_t> trackCount() const override {
        return read([&](Connection& c) { return c.queryInt(countSql(rootSet_)); });
    }

    Result<Track> track(TrackId id) const override {
        return read([&](Connection& c) -> Result<Track> {
            auto stored = loadTrack(c, rootSet_, id);
            if (!stored)
                return fail(stored.error());
            return std::move(stored->track);
        });
    }

    Result<Page<Track>> browse(const TrackListing& listing) const override {
        return read([&](Connection& c) { return browseTracks(c, rootSet_, listing); });
    }

    Result<Page<Album>> browse(const AlbumListing& listing) const override {
        return read([&](Connection& c) { return browseAlbums(c, listing); });
    }

    Result<Page<Artist>> browse(const ArtistListing& listing) const override {
        return read([&](Connection& c) { return browseArtists(c, listing); });
    }

    Result<Page<Genre>> browse(const GenreListing& listing) const override {
        return read([&](Connection& c) { return browseGenres(c, listing); });
    }

    Result<SearchAnswer> search(std::string_view text, int limit) const override {
        return read([&](Connection& c) { return searchCatalog(c, rootSet_, text, limit); });
    }

    Result<Album> album(AlbumId id) const override {
        return read([&](Connection& c) { return loadAlbum(c, id); });
    }

    Result<Artist> artist(ArtistId id) const override {
        return read([&](Connection& c) { return loadArtist(c, id); });
    }

    Result<TrackDetails> details(TrackId id) const override {
        return read([&](Connection& c) { return loadDetails(c, id); });
    }

    Result<std::optional<TrackId>> trackAt(const std::filesystem::path& path) const override {
        return read([&](Connection& c) { return findTrackAt(c, rootSet_, path.native()); });
    }

    Result<std::vector<TrackId>> recentlyAdded(int limit) const override {
        if (auto valid = checkLimit(limit, kMaxIds); !valid)
            return fail(valid.error());
        return read([&](Connection& c) { return listRecentlyAdded(c, rootSet_, limit); });
    }

    Result<bool> putPlay(const Play& play) override {
        bool counted = false;
        auto written = write([&](Connection& c) -> Result<void> {
            auto put = putPlayRow(c, play);
            if (!put)
                return fail(put.error());
            counted = *put;
            return {};
        });
        if (!written)
            return fail(written.error());
        return counted;
    }

    Result<std::vector<PlayCount>> playCounts(UserId user,
                                              std::span<const TrackId> tracks) const override {
        return read([&](Connection& c) { return loadPlayCounts(c, user, tracks); });
    }

    Result<std::vector<TrackId>> mostPlayed(UserId user, int limit) const override {
        if (auto valid = checkLimit(limit, kMaxIds); !valid)
            return fail(valid.error());
        return read([&](Connection& c) { return listMostPlayed(c, rootSet_, user, limit); });
    }

    Result<Track> refresh(TrackId id) override { return refresher_.refresh(id); }

    Result<std::optional<std::string>> analysis(const Hash128& content, std::uint32_t version,
                                                AnalysisKind kind) const override {
        return read([&](Connection& c) { return loadAnalysis(c, content, version, kind); });
    }

    Result<void> putAnalysis(const Hash128& content, std::uint32_t version, AnalysisKind kind,
                             const std::string& bytes) override {
        return write(
            [&](Connection& c) { return putAnalysisRow(c, content, version, kind, bytes); });
    }

    Result<PlanLease> planLease(const Hash128& content, std::uint32_t version) const override {
        return read([&](Connection& c) { return loadPlanLease(c, content, version); });
    }

    Result<void> putPlanLease(const Hash128& content, std::uint32_t version,
                              const PlanLease& lease) override {
        return write([&](Connection& c) { return putPlanLeaseRow(c, content, version, lease); });
    }

    Result<std::vector<Hash128>> analysedContents(std::uint32_t version,
                                                  const std::optional<Hash128>& after,
                                                  int limit) const override {
        if (auto valid = checkLimit(limit, kMaxContents); !valid)
            return fail(valid.error());
        return read([&](Connection& c) {
            return listAnalysedContents(c, rootSet_, version, after, limit);
        });
    }

    Result<std::int64_t> analysedCount(std::uint32_t version) const override {
        return read([&](Connection& c) { return countAnalysedContents(c, rootSet_, version); });
    }

    Result<std::optional<StoredCorridor>> newestCorridor() const override {
        return read([](Connection& c) { return loadNewestCorridor(c); });
    }

    Result<std::optional<StoredCorridor>> corridor(std::int64_t version) const override {
        return read([&](Connection& c) { return loadCorridor(c, version); });
    }

    Result<std::int64_t> putCorridor(const StoredCorridor& corridor) override {
        std::int64_t version = 0;
        auto written = write([&](Connection& c) -> Result<void> {
            auto put = putCorridorRow(c, corridor);
            if (!put)
                return fail(put.error());
            version = *put;
            return {};
        });
        if (!written)
            return fail(written.error());
        return version;
    }

    Result<std::int64_t> forgetVanished(std::int64_t nowMs) override {
        const auto changes = read([&](Connection& c) { return findVanished(c, nowMs); });
        if (!changes)
            return fail(changes.error());
        if (changes->empty())
            return 0;
        if (auto done = write([&](Connection& c) { return applyVanished(c, *changes, nowMs); });
            !done)
            return fail(done.error());
        return static_cast<std::int64_t>(changes->due.size());
    }

    Result<std::vector<TrackId>> withoutAnalysis(std::uint32_t version, int limit) const override {
        if (limit < 1)
            return fail(ErrorCode::InvalidArgument,
                        "limit " + std::to_string(limit) + " is below 1");
        return read(
            [&](Connection& c) { return listWithoutAnalysis(c, rootSet_, version, limit); });
    }

    Result<void> putAnalysisFailure(TrackId id, const FileStamp& stamp, std::uint32_t version,
                                    const std::string& message) override {
        return write([&](Connection& c) { return putFailureRow(c, id, stamp, version, message); });
    }

    Result<Page<ScanProblem>> problems(int limit, const std::string& cursor) const override {
        if (auto valid = checkLimit(limit, kMaxProblems); !valid)
            return fail(valid.error());
        return read([&](Connection& c) { return listProblems(c, rootSet_, limit, cursor); });
    }

  private:
    template <typename Query>
    auto read(const Query& query) const -> decltype(query(std::declval<Connection&>())) {
        return access_.read(query);
    }

    template <typename Command>
    Result<void> write(const Command& command) {
        return access_.write(command);
    }

    const std::string scanLock_;
    const Roots roots_;
    RootSet rootSet_; ///< written by initialise() only
    mutable ConnectionPool writer_;
    mutable ConnectionPool readers_;
    const DatabaseAccess access_{readers_, writer_, rootSet_};
    TrackRefresher refresher_;
};

} // namespace

Result<std::unique_ptr<Library>> Library::open(const std::filesystem::path& database,
                                               const std::vector<std::filesystem::path>& roots) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(database, error);
    if (error)
        return fail(errnoError("database '" + database.string() + "'", error.value()));
    std::filesystem::create_directories(absolute.parent_path(), error);
    auto library = std::make_unique<SqliteLibrary>(absolute, roots);
    if (auto done = library->initialise(); !done)
        return fail(done.error());
    return library;
}

} // namespace segue::library
