// Where lyrics come from. Any thread; nothing is kept. Files are opened without blocking on pipes
// and never written.

#include "library/Lyrics.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <taglib/id3v2tag.h>
#include <taglib/synchronizedlyricsframe.h>
#include <taglib/tpropertymap.h>

#include "library/TagFiles.h"
#include "library/Text.h"
#include "processing/types/FileStamp.h"
#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

constexpr std::array<const char*, 3> kKeys = {"SYNCEDLYRICS", "LYRICS", "UNSYNCEDLYRICS"};

Result<UniqueFd> openFile(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a named pipe must not hang; it has no effect on regular files.
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return fail(errnoError("open '" + path.string() + "'", errno));
    return fd;
}

std::optional<Lyrics> besideTrack(const std::filesystem::path& track) {
    for (const char* ending : {".lrc", ".LRC"}) {
        std::filesystem::path path = track;
        const auto fd = openFile(path.replace_extension(ending));
        const auto stamp = fd ? stampOf(fd->get()) : fail(fd.error());
        if (!stamp)
            continue;
        FileBytes bytes(fd->get(), stamp->sizeBytes);
        return parseLrc(headOf(bytes, 0, kMostLyricsBytes));
    }
    return std::nullopt;
}

/// ID3's own form of synced lyrics.
void addSynced(std::vector<Lyrics>& found, const TagLib::ID3v2::Tag* tag) {
    if (!tag)
        return;
    using Frame = TagLib::ID3v2::SynchronizedLyricsFrame;
    for (const TagLib::ID3v2::Frame* frame : tag->frameList("SYLT")) {
        const auto* synced = dynamic_cast<const Frame*>(frame);
        if (!synced || synced->type() != Frame::Lyrics ||
            synced->timestampFormat() != Frame::AbsoluteMilliseconds)
            continue;
        // Lines, or syllables with a line's end before or behind some.
        Lyrics lyrics;
        lyrics.synced = true;
        const auto& parts = synced->synchedText();
        const bool syllables = std::any_of(
            parts.begin(), parts.end(), [](const auto& part) { return part.text.find("\n") >= 0; });
        std::string line;
        bool begins = true;
        for (const auto& part : parts) {
            const std::string text = part.text.to8Bit(true);
            if (begins || !syllables || text.starts_with('\n')) {
                line.clear();
                lyrics.lines.push_back({std::int64_t{part.time}, ""});
            }
            line += text;
            lyrics.lines.back().text = cleanTag(line);
            begins = text.size() > 1 && text.ends_with('\n');
        }
        found.push_back(std::move(lyrics));
    }
}

std::vector<Lyrics> inside(Bytes& bytes, std::string_view fileName) try {
    std::vector<Lyrics> found;
    visitTagFile(bytes, formatOf(bytes, fileName), static_cast<std::int64_t>(kMostLyricsBytes) * 4,
                 [&](auto& file) {
                     addSynced(found, id3Of(file));
                     const TagLib::PropertyMap properties = file.properties();
                     for (const auto& [key, values] : properties)
                         for (const char* known : kKeys)
                             if (key.startsWith(known) && !values.isEmpty())
                                 found.push_back(parseLrc(values.front().to8Bit(true)));
                 });
    return found;
} catch (const std::exception&) { // TagLib throws what the standard library throws
    return {};
}

} // namespace

Result<std::optional<FoundLyrics>> lyricsOf(const std::filesystem::path& track) {
    const auto fd = openFile(track);
    if (!fd)
        return fail(fd.error());
    const auto stamp = stampOf(fd->get());
    if (!stamp)
        return fail(stamp.error().code, "'" + track.string() + "' is not a regular file");
    std::vector<FoundLyrics> candidates;
    if (auto beside = besideTrack(track))
        candidates.push_back({std::move(*beside), false});
    FileBytes bytes(fd->get(), stamp->sizeBytes);
    for (Lyrics& lyrics : inside(bytes, track.filename().native()))
        candidates.push_back({std::move(lyrics), true});
    for (const bool synced : {true, false})
        for (FoundLyrics& candidate : candidates)
            if (candidate.lyrics.synced == synced && !candidate.lyrics.lines.empty())
                return std::move(candidate);
    return std::nullopt;
}

} // namespace segue::library
