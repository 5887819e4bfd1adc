// The bytes of audio files as TagLib and our own parsing see them, bounded against files that lie.
// Any thread; no state is shared but TagLib's silence.

#include "library/TagBytes.h"

#include <initializer_list>
#include <optional>

#include <taglib/tdebuglistener.h>

#include "library/Text.h"

namespace segue::library {

namespace {

/// TagLib prints what it dislikes to stderr unless somebody listens.
class Silence final : public TagLib::DebugListener {
  public:
    void printMessage(const TagLib::String&) override {}
};

} // namespace

std::string headOf(Bytes& bytes, std::int64_t offset, std::size_t count) {
    std::string head(count, '\0');
    head.resize(bytes.readAt(offset, std::as_writable_bytes(std::span(head))));
    return head;
}

void silenceTagLib() {
    // TagLib holds one listener per process; the first call installs it for good.
    static Silence silence;
    static const bool installed = [] {
        TagLib::setDebugListener(&silence);
        return true;
    }();
    static_cast<void>(installed);
}

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
    const auto is = [&head](char first, unsigned mask, unsigned bits) {
        return head.size() >= 2 && head[0] == first &&
               (static_cast<unsigned char>(head[1]) & mask) == bits;
    };
    // These may come after an ID3v2 tag.
    if (at(0, "fLaC"))
        return {Container::Flac, start};
    if (at(0, "MAC "))
        return {Container::Ape, start};
    if (at(0, "TTA1") || at(0, "TTA2"))
        return {Container::TrueAudio, start};
    if (is('\xFF', 0xF6, 0xF0)) // MPEG's sync word with layer 0
        return {Container::Adts, start};
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
    if (at(4, "ftyp"))
        return {Container::Mp4};
    if (at(0, "wvpk"))
        return {Container::WavPack};
    if (at(0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"))
        return {Container::Asf};
    if (at(0, "\x1A\x45\xDF\xA3"))
        return {Container::Matroska};
    if (at(0, "DSD "))
        return {Container::Dsf};
    if (at(0, "FRM8") && at(12, "DSD "))
        return {Container::Dsdiff};
    const bool sync = is('\xFF', 0xE0, 0xE0);
    const bool named = foldCase(displayText(fileName)).ends_with(".mp3");
    return {sync || named ? Container::Mpeg : Container::Unknown};
}

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

} // namespace segue::library
