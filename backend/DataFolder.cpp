// The data folder and its lock. flock belongs to the open file, so it ends with the process however
// that ends; the number in the file is only there to tell people who holds it. What the server was
// given lies in `serving`, written whole or not at all, so that a command that starts beside it
// sees the same music and keeps to the same budgets.
#include "backend/DataFolder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <spdlog/spdlog.h>

#include "library/KnownRoots.h"

namespace segue::backend {

namespace {

std::string holderOf(int fd) {
    char text[32] = {};
    const ssize_t got = ::pread(fd, text, sizeof text - 1, 0);
    std::string holder(text, got > 0 ? static_cast<std::size_t>(got) : 0);
    holder.erase(holder.find_last_not_of("\n ") + 1);
    return holder.find_first_not_of("0123456789") == std::string::npos ? holder : "";
}

/// First chunks get a quarter of the cache on top of it.
constexpr std::int64_t kFirstChunkShare = 4;
/// Before any server said how much the cache may hold.
constexpr std::int64_t kUsualCacheBytes = std::int64_t{1} << 30;

// `serving`: this line, the cache's bytes, the music folders; each ends in a zero byte, which no
// path contains.
constexpr std::string_view kServingHead = "segue-serving-1";

std::string encode(const Served& served) {
    std::string text(kServingHead);
    text += '\0' + std::to_string(served.cacheBytes) + '\0';
    for (const std::filesystem::path& root : served.roots)
        text += root.native() + '\0';
    return text;
}

std::optional<Served> decode(std::string_view text) {
    const auto next = [&]() -> std::optional<std::string_view> {
        const std::size_t end = text.find('\0');
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view field = text.substr(0, end);
        text.remove_prefix(end + 1);
        return field;
    };
    if (next() != kServingHead)
        return std::nullopt;
    Served served;
    const std::string_view bytes = next().value_or("");
    const auto [end, error] =
        std::from_chars(bytes.data(), bytes.data() + bytes.size(), served.cacheBytes);
    if (error != std::errc{} || end != bytes.data() + bytes.size() || served.cacheBytes < 0)
        return std::nullopt;
    while (const auto root = next())
        served.roots.emplace_back(*root);
    return text.empty() ? std::optional(served) : std::nullopt;
}

/// A command beside then sees other music, or keeps to another budget; the server needs none of it.
void noteServed(const std::filesystem::path& path, const Served& served) {
    const std::filesystem::path temporary = path.native() + ".new";
    std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
    file << encode(served);
    file.close();
    std::error_code error;
    if (file)
        std::filesystem::rename(temporary, path, error);
    if (!file || error)
        spdlog::warn("'{}' cannot be written; commands beside this server go by other settings",
                     path.string());
}

} // namespace

DataFolder::DataFolder(std::filesystem::path path, UniqueFd lock, std::optional<Served> served)
    : path_(std::move(path)), lock_(std::move(lock)), served_(std::move(served)) {}

Result<DataFolder> DataFolder::open(const std::filesystem::path& path, const Served& served) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error)
        return fail(ErrorCode::Io, "make the data folder '" + path.string() +
                                       "': " + error.message() + "; give another one with --data");
    const std::filesystem::path lockPath = path / "segue.lock";
    UniqueFd lock(::open(lockPath.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!lock)
        return fail(errnoError("open '" + lockPath.string() +
                                   "' (give a folder that can be written with --data)",
                               errno));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return fail(errnoError("lock '" + lockPath.string() + "'", errno));
        const std::string holder = holderOf(lock.get());
        return fail(ErrorCode::Busy, "another Segue" +
                                         (holder.empty() ? "" : " (process " + holder + ")") +
                                         " uses the data folder '" + path.string() +
                                         "'; stop it, or give this one its own with --data");
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    // Only for the message above: a full disk must not keep Segue from starting.
    if (::ftruncate(lock.get(), 0) == 0) [[maybe_unused]]
        const ssize_t written = ::pwrite(lock.get(), pid.data(), pid.size(), 0);
    noteServed(path / "serving", served);
    return DataFolder(path, std::move(lock), served);
}

Result<DataFolder> DataFolder::beside(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error))
        return fail(ErrorCode::NotFound, "there is no data folder '" + path.string() +
                                             "'; name the server's with --data");
    const std::filesystem::path serving = path / "serving";
    std::ifstream file(serving, std::ios::binary);
    if (!file) {
        if (std::filesystem::exists(serving, error))
            return fail(ErrorCode::Io, "'" + serving.string() + "' cannot be read");
        return DataFolder(path, {}, std::nullopt);
    }
    const std::string text((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
    auto served = decode(text);
    if (!served)
        return fail(ErrorCode::Corrupt,
                    "'" + serving.string() + "' is damaged; starting the server writes it anew");
    return DataFolder(path, {}, std::move(served));
}

bool DataFolder::isServed(const std::filesystem::path& path) {
    const UniqueFd lock(::open((path / "segue.lock").c_str(), O_RDONLY | O_CLOEXEC));
    return lock && ::flock(lock.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

Result<std::vector<std::filesystem::path>> DataFolder::roots() const {
    if (served_)
        return served_->roots;
    return library::knownRoots(database());
}

cache::StoreOptions DataFolder::storeOptions() const {
    cache::StoreOptions store;
    store.directory = cache();
    store.budgetBytes = served_ ? served_->cacheBytes : kUsualCacheBytes;
    store.firstChunkBudgetBytes = store.budgetBytes / kFirstChunkShare;
    return store;
}

} // namespace segue::backend
