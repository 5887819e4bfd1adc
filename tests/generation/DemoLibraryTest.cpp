#include "generation/DemoLibrary.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <ebur128.h>
#include <fileref.h>
#include <gtest/gtest.h>
#include <sndfile.h>
#include <tag.h>

#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::generation {
namespace {

namespace fs = std::filesystem;

std::string bytesOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<float> decoded(const fs::path& path, SF_INFO& info) {
    SNDFILE* file = sf_open(path.c_str(), SFM_READ, &info);
    if (!file)
        return {};
    std::vector<float> samples(static_cast<std::size_t>(info.frames * info.channels));
    sf_readf_float(file, samples.data(), info.frames);
    sf_close(file);
    return samples;
}

struct Levels {
    double integratedLufs = 0;
    double truePeakDbtp = -200;
};

Levels measured(const std::vector<float>& samples) {
    ebur128_state* meter = ebur128_init(2, 44'100, EBUR128_MODE_I | EBUR128_MODE_TRUE_PEAK);
    ebur128_add_frames_float(meter, samples.data(), samples.size() / 2);
    Levels levels;
    ebur128_loudness_global(meter, &levels.integratedLufs);
    for (unsigned c = 0; c < 2; ++c) {
        double peak = 0;
        ebur128_true_peak(meter, c, &peak);
        levels.truePeakDbtp = std::max(levels.truePeakDbtp, 20.0 * std::log10(peak));
    }
    ebur128_destroy(&meter);
    return levels;
}

std::size_t filesUnder(const fs::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        count += entry.is_regular_file();
    return count;
}

/// A file of the library is music one can listen to: its level, ends and edges are in order.
void expectSoundMaster(const fs::path& path, double expectedLufs) {
    SCOPED_TRACE(path.filename().string());
    SF_INFO info{};
    const std::vector<float> samples = decoded(path, info);
    ASSERT_EQ(info.samplerate, 44'100);
    ASSERT_EQ(info.channels, 2);
    ASSERT_EQ(info.format, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    EXPECT_GE(info.frames, 75 * 44'100);
    EXPECT_LE(info.frames, 150 * 44'100);
    const Levels levels = measured(samples);
    EXPECT_NEAR(levels.integratedLufs, expectedLufs, 0.3);
    EXPECT_LE(levels.truePeakDbtp, -0.5);
    double mean = 0;
    for (const float sample : samples)
        mean += sample / static_cast<double>(samples.size());
    EXPECT_NEAR(mean, 0.0, 1e-4);
    // Both ends are silent but for the dither, and the music reaches close to them.
    const auto loudest = [&](std::size_t from, std::size_t to) {
        float peak = 0;
        for (std::size_t i = from; i < to; ++i)
            peak = std::max(peak, std::abs(samples[i]));
        return peak;
    };
    EXPECT_LT(loudest(0, 20), 4.0f / 32768.0f);
    EXPECT_LT(loudest(samples.size() - 400, samples.size()), 4.0f / 32768.0f);
    EXPECT_GT(loudest(0, 2 * 44'100), 0.005f);
    EXPECT_GT(loudest(samples.size() - 20 * 44'100, samples.size()), 0.005f);
}

TEST(DemoLibrary, IsWholeTaggedSoundRepeatableAndKept) {
    const test::TempDir dir;
    const std::atomic<bool> cancel{false};
    double last = 0;
    std::set<std::string> pieces;
    const auto made = makeDemoLibrary(
        dir.path() / "music",
        [&](double fraction, std::string_view piece) {
            EXPECT_GE(fraction, last);
            EXPECT_LE(fraction, 1.0);
            last = fraction;
            pieces.emplace(piece);
        },
        cancel);
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_EQ(made->size(), 4u);
    EXPECT_EQ(last, 1.0);
    EXPECT_EQ(filesUnder(dir.path()), 4u) << "something temporary was left behind";

    constexpr double kLufs[] = {-24, -18, -12, -19};
    std::set<std::string> genres;
    for (std::size_t n = 0; n < made->size(); ++n) {
        expectSoundMaster((*made)[n], kLufs[n]);
        const TagLib::FileRef file((*made)[n].c_str(), false);
        ASSERT_FALSE(file.isNull());
        EXPECT_TRUE(pieces.count(file.tag()->title().to8Bit(true)));
        EXPECT_EQ(file.tag()->artist(), "Segue");
        EXPECT_EQ(file.tag()->album(), "First Light");
        EXPECT_EQ(file.tag()->track(), n + 1);
        EXPECT_GT(file.tag()->year(), 2000u);
        genres.insert(file.tag()->genre().to8Bit(true));
    }
    EXPECT_EQ(genres.size(), 4u);

    // A second run keeps what is whole and makes again what is not, to the same bytes.
    const fs::path damaged = (*made)[1];
    const std::string whole = bytesOf(damaged);
    fs::resize_file(damaged, whole.size() / 2);
    struct stat before {};
    ASSERT_EQ(::stat((*made)[0].c_str(), &before), 0);
    const auto again = makeDemoLibrary(dir.path() / "music", {}, cancel);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *made);
    struct stat after {};
    ASSERT_EQ(::stat((*made)[0].c_str(), &after), 0);
    EXPECT_EQ(before.st_ino, after.st_ino);
    EXPECT_TRUE(bytesOf(damaged) == whole) << "the remade piece differs";
}

TEST(DemoLibrary, StopsWhenCancelledAndLeavesNothingHalf) {
    const test::TempDir dir;
    std::atomic<bool> cancel{false};
    const auto made = makeDemoLibrary(
        dir.path(), [&](double fraction, std::string_view) { cancel = fraction > 0.01; }, cancel);
    ASSERT_FALSE(made);
    EXPECT_EQ(test::codeOf(made), ErrorCode::Cancelled);
    EXPECT_EQ(filesUnder(dir.path()), 0u);
}

TEST(DemoLibrary, NamesTheFolderThatCannotBeMade) {
    const test::TempDir dir;
    std::ofstream(dir.path() / "file") << "not a folder";
    const std::atomic<bool> cancel{false};
    const auto made = makeDemoLibrary(dir.path() / "file", {}, cancel);
    ASSERT_FALSE(made);
    EXPECT_EQ(test::codeOf(made), ErrorCode::NotFound);
    EXPECT_NE(made.error().message.find("file"), std::string::npos);
}

} // namespace
} // namespace segue::generation
