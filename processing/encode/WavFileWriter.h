#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "processing/encode/PcmFormat.h"
#include "processing/types/Error.h"
#include "processing/types/UniqueFd.h"

namespace segue::encode {

enum class Overwrite { No, Yes };

/// Writes one WAV file of a known length. It has its name only when it is whole: until commit() it
/// is a hidden file beside it, which goes when the writer goes.
/// @thread one at a time; blocking writes
class WavFileWriter {
  public:
    /// @errors InvalidArgument (exists already and may not be overwritten, or is no regular file),
    /// Io, NoSpace
    static Result<std::unique_ptr<WavFileWriter>> create(const std::filesystem::path& path,
                                                         const StreamFormat& format,
                                                         std::int64_t numFrames,
                                                         Overwrite overwrite);
    ~WavFileWriter();
    WavFileWriter(const WavFileWriter&) = delete;
    WavFileWriter& operator=(const WavFileWriter&) = delete;

    /// The next bytes of interleaved PCM. @errors Io, NoSpace
    Result<void> append(std::span<const std::byte> bytes);

    /// All frames are there: gives the file its name.
    /// @errors InvalidArgument (a file of that name has come meanwhile), Io, NoSpace
    Result<void> commit();

  private:
    WavFileWriter(std::filesystem::path path, std::filesystem::path temporary, UniqueFd file,
                  Overwrite overwrite);

    std::filesystem::path path_, temporary_;
    UniqueFd file_;
    Overwrite overwrite_;
    std::int64_t trailerBytes_ = 0;
};

} // namespace segue::encode
