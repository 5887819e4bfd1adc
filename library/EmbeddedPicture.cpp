// Pictures inside of files, through TagLib. Any thread; no state is shared. The file is opened
// without blocking on pipes and never written; whatever is in it, the outcome is a picture, none or
// an Error.

#include "library/EmbeddedPicture.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <string>
#include <utility>

#include <taglib/apetag.h>
#include <taglib/attachedpictureframe.h>
#include <taglib/id3v2tag.h>
#include <taglib/xiphcomment.h>

#include "library/TagFiles.h"
#include "processing/types/FileStamp.h"
#include "processing/types/UniqueFd.h"

namespace segue::library {

namespace {

constexpr std::int64_t kLargestPicture = std::int64_t{16} << 20;

/// The front cover, else the first that comes.
class Choice {
  public:
    void add(const TagLib::ByteVector& bytes, bool front) {
        if (bytes.isEmpty() || bytes.size() > kLargestPicture || (chosen_ && (front_ || !front)))
            return;
        chosen_ = std::string(bytes.data(), bytes.size());
        front_ = front;
    }
    std::optional<std::string> take() { return std::move(chosen_); }

  private:
    std::optional<std::string> chosen_;
    bool front_ = false;
};

void addPictures(Choice& choice, const TagLib::List<TagLib::FLAC::Picture*>& pictures) {
    for (const TagLib::FLAC::Picture* picture : pictures)
        choice.add(picture->data(), picture->type() == TagLib::FLAC::Picture::FrontCover);
}

void addId3(Choice& choice, const TagLib::ID3v2::Tag* tag) {
    if (!tag)
        return;
    using Frame = TagLib::ID3v2::AttachedPictureFrame;
    for (const TagLib::ID3v2::Frame* frame : tag->frameList("APIC"))
        if (const auto* picture = dynamic_cast<const Frame*>(frame))
            choice.add(picture->picture(), picture->type() == Frame::FrontCover);
}

void addXiph(Choice& choice, TagLib::Ogg::XiphComment* comment) {
    if (comment)
        addPictures(choice, comment->pictureList());
}

/// A name, a zero, then the picture.
void addApe(Choice& choice, const TagLib::APE::Tag* tag) {
    if (!tag)
        return;
    for (const auto& [key, item] : tag->itemListMap()) {
        if (!key.startsWith("COVER ART"))
            continue;
        const TagLib::ByteVector data = item.binaryData();
        const int end = data.find('\0');
        if (end >= 0)
            choice.add(data.mid(static_cast<unsigned>(end) + 1), key.find("FRONT") >= 0);
    }
}

void addMp4(Choice& choice, const TagLib::MP4::Tag* tag) {
    if (tag && tag->contains("covr"))
        for (const TagLib::MP4::CoverArt& cover : tag->item("covr").toCoverArtList())
            choice.add(cover.data(), true);
}

void addAsf(Choice& choice, const TagLib::ASF::Tag* tag) {
    if (!tag)
        return;
    for (const TagLib::ASF::Attribute& attribute : tag->attribute("WM/Picture")) {
        const TagLib::ASF::Picture picture = attribute.toPicture();
        if (picture.isValid())
            choice.add(picture.picture(), picture.type() == TagLib::ASF::Picture::FrontCover);
    }
}

std::optional<std::string> pictureOf(Bytes& bytes, std::string_view fileName) try {
    Choice choice;
    visitTagFile(bytes, formatOf(bytes, fileName), kLargestPicture, [&](auto& file) {
        addId3(choice, id3Of(file));
        if constexpr (requires { file.pictureList(); })
            addPictures(choice, file.pictureList());
        if constexpr (requires { file.xiphComment(); })
            addXiph(choice, file.xiphComment());
        else if constexpr (requires { file.tag()->pictureList(); })
            addXiph(choice, file.tag());
        if constexpr (requires { file.APETag(); })
            addApe(choice, file.APETag());
        if constexpr (requires { file.tag()->itemMap(); })
            addMp4(choice, file.tag());
        if constexpr (requires { file.tag()->attributeListMap(); })
            addAsf(choice, file.tag());
    });
    return choice.take();
} catch (const std::exception&) { // TagLib throws what the standard library throws
    return std::nullopt;
}

} // namespace

std::optional<std::string> embeddedPicture(std::span<const std::byte> bytes,
                                           std::string_view fileName) {
    MemoryBytes memory(bytes);
    return pictureOf(memory, fileName);
}

Result<std::optional<std::string>> embeddedPicture(const std::filesystem::path& path) {
    const std::string name = "'" + path.string() + "'";
    // O_NONBLOCK: opening a named pipe must not hang; it has no effect on regular files.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return fail(errnoError("open " + name, errno));
    const auto stamp = stampOf(fd.get());
    if (!stamp)
        return fail(stamp.error().code, name + " is not a regular file");
    FileBytes bytes(fd.get(), stamp->sizeBytes);
    auto picture = pictureOf(bytes, path.filename().native());
    if (bytes.error() != 0)
        return fail(errnoError("read " + name, bytes.error()));
    return picture;
}

} // namespace segue::library
