#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "processing/types/Error.h"
#include "processing/types/FileStamp.h"
#include "processing/types/UniqueFd.h"

namespace segue::decode {

/// A regular file opened for reading, with the cursor that the codec libraries' callbacks want.
///
/// @thread one at a time
class SourceFile {
  public:
    /// Never blocks on a FIFO or device. @errors NotFound, Io, Unsupported (not a regular file)
    static Result<SourceFile> open(const std::filesystem::path& path);

    const std::string& name() const { return name_; }
    const FileStamp& stamp() const { return stamp_; }
    /// As it was when the file was opened.
    std::int64_t size() const { return stamp_.sizeBytes; }

    /// Reads at `offset`, whatever the cursor. @return bytes read; fewer than `count` only at the
    /// end, or after an I/O error that takeError() tells
    std::int64_t readAt(std::int64_t offset, void* out, std::int64_t count);

    std::int64_t read(void* out, std::int64_t count);
    std::int64_t position() const { return position_; }
    /// False, and nothing moves, when the target is negative.
    bool seekTo(std::int64_t position);
    bool seek(std::int64_t offset, int whence);

    /// From now on the bytes at `offset` read as `bytes`.
    void overlay(std::int64_t offset, std::vector<std::uint8_t> bytes);

    /// The Io error of a read since the last call, if there was one.
    std::optional<Error> takeError();

    /// `decode 'name': what`
    Error error(ErrorCode code, const std::string& what) const;

  private:
    SourceFile(UniqueFd fd, FileStamp stamp, std::string name);
    std::int64_t readFully(std::int64_t offset, std::uint8_t* out, std::int64_t count);

    UniqueFd fd_;
    FileStamp stamp_;
    std::string name_;
    std::int64_t position_ = 0;
    std::vector<std::uint8_t> buffer_;
    std::int64_t bufferOffset_ = 0;
    std::int64_t bufferBytes_ = 0;
    std::int64_t overlayOffset_ = 0;
    std::vector<std::uint8_t> overlay_;
    int errno_ = 0;
};

} // namespace segue::decode
