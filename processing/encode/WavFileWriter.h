#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "processing/encode/AudioFileWriter.h"
#include "processing/encode/PcmFormat.h"
#include "processing/types/Error.h"

namespace segue::encode {

/// A WAV file.
class WavFileWriter : public AudioFileWriter {
  public:
    /// @errors those of NewFile::create
    static Result<std::unique_ptr<WavFileWriter>> create(const std::filesystem::path& path,
                                                         const StreamFormat& format,
                                                         std::int64_t numFrames,
                                                         Overwrite overwrite);

    Result<void> append(std::span<const std::byte> bytes) override;

  private:
    Result<void> complete() override;
    WavFileWriter(NewFile file, std::int64_t trailerBytes);

    Result<void> flush();

    const std::int64_t trailerBytes_;
    std::vector<std::byte> pending_; ///< in front of what the kernel has
};

} // namespace segue::encode
