#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "processing/types/Error.h"
#include "processing/types/UniqueFd.h"

namespace segue::encode {

enum class Overwrite { No, Yes };

/// A file that has its name only when it is whole: until commit() it is a hidden file beside it,
/// which goes when this object goes. What a killed process left is taken over by the next one that
/// makes the same file.
/// @thread one at a time; blocking writes
class NewFile {
  public:
    /// @errors InvalidArgument (exists already and may not be overwritten, or is no regular file),
    /// Busy (another process is making it), NotFound (no such folder), Io, NoSpace
    static Result<NewFile> create(const std::filesystem::path& path, Overwrite overwrite);
    NewFile(NewFile&&) noexcept = default;
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    /// As it will be called.
    const std::filesystem::path& path() const { return path_; }
    /// The hidden file, for others to read and edit.
    const std::filesystem::path& temporary() const { return temporary_; }
    /// Open for reading and writing; the cursor is free to move.
    int descriptor() const { return file_.get(); }

    /// Writes at the cursor. @errors Io, NoSpace
    Result<void> write(std::span<const std::byte> bytes);
    /// Everything is in it: on the disk, then under its name.
    /// @errors InvalidArgument (a file of that name has come meanwhile), Io, NoSpace
    Result<void> commit();

  private:
    NewFile(std::filesystem::path path, std::filesystem::path temporary, UniqueFd file,
            Overwrite overwrite);

    std::filesystem::path path_, temporary_;
    UniqueFd file_;
    Overwrite overwrite_;
    std::int64_t notOnDisk_ = 0; ///< bytes written since the disk was asked to take them
};

} // namespace segue::encode
