// What TagLib cannot say about a file: RF64 and W64, which it does not know, and lengths that it
// did not find, are asked of libsndfile; containers that neither knows, of our decoders. Runs on
// the threads that read tags; no state is shared. Nothing is ever written.

#include "library/ForeignContainer.h"

#include <memory>
#include <utility>

#include <sndfile.h>

#include "processing/decode/AudioSource.h"
#include "processing/decode/ContainerTags.h"

namespace segue::library {

namespace {

struct SoundFileCursor {
    Bytes* bytes;
    sf_count_t position = 0;
};

SF_VIRTUAL_IO soundFileIo() {
    SF_VIRTUAL_IO io{};
    io.get_filelen = [](void* user) -> sf_count_t {
        return static_cast<SoundFileCursor*>(user)->bytes->size();
    };
    io.seek = [](sf_count_t offset, int whence, void* user) -> sf_count_t {
        auto& cursor = *static_cast<SoundFileCursor*>(user);
        const sf_count_t base = whence == SEEK_SET   ? 0
                                : whence == SEEK_CUR ? cursor.position
                                                     : cursor.bytes->size();
        sf_count_t target = 0;
        if (__builtin_add_overflow(base, offset, &target) || target < 0)
            return -1;
        return cursor.position = target;
    };
    io.read = [](void* out, sf_count_t count, void* user) -> sf_count_t {
        auto& cursor = *static_cast<SoundFileCursor*>(user);
        if (count <= 0)
            return 0;
        const std::size_t read = cursor.bytes->readAt(
            cursor.position, {static_cast<std::byte*>(out), static_cast<std::size_t>(count)});
        cursor.position += static_cast<sf_count_t>(read);
        return static_cast<sf_count_t>(read);
    };
    io.write = [](const void*, sf_count_t, void*) -> sf_count_t { return 0; };
    io.tell = [](void* user) -> sf_count_t {
        return static_cast<SoundFileCursor*>(user)->position;
    };
    return io;
}

std::string codecOf(int format) {
    switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_RF64:
    case SF_FORMAT_W64:
        return "wav";
    case SF_FORMAT_AIFF:
        return "aiff";
    case SF_FORMAT_FLAC:
        return "flac";
    default:
        return {};
    }
}

/// Not asked about Ogg and MPEG: there it knows no more than TagLib, leaks when an Ogg header is
/// broken, and lets mpg123 write to stderr.
bool mayAskSoundFile(Container container) {
    return container == Container::Flac || container == Container::Wav ||
           container == Container::LargeWav || container == Container::Aiff;
}

std::optional<AudioProperties> askSoundFile(Bytes& bytes) {
    SoundFileCursor cursor{&bytes};
    SF_VIRTUAL_IO io = soundFileIo();
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(
        sf_open_virtual(&io, SFM_READ, &info, &cursor), sf_close);
    std::string codec = file ? codecOf(info.format) : std::string();
    if (codec.empty() || info.samplerate <= 0 || info.channels <= 0)
        return std::nullopt;
    const bool counted = info.frames > 0 && info.frames < SF_COUNT_MAX;
    return AudioProperties{counted ? static_cast<double>(info.frames) / info.samplerate : 0.0,
                           info.samplerate, info.channels, std::move(codec)};
}

/// What TagLib does not know, or may tell no length of: fragments of MPEG-4, Ogg without a total.
bool mayAskDecoder(Container container) {
    return container == Container::Adts || container == Container::Matroska ||
           container == Container::Dsf || container == Container::Dsdiff ||
           container == Container::Mp4 || container == Container::OggFlac;
}

std::optional<ForeignFile> askDecoder(const std::string& path, Container container) {
    const auto source = decode::openSource(path);
    if (!source)
        return std::nullopt;
    const decode::SourceInfo& info = (*source)->info();
    ForeignFile file{{static_cast<double>(info.numFrames) / info.sampleRateHz, info.sampleRateHz,
                      info.numChannels, info.codec},
                     {}};
    if (container == Container::Matroska)
        for (auto& [key, value] : decode::containerTags(path))
            file.fields[key].push_back(std::move(value));
    return file;
}

} // namespace

std::optional<ForeignFile> readForeign(Bytes& bytes, Container container) {
    if (mayAskDecoder(container) && !bytes.path().empty())
        return askDecoder(bytes.path(), container);
    if (!mayAskSoundFile(container))
        return std::nullopt;
    auto audio = askSoundFile(bytes);
    if (!audio)
        return std::nullopt;
    return ForeignFile{std::move(*audio), {}};
}

} // namespace segue::library
