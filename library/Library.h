#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"
#include "processing/types/Hash.h"

namespace segue::library {

using TrackId = std::int64_t;

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
};

struct TrackQuery {
    std::string search;  ///< substring of title, artist or album; empty: all
    TrackId afterId = 0; ///< keyset paging in list order: the last track of the page before
    int limit = 200;     ///< 1 .. 1000
};

struct ScanProgress {
    std::int64_t filesSeen = 0, filesToRead = 0, filesRead = 0, added = 0, changed = 0, moved = 0,
                 missing = 0, skipped = 0;
};
struct ScanProblem {
    std::string path, reason;
};
struct ScanReport {
    ScanProgress counts;
    std::vector<ScanProblem> problems;
    bool cancelled = false;
};

/// Which pass made an analysis. A quick one covers sparse windows of the track and gives a
/// provisional plan.
enum class AnalysisKind : std::uint8_t { Full = 0, Quick = 1 };

/// The library: an SQLite database of tracks and analyses, and the scanner that fills it.
/// @thread all members may be called from any thread
class Library {
  public:
    /// Opens or creates `database`, migrating an older schema. @errors Io, Corrupt, Unsupported
    /// (made by a newer Segue)
    static Result<std::unique_ptr<Library>> open(const std::filesystem::path &database,
                                                 std::vector<std::filesystem::path> roots);
    virtual ~Library() = default;

    /// Walks the roots, reads new and changed files' tags, marks vanished ones missing, recognises
    /// moved ones. A root that is not there leaves its tracks as they are. One scan at a time: a
    /// second call gives Busy.
    virtual Result<ScanReport> scan(const std::function<void(const ScanProgress &)> &progress,
                                    const std::atomic<bool> &cancel) = 0;

    virtual Result<std::vector<Track>> tracks(const TrackQuery &query) const = 0;
    virtual Result<std::int64_t> trackCount() const = 0;
    /// @errors NotFound
    virtual Result<Track> track(TrackId id) const = 0;

    /// Compares the track's file with the stored stamp; an edited file is hashed and its row
    /// renewed, so that the returned contentId is that of the bytes on disk now. @errors NotFound
    /// (no such track, or its file is gone), Io, Changed
    virtual Result<Track> refresh(TrackId id) = 0;

    /// Opaque bytes of processing/analysis, stored per content. @return nothing when there is none
    /// of that version
    virtual Result<std::optional<std::string>>
    analysis(const Hash128 &content, std::uint32_t version, AnalysisKind kind) const = 0;
    virtual Result<void> putAnalysis(const Hash128 &content, std::uint32_t version,
                                     AnalysisKind kind, const std::string &bytes) = 0;
    /// Until when (ms since 1970) a quick analysis must stay in use for streams that began with it;
    /// 0: not in use.
    virtual Result<std::int64_t> quickLeaseUntilMs(const Hash128 &content,
                                                   std::uint32_t version) const = 0;
    virtual Result<void> leaseQuick(const Hash128 &content, std::uint32_t version,
                                    std::int64_t untilMs) = 0;
    /// Present tracks that have no full analysis of `version`, oldest first.
    virtual Result<std::vector<TrackId>> withoutAnalysis(std::uint32_t version,
                                                         int limit) const = 0;
};

} // namespace segue::library
