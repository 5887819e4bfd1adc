// In which form should the cache keep a chunk? One thread. For every track of a folder a chunk is
// rendered as the server renders it; its delivered part is stored as PCM and as FLAC, and each form
// is measured as the server would use it: bytes, CPU to store, time to the first 16 KiB at a random
// place (file open to verified bytes, page cache warm), CPU to play on from there. The table is
// what cache/FORMAT.md argues with.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <sndfile.h>

#include "processing/analysis/TrackAnalysis.h"
#include "processing/chunk/ChunkRenderer.h"
#include "processing/decode/AudioSource.h"
#include "processing/mastering/MasteringPlan.h"
#include "processing/types/Hash.h"
#include "processing/types/UniqueFd.h"

namespace {

using namespace segue;
using Bytes = std::vector<std::byte>;

constexpr std::size_t kBlockBytes = 64 * 1024; // as cache/ChunkFormat.h checks them
constexpr std::size_t kFirstBytes = 16 * 1024; // what a connection sends first
constexpr int kSeeksPerTrack = 20;

double now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The delivered samples of one chunk.
struct Music {
    encode::StreamFormat format;
    std::int64_t frames = 0;
    Bytes pcm;

    double seconds() const { return static_cast<double>(frames) / format.sampleRateHz; }
};

struct Form {
    std::string name;
    int bits;
    std::optional<double> flacLevel; ///< 0 .. 1 as libsndfile has it, for 0 .. 8; nothing: PCM
};

/// Sums over all tracks.
struct Figures {
    double seconds = 0, bytes = 0, storeCpu = 0, playCpu = 0;
    std::vector<double> first; ///< seconds of each random start
    std::uint64_t checks = 0;  ///< so that no compiler leaves the hashing out
};

Result<Music> render(const std::filesystem::path& path, encode::PcmFormat pcm) {
    const std::atomic<bool> cancel{false};
    auto source = decode::openSource(path);
    if (!source)
        return fail(source.error());
    const decode::SourceInfo info = (*source)->info();
    const auto analysis = analysis::analyse(**source, analysis::Coverage::Full, cancel);
    if (!analysis)
        return fail(analysis.error());
    chunk::RenderRequest request;
    request.path = path;
    request.stamp = info.stamp;
    request.plan = std::make_shared<const mastering::MasteringPlan>(
        mastering::makePlan(*analysis, "adaptive"));
    request.format = {info.sampleRateHz, info.numChannels, pcm};
    request.numFrames = analysis->numFrames;
    const chunk::ChunkGeometry geometry(info.sampleRateHz, request.numFrames);
    request.chunk = geometry.numChunks() / 2;
    Bytes payload;
    const auto done = chunk::renderChunk(
        request,
        [&](std::span<const std::byte> bytes) -> Result<void> {
            payload.insert(payload.end(), bytes.begin(), bytes.end());
            return {};
        },
        cancel);
    if (!done)
        return fail(done.error());
    const chunk::ChunkLayout layout(geometry, request.format, request.chunk);
    return Music{
        request.format, layout.mid().length(),
        Bytes(payload.begin() + layout.midOffset(), payload.begin() + layout.tailOffset())};
}

/// libsndfile takes 24-bit samples as the upper part of ints.
std::vector<int> intsOf(const Music& music) {
    const auto step = static_cast<std::size_t>(bytesPerSample(music.format.pcm));
    std::vector<int> samples(music.pcm.size() / step);
    for (std::size_t i = 0; i < samples.size(); ++i) {
        std::uint32_t value = 0;
        for (std::size_t b = 0; b < step; ++b)
            value |= std::to_integer<std::uint32_t>(music.pcm[i * step + b])
                     << (8 * (4 - step + b));
        samples[i] = static_cast<int>(value);
    }
    return samples;
}

SF_INFO flacInfo(const Music& music) {
    SF_INFO info{};
    info.samplerate = music.format.sampleRateHz;
    info.channels = music.format.numChannels;
    info.format =
        SF_FORMAT_FLAC |
        (music.format.pcm == encode::PcmFormat::Int16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24);
    return info;
}

bool storePcm(const Music& music, const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600));
    std::vector<std::uint64_t> hashes;
    for (std::size_t at = 0; at < music.pcm.size(); at += kBlockBytes)
        hashes.push_back(
            hash64(std::span(music.pcm).subspan(at, std::min(kBlockBytes, music.pcm.size() - at))));
    return file && ::write(file.get(), music.pcm.data(), music.pcm.size()) ==
                       static_cast<ssize_t>(music.pcm.size());
}

bool storeFlac(const Music& music, const std::vector<int>& samples, double level,
               const std::string& path) {
    SF_INFO info = flacInfo(music);
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    if (!file)
        return false;
    sf_command(file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
    const bool whole = sf_writef_int(file, samples.data(), music.frames) == music.frames;
    return sf_close(file) == 0 && whole;
}

/// The whole block, verified, as cache/FileBlob does.
std::uint64_t readBlock(int fd, std::size_t block, Bytes& buffer) {
    buffer.resize(kBlockBytes);
    const ssize_t got =
        ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(block * kBlockBytes));
    return hash64(std::span(buffer).first(static_cast<std::size_t>(std::max<ssize_t>(got, 0))));
}

void playPcm(const Music& music, const std::string& path, std::mt19937& random, Figures& figures) {
    Bytes buffer;
    for (int i = 0; i < kSeeksPerTrack; ++i) {
        const std::size_t at = random() % music.pcm.size();
        const double started = now(CLOCK_MONOTONIC);
        const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        figures.checks ^= readBlock(file.get(), at / kBlockBytes, buffer);
        figures.first.push_back(now(CLOCK_MONOTONIC) - started);
    }
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const double cpu = now(CLOCK_THREAD_CPUTIME_ID);
    for (std::size_t block = 0; block * kBlockBytes < music.pcm.size(); ++block)
        figures.checks ^= readBlock(file.get(), block, buffer);
    figures.playCpu += now(CLOCK_THREAD_CPUTIME_ID) - cpu;
}

void playFlac(const Music& music, const std::string& path, std::mt19937& random, Figures& figures) {
    const auto channels = static_cast<std::size_t>(music.format.numChannels);
    const auto piece = static_cast<sf_count_t>(kFirstBytes) / music.format.bytesPerFrame();
    std::vector<int> buffer(kBlockBytes * channels);
    for (int i = 0; i < kSeeksPerTrack; ++i) {
        const auto at = static_cast<sf_count_t>(random()) % music.frames;
        const double started = now(CLOCK_MONOTONIC);
        SF_INFO info{};
        SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
        sf_seek(file, at, SEEK_SET);
        sf_readf_int(file, buffer.data(), piece);
        figures.first.push_back(now(CLOCK_MONOTONIC) - started);
        sf_close(file);
    }
    SF_INFO info{};
    SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
    const double cpu = now(CLOCK_THREAD_CPUTIME_ID);
    while (sf_readf_int(file, buffer.data(), piece) > 0) {
    }
    figures.playCpu += now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    sf_close(file);
}

void measure(const Form& form, const Music& music, const std::string& path, std::mt19937& random,
             Figures& figures) {
    const std::vector<int> samples = form.flacLevel ? intsOf(music) : std::vector<int>();
    const double cpu = now(CLOCK_THREAD_CPUTIME_ID);
    if (!(form.flacLevel ? storeFlac(music, samples, *form.flacLevel, path)
                         : storePcm(music, path))) {
        std::fprintf(stderr, "cannot write '%s'\n", path.c_str());
        return;
    }
    figures.storeCpu += now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    figures.seconds += music.seconds();
    figures.bytes += static_cast<double>(std::filesystem::file_size(path));
    form.flacLevel ? playFlac(music, path, random, figures) : playPcm(music, path, random, figures);
}

double percentile(std::vector<double>& values, double part) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void print(const std::vector<Form>& forms, std::map<std::string, Figures>& all, int tracks) {
    std::printf("%d tracks, one chunk each, mastered with 'adaptive'\n\n", tracks);
    std::printf(
        "| form | MB per minute | of PCM | store, ms CPU per minute | first byte p50, p95 ms "
        "| play, ms CPU per minute | cores for 2000 streams |\n"
        "|---|---|---|---|---|---|---|\n");
    std::map<int, double> pcm;
    for (const Form& form : forms) {
        Figures& f = all[form.name];
        const double minutes = f.seconds / 60;
        if (!form.flacLevel)
            pcm[form.bits] = f.bytes;
        std::printf("| %s | %.2f | %.0f %% | %.0f | %.3f, %.3f | %.1f | %.2f |\n",
                    form.name.c_str(), 1e-6 * f.bytes / minutes, 100 * f.bytes / pcm[form.bits],
                    1e3 * f.storeCpu / minutes, 1e3 * percentile(f.first, 0.5),
                    1e3 * percentile(f.first, 0.95), 1e3 * f.playCpu / minutes,
                    2000 * f.playCpu / f.seconds);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: segue_stored_form_bench FOLDER\n");
        return 2;
    }
    const std::vector<Form> forms = {
        {"PCM 16", 16, std::nullopt},    {"FLAC 16, level 0", 16, 0.0},
        {"FLAC 16, level 2", 16, 0.25},  {"FLAC 16, level 5", 16, 0.625},
        {"PCM 24", 24, std::nullopt},    {"FLAC 24, level 0", 24, 0.0},
        {"FLAC 24, level 5", 24, 0.625},
    };
    std::map<std::string, Figures> all;
    std::mt19937 random(1);
    const std::string file =
        (std::filesystem::temp_directory_path() / ("segue-form." + std::to_string(::getpid())))
            .string();
    std::vector<std::filesystem::path> music;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1]))
        if (entry.is_regular_file())
            music.push_back(entry.path());
    std::sort(music.begin(), music.end());
    int tracks = 0;
    for (const std::filesystem::path& path : music) {
        std::fprintf(stderr, "%s\n", path.filename().c_str());
        bool good = true;
        for (const int bits : {16, 24}) {
            const auto rendered = render(path, *encode::pcmFormatOfBits(bits));
            if (!rendered) {
                std::fprintf(stderr, "  %s\n", rendered.error().message.c_str());
                good = false;
                break;
            }
            for (const Form& form : forms)
                if (form.bits == bits)
                    measure(form, *rendered, file, random, all[form.name]);
        }
        tracks += good ? 1 : 0;
    }
    ::unlink(file.c_str());
    if (tracks == 0)
        return 1;
    print(forms, all, tracks);
    return 0;
}
