// Reads what audio files say about themselves, through TagLib, and through ForeignContainer where
// TagLib does not know the container or finds no length. Runs on the scanner's threads and on
// threads that refresh a track; no state is shared. The file is opened once, without blocking on
// pipes, and never written; whatever is in it, the outcome is Tags or an Error.

#include "library/TagReader.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <fcntl.h>
#include <optional>
#include <unistd.h>
#include <utility>

#include <taglib/aifffile.h>
#include <taglib/apefile.h>
#include <taglib/asffile.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2tag.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/tpropertymap.h>
#include <taglib/trueaudiofile.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>
#include <taglib/wavpackfile.h>

#include "library/ForeignContainer.h"
#include "library/TagBytes.h"
#include "library/TagFields.h"
#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

// The largest pictures of real files are below; a tag of 100 MB would take several times that.
constexpr std::int64_t kLargestTag = std::int64_t{16} << 20;

std::string_view viewOf(const TagLib::ByteVector& bytes) {
    return {bytes.data(), bytes.size()};
}

std::string_view after(std::string_view packet, std::size_t header) {
    return packet.substr(std::min(header, packet.size()));
}

struct Parsed {
    Fields fields;
    Lists lists = Lists::Separate;
    AudioProperties audio;
};

void takeProperties(AudioProperties& audio, const TagLib::AudioProperties* properties,
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

/// How many frames a container tells of; 0: it only tells milliseconds.
template <typename Properties>
std::uint64_t framesOf(const Properties* properties) {
    if constexpr (requires { properties->sampleFrames(); })
        return properties ? properties->sampleFrames() : 0;
    else
        return 0;
}

std::vector<std::string> valuesOf(const TagLib::StringList& list) {
    std::vector<std::string> values;
    for (const TagLib::String& value : list)
        values.push_back(value.to8Bit(true));
    return values;
}

void addFields(Fields& fields, const TagLib::PropertyMap& properties) {
    for (const auto& [key, values] : properties)
        fields.try_emplace(key.upper().to8Bit(true), valuesOf(values));
}

/// Texts that are not UTF-8, which TagLib drops: under keys of which it has nothing.
void addComments(Fields& fields, const Comments& comments) {
    Fields own;
    for (const auto& [key, value] : comments)
        own[key].push_back(value);
    fields.merge(own);
}

/// Free-form items that TagLib has no name for.
void addMp4Items(Fields& fields, const TagLib::MP4::Tag& tag) {
    constexpr std::string_view kFreeForm = "----:com.apple.iTunes:";
    for (const auto& [name, item] : tag.itemMap()) {
        const std::string key = name.upper().to8Bit(true);
        if (key.size() > kFreeForm.size() && name.to8Bit(true).starts_with(kFreeForm))
            fields.try_emplace(key.substr(kFreeForm.size()), valuesOf(item.toStringList()));
    }
}

void addAsfAttributes(Fields& fields, const TagLib::ASF::Tag& tag) {
    for (const auto& [name, attributes] : tag.attributeListMap()) {
        std::vector<std::string> values;
        for (const TagLib::ASF::Attribute& attribute : attributes)
            if (attribute.type() != TagLib::ASF::Attribute::BytesType)
                values.push_back(attribute.toString().to8Bit(true));
        fields.try_emplace(name.upper().to8Bit(true), std::move(values));
    }
}

template <typename File>
void take(Parsed& parsed, const File& file, const char* codec) {
    parsed.audio.codec = codec;
    if (!file.isValid())
        return;
    addFields(parsed.fields, file.properties());
    takeProperties(parsed.audio, file.audioProperties(), framesOf(file.audioProperties()));
}

/// So with a file that may have an ID3v2 tag.
template <typename File>
void takeWithId3(Parsed& parsed, File&& file, const char* codec) {
    take(parsed, file, codec);
    if (const TagLib::ID3v2::Tag* tag = file.ID3v2Tag(); tag && !tag->isEmpty())
        parsed.lists = tag->header()->majorVersion() == 3 ? Lists::Slashes : Lists::Separate;
}

void takeAiff(Parsed& parsed, const TagLib::RIFF::AIFF::File& file) {
    take(parsed, file, "aiff");
    if (file.tag() && !file.tag()->isEmpty() && file.tag()->header()->majorVersion() == 3)
        parsed.lists = Lists::Slashes;
}

void takeMp4(Parsed& parsed, const TagLib::MP4::File& file) {
    const auto* properties = file.audioProperties();
    const bool alac = properties && properties->codec() == TagLib::MP4::Properties::ALAC;
    take(parsed, file, alac ? "alac" : "aac");
    if (file.isValid() && file.tag())
        addMp4Items(parsed.fields, *file.tag());
}

void takeAsf(Parsed& parsed, const TagLib::ASF::File& file) {
    take(parsed, file, "wma");
    if (file.isValid() && file.tag())
        addAsfAttributes(parsed.fields, *file.tag());
}

/// @param header  bytes before the comment in the second packet
template <typename File>
void takeOgg(Parsed& parsed, File& file, const char* codec, std::size_t header) {
    take(parsed, file, codec);
    addComments(parsed.fields, commentsIn(after(viewOf(file.packet(1)), header)));
}

Parsed parse(Bytes& bytes, const Format& format) {
    silenceTagLib();
    TagStream stream(bytes, kLargestTag);
    UncompressedFrames frames;
    Parsed parsed;
    switch (format.container) {
    case Container::Flac: {
        TagLib::FLAC::File file(&stream, &frames);
        take(parsed, file, "flac");
        addComments(parsed.fields, flacComments(bytes, format.start));
        break;
    }
    case Container::OggVorbis: {
        TagLib::Ogg::Vorbis::File file(&stream);
        takeOgg(parsed, file, "vorbis", 7); // "\x03vorbis"
        break;
    }
    case Container::OggOpus: {
        TagLib::Ogg::Opus::File file(&stream);
        takeOgg(parsed, file, "opus", 8); // "OpusTags"
        break;
    }
    case Container::OggFlac: {
        TagLib::Ogg::FLAC::File file(&stream);
        takeOgg(parsed, file, "flac", 4); // the block's header
        break;
    }
    case Container::Wav:
        takeWithId3(parsed, TagLib::RIFF::WAV::File(&stream), "wav");
        break;
    case Container::Aiff:
        takeAiff(parsed, TagLib::RIFF::AIFF::File(&stream));
        break;
    case Container::Mpeg:
        takeWithId3(parsed, TagLib::MPEG::File(&stream, &frames), "mp3");
        break;
    case Container::Adts: // only its ID3v2 tag
        takeWithId3(parsed, TagLib::MPEG::File(&stream, &frames, false), "aac");
        break;
    case Container::Mp4:
        takeMp4(parsed, TagLib::MP4::File(&stream));
        break;
    case Container::Ape:
        take(parsed, TagLib::APE::File(&stream), "ape");
        break;
    case Container::WavPack:
        take(parsed, TagLib::WavPack::File(&stream), "wavpack");
        break;
    case Container::TrueAudio:
        takeWithId3(parsed, TagLib::TrueAudio::File(&stream, &frames), "tta");
        // Some programs write APEv2, where TagLib looks for it in MPEG only.
        addFields(parsed.fields, TagLib::MPEG::File(&stream, &frames, false).properties());
        break;
    case Container::Asf:
        takeAsf(parsed, TagLib::ASF::File(&stream));
        break;
    case Container::LargeWav: // unknown to TagLib
    case Container::Matroska:
    case Container::Dsf:
    case Container::Dsdiff:
    case Container::Unknown:
        break;
    }
    return parsed;
}

bool knownToTagLib(Container container) {
    return container != Container::Unknown && container != Container::Adts &&
           container != Container::Matroska && container != Container::Dsf &&
           container != Container::Dsdiff;
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
    AudioProperties& audio = parsed.audio;
    const bool known = audio.sampleRateHz > 0 && audio.numChannels > 0;
    if (!known || !(audio.durationSeconds > 0)) {
        if (auto foreign = readForeign(bytes, format.container)) {
            audio = std::move(foreign->audio);
            parsed.fields.merge(foreign->fields);
        } else if (!knownToTagLib(format.container)) {
            return fail(ErrorCode::Unsupported, "not an audio format that Segue reads");
        } else if (!known) {
            return fail(ErrorCode::Corrupt, "no audio in it");
        }
    }
    Tags tags;
    fillTags(tags, parsed.fields, parsed.lists, fileName);
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
