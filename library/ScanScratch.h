#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "library/Database.h"
#include "library/TrackTable.h"
#include "library/Walker.h"
#include "processing/types/Error.h"

namespace segue::library {

/// What a scan must remember of its walk until the walk is over: new files, rows whose file was not
/// met, folders that were read. It lies in a temporary file, so that a million of them cost no
/// memory. @thread one at a time
class ScanScratch {
  public:
    /// @errors NoSpace, Io
    static Result<ScanScratch> open();

    Result<void> addFound(const FoundFile& file);
    Result<void> addUnmet(const StoredFile& row);
    Result<void> addFolder(const WalkedFolder& folder);

    struct Numbered {
        std::int64_t number = 0;
        FoundFile file;
    };
    /// New files after number `after`, in the order in which they came; some hundred at a time.
    Result<std::vector<Numbered>> found(std::int64_t after);
    /// Of them, those whose inode some unmet row had.
    Result<std::vector<Numbered>> foundWithKnownInode(std::int64_t after);
    /// Of them, those that are as large as an unmet row of known content.
    Result<std::vector<Numbered>> foundWithKnownSize(std::int64_t after);
    Result<void> dropFound(std::int64_t number);

    Result<std::vector<StoredFile>> unmetWithInode(std::uint64_t inode);
    Result<std::vector<StoredFile>> unmetWithContent(const Hash128& content,
                                                     std::int64_t sizeBytes);
    /// Rows with ids after `after`, by id; some hundred at a time.
    Result<std::vector<StoredFile>> unmet(TrackId after);
    Result<void> dropUnmet(TrackId id);

    struct Folder {
        std::int64_t number = 0;
        std::string path;
        std::size_t root = 0;
        FolderStamp stamp;
        bool whole = false;
    };
    Result<std::vector<Folder>> folders(std::int64_t after);

  private:
    explicit ScanScratch(std::unique_ptr<Connection> connection)
        : connection_(std::move(connection)) {}

    std::unique_ptr<Connection> connection_;
};

} // namespace segue::library
