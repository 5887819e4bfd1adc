#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "cache/ChunkCatalog.h"

struct sqlite3;
struct sqlite3_stmt;

namespace segue::cache {

/// The rows of kept chunks in SQLite; FORMAT.md has the schema. The files are the truth: losing the
/// index loses the order of use and nothing else.
/// @thread one at a time; all of it blocks on disk
class ChunkIndex {
  public:
    /// Opens or creates it and checks its structure. @errors Busy, Corrupt, Io, NoSpace
    static Result<std::unique_ptr<ChunkIndex>> open(const std::filesystem::path& path);
    /// Removes a damaged index with its companions.
    static void remove(const std::filesystem::path& path);

    /// All rows that mean something; others are deleted. @errors Corrupt, Io
    Result<std::vector<ChunkRow>> load();
    Result<std::vector<Usage>> loadUsage();
    /// Whether another process has written since the last call, or since it was opened.
    Result<bool> changedByOthers();
    /// In one transaction, removals first. @errors Busy, Corrupt, Io, NoSpace
    Result<void> write(const ChunkCatalog::Changes& changes);

  private:
    struct Closer {
        void operator()(sqlite3* database) const noexcept;
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

    ChunkIndex() = default;
    Result<void> prepareSchema();
    Result<void> prepareStatements();
    Result<void> execute(const char* sql);
    Result<Statement> prepare(const char* sql);
    Error errorNow(const char* what) const;

    std::unique_ptr<sqlite3, Closer> database_;
    Statement upsert_;
    Statement erase_;
    Statement use_;
    Statement dataVersion_;
    std::int64_t seenVersion_ = 0;
};

} // namespace segue::cache
