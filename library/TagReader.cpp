// Reads what audio files say about themselves, through TagLib, and through libsndfile where TagLib
// does not know the container (RF64, W64) or finds no length. Runs on the scanner's thread and on
// threads that refresh a track; no state is shared. The file is opened once, without blocking on
// pipes, and never written; whatever is in it, the outcome is Tags or an Error.

#include "library/TagReader.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <initializer_list>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

#include <sndfile.h>
#include <taglib/aifffile.h>
#include <taglib/flacfile.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>

#include "library/TagBytes.h"
#include "library/Text.h"
#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

std::string_view viewOf(const TagLib::ByteVector& bytes) {
    return {bytes.data(), bytes.size()};
}

std::string_view after(std::string_view packet, std::size_t header) {
    return packet.substr(std::min(header, packet.size()));
}

struct Audio {
    double durationSeconds = 0;
    int sampleRateHz = 0, numChannels = 0;
    std::string codec;
};

void takeProperties(Audio& audio, const TagLib::AudioProperties* properties,
                    std::uint64_t numFrames) {
    if (!properties)
        return;
    audio.sampleRateHz = properties->sampleRate();
    audio.numChannels = properties->channels();
    if (audio.sampleRateHz > 0 && numFrames > 0)
        audio.durationSeconds = static_cast<double>(numFrames) / audio.sampleRateHz;
    else
        audio.durationSeconds = std::max(properties->lengthInMilliseconds(), 0) / 1000.0;
}

struct Parsed {
    TagLib::PropertyMap properties;
    Comments comments; ///< as bytes: TagLib drops those that are not UTF-8
    Audio audio;
};

std::uint64_t framesOf(const TagLib::AudioProperties*) {
    return 0; // this container only tells milliseconds
}
std::uint64_t framesOf(const TagLib::FLAC::Properties* properties) {
    return properties ? properties->sampleFrames() : 0;
}
std::uint64_t framesOf(const TagLib::RIFF::WAV::Properties* properties) {
    return properties ? properties->sampleFrames() : 0;
}
std::uint64_t framesOf(const TagLib::RIFF::AIFF::Properties* properties) {
    return properties ? properties->sampleFrames() : 0;
}

template <typename File>
void take(Parsed& parsed, const File& file, const char* codec) {
    parsed.audio.codec = codec;
    if (!file.isValid())
        return;
    parsed.properties = file.properties();
    takeProperties(parsed.audio, file.audioProperties(), framesOf(file.audioProperties()));
}

Parsed parse(Bytes& bytes, const Format& format) {
    silenceTagLib();
    TagStream stream(bytes);
    UncompressedFrames frames;
    Parsed parsed;
    switch (format.container) {
    case Container::Flac: {
        TagLib::FLAC::File file(&stream, &frames);
        take(parsed, file, "flac");
        parsed.comments = flacComments(bytes, format.start);
        break;
    }
    case Container::OggVorbis: {
        TagLib::Ogg::Vorbis::File file(&stream);
        take(parsed, file, "vorbis");
        parsed.comments = commentsIn(after(viewOf(file.packet(1)), 7)); // "\x03vorbis"
        break;
    }
    case Container::OggOpus: {
        TagLib::Ogg::Opus::File file(&stream);
        take(parsed, file, "opus");
        parsed.comments = commentsIn(after(viewOf(file.packet(1)), 8)); // "OpusTags"
        break;
    }
    case Container::OggFlac: {
        TagLib::Ogg::FLAC::File file(&stream);
        take(parsed, file, "flac");
        parsed.comments = commentsIn(after(viewOf(file.packet(1)), 4)); // the block's header
        break;
    }
    case Container::Wav:
        take(parsed, TagLib::RIFF::WAV::File(&stream), "wav");
        break;
    case Container::Aiff:
        take(parsed, TagLib::RIFF::AIFF::File(&stream), "aiff");
        break;
    case Container::Mpeg:
        take(parsed, TagLib::MPEG::File(&stream, &frames), "mp3");
        break;
    case Container::LargeWav: // unknown to TagLib
    case Container::Mp4:      // unknown to our decoders
    case Container::Unknown:
        break;
    }
    return parsed;
}

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

/// @return nothing when libsndfile finds no audio of ours either
std::optional<Audio> askSoundFile(Bytes& bytes) {
    SoundFileCursor cursor{&bytes};
    SF_VIRTUAL_IO io = soundFileIo();
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(
        sf_open_virtual(&io, SFM_READ, &info, &cursor), sf_close);
    std::string codec = file ? codecOf(info.format) : std::string();
    if (codec.empty() || info.samplerate <= 0 || info.channels <= 0)
        return std::nullopt;
    const bool counted = info.frames > 0 && info.frames < SF_COUNT_MAX;
    return Audio{counted ? static_cast<double>(info.frames) / info.samplerate : 0.0,
                 info.samplerate, info.channels, std::move(codec)};
}

/// The first of `keys` that the file has; several values of it read as a list.
std::string textOf(const Parsed& parsed, std::initializer_list<const char*> keys) {
    std::string text;
    const auto add = [&text](std::string_view value) {
        const std::string clean = cleanTag(value);
        if (!clean.empty() && text.size() < kMaxTagBytes)
            text += (text.empty() ? "" : "; ") + clean;
    };
    for (const char* key : keys) {
        if (parsed.properties.contains(key))
            for (const TagLib::String& value : parsed.properties[key])
                add(value.to8Bit(true));
        if (text.empty())
            for (const auto& [name, value] : parsed.comments)
                if (name == key)
                    add(value);
        if (!text.empty())
            break;
    }
    return cleanTag(text);
}

/// The number that `text` starts with ("3/12" is 3); 0 when there is none in 0 .. `max`.
int numberIn(std::string_view text, int max) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && number >= 0 && number <= max ? number : 0;
}

Result<Tags> tagsFrom(Bytes& bytes, std::string_view fileName) {
    if (bytes.size() == 0)
        return fail(ErrorCode::Corrupt, "the file is empty");
    const Format format = formatOf(bytes, fileName);
    Parsed parsed;
    try {
        parsed = parse(bytes, format);
    } catch (const std::exception& e) {
        return fail(ErrorCode::Corrupt, std::string("unreadable tags: ") + e.what());
    }
    Audio& audio = parsed.audio;
    const bool known = audio.sampleRateHz > 0 && audio.numChannels > 0;
    if (!known || !(audio.durationSeconds > 0)) {
        auto asked = mayAskSoundFile(format.container) ? askSoundFile(bytes) : std::nullopt;
        if (asked)
            audio = std::move(*asked);
        else if (format.container == Container::Unknown || format.container == Container::Mp4)
            return fail(ErrorCode::Unsupported, "not an audio format that Segue reads");
        else if (!known)
            return fail(ErrorCode::Corrupt, "no audio in it");
    }
    // Far above anything real, and exact in the integers that count frames.
    constexpr int kMaxNumber = 999'999;
    constexpr int kMaxYear = 9999;
    Tags tags;
    tags.title = textOf(parsed, {"TITLE"});
    if (tags.title.empty()) // of the file's name, what there is to show
        tags.title =
            cleanTag(displayText(std::filesystem::path(std::string(fileName)).stem().native()));
    if (tags.title.empty())
        tags.title = cleanTag(displayText(fileName));
    tags.artist = textOf(parsed, {"ARTIST"});
    tags.album = textOf(parsed, {"ALBUM"});
    tags.albumArtist = textOf(parsed, {"ALBUMARTIST", "ALBUM ARTIST"});
    tags.genre = textOf(parsed, {"GENRE"});
    tags.trackNumber = numberIn(textOf(parsed, {"TRACKNUMBER"}), kMaxNumber);
    tags.discNumber = numberIn(textOf(parsed, {"DISCNUMBER"}), kMaxNumber);
    tags.year = numberIn(textOf(parsed, {"DATE", "YEAR"}), kMaxYear);
    tags.durationSeconds = audio.durationSeconds;
    tags.sampleRateHz = audio.sampleRateHz;
    tags.numChannels = audio.numChannels;
    tags.codec = std::move(audio.codec);
    return tags;
}

} // namespace

Result<FileTags> readTags(const std::filesystem::path& path) {
    const std::string name = "'" + path.string() + "'";
    // O_NONBLOCK: opening a named pipe must not hang; it has no effect on regular files.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return fail(errnoError("open " + name, errno));
    const auto stamp = stampOf(fd.get());
    if (!stamp)
        return fail(stamp.error().code, name + " is not a regular file");
    FileBytes bytes(fd.get(), stamp->sizeBytes);
    auto tags = tagsFrom(bytes, path.filename().native());
    if (bytes.error() != 0)
        return fail(errnoError("read " + name, bytes.error()));
    const auto stampAfter = stampOf(fd.get());
    if (!stampAfter)
        return fail(stampAfter.error());
    if (*stampAfter != *stamp)
        return fail(ErrorCode::Changed, name + " was edited while it was read");
    if (!tags)
        return fail(tags.error().code, name + ": " + tags.error().message);
    return FileTags{std::move(*tags), *stamp};
}

Result<Tags> readTags(std::span<const std::byte> bytes, std::string_view fileName) {
    MemoryBytes memory(bytes);
    return tagsFrom(memory, fileName);
}

} // namespace segue::library
