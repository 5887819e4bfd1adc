#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "library/Catalog.h"
#include "library/Listing.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"
#include "processing/types/Hash.h"

namespace segue::library {

struct Track {
    TrackId id = 0;
    std::filesystem::path path; ///< absolute, inside one of the roots
    std::string title, artist, album, albumArtist, genre;
    int trackNumber = 0, discNumber = 0, year = 0; ///< 0: unknown
    double durationSeconds = 0;
    int sampleRateHz = 0, numChannels = 0;
    std::string codec;
    FileStamp stamp;                  ///< of the file when it was last looked at
    std::optional<Hash128> contentId; ///< valid for `stamp`; unknown until somebody hashed the file
    bool missing = false;             ///< the last scan did not find the file
    AlbumId albumId = 0;              ///< 0: it belongs to no album
    std::int64_t addedMs = 0;         ///< when it came into the library, since 1970
};

struct TrackQuery {
    std::string search;  ///< substring of title, artist or album in any case; empty: all
    TrackId afterId = 0; ///< keyset paging in list order: the last track of the page before
    int limit = 200;     ///< 1 .. 1000
};

struct ScanProgress {
    std::int64_t filesSeen = 0;   ///< audio files met in the roots so far
    std::int64_t filesToRead = 0; ///< of them, new or changed ones
    std::int64_t filesRead = 0;
    std::int64_t added = 0;
    std::int64_t changed = 0; ///< edited, or back after they were missing
    std::int64_t moved = 0;
    std::int64_t missing = 0; ///< gone since the last scan
    std::int64_t skipped = 0; ///< seen, but not playable: one problem each
};
/// Something that keeps a file, folder or root out of the library; both strings are valid UTF-8.
struct ScanProblem {
    std::string path, reason;
};
/// How closely a scan looks. `Folders` believes that nothing has changed in a folder whose own
/// stamp is the same: what was edited in place is noticed when it is played, or by the next scan of
/// `Files`, which asks for the stamp of each file.
enum class ScanDepth { Folders, Files };
/// Whether the folders below a folder are meant, too.
enum class Below : std::uint8_t { No, Yes };
/// A folder in which something came, went or was written.
struct ChangedFolder {
    std::string path; ///< absolute, as the roots are given; it may be gone
    Below below = Below::No;
};
struct ScanRequest {
    ScanDepth depth = ScanDepth::Files;
    /// Only these are looked at, file by file whatever the depth; none: all of the roots. What lies
    /// elsewhere stays as it is. Where links are met the answer may lie anywhere: then all of the
    /// roots are scanned, with `depth`.
    std::vector<ChangedFolder> folders = {};
};
struct ScanReport {
    ScanProgress counts;
    std::vector<ScanProblem> problems;
    bool cancelled = false;
};

/// Which pass made an analysis. A quick one covers sparse windows of the track and gives a
/// provisional plan.
enum class AnalysisKind : std::uint8_t { Full = 0, Quick = 1 };

/// What the streams of a content go by until the lease runs out, however the library grows.
struct PlanLease {
    AnalysisKind kind = AnalysisKind::Quick;
    std::int64_t corridor = 0; ///< version of the learned corridor; 0: the built-in one
    std::int64_t untilMs = 0;  ///< since 1970; 0: there is no lease

    bool operator==(const PlanLease&) const = default;
};

/// One version of what was learned from the library.
struct StoredCorridor {
    std::int64_t version = 0; ///< >= 1, never used twice
    std::int64_t createdMs = 0;
    std::int64_t tracks = 0; ///< of so many it was learned
    std::string bytes;       ///< opaque, of processing/mastering
};

using UserId = std::int64_t;
/// Who everybody is until there are several users.
inline constexpr UserId kOnlyUser = 1;

/// By what a track was played.
enum class PlaySource : std::uint8_t { Stream = 0, Session = 1, Web = 2 };

/// One listening to one track, whether to its end or not.
struct Play {
    UserId user = kOnlyUser;
    TrackId track = 0;
    std::int64_t startedMs = 0; ///< since 1970; with user and track it names the play
    double secondsHeard = 0;    ///< >= 0
    PlaySource source = PlaySource::Stream;
};

/// How often somebody has played a track.
struct PlayCount {
    std::int64_t plays = 0;
    std::int64_t lastMs = 0; ///< when the last of them began, since 1970; 0: never

    bool operator==(const PlayCount&) const = default;
};

/// Whether so much of a track counts as having played it: half of it or four minutes, as Last.fm
/// and ListenBrainz have it. @param durationSeconds  0: unknown
bool countsAsPlayed(double secondsHeard, double durationSeconds) noexcept;

class DatabaseAccess;

/// The library: an SQLite database of tracks and analyses, and the scanner that fills it.
/// Strings of a Track are valid UTF-8; its path is whatever bytes the file system has (displayText
/// in library/Text.h makes them presentable). A database that cannot be written (read-only, full,
/// locked by somebody else) gives errors from the members that must store something; reading goes
/// on, and so does refresh().
/// @thread all members may be called from any thread
class Library {
  public:
    /// Opens or creates `database`, migrating an older schema. Tracks that lie in none of `roots`
    /// count as missing and are kept for the day their root is given again. @errors Io, Corrupt,
    /// Busy, NoSpace, Unsupported (made by a newer Segue, or not by Segue at all)
    static Result<std::unique_ptr<Library>> open(const std::filesystem::path& database,
                                                 const std::vector<std::filesystem::path>& roots);
    virtual ~Library() = default;

    /// For the parts that keep what belongs to tracks: favourites, queues, playlists. Valid as long
    /// as the library.
    virtual const DatabaseAccess& access() const = 0;

    /// Walks the roots, reads new and changed files' tags, marks vanished ones missing, recognises
    /// moved ones. A root that is not there (or suddenly empty) leaves its tracks as they are, and
    /// so does a folder that cannot be read; both are problems of the report. What was read before
    /// a cancellation is kept. One scan at a time, among all processes on one database: a second
    /// one gives Busy.
    /// @param progress  may be empty; called on this thread, at least once per 256 files
    virtual Result<ScanReport> scan(const std::function<void(const ScanProgress&)>& progress,
                                    const std::atomic<bool>& cancel,
                                    const ScanRequest& request = {}) = 0;

    /// Present tracks by album artist (else artist), album, disc, track, title, whatever the case;
    /// those without an artist come last. @errors InvalidArgument (limit), NotFound (afterId)
    virtual Result<std::vector<Track>> tracks(const TrackQuery& query) const = 0;
    /// A present track of this content; nothing when there is none.
    virtual Result<std::optional<Track>> trackOf(const Hash128& content) const = 0;
    /// How many tracks are present.
    virtual Result<std::int64_t> trackCount() const = 0;
    /// A track as it was stored, missing or not. @errors NotFound
    virtual Result<Track> track(TrackId id) const = 0;
    /// Pages of what is present. @errors InvalidArgument (limit, cursor)
    virtual Result<Page<Track>> browse(const TrackListing& listing) const = 0;
    virtual Result<Page<Album>> browse(const AlbumListing& listing) const = 0;
    virtual Result<Page<Artist>> browse(const ArtistListing& listing) const = 0;
    virtual Result<Page<Genre>> browse(const GenreListing& listing) const = 0;
    /// What `text` means, the best first; accents and case make no difference, and the last word
    /// may be unfinished. No text is wrong. @param limit  of each kind, 1 .. 100
    virtual Result<SearchAnswer> search(std::string_view text, int limit) const = 0;
    /// @errors NotFound
    virtual Result<Album> album(AlbumId id) const = 0;
    virtual Result<Artist> artist(ArtistId id) const = 0;
    virtual Result<TrackDetails> details(TrackId id) const = 0;
    /// The present track whose file is at `path`, by its name alone; nothing when there is none.
    virtual Result<std::optional<TrackId>> trackAt(const std::filesystem::path& path) const = 0;
    /// Present tracks, those that came into the library last first. @param limit  1 .. 10000
    virtual Result<std::vector<TrackId>> recentlyAdded(int limit) const = 0;

    /// Compares the track's file with the stored stamp; an edited file is hashed and its row
    /// renewed, so that the returned contentId is there and is that of the bytes on disk now. Costs
    /// one stat and one row while nothing changed. @errors NotFound (no such track, its file is
    /// gone or leads out of the roots), Io, Changed (edited again and again meanwhile), Corrupt or
    /// Unsupported (edited into something that is no audio)
    virtual Result<Track> refresh(TrackId id) = 0;

    /// Keeps a play. The same one told again, with more seconds, takes the place of what was told
    /// before. @return whether it counts (countsAsPlayed)  @errors NotFound (the track),
    /// InvalidArgument (seconds, time)
    virtual Result<bool> putPlay(const Play& play) = 0;
    /// One for each of `tracks`, in their order.
    virtual Result<std::vector<PlayCount>> playCounts(UserId user,
                                                      std::span<const TrackId> tracks) const = 0;
    /// Present tracks that were played, the most often and then the last played first.
    /// @param limit  1 .. 10000
    virtual Result<std::vector<TrackId>> mostPlayed(UserId user, int limit) const = 0;

    /// Opaque bytes of processing/analysis, stored per content. @return nothing when there is none
    /// of that version
    virtual Result<std::optional<std::string>>
    analysis(const Hash128& content, std::uint32_t version, AnalysisKind kind) const = 0;
    virtual Result<void> putAnalysis(const Hash128& content, std::uint32_t version,
                                     AnalysisKind kind, const std::string& bytes) = 0;
    /// The last one that was stored, whether it has run out or not.
    virtual Result<PlanLease> planLease(const Hash128& content, std::uint32_t version) const = 0;
    /// Takes the place of what is there.
    virtual Result<void> putPlanLease(const Hash128& content, std::uint32_t version,
                                      const PlanLease& lease) = 0;
    /// Present tracks that have no full analysis of `version`, oldest first; among them tracks
    /// whose content is not known yet (refresh() tells, and the analysis may turn out to exist).
    /// Left out are those that putAnalysisFailure() named.
    virtual Result<std::vector<TrackId>> withoutAnalysis(std::uint32_t version,
                                                         int limit) const = 0;
    /// Contents of present tracks that have a full analysis of `version`, each once, in order.
    /// @param after  the last one of the page before
    virtual Result<std::vector<Hash128>> analysedContents(std::uint32_t version,
                                                          const std::optional<Hash128>& after,
                                                          int limit) const = 0;
    /// How many analysedContents() there are; looks at every track.
    virtual Result<std::int64_t> analysedCount(std::uint32_t version) const = 0;

    /// How many corridors are kept, besides those that a lease pins.
    static constexpr int kKeptCorridors = 8;
    /// Nothing when none was ever learned.
    virtual Result<std::optional<StoredCorridor>> newestCorridor() const = 0;
    /// Nothing when there is none, or no more.
    virtual Result<std::optional<StoredCorridor>> corridor(std::int64_t version) const = 0;
    /// Keeps `corridor` as the newest, whatever its `version` says, and lets go of old ones that no
    /// lease pins at its `createdMs`. @return its version
    virtual Result<std::int64_t> putCorridor(const StoredCorridor& corridor) = 0;

    /// For how long the analyses of a content are kept that no present track has.
    static constexpr std::int64_t kVanishedKeptMs = std::int64_t{30} * 24 * 3600 * 1000;
    /// Notes since when contents have been gone, and removes the analyses of those that have been
    /// for kVanishedKeptMs, some thousand at a time. To be called after a scan.
    /// @return how many contents were forgotten
    virtual Result<std::int64_t> forgetVanished(std::int64_t nowMs) = 0;

    /// Remembers that the file could not be analysed, until it changes. Without effect when `stamp`
    /// is no longer the track's. @errors NotFound
    virtual Result<void> putAnalysisFailure(TrackId id, const FileStamp& stamp,
                                            std::uint32_t version, const std::string& message) = 0;

    /// What the last scans and analyses stumbled over, by path; survives a restart.
    /// @param limit  1 .. 1000
    /// @param cursor  `next` of the page before; empty: the first page
    /// @errors InvalidArgument
    virtual Result<Page<ScanProblem>> problems(int limit, const std::string& cursor) const = 0;
};

} // namespace segue::library
