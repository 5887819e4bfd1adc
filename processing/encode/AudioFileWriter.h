#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>

#include "processing/encode/FileFormat.h"
#include "processing/encode/NewFile.h"
#include "processing/encode/PcmFormat.h"
#include "processing/types/Error.h"

namespace segue::encode {

/// Writes one audio file of a known length, in whatever format. It has its name only when it is
/// whole (NewFile).
/// @thread one at a time; blocking writes
class AudioFileWriter {
  public:
    virtual ~AudioFileWriter() = default;
    AudioFileWriter(const AudioFileWriter&) = delete;
    AudioFileWriter& operator=(const AudioFileWriter&) = delete;

    /// The next bytes of interleaved PCM: whole frames. @errors Io, NoSpace, Internal
    virtual Result<void> append(std::span<const std::byte> bytes) = 0;
    /// All frames are there: writes what is left of the file. @errors Io, NoSpace, Internal
    Result<void> finish();
    /// After finish(): the file as it will be, for tags to be written into.
    const std::filesystem::path& temporary() const { return file_.temporary(); }
    /// Gives the file its name; finishes it first if nobody did.
    /// @errors InvalidArgument (a file of that name has come meanwhile), Io, NoSpace
    Result<void> commit();

  protected:
    explicit AudioFileWriter(NewFile file) : file_(std::move(file)) {}
    /// Once, after the last append().
    virtual Result<void> complete() = 0;

    NewFile file_;

  private:
    bool finished_ = false;
};

/// @param format  of the PCM that will come: its rate and channels, and pcmFor(target)
/// @param numFrames  that will come
/// @errors those of NewFile::create; Unsupported (what the format cannot hold, or encoders that are
/// not installed)
Result<std::unique_ptr<AudioFileWriter>>
createAudioFile(const std::filesystem::path& path, const FileTarget& target,
                const StreamFormat& format, std::int64_t numFrames, Overwrite overwrite);

} // namespace segue::encode
