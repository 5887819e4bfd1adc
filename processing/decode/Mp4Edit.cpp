// Where the sound of an MPEG-4 file begins and ends (ISO/IEC 14496-12: moov/trak/edts/elst beside
// mvhd, mdhd and hdlr). A pure function of the file; on the opening thread. Always holds: boxes are
// read within their parent only, and not more than kMaxBoxes of them.

#include "processing/decode/Mp4Edit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <limits>
#include <vector>

namespace segue::decode {
namespace {

// A file has some twenty on the way; fragments come behind all of them that matter.
constexpr int kMaxBoxes = 2000;
// Of an edit list. Files of music have one or two.
constexpr std::int64_t kMaxEdits = 100;

constexpr std::uint32_t box(const char (&name)[5]) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(name[0])) << 24 |
           static_cast<std::uint32_t>(static_cast<unsigned char>(name[1])) << 16 |
           static_cast<std::uint32_t>(static_cast<unsigned char>(name[2])) << 8 |
           static_cast<std::uint32_t>(static_cast<unsigned char>(name[3]));
}

class Reader {
  public:
    explicit Reader(SourceFile& file) : file_(file) {}

    std::optional<Mp4Edit> read() {
        each(0, file_.size(), [&](std::uint32_t name, std::int64_t begin, std::int64_t end) {
            if (name == box("moov"))
                movie(begin, end);
            if (name == box("moof"))
                edit_.fragmented = true;
            return name != box("moof");
        });
        if (!found_ || edit_.mediaTimescale <= 0 || edit_.movieTimescale <= 0 || edit_.begin < 0 ||
            edit_.numUnits < 0 || edit_.mediaDuration < 0)
            return std::nullopt;
        return edit_;
    }

  private:
    using Visit = std::function<bool(std::uint32_t name, std::int64_t begin, std::int64_t end)>;

    std::uint64_t number(std::int64_t offset, int numBytes) {
        std::array<std::uint8_t, 8> bytes{};
        file_.readAt(offset, bytes.data(), numBytes);
        std::uint64_t value = 0;
        for (int i = 0; i < numBytes; ++i)
            value = value << 8 | bytes[static_cast<std::size_t>(i)];
        return value;
    }

    void each(std::int64_t begin, std::int64_t end, const Visit& visit) {
        while (end - begin >= 8 && numBoxes_++ < kMaxBoxes) {
            std::uint64_t size = number(begin, 4);
            const auto name = static_cast<std::uint32_t>(number(begin + 4, 4));
            std::int64_t head = 8;
            if (size == 1 && end - begin >= 16) {
                size = number(begin + 8, 8);
                head = 16;
            }
            if (size == 0)
                size = static_cast<std::uint64_t>(end - begin);
            if (size < static_cast<std::uint64_t>(head))
                return;
            const std::int64_t next =
                begin +
                static_cast<std::int64_t>(std::min(size, static_cast<std::uint64_t>(end - begin)));
            if (!visit(name, begin + head, next))
                return;
            begin = next;
        }
    }

    void movie(std::int64_t begin, std::int64_t end) {
        each(begin, end, [&](std::uint32_t name, std::int64_t from, std::int64_t to) {
            if (name == box("mvhd"))
                edit_.movieTimescale =
                    static_cast<std::int64_t>(number(from + (number(from, 1) == 1 ? 20 : 12), 4));
            if (name == box("mvex"))
                edit_.fragmented = true;
            if (name == box("trak") && !found_)
                track(from, to);
            return true;
        });
    }

    void track(std::int64_t begin, std::int64_t end) {
        Mp4Edit track = edit_;
        bool sound = false;
        each(begin, end, [&](std::uint32_t name, std::int64_t from, std::int64_t to) {
            if (name == box("edts"))
                each(from, to, [&](std::uint32_t inner, std::int64_t at, std::int64_t stop) {
                    if (inner == box("elst"))
                        edits(at, stop, track);
                    return true;
                });
            if (name == box("mdia"))
                each(from, to, [&](std::uint32_t inner, std::int64_t at, std::int64_t) {
                    if (inner == box("mdhd"))
                        mediaHeader(at, track);
                    if (inner == box("hdlr"))
                        sound = number(at + 8, 4) == box("soun");
                    return true;
                });
            return true;
        });
        if (!sound)
            return;
        track.movieTimescale = edit_.movieTimescale;
        track.fragmented = track.fragmented || edit_.fragmented;
        edit_ = track;
        found_ = true;
    }

    void mediaHeader(std::int64_t at, Mp4Edit& track) {
        const bool wide = number(at, 1) == 1;
        track.mediaTimescale = static_cast<std::int64_t>(number(at + (wide ? 20 : 12), 4));
        track.mediaDuration =
            static_cast<std::int64_t>(number(at + (wide ? 24 : 16), wide ? 8 : 4));
    }

    void edits(std::int64_t at, std::int64_t end, Mp4Edit& track) {
        const bool wide = number(at, 1) == 1;
        const auto count = std::min(static_cast<std::int64_t>(number(at + 4, 4)), kMaxEdits);
        const std::int64_t bytes = wide ? 20 : 12;
        for (std::int64_t i = 0; i < count && at + 8 + (i + 1) * bytes <= end; ++i) {
            const std::int64_t entry = at + 8 + i * bytes;
            const auto units = static_cast<std::int64_t>(number(entry, wide ? 8 : 4));
            const std::int64_t begin =
                wide ? static_cast<std::int64_t>(number(entry + 8, 8))
                     : std::int64_t{static_cast<std::int32_t>(number(entry + 4, 4))};
            if (begin < 0)
                continue; // an empty edit: a pause before the sound
            track.begin = begin;
            track.numUnits = units;
            return;
        }
    }

    SourceFile& file_;
    Mp4Edit edit_;
    bool found_ = false;
    int numBoxes_ = 0;
};

} // namespace

std::optional<Mp4Edit> mp4EditOf(SourceFile& file) {
    return Reader(file).read();
}

std::optional<ItunesGapless> parseItunesGapless(std::string_view text) {
    std::array<std::uint64_t, 4> numbers{};
    for (auto& number : numbers) {
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(' ')));
        const auto [rest, error] =
            std::from_chars(text.data(), text.data() + text.size(), number, 16);
        if (error != std::errc() || number > std::numeric_limits<std::int64_t>::max() / 4)
            return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    }
    return ItunesGapless{static_cast<std::int64_t>(numbers[1]),
                         static_cast<std::int64_t>(numbers[2]),
                         static_cast<std::int64_t>(numbers[3])};
}

} // namespace segue::decode
