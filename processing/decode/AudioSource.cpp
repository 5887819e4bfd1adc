// Which decoder reads a file: by its first bytes, never by its name. Runs on the opening thread.

#include "processing/decode/AudioSource.h"

#include <array>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include "processing/decode/CellSource.h"
#include "processing/decode/Id3.h"
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

Result<std::unique_ptr<Decoder>> openDecoder(SourceFile file) {
    std::array<char, 64> head{};
    const std::int64_t count = file.readAt(0, head.data(), head.size());
    if (auto error = file.takeError())
        return fail(std::move(*error));
    if (count == 0)
        return fail(file.error(ErrorCode::Corrupt, "the file is empty"));
    const std::string_view bytes(head.data(), static_cast<std::size_t>(count));
    if (bytes.starts_with("RIFF") || bytes.starts_with("RIFX") || bytes.starts_with("RF64") ||
        bytes.starts_with("FORM") || bytes.starts_with("fLaC"))
        return openSndfile(std::move(file));
    if (bytes.starts_with("OggS")) {
        // The first page holds one packet, behind a header whose length ends with one lacing value.
        constexpr std::size_t kPageHeaderBytes = 28;
        const std::string_view packet = bytes.substr(std::min(bytes.size(), kPageHeaderBytes));
        if (packet.starts_with("\x01vorbis"))
            return openVorbis(std::move(file));
        if (packet.starts_with("OpusHead"))
            return openOpus(std::move(file));
        return fail(file.error(ErrorCode::Unsupported, "an Ogg codec that Segue does not read"));
    }
    if (bytes.starts_with("ID3")) {
        std::array<char, 4> after{};
        file.readAt(id3v2Bytes(file, 0), after.data(), after.size());
        if (std::memcmp(after.data(), "fLaC", 4) == 0)
            return openSndfile(std::move(file));
    }
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
