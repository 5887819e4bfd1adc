#pragma once

#include <memory>

#include "processing/decode/Decoder.h"
#include "processing/decode/SourceFile.h"

namespace segue::decode {

/// What is read through FFmpeg's libraries.
enum class LibavContainer { Mp4, Adts, Asf, Ape, WavPack, Tta, Matroska, Ogg };

/// AAC, ALAC, WMA, Monkey's Audio, WavPack, True Audio, and FLAC, Opus, Vorbis, MP3 or PCM in
/// those containers. Opening reads the file through where the container has no table of contents.
///
/// A decoder restarts at cells of 5 s in lossy codecs. What precedes and follows the sound by the
/// container's word (edit lists and iTunSMPB in MPEG-4; delay and padding in Matroska) is left out.
/// @errors Unsupported (also when the module with FFmpeg's libraries is not there), Corrupt, Io
Result<std::unique_ptr<Decoder>> openLibav(SourceFile file, LibavContainer container);

/// The module that does it; it is built with the program and lies beside it.
inline constexpr char kLibavModuleFile[] = "segue_decoders.so";
inline constexpr char kOpenLibavDecoder[] = "segueOpenLibavDecoder";
using OpenLibavDecoder = void (*)(SourceFile file, LibavContainer container,
                                  Result<std::unique_ptr<Decoder>>& decoder);

} // namespace segue::decode
