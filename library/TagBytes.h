#pragma once

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <taglib/id3v2framefactory.h>
#include <taglib/id3v2header.h>
#include <taglib/tiostream.h>

namespace segue::library {

/// Bytes of a file, wherever they lie.
class Bytes {
  public:
    virtual ~Bytes() = default;
    virtual std::int64_t size() const = 0;
    /// @return bytes read, fewer at the end of the file or after a read error
    virtual std::size_t readAt(std::int64_t offset, std::span<std::byte> out) = 0;
    /// Under which the same bytes can be opened once more, while this lives; empty: they cannot.
    virtual std::string path() const { return {}; }
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
    std::string path() const override { return "/proc/self/fd/" + std::to_string(fd_); }
    /// errno of the first failed read; 0: none
    int error() const { return error_; }

  private:
    int fd_;
    std::int64_t size_;
    int error_ = 0;
};

/// @return fewer than `count` at the end
std::string headOf(Bytes& bytes, std::int64_t offset, std::size_t count);

/// What TagLib reads from. A hostile file can send it back and forth, or have it look for music in
/// gigabytes of nothing, a kilobyte at a time; after so many reads and bytes as no tag needs it
/// finds no more and comes to an end.
class TagStream final : public TagLib::IOStream {
  public:
    /// @param largestBlock  what is longer is read as if the file ended there
    explicit TagStream(Bytes& bytes, std::int64_t largestBlock = std::numeric_limits<int>::max())
        : bytes_(bytes), largestBlock_(largestBlock),
          budget_(8 * std::min(bytes.size(), kLargestTag) + (64 << 20)) {}

    TagLib::FileName name() const override { return ""; }
    TagLib::ByteVector readBlock(unsigned long length) override {
        const std::int64_t left = std::min(bytes_.size() - position_, budget_);
        if (left <= 0 || --readsLeft_ < 0)
            return {};
        const auto count =
            std::min({static_cast<std::uint64_t>(length), static_cast<std::uint64_t>(left),
                      static_cast<std::uint64_t>(largestBlock_)});
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
    static constexpr std::int64_t kLargestTag = std::int64_t{16} << 20;
    Bytes& bytes_;
    const std::int64_t largestBlock_;
    std::int64_t position_ = 0;
    std::int64_t budget_; ///< bytes
    int readsLeft_ = 1 << 14;
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

/// TagLib prints what it dislikes to stderr unless somebody listens; after this it does not.
void silenceTagLib();

enum class Container {
    Unknown,
    Flac,
    OggVorbis,
    OggOpus,
    OggFlac,
    Wav,
    LargeWav,
    Aiff,
    Mpeg,
    Mp4,
    Ape,
    WavPack,
    TrueAudio,
    Asf,
    Adts,
    Matroska,
    Dsf,
    Dsdiff,
};

struct Format {
    Container container = Container::Unknown;
    std::int64_t start = 0; ///< after a leading ID3v2 tag
};

/// By the first bytes; `fileName` only decides about what could be MPEG without a header.
Format formatOf(Bytes& bytes, std::string_view fileName);

/// The entries of a Vorbis comment, as bytes, keys in upper case.
using Comments = std::vector<std::pair<std::string, std::string>>;

Comments commentsIn(std::string_view packet);
/// The comment block of a native FLAC file.
Comments flacComments(Bytes& bytes, std::int64_t streamStart);

} // namespace segue::library
