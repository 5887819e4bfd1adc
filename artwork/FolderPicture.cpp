// Which file beside a track is its picture. Any thread; nothing is kept.

#include "artwork/FolderPicture.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <tuple>

#include "artwork/Picture.h"
#include "processing/types/FileStamp.h"
#include "processing/types/UniqueFd.h"

namespace segue::artwork {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 4> kNames = {"cover", "folder", "front", "album"};
constexpr std::array<std::string_view, 4> kEndings = {".jpg", ".jpeg", ".png", ".webp"};
constexpr std::array<std::string_view, 3> kDiscs = {"cd", "disc", "disk"};
// A folder of more is no album's, and reading it takes a while.
constexpr int kMostEntries = 5000;

std::string lower(std::string text) {
    for (char& c : text)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
}

/// The less the better; nothing for what is no picture of an album.
std::optional<int> rankOf(const fs::path& file) {
    const auto* ending =
        std::find(kEndings.begin(), kEndings.end(), lower(file.extension().string()));
    if (ending == kEndings.end())
        return std::nullopt;
    const std::string stem = lower(file.stem().string());
    const auto* name = std::find(kNames.begin(), kNames.end(), stem);
    int rank = static_cast<int>(name - kNames.begin());
    if (name == kNames.end() && !stem.starts_with("disc") && !stem.starts_with("cd"))
        return std::nullopt;
    rank = rank * static_cast<int>(kEndings.size()) + static_cast<int>(ending - kEndings.begin());
    return rank;
}

/// `CD1`, `disc 2`, `Disk_03 - Live`.
bool isDisc(const fs::path& folder) {
    const std::string name = lower(folder.filename().string());
    return std::any_of(kDiscs.begin(), kDiscs.end(), [&](std::string_view disc) {
        if (!name.starts_with(disc))
            return false;
        const auto at = name.find_first_not_of(" _-.", disc.size());
        return at != std::string::npos && name[at] >= '0' && name[at] <= '9';
    });
}

std::optional<fs::path> bestIn(const fs::path& folder) {
    std::error_code error;
    std::optional<std::tuple<int, fs::path>> best;
    int numEntries = 0;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
        if (++numEntries > kMostEntries)
            break;
        const auto rank = rankOf(it->path().filename());
        // Of equals the first by name, whatever order the folder has.
        if (rank && (!best || std::tuple(*rank, it->path()) < *best))
            best = {*rank, it->path()};
    }
    return best ? std::optional(std::get<1>(*best)) : std::nullopt;
}

} // namespace

std::optional<fs::path> folderPicture(const fs::path& track, const fs::path& root) {
    const fs::path folder = track.parent_path();
    if (auto best = bestIn(folder))
        return best;
    if (folder != root && isDisc(folder))
        return bestIn(folder.parent_path());
    return std::nullopt;
}

Result<std::string> readPictureFile(const fs::path& path) {
    const std::string name = "'" + path.string() + "'";
    // O_NONBLOCK: opening a named pipe must not hang; it has no effect on regular files.
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd)
        return fail(errnoError("open " + name, errno));
    const auto stamp = stampOf(fd.get());
    if (!stamp)
        return fail(stamp.error().code, name + " is not a regular file");
    if (stamp->sizeBytes > static_cast<std::int64_t>(kLargestPictureBytes))
        return fail(ErrorCode::Unsupported, name + " is longer than a picture may be");
    std::string bytes(static_cast<std::size_t>(stamp->sizeBytes), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t got =
            ::pread(fd.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(errnoError("read " + name, errno));
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

} // namespace segue::artwork
