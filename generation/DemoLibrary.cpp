// Makes the demo library's files from the composed pieces: renders, encodes as FLAC under a
// temporary name, tags, syncs, renames. Runs on its caller's thread and shares nothing but the file
// system, where a file under its final name is always whole.

#include "generation/DemoLibrary.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>

#include <flacfile.h>
#include <sndfile.h>
#include <xiphcomment.h>

#include "generation/pieces/Pieces.h"
#include "processing/types/UniqueFd.h"

namespace segue::generation {
namespace fs = std::filesystem;
namespace {

constexpr const char* kArtist = "Segue";
constexpr const char* kAlbum = "First Light";
constexpr unsigned kYear = 2026;

constexpr std::array<Piece, 4> kPieces{{{"Lamplight", "Modern Classical", 1, renderLamplight},
                                        {"Orchard Path", "Folk", 2, renderOrchardPath},
                                        {"Neon Tide", "Electronic", 3, renderNeonTide},
                                        {"Long Water", "Ambient", 4, renderLongWater}}};

struct SndfileCloser {
    void operator()(SNDFILE* file) const { sf_close(file); }
};
using SndfilePtr = std::unique_ptr<SNDFILE, SndfileCloser>;

/// Removes an unfinished file however its making ends.
class TemporaryFile {
  public:
    explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
    ~TemporaryFile() {
        std::error_code ignored;
        if (!path_.empty())
            fs::remove(path_, ignored);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    const fs::path& path() const { return path_; }
    void keep() { path_.clear(); }

  private:
    fs::path path_;
};

/// Whether a piece of ours lies there whole; its frames are counted, since a cut FLAC still has its
/// header.
bool isWhole(const fs::path& path, const Piece& piece) {
    SF_INFO info{};
    const SndfilePtr file(sf_open(path.c_str(), SFM_READ, &info));
    if (!file || info.samplerate != kSampleRateHz || info.channels != 2 || info.frames <= 0)
        return false;
    const char* title = sf_get_string(file.get(), SF_STR_TITLE);
    if (!title || std::string_view(title) != piece.title)
        return false;
    std::array<float, 2> frame{};
    return sf_seek(file.get(), info.frames - 1, SEEK_SET) == info.frames - 1 &&
           sf_readf_float(file.get(), frame.data(), 1) == 1;
}

/// 16 bits with triangular dither of one fixed seed.
std::vector<std::int16_t> quantised(Bus& mix) {
    constexpr double kScale = 32767.0;
    Random random(0xd17e5u);
    std::vector<std::int16_t> samples;
    samples.reserve(static_cast<std::size_t>(2 * mix.frames()));
    for (std::int64_t i = 0; i < mix.frames(); ++i)
        for (const float x : {mix.left()[i], mix.right()[i]}) {
            const double dither = random.uniform() - random.uniform();
            const double value = std::floor(static_cast<double>(x) * kScale + dither + 0.5);
            samples.push_back(static_cast<std::int16_t>(std::clamp(value, -32768.0, 32767.0)));
        }
    return samples;
}

Result<void> writeFlac(const fs::path& path, Bus& mix) {
    SF_INFO info{};
    info.samplerate = kSampleRateHz;
    info.channels = 2;
    info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    errno = 0;
    SndfilePtr file(sf_open(path.c_str(), SFM_WRITE, &info));
    if (!file)
        return fail(errnoError("create '" + path.string() + "'", errno ? errno : EIO));
    const std::vector<std::int16_t> samples = quantised(mix);
    errno = 0;
    const bool written = sf_writef_short(file.get(), samples.data(), mix.frames()) == mix.frames();
    const bool closed = sf_close(file.release()) == 0;
    if (!written || !closed)
        return fail(errnoError("write '" + path.string() + "'", errno ? errno : EIO));
    return {};
}

Result<void> writeTags(const fs::path& path, const Piece& piece) {
    TagLib::FLAC::File file(path.c_str(), false);
    if (!file.isValid())
        return fail(ErrorCode::Io, "tag '" + path.string() + "': it does not read back as FLAC");
    TagLib::Ogg::XiphComment* tag = file.xiphComment(true);
    tag->setTitle(piece.title);
    tag->setArtist(kArtist);
    tag->setAlbum(kAlbum);
    tag->setGenre(piece.genre);
    tag->setYear(kYear);
    tag->setTrack(static_cast<unsigned>(piece.trackNumber));
    tag->addField("ALBUMARTIST", kArtist);
    tag->addField("TRACKTOTAL", std::to_string(kPieces.size()));
    tag->addField("COMMENT", "Composed and synthesised by Segue");
    if (!file.save())
        return fail(ErrorCode::Io, "write the tags of '" + path.string() + "'");
    return {};
}

Result<void> publish(TemporaryFile& temporary, const fs::path& path) {
    const UniqueFd fd(::open(temporary.path().c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0)
        return fail(errnoError("sync '" + temporary.path().string() + "'", errno));
    std::error_code error;
    fs::rename(temporary.path(), path, error);
    if (error)
        return fail(errnoError("rename to '" + path.string() + "'", error.value()));
    temporary.keep();
    return {};
}

Result<void> makePiece(const Piece& piece, const fs::path& path, Session& session) {
    Bus mix = piece.render(session);
    if (!session.proceed(0.96))
        return fail(ErrorCode::Cancelled, std::string("make '") + piece.title + "'");
    // Hidden, of another suffix, and of this process alone: no scanner and no second run takes it
    // for music.
    TemporaryFile temporary(path.parent_path() / ("." + path.stem().string() + "." +
                                                  std::to_string(::getpid()) + ".part"));
    return writeFlac(temporary.path(), mix)
        .and_then([&] { return writeTags(temporary.path(), piece); })
        .and_then([&] { return publish(temporary, path); });
}

} // namespace

std::span<const Piece> demoPieces() {
    return kPieces;
}

Result<std::vector<fs::path>> makeDemoLibrary(const fs::path& folder, const DemoProgress& progress,
                                              const std::atomic<bool>& cancel) {
    const fs::path album = folder / kArtist / kAlbum;
    std::error_code error;
    fs::create_directories(album, error);
    if (error)
        return fail(errnoError("make the folder '" + album.string() + "'", error.value()));

    std::vector<fs::path> files;
    for (const Piece& piece : kPieces) {
        const fs::path path =
            album / ("0" + std::to_string(piece.trackNumber) + " " + piece.title + ".flac");
        const auto before = static_cast<double>(files.size());
        Session session(cancel, [&](double fraction) {
            if (progress)
                progress((before + fraction) / static_cast<double>(kPieces.size()), piece.title);
        });
        if (!session.proceed(0))
            return fail(ErrorCode::Cancelled, "make the demo library");
        if (!isWhole(path, piece))
            if (const Result<void> made = makePiece(piece, path, session); !made)
                return fail(made.error());
        session.proceed(1);
        files.push_back(path);
    }
    return files;
}

} // namespace segue::generation
