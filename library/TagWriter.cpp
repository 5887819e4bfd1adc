// All that audio files say, from one format to another, through TagLib. Reading goes through
// TagBytes and is bounded, whatever the file; written are files that the caller has just made. Any
// thread; no state is shared.

#include "library/TagWriter.h"

#include <array>
#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>

#include <taglib/aifffile.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/flacfile.h>
#include <taglib/mp4file.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/tpropertymap.h>
#include <taglib/uniquefileidentifierframe.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>

#include "library/TagBytes.h"
#include "library/Text.h"
#include "processing/types/FileStamp.h"
#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

using TagLib::ByteVector;
using TagLib::PropertyMap;
using TagLib::String;
using TagLib::StringList;

// Where MPEG-4 keeps what it has no name of its own for.
constexpr std::string_view kFreeForm = "----:com.apple.iTunes:";

std::string bytesOf(const ByteVector& bytes) {
    return {bytes.data(), bytes.size()};
}

ByteVector vectorOf(const std::string& bytes) {
    return {bytes.data(), static_cast<unsigned>(bytes.size())};
}

String stringOf(const std::string& text) {
    return {text, String::UTF8};
}

void takeTexts(Metadata& metadata, const PropertyMap& properties) {
    for (const auto& [key, values] : properties) {
        std::vector<std::string>& texts = metadata.texts[key.upper().to8Bit(true)];
        for (const String& value : values)
            texts.push_back(value.to8Bit(true));
    }
}

/// Those that are not UTF-8, which TagLib leaves out.
void takeOddTexts(Metadata& metadata, const Comments& comments) {
    for (const auto& [key, value] : comments)
        if (!isUtf8(value) && isUtf8(key))
            metadata.texts[key].push_back(cleanTag(value));
}

void takePictures(Metadata& metadata, const TagLib::List<TagLib::FLAC::Picture*>& pictures) {
    for (const TagLib::FLAC::Picture* picture : pictures)
        metadata.pictures.push_back({picture->mimeType().to8Bit(true),
                                     picture->description().to8Bit(true), picture->type(),
                                     bytesOf(picture->data())});
}

/// Whether a frame is neither among the properties nor about what the old file's bytes and levels
/// were.
bool isOther(const TagLib::ID3v2::Frame& frame) {
    if (const auto* identifier =
            dynamic_cast<const TagLib::ID3v2::UniqueFileIdentifierFrame*>(&frame))
        return identifier->owner() != "http://musicbrainz.org";
    const ByteVector id = frame.frameID();
    for (const char* known :
         {"COMM", "USLT", "IPLS", "RVA2", "RVAD", "RGAD", "ASPI", "MLLT", "SEEK"})
        if (id == known)
            return false;
    return !id.startsWith("T") && !id.startsWith("W");
}

void takeFrames(Metadata& metadata, const TagLib::ID3v2::Tag& tag) {
    for (const TagLib::ID3v2::Frame* frame : tag.frameList()) {
        if (const auto* picture = dynamic_cast<const TagLib::ID3v2::AttachedPictureFrame*>(frame)) {
            metadata.pictures.push_back({picture->mimeType().to8Bit(true),
                                         picture->description().to8Bit(true), picture->type(),
                                         bytesOf(picture->picture())});
            continue;
        }
        if (isOther(*frame))
            metadata.frames.push_back(bytesOf(frame->render()));
    }
}

void takeId3(Metadata& metadata, const TagLib::ID3v2::Tag* tag) {
    if (tag)
        takeFrames(metadata, *tag);
}

void takeMp4(Metadata& metadata, const TagLib::MP4::Tag& tag) {
    const PropertyMap properties = tag.properties();
    takeTexts(metadata, properties);
    for (const auto& [name, item] : tag.itemMap()) {
        const std::string key = name.to8Bit(true);
        // Some free-form names are properties already, by another name.
        if (key.starts_with(kFreeForm) && properties.unsupportedData().contains(name)) {
            const std::string own = stringOf(key.substr(kFreeForm.size())).upper().to8Bit(true);
            std::vector<std::string> values;
            for (const String& value : item.toStringList())
                values.push_back(value.to8Bit(true));
            metadata.texts.try_emplace(own, std::move(values));
        }
        if (key == "covr")
            for (const TagLib::MP4::CoverArt& cover : item.toCoverArtList())
                metadata.pictures.push_back(
                    {cover.format() == TagLib::MP4::CoverArt::PNG   ? "image/png"
                     : cover.format() == TagLib::MP4::CoverArt::GIF ? "image/gif"
                     : cover.format() == TagLib::MP4::CoverArt::BMP ? "image/bmp"
                                                                    : "image/jpeg",
                     "", 3, bytesOf(cover.data())});
    }
}

std::string_view packetAfter(const ByteVector& packet, unsigned header) {
    return packet.size() < header
               ? std::string_view()
               : std::string_view(packet.data() + header, packet.size() - header);
}

template <typename File>
void takeOgg(Metadata& metadata, File& file, unsigned header) {
    if (!file.isValid() || !file.tag())
        return;
    takeTexts(metadata, file.tag()->properties());
    takeOddTexts(metadata, commentsIn(packetAfter(file.packet(1), header)));
    takePictures(metadata, file.tag()->pictureList());
}

Metadata metadataOf(Bytes& bytes, std::string_view fileName) {
    silenceTagLib();
    const Format format = formatOf(bytes, fileName);
    TagStream stream(bytes);
    UncompressedFrames frames;
    Metadata metadata;
    switch (format.container) {
    case Container::Flac: {
        TagLib::FLAC::File file(&stream, &frames, false);
        takeTexts(metadata, file.properties());
        takeOddTexts(metadata, flacComments(bytes, format.start));
        takePictures(metadata, file.pictureList());
        break;
    }
    case Container::OggVorbis: {
        TagLib::Ogg::Vorbis::File file(&stream, false);
        takeOgg(metadata, file, 7); // "\x03vorbis"
        break;
    }
    case Container::OggOpus: {
        TagLib::Ogg::Opus::File file(&stream, false);
        takeOgg(metadata, file, 8); // "OpusTags"
        break;
    }
    case Container::OggFlac: {
        TagLib::Ogg::FLAC::File file(&stream, false);
        takeOgg(metadata, file, 4); // the block's header
        break;
    }
    case Container::Wav: {
        const TagLib::RIFF::WAV::File file(&stream, false);
        takeTexts(metadata, file.properties());
        takeId3(metadata, file.ID3v2Tag());
        break;
    }
    case Container::Aiff: {
        const TagLib::RIFF::AIFF::File file(&stream, false);
        takeTexts(metadata, file.properties());
        takeId3(metadata, file.tag());
        break;
    }
    case Container::Mpeg: {
        TagLib::MPEG::File file(&stream, &frames, false);
        takeTexts(metadata, file.properties());
        takeId3(metadata, file.ID3v2Tag());
        break;
    }
    case Container::Mp4: {
        const TagLib::MP4::File file(&stream, false);
        if (file.isValid() && file.tag())
            takeMp4(metadata, *file.tag());
        break;
    }
    default: // the rest is unknown to TagLib, or never written by us
        break;
    }
    std::erase_if(metadata.texts, [](const auto& entry) { return entry.second.empty(); });
    return metadata;
}

Result<Metadata> guarded(Bytes& bytes, std::string_view fileName) {
    try {
        return metadataOf(bytes, fileName);
    } catch (const std::exception& e) {
        return fail(ErrorCode::Corrupt, std::string("unreadable tags: ") + e.what());
    }
}

PropertyMap propertiesOf(const Metadata& metadata) {
    PropertyMap properties;
    for (const auto& [key, values] : metadata.texts) {
        StringList list;
        for (const std::string& value : values)
            list.append(stringOf(value));
        properties.insert(stringOf(key), list);
    }
    return properties;
}

std::unique_ptr<TagLib::FLAC::Picture> flacPicture(const Picture& picture) {
    auto made = std::make_unique<TagLib::FLAC::Picture>();
    made->setType(static_cast<TagLib::FLAC::Picture::Type>(picture.type));
    made->setMimeType(stringOf(picture.mimeType));
    made->setDescription(stringOf(picture.description));
    made->setData(vectorOf(picture.bytes));
    return made;
}

void put(TagLib::ID3v2::Tag& tag, const Metadata& metadata) {
    while (!tag.frameList().isEmpty())
        tag.removeFrame(tag.frameList().front());
    tag.setProperties(propertiesOf(metadata));
    for (const Picture& picture : metadata.pictures) {
        auto frame = std::make_unique<TagLib::ID3v2::AttachedPictureFrame>();
        frame->setType(static_cast<TagLib::ID3v2::AttachedPictureFrame::Type>(picture.type));
        frame->setMimeType(stringOf(picture.mimeType));
        frame->setDescription(stringOf(picture.description));
        frame->setTextEncoding(String::UTF8);
        frame->setPicture(vectorOf(picture.bytes));
        tag.addFrame(frame.release());
    }
    TagLib::ID3v2::Header header;
    header.setMajorVersion(4);
    for (const std::string& bytes : metadata.frames)
        if (TagLib::ID3v2::Frame* frame =
                TagLib::ID3v2::FrameFactory::instance()->createFrame(vectorOf(bytes), &header))
            tag.addFrame(frame);
}

void put(TagLib::MP4::Tag& tag, const Metadata& metadata) {
    const TagLib::MP4::ItemMap before = tag.itemMap();
    for (const auto& item : before)
        tag.removeItem(item.first);
    const PropertyMap left = tag.setProperties(propertiesOf(metadata));
    for (const auto& [key, values] : left)
        tag.setItem(String(std::string(kFreeForm)) + key, values);
    TagLib::MP4::CoverArtList covers;
    static const std::array<std::pair<const char*, TagLib::MP4::CoverArt::Format>, 5> kKinds = {{
        {"image/jpeg", TagLib::MP4::CoverArt::JPEG},
        {"image/jpg", TagLib::MP4::CoverArt::JPEG},
        {"image/png", TagLib::MP4::CoverArt::PNG},
        {"image/gif", TagLib::MP4::CoverArt::GIF},
        {"image/bmp", TagLib::MP4::CoverArt::BMP},
    }};
    for (const Picture& picture : metadata.pictures)
        for (const auto& [mimeType, format] : kKinds)
            if (picture.mimeType == mimeType)
                covers.append(TagLib::MP4::CoverArt(format, vectorOf(picture.bytes)));
    if (!covers.isEmpty())
        tag.setItem("covr", covers);
}

/// @return whether it was saved
bool save(const std::filesystem::path& path, Container container, const Metadata& metadata) {
    const PropertyMap properties = propertiesOf(metadata);
    switch (container) {
    case Container::Flac: {
        TagLib::FLAC::File file(path.c_str(), false);
        file.xiphComment(true)->setProperties(properties);
        file.removePictures();
        for (const Picture& picture : metadata.pictures)
            file.addPicture(flacPicture(picture).release());
        return file.save();
    }
    case Container::OggOpus: {
        TagLib::Ogg::Opus::File file(path.c_str(), false);
        file.tag()->setProperties(properties);
        file.tag()->removeAllPictures();
        for (const Picture& picture : metadata.pictures)
            file.tag()->addPicture(flacPicture(picture).release());
        return file.save();
    }
    case Container::Mpeg: {
        TagLib::MPEG::File file(path.c_str(), false);
        put(*file.ID3v2Tag(true), metadata);
        return file.save(TagLib::MPEG::File::ID3v2, TagLib::File::StripOthers, TagLib::ID3v2::v4);
    }
    case Container::Wav: {
        TagLib::RIFF::WAV::File file(path.c_str(), false);
        file.InfoTag()->setProperties(properties); // for players that know no other
        put(*file.ID3v2Tag(), metadata);
        return file.save();
    }
    case Container::Mp4: {
        TagLib::MP4::File file(path.c_str(), false);
        put(*file.tag(), metadata);
        return file.save();
    }
    default:
        break;
    }
    return false;
}

struct Opened {
    UniqueFd fd;
    std::int64_t size = 0;
};

Result<Opened> open(const std::filesystem::path& path) {
    const std::string name = "'" + path.string() + "'";
    // O_NONBLOCK: opening a named pipe must not hang; it has no effect on regular files.
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return fail(errnoError("open " + name, errno));
    const auto stamp = stampOf(fd.get());
    if (!stamp)
        return fail(stamp.error().code, name + " is not a regular file");
    return Opened{std::move(fd), stamp->sizeBytes};
}

} // namespace

Result<Metadata> readMetadata(const std::filesystem::path& path) {
    const auto opened = open(path);
    if (!opened)
        return fail(opened.error());
    FileBytes bytes(opened->fd.get(), opened->size);
    auto metadata = guarded(bytes, path.filename().native());
    if (bytes.error() != 0)
        return fail(errnoError("read '" + path.string() + "'", bytes.error()));
    if (!metadata)
        return fail(metadata.error().code, "'" + path.string() + "': " + metadata.error().message);
    return metadata;
}

Result<Metadata> readMetadata(std::span<const std::byte> bytes, std::string_view fileName) {
    MemoryBytes memory(bytes);
    return guarded(memory, fileName);
}

Result<void> writeMetadata(const std::filesystem::path& path, const Metadata& metadata) {
    const auto opened = open(path);
    if (!opened)
        return fail(opened.error());
    FileBytes bytes(opened->fd.get(), opened->size);
    const Container container = formatOf(bytes, "").container;
    if (container == Container::LargeWav || container == Container::Unknown ||
        container > Container::Mp4)
        return fail(ErrorCode::Unsupported,
                    "'" + path.string() + "': tags cannot be written into this format");
    silenceTagLib();
    if (!save(path, container, metadata))
        return fail(ErrorCode::Io, "'" + path.string() + "': the tags could not be written");
    return {};
}

} // namespace segue::library
