// What every format must do alike: values that do not depend on how a frame was reached.

#include "processing/decode/AudioSource.h"

#include <gtest/gtest.h>

#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <limits>
#include <ostream>
#include <random>

#include "processing/decode/Samples.h"
#include "tests/processing/decode/SourceReading.h"
#include "tests/processing/decode/TestFiles.h"
#include "tests/support/Errors.h"
#include "tests/support/TempDir.h"

namespace segue::decode {
namespace {

using test::Encoding;
using test::Planes;

constexpr int kWav = SF_FORMAT_WAV, kWavex = SF_FORMAT_WAVEX, kAiff = SF_FORMAT_AIFF,
              kFlac = SF_FORMAT_FLAC, kRf64 = SF_FORMAT_RF64;
constexpr int kVorbis = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
constexpr int kOpus = SF_FORMAT_OGG | SF_FORMAT_OPUS;
constexpr int kMp3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;

struct Case {
    Encoding encoding;
    std::string codec{};
    int bits = 0;
    double seconds = 2;
    double minSnrDb = 0; ///< against what was encoded, at the same frames
    /// No: the file does not tell its encoder's delay and padding, so they stay in.
    bool exactLength = true;
    /// Of the ffmpeg command that makes the file, with its ending; empty: libsndfile makes it.
    std::string ffmpeg{};
    std::int64_t delay = 0; ///< that stays in
};

void PrintTo(const Case& value, std::ostream* out) {
    *out << value.encoding.name;
}

/// What is read through FFmpeg's libraries. The tables of MPEG-4 lie in front, for the files that
/// are cut off.
std::vector<Case> casesOfFfmpeg() {
    const std::string front = " -movflags +faststart .m4a";
    const auto made = [](const char* name, int rateHz, int numChannels) {
        return Encoding{name, 0, rateHz, numChannels};
    };
    return {
        {made("aac", 44'100, 2), "aac", 0, 13, 8, true, "-c:a aac -b:a 192k" + front},
        {made("aacmono", 22'050, 1), "aac", 0, 7, 5, true, "-c:a aac -b:a 48k" + front},
        {made("aac6", 48'000, 6), "aac", 0, 7, 4, true, "-c:a aac -b:a 384k" + front},
        {made("aacfragments", 44'100, 2), "aac", 0, 7, 8, true,
         "-c:a aac -b:a 192k -movflags +frag_keyframe+delay_moov -frag_duration 1000000 .m4a"},
        {made("adts", 44'100, 2), "aac", 0, 13, 8, false, "-c:a aac -b:a 192k .aac", 1024},
        {made("alac", 44'100, 2), "alac", 16, 6, 80, true, "-c:a alac" + front},
        {made("alac24", 96'000, 1), "alac", 24, 3, 130, true,
         "-c:a alac -sample_fmt s32p -bits_per_raw_sample 24" + front},
        {made("wavpack", 44'100, 2), "wavpack", 16, 6, 80, true, "-c:a wavpack .wv"},
        {made("wavpack6", 48'000, 6), "wavpack", 16, 3, 80, true, "-c:a wavpack .wv"},
        {made("tta", 44'100, 2), "tta", 16, 6, 80, true, "-c:a tta .tta"},
        {made("oggflac", 44'100, 2), "flac", 16, 6, 80, true, "-c:a flac .oga"},
        {made("webmopus", 48'000, 2), "opus", 0, 13, 8, true, "-c:a libopus -b:a 128k .webm"},
        {made("mkavorbis", 44'100, 2), "vorbis", 0, 13, 8, false, "-c:a libvorbis -b:a 160k .mka"},
        {made("mkaflac", 44'100, 2), "flac", 16, 6, 80, true, "-c:a flac .mka"},
        {made("mkapcm", 44'100, 2), "pcm", 16, 6, 80, true, "-c:a pcm_s16le .mka"},
        {made("mkaaac", 44'100, 2), "aac", 0, 13, 8, false, "-c:a aac -b:a 192k .mka", 1024},
        {made("mkawavpack", 44'100, 2), "wavpack", 16, 6, 80, true, "-c:a wavpack .mka"},
        {made("wma", 44'100, 2), "wma", 0, 13, 8, false, "-c:a wmav2 -b:a 160k .wma"},
        {made("wma1", 22'050, 1), "wma", 0, 13, 5, false, "-c:a wmav1 -b:a 48k .wma"},
    };
}

std::vector<Case> cases() {
    std::vector<Case> all = {
        {{"wav16", kWav | SF_FORMAT_PCM_16, 44'100, 2}, "wav", 16, 2, 80},
        {{"wavu8", kWav | SF_FORMAT_PCM_U8, 8'000, 1}, "wav", 8, 2, 35},
        {{"wav24x6", kWavex | SF_FORMAT_PCM_24, 96'000, 6}, "wav", 24, 1, 130},
        {{"wav32", kWav | SF_FORMAT_PCM_32, 48'000, 2}, "wav", 32, 1, 140},
        {{"wavfloat8", kWavex | SF_FORMAT_FLOAT, 192'000, 8}, "wav", 0, 1, 200},
        {{"wavdouble", kWav | SF_FORMAT_DOUBLE, 22'050, 1}, "wav", 0, 1, 200},
        {{"wavulaw", kWav | SF_FORMAT_ULAW, 8'000, 1}, "wav", 0, 1, 25},
        {{"rifx", kWav | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG, 44'100, 2}, "wav", 16, 1, 80},
        {{"rf64", kRf64 | SF_FORMAT_PCM_24, 48'000, 2}, "wav", 24, 1, 130},
        {{"aiff16", kAiff | SF_FORMAT_PCM_16, 44'100, 2}, "aiff", 16, 1, 80},
        {{"aiff24", kAiff | SF_FORMAT_PCM_24, 96'000, 1}, "aiff", 24, 1, 130},
        {{"aifffloat", kAiff | SF_FORMAT_FLOAT, 48'000, 2}, "aiff", 0, 1, 200},
        {{"aiffsowt", kAiff | SF_FORMAT_PCM_16 | SF_ENDIAN_LITTLE, 44'100, 2}, "aiff", 16, 1, 80},
        {{"flac16", kFlac | SF_FORMAT_PCM_16, 44'100, 2}, "flac", 16, 3, 80},
        {{"flac16mono", kFlac | SF_FORMAT_PCM_16, 8'000, 1}, "flac", 16, 3, 80},
        {{"flac24", kFlac | SF_FORMAT_PCM_24, 192'000, 2}, "flac", 24, 1, 130},
        {{"flac24x8", kFlac | SF_FORMAT_PCM_24, 48'000, 8}, "flac", 24, 1, 130},

        {{"vorbis", kVorbis, 44'100, 2}, "vorbis", 0, 4, 8},
        {{"vorbismono", kVorbis, 8'000, 1}, "vorbis", 0, 4, 8},
        {{"vorbis48", kVorbis, 48'000, 1, 0.0}, "vorbis", 0, 4, 8},
        {{"vorbis96", kVorbis, 96'000, 2, 0.1}, "vorbis", 0, 3, 8},
        {{"opus", kOpus, 48'000, 2}, "opus", 0, 6, 8},
        {{"opuslow", kOpus, 48'000, 1, 0.99}, "opus", 0, 6, 2},
        {{"opuslowest", kOpus, 48'000, 1, 1.0}, "opus", 0, 6, 2},
        {{"mp3", kMp3, 44'100, 2}, "mp3", 0, 4.5, 8},
        {{"mp3mono", kMp3, 48'000, 1}, "mp3", 0, 4.5, 8},
        {{"mp3low", kMp3, 22'050, 2, 0.99, SF_BITRATE_MODE_CONSTANT},
         "mp3",
         0,
         7.5,
         2,
         false,
         "",
         576 + 529},
        {{"mp3mpeg25", kMp3, 8'000, 1, 0.99, SF_BITRATE_MODE_CONSTANT},
         "mp3",
         0,
         10,
         2,
         false,
         "",
         576 + 529},
        {{"mp3vbr", kMp3, 32'000, 2, 0.5, SF_BITRATE_MODE_VARIABLE}, "mp3", 0, 4.5, 8},
    };
    const std::vector<Case> more = casesOfFfmpeg();
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

class EveryFormat : public ::testing::TestWithParam<Case> {
  protected:
    void SetUp() override {
        const Encoding& encoding = GetParam().encoding;
        path_ = dir_.path() / encoding.name;
        numFrames_ = static_cast<std::int64_t>(GetParam().seconds * encoding.sampleRateHz) + 123;
        input_ = test::music(encoding.sampleRateHz, encoding.numChannels, numFrames_);
        if (GetParam().ffmpeg.empty())
            test::writeAudio(path_, encoding, input_);
        else
            path_ = test::encodeWithFfmpeg(path_, encoding, input_, GetParam().ffmpeg);
        source_ = test::opened(path_);
        ASSERT_TRUE(source_);
        whole_ = test::readAll(*source_);
        if (!GetParam().exactLength) {
            EXPECT_GE(source_->info().numFrames, numFrames_);
            EXPECT_LT(source_->info().numFrames, numFrames_ + 3 * 2048);
            numFrames_ = source_->info().numFrames;
        }
    }

    segue::test::TempDir dir_;
    std::filesystem::path path_;
    std::int64_t numFrames_ = 0;
    std::vector<float> input_;
    std::unique_ptr<AudioSource> source_;
    Planes whole_;
};

TEST_P(EveryFormat, TellsWhatTheFileHolds) {
    const SourceInfo& info = source_->info();
    EXPECT_EQ(info.codec, GetParam().codec);
    EXPECT_EQ(info.sampleRateHz, GetParam().encoding.sampleRateHz);
    EXPECT_EQ(info.numChannels, GetParam().encoding.numChannels);
    EXPECT_EQ(info.bitsPerSample, GetParam().bits);
    EXPECT_EQ(info.numFrames, numFrames_);
    EXPECT_EQ(info.stamp, *stampOf(path_));
    EXPECT_EQ(test::framesOf(whole_), numFrames_);
}

TEST_P(EveryFormat, EveryFrameIsWhereItWasEncoded) {
    const std::int64_t delay = GetParam().delay;
    double signal = 0, error = 0;
    const int numChannels = GetParam().encoding.numChannels;
    const auto inputFrames = static_cast<std::int64_t>(input_.size()) / numChannels;
    for (std::int64_t n = 0; n < inputFrames; ++n)
        for (int c = 0; c < numChannels; ++c) {
            const double x = input_[static_cast<std::size_t>(n * numChannels + c)];
            const double y =
                whole_[static_cast<std::size_t>(c)][static_cast<std::size_t>(n + delay)];
            signal += x * x;
            error += (x - y) * (x - y);
        }
    EXPECT_GT(10 * std::log10(signal / std::max(error, 1e-30)), GetParam().minSnrDb);
}

TEST_P(EveryFormat, BlockSizesDoNotMatter) {
    for (const std::int64_t block : {1, 37, 1024, 100'000}) {
        // One frame at a time is slow; the first half second shows it.
        auto source = test::opened(path_);
        Planes part;
        const std::int64_t numFrames =
            block == 1 ? GetParam().encoding.sampleRateHz / 2 : numFrames_;
        ASSERT_EQ(test::readInto(*source, numFrames, block, part), "");
        EXPECT_EQ(test::framesOf(part), numFrames);
        EXPECT_TRUE(test::equalAt(part, whole_, 0)) << block;
    }
}

TEST_P(EveryFormat, SeeksGiveTheSameFramesWhateverWasReadBefore) {
    std::mt19937 random(9);
    std::vector<std::int64_t> targets = {
        0,    1,   numFrames_ - 1, numFrames_ - 100, numFrames_ - 3000, 5, 1000,
        1001, 700, numFrames_ / 2};
    for (int i = 0; i < 40; ++i)
        targets.push_back(static_cast<std::int64_t>(random() % static_cast<unsigned>(numFrames_)));
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const std::int64_t target = targets[i];
        std::unique_ptr<AudioSource> fresh;
        if (i % 5 == 4)
            fresh = test::opened(path_);
        AudioSource& source = fresh ? *fresh : *source_;
        ASSERT_TRUE(source.seek(target));
        Planes part;
        ASSERT_EQ(test::readInto(source, 2500, 611, part), "");
        ASSERT_EQ(test::framesOf(part), std::min<std::int64_t>(2500, numFrames_ - target));
        ASSERT_TRUE(test::equalAt(part, whole_, target)) << target;
    }
}

TEST_P(EveryFormat, EndsWithZeroFramesAgainAndAgain) {
    AudioBuffer buffer(source_->info().numChannels, 100);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(*source_->read(buffer.block()), 0);
    ASSERT_TRUE(source_->seek(numFrames_));
    EXPECT_EQ(*source_->read(buffer.block()), 0);
    ASSERT_TRUE(source_->seek(numFrames_ - 7));
    EXPECT_EQ(*source_->read(buffer.block()), 7);
    EXPECT_EQ(*source_->read(buffer.block()), 0);
}

TEST_P(EveryFormat, SeeksOutsideAreRefusedAndMoveNothing) {
    ASSERT_TRUE(source_->seek(100));
    for (const std::int64_t frame :
         {std::int64_t{-1}, numFrames_ + 1, std::numeric_limits<std::int64_t>::max(),
          std::numeric_limits<std::int64_t>::min()}) {
        const auto sought = source_->seek(frame);
        ASSERT_FALSE(sought);
        EXPECT_EQ(segue::test::codeOf(sought), ErrorCode::InvalidArgument);
    }
    Planes part;
    EXPECT_EQ(test::readInto(*source_, 50, 50, part), "");
    EXPECT_TRUE(test::equalAt(part, whole_, 100));
}

TEST_P(EveryFormat, CutFilesGiveWhatTheyHaveAndEnd) {
    const auto bytes = test::bytesOf(path_);
    for (const double share : {0.97, 0.6, 0.35, 0.1, 0.02}) {
        auto cut = bytes;
        cut.resize(static_cast<std::size_t>(static_cast<double>(bytes.size()) * share));
        const auto path = dir_.path() / "cut";
        test::writeBytes(path, cut);
        auto source = openSource(path);
        if (!source) { // the header itself is cut
            EXPECT_LT(share, 0.5) << source.error().message;
            continue;
        }
        Planes part;
        test::readInto(**source, 1'000'000'000, 4096, part);
        const std::int64_t got = test::framesOf(part);
        EXPECT_LE(got, (*source)->info().numFrames);
        EXPECT_GE((*source)->info().numFrames, 0);
        EXPECT_LE((*source)->info().numFrames, numFrames_);
        // Lossy rates vary over a file, and a page or block may be lost at the end.
        EXPECT_GE(static_cast<double>(got), static_cast<double>(numFrames_) * (share - 0.05) * 0.7 -
                                                1.1 * GetParam().encoding.sampleRateHz)
            << share;
        // The last block of a cut lossy file lacks what would have overlapped it.
        if (got > 12'000) {
            for (auto& plane : part)
                plane.resize(static_cast<std::size_t>(got - 9'000));
            EXPECT_TRUE(test::equalAt(part, whole_, 0)) << share;
        }
    }
}

TEST_P(EveryFormat, ReadsOnWithoutCrashWhenTheFileShrinks) {
    auto source = test::opened(path_);
    AudioBuffer buffer(source->info().numChannels, 1000);
    ASSERT_TRUE(source->read(buffer.block()));
    ASSERT_EQ(::truncate(path_.c_str(), 200), 0);
    for (const std::int64_t frame : {numFrames_ / 2, std::int64_t{0}, numFrames_ - 1}) {
        if (!source->seek(frame))
            continue;
        for (int i = 0; i < 2000; ++i) {
            const auto got = source->read(buffer.block());
            if (!got || *got == 0)
                break;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Formats, EveryFormat, ::testing::ValuesIn(cases()),
                         [](const auto& test) { return test.param.encoding.name; });

TEST(AudioSource, IntegersMapToTheirShareOfFullScale) {
    segue::test::TempDir dir;
    struct Width {
        int format;
        int bits;
        std::int64_t step;
    };
    for (const int type : {kWav, kAiff, kFlac})
        for (const Width width : {Width{SF_FORMAT_PCM_16, 16, 1}, Width{SF_FORMAT_PCM_24, 24, 101},
                                  Width{SF_FORMAT_PCM_32, 32, 70'001}}) {
            if (type == kFlac && width.bits == 32)
                continue;
            const std::int64_t full = std::int64_t{1} << (width.bits - 1);
            std::vector<std::int32_t> stored;
            std::vector<float> wanted;
            for (std::int64_t k = -full; k < full;
                 k = k + width.step < full || k == full - 1 ? k + width.step : full - 1) {
                stored.push_back(static_cast<std::int32_t>(k * (1LL << (32 - width.bits))));
                wanted.push_back(static_cast<float>(k) / static_cast<float>(full));
            }
            const auto path = dir.path() / "a";
            test::writeIntegers(path, {"a", type | width.format, 44'100, 1}, stored);
            const auto planes = test::readAll(*test::opened(path));
            EXPECT_EQ(test::framesOf(planes), static_cast<std::int64_t>(wanted.size()));
            EXPECT_TRUE(test::equalAt({wanted}, planes, 0)) << type << " " << width.bits;
        }
}

TEST(AudioSource, FloatFilesGiveFiniteBoundedValues) {
    segue::test::TempDir dir;
    constexpr float kInf = std::numeric_limits<float>::infinity();
    const std::vector<float> in = {std::numeric_limits<float>::quiet_NaN(),
                                   kInf,
                                   -kInf,
                                   3e38f,
                                   -3e38f,
                                   2.5f,
                                   -kMaxMagnitude,
                                   1e-42f,
                                   -0.0f,
                                   0.5f};
    const std::vector<float> out = {
        0, 0, 0, kMaxMagnitude, -kMaxMagnitude, 2.5f, -kMaxMagnitude, 1e-42f, -0.0f, 0.5f};
    for (const int numChannels : {1, 2, 5}) {
        std::vector<float> interleaved;
        for (const float x : in)
            interleaved.insert(interleaved.end(), static_cast<std::size_t>(numChannels), x);
        test::writeAudio(dir.path() / "a", {"a", kWavex | SF_FORMAT_FLOAT, 44'100, numChannels},
                         interleaved);
        const auto planes = test::readAll(*test::opened(dir.path() / "a"));
        ASSERT_EQ(planes.size(), static_cast<std::size_t>(numChannels));
        EXPECT_TRUE(test::equalAt(Planes(static_cast<std::size_t>(numChannels), out), planes, 0));
    }
}

TEST(AudioSource, SurroundComesInWaveOrderFromVorbisAndOpus) {
    // libsndfile stores channels as given, so these six are L C R Ls Rs LFE of the Vorbis order.
    segue::test::TempDir dir;
    constexpr int kRate = 48'000, kFrames = 48'000;
    std::vector<float> in;
    for (int n = 0; n < kFrames; ++n)
        for (int c = 0; c < 6; ++c)
            // The encoder keeps only the lows of an LFE channel.
            in.push_back(0.3f * static_cast<float>(std::sin(
                                    n * 2 * 3.14159265 * (c == 5 ? 40 : 300 + 200 * c) / kRate)));
    const std::array<int, 6> wanted = {0, 2, 1, 5, 3, 4};
    for (const int format : {kVorbis, kOpus}) {
        test::writeAudio(dir.path() / "a", {"a", format, kRate, 6, 0.2}, in);
        const auto planes = test::readAll(*test::opened(dir.path() / "a"));
        ASSERT_EQ(planes.size(), 6u);
        for (std::size_t c = 0; c < 6; ++c) {
            double best = 0;
            int loudest = -1;
            for (int k = 0; k < 6; ++k) {
                double dot = 0;
                for (int n = 4000; n < kFrames; ++n)
                    dot += static_cast<double>(planes[c][static_cast<std::size_t>(n)]) *
                           in[static_cast<std::size_t>(n * 6 + k)];
                if (dot > best) {
                    best = dot;
                    loudest = k;
                }
            }
            EXPECT_EQ(loudest, wanted[c]) << format << " plane " << c;
        }
    }
}

TEST(AudioSource, OneFrameAndNoFrames) {
    segue::test::TempDir dir;
    for (const int format : {kWav | SF_FORMAT_PCM_16, kAiff | SF_FORMAT_PCM_24,
                             kFlac | SF_FORMAT_PCM_16, kVorbis, kOpus, kMp3})
        for (const std::int64_t numFrames : {0, 1}) {
            const auto path = dir.path() / "a";
            test::writeAudio(path, {"a", format, 48'000, 2}, test::music(48'000, 2, numFrames));
            auto source = openSource(path);
            if (!source) { // no packet at all may follow the headers
                EXPECT_EQ(numFrames, 0) << source.error().message;
                continue;
            }
            EXPECT_LE((*source)->info().numFrames, numFrames) << format;
            EXPECT_EQ(test::framesOf(test::readAll(**source)), (*source)->info().numFrames);
            EXPECT_TRUE((*source)->seek((*source)->info().numFrames));
        }
}

ErrorCode codeOf(const std::filesystem::path& path) {
    auto source = openSource(path);
    EXPECT_FALSE(source) << path;
    if (source)
        return ErrorCode::Internal;
    EXPECT_NE(source.error().message.find(path.string()), std::string::npos)
        << source.error().message;
    return source.error().code;
}

TEST(AudioSource, RefusesWhatIsNotARegularFile) {
    segue::test::TempDir dir;
    std::filesystem::create_directory(dir.path() / "folder.wav");
    EXPECT_EQ(codeOf(dir.path() / "folder.wav"), ErrorCode::Unsupported);
    ASSERT_EQ(::mkfifo((dir.path() / "fifo.wav").c_str(), 0600), 0);
    EXPECT_EQ(codeOf(dir.path() / "fifo.wav"), ErrorCode::Unsupported);
    std::filesystem::create_symlink("/dev/zero", dir.path() / "device.wav");
    EXPECT_EQ(codeOf(dir.path() / "device.wav"), ErrorCode::Unsupported);
    EXPECT_EQ(codeOf(dir.path() / "missing.wav"), ErrorCode::NotFound);
    if (::geteuid() != 0) {
        test::writeBytes(dir.path() / "secret.wav", {'R'});
        ::chmod((dir.path() / "secret.wav").c_str(), 0);
        EXPECT_EQ(codeOf(dir.path() / "secret.wav"), ErrorCode::Io);
    }
}

TEST(AudioSource, RefusesGarbageWhateverItsName) {
    segue::test::TempDir dir;
    std::mt19937 random(1);
    for (const char* name : {"a.wav", "a.flac", "a.ogg", "a.opus", "a.mp3", "a.aiff"}) {
        const auto path = dir.path() / name;
        test::writeBytes(path, {});
        EXPECT_EQ(codeOf(path), ErrorCode::Corrupt) << "empty";
        std::vector<std::uint8_t> noise(300'000);
        for (auto& byte : noise)
            byte = static_cast<std::uint8_t>(random());
        test::writeBytes(path, noise);
        EXPECT_EQ(codeOf(path), ErrorCode::Unsupported);
        test::writeBytes(path, std::vector<std::uint8_t>(100'000, 0));
        EXPECT_EQ(codeOf(path), ErrorCode::Unsupported) << "zeros";
        test::writeBytes(path, std::vector<std::uint8_t>(100'000, 0xFF));
        EXPECT_EQ(codeOf(path), ErrorCode::Unsupported) << "ones";
    }
    for (const std::string start : {"RIFF", "RF64", "FORM", "fLaC", "OggS", "ID3"}) {
        std::vector<std::uint8_t> bytes(start.begin(), start.end());
        test::writeBytes(dir.path() / "a", bytes);
        codeOf(dir.path() / "a");
        bytes.resize(5000, 0x41);
        test::writeBytes(dir.path() / "a", bytes);
        codeOf(dir.path() / "a");
    }
}

TEST(AudioSource, RefusesFormatsOutsideItsBounds) {
    segue::test::TempDir dir;
    const auto path = dir.path() / "a";
    test::writeAudio(path, {"a", kWavex | SF_FORMAT_PCM_16, 44'100, 9}, std::vector<float>(90));
    EXPECT_EQ(codeOf(path), ErrorCode::Unsupported);
    test::writeAudio(path, {"a", kWav | SF_FORMAT_PCM_16, 7'999, 1}, std::vector<float>(90));
    EXPECT_EQ(codeOf(path), ErrorCode::Unsupported);
    test::writeAudio(path, {"a", kWav | SF_FORMAT_PCM_16, 192'001, 1}, std::vector<float>(90));
    EXPECT_EQ(codeOf(path), ErrorCode::Unsupported);
    test::writeAudio(path, {"a", kWav | SF_FORMAT_IMA_ADPCM, 44'100, 1}, std::vector<float>(9000));
    EXPECT_EQ(codeOf(path), ErrorCode::Unsupported);
    test::writeAudio(path, {"a", SF_FORMAT_AU | SF_FORMAT_PCM_16, 44'100, 1},
                     std::vector<float>(90));
    EXPECT_EQ(codeOf(path), ErrorCode::Unsupported);
}

TEST(AudioSource, ErrorsSayWhatIsWrongWithTheFile) {
    segue::test::TempDir dir;
    const auto path = dir.path() / "a.wav";
    test::writeAudio(path, {"a", kWav | SF_FORMAT_IMA_ADPCM, 44'100, 1}, std::vector<float>(9000));
    EXPECT_NE(openSource(path).error().message.find("ADPCM"), std::string::npos)
        << "libsndfile's log is part of it: " << openSource(path).error().message;
}

TEST(AudioSource, WavLengthsThatLieAreTakenFromTheFile) {
    segue::test::TempDir dir;
    const auto path = dir.path() / "a.wav";
    const auto in = test::music(44'100, 2, 30'000);
    test::writeAudio(path, {"a", kWav | SF_FORMAT_PCM_16, 44'100, 2}, in);
    const auto whole = test::readAll(*test::opened(path));
    auto bytes = test::bytesOf(path);
    ASSERT_EQ(bytes.size(), 44u + 120'000u);
    for (const std::uint32_t size : {0xFFFFFFFFu, 0x7FFFFFFFu, 500'000u})
        for (const bool riffToo : {false, true}) {
            auto lying = bytes;
            for (std::size_t i = 0; i < 4; ++i) {
                lying[40 + i] = static_cast<std::uint8_t>(size >> (8 * i));
                if (riffToo)
                    lying[4 + i] = static_cast<std::uint8_t>(size >> (8 * i));
            }
            test::writeBytes(path, lying);
            auto source = test::opened(path);
            ASSERT_TRUE(source);
            EXPECT_EQ(source->info().numFrames, 30'000) << size;
            EXPECT_TRUE(test::equalAt(whole, test::readAll(*source), 0));
        }
}

} // namespace
} // namespace segue::decode
