// Where a picture comes from. Runs on connection threads. Always holds: at most kMostAtOnce of them
// read or decode a picture at a time, so neither memory nor cores are taken from streams; the
// others wait, and after some seconds are told to come again.

#include "artwork/Artwork.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "artwork/FolderPicture.h"
#include "artwork/GeneratedPicture.h"
#include "library/EmbeddedPicture.h"

namespace segue::artwork {
namespace {

constexpr int kMostAtOnce = 2;
constexpr auto kPatience = std::chrono::seconds(15);

std::span<const std::byte> bytesOf(const std::string& text) {
    return std::as_bytes(std::span(text));
}

bool isWithin(const std::filesystem::path& path, const std::filesystem::path& root) {
    const auto [end, _] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    return end == root.end();
}

} // namespace

/// One of the few that may work at a time.
class Artwork::Turn {
  public:
    explicit Turn(Artwork& artwork) : artwork_(artwork) {
        std::unique_lock lock(artwork_.mutex_);
        taken_ = artwork_.freed_.wait_for(lock, kPatience,
                                          [&] { return artwork_.numBusy_ < kMostAtOnce; });
        artwork_.numBusy_ += taken_ ? 1 : 0;
    }
    ~Turn() {
        if (!taken_)
            return;
        const std::lock_guard lock(artwork_.mutex_);
        --artwork_.numBusy_;
        artwork_.freed_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    explicit operator bool() const { return taken_; }
    static tl::unexpected<Error> busy() {
        return fail(ErrorCode::Busy, "too many pictures are asked for at once");
    }

  private:
    Artwork& artwork_;
    bool taken_ = false;
};

Artwork::Artwork(std::vector<std::filesystem::path> roots, std::filesystem::path cacheFolder,
                 std::int64_t cacheBytes)
    : roots_(std::move(roots)), cache_(std::move(cacheFolder), cacheBytes) {
    for (std::filesystem::path& root : roots_) { // as the library has the paths of tracks
        std::error_code error;
        if (auto real = std::filesystem::weakly_canonical(root, error); !error)
            root = std::move(real);
    }
}

int Artwork::stepOf(int size) {
    const auto* step = std::find_if(std::begin(kSizes), std::end(kSizes),
                                    [&](int known) { return known >= size; });
    return step == std::end(kSizes) ? *std::rbegin(kSizes) : *step;
}

Result<Source> Artwork::find(const Subject& subject) {
    const Turn turn(*this);
    if (!turn)
        return Turn::busy();
    Source source;
    // A file that cannot be read, or is gone, has no picture.
    if (auto embedded = library::embeddedPicture(subject.track); embedded && *embedded)
        source.bytes = std::move(**embedded);
    const auto root = std::find_if(roots_.begin(), roots_.end(), [&](const auto& folder) {
        return isWithin(subject.track, folder);
    });
    if (source.bytes.empty() && root != roots_.end())
        if (const auto file = folderPicture(subject.track, *root))
            source.bytes = readPictureFile(*file).value_or("");
    source.content = source.bytes.empty()
                         ? Hasher().text(subject.artist).text(subject.album).finish()
                         : hash128(bytesOf(source.bytes));
    return source;
}

Result<Picture> Artwork::picture(const Subject& subject, const Source& source, int size) {
    if (source.bytes.empty())
        return generatedPicture(subject.artist, subject.album);
    const int side = stepOf(size);
    const Hash128 key = Hasher()
                            .number(source.content.high)
                            .number(source.content.low)
                            .number(static_cast<std::uint64_t>(side))
                            .finish();
    if (auto cached = cache_.get(key))
        return std::move(*cached);
    const Turn turn(*this);
    if (!turn)
        return Turn::busy();
    auto made = resized(bytesOf(source.bytes), side);
    if (!made)
        return generatedPicture(subject.artist, subject.album);
    cache_.put(key, *made);
    return made;
}

} // namespace segue::artwork
