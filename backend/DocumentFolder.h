#pragma once

#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cache/FileSystem.h"
#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"

namespace segue::backend {

/// A folder of small JSON files, NAME.json each, that people may edit, drop in and take out while
/// Segue runs. What is written here is there whole or not at all, also after a power cut.
///
/// A name is a plain file name without its ending: whoever asks has checked that it holds no '/'
/// and does not begin with a dot.
/// @thread all members from any thread
class DocumentFolder {
  public:
    /// @param folder  made by the first write()
    /// @param mostBytes  longer files are refused
    /// @param fileSystem  null: the real one
    DocumentFolder(std::filesystem::path folder, std::size_t mostBytes,
                   std::shared_ptr<cache::FileSystem> fileSystem = nullptr);

    std::filesystem::path fileOf(const std::string& name) const;

    /// Sorted; of files only whose name does not begin with a dot. A folder that is not there is
    /// empty. @errors Io
    Result<std::vector<std::string>> names() const;
    /// @errors NotFound, Unsupported (not a regular file), Io
    Result<FileStamp> stamp(const std::string& name) const;
    /// @errors NotFound, Unsupported (not a regular file, too long), Io
    Result<std::string> read(const std::string& name) const;

    /// One's turn to look and then write, so that nobody else's writing comes between; the
    /// destructor passes it on.
    class Turn {
      public:
        explicit Turn(DocumentFolder& folder);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        /// Replaces what is there. @errors NoSpace, Io
        Result<void> write(const std::string& name, std::string_view text) const;
        /// @errors NotFound, Io
        Result<void> remove(const std::string& name) const;

      private:
        DocumentFolder& folder_;
    };

  private:
    Result<void> write(const std::string& name, std::string_view text) const;
    Result<void> remove(const std::string& name) const;

    const std::filesystem::path folder_;
    const std::size_t mostBytes_;
    const std::shared_ptr<cache::FileSystem> fileSystem_;

    std::mutex mutex_;
    std::condition_variable passed_;
    bool taken_ = false; ///< somebody's turn it is; GUARDED_BY(mutex_)
};

} // namespace segue::backend
