// Which decoder reads a file: by its first bytes, never by its name. Runs on the opening thread.

#include "processing/decode/AudioSource.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include "processing/decode/CellSource.h"
#include "processing/decode/DsdDecoder.h"
#include "processing/decode/FlacDecoder.h"
#include "processing/decode/Id3.h"
#include "processing/decode/LibavModule.h"
#include "processing/decode/Mp3Decoder.h"
#include "processing/decode/OpusDecoder.h"
#include "processing/decode/SndfileDecoder.h"
#include "processing/decode/SourceFile.h"
#include "processing/decode/VorbisDecoder.h"

namespace segue::decode {
namespace {

// No format packs more: a FLAC frame of constant samples holds up to 65535 frames in 11 bytes, an
// Opus packet 5760 in one. A declared length beyond is a lie that would keep a renderer busy for
// years.
constexpr std::int64_t kMostFramesPerByte = 8192;

// What a file begins with, behind ID3 tags, that some programs put before anything.
struct Beginning {
    std::string_view bytes;
    LibavContainer container;
};
constexpr std::array<Beginning, 6> kBeginnings = {{
    {"\x30\x26\xB2\x75\x8E\x66\xCF\x11", LibavContainer::Asf},
    {"MAC ", LibavContainer::Ape},
    {"wvpk", LibavContainer::WavPack},
    {"TTA1", LibavContainer::Tta},
    {"TTA2", LibavContainer::Tta},
    {"\x1A\x45\xDF\xA3", LibavContainer::Matroska},
}};
// The first box of MPEG-4 and QuickTime files, behind its length.
constexpr std::array<std::string_view, 4> kMp4Boxes = {"ftyp", "moov", "mdat", "wide"};

/// Two frames of AAC in a row, as ADTS frames them: unlike MPEG audio's, their layer is 0.
bool isAdts(SourceFile& file, std::int64_t at) {
    for (int i = 0; i < 2; ++i) {
        std::array<std::uint8_t, 7> head{};
        if (i == 1 && at == file.size())
            return true; // one frame is all
        if (file.readAt(at, head.data(), head.size()) != std::int64_t{head.size()} ||
            head[0] != 0xFF || (head[1] & 0xF6) != 0xF0)
            return false;
        const int length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5;
        if (length < 7)
            return false;
        at += length;
    }
    return true;
}

Result<std::unique_ptr<Decoder>> openOgg(SourceFile file, std::string_view bytes) {
    // The first page holds one packet, behind a header whose length ends with one lacing value.
    constexpr std::size_t kPageHeaderBytes = 28;
    const std::string_view packet = bytes.substr(std::min(bytes.size(), kPageHeaderBytes));
    if (packet.starts_with("\x01vorbis"))
        return openVorbis(std::move(file));
    if (packet.starts_with("OpusHead"))
        return openOpus(std::move(file));
    if (packet.starts_with("\x7F"
                           "FLAC"))
        return openLibav(std::move(file), LibavContainer::Ogg);
    return fail(file.error(ErrorCode::Unsupported, "an Ogg codec that Segue does not read"));
}

Result<std::unique_ptr<Decoder>> openDecoder(SourceFile file) {
    std::array<char, 64> head{};
    const std::int64_t tags = id3v2Bytes(file, 0);
    const std::int64_t count = file.readAt(tags, head.data(), head.size());
    if (auto error = file.takeError())
        return fail(std::move(*error));
    if (file.size() == 0)
        return fail(file.error(ErrorCode::Corrupt, "the file is empty"));
    const std::string_view bytes(head.data(), static_cast<std::size_t>(count));
    if (bytes.starts_with("fLaC"))
        return openFlac(std::move(file));
    if (tags == 0 && (bytes.starts_with("RIFF") || bytes.starts_with("RIFX") ||
                      bytes.starts_with("RF64") || bytes.starts_with("FORM")))
        return openSndfile(std::move(file));
    if (bytes.starts_with("OggS") && tags == 0)
        return openOgg(std::move(file), bytes);
    if ((bytes.starts_with("DSD ") || bytes.starts_with("FRM8")) && tags == 0)
        return openDsd(std::move(file));
    for (const Beginning& beginning : kBeginnings)
        if (bytes.starts_with(beginning.bytes))
            return openLibav(std::move(file), beginning.container);
    if (bytes.size() >= 8 && tags == 0 &&
        std::find(kMp4Boxes.begin(), kMp4Boxes.end(), bytes.substr(4, 4)) != kMp4Boxes.end())
        return openLibav(std::move(file), LibavContainer::Mp4);
    if (isAdts(file, tags))
        return openLibav(std::move(file), LibavContainer::Adts);
    return openMp3(std::move(file));
}

} // namespace

Result<std::unique_ptr<AudioSource>> openSource(const std::filesystem::path& path) try {
    auto file = SourceFile::open(path);
    if (!file)
        return fail(std::move(file.error()));
    auto decoder = openDecoder(std::move(*file));
    if (!decoder)
        return fail(std::move(decoder.error()));
    const SourceInfo& info = (*decoder)->info();
    const std::string prefix = "decode '" + path.string() + "': ";
    if (info.numChannels < 1 || info.numChannels > kMaxChannels)
        return fail(ErrorCode::Unsupported,
                    prefix + std::to_string(info.numChannels) + " channels");
    if (info.sampleRateHz < kMinSampleRateHz || info.sampleRateHz > kMaxSampleRateHz)
        return fail(ErrorCode::Unsupported,
                    prefix + "sample rate " + std::to_string(info.sampleRateHz) + " Hz");
    if (info.numFrames / kMostFramesPerByte > info.stamp.sizeBytes)
        return fail(ErrorCode::Corrupt, prefix + "declares " + std::to_string(info.numFrames) +
                                            " frames in " + std::to_string(info.stamp.sizeBytes) +
                                            " bytes");
    return std::make_unique<CellSource>(std::move(*decoder));
} catch (const std::bad_alloc&) {
    return fail(ErrorCode::Internal, "decode '" + path.string() + "': out of memory");
}

} // namespace segue::decode
