#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "processing/encode/PcmFormat.h"
#include "processing/types/Audio.h"
#include "processing/types/Error.h"

namespace segue::encode {

enum class FileFormat { Wav, Flac, Mp3, Opus, Aac, Alac };

/// What is known of a format without an encoder.
struct FormatTraits {
    FileFormat format;
    std::string_view name;      ///< on command lines
    std::string_view extension; ///< with its dot
    bool lossless;
    int leastKbps, mostKbps, defaultKbps; ///< of two channels; 0: its quality is no bit rate
    int mostChannels;
};

/// In the order in which they are listed. MP3 without a bit rate is LAME's V0, about 245 kbit/s.
inline constexpr std::array<FormatTraits, 6> kFileFormats = {{
    {FileFormat::Wav, "wav", ".wav", true, 0, 0, 0, kMaxChannels},
    {FileFormat::Flac, "flac", ".flac", true, 0, 0, 0, kMaxChannels},
    {FileFormat::Mp3, "mp3", ".mp3", false, 32, 320, 0, 2},
    {FileFormat::Opus, "opus", ".opus", false, 16, 510, 160, kMaxChannels},
    {FileFormat::Aac, "aac", ".m4a", false, 32, 512, 256, kMaxChannels},
    // FFmpeg 5.1 ends the process on a short block of more channels.
    {FileFormat::Alac, "alac", ".m4a", true, 0, 0, 0, 2},
}};

const FormatTraits& traitsOf(FileFormat format);
const FormatTraits* findFormat(std::string_view name);
/// By a file name's extension, whatever its case; `.m4a` is AAC.
const FormatTraits* formatOfExtension(std::string_view extension);

/// What a file is written as.
struct FileTarget {
    FileFormat format = FileFormat::Wav;
    int bits = 16; ///< of lossless formats: 16 or 24, WAV also 32 (float)
    int kbps = 0;  ///< of lossy ones; 0: the default

    bool operator==(const FileTarget&) const = default;
};

/// @errors InvalidArgument: bits or a bit rate that the format does not have
Result<void> check(const FileTarget& target);

/// What its encoder wants: integers for lossless formats, float, without dither, for the others.
PcmFormat pcmFor(const FileTarget& target);

/// The rate of the file: the source's, or the nearest that the format has. Opus is 48 kHz always.
int sampleRateFor(FileFormat format, int sourceRateHz);

} // namespace segue::encode
