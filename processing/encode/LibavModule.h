#pragma once

#include <cstdint>
#include <memory>

#include "processing/encode/AudioFileWriter.h"

namespace segue::encode {

/// What the module of FFmpeg's encoders offers; it is built with the program and lies beside it.
inline constexpr char kLibavModuleFile[] = "segue_encoders.so";
inline constexpr char kCreateLibavWriter[] = "segueCreateLibavWriter";

/// @param target  any format but WAV
/// @param writer  the result; @errors Unsupported, Internal, and those of writing
using CreateLibavWriter = void (*)(NewFile file, const FileTarget& target,
                                   const StreamFormat& format, std::int64_t numFrames,
                                   Result<std::unique_ptr<AudioFileWriter>>& writer);

} // namespace segue::encode
