#pragma once

#include <taglib/aifffile.h>
#include <taglib/apefile.h>
#include <taglib/asffile.h>
#include <taglib/flacfile.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/trueaudiofile.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>

#include <type_traits>

#include "library/TagBytes.h"

namespace segue::library {

/// Calls `visit(file)` with TagLib's reader of the format, opened for its tags alone; not at all
/// for formats that TagLib does not know.
/// @param largestBlock  what is longer is left out
template <typename Visit>
void visitTagFile(Bytes& bytes, const Format& format, std::int64_t largestBlock, Visit&& visit) {
    constexpr bool kNoProperties = false;
    TagStream stream(bytes, largestBlock);
    UncompressedFrames frames;
    const auto with = [&](auto&& file) { visit(file); };
    silenceTagLib();
    switch (format.container) {
    case Container::Flac:
        return with(TagLib::FLAC::File(&stream, &frames, kNoProperties));
    case Container::OggVorbis:
        return with(TagLib::Ogg::Vorbis::File(&stream, kNoProperties));
    case Container::OggOpus:
        return with(TagLib::Ogg::Opus::File(&stream, kNoProperties));
    case Container::OggFlac:
        return with(TagLib::Ogg::FLAC::File(&stream, kNoProperties));
    case Container::Wav:
        return with(TagLib::RIFF::WAV::File(&stream, kNoProperties));
    case Container::Aiff:
        return with(TagLib::RIFF::AIFF::File(&stream, kNoProperties));
    case Container::Mpeg:
    case Container::Adts:
        return with(TagLib::MPEG::File(&stream, &frames, kNoProperties));
    case Container::Mp4:
        return with(TagLib::MP4::File(&stream, kNoProperties));
    case Container::Ape:
        return with(TagLib::APE::File(&stream, kNoProperties));
    case Container::WavPack:
        return with(TagLib::WavPack::File(&stream, kNoProperties));
    case Container::TrueAudio:
        return with(TagLib::TrueAudio::File(&stream, &frames, kNoProperties));
    case Container::Asf:
        return with(TagLib::ASF::File(&stream, kNoProperties));
    default:
        return;
    }
}

/// The ID3v2 tag of those files that may have one; null: there is none.
template <typename File>
const TagLib::ID3v2::Tag* id3Of(File& file) {
    if constexpr (requires { file.ID3v2Tag(); })
        return file.ID3v2Tag();
    else if constexpr (std::is_same_v<File, TagLib::RIFF::AIFF::File>)
        return file.tag();
    else
        return nullptr;
}

} // namespace segue::library
