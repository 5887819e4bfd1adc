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
#include <limits>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>
#include <vector>

#include <sndfile.h>
#include <taglib/aifffile.h>
#include <taglib/flacfile.h>
#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2header.h>
#include <taglib/mpegfile.h>
#include <taglib/oggflacfile.h>
#include <taglib/opusfile.h>
#include <taglib/tdebuglistener.h>
#include <taglib/tiostream.h>
#include <taglib/tpropertymap.h>
#include <taglib/vorbisfile.h>
#include <taglib/wavfile.h>

#include "library/Text.h"
#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

/// Bytes of a file, wherever they lie.
class Bytes {
  public:
    virtual ~Bytes() = default;
    virtual std::int64_t size() const = 0;
    /// @return bytes read, fewer at the end of the file or after a read error
    virtual std::size_t readAt(std::int64_t offset, std::span<std::byte> out) = 0;
};

class MemoryBytes final : public Bytes {
  public:
    explicit MemoryBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}
    std::int64_t size() const override { return static_cast<std::int64_t>(bytes_.size()); }
    std::size_t readAt(std::int64_t offset, std::span<std::byte> out) override {
        if (offset < 0 || offset >= size())
            return 0;
        const auto rest = bytes_.subspan(static_cast<std::size_t>(offset));
        const std::size_t count = std::min(out.size(), rest.size());
        std::copy_n(rest.begin(), count, out.begin());
        return count;
    }

  private:
    std::span<const std::byte> bytes_;
};

class FileBytes final : public Bytes {
  public:
    FileBytes(int fd, std::int64_t size) : fd_(fd), size_(size) {}
    std::int64_t size() const override { return size_; }
    std::size_t readAt(std::int64_t offset, std::span<std::byte> out) override {
        std::size_t done = 0;
        while (offset >= 0 && done < out.size()) {
            const ssize_t count = ::pread(fd_, out.data() + done, out.size() - done,
                                          offset + static_cast<std::int64_t>(done));
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0 && error_ == 0)
                error_ = errno;
            if (count <= 0)
                break;
            done += static_cast<std::size_t>(count);
        }
        return done;
    }
    /// errno of the first failed read; 0: none
    int error() const { return error_; }

  private:
    int fd_;
    std::int64_t size_;
    int error_ = 0;
};

std::string headOf(Bytes& bytes, std::int64_t offset, std::size_t count) {
    std::string head(count, '\0');
    head.resize(bytes.readAt(offset, std::as_writable_bytes(std::span(head))));
    return head;
}

/// What TagLib reads from. A hostile file can send it back and forth; after several times the
/// file's size it finds no more bytes and comes to an end.
class TagStream final : public TagLib::IOStream {
  public:
    explicit TagStream(Bytes& bytes)
        : bytes_(bytes), budget_(8 * std::min(bytes.size(), kLargestRead) + (64 << 20)) {}

    TagLib::FileName name() const override { return ""; }
    TagLib::ByteVector readBlock(unsigned long length) override {
        const std::int64_t left = std::min(bytes_.size() - position_, budget_);
        if (left <= 0)
            return {};
        const auto count =
            std::min({static_cast<std::uint64_t>(length), static_cast<std::uint64_t>(left),
                      std::uint64_t{std::numeric_limits<int>::max()}});
        TagLib::ByteVector block(static_cast<unsigned>(count));
        const std::size_t read =
            bytes_.readAt(position_, std::as_writable_bytes(std::span(block.data(), block.size())));
        block.resize(static_cast<unsigned>(read));
        position_ += static_cast<std::int64_t>(read);
        budget_ -= static_cast<std::int64_t>(read);
        return block;
    }
    void seek(long offset, Position from) override {
        const std::int64_t base = from == Beginning ? 0 : from == Current ? position_ : length();
        std::int64_t target = 0;
        if (!__builtin_add_overflow(base, std::int64_t{offset}, &target))
            position_ = std::max<std::int64_t>(target, 0);
    }
    long tell() const override { return position_; }
    long length() override { return bytes_.size(); }
    bool readOnly() const override { return true; }
    bool isOpen() const override { return true; }
    void writeBlock(const TagLib::ByteVector&) override {}
    void insert(const TagLib::ByteVector&, unsigned long, unsigned long) override {}
    void removeBlock(unsigned long, unsigned long) override {}
    void truncate(long) override {}

  private:
    static constexpr std::int64_t kLargestRead = std::int64_t{1} << 40;
    Bytes& bytes_;
    std::int64_t position_ = 0;
    std::int64_t budget_;
};

/// Names TagLib's frame header, which is protected there.
struct FrameAccess : TagLib::ID3v2::Frame {
    using FrameHeader = TagLib::ID3v2::Frame::Header;
};

/// Ends a tag at its first compressed frame: nobody writes them, and a few megabytes of one unpack
/// to gigabytes.
class UncompressedFrames final : public TagLib::ID3v2::FrameFactory {
  protected:
    bool updateFrame(FrameAccess::FrameHeader* header) const override {
        if (header->compression()) {
            header->setFrameSize(0);
            return false;
        }
        return FrameFactory::updateFrame(header);
    }
};

/// TagLib prints what it dislikes to stderr unless somebody listens.
class Silence final : public TagLib::DebugListener {
  public:
    void printMessage(const TagLib::String&) override {}
};

void silenceTagLib() {
    // TagLib holds one listener per process; the first call installs it for good.
    static Silence silence;
    static const bool installed = [] {
        TagLib::setDebugListener(&silence);
        return true;
    }();
    static_cast<void>(installed);
}

enum class Container { Unknown, Flac, OggVorbis, OggOpus, OggFlac, Wav, LargeWav, Aiff, Mpeg };

struct Format {
    Container container = Container::Unknown;
    std::int64_t start = 0; ///< after a leading ID3v2 tag
};

Format formatOf(Bytes& bytes, std::string_view fileName) {
    std::int64_t start = 0;
    std::string head = headOf(bytes, 0, 512);
    const auto at = [&head](std::size_t offset, std::string_view magic) {
        return head.compare(std::min(offset, head.size()), magic.size(), magic) == 0;
    };
    const bool id3 = at(0, "ID3") && head.size() >= 10;
    if (id3) { // the tag's size: four times seven bits
        start = 10;
        for (int i = 0; i < 4; ++i)
            start += std::int64_t{head[static_cast<std::size_t>(6 + i)] & 0x7F} << 7 * (3 - i);
        head = headOf(bytes, start, 4);
    }
    if (at(0, "fLaC"))
        return {Container::Flac, start};
    if (id3)
        return {Container::Mpeg, start};
    if (at(0, "OggS") && head.size() > 27) {
        const std::size_t packet = 27 + static_cast<unsigned char>(head[26]);
        if (at(packet, "\x01vorbis"))
            return {Container::OggVorbis};
        if (at(packet, "OpusHead"))
            return {Container::OggOpus};
        if (at(packet, "\x7F"
                       "FLAC"))
            return {Container::OggFlac};
        return {};
    }
    if (at(0, "RIFF") && at(8, "WAVE"))
        return {Container::Wav};
    if (at(0, "RF64") || at(0, "BW64") || at(0, "riff"))
        return {Container::LargeWav};
    if (at(0, "FORM") && (at(8, "AIFF") || at(8, "AIFC")))
        return {Container::Aiff};
    const bool sync = head.size() >= 2 && head[0] == '\xFF' && (head[1] & 0xE0) == 0xE0;
    const bool named = foldCase(displayText(fileName)).ends_with(".mp3");
    return {sync || named ? Container::Mpeg : Container::Unknown};
}

/// The entries of a Vorbis comment, as bytes, keys in upper case.
using Comments = std::vector<std::pair<std::string, std::string>>;

Comments commentsIn(std::string_view packet) {
    const auto number = [&packet]() -> std::optional<std::uint32_t> {
        if (packet.size() < 4)
            return std::nullopt;
        std::uint32_t value = 0;
        for (std::size_t i = 4; i-- > 0;)
            value = value << 8 | static_cast<unsigned char>(packet[i]);
        packet.remove_prefix(4);
        return value;
    };
    const auto text = [&]() -> std::optional<std::string_view> {
        const auto length = number();
        if (!length || *length > packet.size())
            return std::nullopt;
        const std::string_view value = packet.substr(0, *length);
        packet.remove_prefix(*length);
        return value;
    };
    Comments comments;
    const auto vendor = text();
    const auto count = vendor ? number() : std::nullopt;
    for (std::uint32_t i = 0; count && i < *count; ++i) {
        const auto entry = text();
        if (!entry)
            break;
        const auto equals = entry->find('=');
        if (equals == std::string_view::npos)
            continue;
        std::string key(entry->substr(0, equals));
        for (char& c : key)
            c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        comments.emplace_back(std::move(key), entry->substr(equals + 1));
    }
    return comments;
}

/// The comment block of a native FLAC file.
Comments flacComments(Bytes& bytes, std::int64_t streamStart) {
    constexpr int kCommentBlock = 4;
    constexpr int kMaxBlocks = 1000; // a hostile file could be nothing but empty blocks
    std::int64_t at = streamStart + 4;
    for (int i = 0; i < kMaxBlocks; ++i) {
        const std::string head = headOf(bytes, at, 4);
        if (head.size() < 4)
            return {};
        const auto byte = [&head](std::size_t k) {
            return std::int64_t{static_cast<unsigned char>(head[k])};
        };
        const std::int64_t length = byte(1) << 16 | byte(2) << 8 | byte(3);
        if ((head[0] & 0x7F) == kCommentBlock)
            return commentsIn(headOf(bytes, at + 4, static_cast<std::size_t>(length)));
        if ((head[0] & 0x80) != 0)
            return {};
        at += 4 + length;
    }
    return {};
}

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
        else if (format.container == Container::Unknown)
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
